//! Variables of repositories, environments and organisations.
//!
//! Source: GitHub Docs, "REST API endpoints for GitHub Actions variables"; "Variables reference", limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::secrets::{Holder, delete, reach, show_reach};
use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::page::{OF_VARIABLES, Page};
use crate::github::{names, scopes};
use crate::store::State;
use crate::store::records::GithubVariable;

/// Answers a call about variables.
pub(super) async fn answer(
    call: &Call<'_>,
    holder: &Holder,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match (&call.method, path) {
        (&Method::GET, []) => Ok(list(call, holder)),
        (&Method::POST, []) => create(call, holder).await,
        (&Method::GET, [name]) => {
            let found = call
                .world
                .store
                .read(|state| find(state, holder, name))
                .ok_or_else(GithubError::not_found)?;
            Ok(Answer::ok(shown(&found, holder)))
        }
        (&Method::PATCH, [name]) => update(call, holder, name).await,
        (&Method::DELETE, [name]) => delete::<GithubVariable>(call, &holder.key_of(name)).await,
        _ => Err(GithubError::not_found()),
    }
}

/// The variable of that name.
pub(super) fn find(state: &State, holder: &Holder, name: &str) -> Option<Arc<GithubVariable>> {
    state.github_variables.get(&holder.key_of(name)).cloned()
}

fn list(call: &Call<'_>, holder: &Holder) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        scopes::within(&state.github_variables, &holder.scope)
            .map(|variable| shown(variable, holder))
            .collect()
    });
    let total = all.len();
    let page = Page::of(call, all, OF_VARIABLES);
    Answer::ok(json!({ "total_count": total, "variables": page.items })).with_link(page.link)
}

/// A variable as the API shows it.
pub(super) fn shown(variable: &GithubVariable, holder: &Holder) -> Value {
    let mut shown = json!({
        "name": variable.name,
        "value": variable.value,
        "created_at": iso(variable.created),
        "updated_at": iso(variable.updated),
    });
    show_reach(
        &mut shown,
        variable.reach.as_ref(),
        &format!("{}/variables/{}", holder.url, variable.name),
    );
    shown
}

#[derive(Deserialize)]
struct VariableWish {
    name: String,
    value: String,
    visibility: Option<String>,
    selected_repository_ids: Option<BTreeSet<u64>>,
}

async fn create(call: &Call<'_>, holder: &Holder) -> Result<Answer, GithubError> {
    let wish: VariableWish = call.read("Variable")?;
    check(&wish.name, &wish.value)?;
    let now = call.world.now();
    call.world
        .store
        .write(|tx| {
            if find(tx.state(), holder, &wish.name).is_some() {
                return Err(GithubError::new(
                    409,
                    "Already exists - Variable already exists",
                ));
            }
            let held = scopes::within(&tx.state().github_variables, &holder.scope).count();
            if held >= MAX_VARIABLES {
                return Err(GithubError::new(422, "Variable limit reached"));
            }
            let reach = reach(
                tx.state(),
                holder,
                "Variable",
                wish.visibility.as_deref(),
                wish.selected_repository_ids,
            )?;
            tx.put(GithubVariable {
                scope: holder.scope.clone(),
                name: wish.name.to_ascii_uppercase(),
                value: wish.value,
                reach,
                created: now,
                updated: now,
            });
            Ok(())
        })
        .await?;
    Ok(Answer::of(201, json!({})))
}

#[derive(Deserialize)]
struct VariableChange {
    name: Option<String>,
    value: Option<String>,
    visibility: Option<String>,
    selected_repository_ids: Option<BTreeSet<u64>>,
}

async fn update(call: &Call<'_>, holder: &Holder, name: &str) -> Result<Answer, GithubError> {
    let change: VariableChange = call.read("Variable")?;
    let now = call.world.now();
    call.world
        .store
        .write(|tx| {
            let before = find(tx.state(), holder, name).ok_or_else(GithubError::not_found)?;
            let mut after = GithubVariable::clone(&before);
            after.updated = now;
            if let Some(value) = change.value {
                after.value = value;
            }
            if let Some(renamed) = change.name {
                after.name = renamed.to_ascii_uppercase();
            }
            check(&after.name, &after.value)?;
            if after.name != before.name {
                if find(tx.state(), holder, &after.name).is_some() {
                    return Err(GithubError::new(
                        409,
                        "Already exists - Variable already exists",
                    ));
                }
                tx.delete::<GithubVariable>(&before.record_key());
            }
            if let Some(visibility) = &change.visibility {
                after.reach = reach(
                    tx.state(),
                    holder,
                    "Variable",
                    Some(visibility),
                    change.selected_repository_ids,
                )?;
            }
            tx.put(after);
            Ok(())
        })
        .await?;
    Ok(Answer::no_content())
}

fn check(name: &str, value: &str) -> Result<(), GithubError> {
    names::check_secret(name)
        .map_err(|why| GithubError::new(422, format!("Variable names {why}")))?;
    if value.len() > MAX_VALUE {
        let why = "is longer than 48 KB";
        return Err(GithubError::invalid("Variable", "value", why));
    }
    Ok(())
}

const MAX_VALUE: usize = 48 << 10;
// An organisation's limit; a repository's is 500, an environment's 100.
const MAX_VARIABLES: usize = 1000;
