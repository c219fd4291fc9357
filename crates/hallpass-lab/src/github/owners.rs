//! Accounts and repositories: found, and made where a job names one that is not there.
//!
//! A job may run in a repository that nobody has made: then it is made as one that has long been there,
//! private, owned by an organisation, its subjects without IDs. Repositories that clients create are born
//! at the lab's time, and from 2026-07-15 on their subjects carry IDs (GitHub Docs, "OpenID Connect
//! reference", immutable subject claims).

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_types::Timestamp;

use super::ids;
use crate::store::records::{GithubOwner, GithubRepository, GithubSubject};
use crate::store::{State, Transaction};

/// The account of that login.
pub(super) fn owner(state: &State, login: &str) -> Option<Arc<GithubOwner>> {
    state
        .github_owners
        .get(&login.to_ascii_lowercase())
        .cloned()
}

/// The repository of that owner and name.
pub(super) fn repository(state: &State, owner: &str, name: &str) -> Option<Arc<GithubRepository>> {
    let key = format!("{owner}/{name}").to_ascii_lowercase();
    state.github_repositories.get(&key).cloned()
}

/// The repository of that ID.
pub(super) fn repository_of_id(state: &State, id: u64) -> Option<Arc<GithubRepository>> {
    let mut all = state.github_repositories.values();
    all.find(|repository| repository.id == id).cloned()
}

/// The account of that login; made where there is none.
pub(super) fn find_or_make(
    tx: &mut Transaction<'_>,
    login: &str,
    is_organization: bool,
    now: Timestamp,
) -> Arc<GithubOwner> {
    if let Some(found) = owner(tx.state(), login) {
        return found;
    }
    let made = GithubOwner {
        login: login.to_owned(),
        id: ids::next(tx),
        is_organization,
        enterprise: None,
        subject_keys: None,
        has_immutable_subject: None,
        created: now,
    };
    tx.put(made.clone());
    Arc::new(made)
}

/// A repository to be made.
#[derive(Clone, Debug)]
pub(super) struct Birth {
    /// `internal`, `private` or `public`.
    pub(super) visibility: String,
    /// The description.
    pub(super) description: Option<String>,
    /// Custom properties that go into tokens.
    pub(super) properties: BTreeMap<String, String>,
    /// Whether its subjects carry IDs because it is young.
    pub(super) is_born_immutable: bool,
}

impl Birth {
    /// A repository that has long been there.
    pub(super) fn long_ago() -> Self {
        Self {
            visibility: "private".to_owned(),
            description: None,
            properties: BTreeMap::new(),
            is_born_immutable: false,
        }
    }

    /// A repository that is made at `now`.
    pub(super) fn at(now: Timestamp) -> Self {
        Self {
            is_born_immutable: now.as_second() >= IMMUTABLE_SINCE,
            ..Self::long_ago()
        }
    }
}

/// Makes a repository, whose name is free.
pub(super) fn make(
    tx: &mut Transaction<'_>,
    owner: &GithubOwner,
    name: &str,
    birth: Birth,
    now: Timestamp,
) -> Arc<GithubRepository> {
    let made = GithubRepository {
        owner: owner.login.clone(),
        owner_id: owner.id,
        name: name.to_owned(),
        id: ids::next(tx),
        visibility: birth.visibility,
        description: birth.description,
        default_branch: "main".to_owned(),
        properties: birth.properties,
        subject: GithubSubject {
            is_default: true,
            keys: None,
            is_immutable: None,
            is_born_immutable: birth.is_born_immutable,
        },
        run_numbers: BTreeMap::new(),
        last_number: 0,
        created: now,
        updated: now,
    };
    tx.put(made.clone());
    Arc::new(made)
}

/// 2026-07-15T00:00:00Z.
const IMMUTABLE_SINCE: i64 = 1_784_073_600;

/// More repositories than a test of ours needs; GitHub's own limit is 100,000 an account.
pub(super) const MAX_REPOSITORIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immutable_subjects_begin_in_july_2026() {
        let at = |text: &str| Birth::at(text.parse().unwrap()).is_born_immutable;
        assert!(!at("2026-07-14T23:59:59Z"));
        assert!(at("2026-07-15T00:00:00Z"));
    }
}
