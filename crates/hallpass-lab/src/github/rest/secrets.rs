//! Secrets of repositories, environments and organisations: listed, sealed, set, deleted, never shown.
//!
//! Source: GitHub Docs, "REST API endpoints for GitHub Actions Secrets".

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::page::{Page, USUAL};
use crate::github::seal::BoxKey;
use crate::github::{names, owners, scopes};
use crate::store::State;
use crate::store::records::{GithubOwner, GithubReach, GithubSecret, Record};

/// Whose secrets and variables are asked for.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// The scope of the records.
    pub(super) scope: String,
    /// What the URLs of `secrets` and `variables` begin with.
    pub(super) url: String,
    /// The organisation, where it is one.
    pub(super) organization: Option<Arc<GithubOwner>>,
}

impl Holder {
    /// The key of its secret or variable of that name, whose case does not count.
    pub(super) fn key_of(&self, name: &str) -> String {
        format!("{}/{}", self.scope, name.to_ascii_uppercase())
    }

    fn limit(&self) -> usize {
        if self.organization.is_some() {
            1000
        } else {
            100
        }
    }
}

/// Answers a call about secrets.
pub(super) async fn answer(
    call: &Call<'_>,
    holder: &Holder,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match (&call.method, path) {
        (&Method::GET, []) => Ok(list(call, holder)),
        (&Method::GET, ["public-key"]) => {
            let key = call
                .world
                .store
                .read(|state| BoxKey::of(state, &holder.scope))?;
            Ok(Answer::ok(json!({ "key_id": key.id, "key": key.public })))
        }
        (&Method::GET, [name]) => {
            let found = call
                .world
                .store
                .read(|state| find(state, holder, name))
                .ok_or_else(GithubError::not_found)?;
            Ok(Answer::ok(shown(&found, holder)))
        }
        (&Method::PUT, [name]) => put(call, holder, name).await,
        (&Method::DELETE, [name]) => delete::<GithubSecret>(call, &holder.key_of(name)).await,
        _ => Err(GithubError::not_found()),
    }
}

/// The secret of that name.
pub(super) fn find(state: &State, holder: &Holder, name: &str) -> Option<Arc<GithubSecret>> {
    state.github_secrets.get(&holder.key_of(name)).cloned()
}

/// Deletes the secret or variable of that key.
pub(super) async fn delete<R: Record>(call: &Call<'_>, key: &str) -> Result<Answer, GithubError> {
    let deleted = call
        .world
        .store
        .write(|tx| Ok::<_, GithubError>(tx.delete::<R>(key)))
        .await?;
    deleted.map_or_else(
        || Err(GithubError::not_found()),
        |_| Ok(Answer::no_content()),
    )
}

fn list(call: &Call<'_>, holder: &Holder) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        scopes::within(&state.github_secrets, &holder.scope)
            .map(|secret| shown(secret, holder))
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, USUAL);
    Answer::ok(json!({ "total_count": total, "secrets": page.items })).with_link(page.link)
}

/// A secret as the API shows it: without its value.
pub(super) fn shown(secret: &GithubSecret, holder: &Holder) -> Value {
    let mut shown = json!({
        "name": secret.name,
        "created_at": iso(secret.created),
        "updated_at": iso(secret.updated),
    });
    show_reach(
        &mut shown,
        secret.reach.as_ref(),
        &format!("{}/secrets/{}", holder.url, secret.name),
    );
    shown
}

/// Adds who sees it, where it is an organisation's.
pub(super) fn show_reach(shown: &mut Value, reach: Option<&GithubReach>, url: &str) {
    let (Some(reach), Some(fields)) = (reach, shown.as_object_mut()) else {
        return;
    };
    let visibility = match reach {
        GithubReach::All => "all",
        GithubReach::Private => "private",
        GithubReach::Selected(_) => "selected",
    };
    fields.insert("visibility".to_owned(), json!(visibility));
    if matches!(reach, GithubReach::Selected(_)) {
        let url = format!("{url}/repositories");
        fields.insert("selected_repositories_url".to_owned(), json!(url));
    }
}

#[derive(Deserialize)]
struct SecretWish {
    encrypted_value: String,
    key_id: String,
    visibility: Option<String>,
    selected_repository_ids: Option<BTreeSet<u64>>,
}

async fn put(call: &Call<'_>, holder: &Holder, name: &str) -> Result<Answer, GithubError> {
    names::check_secret(name)
        .map_err(|why| GithubError::new(422, format!("Secret names {why}")))?;
    let wish: SecretWish = call.read("Secret")?;
    let now = call.world.now();
    let key = call
        .world
        .store
        .read(|state| BoxKey::of(state, &holder.scope))?;
    if wish.key_id != key.id {
        let why = "is not the ID of the current public key";
        return Err(GithubError::invalid("Secret", "key_id", why));
    }
    let value = key
        .open(&wish.encrypted_value)
        .map_err(|why| GithubError::invalid("Secret", "encrypted_value", why))?;
    let is_fresh = call
        .world
        .store
        .write(|tx| {
            let reach = reach(
                tx.state(),
                holder,
                "Secret",
                wish.visibility.as_deref(),
                wish.selected_repository_ids,
            )?;
            let before = find(tx.state(), holder, name);
            if before.is_none() {
                let held = scopes::within(&tx.state().github_secrets, &holder.scope).count();
                if held >= holder.limit() {
                    return Err(GithubError::new(422, "Secret limit reached"));
                }
            }
            tx.put(GithubSecret {
                scope: holder.scope.clone(),
                name: name.to_ascii_uppercase(),
                value,
                reach,
                created: before.as_ref().map_or(now, |before| before.created),
                updated: now,
            });
            Ok(before.is_none())
        })
        .await?;
    Ok(if is_fresh {
        Answer::of(201, json!({}))
    } else {
        Answer::no_content()
    })
}

/// Who is to see it: only an organisation's can say.
pub(super) fn reach(
    state: &State,
    holder: &Holder,
    resource: &str,
    visibility: Option<&str>,
    selected: Option<BTreeSet<u64>>,
) -> Result<Option<GithubReach>, GithubError> {
    let Some(owner) = &holder.organization else {
        return Ok(None);
    };
    match visibility {
        Some("all") => Ok(Some(GithubReach::All)),
        Some("private") => Ok(Some(GithubReach::Private)),
        Some("selected") => {
            let ids = selected.unwrap_or_default();
            check_repositories(state, owner, &ids)?;
            Ok(Some(GithubReach::Selected(ids)))
        }
        Some(_) => Err(GithubError::invalid(
            resource,
            "visibility",
            "is `all`, `private` or `selected`",
        )),
        None => Err(GithubError::missing(resource, "visibility")),
    }
}

/// Refuses repositories that are not the organisation's.
pub(super) fn check_repositories(
    state: &State,
    owner: &GithubOwner,
    ids: &BTreeSet<u64>,
) -> Result<(), GithubError> {
    let is_own = |id: &u64| {
        owners::repository_of_id(state, *id).is_some_and(|found| found.owner_id == owner.id)
    };
    if ids.iter().all(is_own) {
        Ok(())
    } else {
        Err(GithubError::invalid(
            "Secret",
            "selected_repository_ids",
            "names a repository that is not the organization's",
        ))
    }
}
