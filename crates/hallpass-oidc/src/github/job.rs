//! Claims of GitHub Actions job tokens: GitHub's full set.
//!
//! Source: GitHub Docs, "OpenID Connect reference" (claims, example) and "OpenID Connect" (life of
//! 300 seconds; valid from ten minutes before it was issued).

use std::collections::BTreeMap;

use hallpass_types::{Chance, Timestamp};
use serde_json::{Value, json};

use crate::token_id::token_id;

/// A job that asks for a token.
#[derive(Clone, Debug)]
pub struct GithubJob {
    /// The issuer URL: [`GITHUB_ISSUER`], or that of an enterprise.
    pub issuer: String,
    /// The repository that the workflow runs in.
    pub repository: GithubRepository,
    /// The enterprise that owns the organisation: slug and ID.
    pub enterprise: Option<(String, String)>,
    /// The login and the ID of who started the run.
    pub actor: (String, String),
    /// The event, such as `push`.
    pub event_name: String,
    /// The ref, such as `refs/heads/main`.
    pub git_ref: String,
    /// The source branch of a pull request.
    pub head_ref: Option<String>,
    /// The target branch of a pull request.
    pub base_ref: Option<String>,
    /// The commit.
    pub sha: String,
    /// The environment that the job names.
    pub environment: Option<String>,
    /// The workflow's name.
    pub workflow: String,
    /// The file of the workflow at its ref, such as `o/r/.github/workflows/ci.yml@refs/heads/main`.
    pub workflow_ref: String,
    /// The commit of that file.
    pub workflow_sha: String,
    /// The reusable workflow that the job stands in: file at its ref, and commit. Without one, the
    /// workflow itself.
    pub job_workflow: Option<(String, String)>,
    /// The run.
    pub run: GithubRun,
    /// Whose machine runs the job.
    pub runner: GithubRunner,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct GithubRepository {
    /// Who owns it.
    pub owner: String,
    /// The owner's ID.
    pub owner_id: String,
    /// Its name, without the owner's.
    pub name: String,
    /// Its ID.
    pub id: String,
    /// Who can see it.
    pub visibility: GithubVisibility,
    /// Custom properties that its organisation puts into tokens.
    pub properties: BTreeMap<String, String>,
    /// Whether `sub` names owner and repository with their IDs, which no rename changes.
    pub has_immutable_subject: bool,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub struct GithubRun {
    /// Its ID.
    pub id: String,
    /// Its number within the workflow.
    pub number: u64,
    /// The attempt, from 1.
    pub attempt: u64,
    /// The ID of the job's check run.
    pub check_run_id: String,
}

/// Whose machine runs a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GithubRunner {
    /// GitHub's.
    GithubHosted,
    /// The organisation's own.
    SelfHosted,
}

/// Who can see a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GithubVisibility {
    /// The enterprise.
    Internal,
    /// Its collaborators.
    Private,
    /// Everybody.
    Public,
}

impl GithubJob {
    /// The claims of a token for that audience; without one it is for the owner's URL.
    pub fn claims(&self, audience: Option<&str>, now: Timestamp, chance: &dyn Chance) -> Value {
        let repository = &self.repository;
        let issued = now.as_second();
        let (job_workflow_ref, job_workflow_sha) = self.job_workflow.as_ref().map_or(
            (&self.workflow_ref, &self.workflow_sha),
            |(file, commit)| (file, commit),
        );
        let mut claims = json!({
            "jti": token_id(chance),
            "sub": self.subject(),
            "aud": audience.map_or_else(|| self.default_audience(), str::to_owned),
            "ref": self.git_ref,
            "sha": self.sha,
            "repository": repository.full_name(),
            "repository_owner": repository.owner,
            "repository_owner_id": repository.owner_id,
            "run_id": self.run.id,
            "run_number": self.run.number.to_string(),
            "run_attempt": self.run.attempt.to_string(),
            "repository_visibility": repository.visibility.name(),
            "repository_id": repository.id,
            "actor_id": self.actor.1,
            "actor": self.actor.0,
            "workflow": self.workflow,
            "head_ref": self.head_ref.as_deref().unwrap_or_default(),
            "base_ref": self.base_ref.as_deref().unwrap_or_default(),
            "event_name": self.event_name,
            "ref_type": self.ref_type(),
            "workflow_ref": self.workflow_ref,
            "workflow_sha": self.workflow_sha,
            "job_workflow_ref": job_workflow_ref,
            "job_workflow_sha": job_workflow_sha,
            "runner_environment": self.runner.name(),
            "check_run_id": self.run.check_run_id,
            "iss": self.issuer,
            "nbf": issued.saturating_sub(BACKDATED_SECONDS),
            "exp": issued.saturating_add(LIFE_SECONDS),
            "iat": issued,
        });
        if let Some(members) = claims.as_object_mut() {
            members.extend(self.optional_claims());
        }
        claims
    }

    /// Claims that a token has only where there is something to say.
    fn optional_claims(&self) -> impl Iterator<Item = (String, Value)> {
        let environment = self.environment.iter().map(|name| ("environment", name));
        let enterprise = self
            .enterprise
            .iter()
            .flat_map(|(slug, id)| [("enterprise", slug), ("enterprise_id", id)]);
        let properties = self.repository.properties.iter();
        environment
            .chain(enterprise)
            .map(|(name, value)| (name.to_owned(), value))
            .chain(properties.map(|(name, value)| (format!("repo_property_{name}"), value)))
            .map(|(name, value)| (name, value.as_str().into()))
    }

    fn default_audience(&self) -> String {
        format!("https://github.com/{}", self.repository.owner)
    }

    /// A pull request's merge ref counts as a branch.
    fn ref_type(&self) -> &'static str {
        if self.git_ref.starts_with("refs/tags/") {
            "tag"
        } else {
            "branch"
        }
    }
}

impl GithubRepository {
    fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl GithubRunner {
    const fn name(self) -> &'static str {
        match self {
            Self::GithubHosted => "github-hosted",
            Self::SelfHosted => "self-hosted",
        }
    }
}

impl GithubVisibility {
    const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// The issuer of GitHub.com.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
const LIFE_SECONDS: i64 = 300;
const BACKDATED_SECONDS: i64 = 600;

#[cfg(test)]
pub(crate) mod tests {
    use hallpass_testkit::SeededChance;

    use super::*;

    pub(crate) fn job() -> GithubJob {
        GithubJob {
            issuer: GITHUB_ISSUER.to_owned(),
            repository: GithubRepository {
                owner: "acme".to_owned(),
                owner_id: "65".to_owned(),
                name: "app".to_owned(),
                id: "74".to_owned(),
                visibility: GithubVisibility::Private,
                properties: BTreeMap::from([("team".to_owned(), "builds".to_owned())]),
                has_immutable_subject: false,
            },
            enterprise: Some(("acme-corp".to_owned(), "9".to_owned())),
            actor: ("octocat".to_owned(), "12".to_owned()),
            event_name: "push".to_owned(),
            git_ref: "refs/heads/main".to_owned(),
            head_ref: None,
            base_ref: None,
            sha: "c0ffee".to_owned(),
            environment: Some("prod".to_owned()),
            workflow: "ci".to_owned(),
            workflow_ref: "acme/app/.github/workflows/ci.yml@refs/heads/main".to_owned(),
            workflow_sha: "c0ffee".to_owned(),
            job_workflow: None,
            run: GithubRun {
                id: "1001".to_owned(),
                number: 10,
                attempt: 2,
                check_run_id: "2002".to_owned(),
            },
            runner: GithubRunner::SelfHosted,
        }
    }

    #[test]
    fn writes_githubs_full_set() {
        let now = Timestamp::from_second(1_750_000_000).unwrap();
        let mut claims = job().claims(Some("sts.amazonaws.com"), now, &SeededChance::new(1));
        let id = claims["jti"].take();
        assert!(uuid::Uuid::try_parse(id.as_str().unwrap()).is_ok());
        let wanted = json!({
            "actor": "octocat", "actor_id": "12", "aud": "sts.amazonaws.com", "base_ref": "",
            "check_run_id": "2002", "enterprise": "acme-corp", "enterprise_id": "9",
            "environment": "prod", "event_name": "push", "exp": 1_750_000_300, "head_ref": "",
            "iat": 1_750_000_000, "iss": "https://token.actions.githubusercontent.com",
            "job_workflow_ref": "acme/app/.github/workflows/ci.yml@refs/heads/main",
            "job_workflow_sha": "c0ffee", "jti": null, "nbf": 1_749_999_400,
            "ref": "refs/heads/main", "ref_type": "branch", "repo_property_team": "builds",
            "repository": "acme/app", "repository_id": "74", "repository_owner": "acme",
            "repository_owner_id": "65", "repository_visibility": "private", "run_attempt": "2",
            "run_id": "1001", "run_number": "10", "runner_environment": "self-hosted",
            "sha": "c0ffee", "sub": "repo:acme/app:environment:prod", "workflow": "ci",
            "workflow_ref": "acme/app/.github/workflows/ci.yml@refs/heads/main",
            "workflow_sha": "c0ffee",
        });
        assert_eq!(claims, wanted);
    }

    #[test]
    fn leaves_out_what_the_job_has_not() {
        let plain = GithubJob {
            environment: None,
            enterprise: None,
            git_ref: "refs/tags/v1".to_owned(),
            job_workflow: Some((
                "acme/shared/.github/workflows/build.yml@v2".to_owned(),
                "beef".to_owned(),
            )),
            ..job()
        };
        let claims = plain.claims(None, Timestamp::UNIX_EPOCH, &SeededChance::new(1));
        for absent in ["environment", "enterprise", "enterprise_id"] {
            assert!(claims.get(absent).is_none(), "{absent}");
        }
        assert_eq!(claims["aud"], "https://github.com/acme");
        assert_eq!(claims["ref_type"], "tag");
        assert_eq!(claims["job_workflow_sha"], "beef");
        assert_eq!(claims["workflow_sha"], "c0ffee");
    }
}
