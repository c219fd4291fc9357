//! How `sub` is composed, for a repository and for an organisation; an enterprise's own issuer.
//!
//! Source: GitHub Docs, "REST API endpoints for GitHub Actions OIDC"; "OpenID Connect reference",
//! customising the subject claims, immutable subject claims.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::issuer::CLAIMS;
use crate::github::{owners, subject};
use crate::store::records::{GithubEnterprise, GithubOwner, GithubRepository, GithubSubject};

#[derive(Deserialize)]
struct RepositoryWish {
    use_default: bool,
    include_claim_keys: Option<Vec<String>>,
    use_immutable_subject: Option<bool>,
}

/// The template of a repository.
pub(super) async fn of_repository(
    call: &Call<'_>,
    repository: &GithubRepository,
) -> Result<Answer, GithubError> {
    match call.method {
        Method::GET => Ok(Answer::ok(shown(call, repository)?)),
        Method::PUT => {
            let wish: RepositoryWish = call.read("OidcCustomSub")?;
            // With the default the keys are ignored, whatever they are.
            let keys = wish.include_claim_keys.filter(|_| !wish.use_default);
            check(keys.as_deref().unwrap_or_default())?;
            let key = repository.record_key();
            let write = call.world.store.write(|tx| {
                let found = tx.state().github_repositories.get(&key).cloned();
                let found = found.ok_or_else(GithubError::not_found)?;
                let before = &found.subject;
                tx.put(GithubRepository {
                    subject: GithubSubject {
                        is_default: wish.use_default,
                        keys: keys.filter(|keys| !keys.is_empty()),
                        is_immutable: wish.use_immutable_subject.or(before.is_immutable),
                        is_born_immutable: before.is_born_immutable,
                    },
                    ..GithubRepository::clone(&found)
                });
                Ok::<_, GithubError>(())
            });
            write.await?;
            Ok(Answer::of(201, json!({})))
        }
        _ => Err(GithubError::not_found()),
    }
}

fn shown(call: &Call<'_>, repository: &GithubRepository) -> Result<Value, GithubError> {
    let owner = call
        .world
        .store
        .read(|state| owners::owner(state, &repository.owner))
        .ok_or_else(GithubError::not_found)?;
    let own = &repository.subject;
    let mut shown = Map::new();
    shown.insert("use_default".to_owned(), json!(own.is_default));
    if let Some(keys) = own.keys.as_ref().filter(|_| !own.is_default) {
        shown.insert("include_claim_keys".to_owned(), json!(keys));
    }
    shown.insert(
        "use_immutable_subject".to_owned(),
        json!(subject::is_immutable(repository, &owner)),
    );
    shown.insert(
        "sub_claim_prefix".to_owned(),
        json!(subject::prefix(repository, &owner)),
    );
    Ok(Value::Object(shown))
}

#[derive(Deserialize)]
struct OrganizationWish {
    include_claim_keys: Vec<String>,
    use_immutable_subject: Option<bool>,
}

/// The template of an organisation.
pub(super) async fn of_organization(
    call: &Call<'_>,
    owner: &Arc<GithubOwner>,
) -> Result<Answer, GithubError> {
    match call.method {
        Method::GET => {
            let usual = || DEFAULT_KEYS.map(str::to_owned).to_vec();
            Ok(Answer::ok(json!({
                "include_claim_keys": owner.subject_keys.clone().unwrap_or_else(usual),
                "use_immutable_subject": owner.has_immutable_subject.unwrap_or(false),
            })))
        }
        Method::PUT => {
            let wish: OrganizationWish = call.read("OidcCustomSub")?;
            check(&wish.include_claim_keys)?;
            let login = owner.login.clone();
            let write = call.world.store.write(|tx| {
                let found = owners::owner(tx.state(), &login).ok_or_else(GithubError::not_found)?;
                let keys = wish.include_claim_keys;
                tx.put(GithubOwner {
                    subject_keys: (!keys.is_empty()).then_some(keys),
                    has_immutable_subject: wish
                        .use_immutable_subject
                        .or(found.has_immutable_subject),
                    ..GithubOwner::clone(&found)
                });
                Ok::<_, GithubError>(())
            });
            write.await?;
            Ok(Answer::of(201, json!({})))
        }
        _ => Err(GithubError::not_found()),
    }
}

#[derive(Deserialize)]
struct IssuerWish {
    include_enterprise_slug: bool,
}

/// Whether an enterprise's tokens come from an issuer of its own.
pub(super) async fn of_enterprise(call: &Call<'_>, slug: &str) -> Result<Answer, GithubError> {
    call.caller.check_administrator()?;
    if call.method != Method::PUT {
        return Err(GithubError::not_found());
    }
    let wish: IssuerWish = call.read("OidcIssuer")?;
    let key = slug.to_ascii_lowercase();
    let write = call.world.store.write(|tx| {
        let found = tx.state().github_enterprises.get(&key).cloned();
        let found = found.ok_or_else(GithubError::not_found)?;
        tx.put(GithubEnterprise {
            has_own_issuer: wish.include_enterprise_slug,
            ..GithubEnterprise::clone(&found)
        });
        Ok::<_, GithubError>(())
    });
    write.await?;
    Ok(Answer::no_content())
}

/// Unique keys, each the name of a claim.
fn check(keys: &[String]) -> Result<(), GithubError> {
    let refuse = |why: String| {
        Err(GithubError::invalid(
            "OidcCustomSub",
            "include_claim_keys",
            why,
        ))
    };
    let unique: BTreeSet<&String> = keys.iter().collect();
    if unique.len() != keys.len() {
        return refuse("must be unique".to_owned());
    }
    if keys.len() > MAX_KEYS {
        return refuse(format!("are at most {MAX_KEYS}"));
    }
    let is_made_of = |key: &str| {
        !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_claim = |key: &str| {
        CLAIMS.contains(&key) && !REGISTERED.contains(&key)
            || DEFAULT_KEYS.contains(&key)
            || key.starts_with("repo_property_")
    };
    match keys.iter().find(|key| !is_made_of(key) || !is_claim(key)) {
        Some(key) if is_made_of(key) => refuse(format!("`{key}` is no claim of a token")),
        Some(_) => refuse("can only contain alphanumeric characters and underscores".to_owned()),
        None => Ok(()),
    }
}

/// The parts of the default subject.
const DEFAULT_KEYS: [&str; 2] = ["repo", "context"];
/// Claims that a subject cannot be composed of, as they change with each token (RFC 7519).
const REGISTERED: [&str; 7] = ["sub", "aud", "exp", "iat", "iss", "jti", "nbf"];
const MAX_KEYS: usize = 32;
