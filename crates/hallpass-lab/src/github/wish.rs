//! A job as the control interface is asked for it, and what is filled in where the wish is silent.
//!
//! Source: GitHub Docs, "Events that trigger workflows" (`GITHUB_REF` and `GITHUB_SHA` by event) and
//! "Variables reference".

use serde::Deserialize;

use super::names;
use super::permissions::Wished;

/// A job to start.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct JobWish {
    /// `OWNER/NAME`.
    pub(super) repository: String,
    /// The event; by default `push`.
    #[serde(default = "push")]
    pub(super) event: String,
    /// The ref; by default the default branch, or a pull request's merge.
    #[serde(rename = "ref")]
    pub(super) git_ref: Option<String>,
    /// The commit; by default the ref's, where the repository has it.
    pub(super) sha: Option<String>,
    /// The source branch of a pull request.
    pub(super) head_ref: Option<String>,
    /// The target branch of a pull request.
    pub(super) base_ref: Option<String>,
    /// The pull request's number; by default 1.
    pub(super) pull_request: Option<u64>,
    /// Whether the pull request comes from a fork.
    #[serde(default)]
    pub(super) is_from_fork: bool,
    /// The environment that the job names.
    pub(super) environment: Option<String>,
    /// The workflow's name; by default its file's.
    pub(super) workflow: Option<String>,
    /// The workflow's file; by default `.github/workflows/ci.yml`.
    pub(super) workflow_file: Option<String>,
    /// The job's key in the workflow; by default `build`.
    pub(super) job: Option<String>,
    /// Who started the run; by default `octocat`.
    pub(super) actor: Option<String>,
    /// The reusable workflow: `OWNER/NAME/FILE@REF`.
    pub(super) reusable_workflow: Option<String>,
    /// The commit of the reusable workflow.
    pub(super) reusable_workflow_sha: Option<String>,
    /// `github-hosted`, which is the default, or `self-hosted`.
    pub(super) runner: Option<String>,
    /// What the job's token may; by default what a workflow gets that says nothing.
    pub(super) permissions: Option<Wished>,
    /// The run that the job belongs to, as an earlier answer told it; by default one of its own.
    pub(super) run: Option<RunWish>,
}

/// A run that there is.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct RunWish {
    /// Its ID.
    pub(super) id: u64,
    /// Its number.
    pub(super) number: u64,
    /// The attempt.
    pub(super) attempt: u64,
}

fn push() -> String {
    "push".to_owned()
}

impl JobWish {
    /// Whether the event is about a pull request.
    pub(super) fn is_about_pull(&self) -> bool {
        self.event.starts_with("pull_request")
    }

    /// The ref, in a repository with that default branch.
    pub(super) fn full_ref(&self, default_branch: &str) -> String {
        if let Some(named) = &self.git_ref {
            return named.clone();
        }
        match self.event.as_str() {
            "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
                format!("refs/pull/{}/merge", self.pull_request.unwrap_or(1))
            }
            "pull_request_target" => format!("refs/heads/{}", self.base(default_branch)),
            _ => format!("refs/heads/{default_branch}"),
        }
    }

    /// The target branch of the pull request.
    pub(super) fn base(&self, default_branch: &str) -> String {
        self.base_ref
            .clone()
            .unwrap_or_else(|| default_branch.to_owned())
    }

    /// The file of the workflow.
    pub(super) fn file(&self) -> &str {
        self.workflow_file.as_deref().unwrap_or(DEFAULT_FILE)
    }

    /// Whether the machine is GitHub's.
    pub(super) fn is_github_hosted(&self) -> bool {
        self.runner.as_deref() != Some(SELF_HOSTED)
    }

    /// Says what is wrong, if something is.
    pub(super) fn check(&self) -> Result<(), String> {
        if names::full_name(&self.repository).is_none() {
            return Err(format!(
                "the repository is `OWNER/NAME`, not `{}`",
                self.repository
            ));
        }
        let wrong = |what: &str, value: &str| Err(format!("`{value}` is no {what}"));
        if let Some(name) = self.git_ref.as_deref().filter(|name| !names::is_ref(name)) {
            return Err(format!(
                "`{name}` is no ref: write it whole, such as `refs/heads/main`"
            ));
        }
        let shas = [&self.sha, &self.reusable_workflow_sha];
        if let Some(sha) = shas.into_iter().flatten().find(|sha| !is_sha(sha)) {
            return wrong("commit: that is 40 hexadecimal digits", sha);
        }
        for branch in [&self.head_ref, &self.base_ref].into_iter().flatten() {
            if !names::is_ref(&format!("refs/heads/{branch}")) {
                return wrong("branch's name", branch);
            }
        }
        if let Some(name) = self.environment.as_deref()
            && !names::is_environment(name)
        {
            return wrong("environment's name", name);
        }
        if !names::is_path(self.file()) {
            return wrong("path of a file", self.file());
        }
        if let Some(name) = self.actor.as_deref().filter(|name| !is_actor(name)) {
            return wrong("login", name);
        }
        if let Some(runner) = self.runner.as_deref()
            && !matches!(runner, GITHUB_HOSTED | SELF_HOSTED)
        {
            return Err(format!(
                "a runner is `{GITHUB_HOSTED}` or `{SELF_HOSTED}`, not `{runner}`"
            ));
        }
        if let Some(file) = &self.reusable_workflow
            && !is_file_at_ref(file)
        {
            return Err(format!(
                "a reusable workflow is `OWNER/NAME/FILE@REF`, not `{file}`"
            ));
        }
        let texts = [&Some(self.event.clone()), &self.workflow, &self.job];
        match texts.into_iter().flatten().find(|text| !is_text(text)) {
            Some(_) => Err(format!(
                "event, workflow and job are printable, and at most {MAX_TEXT} characters"
            )),
            None => Ok(()),
        }
    }
}

/// A login, or that of an application, such as `dependabot[bot]`.
fn is_actor(name: &str) -> bool {
    names::is_login(name.strip_suffix("[bot]").unwrap_or(name))
}

/// A commit's name.
pub(super) fn is_sha(sha: &str) -> bool {
    sha.len() == 40
        && sha
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_file_at_ref(text: &str) -> bool {
    let Some((file, git_ref)) = text.split_once('@') else {
        return false;
    };
    let mut parts = file.splitn(3, '/');
    let (Some(owner), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    names::is_login(owner)
        && names::is_repository(name)
        && names::is_path(path)
        && names::is_ref(&format!("refs/heads/{git_ref}"))
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
}

/// GitHub's machine.
pub(super) const GITHUB_HOSTED: &str = "github-hosted";
/// The organisation's own machine.
pub(super) const SELF_HOSTED: &str = "self-hosted";
const DEFAULT_FILE: &str = ".github/workflows/ci.yml";
const MAX_TEXT: usize = 255;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn wish(mut fields: Value) -> JobWish {
        fields["repository"] = json!("acme/app");
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn the_ref_follows_from_the_event() {
        for (fields, wanted) in [
            (json!({}), "refs/heads/main"),
            (json!({ "event": "schedule" }), "refs/heads/main"),
            (json!({ "ref": "refs/tags/v1" }), "refs/tags/v1"),
            (json!({ "event": "pull_request" }), "refs/pull/1/merge"),
            (
                json!({ "event": "pull_request", "pullRequest": 7 }),
                "refs/pull/7/merge",
            ),
            (
                json!({ "event": "pull_request_target", "baseRef": "next" }),
                "refs/heads/next",
            ),
        ] {
            let wish = wish(fields);
            assert_eq!(wish.full_ref("main"), wanted);
            assert_eq!(wish.check(), Ok(()));
        }
    }

    #[test]
    fn refuses_what_no_job_has() {
        for fields in [
            json!({ "ref": "main" }),
            json!({ "sha": "abc" }),
            json!({ "headRef": "a b" }),
            json!({ "environment": "" }),
            json!({ "workflowFile": "../ci.yml" }),
            json!({ "actor": "a/b" }),
            json!({ "runner": "mine" }),
            json!({ "reusableWorkflow": "acme/shared" }),
            json!({ "event": "" }),
        ] {
            assert!(wish(fields.clone()).check().is_err(), "{fields}");
        }
        let bot = wish(json!({
            "actor": "dependabot[bot]",
            "reusableWorkflow": "acme/shared/.github/workflows/build.yml@v2",
        }));
        assert_eq!(bot.check(), Ok(()));
    }
}
