//! The claims of a job's token, with the subject that its repository and organisation ask for.
//!
//! Source: GitHub Docs, "OpenID Connect reference": a repository's own template, or where it opts in
//! without one the organisation's; `repo` carries IDs in every template where subjects are immutable; a
//! template that includes `environment` asks for one.

use hallpass_oidc::{
    GITHUB_ISSUER, GithubJob as Job, GithubRepository as Repository, GithubRun as Run,
    GithubRunner, GithubVisibility,
};
use serde_json::Value;

use super::error::GithubError;
use super::owners;
use crate::store::State;
use crate::store::records::{GithubJob, GithubOwner, GithubRepository};
use crate::world::World;

/// The claims of a token for that audience.
pub(super) fn claims(
    world: &World,
    job: &GithubJob,
    audience: Option<&str>,
) -> Result<Value, GithubError> {
    let (described, keys) = world
        .store
        .read(|state| describe(state, job))
        .ok_or_else(GithubError::not_found)?;
    let mut claims = described.claims(audience, world.now_of("github-issuer"), &*world.chance);
    let Some(keys) = keys else {
        return Ok(claims);
    };
    if job.environment.is_none() && keys.iter().any(|key| key == "environment") {
        return Err(GithubError::new(
            400,
            "The subject claim includes `environment`, and the job references no environment",
        ));
    }
    let subject = described.customised_subject(&keys, &claims);
    if let Some(claims) = claims.as_object_mut() {
        claims.insert("sub".to_owned(), Value::String(subject));
    }
    Ok(claims)
}

/// The job as its token tells it, and the claims of the template in force, if one is.
fn describe(state: &State, job: &GithubJob) -> Option<(Job, Option<Vec<String>>)> {
    let repository = state.github_repositories.get(&job.repository)?;
    let owner = owners::owner(state, &repository.owner)?;
    let slug = owner.enterprise.as_ref();
    let enterprise = slug.and_then(|slug| state.github_enterprises.get(slug));
    let issuer = match enterprise.filter(|enterprise| enterprise.has_own_issuer) {
        Some(enterprise) => format!("{GITHUB_ISSUER}/{}", enterprise.slug),
        None => GITHUB_ISSUER.to_owned(),
    };
    let described = Job {
        issuer,
        repository: told(repository, &owner),
        enterprise: enterprise
            .map(|enterprise| (enterprise.slug.clone(), enterprise.id.to_string())),
        actor: (job.actor.0.clone(), job.actor.1.to_string()),
        event_name: job.event.clone(),
        git_ref: job.git_ref.clone(),
        head_ref: job.head_ref.clone(),
        base_ref: job.base_ref.clone(),
        sha: job.sha.clone(),
        environment: job.environment.clone(),
        workflow: job.workflow.clone(),
        workflow_ref: job.workflow_ref.clone(),
        workflow_sha: job.workflow_sha.clone(),
        job_workflow: job.job_workflow.clone(),
        run: Run {
            id: job.run.id.to_string(),
            number: job.run.number,
            attempt: job.run.attempt,
            check_run_id: job.id.to_string(),
        },
        runner: if job.is_github_hosted {
            GithubRunner::GithubHosted
        } else {
            GithubRunner::SelfHosted
        },
    };
    Some((described, keys_in_force(repository, &owner)))
}

fn told(repository: &GithubRepository, owner: &GithubOwner) -> Repository {
    Repository {
        owner: repository.owner.clone(),
        owner_id: repository.owner_id.to_string(),
        name: repository.name.clone(),
        id: repository.id.to_string(),
        visibility: match repository.visibility.as_str() {
            "internal" => GithubVisibility::Internal,
            "public" => GithubVisibility::Public,
            _ => GithubVisibility::Private,
        },
        properties: repository.properties.clone(),
        has_immutable_subject: is_immutable(repository, owner),
    }
}

/// Whether the repository's subjects carry IDs: as it says itself, or else as its age and its
/// organisation say.
pub(super) fn is_immutable(repository: &GithubRepository, owner: &GithubOwner) -> bool {
    let subject = &repository.subject;
    subject
        .is_immutable
        .unwrap_or(subject.is_born_immutable || owner.has_immutable_subject == Some(true))
}

/// What the repository's subjects begin with.
pub(super) fn prefix(repository: &GithubRepository, owner: &GithubOwner) -> String {
    let (login, name) = (&repository.owner, &repository.name);
    if is_immutable(repository, owner) {
        let (owner_id, id) = (repository.owner_id, repository.id);
        format!("repo:{login}@{owner_id}/{name}@{id}")
    } else {
        format!("repo:{login}/{name}")
    }
}

/// The claims of the template in force; none where the format is GitHub's own.
fn keys_in_force(repository: &GithubRepository, owner: &GithubOwner) -> Option<Vec<String>> {
    let subject = &repository.subject;
    if subject.is_default {
        return None;
    }
    let keys = subject.keys.as_ref().or(owner.subject_keys.as_ref())?;
    Some(keys.clone())
}
