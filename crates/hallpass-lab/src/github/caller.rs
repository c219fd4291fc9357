//! Who calls, and what they may.
//!
//! Source: GitHub Docs, "Authenticating to the REST API" (Bearer, token, Basic with the token as the
//! password), "Permissions required for GitHub App installation access tokens".

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

use super::bootstrap::{ADMINISTRATOR, TOKEN_SETTING};
use super::error::GithubError;
use super::{jobs, permissions};
use crate::store::records::{GithubJob, GithubRepository};
use crate::world::World;

/// Who calls.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// The lab's administrator, who may everything.
    Administrator,
    /// Nobody that is known.
    Anonymous,
    /// A job, by its `GITHUB_TOKEN`.
    Job(Arc<GithubJob>),
}

impl Caller {
    /// The caller that the request's credentials tell.
    pub(super) fn of(world: &World, headers: &HeaderMap) -> Result<Self, GithubError> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self::Anonymous);
        }
        let bad = || GithubError::new(401, "Bad credentials");
        let token = presented(headers).ok_or_else(bad)?;
        world
            .store
            .read(|state| {
                let administrator = state.settings.get(TOKEN_SETTING)?;
                let own = hallpass_types::Secret::new(administrator.value.clone());
                if own.equals(token.as_bytes()) {
                    return Some(Self::Administrator);
                }
                jobs::of_token(state, &token, world.now()).map(Self::Job)
            })
            .ok_or_else(bad)
    }

    /// How the event log and the count of calls name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Administrator => ADMINISTRATOR.to_owned(),
            Self::Anonymous => "anonymous".to_owned(),
            Self::Job(job) => format!("{}/jobs/{}", job.repository, job.id),
        }
    }

    /// The login and the ID's owner in whose name things are made.
    pub(super) fn login(&self) -> &str {
        match self {
            Self::Administrator | Self::Anonymous => ADMINISTRATOR,
            Self::Job(_) => ACTIONS,
        }
    }

    /// How many calls it has an hour.
    pub(super) const fn quota(&self) -> u64 {
        match self {
            Self::Administrator => 5000,
            Self::Anonymous => 60,
            Self::Job(_) => 1000,
        }
    }

    /// Whether it may see that there is such a repository.
    pub(super) fn sees(&self, repository: &GithubRepository) -> bool {
        match self {
            Self::Administrator => true,
            Self::Anonymous => repository.visibility == "public",
            Self::Job(job) => {
                job.repository == repository.record_key() || repository.visibility == "public"
            }
        }
    }

    /// Refuses unless it may do that in the repository.
    pub(super) fn check(
        &self,
        repository: &GithubRepository,
        scope: &str,
        level: &str,
    ) -> Result<(), GithubError> {
        if !self.sees(repository) {
            return Err(GithubError::not_found().with_detail("the caller may not see it"));
        }
        let is_public_read = level == permissions::READ
            && PUBLIC.contains(&scope)
            && repository.visibility == "public";
        match self {
            Self::Administrator => Ok(()),
            _ if is_public_read => Ok(()),
            Self::Anonymous => Err(GithubError::new(401, "Requires authentication")),
            Self::Job(job) if job.repository != repository.record_key() => Err(
                GithubError::forbidden("the token is for another repository"),
            ),
            Self::Job(job) if permissions::suffice(&job.permissions, scope, level) => Ok(()),
            Self::Job(_) => Err(GithubError::forbidden(format!(
                "the job lacks `{scope}: {level}`"
            ))),
        }
    }

    /// Refuses unless it is the administrator, whom nothing is kept from.
    pub(super) fn check_administrator(&self) -> Result<(), GithubError> {
        match self {
            Self::Administrator => Ok(()),
            Self::Anonymous => Err(GithubError::new(401, "Requires authentication")),
            Self::Job(_) => Err(GithubError::forbidden(
                "no permission of a job's token reaches it",
            )),
        }
    }
}

/// The token of a `Bearer` credential.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn presented(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(token.to_owned()),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
            let (_, password) = pair.split_once(':')?;
            Some(password.to_owned())
        }
        _ => None,
    }
}

/// Who a job's token acts as.
const ACTIONS: &str = "github-actions[bot]";
/// What everybody may read of a public repository.
const PUBLIC: &[&str] = &["actions", "contents", "metadata", "pull-requests"];
