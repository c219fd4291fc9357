//! What the lab's GitHub remembers: accounts, repositories with their history, secrets, jobs.

use std::collections::{BTreeMap, BTreeSet};

use hallpass_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::secret_text;

/// A user or an organisation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubOwner {
    /// The login, as it was first written; unique without regard to case.
    pub(crate) login: String,
    /// The ID, which no rename changes.
    pub(crate) id: u64,
    /// An organisation, or a user.
    pub(crate) is_organization: bool,
    /// The slug of the enterprise that the organisation belongs to.
    pub(crate) enterprise: Option<String>,
    /// The claims that the organisation's template composes `sub` of.
    pub(crate) subject_keys: Option<Vec<String>>,
    /// Whether its repositories' subjects carry IDs, where they do not say themselves.
    #[serde(default)]
    pub(crate) has_immutable_subject: Option<bool>,
    /// When it was made.
    pub(crate) created: Timestamp,
}

impl GithubOwner {
    pub(crate) fn record_key(&self) -> String {
        self.login.to_ascii_lowercase()
    }
}

/// An enterprise.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubEnterprise {
    /// The slug.
    pub(crate) slug: String,
    /// The ID.
    pub(crate) id: u64,
    /// Whether its tokens come from an issuer of its own, whose URL ends in the slug.
    pub(crate) has_own_issuer: bool,
}

impl GithubEnterprise {
    pub(crate) fn record_key(&self) -> String {
        self.slug.to_ascii_lowercase()
    }
}

/// A repository.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubRepository {
    /// The owner's login.
    pub(crate) owner: String,
    /// The owner's ID.
    pub(crate) owner_id: u64,
    /// The name, without the owner's.
    pub(crate) name: String,
    /// The ID, which no rename changes.
    pub(crate) id: u64,
    /// `internal`, `private` or `public`.
    pub(crate) visibility: String,
    /// The description.
    pub(crate) description: Option<String>,
    /// The branch that counts where none is named.
    pub(crate) default_branch: String,
    /// Custom properties that go into tokens.
    pub(crate) properties: BTreeMap<String, String>,
    /// How its tokens' subject is composed.
    pub(crate) subject: GithubSubject,
    /// The number of the last run, by workflow file.
    pub(crate) run_numbers: BTreeMap<String, u64>,
    /// The number of the last pull request.
    pub(crate) last_number: u64,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When something in it last changed.
    pub(crate) updated: Timestamp,
}

/// How a repository's subjects are composed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubSubject {
    /// GitHub's own format; else `keys`, or where there are none the organisation's.
    pub(crate) is_default: bool,
    /// The claims of the repository's own template.
    pub(crate) keys: Option<Vec<String>>,
    /// Whether owner and repository carry their IDs, where the repository says so itself.
    pub(crate) is_immutable: Option<bool>,
    /// Whether the repository is young enough that they do anyway.
    pub(crate) is_born_immutable: bool,
}

impl GithubRepository {
    pub(crate) fn record_key(&self) -> String {
        self.full_name().to_ascii_lowercase()
    }

    /// `OWNER/NAME`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// An environment of a repository.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubEnvironment {
    /// The repository's ID.
    pub(crate) repository: u64,
    /// The name, as it was first written; unique without regard to case.
    pub(crate) name: String,
    /// The ID.
    pub(crate) id: u64,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last changed.
    pub(crate) updated: Timestamp,
}

impl GithubEnvironment {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(self.repository, &self.name)
    }

    /// The key of an environment.
    pub(crate) fn key_of(repository: u64, name: &str) -> String {
        format!("{repository}/{}", name.to_lowercase())
    }
}

/// Who sees an organisation's secret or variable.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "visibility", content = "repositories")]
pub(crate) enum GithubReach {
    /// Every repository of the organisation.
    All,
    /// Its private and internal repositories.
    Private,
    /// These repositories, by ID.
    Selected(BTreeSet<u64>),
}

/// A secret of a repository, an environment or an organisation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubSecret {
    /// Whose: `repository/ID`, `environment/ID`, `organization/ID`.
    pub(crate) scope: String,
    /// The name, in upper case.
    pub(crate) name: String,
    /// The value, unsealed. Jobs get it; the API never shows it.
    #[serde(with = "secret_text")]
    pub(crate) value: Secret<String>,
    /// Who sees it, where it is an organisation's.
    pub(crate) reach: Option<GithubReach>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last set.
    pub(crate) updated: Timestamp,
}

impl GithubSecret {
    pub(crate) fn record_key(&self) -> String {
        format!("{}/{}", self.scope, self.name)
    }
}

/// A variable of a repository, an environment or an organisation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubVariable {
    /// Whose, as a secret's.
    pub(crate) scope: String,
    /// The name, in upper case.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: String,
    /// Who sees it, where it is an organisation's.
    pub(crate) reach: Option<GithubReach>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last set.
    pub(crate) updated: Timestamp,
}

impl GithubVariable {
    pub(crate) fn record_key(&self) -> String {
        format!("{}/{}", self.scope, self.name)
    }
}

/// The content of a file, whichever commits it is in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubBlob {
    /// The repository's ID.
    pub(crate) repository: u64,
    /// Git's name of it.
    pub(crate) sha: String,
    /// The content, base64.
    pub(crate) content: String,
    /// How many bytes that is.
    pub(crate) size: u64,
}

impl GithubBlob {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(self.repository, &self.sha)
    }

    /// The key of an object.
    pub(crate) fn key_of(repository: u64, sha: &str) -> String {
        format!("{repository}/{sha}")
    }
}

/// A commit with all its files.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubCommit {
    /// The repository's ID.
    pub(crate) repository: u64,
    /// Git's name of it.
    pub(crate) sha: String,
    /// Git's name of its tree.
    pub(crate) tree: String,
    /// The files, by path.
    pub(crate) files: BTreeMap<String, GithubFile>,
    /// The commits before it.
    pub(crate) parents: Vec<String>,
    /// The message.
    pub(crate) message: String,
    /// Name and e-mail address of who wrote it.
    pub(crate) author: (String, String),
    /// When.
    pub(crate) time: Timestamp,
}

/// A file of a commit.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct GithubFile {
    /// Git's mode: `100644`, `100755`, `120000`.
    pub(crate) mode: String,
    /// Git's name of its content.
    pub(crate) sha: String,
}

impl GithubCommit {
    pub(crate) fn record_key(&self) -> String {
        GithubBlob::key_of(self.repository, &self.sha)
    }
}

/// A branch or a tag.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubRef {
    /// The repository's ID.
    pub(crate) repository: u64,
    /// The whole name, such as `refs/heads/main`.
    pub(crate) name: String,
    /// The commit.
    pub(crate) sha: String,
}

impl GithubRef {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(self.repository, &self.name)
    }

    /// The key of a ref.
    pub(crate) fn key_of(repository: u64, name: &str) -> String {
        format!("{repository}/{name}")
    }
}

/// A pull request.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubPull {
    /// The repository's ID.
    pub(crate) repository: u64,
    /// Its ID.
    pub(crate) id: u64,
    /// Its number in the repository.
    pub(crate) number: u64,
    /// The title.
    pub(crate) title: String,
    /// The text.
    pub(crate) body: Option<String>,
    /// The branch to merge.
    pub(crate) head: String,
    /// The commit of that branch when the request was closed.
    pub(crate) head_sha: String,
    /// The branch to merge into.
    pub(crate) base: String,
    /// Open, or closed.
    pub(crate) is_open: bool,
    /// Not ready to be merged.
    pub(crate) is_draft: bool,
    /// The commit that merged it.
    pub(crate) merged: Option<String>,
    /// The login and the ID of who asked.
    pub(crate) user: (String, u64),
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last changed.
    pub(crate) updated: Timestamp,
}

impl GithubPull {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(self.repository, self.number)
    }

    /// The key of a pull request; numbers in order.
    pub(crate) fn key_of(repository: u64, number: u64) -> String {
        format!("{repository}/{number:010}")
    }
}

/// A job that runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GithubJob {
    /// Its ID, which is its check run's.
    pub(crate) id: u64,
    /// The repository's key.
    pub(crate) repository: String,
    /// The event.
    pub(crate) event: String,
    /// The ref.
    pub(crate) git_ref: String,
    /// The commit.
    pub(crate) sha: String,
    /// The source branch of a pull request.
    pub(crate) head_ref: Option<String>,
    /// The target branch of a pull request.
    pub(crate) base_ref: Option<String>,
    /// The environment.
    pub(crate) environment: Option<String>,
    /// The workflow's name.
    pub(crate) workflow: String,
    /// Its file at its ref.
    pub(crate) workflow_ref: String,
    /// The commit of that file.
    pub(crate) workflow_sha: String,
    /// The reusable workflow's file at its ref, and the commit.
    pub(crate) job_workflow: Option<(String, String)>,
    /// The job's key in its workflow.
    pub(crate) name: String,
    /// Who started the run: login and ID.
    pub(crate) actor: (String, u64),
    /// Whether the machine is GitHub's.
    pub(crate) is_github_hosted: bool,
    /// What its `GITHUB_TOKEN` may, by scope: `read` or `write`.
    pub(crate) permissions: BTreeMap<String, String>,
    /// The run.
    pub(crate) run: GithubRun,
    /// Whether it runs for a fork's pull request, and gets no secrets.
    pub(crate) is_from_fork: bool,
    /// When it started.
    pub(crate) started: Timestamp,
    /// Its `GITHUB_TOKEN`.
    #[serde(with = "secret_text")]
    pub(crate) token: Secret<String>,
    /// The bearer token of its token endpoint.
    #[serde(with = "secret_text")]
    pub(crate) request_token: Secret<String>,
}

/// A run of a workflow.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct GithubRun {
    /// Its ID.
    pub(crate) id: u64,
    /// Its number within the workflow.
    pub(crate) number: u64,
    /// The attempt, from 1.
    pub(crate) attempt: u64,
}

impl GithubJob {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(self.id)
    }

    /// The key of a job; older ones first.
    pub(crate) fn key_of(id: u64) -> String {
        format!("{id:020}")
    }
}
