//! The repository, the event and what the steps see of them: the `github` context and its variables.
//!
//! Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts> and `.../variables`.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::error::RunError;
use crate::files::git;
use crate::request::Run;

/// What a run is about.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) repository: String,
    pub(crate) git_ref: String,
    pub(crate) sha: String,
    pub(crate) workflow_name: String,
    /// Relative to the repository, where it is within.
    pub(crate) workflow_file: String,
    pub(crate) payload: Value,
}

impl Facts {
    pub(crate) fn gather(run: &Run, text: &str, name: Option<&str>) -> Result<Self, RunError> {
        let repository = match &run.repository {
            Some(repository) if is_repository(repository) => repository.clone(),
            Some(repository) => return Err(setting("the repository", repository, "`OWNER/NAME`")),
            None => origin(&run.source).unwrap_or_else(|| named_after(&run.source)),
        };
        let git_ref = match &run.git_ref {
            Some(git_ref)
                if git_ref.starts_with("refs/") && !git_ref.contains(char::is_whitespace) =>
            {
                git_ref.clone()
            }
            Some(git_ref) => {
                return Err(setting(
                    "the ref",
                    git_ref,
                    "whole, such as `refs/heads/main`",
                ));
            }
            None => default_ref(run),
        };
        let sha = git(&run.source, &["rev-parse", "HEAD"])
            .map(|sha| sha.trim().to_owned())
            .filter(|sha| sha.len() == 40)
            .unwrap_or_else(|| {
                // Without a history, the same workflow has the same commit.
                let hash = hex::encode(digest(&SHA256, text.as_bytes()));
                hash.get(..40).unwrap_or(&hash).to_owned()
            });
        let file = run
            .workflow
            .strip_prefix(&run.source)
            .unwrap_or(&run.workflow)
            .to_string_lossy()
            .trim_start_matches('/')
            .to_owned();
        let workflow_file = if file.starts_with(".github/workflows/") {
            file
        } else {
            let name = run
                .workflow
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            format!(".github/workflows/{name}")
        };
        let mut facts = Self {
            workflow_name: name.map_or_else(|| workflow_file.clone(), str::to_owned),
            repository,
            git_ref,
            sha,
            workflow_file,
            payload: Value::Null,
        };
        facts.payload = facts.event(run);
        Ok(facts)
    }

    /// The payload of the event, as much as workflows usually ask for.
    fn event(&self, run: &Run) -> Value {
        let (owner, name) = self
            .repository
            .split_once('/')
            .unwrap_or(("", &self.repository));
        let mut event = json!({
            "repository": {
                "name": name,
                "full_name": self.repository,
                "default_branch": "main",
                "owner": { "login": owner, "name": owner },
            },
            "sender": { "login": run.actor },
        });
        let more = match run.event.as_str() {
            "push" => json!({
                "ref": self.git_ref, "after": self.sha, "forced": false, "deleted": false,
                "head_commit": { "id": self.sha },
            }),
            event if event.starts_with("pull_request") => json!({
                "action": "opened", "number": 1,
                "pull_request": {
                    "number": 1, "draft": false,
                    "head": { "ref": "topic", "sha": self.sha, "repo": { "full_name": self.repository, "fork": false } },
                    "base": { "ref": "main", "repo": { "full_name": self.repository } },
                },
            }),
            "workflow_dispatch" => json!({ "ref": self.git_ref, "inputs": run.inputs }),
            "release" => json!({
                "action": "published",
                "release": { "tag_name": short(&self.git_ref), "draft": false, "prerelease": false },
            }),
            "schedule" => json!({ "schedule": "0 0 * * *" }),
            "merge_group" => json!({
                "action": "checks_requested",
                "merge_group": { "head_ref": self.git_ref, "head_sha": self.sha, "base_ref": "refs/heads/main" },
            }),
            _ => json!({}),
        };
        merge(&mut event, more);
        if let Some(payload) = &run.payload {
            merge(&mut event, payload.clone());
        }
        event
    }

    /// The variables that GitHub sets, for a job.
    pub(crate) fn variables(&self, run: &Run, job: &str) -> BTreeMap<String, String> {
        let owner = self.repository.split('/').next().unwrap_or_default();
        let is_pull = run.event.starts_with("pull_request");
        let kind = if self.git_ref.starts_with("refs/tags/") {
            "tag"
        } else {
            "branch"
        };
        let workflow_ref = format!(
            "{}/{}@{}",
            self.repository, self.workflow_file, self.git_ref
        );
        [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", &run.actor),
            ("GITHUB_ACTOR_ID", "1"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_BASE_REF", if is_pull { "main" } else { "" }),
            ("GITHUB_EVENT_NAME", &run.event),
            ("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
            ("GITHUB_HEAD_REF", if is_pull { "topic" } else { "" }),
            ("GITHUB_JOB", job),
            ("GITHUB_REF", &self.git_ref),
            ("GITHUB_REF_NAME", short(&self.git_ref)),
            ("GITHUB_REF_PROTECTED", "false"),
            ("GITHUB_REF_TYPE", kind),
            ("GITHUB_REPOSITORY", &self.repository),
            ("GITHUB_REPOSITORY_ID", "1"),
            ("GITHUB_REPOSITORY_OWNER", owner),
            ("GITHUB_REPOSITORY_OWNER_ID", "1"),
            ("GITHUB_RETENTION_DAYS", "90"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_NUMBER", "1"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_SHA", &self.sha),
            ("GITHUB_TRIGGERING_ACTOR", &run.actor),
            ("GITHUB_WORKFLOW", &self.workflow_name),
            ("GITHUB_WORKFLOW_REF", &workflow_ref),
            ("GITHUB_WORKFLOW_SHA", &self.sha),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }
}

/// The `github` context, of its variables.
pub(crate) fn github(variables: &BTreeMap<String, String>, payload: &Value) -> Map<String, Value> {
    let mut github: Map<String, Value> = variables
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("GITHUB_")?.to_lowercase();
            (name != "actions").then(|| (name, Value::String(value.clone())))
        })
        .collect();
    github.insert("ref_protected".to_owned(), Value::Bool(false));
    github.insert("event".to_owned(), payload.clone());
    github
}

fn default_ref(run: &Run) -> String {
    match run.event.as_str() {
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
            return "refs/pull/1/merge".to_owned();
        }
        "pull_request_target" => return "refs/heads/main".to_owned(),
        _ => {}
    }
    git(&run.source, &["symbolic-ref", "--quiet", "HEAD"])
        .map(|git_ref| git_ref.trim().to_owned())
        .filter(|git_ref| git_ref.starts_with("refs/"))
        .unwrap_or_else(|| "refs/heads/main".to_owned())
}

/// `OWNER/NAME` of the remote `origin`.
fn origin(source: &Path) -> Option<String> {
    if !source.join(".git").exists() {
        return None;
    }
    let url = git(source, &["config", "--get", "remote.origin.url"])?;
    let url = url.trim().trim_end_matches('/').trim_end_matches(".git");
    let mut parts = url.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    Some(format!("{owner}/{name}")).filter(|repository| is_repository(repository))
}

fn named_after(source: &Path) -> String {
    let name: String = source
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches('.');
    format!("acme/{}", if name.is_empty() { "app" } else { name })
}

fn is_repository(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 100
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

fn short(git_ref: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/pull/"]
        .iter()
        .find_map(|prefix| git_ref.strip_prefix(prefix))
        .unwrap_or(git_ref)
}

/// Members of the second go into the first, objects into objects.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn setting(what: &'static str, value: &str, wanted: &'static str) -> RunError {
    RunError::Setting {
        what,
        value: value.to_owned(),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_history_has_a_name_all_the_same() {
        assert_eq!(named_after(Path::new("/a/my app")), "acme/my-app");
        assert_eq!(named_after(Path::new("/")), "acme/app");
        assert!(is_repository("acme/my-app"));
        assert!(!is_repository("acme"));
        assert!(!is_repository("acme/a/b"));
        assert!(!is_repository("acme/.."));
    }

    #[test]
    fn a_payload_is_added_to_what_is_made_up() {
        let mut event = json!({ "a": { "b": 1, "c": 2 } });
        merge(&mut event, json!({ "a": { "b": 3 }, "d": [1] }));
        assert_eq!(event, json!({ "a": { "b": 3, "c": 2 }, "d": [1] }));
    }
}
