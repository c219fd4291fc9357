//! What a statement asks for besides: values that meet its conditions, so that a token is refused for
//! nothing but what is being tried.

use std::collections::BTreeMap;

use super::glob::Glob;
use crate::condition::{Met, Test};
use crate::context::Context;
use crate::operator::BaseOperator;
use crate::syntax::{Condition, Statement};
use crate::variable::Special;

/// What the statement wants of each key that it has conditions on.
#[derive(Debug)]
pub(super) struct Wishes {
    by_key: BTreeMap<String, Wish>,
}

#[derive(Debug)]
struct Wish {
    /// A value that meets all conditions on the key, where one was found.
    value: Option<String>,
    /// Whether they are met without the key, too.
    is_met_by_absence: bool,
}

impl Wishes {
    pub(super) fn of(statement: &Statement, has_variables: bool) -> Self {
        let mut conditions: BTreeMap<String, Vec<&Condition>> = BTreeMap::new();
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            conditions.entry(key).or_default().push(condition);
        }
        let by_key = conditions
            .into_iter()
            .map(|(key, conditions)| {
                let wish = Wish::of(&key, &conditions, has_variables);
                (key, wish)
            })
            .collect();
        Self { by_key }
    }

    /// A value that meets all conditions on the key; none where there are none, or none was found.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let wish = self.by_key.get(&key.to_ascii_lowercase())?;
        wish.value.as_deref()
    }

    /// Keys and values for all that the statement wants to be there, but for the keys to be left out.
    pub(super) fn circumstances(
        &self,
        is_left_out: impl Fn(&str) -> bool,
    ) -> Vec<(String, String)> {
        let wanted = self
            .by_key
            .iter()
            .filter(|(key, wish)| !wish.is_met_by_absence && !is_left_out(key));
        wanted
            .filter_map(|(key, wish)| Some((key.clone(), wish.value.clone()?)))
            .collect()
    }
}

impl Wish {
    fn of(key: &str, conditions: &[&Condition], has_variables: bool) -> Self {
        let tests: Vec<Test> = conditions
            .iter()
            .map(|condition| Test::new(condition, has_variables))
            .collect();
        let is_met = |context: &Context| tests.iter().all(|test| test.met(context) == Met::Yes);
        let mut candidates = conditions
            .iter()
            .take(MAX_VALUES)
            .flat_map(|condition| candidates(condition, has_variables))
            .chain(PLAIN.iter().map(|value| (*value).to_owned()));
        let value = candidates.find(|value| {
            let mut context = Context::new();
            context.insert_one(key, value);
            is_met(&context)
        });
        Self {
            value,
            is_met_by_absence: is_met(&Context::new()),
        }
    }
}

/// Values that meet a condition by itself, as far as they can be read off it.
fn candidates(condition: &Condition, has_variables: bool) -> Vec<String> {
    use BaseOperator as B;
    let base = condition.operator.base;
    let values = condition.values.iter().take(MAX_VALUES);
    let has_wildcards = matches!(base, B::StringLike | B::ArnEquals | B::ArnLike);
    values
        .filter_map(|value| {
            let text = value.text.as_str();
            match base {
                B::ArnEquals
                | B::ArnLike
                | B::StringEquals
                | B::StringEqualsIgnoreCase
                | B::StringLike => {
                    let special = Special {
                        wildcards: has_wildcards,
                        variables: has_variables,
                    };
                    Glob::read(text, special).map(|glob| glob.filled("x"))
                }
                B::IpAddress => text.split('/').next().map(str::to_owned),
                B::NumericLessThan => Some(shifted(text, -1)?),
                B::NumericGreaterThan => Some(shifted(text, 1)?),
                B::ArnNotEquals
                | B::ArnNotLike
                | B::DateNotEquals
                | B::DateLessThan
                | B::DateGreaterThan
                | B::NotIpAddress
                | B::Null
                | B::NumericNotEquals
                | B::StringNotEquals
                | B::StringNotEqualsIgnoreCase
                | B::StringNotLike => None,
                B::BinaryEquals
                | B::Bool
                | B::DateEquals
                | B::DateGreaterThanEquals
                | B::DateLessThanEquals
                | B::NumericEquals
                | B::NumericGreaterThanEquals
                | B::NumericLessThanEquals => Some(text.to_owned()),
            }
        })
        .collect()
}

fn shifted(text: &str, by: i64) -> Option<String> {
    let number: i64 = text.trim().parse().ok()?;
    number.checked_add(by).map(|number| number.to_string())
}

/// Values that negated operators are met by, each of another type.
const PLAIN: &[&str] = &[
    "x",
    "0",
    "true",
    "false",
    "192.0.2.1",
    "2000-01-01T00:00:00Z",
    "2100-01-01T00:00:00Z",
];
const MAX_VALUES: usize = 8;
