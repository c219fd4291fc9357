//! Files by path: read, written and deleted, each write a commit on a branch.
//!
//! Source: GitHub Docs, "REST API endpoints for repository contents".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::git_data::shown_commit;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::caller::Caller;
use crate::github::error::GithubError;
use crate::github::history::{self, Change};
use crate::github::{git, names, permissions};
use crate::store::records::{GithubCommit, GithubFile, GithubRepository};
use crate::store::{State, Transaction};

/// Answers a call about a path.
pub(super) async fn answer(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &str,
) -> Result<Answer, GithubError> {
    match call.method {
        Method::GET => call
            .world
            .store
            .read(|state| read(call, state, repository, path)),
        Method::PUT => put(call, repository, path).await,
        Method::DELETE => delete(call, repository, path).await,
        _ => Err(GithubError::not_found()),
    }
}

fn read(
    call: &Call<'_>,
    state: &State,
    repository: &GithubRepository,
    path: &str,
) -> Result<Answer, GithubError> {
    let wanted = call.query("ref");
    let Some(commit) = history::resolve(state, repository, wanted) else {
        return Err(match wanted {
            Some(name) => GithubError::new(404, format!("No commit found for the ref {name}")),
            None => GithubError::new(404, "This repository is empty."),
        });
    };
    let at = wanted.unwrap_or(&repository.default_branch);
    if let Some(file) = commit.files.get(path) {
        let (bytes, encoded) =
            history::content(state, repository.id, &file.sha).ok_or_else(GithubError::not_found)?;
        if call.accept.contains("raw") {
            return Ok(Answer::raw(Bytes::from(bytes)));
        }
        let mut shown = entry(call, repository, path, at, ("file", &file.sha, bytes.len()));
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("encoding".to_owned(), json!("base64"));
            fields.insert("content".to_owned(), json!(wrapped(&encoded)));
        }
        return Ok(Answer::ok(shown));
    }
    let trees = git::trees(&commit.files);
    if !trees.contains_key(path) {
        return Err(GithubError::not_found());
    }
    let listed = listed(state, repository.id, &commit, path, &trees);
    let shown = listed
        .iter()
        .map(|(path, (kind, sha, size))| entry(call, repository, path, at, (*kind, sha, *size)))
        .collect();
    Ok(Answer::ok(Value::Array(shown)))
}

/// What stands in a folder: kind, name of the object, size; by path.
fn listed(
    state: &State,
    repository: u64,
    commit: &GithubCommit,
    folder: &str,
    trees: &BTreeMap<String, String>,
) -> BTreeMap<String, (&'static str, String, usize)> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let mut listed = BTreeMap::new();
    for (path, file) in &commit.files {
        let Some(rest) = path.strip_prefix(&prefix) else {
            continue;
        };
        let (name, is_file) = match rest.split_once('/') {
            Some((name, _)) => (name, false),
            None => (rest, true),
        };
        let whole = format!("{prefix}{name}");
        let found = if is_file {
            let size = history::content(state, repository, &file.sha).map(|(bytes, _)| bytes.len());
            ("file", file.sha.clone(), size.unwrap_or_default())
        } else {
            ("dir", trees.get(&whole).cloned().unwrap_or_default(), 0)
        };
        listed.insert(whole, found);
    }
    listed
}

/// A file or a folder as the API shows it.
fn entry(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &str,
    at: &str,
    (kind, sha, size): (&str, &str, usize),
) -> Value {
    let (base, full) = (&call.base, repository.full_name());
    let (name, place) = (path.rsplit('/').next().unwrap_or(path), encoded(path));
    let (object, page) = if kind == "dir" {
        ("trees", "tree")
    } else {
        ("blobs", "blob")
    };
    let url = format!("{base}/repos/{full}/contents/{place}?ref={at}");
    let git_url = format!("{base}/repos/{full}/git/{object}/{sha}");
    let html_url = format!("{base}/{full}/{page}/{at}/{place}");
    json!({
        "type": kind,
        "name": name,
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": (kind == "file").then(|| format!("{base}/{full}/raw/{at}/{place}")),
        "_links": { "self": url, "git": git_url, "html": html_url },
    })
}

fn encoded(path: &str) -> String {
    let one = |part| percent_encoding::utf8_percent_encode(part, UNRESERVED).to_string();
    path.split('/').map(one).collect::<Vec<_>>().join("/")
}

/// Base64 in lines of 60 characters, as GitHub writes it.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / 60 + 1);
    for (at, character) in text.chars().enumerate() {
        wrapped.push(character);
        if at % 60 == 59 {
            wrapped.push('\n');
        }
    }
    if !wrapped.is_empty() && !wrapped.ends_with('\n') {
        wrapped.push('\n');
    }
    wrapped
}

#[derive(Deserialize)]
struct Person {
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct FileWish {
    message: String,
    content: String,
    sha: Option<String>,
    branch: Option<String>,
    committer: Option<Person>,
    author: Option<Person>,
}

async fn put(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &str,
) -> Result<Answer, GithubError> {
    check_path(call, path)?;
    let wish: FileWish = call.read("Content")?;
    let compact: String = wish.content.split_ascii_whitespace().collect();
    let content = STANDARD
        .decode(compact)
        .map_err(|_| GithubError::new(422, "content is not valid Base64"))?;
    if content.len() > MAX_FILE {
        return Err(GithubError::new(422, "content is too large"));
    }
    let who = wish.author.or(wish.committer);
    let branch = wish
        .branch
        .unwrap_or_else(|| repository.default_branch.clone());
    let (id, size) = (repository.id, content.len());
    let write = call.world.store.write(|tx| {
        let before = branch_head(tx.state(), repository, &branch)?;
        let mut files = before
            .as_ref()
            .map_or_else(Default::default, |commit| commit.files.clone());
        let old = files.get(path).map(|file| file.sha.clone());
        check_sha(path, old.as_deref(), wish.sha.as_deref())?;
        check_place(&files, path)?;
        let mode = files
            .get(path)
            .map_or("100644", |file| file.mode.as_str())
            .to_owned();
        let sha = history::put_blob(tx, id, &content);
        files.insert(
            path.to_owned(),
            GithubFile {
                mode,
                sha: sha.clone(),
            },
        );
        let after = commit(
            call,
            tx,
            repository,
            (&branch, before.as_deref()),
            Commit {
                files,
                message: wish.message,
                who,
            },
        );
        Ok::<_, GithubError>((old.is_none(), sha, after))
    });
    let (is_fresh, sha, made) = write.await?;
    let body = json!({
        "content": entry(call, repository, path, &branch, ("file", &sha, size)),
        "commit": shown_commit(call, repository, &made),
    });
    Ok(Answer::of(if is_fresh { 201 } else { 200 }, body))
}

#[derive(Deserialize)]
struct Deletion {
    message: String,
    sha: String,
    branch: Option<String>,
    committer: Option<Person>,
    author: Option<Person>,
}

async fn delete(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &str,
) -> Result<Answer, GithubError> {
    check_path(call, path)?;
    // Clients that put no body on a DELETE name these in the query.
    let wish: Deletion = match (call.query("message"), call.query("sha")) {
        (Some(message), Some(sha)) => Deletion {
            message: message.to_owned(),
            sha: sha.to_owned(),
            branch: call.query("branch").map(str::to_owned),
            committer: None,
            author: None,
        },
        _ => call.read("Content")?,
    };
    let who = wish.author.or(wish.committer);
    let branch = wish
        .branch
        .unwrap_or_else(|| repository.default_branch.clone());
    let write = call.world.store.write(|tx| {
        let before = branch_head(tx.state(), repository, &branch)?;
        let mut files = before
            .as_ref()
            .map_or_else(Default::default, |commit| commit.files.clone());
        let old = files.remove(path).ok_or_else(GithubError::not_found)?;
        check_sha(path, Some(&old.sha), Some(&wish.sha))?;
        Ok::<_, GithubError>(commit(
            call,
            tx,
            repository,
            (&branch, before.as_deref()),
            Commit {
                files,
                message: wish.message,
                who,
            },
        ))
    });
    let made = write.await?;
    let body = json!({ "content": null, "commit": shown_commit(call, repository, &made) });
    Ok(Answer::ok(body))
}

fn check_path(call: &Call<'_>, path: &str) -> Result<(), GithubError> {
    if !names::is_path(path) {
        return Err(GithubError::new(
            422,
            "path contains a malformed path component",
        ));
    }
    check_workflow(call, path)
}

/// A job's token may not change workflows: there is no such permission for it.
pub(super) fn check_workflow(call: &Call<'_>, path: &str) -> Result<(), GithubError> {
    match &call.caller {
        Caller::Job(job)
            if path.starts_with(".github/workflows/")
                && !permissions::suffice(&job.permissions, "workflows", permissions::WRITE) =>
        {
            Err(GithubError::forbidden("the job lacks `workflows: write`"))
        }
        Caller::Administrator | Caller::Anonymous | Caller::Job(_) => Ok(()),
    }
}

/// The commit that a branch is at; none where the repository is empty and this is its first.
fn branch_head(
    state: &State,
    repository: &GithubRepository,
    branch: &str,
) -> Result<Option<std::sync::Arc<GithubCommit>>, GithubError> {
    let head = history::head(state, repository.id, branch);
    let prefix = format!("{}/", repository.id);
    let has_any = state
        .github_refs
        .range(prefix.clone()..)
        .next()
        .is_some_and(|(key, _)| key.starts_with(&prefix));
    if head.is_none() && (has_any || !names::is_ref(&format!("refs/heads/{branch}"))) {
        return Err(GithubError::new(404, format!("Branch {branch} not found")));
    }
    Ok(head)
}

fn check_sha(path: &str, old: Option<&str>, given: Option<&str>) -> Result<(), GithubError> {
    match (old, given) {
        (Some(_), None) => Err(GithubError::new(
            422,
            "Invalid request.\n\n\"sha\" wasn't supplied.",
        )),
        (Some(old), Some(given)) if old != given => Err(GithubError::new(
            409,
            format!("{path} does not match {given}"),
        )),
        // A name for what is not there is no conflict, but wrong.
        (None, Some(given)) => Err(GithubError::new(
            409,
            format!("{path} does not match {given}"),
        )),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

/// A file may not stand where a folder does, nor below a file.
fn check_place(files: &BTreeMap<String, GithubFile>, path: &str) -> Result<(), GithubError> {
    let below = format!("{path}/");
    let is_folder = files
        .range(below.clone()..)
        .next()
        .is_some_and(|(other, _)| other.starts_with(&below));
    let mut above = path;
    let mut is_below_file = false;
    while let Some((parent, _)) = above.rsplit_once('/') {
        is_below_file |= files.contains_key(parent);
        above = parent;
    }
    if is_folder || is_below_file {
        return Err(GithubError::new(
            422,
            "path conflicts with a file or a folder",
        ));
    }
    if files.len() >= MAX_FILES && !files.contains_key(path) {
        return Err(GithubError::new(422, "there are too many files"));
    }
    Ok(())
}

struct Commit {
    files: BTreeMap<String, GithubFile>,
    message: String,
    who: Option<Person>,
}

fn commit(
    call: &Call<'_>,
    tx: &mut Transaction<'_>,
    repository: &GithubRepository,
    (branch, before): (&str, Option<&GithubCommit>),
    wish: Commit,
) -> std::sync::Arc<GithubCommit> {
    let author = match wish.who {
        Some(person) => (line(&person.name), line(&person.email)),
        None => signature(call),
    };
    let change = Change {
        files: wish.files,
        parents: before.iter().map(|commit| commit.sha.clone()).collect(),
        message: wish.message,
        author,
        time: call.world.now(),
    };
    let made = history::put_commit(tx, repository.id, change);
    history::put_ref(
        tx,
        repository.id,
        &format!("refs/heads/{branch}"),
        &made.sha,
    );
    made
}

/// Who commits where nobody is named.
pub(super) fn signature(call: &Call<'_>) -> (String, String) {
    let login = call.caller.login();
    (
        login.to_owned(),
        format!("{login}@users.noreply.github.com"),
    )
}

/// Without what would end it in a commit's header.
pub(super) fn line(text: &str) -> String {
    text.chars()
        .filter(|one| !one.is_control() && !"<>".contains(*one))
        .take(255)
        .collect()
}

/// What stays as it is in a URL's path (RFC 3986, section 2.3).
const UNRESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
// GitHub shows the content of files up to this size only.
const MAX_FILE: usize = 1 << 20;
const MAX_FILES: usize = 10_000;
