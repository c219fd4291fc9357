//! The `sub` of a job's token, as GitHub composes it by default.
//!
//! Source: GitHub Docs, "OpenID Connect reference", example subject claims: the environment comes
//! first, then pull requests, then the ref; a colon inside of a value is written `%3A`, and `%`
//! itself is left. With an immutable subject, owner and repository carry their IDs.

use super::job::{GithubJob, GithubRepository};

impl GithubJob {
    /// The subject.
    pub fn subject(&self) -> String {
        let context = if let Some(environment) = &self.environment {
            format!("environment:{}", escaped(environment))
        } else if self.event_name == "pull_request" {
            "pull_request".to_owned()
        } else {
            format!("ref:{}", escaped(&self.git_ref))
        };
        format!("repo:{}:{context}", self.repository.subject_name())
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
    use crate::github::job::tests::job;

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
