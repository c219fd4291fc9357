//! The variables that a runner sets for a job's steps.
//!
//! Source: GitHub Docs, "Variables reference", default environment variables; "OpenID Connect reference",
//! the two variables of the token endpoint, which are there with `id-token: write` only.

use serde_json::{Map, Value, json};

use super::permissions::{ID_TOKEN, WRITE, suffice};
use super::wish::{GITHUB_HOSTED, SELF_HOSTED};
use crate::store::records::{GithubJob, GithubRepository};

/// Where the job gets tokens: the URL, which has a query already; none without `id-token: write`.
pub(super) fn request_url(base: &str, job: &GithubJob) -> Option<String> {
    suffice(&job.permissions, ID_TOKEN, WRITE)
        .then(|| format!("{base}/idtoken/{}/{}?api-version=2.0", job.run.id, job.id))
}

/// The variables, in the order of their names.
pub(super) fn variables(base: &str, job: &GithubJob, repository: &GithubRepository) -> Value {
    let name = ref_name(&job.git_ref);
    let kind = if job.git_ref.starts_with("refs/tags/") {
        "tag"
    } else {
        "branch"
    };
    let runner = if job.is_github_hosted {
        GITHUB_HOSTED
    } else {
        SELF_HOSTED
    };
    let mut variables: Map<String, Value> = [
        ("CI", "true".to_owned()),
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_ACTOR", job.actor.0.clone()),
        ("GITHUB_ACTOR_ID", job.actor.1.to_string()),
        ("GITHUB_API_URL", base.to_owned()),
        ("GITHUB_BASE_REF", job.base_ref.clone().unwrap_or_default()),
        ("GITHUB_EVENT_NAME", job.event.clone()),
        ("GITHUB_GRAPHQL_URL", format!("{base}/graphql")),
        ("GITHUB_HEAD_REF", job.head_ref.clone().unwrap_or_default()),
        ("GITHUB_JOB", job.name.clone()),
        ("GITHUB_REF", job.git_ref.clone()),
        ("GITHUB_REF_NAME", name.to_owned()),
        ("GITHUB_REF_PROTECTED", "false".to_owned()),
        ("GITHUB_REF_TYPE", kind.to_owned()),
        ("GITHUB_REPOSITORY", repository.full_name()),
        ("GITHUB_REPOSITORY_ID", repository.id.to_string()),
        ("GITHUB_REPOSITORY_OWNER", repository.owner.clone()),
        (
            "GITHUB_REPOSITORY_OWNER_ID",
            repository.owner_id.to_string(),
        ),
        ("GITHUB_RETENTION_DAYS", "90".to_owned()),
        ("GITHUB_RUN_ATTEMPT", job.run.attempt.to_string()),
        ("GITHUB_RUN_ID", job.run.id.to_string()),
        ("GITHUB_RUN_NUMBER", job.run.number.to_string()),
        ("GITHUB_SERVER_URL", base.to_owned()),
        ("GITHUB_SHA", job.sha.clone()),
        ("GITHUB_TRIGGERING_ACTOR", job.actor.0.clone()),
        ("GITHUB_WORKFLOW", job.workflow.clone()),
        ("GITHUB_WORKFLOW_REF", job.workflow_ref.clone()),
        ("GITHUB_WORKFLOW_SHA", job.workflow_sha.clone()),
        ("RUNNER_ENVIRONMENT", runner.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Value::String(value)))
    .collect();
    if let Some(url) = request_url(base, job) {
        variables.insert("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), json!(url));
        variables.insert(
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(),
            json!(job.request_token.expose()),
        );
    }
    variables.sort_keys();
    Value::Object(variables)
}

/// The ref's short name, as `GITHUB_REF_NAME` has it: `main`, `v1`, `1/merge`.
fn ref_name(git_ref: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/pull/"]
        .iter()
        .find_map(|prefix| git_ref.strip_prefix(prefix))
        .unwrap_or(git_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_ref_for_short() {
        for (git_ref, wanted) in [
            ("refs/heads/a/b", "a/b"),
            ("refs/tags/v1", "v1"),
            ("refs/pull/1/merge", "1/merge"),
            ("refs/notes/a", "refs/notes/a"),
        ] {
            assert_eq!(ref_name(git_ref), wanted);
        }
    }
}
