//! Whose secrets and variables there are, and which of them reach a job.
//!
//! Source: GitHub Docs, "Secrets reference", precedence (environment, repository, organisation) and
//! access to organisation secrets by visibility.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::store::records::{GithubEnvironment, GithubReach, GithubRepository};
use crate::store::{State, records};

/// The scope of an organisation's.
pub(super) fn of_organization(id: u64) -> String {
    format!("organization/{id}")
}

/// The scope of a repository's.
pub(super) fn of_repository(id: u64) -> String {
    format!("repository/{id}")
}

/// The scope of an environment's.
pub(super) fn of_environment(id: u64) -> String {
    format!("environment/{id}")
}

/// The records of a scope, in the order of their names.
pub(super) fn within<'a, R>(
    table: &'a BTreeMap<String, Arc<R>>,
    scope: &str,
) -> impl Iterator<Item = &'a Arc<R>> {
    let prefix = format!("{scope}/");
    table
        .range(prefix.clone()..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, record)| record)
}

/// The environment of that name.
pub(super) fn environment(
    state: &State,
    repository: u64,
    name: &str,
) -> Option<Arc<GithubEnvironment>> {
    let key = records::GithubEnvironment::key_of(repository, name);
    state.github_environments.get(&key).cloned()
}

/// Whether an organisation's secret or variable reaches a repository.
pub(super) fn reaches(reach: Option<&GithubReach>, repository: &GithubRepository) -> bool {
    match reach {
        None | Some(GithubReach::All) => true,
        Some(GithubReach::Private) => repository.visibility != "public",
        Some(GithubReach::Selected(ids)) => ids.contains(&repository.id),
    }
}

/// The secrets and the variables that a job of the repository and environment gets.
pub(super) fn for_job(
    state: &State,
    repository: &GithubRepository,
    environment: Option<&str>,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    // In the order in which one takes the place of the one before.
    let of_environment = environment
        .and_then(|name| self::environment(state, repository.id, name))
        .map(|found| of_environment(found.id));
    let scopes = [
        Some(of_organization(repository.owner_id)),
        Some(of_repository(repository.id)),
        of_environment,
    ];
    let (mut secrets, mut variables) = (BTreeMap::new(), BTreeMap::new());
    for scope in scopes.iter().flatten() {
        for secret in within(&state.github_secrets, scope) {
            if reaches(secret.reach.as_ref(), repository) {
                secrets.insert(secret.name.clone(), secret.value.expose().clone());
            }
        }
        for variable in within(&state.github_variables, scope) {
            if reaches(variable.reach.as_ref(), repository) {
                variables.insert(variable.name.clone(), variable.value.clone());
            }
        }
    }
    (secrets, variables)
}
