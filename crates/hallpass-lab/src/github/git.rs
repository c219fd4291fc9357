//! Git's names of things: objects are named by the SHA-1 of what they are.
//!
//! Source: Pro Git, "Git Objects"; git's `tree` order, in which a folder's name ends in a slash.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use hallpass_types::Timestamp;

use crate::store::records::GithubFile;

/// The name of a blob.
pub(super) fn blob(content: &[u8]) -> String {
    hex::encode(object("blob", content))
}

/// The name of the tree of these files, and those of the folders in it, by path; the root's is `""`.
pub(super) fn trees(files: &BTreeMap<String, GithubFile>) -> BTreeMap<String, String> {
    let mut named = BTreeMap::new();
    let paths: Vec<(Vec<&str>, &GithubFile)> = files
        .iter()
        .map(|(path, file)| (path.split('/').collect(), file))
        .collect();
    let entries: Vec<(&[&str], &GithubFile)> = paths
        .iter()
        .map(|(path, file)| (path.as_slice(), *file))
        .collect();
    name_tree("", &entries, &mut named);
    named
}

/// Names one folder. Paths have at most `MAX_PATH` bytes, which bounds how deep this goes.
fn name_tree(
    folder: &str,
    entries: &[(&[&str], &GithubFile)],
    named: &mut BTreeMap<String, String>,
) -> Vec<u8> {
    let mut rows: Vec<(String, String, Vec<u8>)> = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(&[&str], &GithubFile)>> = BTreeMap::new();
    for (path, file) in entries {
        match path {
            [name] => {
                let sha = hex::decode(&file.sha).unwrap_or_default();
                rows.push(((*name).to_owned(), file.mode.clone(), sha));
            }
            [name, rest @ ..] => folders.entry(name).or_default().push((rest, file)),
            [] => {}
        }
    }
    for (name, within) in folders {
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        let sha = name_tree(&path, &within, named);
        rows.push((format!("{name}/"), "40000".to_owned(), sha));
    }
    rows.sort();
    let mut content = Vec::new();
    for (name, mode, sha) in rows {
        content.extend_from_slice(mode.as_bytes());
        content.push(b' ');
        content.extend_from_slice(name.trim_end_matches('/').as_bytes());
        content.push(0);
        content.extend_from_slice(&sha);
    }
    let sha = object("tree", &content);
    named.insert(folder.to_owned(), hex::encode(&sha));
    sha
}

/// The name of a commit.
pub(super) fn commit(
    tree: &str,
    parents: &[String],
    (name, email): (&str, &str),
    time: Timestamp,
    message: &str,
) -> String {
    let mut before = String::new();
    for sha in parents {
        before.push_str("parent ");
        before.push_str(sha);
        before.push('\n');
    }
    let at = time.as_second();
    let content = format!(
        "tree {tree}\n{before}author {name} <{email}> {at} +0000\ncommitter {name} <{email}> {at} +0000\n\n{message}"
    );
    hex::encode(object("commit", content.as_bytes()))
}

fn object(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut whole = format!("{kind} {}\0", content.len()).into_bytes();
    whole.extend_from_slice(content);
    digest(&SHA1_FOR_LEGACY_USE_ONLY, &whole).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The names are those that git 2.47 gives (`git hash-object`, `git write-tree`, `git commit-tree`).
    #[test]
    fn names_are_gits() {
        assert_eq!(blob(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        let file = GithubFile {
            mode: "100644".to_owned(),
            sha: blob(b"hello\n"),
        };
        let paths = ["a.txt", "a/b.txt", "a/c/d.txt"];
        let files = paths.map(|path| (path.to_owned(), file.clone()));
        let trees = trees(&files.into_iter().collect());
        assert_eq!(
            trees.keys().map(String::as_str).collect::<Vec<_>>(),
            ["", "a", "a/c"]
        );
        assert_eq!(trees[""], TREE);
        let time = Timestamp::from_second(1_750_000_000).unwrap();
        let sha = commit(TREE, &[], ("A", "a@example.com"), time, "one\n");
        assert_eq!(sha, COMMIT);
    }

    const TREE: &str = "b6f48463bd11dd4692b31dc30c7b91867eeca7b3";
    const COMMIT: &str = "6547cc9b252ac0d5486c6ffb940a452b726e8509";
}
