//! From classes of values back to what the documents write: patterns, and what is excepted from them.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::ArnPattern;
use crate::context::Context;
use crate::pattern::Pattern;
use crate::services::service;
use crate::syntax::{Document, Text, Version};
use crate::variable::Special;

use super::atoms::{ACTION, Atoms, FIRST_KEY, PRINCIPAL, RESOURCE};
use super::class::Difference;
use super::glob::Glob;
use super::search::{Found, Universe};

/// Describes what a search found.
#[derive(Debug)]
pub(super) struct Describer<'a> {
    universe: &'a Universe,
    actions: Labels,
    /// None where the documents name no resource.
    resources: Option<Labels>,
    /// Keys as the documents first write them.
    keys: Vec<String>,
}

impl<'a> Describer<'a> {
    pub(super) fn new(documents: [&Document; 2], atoms: &Atoms, universe: &'a Universe) -> Self {
        let mut spelled: BTreeMap<String, String> = BTreeMap::new();
        let (mut actions, mut resources) = (Vec::new(), Vec::new());
        for document in documents {
            let has_variables = document.version() == Some(Version::V2012);
            for statement in document.statements() {
                let list = |element: &Option<crate::syntax::Element<Vec<Text>>>| {
                    let values = element.iter().flat_map(|it| it.value.clone());
                    values.collect::<Vec<Text>>()
                };
                actions.extend(list(&statement.action).iter().map(Written::action));
                let texts = list(&statement.resource);
                resources.extend(
                    texts
                        .iter()
                        .map(|text| Written::resource(text, has_variables)),
                );
                for condition in &statement.conditions {
                    let key = condition.key.to_ascii_lowercase();
                    spelled.entry(key).or_insert_with(|| condition.key.clone());
                }
            }
        }
        let keys = atoms.keys.iter();
        let keys = keys.map(|key| spelled.get(key).unwrap_or(key).clone());
        Self {
            universe,
            actions: Labels::new(actions, &universe.actions),
            resources: (!resources.is_empty()).then(|| Labels::new(resources, &universe.resources)),
            keys: keys.collect(),
        }
    }

    /// A difference in the documents' words.
    pub(super) fn difference(&self, found: Found) -> Difference {
        let Found { key, mut witness } = found;
        // A case may be filled with the keys that follow from its caller, unless it says that they are
        // absent.
        for (place, spelled) in self.keys.iter().enumerate() {
            let lower = spelled.to_ascii_lowercase();
            let is_filled = ["aws:principal", "aws:resourceaccount", "aws:username"]
                .iter()
                .any(|start| lower.starts_with(start));
            let is_named = key.values.contains_key(&(FIRST_KEY + place));
            if is_filled || is_named || witness.context.get(spelled).is_some() {
                witness.keys.push(spelled.clone());
            }
        }
        let (before, after) = key.outcomes();
        let chosen = |dimension| key.values.get(&dimension).map_or(&[][..], Vec::as_slice);
        let conditions = key
            .values
            .iter()
            .filter(|(dimension, _)| **dimension >= FIRST_KEY);
        Difference {
            before,
            after,
            actions: self.actions(chosen(ACTION)),
            resources: self
                .resources
                .as_ref()
                .map_or_else(Vec::new, |labels| labels.describe(chosen(RESOURCE))),
            principals: self.principals(chosen(PRINCIPAL)),
            conditions: conditions
                .map(|(dimension, values)| self.condition(dimension - FIRST_KEY, values))
                .collect(),
            before_statement: key.before_place.clone(),
            after_statement: key.after_place.clone(),
            witness,
        }
    }

    /// The actions; and a word where none of them is one that AWS has as far as is known, as in what a
    /// wildcard allows beside a list of all that it matches today.
    fn actions(&self, chosen: &[usize]) -> Vec<String> {
        let mut words = self.actions.describe(chosen);
        let mut texts = chosen
            .iter()
            .filter_map(|at| self.universe.actions.get(*at));
        let is_unheard_of = |text: &String| {
            let parts = text.split_once(':');
            let known = parts.and_then(|(prefix, name)| Some((service(prefix)?, name)));
            known.is_some_and(|(service, name)| service.action(name).is_none())
        };
        if let (true, Some(last)) = (texts.all(is_unheard_of), words.last_mut()) {
            last.push_str(" (of which AWS has none that is known)");
        }
        words
    }

    fn principals(&self, chosen: &[usize]) -> Vec<String> {
        let callers = &self.universe.callers;
        if callers.len() == 1 {
            return Vec::new();
        }
        if chosen.len() == callers.len() {
            return vec!["anyone".to_owned()];
        }
        let words = chosen.iter().filter_map(|at| callers.get(*at));
        let words: Vec<&str> = words.map(|caller| caller.words.as_str()).collect();
        // In every position: then the position is no matter.
        let is_part = |one: &str| {
            let whole = |other: &&str| {
                one.strip_prefix(*other)
                    .is_some_and(|it| it.starts_with(" whose"))
            };
            words.iter().any(whole)
        };
        let words = words.iter().filter(|one| !is_part(one));
        words.map(|one| (*one).to_owned()).collect()
    }

    /// "if KEY is ..." or, where that is shorter, "unless KEY is ...".
    fn condition(&self, place: usize, chosen: &[usize]) -> String {
        let key = self.keys.get(place).map_or("", String::as_str);
        let values = self
            .universe
            .values
            .get(place)
            .map_or(&[][..], Vec::as_slice);
        let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
        let (mut named, mut rest) = (Vec::new(), Vec::new());
        for (index, value) in values.iter().enumerate() {
            let (set, list) = if chosen.contains(&index) {
                (&mut inside, &mut named)
            } else {
                (&mut outside, &mut rest)
            };
            if set.insert(&value.words) {
                list.push(value.words.as_str());
            }
        }
        let is_clear = inside.is_disjoint(&outside);
        let (word, list) = if is_clear && rest.len() < named.len() {
            ("unless", rest)
        } else {
            ("if", named)
        };
        format!("{word} {key} {}", few(&list, " or "))
    }
}

/// A pattern as it is written, and what it matches.
#[derive(Debug)]
struct Written {
    text: String,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Action(Pattern),
    Resource(ArnPattern),
}

impl Written {
    fn action(text: &Text) -> Self {
        let special = Special {
            wildcards: true,
            variables: false,
        };
        Self {
            text: text.text.clone(),
            form: Form::Action(Pattern::new(&text.text, special).ignoring_case()),
        }
    }

    /// A variable may be anything here.
    fn resource(text: &Text, has_variables: bool) -> Self {
        let special = |variables| Special {
            wildcards: true,
            variables,
        };
        let any = Glob::read(&text.text, special(has_variables), &|_| None).instance("*", '?');
        Self {
            text: text.text.clone(),
            form: Form::Resource(ArnPattern::of_resource(&any, special(false))),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let empty = const { &Context::new() };
        match &self.form {
            Form::Action(pattern) => pattern.matches(text, empty),
            Form::Resource(pattern) => pattern.matches(text, empty),
        }
    }
}

/// What the documents call each of the candidates of a dimension.
#[derive(Debug)]
struct Labels {
    texts: Vec<String>,
    written: Vec<String>,
    /// For each pattern, the candidates that it matches.
    matched: Vec<BTreeSet<usize>>,
    /// For each candidate, the pattern that says it best; none where several do, or none does.
    best: Vec<Option<usize>>,
}

impl Labels {
    fn new(patterns: Vec<Written>, texts: &[String]) -> Self {
        let mut known = BTreeSet::new();
        let patterns: Vec<Written> = patterns
            .into_iter()
            .filter(|it| known.insert(it.text.clone()))
            .take(MAX_LABELS)
            .collect();
        let texts: Vec<String> = texts.to_vec();
        let candidates_of = |it: &Written| {
            let places = texts.iter().enumerate();
            let places = places
                .filter(|(_, text)| it.matches(text))
                .map(|(place, _)| place);
            places.collect::<BTreeSet<usize>>()
        };
        let matched: Vec<BTreeSet<usize>> = patterns.iter().map(candidates_of).collect();
        let written: Vec<String> = patterns.into_iter().map(|it| it.text).collect();
        let best = (0..texts.len())
            .map(|place| best(place, &matched))
            .collect();
        Self {
            texts,
            written,
            matched,
            best,
        }
    }

    /// The candidates in the documents' words.
    fn describe(&self, chosen: &[usize]) -> Vec<String> {
        let is_chosen: BTreeSet<usize> = chosen.iter().copied().collect();
        let best = |place: &usize| self.best.get(*place).copied().flatten();
        let named: BTreeSet<usize> = chosen.iter().filter_map(best).collect();
        let others = (0..self.texts.len()).filter(|place| !is_chosen.contains(place));
        let excepted: BTreeSet<usize> = others.filter_map(|place| best(&place)).collect();
        let clear: Vec<usize> = named.difference(&excepted).copied().collect();
        let is_within = |one: usize, other: usize| {
            one != other
                && match (self.matched.get(one), self.matched.get(other)) {
                    (Some(one), Some(other)) => one.is_subset(other) && one != other,
                    _ => false,
                }
        };
        let mut words = Vec::new();
        for label in &clear {
            if clear.iter().any(|other| is_within(*label, *other)) {
                continue;
            }
            let without = excepted.iter().filter(|it| is_within(**it, *label));
            let outermost: Vec<&str> = without
                .clone()
                .filter(|it| !without.clone().any(|other| is_within(**it, *other)))
                .filter_map(|it| self.written.get(*it).map(String::as_str))
                .collect();
            let text = self.written.get(*label).map_or("", String::as_str);
            words.push(match outermost.as_slice() {
                [] => text.to_owned(),
                without => format!("{text} (but not {})", few(without, ", ")),
            });
        }
        // What no single pattern says: by name.
        let is_said = |place: &usize| {
            let mut clear = clear.iter().filter_map(|label| self.matched.get(*label));
            best(place).is_some_and(|label| !excepted.contains(&label))
                || (best(place).is_none() && clear.any(|matched| matched.contains(place)))
        };
        let unsaid: Vec<&str> = chosen
            .iter()
            .filter(|place| !is_said(place))
            .filter_map(|place| self.texts.get(*place).map(String::as_str))
            .collect();
        words.extend(
            unsaid
                .iter()
                .take(MAX_UNSAID)
                .map(|text| (*text).to_owned()),
        );
        words
    }
}

/// The narrowest pattern that matches the candidate, where there is one within all others.
fn best(place: usize, matched: &[BTreeSet<usize>]) -> Option<usize> {
    let around: Vec<(usize, &BTreeSet<usize>)> = matched
        .iter()
        .enumerate()
        .filter(|(_, matched)| matched.contains(&place))
        .collect();
    let (label, narrowest) = around.iter().min_by_key(|(_, matched)| matched.len())?;
    let is_within_all = around.iter().all(|(_, other)| narrowest.is_subset(other));
    is_within_all.then_some(*label)
}

/// At most five, then a count.
fn few(list: &[&str], between: &str) -> String {
    let shown: Vec<&str> = list.iter().take(5).copied().collect();
    let more = match list.len().saturating_sub(5) {
        0 => String::new(),
        rest => format!("{between}{rest} more"),
    };
    format!("{}{more}", shown.join(between))
}

// Beyond this many patterns the candidates stand by their names.
const MAX_LABELS: usize = 500;
const MAX_UNSAID: usize = 3;
