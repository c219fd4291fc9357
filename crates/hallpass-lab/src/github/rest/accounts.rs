//! Users, organisations, and their lists of repositories.
//!
//! Source: GitHub Docs, "REST API endpoints for users", "... organizations", "... repositories".

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::repositories::shown as shown_repository;
use super::time::iso;
use crate::github::answer::Answer;
use crate::github::bootstrap::ADMINISTRATOR;
use crate::github::call::Call;
use crate::github::caller::Caller;
use crate::github::error::GithubError;
use crate::github::owners::{self, Birth};
use crate::github::page::{Page, USUAL};
use crate::github::{names, planting};
use crate::store::records::GithubOwner;

/// Answers a call about accounts.
pub(super) async fn answer(call: &Call<'_>, path: &[&str]) -> Result<Answer, GithubError> {
    match (&call.method, path) {
        (&Method::GET, ["rate_limit"]) => Ok(rate_limit(call)),
        (&Method::GET, ["user"]) => {
            call.caller.check_administrator()?;
            account(call, ADMINISTRATOR)
        }
        (&Method::POST, ["user", "repos"]) => create(call, ADMINISTRATOR).await,
        (&Method::POST, ["orgs", login, "repos"]) => {
            call.organization(login)?;
            create(call, login).await
        }
        (&Method::GET, ["user", "repos"]) => {
            call.caller.check_administrator()?;
            Ok(list(call, None))
        }
        (&Method::GET, ["installation", "repositories"]) => installation(call),
        (&Method::GET, ["users", login]) => account(call, login),
        (&Method::GET, ["orgs", login]) => organization(call, login),
        (&Method::GET, ["users" | "orgs", login, "repos"]) => {
            let owner = call.world.store.read(|state| owners::owner(state, login));
            let owner = owner.ok_or_else(GithubError::not_found)?;
            Ok(list(call, Some(owner.id)))
        }
        (&Method::GET, ["repositories", id]) => {
            let found = id.parse().ok().and_then(|id| {
                let store = &call.world.store;
                store.read(|state| owners::repository_of_id(state, id))
            });
            let found = found
                .filter(|found| call.caller.sees(found))
                .ok_or_else(GithubError::not_found)?;
            let store = &call.world.store;
            Ok(Answer::ok(
                store.read(|state| shown_repository(call, state, &found)),
            ))
        }
        _ => Err(GithubError::not_found()),
    }
}

/// An account as the API shows it.
pub(super) fn shown(base: &str, owner: &GithubOwner) -> Value {
    let login = &owner.login;
    json!({
        "login": login,
        "id": owner.id,
        "node_id": format!("U_{}", owner.id),
        "avatar_url": "",
        "url": format!("{base}/users/{login}"),
        "html_url": format!("{base}/{login}"),
        "repos_url": format!("{base}/users/{login}/repos"),
        "type": if owner.is_organization { "Organization" } else { "User" },
        "site_admin": false,
    })
}

fn account(call: &Call<'_>, login: &str) -> Result<Answer, GithubError> {
    let owner = call.world.store.read(|state| owners::owner(state, login));
    let owner = owner.ok_or_else(GithubError::not_found)?;
    let mut account = shown(&call.base, &owner);
    if let Some(fields) = account.as_object_mut() {
        fields.insert("created_at".to_owned(), json!(iso(owner.created)));
    }
    Ok(Answer::ok(account))
}

/// An organisation, whose own URLs are below `orgs`.
fn organization(call: &Call<'_>, login: &str) -> Result<Answer, GithubError> {
    let owner = call.world.store.read(|state| owners::owner(state, login));
    let owner = owner
        .filter(|owner| owner.is_organization)
        .ok_or_else(GithubError::not_found)?;
    let mut shown = shown(&call.base, &owner);
    if let Some(fields) = shown.as_object_mut() {
        let url = format!("{}/orgs/{}", call.base, owner.login);
        fields.insert("repos_url".to_owned(), json!(format!("{url}/repos")));
        fields.insert("url".to_owned(), json!(url));
        fields.insert("created_at".to_owned(), json!(iso(owner.created)));
    }
    Ok(Answer::ok(shown))
}

/// The repositories of an owner, or all, that the caller sees.
fn list(call: &Call<'_>, owner: Option<u64>) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        let all = state.github_repositories.values();
        all.filter(|found| owner.is_none_or(|id| id == found.owner_id))
            .filter(|found| call.caller.sees(found))
            .map(|found| shown_repository(call, state, found))
            .collect()
    });
    let page = Page::of(call, all, USUAL);
    Answer::ok(Value::Array(page.items)).with_link(page.link)
}

/// The one repository of a job's token.
fn installation(call: &Call<'_>) -> Result<Answer, GithubError> {
    let Caller::Job(job) = &call.caller else {
        return Err(GithubError::new(
            403,
            "You must authenticate with an installation access token in order to list repositories for an installation.",
        ));
    };
    let all: Vec<Value> = call.world.store.read(|state| {
        let found = state.github_repositories.get(&job.repository);
        found
            .map(|found| shown_repository(call, state, found))
            .into_iter()
            .collect()
    });
    Ok(Answer::ok(
        json!({ "total_count": all.len(), "repositories": all }),
    ))
}

fn rate_limit(call: &Call<'_>) -> Answer {
    let now = call.world.now();
    let quota = call.world.github.count(&call.caller.name(), now);
    let limit = call.caller.quota();
    let core = json!({
        "limit": limit,
        "used": quota.used.min(limit.saturating_sub(1)),
        "remaining": limit.saturating_sub(quota.used).max(1),
        "reset": quota.reset,
        "resource": "core",
    });
    Answer::ok(json!({ "resources": { "core": core }, "rate": core }))
}

#[derive(Deserialize)]
struct RepositoryWish {
    name: String,
    description: Option<String>,
    private: Option<bool>,
    visibility: Option<String>,
}

async fn create(call: &Call<'_>, login: &str) -> Result<Answer, GithubError> {
    call.caller.check_administrator()?;
    let wish: RepositoryWish = call.read("Repository")?;
    if !names::is_repository(&wish.name) {
        let why = "can only contain ASCII letters, digits, and the characters ., -, and _";
        return Err(GithubError::invalid("Repository", "name", why));
    }
    let private = if wish.private == Some(true) {
        "private"
    } else {
        "public"
    };
    let visibility = wish.visibility.unwrap_or_else(|| private.to_owned());
    if !planting::VISIBILITIES.contains(&visibility.as_str()) {
        let why = "is `internal`, `private` or `public`";
        return Err(GithubError::invalid("Repository", "visibility", why));
    }
    let now = call.world.now();
    let birth = Birth {
        visibility,
        description: wish.description,
        properties: BTreeMap::new(),
        ..Birth::at(now)
    };
    let write = call.world.store.write(|tx| {
        let owner = owners::owner(tx.state(), login).ok_or_else(GithubError::not_found)?;
        let is_taken = owners::repository(tx.state(), login, &wish.name).is_some();
        if is_taken || tx.state().github_repositories.len() >= owners::MAX_REPOSITORIES {
            let why = if is_taken {
                "name already exists on this account"
            } else {
                "there are too many repositories"
            };
            return Err(GithubError::invalid("Repository", "name", why));
        }
        Ok(owners::make(tx, &owner, &wish.name, birth, now))
    });
    let made = write.await?;
    let shown = call
        .world
        .store
        .read(|state| shown_repository(call, state, &made));
    Ok(Answer::of(201, shown))
}
