//! Branches, refs, commits, trees and blobs: enough for a branch of changes and a pull request.
//!
//! Source: GitHub Docs, "REST API endpoints for branches", "... commits", "... Git database".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::page::{Page, USUAL};
use crate::github::{git, history, names};
use crate::store::State;
use crate::store::records::{GithubBlob, GithubCommit, GithubRef, GithubRepository};

/// Answers a call about `branches`, `commits` or `git`.
pub(super) async fn answer(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match (&call.method, path) {
        (&Method::GET, ["branches"]) => Ok(branches(call, repository)),
        (&Method::GET, ["branches", rest @ ..]) => branch(call, repository, &rest.join("/")),
        (&Method::GET, ["commits"]) => Ok(log(call, repository)),
        (&Method::GET, ["commits", rest @ ..]) => {
            let commit = resolved(call, repository, &rest.join("/"))?;
            Ok(Answer::ok(in_list(call, repository, &commit)))
        }
        (&Method::GET, ["git", "ref" | "refs", rest @ ..]) if !rest.is_empty() => {
            let name = format!("refs/{}", rest.join("/"));
            let found = find(call, repository, &name)?;
            Ok(Answer::ok(shown_ref(call, repository, &found)))
        }
        (&Method::GET, ["git", "matching-refs", rest @ ..]) => {
            Ok(matching(call, repository, &rest.join("/")))
        }
        (&Method::GET, ["git", "commits", sha]) => {
            let commit = by_sha(call, repository, sha)?;
            Ok(Answer::ok(shown_commit(call, repository, &commit)))
        }
        (&Method::GET, ["git", "trees", rest @ ..]) => tree(call, repository, &rest.join("/")),
        (&Method::GET, ["git", "blobs", sha]) => blob(call, repository, sha),
        (&Method::POST, ["git", "refs"]) => create(call, repository).await,
        (&Method::PATCH, ["git", "refs", rest @ ..]) => {
            update(call, repository, &format!("refs/{}", rest.join("/"))).await
        }
        (&Method::DELETE, ["git", "refs", rest @ ..]) => {
            let key = GithubRef::key_of(repository.id, &format!("refs/{}", rest.join("/")));
            let write = call.world.store.write(|tx| {
                let deleted = tx.delete::<GithubRef>(&key);
                deleted.ok_or_else(|| GithubError::new(422, "Reference does not exist"))
            });
            write.await?;
            Ok(Answer::no_content())
        }
        _ => Err(GithubError::not_found()),
    }
}

/// A commit as the Git database shows it.
pub(super) fn shown_commit(
    call: &Call<'_>,
    repository: &GithubRepository,
    commit: &GithubCommit,
) -> Value {
    let git = format!("{}/repos/{}/git", call.base, repository.full_name());
    let page = format!("{}/{}/commit", call.base, repository.full_name());
    let person = json!({
        "name": commit.author.0,
        "email": commit.author.1,
        "date": iso(commit.time),
    });
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|sha| {
            json!({
                "sha": sha,
                "url": format!("{git}/commits/{sha}"),
                "html_url": format!("{page}/{sha}"),
            })
        })
        .collect();
    let sha = &commit.sha;
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": format!("{git}/commits/{sha}"),
        "html_url": format!("{page}/{sha}"),
        "author": person,
        "committer": person,
        "message": commit.message,
        "tree": { "sha": commit.tree, "url": format!("{git}/trees/{}", commit.tree) },
        "parents": parents,
        "verification": {
            "verified": false,
            "reason": "unsigned",
            "signature": null,
            "payload": null,
        },
    })
}

/// A commit as lists of commits show it.
fn in_list(call: &Call<'_>, repository: &GithubRepository, commit: &GithubCommit) -> Value {
    let sha = &commit.sha;
    let inner = shown_commit(call, repository, commit);
    let url = format!(
        "{}/repos/{}/commits/{sha}",
        call.base,
        repository.full_name()
    );
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": url,
        "html_url": inner.get("html_url"),
        "parents": inner.get("parents"),
        "author": null,
        "committer": null,
        "commit": inner,
    })
}

fn branches(call: &Call<'_>, repository: &GithubRepository) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        refs(state, repository.id, "refs/heads/")
            .map(|found| {
                json!({
                    "name": short(&found.name),
                    "commit": { "sha": found.sha, "url": commit_url(call, repository, &found.sha) },
                    "protected": false,
                })
            })
            .collect()
    });
    let page = Page::of(call, all, USUAL);
    Answer::ok(Value::Array(page.items)).with_link(page.link)
}

fn branch(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<Answer, GithubError> {
    let head = call
        .world
        .store
        .read(|state| history::head(state, repository.id, name))
        .ok_or_else(|| GithubError::new(404, "Branch not found"))?;
    Ok(Answer::ok(json!({
        "name": name,
        "commit": in_list(call, repository, &head),
        "protected": false,
    })))
}

/// The commits before a commit, the first parent's, newest first.
fn log(call: &Call<'_>, repository: &GithubRepository) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        let start = history::resolve(state, repository, call.query("sha"));
        std::iter::successors(start, |commit| {
            let parent = commit.parents.first()?;
            history::commit(state, repository.id, parent)
        })
        .take(MAX_LOG)
        .map(|commit| in_list(call, repository, &commit))
        .collect()
    });
    let page = Page::of(call, all, USUAL);
    Answer::ok(Value::Array(page.items)).with_link(page.link)
}

fn resolved(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<std::sync::Arc<GithubCommit>, GithubError> {
    call.world
        .store
        .read(|state| history::resolve(state, repository, Some(name)))
        .ok_or_else(|| GithubError::new(422, format!("No commit found for SHA: {name}")))
}

fn by_sha(
    call: &Call<'_>,
    repository: &GithubRepository,
    sha: &str,
) -> Result<std::sync::Arc<GithubCommit>, GithubError> {
    call.world
        .store
        .read(|state| history::commit(state, repository.id, sha))
        .ok_or_else(GithubError::not_found)
}

fn tree(call: &Call<'_>, repository: &GithubRepository, name: &str) -> Result<Answer, GithubError> {
    let git = format!("{}/repos/{}/git", call.base, repository.full_name());
    call.world.store.read(|state| {
        let commit = history::resolve(state, repository, Some(name)).or_else(|| {
            let mut all = state.github_commits.values();
            all.find(|commit| commit.repository == repository.id && commit.tree == name)
                .cloned()
        });
        let commit = commit.ok_or_else(GithubError::not_found)?;
        let is_recursive = call.query("recursive").is_some();
        let mut entries: Vec<Value> = Vec::new();
        for (path, sha) in git::trees(&commit.files) {
            if !path.is_empty() && (is_recursive || !path.contains('/')) {
                let url = format!("{git}/trees/{sha}");
                entries.push(json!({
                    "path": path, "mode": "040000", "type": "tree", "sha": sha, "url": url,
                }));
            }
        }
        for (path, file) in &commit.files {
            if is_recursive || !path.contains('/') {
                let key = GithubBlob::key_of(repository.id, &file.sha);
                let size = state.github_blobs.get(&key).map(|blob| blob.size);
                let url = format!("{git}/blobs/{}", file.sha);
                entries.push(json!({
                    "path": path, "mode": file.mode, "type": "blob", "sha": file.sha,
                    "size": size, "url": url,
                }));
            }
        }
        entries.sort_by_key(|entry| {
            let path = entry.get("path").and_then(Value::as_str);
            path.map(str::to_owned)
        });
        Ok(Answer::ok(json!({
            "sha": commit.tree,
            "url": format!("{git}/trees/{}", commit.tree),
            "tree": entries,
            "truncated": false,
        })))
    })
}

fn blob(call: &Call<'_>, repository: &GithubRepository, sha: &str) -> Result<Answer, GithubError> {
    let key = GithubBlob::key_of(repository.id, sha);
    let found = call
        .world
        .store
        .read(|state| state.github_blobs.get(&key).cloned());
    let found = found.ok_or_else(GithubError::not_found)?;
    if call.accept.contains("raw") {
        let bytes = STANDARD.decode(&found.content).unwrap_or_default();
        return Ok(Answer::raw(bytes.into()));
    }
    Ok(Answer::ok(json!({
        "sha": found.sha,
        "node_id": format!("B_{}", found.sha),
        "size": found.size,
        "url": format!("{}/repos/{}/git/blobs/{sha}", call.base, repository.full_name()),
        "content": found.content,
        "encoding": "base64",
    })))
}

fn find(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<std::sync::Arc<GithubRef>, GithubError> {
    let key = GithubRef::key_of(repository.id, name);
    let found = call
        .world
        .store
        .read(|state| state.github_refs.get(&key).cloned());
    found.ok_or_else(GithubError::not_found)
}

fn matching(call: &Call<'_>, repository: &GithubRepository, prefix: &str) -> Answer {
    let all: Vec<Value> = call.world.store.read(|state| {
        refs(state, repository.id, &format!("refs/{prefix}"))
            .map(|found| shown_ref(call, repository, found))
            .collect()
    });
    let page = Page::of(call, all, USUAL);
    Answer::ok(Value::Array(page.items)).with_link(page.link)
}

fn refs<'a>(
    state: &'a State,
    repository: u64,
    prefix: &str,
) -> impl Iterator<Item = &'a std::sync::Arc<GithubRef>> {
    let prefix = GithubRef::key_of(repository, prefix);
    state
        .github_refs
        .range(prefix.clone()..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, found)| found)
}

fn shown_ref(call: &Call<'_>, repository: &GithubRepository, found: &GithubRef) -> Value {
    let git = format!("{}/repos/{}/git", call.base, repository.full_name());
    json!({
        "ref": found.name,
        "node_id": format!("REF_{}", found.name),
        "url": format!("{git}/{}", found.name),
        "object": {
            "sha": found.sha,
            "type": "commit",
            "url": format!("{git}/commits/{}", found.sha),
        },
    })
}

#[derive(Deserialize)]
struct RefWish {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

async fn create(call: &Call<'_>, repository: &GithubRepository) -> Result<Answer, GithubError> {
    let wish: RefWish = call.read("Reference")?;
    let is_whole = ["refs/heads/", "refs/tags/"]
        .iter()
        .any(|kind| wish.name.starts_with(kind));
    if !is_whole || !names::is_ref(&wish.name) {
        return Err(GithubError::new(422, "Reference name is not valid"));
    }
    let write = call.world.store.write(|tx| {
        let id = repository.id;
        if tx
            .state()
            .github_refs
            .contains_key(&GithubRef::key_of(id, &wish.name))
        {
            return Err(GithubError::new(422, "Reference already exists"));
        }
        if history::commit(tx.state(), id, &wish.sha).is_none() {
            return Err(GithubError::new(422, "Object does not exist"));
        }
        if refs(tx.state(), id, "refs/").count() >= MAX_REFS {
            return Err(GithubError::new(422, "there are too many references"));
        }
        history::put_ref(tx, id, &wish.name, &wish.sha);
        Ok(())
    });
    write.await?;
    let found = find(call, repository, &wish.name)?;
    Ok(Answer::of(201, shown_ref(call, repository, &found)))
}

#[derive(Deserialize)]
struct RefChange {
    sha: String,
    #[serde(default)]
    force: bool,
}

async fn update(
    call: &Call<'_>,
    repository: &GithubRepository,
    name: &str,
) -> Result<Answer, GithubError> {
    let change: RefChange = call.read("Reference")?;
    let write = call.world.store.write(|tx| {
        let id = repository.id;
        let key = GithubRef::key_of(id, name);
        let before = tx.state().github_refs.get(&key).cloned();
        let before = before.ok_or_else(|| GithubError::new(422, "Reference does not exist"))?;
        if history::commit(tx.state(), id, &change.sha).is_none() {
            return Err(GithubError::new(422, "Object does not exist"));
        }
        let is_forward = history::is_ancestor(tx.state(), id, &before.sha, &change.sha);
        if !is_forward && !change.force {
            return Err(GithubError::new(422, "Update is not a fast forward"));
        }
        history::put_ref(tx, id, name, &change.sha);
        Ok(())
    });
    write.await?;
    let found = find(call, repository, name)?;
    Ok(Answer::ok(shown_ref(call, repository, &found)))
}

fn commit_url(call: &Call<'_>, repository: &GithubRepository, sha: &str) -> String {
    format!(
        "{}/repos/{}/commits/{sha}",
        call.base,
        repository.full_name()
    )
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").unwrap_or(name)
}

const MAX_LOG: usize = 10_000;
const MAX_REFS: usize = 10_000;
