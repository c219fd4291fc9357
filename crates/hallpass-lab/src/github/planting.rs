//! Repositories as the lab's owner wants them: what GitHub would have from a long life before.

use std::sync::Arc;

use super::control::RepositoryWish;
use super::history::{self, Change};
use super::jobs::NotStarted;
use super::owners::{self, Birth};
use super::{ids, names};
use crate::store::Transaction;
use crate::store::records::{GithubEnterprise, GithubFile, GithubOwner, GithubRepository};
use crate::world::World;

/// Makes a repository, or changes one, to be as wished; what the wish does not name stays.
pub(super) async fn plant(
    world: &Arc<World>,
    wish: RepositoryWish,
) -> Result<Arc<GithubRepository>, NotStarted> {
    check(&wish).map_err(NotStarted::Wish)?;
    let now = world.now();
    let write = world.store.write(move |tx| {
        let Some((login, name)) = names::full_name(&wish.repository) else {
            return Err(NotStarted::Wish(
                "the repository is `OWNER/NAME`".to_owned(),
            ));
        };
        let mut owner = owners::find_or_make(tx, login, wish.is_organization.unwrap_or(true), now);
        if let Some(slug) = &wish.enterprise {
            owner = join(tx, &owner, slug);
        }
        let found = owners::repository(tx.state(), login, name);
        let full = tx.state().github_repositories.len() >= owners::MAX_REPOSITORIES;
        if found.is_none() && full {
            return Err(NotStarted::Wish(
                "there are too many repositories".to_owned(),
            ));
        }
        let found = found.unwrap_or_else(|| owners::make(tx, &owner, name, Birth::long_ago(), now));
        let mut repository = GithubRepository::clone(&found);
        repository.updated = now;
        if let Some(visibility) = wish.visibility {
            repository.visibility = visibility;
        }
        if let Some(properties) = wish.properties {
            repository.properties = properties;
        }
        if wish.immutable_subject.is_some() {
            repository.subject.is_immutable = wish.immutable_subject;
        }
        if !wish.files.is_empty() {
            commit(tx, &repository, &wish.files, now);
        }
        tx.put(repository.clone());
        Ok(Arc::new(repository))
    });
    write.await
}

fn check(wish: &RepositoryWish) -> Result<(), String> {
    if names::full_name(&wish.repository).is_none() {
        return Err(format!(
            "the repository is `OWNER/NAME`, not `{}`",
            wish.repository
        ));
    }
    if let Some(visibility) = &wish.visibility
        && !VISIBILITIES.contains(&visibility.as_str())
    {
        return Err(format!(
            "a repository is {}, not `{visibility}`",
            VISIBILITIES.join(", ")
        ));
    }
    if let Some(slug) = &wish.enterprise
        && !names::is_repository(slug)
    {
        return Err(format!("`{slug}` is no slug of an enterprise"));
    }
    let properties = wish.properties.iter().flatten();
    if let Some((name, _)) = properties
        .clone()
        .find(|(name, _)| names::check_secret(name).is_err())
    {
        return Err(format!("`{name}` is no name of a custom property"));
    }
    if properties.count() > MAX_PROPERTIES {
        return Err(format!(
            "a repository has at most {MAX_PROPERTIES} properties"
        ));
    }
    match wish.files.keys().find(|path| !names::is_path(path)) {
        Some(path) => Err(format!("`{path}` is no path of a file")),
        None => Ok(()),
    }
}

fn join(tx: &mut Transaction<'_>, owner: &Arc<GithubOwner>, slug: &str) -> Arc<GithubOwner> {
    let key = slug.to_ascii_lowercase();
    if !tx.state().github_enterprises.contains_key(&key) {
        let id = ids::next(tx);
        tx.put(GithubEnterprise {
            slug: key.clone(),
            id,
            has_own_issuer: false,
        });
    }
    let joined = GithubOwner {
        enterprise: Some(key),
        ..GithubOwner::clone(owner)
    };
    tx.put(joined.clone());
    Arc::new(joined)
}

fn commit(
    tx: &mut Transaction<'_>,
    repository: &GithubRepository,
    texts: &std::collections::BTreeMap<String, String>,
    now: hallpass_types::Timestamp,
) {
    let branch = format!("refs/heads/{}", repository.default_branch);
    let before = history::at_ref(tx.state(), repository.id, &branch);
    let mut files = before
        .as_ref()
        .map_or_else(Default::default, |commit| commit.files.clone());
    for (path, text) in texts {
        let sha = history::put_blob(tx, repository.id, text.as_bytes());
        let mode = "100644".to_owned();
        files.insert(path.clone(), GithubFile { mode, sha });
    }
    let change = Change {
        files,
        parents: before.iter().map(|commit| commit.sha.clone()).collect(),
        message: "planted by the lab's owner".to_owned(),
        author: ("hallpass lab".to_owned(), "lab@example.com".to_owned()),
        time: now,
    };
    let made = history::put_commit(tx, repository.id, change);
    history::put_ref(tx, repository.id, &branch, &made.sha);
}

/// Who can see a repository.
pub(super) const VISIBILITIES: [&str; 3] = ["internal", "private", "public"];
// GitHub's limit for an organisation.
const MAX_PROPERTIES: usize = 100;
