//! The repositories that a policy names, and two beside them.

use std::collections::BTreeMap;

use super::example::{example, examples};
use super::mention::Mentions;
use super::subject::SubjectPattern;
use super::table::Relation;

/// A repository whose jobs are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    pub(super) owner: String,
    pub(super) owner_id: String,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) relation: Relation,
}

impl Repository {
    /// `OWNER/NAME`.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// The repositories, the named ones first; and whether some of them were left out.
pub(super) fn repositories(mentions: &Mentions) -> (Vec<Repository>, bool) {
    let mut all: Vec<Repository> = Vec::new();
    for found in mentions.statements.iter().flat_map(named) {
        let is_known = all
            .iter()
            .any(|known| known.owner == found.owner && known.name == found.name);
        if !is_known {
            all.push(found);
        }
        // One more than is tried tells that there are more.
        if all.len() > MAX_NAMED {
            break;
        }
    }
    let is_cut = all.len() > MAX_NAMED;
    all.truncate(MAX_NAMED);
    let neighbour = all.first().map(|first| Repository {
        name: OTHER_NAME.to_owned(),
        id: OTHER_ID.to_owned(),
        relation: Relation::Neighbour,
        ..first.clone()
    });
    all.extend(neighbour);
    all.push(Repository {
        owner: STRANGER.to_owned(),
        owner_id: STRANGER_ID.to_owned(),
        name: OTHER_NAME.to_owned(),
        id: STRANGERS_REPOSITORY_ID.to_owned(),
        relation: Relation::Stranger,
    });
    (all, is_cut)
}

/// The repositories of one statement. IDs that it names are those of its repositories.
fn named(claims: &BTreeMap<String, Vec<String>>) -> Vec<Repository> {
    let values = |claim: &str| claims.get(claim).map(Vec::as_slice).unwrap_or_default();
    let id = |claim: &str, otherwise: &str| {
        let first = values(claim).first();
        first.map_or_else(|| otherwise.to_owned(), |value| example(value))
    };
    let owner_id = id("repository_owner_id", OWNER_ID);
    let repository_id = id("repository_id", REPOSITORY_ID);
    let subjects = values("sub").iter();
    let of_subjects = subjects
        .filter_map(|subject| SubjectPattern::parse(subject))
        .filter_map(|subject| repository_pattern(&subject));
    let of_claims = values("repository").iter().cloned();
    let of_owners = values("repository_owner")
        .iter()
        .map(|owner| format!("{owner}/*"));
    let patterns: Vec<String> = of_subjects.chain(of_claims).chain(of_owners).collect();
    let patterns = if patterns.is_empty() {
        let workflows = values("job_workflow_ref").iter();
        let owners = workflows.filter_map(|file| file.split_once('/'));
        let of_workflows = owners.map(|(owner, _)| format!("{owner}/*"));
        let of_ids = claims.keys().any(|claim| claim.starts_with("repository_"));
        of_workflows
            .chain(of_ids.then(|| "some-owner/*".to_owned()))
            .collect()
    } else {
        patterns
    };
    let mut found = Vec::new();
    for pattern in patterns {
        let (owner, name) = pattern.split_once('/').unwrap_or((&pattern, "*"));
        let (owner, own_id) = owner.split_once('@').unwrap_or((owner, &owner_id));
        let (name, id) = name.split_once('@').unwrap_or((name, &repository_id));
        for owner in examples(owner) {
            for name in examples(name) {
                found.push(Repository {
                    owner: telling(&owner, "any-owner"),
                    owner_id: example(own_id),
                    name: telling(&name, "any-repository"),
                    id: example(id),
                    relation: Relation::Named,
                });
            }
        }
    }
    found
}

/// The pattern of the repository that a subject is about.
fn repository_pattern(subject: &SubjectPattern) -> Option<String> {
    subject
        .value("repo")
        .or_else(|| subject.value("repository"))
        .or_else(|| Some(format!("{}/*", subject.value("repository_owner")?)))
        .or_else(|| {
            let file = subject.value("job_workflow_ref")?;
            Some(format!("{}/*", file.split_once('/')?.0))
        })
}

/// A wildcard alone says nothing of a name: one that speaks for itself.
fn telling(name: &str, otherwise: &str) -> String {
    match name {
        "1" => otherwise.to_owned(),
        _ => name.to_owned(),
    }
}

const OTHER_NAME: &str = "some-other-repository";
const STRANGER: &str = "some-other-owner";
// Any IDs will do where the policy names none: then it cannot tell them apart.
const OWNER_ID: &str = "1001";
const REPOSITORY_ID: &str = "2001";
const OTHER_ID: &str = "2002";
const STRANGER_ID: &str = "1002";
const STRANGERS_REPOSITORY_ID: &str = "2003";
/// A trust policy of the usual size has room for some twenty subjects.
const MAX_NAMED: usize = 24;
