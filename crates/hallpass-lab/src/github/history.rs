//! Commits and branches: what a ref leads to, and a commit more on a branch.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::Timestamp;

use super::git;
use crate::store::records::{GithubBlob, GithubCommit, GithubFile, GithubRef, GithubRepository};
use crate::store::{State, Transaction};

/// The commit at a branch's head.
pub(super) fn head(state: &State, repository: u64, branch: &str) -> Option<Arc<GithubCommit>> {
    at_ref(state, repository, &format!("refs/heads/{branch}"))
}

/// The commit that a whole ref leads to.
pub(super) fn at_ref(state: &State, repository: u64, name: &str) -> Option<Arc<GithubCommit>> {
    let found = state
        .github_refs
        .get(&GithubRef::key_of(repository, name))?;
    commit(state, repository, &found.sha)
}

/// The commit of that name.
pub(super) fn commit(state: &State, repository: u64, sha: &str) -> Option<Arc<GithubCommit>> {
    let key = GithubBlob::key_of(repository, sha);
    state.github_commits.get(&key).cloned()
}

/// The commit that a branch, a tag, a ref or a commit's name leads to; without one the default branch.
pub(super) fn resolve(
    state: &State,
    repository: &GithubRepository,
    name: Option<&str>,
) -> Option<Arc<GithubCommit>> {
    let name = name.unwrap_or(&repository.default_branch);
    let id = repository.id;
    ["refs/heads/", "refs/tags/", "refs/", ""]
        .iter()
        .find_map(|prefix| at_ref(state, id, &format!("{prefix}{name}")))
        .or_else(|| commit(state, id, name))
}

/// Keeps a content, and gives git's name of it.
pub(super) fn put_blob(tx: &mut Transaction<'_>, repository: u64, content: &[u8]) -> String {
    let sha = git::blob(content);
    let key = GithubBlob::key_of(repository, &sha);
    if !tx.state().github_blobs.contains_key(&key) {
        tx.put(GithubBlob {
            repository,
            sha: sha.clone(),
            content: STANDARD.encode(content),
            size: content.len() as u64,
        });
    }
    sha
}

/// A commit to be made.
pub(super) struct Change {
    /// All files after it.
    pub(super) files: BTreeMap<String, GithubFile>,
    /// The commits before it.
    pub(super) parents: Vec<String>,
    /// The message.
    pub(super) message: String,
    /// Name and e-mail address of who made it.
    pub(super) author: (String, String),
    /// When.
    pub(super) time: Timestamp,
}

/// Keeps a commit.
pub(super) fn put_commit(
    tx: &mut Transaction<'_>,
    repository: u64,
    change: Change,
) -> Arc<GithubCommit> {
    let Change {
        files,
        parents,
        message,
        author,
        time,
    } = change;
    let tree = git::trees(&files).remove("").unwrap_or_default();
    let sha = git::commit(&tree, &parents, (&author.0, &author.1), time, &message);
    let made = GithubCommit {
        repository,
        sha,
        tree,
        files,
        parents,
        message,
        author,
        time,
    };
    tx.put(made.clone());
    Arc::new(made)
}

/// Leads a ref to a commit.
pub(super) fn put_ref(tx: &mut Transaction<'_>, repository: u64, name: &str, sha: &str) {
    tx.put(GithubRef {
        repository,
        name: name.to_owned(),
        sha: sha.to_owned(),
    });
}

/// Whether `old` is among the commits before `new`, or is it.
pub(super) fn is_ancestor(state: &State, repository: u64, old: &str, new: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut ahead = vec![new.to_owned()];
    while let Some(sha) = ahead.pop() {
        if sha == old {
            return true;
        }
        if !seen.insert(sha.clone()) {
            continue;
        }
        if let Some(commit) = commit(state, repository, &sha) {
            ahead.extend(commit.parents.iter().cloned());
        }
    }
    false
}

/// The content of a file.
pub(super) fn content(state: &State, repository: u64, sha: &str) -> Option<(Vec<u8>, String)> {
    let blob = state
        .github_blobs
        .get(&GithubBlob::key_of(repository, sha))?;
    let bytes = STANDARD.decode(&blob.content).ok()?;
    Some((bytes, blob.content.clone()))
}
