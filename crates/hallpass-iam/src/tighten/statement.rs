//! A statement of a policy under narrowing: what it covers, and its narrowed parts.

use std::collections::{BTreeMap, BTreeSet};

use crate::difference::{Asking, Judge, Keep, Probe, Witness, variables};
use crate::policy::PolicyKind;
use crate::syntax::{Effect, Statement, Version};

use super::log::Used;

/// A statement, and what it is asked.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) statement: &'a Statement,
    action: Probe,
    resource: Probe,
    /// Each pattern of the resource by itself, with its text.
    patterns: Vec<(String, Probe)>,
    /// Whether variables decide which resource it is about.
    has_variables: bool,
    has_escapes: bool,
}

/// The resources that an action was used on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// These patterns.
    Listed(BTreeSet<String>),
    /// All that the statement is about: the events do not tell.
    Whole,
}

impl<'a> Asked<'a> {
    pub(super) fn new(judge: &Judge, statement: &'a Statement, version: Option<Version>) -> Self {
        let has_escapes = version == Some(Version::V2012);
        let resource = statement.resource.as_ref();
        let texts = resource.map_or(&[][..], |it| it.value.as_slice());
        let patterns = texts.iter().map(|text| {
            let mut single = statement.clone();
            if let Some(resource) = &mut single.resource {
                resource.is_negated = false;
                resource.value = vec![text.clone()];
            }
            single.effect = Effect::Allow;
            (
                text.text.clone(),
                judge.probe(&single, version, Keep::Resource),
            )
        });
        Self {
            statement,
            action: judge.probe(statement, version, Keep::Action),
            resource: judge.probe(statement, version, Keep::Resource),
            patterns: patterns.collect(),
            has_variables: has_escapes
                && texts
                    .iter()
                    .any(|text| variables(&text.text).next().is_some()),
            has_escapes,
        }
    }

    /// Whether the statement may be what allowed the use.
    pub(super) fn covers(&self, judge: &Judge, used: &Used) -> bool {
        let asked = request(used);
        self.action.applies(judge, &asked)
            && (used.resource.is_none()
                || self.has_variables
                || self.resource.applies(judge, &asked))
    }

    /// Whether it is about the action, on whatever.
    pub(super) fn is_about(&self, judge: &Judge, action: &str) -> bool {
        let used = Used {
            action: action.to_owned(),
            resource: None,
        };
        self.action.applies(judge, &request(&used))
    }

    /// Whether it did, whatever the circumstances.
    pub(super) fn is_certain(&self, used: &Used) -> bool {
        self.statement.conditions.is_empty() && !self.has_variables && used.resource.is_some()
    }

    /// The narrowest resources that let the uses of one action go on.
    pub(super) fn reach(&self, judge: &Judge, resources: &BTreeSet<Option<&str>>) -> Reach {
        let is_negated = self
            .statement
            .resource
            .as_ref()
            .is_some_and(|it| it.is_negated);
        let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for resource in resources {
            let Some(resource) = resource.filter(|_| !self.has_variables) else {
                return Reach::Whole;
            };
            let literal = self.literal(resource);
            if is_negated {
                let Some(literal) = literal else {
                    return Reach::Whole;
                };
                listed.entry(String::new()).or_default().insert(literal);
                continue;
            }
            let asked = request(&Used {
                action: String::new(),
                resource: Some(resource.to_owned()),
            });
            for (pattern, probe) in &self.patterns {
                if probe.applies(judge, &asked) {
                    let text = literal.clone().unwrap_or_else(|| pattern.clone());
                    listed.entry(pattern.clone()).or_default().insert(text);
                }
            }
        }
        let of_negated = listed.get("").map_or(0, BTreeSet::len);
        if is_negated && of_negated > MAX_LISTED {
            return Reach::Whole;
        }
        // Many under one pattern are the pattern's sense: a list of object keys is no policy.
        let texts = listed.into_iter().flat_map(|(pattern, texts)| {
            if texts.len() > MAX_LISTED {
                BTreeSet::from([pattern])
            } else {
                texts
            }
        });
        Reach::Listed(texts.collect())
    }

    /// The pattern that the resource alone matches, where there is one.
    fn literal(&self, resource: &str) -> Option<String> {
        // Fewer segments would be filled up with `*`.
        if resource.split(':').count() < 6 {
            return None;
        }
        let is_special = resource.contains(['*', '?']) || resource.contains("${");
        if !is_special {
            return Some(resource.to_owned());
        }
        if !self.has_escapes {
            return None;
        }
        let mut escaped = String::new();
        for c in resource.chars() {
            match c {
                '*' | '?' | '$' => escaped.extend(['$', '{', c, '}']),
                c => escaped.push(c),
            }
        }
        Some(escaped)
    }
}

/// The use as a request of a role.
fn request(used: &Used) -> Witness {
    let mut asked = Witness::blank();
    asked.caller = Asking::RoleSession {
        session_arn: "arn:aws:sts::111122223333:assumed-role/role/session".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/role".to_owned(),
    };
    asked.action.clone_from(&used.action);
    asked.resource = used.resource.clone().unwrap_or_default();
    asked
}

/// The judge of policies of principals.
pub(super) fn judge() -> Judge {
    Judge::new(PolicyKind::Identity)
}

// More than anyone lists by hand.
const MAX_LISTED: usize = 20;
