//! A repository: shown, renamed, changed, deleted.
//!
//! Source: GitHub Docs, "REST API endpoints for repositories"; "OpenID Connect reference" (a rename after
//! 2026-07-15 moves a repository to immutable subjects).

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts;
use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::caller::Caller;
use crate::github::error::GithubError;
use crate::github::owners::{self, Birth};
use crate::github::permissions::READ;
use crate::github::{names, planting, scopes};
use crate::store::records::{
    GithubBlob, GithubCommit, GithubEnvironment, GithubPull, GithubRef, GithubRepository,
    GithubSecret, GithubVariable,
};
use crate::store::{State, Transaction};

/// Answers a call about the repository itself.
pub(super) async fn answer(call: &Call<'_>, name: (&str, &str)) -> Result<Answer, GithubError> {
    match call.method {
        Method::GET => {
            let found = call.repository(name, "metadata", READ)?;
            let store = &call.world.store;
            Ok(Answer::ok(store.read(|state| shown(call, state, &found))))
        }
        Method::PATCH => {
            let found = administrated(call, name)?;
            change(call, &found).await
        }
        Method::DELETE => {
            let found = administrated(call, name)?;
            let write = call.world.store.write(|tx| {
                delete(tx, &found);
                Ok::<_, GithubError>(())
            });
            write.await?;
            Ok(Answer::no_content())
        }
        _ => Err(GithubError::not_found()),
    }
}

/// A repository as the API shows it.
pub(super) fn shown(call: &Call<'_>, state: &State, repository: &GithubRepository) -> Value {
    let base = &call.base;
    let full = repository.full_name();
    let owner = owners::owner(state, &repository.owner);
    let is_administrator = matches!(call.caller, Caller::Administrator);
    json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": full,
        "private": repository.visibility != "public",
        "owner": owner.map(|owner| accounts::shown(base, &owner)),
        "html_url": format!("{base}/{full}"),
        "description": repository.description,
        "fork": false,
        "url": format!("{base}/repos/{full}"),
        "contents_url": format!("{base}/repos/{full}/contents/{{+path}}"),
        "pulls_url": format!("{base}/repos/{full}/pulls{{/number}}"),
        "clone_url": format!("{base}/{full}.git"),
        "default_branch": repository.default_branch,
        "visibility": repository.visibility,
        "archived": false,
        "disabled": false,
        "created_at": iso(repository.created),
        "updated_at": iso(repository.updated),
        "pushed_at": iso(repository.updated),
        "permissions": {
            "admin": is_administrator,
            "maintain": is_administrator,
            "push": is_administrator,
            "triage": is_administrator,
            "pull": true,
        },
    })
}

/// The repository, where the caller is its administrator.
fn administrated(
    call: &Call<'_>,
    name: (&str, &str),
) -> Result<Arc<GithubRepository>, GithubError> {
    let found = call.repository(name, "metadata", READ)?;
    call.caller.check_administrator()?;
    Ok(found)
}

#[derive(Deserialize)]
struct RepositoryChange {
    name: Option<String>,
    description: Option<String>,
    private: Option<bool>,
    visibility: Option<String>,
    default_branch: Option<String>,
}

async fn change(call: &Call<'_>, found: &GithubRepository) -> Result<Answer, GithubError> {
    let change: RepositoryChange = call.read("Repository")?;
    let private = change
        .private
        .map(|private| if private { "private" } else { "public" });
    let visibility = change.visibility.as_deref().or(private);
    if visibility.is_some_and(|visibility| !planting::VISIBILITIES.contains(&visibility)) {
        let why = "is `internal`, `private` or `public`";
        return Err(GithubError::invalid("Repository", "visibility", why));
    }
    if change
        .name
        .as_deref()
        .is_some_and(|name| !names::is_repository(name))
    {
        let why = "can only contain ASCII letters, digits, and the characters ., -, and _";
        return Err(GithubError::invalid("Repository", "name", why));
    }
    let (now, key) = (call.world.now(), found.record_key());
    let write = call.world.store.write(|tx| {
        let before = tx.state().github_repositories.get(&key).cloned();
        let before = before.ok_or_else(GithubError::not_found)?;
        let mut after = GithubRepository::clone(&before);
        after.updated = now;
        if let Some(visibility) = visibility {
            visibility.clone_into(&mut after.visibility);
        }
        if change.description.is_some() {
            after.description = change.description;
        }
        if let Some(branch) = change.default_branch {
            let name = format!("refs/heads/{branch}");
            let ref_key = GithubRef::key_of(before.id, &name);
            if !tx.state().github_refs.contains_key(&ref_key) {
                let why = format!("The branch {branch} was not found.");
                return Err(GithubError::invalid("Repository", "default_branch", why));
            }
            after.default_branch = branch;
        }
        if let Some(name) = change.name.filter(|name| *name != before.name) {
            let other = owners::repository(tx.state(), &before.owner, &name);
            if other.is_some_and(|other| other.id != before.id) {
                let why = "name already exists on this account";
                return Err(GithubError::invalid("Repository", "name", why));
            }
            after.name = name;
            after.subject.is_born_immutable |= Birth::at(now).is_born_immutable;
            tx.delete::<GithubRepository>(&key);
        }
        tx.put(after.clone());
        Ok(after)
    });
    let after = write.await?;
    let store = &call.world.store;
    Ok(Answer::ok(store.read(|state| shown(call, state, &after))))
}

/// Deletes a repository with all that is its own.
fn delete(tx: &mut Transaction<'_>, repository: &GithubRepository) {
    let id = repository.id;
    let prefix = format!("{id}/");
    let environments = keys(&tx.state().github_environments, &prefix);
    let mut held = vec![scopes::of_repository(id)];
    for key in &environments {
        let found = tx.delete::<GithubEnvironment>(key);
        held.extend(found.map(|found| scopes::of_environment(found.id)));
    }
    for scope in held {
        forget_scope(tx, &scope);
    }
    for key in keys(&tx.state().github_blobs, &prefix) {
        tx.delete::<GithubBlob>(&key);
    }
    for key in keys(&tx.state().github_commits, &prefix) {
        tx.delete::<GithubCommit>(&key);
    }
    for key in keys(&tx.state().github_refs, &prefix) {
        tx.delete::<GithubRef>(&key);
    }
    for key in keys(&tx.state().github_pulls, &prefix) {
        tx.delete::<GithubPull>(&key);
    }
    tx.delete::<GithubRepository>(&repository.record_key());
}

/// Deletes the secrets and the variables of a scope.
pub(super) fn forget_scope(tx: &mut Transaction<'_>, scope: &str) {
    let prefix = format!("{scope}/");
    for key in keys(&tx.state().github_secrets, &prefix) {
        tx.delete::<GithubSecret>(&key);
    }
    for key in keys(&tx.state().github_variables, &prefix) {
        tx.delete::<GithubVariable>(&key);
    }
}

fn keys<R>(table: &std::collections::BTreeMap<String, Arc<R>>, prefix: &str) -> Vec<String> {
    table
        .range(prefix.to_owned()..)
        .map(|(key, _)| key)
        .take_while(|key| key.starts_with(prefix))
        .cloned()
        .collect()
}
