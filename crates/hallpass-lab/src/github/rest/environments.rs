//! Environments, and what hangs on them.
//!
//! Source: GitHub Docs, "REST API endpoints for deployment environments".

use http::Method;
use serde_json::{Value, json};

use super::repositories::forget_scope;
use super::secrets::{self, Holder};
use super::time::iso;
use super::variables;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::page::{Page, USUAL};
use crate::github::permissions::READ;
use crate::github::{jobs, names, scopes};
use crate::store::records::{GithubEnvironment, GithubRepository};

/// Answers a call about a repository's environments.
pub(super) async fn answer(
    call: &Call<'_>,
    name: (&str, &str),
    level: &str,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match path {
        [environment, kind @ ("secrets" | "variables"), rest @ ..] => {
            let repository = call.repository(name, "environments", level)?;
            let holder = holder(call, &repository, environment)?;
            if *kind == "secrets" {
                secrets::answer(call, &holder, rest).await
            } else {
                variables::answer(call, &holder, rest).await
            }
        }
        [] if call.method == Method::GET => {
            let repository = call.repository(name, "actions", READ)?;
            Ok(list(call, &repository))
        }
        [environment] => match call.method {
            Method::GET => {
                let repository = call.repository(name, "actions", READ)?;
                let found = find(call, &repository, environment)?;
                Ok(Answer::ok(shown(call, &repository, &found)))
            }
            Method::PUT => {
                let repository = call.repository(name, "administration", level)?;
                put(call, &repository, environment).await
            }
            Method::DELETE => {
                let repository = call.repository(name, "administration", level)?;
                let found = find(call, &repository, environment)?;
                let write = call.world.store.write(|tx| {
                    forget_scope(tx, &scopes::of_environment(found.id));
                    tx.delete::<GithubEnvironment>(&found.record_key());
                    Ok::<_, GithubError>(())
                });
                write.await?;
                Ok(Answer::no_content())
            }
            _ => Err(GithubError::not_found()),
        },
        _ => Err(GithubError::not_found()),
    }
}

fn find(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<std::sync::Arc<GithubEnvironment>, GithubError> {
    call.world
        .store
        .read(|state| scopes::environment(state, repository.id, name))
        .ok_or_else(GithubError::not_found)
}

fn holder(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<Holder, GithubError> {
    let found = find(call, repository, name)?;
    Ok(Holder {
        scope: scopes::of_environment(found.id),
        url: url(call, repository, &found),
        organization: None,
    })
}

fn url(call: &Call<'_>, repository: &GithubRepository, found: &GithubEnvironment) -> String {
    let name =
        percent_encoding::utf8_percent_encode(&found.name, percent_encoding::NON_ALPHANUMERIC);
    format!(
        "{}/repos/{}/environments/{name}",
        call.base,
        repository.full_name()
    )
}

fn list(call: &Call<'_>, repository: &GithubRepository) -> Answer {
    let prefix = format!("{}/", repository.id);
    let all: Vec<Value> = call.world.store.read(|state| {
        let table = state.github_environments.range(prefix.clone()..);
        table
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(_, found)| shown(call, repository, found))
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, USUAL);
    Answer::ok(json!({ "total_count": total, "environments": page.items })).with_link(page.link)
}

fn shown(call: &Call<'_>, repository: &GithubRepository, found: &GithubEnvironment) -> Value {
    let url = url(call, repository, found);
    json!({
        "id": found.id,
        "node_id": format!("EN_{}", found.id),
        "name": found.name,
        "url": url,
        "html_url": url,
        "created_at": iso(found.created),
        "updated_at": iso(found.updated),
        "can_admins_bypass": true,
        "protection_rules": [],
        "deployment_branch_policy": null,
    })
}

async fn put(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<Answer, GithubError> {
    if !names::is_environment(name) {
        let why = "is 1 to 255 printable characters, without spaces around it";
        return Err(GithubError::invalid("Environment", "name", why));
    }
    let now = call.world.now();
    let write = call.world.store.write(|tx| {
        let prefix = format!("{}/", repository.id);
        let held = tx.state().github_environments.range(prefix.clone()..);
        let held = held.take_while(|(key, _)| key.starts_with(&prefix)).count();
        let is_there = scopes::environment(tx.state(), repository.id, name).is_some();
        if !is_there && held >= MAX_ENVIRONMENTS {
            return Err(GithubError::new(422, "Environment limit reached"));
        }
        Ok(jobs::find_or_make_environment(tx, repository.id, name, now))
    });
    let made = write.await?;
    Ok(Answer::ok(shown(call, repository, &made)))
}

const MAX_ENVIRONMENTS: usize = 1000;
