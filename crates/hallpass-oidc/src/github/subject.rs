//! The `sub` of a job's token, as GitHub composes it by default, and as an organisation customises it.
//!
//! Source: GitHub Docs, "OpenID Connect reference", example subject claims and "Customizing the subject
//! claims for an organization or repository": the environment comes
//! first, then pull requests, then the ref; a colon inside of a value is written `%3A`, and `%`
//! itself is left. With an immutable subject, owner and repository carry their IDs.

use serde_json::Value;

use super::job::{GithubJob, GithubRepository};

impl GithubJob {
    /// The subject.
    pub fn subject(&self) -> String {
        let context = self.context();
        format!("repo:{}:{context}", self.repository.subject_name())
    }

    /// The subject where the repository or its organisation composes it of these claims
    /// (`include_claim_keys`); `claims` are the job's. `repo` and `context` are the parts of the default
    /// subject; a claim that the job lacks is empty.
    pub fn customised_subject(&self, include_claim_keys: &[String], claims: &Value) -> String {
        let part = |key: &String| match key.as_str() {
            "repo" => format!("repo:{}", self.repository.subject_name()),
            "context" => self.context(),
            _ => {
                let value = claims.get(key).and_then(Value::as_str);
                format!("{key}:{}", escaped(value.unwrap_or_default()))
            }
        };
        let parts: Vec<String> = include_claim_keys.iter().map(part).collect();
        parts.join(":")
    }

    fn context(&self) -> String {
        if let Some(environment) = &self.environment {
            format!("environment:{}", escaped(environment))
        } else if self.event_name == "pull_request" {
            "pull_request".to_owned()
        } else {
            format!("ref:{}", escaped(&self.git_ref))
        }
    }
}

impl GithubRepository {
    fn subject_name(&self) -> String {
        let (owner, name) = (escaped(&self.owner), escaped(&self.name));
        if self.has_immutable_subject {
            format!("{owner}@{}/{name}@{}", self.owner_id, self.id)
        } else {
            format!("{owner}/{name}")
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use hallpass_testkit::SeededChance;
    use hallpass_types::Timestamp;

    use crate::github::job::tests::job;

    #[test]
    fn a_customised_subject_is_composed_of_its_claims() {
        let claims = job().claims(None, Timestamp::UNIX_EPOCH, &SeededChance::new(1));
        let subject = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            job().customised_subject(&keys, &claims)
        };
        for (keys, wanted) in [
            (&["repo", "context"][..], "repo:acme/app:environment:prod"),
            (
                &["repository_owner", "repository_visibility"],
                "repository_owner:acme:repository_visibility:private",
            ),
            (
                &["repo", "context", "job_workflow_ref"],
                "repo:acme/app:environment:prod:job_workflow_ref:\
                 acme/app/.github/workflows/ci.yml@refs/heads/main",
            ),
            (&["repository_id"], "repository_id:74"),
        ] {
            assert_eq!(subject(keys), wanted);
        }
    }

    #[test]
    fn follows_githubs_order_of_rules() {
        for (environment, event, git_ref, subject) in [
            (
                Some("prod"),
                "push",
                "refs/heads/main",
                "repo:acme/app:environment:prod",
            ),
            (
                Some("prod"),
                "pull_request",
                "refs/pull/1/merge",
                "repo:acme/app:environment:prod",
            ),
            (
                Some("eu:prod 50%"),
                "push",
                "refs/heads/main",
                "repo:acme/app:environment:eu%3Aprod 50%",
            ),
            (
                None,
                "pull_request",
                "refs/pull/1/merge",
                "repo:acme/app:pull_request",
            ),
            (
                None,
                "pull_request_target",
                "refs/heads/main",
                "repo:acme/app:ref:refs/heads/main",
            ),
            (
                None,
                "push",
                "refs/tags/v1",
                "repo:acme/app:ref:refs/tags/v1",
            ),
        ] {
            let mut job = job();
            job.environment = environment.map(str::to_owned);
            event.clone_into(&mut job.event_name);
            git_ref.clone_into(&mut job.git_ref);
            assert_eq!(job.subject(), subject);
        }
    }

    #[test]
    fn an_immutable_subject_carries_ids() {
        let mut job = job();
        job.repository.has_immutable_subject = true;
        assert_eq!(job.subject(), "repo:acme@65/app@74:environment:prod");
    }
}
