//! A job's token endpoint: a web identity token for whoever holds the job's bearer token.
//!
//! Source: GitHub Docs, "OpenID Connect reference", "Methods for requesting the OIDC token";
//! `@actions/core`, `oidc-utils`, which reads `value`. `count` is the length of `value`.

use http::HeaderMap;
use serde_json::json;

use super::answer::Answer;
use super::caller::bearer;
use super::error::GithubError;
use super::permissions::{ID_TOKEN, WRITE, suffice};
use super::{jobs, subject};
use crate::world::World;

/// Answers a request for a token.
pub(super) fn answer(
    world: &World,
    (run, job): (&str, &str),
    query: &str,
    headers: &HeaderMap,
) -> Result<Answer, GithubError> {
    let presented =
        bearer(headers).ok_or_else(|| GithubError::new(401, "Requires authentication"))?;
    let job = job
        .parse()
        .ok()
        .and_then(|id| {
            world
                .store
                .read(|state| jobs::running(state, id, world.now()))
        })
        .filter(|job| job.run.id.to_string() == run)
        .ok_or_else(|| {
            GithubError::not_found().with_detail("there is no such job, or it has ended")
        })?;
    if !job.request_token.equals(presented.as_bytes()) {
        return Err(GithubError::new(401, "Bad credentials")
            .with_detail("the bearer token is not that of the job"));
    }
    if !suffice(&job.permissions, ID_TOKEN, WRITE) {
        return Err(GithubError::new(
            403,
            "Unable to get an ID token: the job lacks `id-token: write`",
        ));
    }
    let audience = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "audience")
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty());
    if audience
        .as_ref()
        .is_some_and(|text| text.len() > MAX_AUDIENCE)
    {
        return Err(GithubError::new(
            400,
            format!("The audience is longer than {MAX_AUDIENCE} bytes"),
        ));
    }
    let claims = subject::claims(world, &job, audience.as_deref())?;
    let signed = world.github.keys().and_then(|keys| keys.sign(&claims));
    let token = signed
        .map_err(|error| GithubError::new(500, "Server Error").with_detail(error.to_string()))?;
    let value = token.expose();
    Ok(Answer::ok(json!({ "count": value.len(), "value": value })))
}

// The longest that AWS takes for a client ID is 255.
const MAX_AUDIENCE: usize = 1024;
