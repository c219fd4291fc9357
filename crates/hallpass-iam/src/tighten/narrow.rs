//! A policy, cut down to what was used.
//!
//! Statements that deny stay as they are, and so do conditions, Sids and the order. A statement that
//! allows keeps the actions that were used, on the resources that they were used on; actions that were
//! used on different resources become statements of their own. One that is left without actions goes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::difference::Judge;
use crate::syntax::{Document, Effect, Statement};

use super::log::{UseLog, Used};
use super::statement::{Asked, Reach, judge};
use super::{caveat, data_event};

/// A policy that allows what was used.
#[derive(Clone, Debug)]
pub struct Tightened {
    /// The policy.
    pub policy: Value,
    /// What was used and the policy does not allow: another policy may.
    pub not_allowed: Vec<(Used, u64)>,
    /// What was done that needs a word.
    pub notes: Vec<String>,
    /// What the log cannot show.
    pub caveats: Vec<String>,
}

/// Narrows the policy of a principal to what the log shows; `text` is the document's JSON. With
/// `keeps_resources` actions alone are narrowed.
pub fn tighten(
    document: &Document,
    text: &Value,
    log: &UseLog,
    keeps_resources: bool,
) -> Tightened {
    let judge = judge();
    let statements: Vec<Asked<'_>> = document
        .statements()
        .iter()
        .map(|statement| Asked::new(&judge, statement, document.version()))
        .collect();
    let mut shares = Shares::new(&judge, &statements, log);
    let unseen = data_event::unseen(document.statements(), log);
    for (index, used) in &unseen {
        shares.of.entry(*index).or_default().insert(used);
    }
    let mut narrowing = Narrowing {
        judge: &judge,
        keeps_resources,
        sids: document
            .statements()
            .iter()
            .filter_map(|it| it.sid.clone())
            .collect(),
        notes: Vec::new(),
    };
    let written = match text.get("Statement") {
        Some(Value::Array(items)) => items.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    };
    let mut kept = Vec::new();
    for (index, (asked, value)) in statements.iter().zip(&written).enumerate() {
        match asked.statement.effect {
            Effect::Allow => {
                let uses = shares.of.get(&index);
                kept.extend(narrowing.statement(asked, value, uses, index));
            }
            Effect::Deny => kept.push(value.clone()),
        }
    }
    if !kept
        .iter()
        .any(|it| it.get("Effect") == Some(&json!("Allow")))
    {
        narrowing.notes.push(
            "nothing that the policy allows was used: detach it, IAM takes no policy that is empty"
                .to_owned(),
        );
    }
    let mut policy = text.clone();
    if let Some(fields) = policy.as_object_mut() {
        let is_single = kept.len() == 1 && text.get("Statement").is_some_and(Value::is_object);
        let statement = if is_single {
            kept.into_iter().next().unwrap_or_default()
        } else {
            json!(kept)
        };
        fields.insert("Statement".to_owned(), statement);
    }
    let granted = |action: &str| {
        let mut allowing = statements
            .iter()
            .filter(|it| it.statement.effect == Effect::Allow);
        allowing.any(|it| it.is_about(&judge, action))
    };
    Tightened {
        caveats: caveat::caveats(document, log, &granted),
        policy,
        not_allowed: shares.not_allowed,
        notes: narrowing.notes,
    }
}

/// Which statement each use belongs to.
#[derive(Debug, Default)]
struct Shares<'l> {
    of: BTreeMap<usize, BTreeSet<&'l Used>>,
    not_allowed: Vec<(Used, u64)>,
}

impl<'l> Shares<'l> {
    fn new(judge: &Judge, statements: &[Asked<'_>], log: &'l UseLog) -> Self {
        let mut shares = Self::default();
        let implied = log.implied.iter().map(|used| (used, None));
        let uses = log.uses.iter().map(|(used, count)| (used, Some(*count)));
        for (used, count) in uses.chain(implied) {
            let covering = |effect: Effect| {
                let places = statements.iter().enumerate();
                places.filter(move |(_, asked)| {
                    asked.statement.effect == effect && asked.covers(judge, used)
                })
            };
            let allowing: Vec<(usize, &Asked<'_>)> = covering(Effect::Allow).collect();
            let is_denied = covering(Effect::Deny).any(|(_, asked)| asked.is_certain(used));
            if let (true, Some(count)) = (allowing.is_empty() || is_denied, count) {
                shares.not_allowed.push((used.clone(), count));
            }
            // Where one surely allowed it, the others are not needed for it; else each may be.
            let certain = allowing.iter().find(|(_, asked)| asked.is_certain(used));
            let needed = certain.map_or(allowing.as_slice(), std::slice::from_ref);
            for (index, _) in needed {
                shares.of.entry(*index).or_default().insert(used);
            }
        }
        shares
    }
}

struct Narrowing<'a> {
    judge: &'a Judge,
    keeps_resources: bool,
    sids: BTreeSet<String>,
    notes: Vec<String>,
}

impl Narrowing<'_> {
    /// What the statement becomes: one for each set of resources.
    fn statement(
        &mut self,
        asked: &Asked<'_>,
        written: &Value,
        uses: Option<&BTreeSet<&Used>>,
        index: usize,
    ) -> Vec<Value> {
        let Some(uses) = uses else {
            return Vec::new();
        };
        let mut resources: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
        for used in uses {
            let of_action = resources.entry(&used.action).or_default();
            of_action.insert(used.resource.as_deref());
        }
        let mut groups: BTreeMap<Reach, Vec<&str>> = BTreeMap::new();
        for (action, resources) in &resources {
            let reach = if self.keeps_resources {
                Reach::Whole
            } else {
                asked.reach(self.judge, resources)
            };
            if reach == Reach::Whole && !self.keeps_resources && resources.contains(&None) {
                self.notes.push(format!(
                    "statement {index}: no event tells what {action} was used on, so its resources stay"
                ));
            }
            groups.entry(reach).or_default().push(action);
        }
        let mut groups: Vec<(Reach, Vec<&str>)> = groups.into_iter().collect();
        groups.sort_by(|one, other| one.1.cmp(&other.1));
        let parts = groups.iter().enumerate();
        parts
            .map(|(part, (reach, actions))| {
                let actions = spelled(asked.statement, actions);
                self.part(written, &actions, reach, part)
            })
            .collect()
    }

    /// The statement with other actions and resources.
    fn part(&mut self, written: &Value, actions: &[String], reach: &Reach, part: usize) -> Value {
        let mut fields = Map::new();
        for (name, value) in written.as_object().into_iter().flatten() {
            match (name.as_str(), reach) {
                ("Action" | "NotAction", _) => {
                    fields.insert("Action".to_owned(), narrowed(name, value, actions));
                }
                ("Resource" | "NotResource", Reach::Listed(resources)) => {
                    let resources: Vec<String> = resources.iter().cloned().collect();
                    fields.insert("Resource".to_owned(), narrowed(name, value, &resources));
                }
                ("Sid", _) if part > 0 => {
                    let sid = self.fresh_sid(value.as_str().unwrap_or_default());
                    fields.insert(name.clone(), json!(sid));
                }
                _ => {
                    fields.insert(name.clone(), value.clone());
                }
            }
        }
        Value::Object(fields)
    }

    /// A Sid that the document has not; Sids are unique in it.
    fn fresh_sid(&mut self, sid: &str) -> String {
        let mut number = 2_usize;
        loop {
            let fresh = format!("{sid}{number}");
            if self.sids.insert(fresh.clone()) {
                return fresh;
            }
            number += 1;
        }
    }
}

/// The actions as the statement writes them, in its order; those of its wildcards stand in theirs.
fn spelled(statement: &Statement, actions: &[&str]) -> Vec<String> {
    let written = statement
        .action
        .iter()
        .filter(|it| !it.is_negated)
        .flat_map(|it| &it.value);
    let written: Vec<&str> = written.map(|text| text.text.as_str()).collect();
    let mut spelled: Vec<(usize, String)> = actions
        .iter()
        .map(|action| {
            let place = written
                .iter()
                .position(|text| text.eq_ignore_ascii_case(action));
            match place.and_then(|place| written.get(place).map(|text| (place, *text))) {
                Some((place, text)) => (place, text.to_owned()),
                None => (written.len(), (*action).to_owned()),
            }
        })
        .collect();
    spelled.sort();
    spelled.into_iter().map(|(_, action)| action).collect()
}

/// The list as JSON; as it is written where it is the same.
fn narrowed(name: &str, written: &Value, list: &[String]) -> Value {
    let texts: BTreeSet<&str> = match written {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    };
    let same: BTreeSet<&str> = list.iter().map(String::as_str).collect();
    if !name.starts_with("Not") && texts == same {
        return written.clone();
    }
    match list {
        [single] => json!(single),
        list => json!(list),
    }
}
