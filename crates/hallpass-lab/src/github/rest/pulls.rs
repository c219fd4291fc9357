//! Pull requests within a repository: opened, listed, changed, merged.
//!
//! Source: GitHub Docs, "REST API endpoints for pull requests".

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contents::signature;
use super::repositories::shown as shown_repository;
use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::history::{self, Change};
use crate::github::page::{Page, USUAL};
use crate::github::{ids, owners};
use crate::store::State;
use crate::store::records::{GithubCommit, GithubFile, GithubPull, GithubRepository};

/// Answers a call about pull requests.
pub(super) async fn answer(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match (&call.method, path) {
        (&Method::GET, []) => Ok(list(call, repository)),
        (&Method::POST, []) => create(call, repository).await,
        (&Method::GET, [number]) => {
            let found = find(call, repository, number)?;
            let store = &call.world.store;
            Ok(Answer::ok(
                store.read(|state| shown(call, state, repository, &found)),
            ))
        }
        (&Method::PATCH, [number]) => change(call, repository, number).await,
        (&Method::GET, [number, "files"]) => files(call, repository, number),
        (&Method::GET, [number, "merge"]) => {
            let found = find(call, repository, number)?;
            if found.merged.is_some() {
                Ok(Answer::no_content())
            } else {
                Err(GithubError::not_found())
            }
        }
        (&Method::PUT, [number, "merge"]) => merge(call, repository, number).await,
        _ => Err(GithubError::not_found()),
    }
}

fn find(
    call: &Call<'_>,
    repository: &GithubRepository,
    number: &str,
) -> Result<Arc<GithubPull>, GithubError> {
    let number = number.parse().map_err(|_| GithubError::not_found())?;
    let key = GithubPull::key_of(repository.id, number);
    let found = call
        .world
        .store
        .read(|state| state.github_pulls.get(&key).cloned());
    found.ok_or_else(GithubError::not_found)
}

fn list(call: &Call<'_>, repository: &GithubRepository) -> Answer {
    let wanted = call.query("state").unwrap_or("open");
    let head = call
        .query("head")
        .map(|head| head.split_once(':').map_or(head, |(_, head)| head));
    let base = call.query("base");
    let prefix = format!("{}/", repository.id);
    let all: Vec<Value> = call.world.store.read(|state| {
        let pulls = state.github_pulls.range(prefix.clone()..);
        let mut found: Vec<Value> = pulls
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(_, pull)| pull)
            .filter(|pull| wanted == "all" || (wanted == "open") == pull.is_open)
            .filter(|pull| head.is_none_or(|head| head == pull.head))
            .filter(|pull| base.is_none_or(|base| base == pull.base))
            .map(|pull| shown(call, state, repository, pull))
            .collect();
        // Newest first.
        found.reverse();
        found
    });
    let page = Page::of(call, all, USUAL);
    Answer::ok(Value::Array(page.items)).with_link(page.link)
}

fn shown(
    call: &Call<'_>,
    state: &State,
    repository: &GithubRepository,
    pull: &GithubPull,
) -> Value {
    let (base, full, number) = (&call.base, repository.full_name(), pull.number);
    let url = format!("{base}/repos/{full}/pulls/{number}");
    let sha_of =
        |branch: &str| history::head(state, repository.id, branch).map(|commit| commit.sha.clone());
    let side = |branch: &str, sha: Option<String>| {
        json!({
            "label": format!("{}:{branch}", repository.owner),
            "ref": branch,
            "sha": sha,
            "repo": shown_repository(call, state, repository),
        })
    };
    let head_sha = if pull.is_open {
        sha_of(&pull.head).unwrap_or_else(|| pull.head_sha.clone())
    } else {
        pull.head_sha.clone()
    };
    let closed = (!pull.is_open).then(|| iso(pull.updated));
    json!({
        "id": pull.id,
        "node_id": format!("PR_{}", pull.id),
        "number": number,
        "state": if pull.is_open { "open" } else { "closed" },
        "locked": false,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.is_draft,
        "url": url,
        "html_url": format!("{base}/{full}/pull/{number}"),
        "commits_url": format!("{url}/commits"),
        "user": { "login": pull.user.0, "id": pull.user.1 },
        "head": side(&pull.head, Some(head_sha)),
        "base": side(&pull.base, sha_of(&pull.base)),
        "created_at": iso(pull.created),
        "updated_at": iso(pull.updated),
        "closed_at": closed,
        "merged_at": pull.merged.as_ref().map(|_| iso(pull.updated)),
        "merge_commit_sha": pull.merged,
        "merged": pull.merged.is_some(),
        "labels": [],
        "assignees": [],
        "requested_reviewers": [],
    })
}

#[derive(Deserialize)]
struct PullWish {
    title: String,
    head: String,
    base: String,
    body: Option<String>,
    #[serde(default)]
    draft: bool,
}

async fn create(call: &Call<'_>, repository: &GithubRepository) -> Result<Answer, GithubError> {
    let wish: PullWish = call.read("PullRequest")?;
    let now = call.world.now();
    let head = wish
        .head
        .split_once(':')
        .map_or(wish.head.as_str(), |(_, head)| head);
    let login = call.caller.login().to_owned();
    let write = call.world.store.write(|tx| {
        let id = repository.id;
        let from = history::head(tx.state(), id, head)
            .ok_or_else(|| GithubError::invalid("PullRequest", "head", "is no branch"))?;
        let into = history::head(tx.state(), id, &wish.base)
            .ok_or_else(|| GithubError::invalid("PullRequest", "base", "is no branch"))?;
        if history::is_ancestor(tx.state(), id, &from.sha, &into.sha) {
            let why = format!("No commits between {} and {head}", wish.base);
            return Err(GithubError::invalid("PullRequest", "head", why));
        }
        let mut others = tx.state().github_pulls.values();
        let is_open = |other: &&Arc<GithubPull>| {
            other.repository == id && other.is_open && other.head == head && other.base == wish.base
        };
        if others.any(|other| is_open(&other)) {
            let owner = &repository.owner;
            let why = format!("A pull request already exists for {owner}:{head}.");
            return Err(GithubError::invalid("PullRequest", "head", why));
        }
        let user = owners::find_or_make(tx, &login, false, now);
        let key = repository.record_key();
        let counted = tx.state().github_repositories.get(&key).cloned();
        let mut counted = GithubRepository::clone(&*counted.ok_or_else(GithubError::not_found)?);
        counted.last_number = counted.last_number.saturating_add(1);
        let pull = GithubPull {
            repository: id,
            id: ids::next(tx),
            number: counted.last_number,
            title: wish.title,
            body: wish.body,
            head: head.to_owned(),
            head_sha: from.sha.clone(),
            base: wish.base,
            is_open: true,
            is_draft: wish.draft,
            merged: None,
            user: (user.login.clone(), user.id),
            created: now,
            updated: now,
        };
        tx.put(counted);
        tx.put(pull.clone());
        Ok(pull)
    });
    let made = write.await?;
    let store = &call.world.store;
    Ok(Answer::of(
        201,
        store.read(|state| shown(call, state, repository, &made)),
    ))
}

#[derive(Deserialize)]
struct PullChange {
    title: Option<String>,
    body: Option<String>,
    state: Option<String>,
}

async fn change(
    call: &Call<'_>,
    repository: &GithubRepository,
    number: &str,
) -> Result<Answer, GithubError> {
    let change: PullChange = call.read("PullRequest")?;
    let key = find(call, repository, number)?.record_key();
    let now = call.world.now();
    let write = call.world.store.write(|tx| {
        let found = tx.state().github_pulls.get(&key).cloned();
        let mut pull = GithubPull::clone(&*found.ok_or_else(GithubError::not_found)?);
        pull.updated = now;
        if let Some(title) = change.title {
            pull.title = title;
        }
        if change.body.is_some() {
            pull.body = change.body;
        }
        match change.state.as_deref() {
            None => {}
            Some("open") if pull.merged.is_none() => pull.is_open = true,
            Some("closed") => {
                let head = history::head(tx.state(), repository.id, &pull.head);
                if let Some(head) = head.filter(|_| pull.is_open) {
                    pull.head_sha.clone_from(&head.sha);
                }
                pull.is_open = false;
            }
            Some(_) => {
                return Err(GithubError::invalid(
                    "PullRequest",
                    "state",
                    "state cannot be changed",
                ));
            }
        }
        tx.put(pull.clone());
        Ok(pull)
    });
    let after = write.await?;
    let store = &call.world.store;
    Ok(Answer::ok(
        store.read(|state| shown(call, state, repository, &after)),
    ))
}

/// The files that a pull request changes.
fn files(
    call: &Call<'_>,
    repository: &GithubRepository,
    number: &str,
) -> Result<Answer, GithubError> {
    let pull = find(call, repository, number)?;
    let all: Vec<Value> = call.world.store.read(|state| {
        let (Some(old), Some(new)) = sides(state, repository, &pull) else {
            return Vec::new();
        };
        let empty = BTreeMap::new();
        let start = fork(state, repository.id, &old, &new);
        let before = start.as_ref().map_or(&empty, |commit| &commit.files);
        differing(before, &new.files)
            .into_iter()
            .map(|(path, status, sha)| json!({ "filename": path, "status": status, "sha": sha }))
            .collect()
    });
    let page = Page::of(call, all, USUAL);
    Ok(Answer::ok(Value::Array(page.items)).with_link(page.link))
}

fn sides(
    state: &State,
    repository: &GithubRepository,
    pull: &GithubPull,
) -> (Option<Arc<GithubCommit>>, Option<Arc<GithubCommit>>) {
    let head = history::head(state, repository.id, &pull.head)
        .filter(|_| pull.is_open)
        .or_else(|| history::commit(state, repository.id, &pull.head_sha));
    (history::head(state, repository.id, &pull.base), head)
}

/// Where the two histories part, along first parents.
fn fork(
    state: &State,
    repository: u64,
    old: &GithubCommit,
    new: &GithubCommit,
) -> Option<Arc<GithubCommit>> {
    let start = history::commit(state, repository, &new.sha);
    let mut line = std::iter::successors(start, |commit| {
        history::commit(state, repository, commit.parents.first()?)
    });
    line.find(|commit| history::is_ancestor(state, repository, &commit.sha, &old.sha))
}

fn differing<'a>(
    before: &'a BTreeMap<String, GithubFile>,
    after: &'a BTreeMap<String, GithubFile>,
) -> Vec<(&'a String, &'static str, &'a String)> {
    let changed = after
        .iter()
        .filter_map(|(path, file)| match before.get(path) {
            None => Some((path, "added", &file.sha)),
            Some(old) if old != file => Some((path, "modified", &file.sha)),
            Some(_) => None,
        });
    let removed = before
        .iter()
        .filter(|(path, _)| !after.contains_key(*path))
        .map(|(path, file)| (path, "removed", &file.sha));
    changed.chain(removed).collect()
}

async fn merge(
    call: &Call<'_>,
    repository: &GithubRepository,
    number: &str,
) -> Result<Answer, GithubError> {
    call.caller.check(repository, "contents", "write")?;
    let key = find(call, repository, number)?.record_key();
    let now = call.world.now();
    let author = signature(call);
    let write = call.world.store.write(|tx| {
        let found = tx.state().github_pulls.get(&key).cloned();
        let mut pull = GithubPull::clone(&*found.ok_or_else(GithubError::not_found)?);
        let not_mergeable = || GithubError::new(405, "Pull Request is not mergeable");
        if !pull.is_open || pull.is_draft {
            return Err(not_mergeable());
        }
        let (Some(into), Some(from)) = sides(tx.state(), repository, &pull) else {
            return Err(not_mergeable());
        };
        let start = fork(tx.state(), repository.id, &into, &from);
        let empty = BTreeMap::new();
        let before = start.as_ref().map_or(&empty, |commit| &commit.files);
        let mut files = into.files.clone();
        for (path, _, _) in differing(before, &from.files) {
            // Changed on both sides, and not alike: that is for people.
            let (ours, theirs) = (into.files.get(path), from.files.get(path));
            if ours != before.get(path) && ours != theirs {
                return Err(not_mergeable());
            }
            match theirs {
                Some(file) => files.insert(path.clone(), file.clone()),
                None => files.remove(path),
            };
        }
        let change = Change {
            files,
            parents: vec![into.sha.clone(), from.sha.clone()],
            message: format!(
                "Merge pull request #{} from {}/{}\n\n{}",
                pull.number, repository.owner, pull.head, pull.title
            ),
            author,
            time: now,
        };
        let made = history::put_commit(tx, repository.id, change);
        history::put_ref(
            tx,
            repository.id,
            &format!("refs/heads/{}", pull.base),
            &made.sha,
        );
        pull.head_sha.clone_from(&from.sha);
        pull.is_open = false;
        pull.merged = Some(made.sha.clone());
        pull.updated = now;
        tx.put(pull);
        Ok(made.sha.clone())
    });
    let sha = write.await?;
    Ok(Answer::ok(json!({
        "sha": sha,
        "merged": true,
        "message": "Pull Request successfully merged",
    })))
}
