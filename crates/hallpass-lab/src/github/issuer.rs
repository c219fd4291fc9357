//! The issuer as anybody sees it: a discovery document and keys, without authentication.
//!
//! Source: the documents that `https://token.actions.githubusercontent.com` serves; GitHub Docs, "OpenID
//! Connect reference", customising the issuer for an enterprise (its slug ends the URL).

use hallpass_oidc::GITHUB_ISSUER;
use serde_json::{Value, json};

use super::answer::Answer;
use super::error::GithubError;
use crate::world::World;

/// Answers a request for one of the issuer's documents, if it is one.
pub(super) fn answer(world: &World, path: &[&str]) -> Option<Result<Answer, GithubError>> {
    let (slug, document) = match path {
        [".well-known", document] => (None, *document),
        [slug, ".well-known", document] => (Some(*slug), *document),
        _ => return None,
    };
    let found = match document {
        "openid-configuration" => discovery(world, slug),
        "jwks" => keys(world, slug),
        _ => return None,
    };
    Some(found)
}

/// The claims that a token may have, and of which a subject may be composed.
pub(super) const CLAIMS: &[&str] = &[
    "sub",
    "aud",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "ref",
    "sha",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "enterprise",
    "enterprise_id",
    "run_id",
    "run_number",
    "run_attempt",
    "actor",
    "actor_id",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "head_ref",
    "base_ref",
    "event_name",
    "ref_type",
    "environment",
    "job_workflow_ref",
    "job_workflow_sha",
    "repository_visibility",
    "runner_environment",
    "check_run_id",
];

fn discovery(world: &World, slug: Option<&str>) -> Result<Answer, GithubError> {
    let issuer = issuer(world, slug)?;
    Ok(Answer::ok(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks"),
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "claims_supported": CLAIMS,
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    })))
}

fn keys(world: &World, slug: Option<&str>) -> Result<Answer, GithubError> {
    issuer(world, slug)?;
    let keys = world
        .github
        .keys()
        .map_err(|error| GithubError::new(500, "Server Error").with_detail(error.to_string()))?;
    let jwks: Value = keys.jwks.clone();
    Ok(Answer::ok(jwks))
}

/// The issuer's URL, where there is such an issuer.
fn issuer(world: &World, slug: Option<&str>) -> Result<String, GithubError> {
    let Some(slug) = slug else {
        return Ok(GITHUB_ISSUER.to_owned());
    };
    world
        .store
        .read(|state| {
            let enterprise = state.github_enterprises.get(slug)?;
            let issuer = format!("{GITHUB_ISSUER}/{}", enterprise.slug);
            enterprise.has_own_issuer.then_some(issuer)
        })
        .ok_or_else(GithubError::not_found)
}
