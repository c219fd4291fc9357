//! Which repositories an organisation's secrets and variables reach.
//!
//! Source: GitHub Docs, "REST API endpoints for GitHub Actions Secrets", selected repositories for an
//! organization secret, repository organization secrets; the same for variables.

use std::collections::BTreeSet;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::repositories::shown as shown_repository;
use super::secrets::{self, Holder, check_repositories};
use super::time::iso;
use super::variables;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::page::{OF_VARIABLES, Page, USUAL};
use crate::github::{owners, scopes};
use crate::store::records::{GithubReach, GithubRepository, GithubSecret, GithubVariable};

/// Answers a call about the repositories of a secret.
pub(super) async fn secret(
    call: &Call<'_>,
    holder: &Holder,
    name: &str,
    path: &[&str],
) -> Result<Answer, GithubError> {
    let found = call
        .world
        .store
        .read(|state| secrets::find(state, holder, name));
    let found = found.ok_or_else(GithubError::not_found)?;
    let selected = selected(found.reach.as_ref())?;
    let Some(changed) = changed(call, &selected, path)? else {
        return Ok(list(call, &selected));
    };
    check(call, holder, &changed)?;
    let write = call.world.store.write(|tx| {
        // Found again: its value may have been set since.
        let found = secrets::find(tx.state(), holder, name).ok_or_else(GithubError::not_found)?;
        tx.put(GithubSecret {
            reach: Some(GithubReach::Selected(changed)),
            ..GithubSecret::clone(&found)
        });
        Ok::<_, GithubError>(())
    });
    write.await?;
    Ok(Answer::no_content())
}

/// Answers a call about the repositories of a variable.
pub(super) async fn variable(
    call: &Call<'_>,
    holder: &Holder,
    name: &str,
    path: &[&str],
) -> Result<Answer, GithubError> {
    let found = call
        .world
        .store
        .read(|state| variables::find(state, holder, name));
    let found = found.ok_or_else(GithubError::not_found)?;
    let selected = selected(found.reach.as_ref())?;
    let Some(changed) = changed(call, &selected, path)? else {
        return Ok(list(call, &selected));
    };
    check(call, holder, &changed)?;
    let write = call.world.store.write(|tx| {
        // Found again: its value may have been set since.
        let found = variables::find(tx.state(), holder, name).ok_or_else(GithubError::not_found)?;
        tx.put(GithubVariable {
            reach: Some(GithubReach::Selected(changed)),
            ..GithubVariable::clone(&found)
        });
        Ok::<_, GithubError>(())
    });
    write.await?;
    Ok(Answer::no_content())
}

/// The organisation's secrets that reach a repository.
pub(super) fn secrets_for(
    call: &Call<'_>,
    repository: &GithubRepository,
) -> Result<Answer, GithubError> {
    if call.method != Method::GET {
        return Err(GithubError::not_found());
    }
    let scope = scopes::of_organization(repository.owner_id);
    let all: Vec<Value> = call.world.store.read(|state| {
        scopes::within(&state.github_secrets, &scope)
            .filter(|secret| scopes::reaches(secret.reach.as_ref(), repository))
            .map(|secret| {
                json!({
                    "name": secret.name,
                    "created_at": iso(secret.created),
                    "updated_at": iso(secret.updated),
                })
            })
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, USUAL);
    Ok(Answer::ok(json!({ "total_count": total, "secrets": page.items })).with_link(page.link))
}

/// The organisation's variables that reach a repository.
pub(super) fn variables_for(
    call: &Call<'_>,
    repository: &GithubRepository,
) -> Result<Answer, GithubError> {
    if call.method != Method::GET {
        return Err(GithubError::not_found());
    }
    let scope = scopes::of_organization(repository.owner_id);
    let all: Vec<Value> = call.world.store.read(|state| {
        scopes::within(&state.github_variables, &scope)
            .filter(|variable| scopes::reaches(variable.reach.as_ref(), repository))
            .map(|variable| {
                json!({
                    "name": variable.name,
                    "value": variable.value,
                    "created_at": iso(variable.created),
                    "updated_at": iso(variable.updated),
                })
            })
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, OF_VARIABLES);
    Ok(Answer::ok(json!({ "total_count": total, "variables": page.items })).with_link(page.link))
}

fn selected(reach: Option<&GithubReach>) -> Result<BTreeSet<u64>, GithubError> {
    match reach {
        Some(GithubReach::Selected(ids)) => Ok(ids.clone()),
        Some(GithubReach::All | GithubReach::Private) | None => Err(GithubError::new(
            409,
            "Conflict: the visibility is not `selected`",
        )),
    }
}

#[derive(Deserialize)]
struct Selection {
    selected_repository_ids: BTreeSet<u64>,
}

/// The selection after the call; none where it only asks.
fn changed(
    call: &Call<'_>,
    selected: &BTreeSet<u64>,
    path: &[&str],
) -> Result<Option<BTreeSet<u64>>, GithubError> {
    let id = |text: &str| text.parse::<u64>().map_err(|_| GithubError::not_found());
    let mut after = selected.clone();
    match (&call.method, path) {
        (&Method::GET, []) => return Ok(None),
        (&Method::PUT, []) => {
            let wish: Selection = call.read("Secret")?;
            after = wish.selected_repository_ids;
        }
        (&Method::PUT, [one]) => {
            after.insert(id(one)?);
        }
        (&Method::DELETE, [one]) => {
            after.remove(&id(one)?);
        }
        _ => return Err(GithubError::not_found()),
    }
    Ok(Some(after))
}

fn check(call: &Call<'_>, holder: &Holder, ids: &BTreeSet<u64>) -> Result<(), GithubError> {
    let owner = holder
        .organization
        .as_ref()
        .ok_or_else(GithubError::not_found)?;
    call.world
        .store
        .read(|state| check_repositories(state, owner, ids))
}

fn list(call: &Call<'_>, selected: &BTreeSet<u64>) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        let found = selected
            .iter()
            .filter_map(|id| owners::repository_of_id(state, *id));
        found
            .map(|repository| shown_repository(call, state, &repository))
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, USUAL);
    Answer::ok(json!({ "total_count": total, "repositories": page.items })).with_link(page.link)
}
