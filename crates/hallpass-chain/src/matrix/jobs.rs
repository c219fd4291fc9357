//! The contexts in which jobs of a repository run: what starts them, on which ref, in which
//! environment.
//!
//! Source: GitHub Docs, "Events that trigger workflows" (the `GITHUB_REF` of each event), "OpenID
//! Connect reference", and "Automatic token authentication" (what a fork's pull request is given).

use super::example::example;
use super::mention::Mentions;
use super::subject::SubjectPattern;
use super::table::Relation;

/// A context: what starts the job, and where it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct JobContext {
    pub(super) words: String,
    pub(super) event: &'static str,
    pub(super) git_ref: String,
    pub(super) head_ref: Option<String>,
    pub(super) environment: Option<String>,
    /// The reusable workflow that the job stands in.
    pub(super) workflow: Option<String>,
    pub(super) note: Option<&'static str>,
}

/// What a policy says of contexts, as names.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    branches: Vec<String>,
    tags: Vec<String>,
    environments: Vec<String>,
    workflows: Vec<String>,
    /// Whether some were left out.
    pub(super) is_cut: bool,
}

impl Places {
    /// Gathers them.
    pub(super) fn of(mentions: &Mentions) -> Self {
        let mut places = Self::default();
        let subjects: Vec<SubjectPattern> = mentions
            .values("sub")
            .filter_map(SubjectPattern::parse)
            .collect();
        let of = |claim: &str| -> Vec<String> {
            let inside = subjects.iter().filter_map(|subject| subject.value(claim));
            let beside = mentions.values(claim).map(str::to_owned);
            inside.chain(beside).collect()
        };
        for git_ref in of("ref") {
            if let Some(branch) = git_ref.strip_prefix("refs/heads/") {
                places.is_cut |= !add(&mut places.branches, branch);
            } else if let Some(tag) = git_ref.strip_prefix("refs/tags/") {
                places.is_cut |= !add(&mut places.tags, tag);
            }
        }
        for environment in of("environment") {
            places.is_cut |= !add(&mut places.environments, &environment);
        }
        for workflow in of("job_workflow_ref") {
            places.is_cut |= !add(&mut places.workflows, &workflow);
        }
        places
    }

    /// The contexts to try: for a named repository all of them, for another those that the policy
    /// speaks of.
    pub(super) fn contexts(&self, relation: Relation, repository: &str) -> Vec<JobContext> {
        let bare = match relation {
            Relation::Named => self.every(),
            Relation::Neighbour | Relation::Stranger => self.spoken_of(),
        };
        if self.workflows.is_empty() {
            return bare;
        }
        let other = format!("{repository}/.github/workflows/some-other.yml@refs/heads/main");
        let workflows = self.workflows.iter().take(MAX_WORKFLOWS).cloned();
        let mut all = Vec::new();
        for workflow in workflows.chain([other]) {
            all.extend(bare.iter().map(|context| JobContext {
                words: format!("{}, in the workflow `{workflow}`", context.words),
                workflow: Some(workflow.clone()),
                ..context.clone()
            }));
        }
        all
    }

    fn every(&self) -> Vec<JobContext> {
        let branches = with(&self.branches, &["main", "some-branch"]);
        let tags = with(&self.tags, &["some-tag"]);
        let released = tags.first().cloned().unwrap_or_default();
        let mut all: Vec<JobContext> = branches.iter().map(|branch| push(branch)).collect();
        all.extend(tags.iter().map(|tag| push_of_tag(tag)));
        all.extend(pull_requests());
        all.push(on(
            "merge queue of `main`",
            "merge_group",
            "refs/heads/gh-readonly-queue/main/pr-1-0000000",
        ));
        all.push(on("schedule", "schedule", "refs/heads/main"));
        all.push(on(
            "by hand on `main` (workflow_dispatch)",
            "workflow_dispatch",
            "refs/heads/main",
        ));
        all.push(on(
            &format!("release of tag `{released}`"),
            "release",
            &format!("refs/tags/{released}"),
        ));
        for environment in with(&self.environments, &["some-environment"]) {
            all.extend(self.deployments(&environment));
        }
        all
    }

    fn spoken_of(&self) -> Vec<JobContext> {
        let branches = with(&self.branches, &["main"]);
        let mut all: Vec<JobContext> = branches.iter().map(|branch| push(branch)).collect();
        all.extend(self.tags.iter().map(|tag| push_of_tag(tag)));
        all.extend(pull_requests().into_iter().take(1));
        for environment in &self.environments {
            all.extend(self.deployments(environment));
        }
        all
    }

    /// Jobs in an environment, from each branch and tag that the policy speaks of.
    fn deployments(&self, environment: &str) -> Vec<JobContext> {
        let branches = with(&self.branches, &["main"]);
        let pushes = branches.iter().map(|branch| push(branch));
        let tags = self.tags.iter().map(|tag| push_of_tag(tag));
        pushes
            .chain(tags)
            .map(|context| JobContext {
                words: format!("environment `{environment}`, {}", context.words),
                environment: Some(environment.to_owned()),
                ..context
            })
            .collect()
    }
}

fn on(words: &str, event: &'static str, git_ref: &str) -> JobContext {
    JobContext {
        words: words.to_owned(),
        event,
        git_ref: git_ref.to_owned(),
        ..JobContext::default()
    }
}

fn push(branch: &str) -> JobContext {
    on(
        &format!("push to branch `{branch}`"),
        "push",
        &format!("refs/heads/{branch}"),
    )
}

fn push_of_tag(tag: &str) -> JobContext {
    on(
        &format!("push of tag `{tag}`"),
        "push",
        &format!("refs/tags/{tag}"),
    )
}

fn pull_requests() -> [JobContext; 3] {
    let request = JobContext {
        head_ref: Some("some-branch".to_owned()),
        ..on("pull request", "pull_request", "refs/pull/1/merge")
    };
    let fork = JobContext {
        words: "pull request from a fork".to_owned(),
        note: Some(
            "GitHub gives it no token, unless the repository's settings send write tokens to workflows \
             from forks",
        ),
        ..request.clone()
    };
    let target = JobContext {
        note: Some(
            "it runs for pull requests from forks, too, and has a token then: the workflow must not run \
             their code",
        ),
        ..on(
            "pull_request_target to `main`",
            "pull_request_target",
            "refs/heads/main",
        )
    };
    [request, fork, target]
}

/// Adds an example of the pattern; says no where there is no more room.
fn add(names: &mut Vec<String>, pattern: &str) -> bool {
    let name = example(pattern);
    if name.is_empty() || names.contains(&name) {
        return true;
    }
    let has_room = names.len() < MAX_PLACES;
    if has_room {
        names.push(name);
    }
    has_room
}

/// The names, and those of the others that are not among them.
fn with(names: &[String], others: &[&str]) -> Vec<String> {
    let mut all = names.to_vec();
    for other in others {
        if !all.iter().any(|name| name == other) {
            all.push((*other).to_owned());
        }
    }
    all
}

/// As many as a trust policy of the usual size has room for.
const MAX_PLACES: usize = 12;
const MAX_WORKFLOWS: usize = 4;
