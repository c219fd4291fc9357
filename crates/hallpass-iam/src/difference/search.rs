//! The walk over the product of all dimensions.
//!
//! At each level the statements that the value rules out are dropped. Values that leave the same
//! statements are one class. A branch ends where what is left of the two documents is the same, or where
//! both decisions are certain. On the way back, answers that agree in all but one dimension become one.

use std::collections::BTreeMap;

use crate::evaluate::Outcome;
use crate::policy::Policy;

use super::atoms::{ACTION, Atoms, Dimension, FIRST_KEY, PRINCIPAL, RESOURCE, Test};
use super::callers::Candidate;
use super::class::{Place, Witness};
use super::probe::Judge;
use super::values::Value;

/// What each dimension may be.
#[derive(Debug)]
pub(super) struct Universe {
    pub(super) actions: Vec<String>,
    pub(super) callers: Vec<Candidate>,
    pub(super) resources: Vec<String>,
    /// Of each key, in the order of [`Atoms::keys`].
    pub(super) values: Vec<Vec<Value>>,
}

/// A search under way.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) judge: &'a Judge,
    pub(super) atoms: &'a Atoms,
    pub(super) universe: &'a Universe,
    pub(super) first: &'a Policy,
    pub(super) second: &'a Policy,
    /// How many classes of requests were compared.
    pub(super) compared: u64,
    /// What the search may still cost.
    pub(super) left: u64,
}

/// What a class of requests has in common, and one of them.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) witness: Witness,
}

/// What makes two answers the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Whether the second document gives less, so that what it gives more comes first.
    is_narrower: bool,
    before: u8,
    after: u8,
    pub(super) before_place: Option<Place>,
    pub(super) after_place: Option<Place>,
    /// In each dimension that matters, the values.
    pub(super) values: BTreeMap<Dimension, Vec<usize>>,
}

impl Key {
    pub(super) const fn outcomes(&self) -> (Outcome, Outcome) {
        (outcome(self.before), outcome(self.after))
    }
}

/// Where a branch of the walk stands.
struct Node {
    /// The parts that may still apply, by number.
    alive: Vec<usize>,
    asked: Witness,
    /// By dimension.
    assigned: Vec<bool>,
}

impl Search<'_> {
    /// All differences.
    pub(super) fn run(&mut self) -> Vec<Found> {
        let mut asked = Witness::blank();
        // Some caller, since who is not known has no identity policy that could be asked.
        if let Some(first) = self.universe.callers.first() {
            asked.caller = first.caller.clone();
        }
        let root = Node {
            alive: (0..self.atoms.parts.len()).collect(),
            asked,
            assigned: vec![false; FIRST_KEY + self.atoms.keys.len()],
        };
        self.visit(&root)
    }

    fn visit(&mut self, node: &Node) -> Vec<Found> {
        if self.is_same(node) {
            self.compared += 1;
            return Vec::new();
        }
        if let Some(dimension) = self.next(node) {
            return self.branch(node, dimension);
        }
        self.compared += 1;
        self.leaf(node).into_iter().collect()
    }

    /// Each class of values of the dimension.
    fn branch(&mut self, node: &Node, dimension: Dimension) -> Vec<Found> {
        let count = self.universe.count(dimension);
        let mut classes: BTreeMap<(Vec<usize>, Option<usize>), Vec<usize>> = BTreeMap::new();
        let mut order = Vec::new();
        for value in 0..count {
            if self.left == 0 {
                break;
            }
            let (alive, is_read_again) = self.filter(node, dimension, value);
            let class = (alive, is_read_again.then_some(value));
            let members = classes.entry(class.clone()).or_default();
            if members.is_empty() {
                order.push(class);
            }
            members.push(value);
        }
        let mut merged: BTreeMap<Key, Found> = BTreeMap::new();
        let mut chosen: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for class in order {
            let members = classes.remove(&class).unwrap_or_default();
            let Some(value) = self.universe.typical(node, dimension, &members) else {
                continue;
            };
            let child = self.enter(node, dimension, value, class.0);
            for found in self.visit(&child) {
                chosen
                    .entry(found.key.clone())
                    .or_default()
                    .extend(&members);
                merged.entry(found.key.clone()).or_insert(found);
            }
        }
        let is_key = dimension >= FIRST_KEY;
        let mut founds: Vec<Found> = Vec::new();
        for (key, mut found) in merged {
            let mut values = chosen.remove(&key).unwrap_or_default();
            values.sort_unstable();
            values.dedup();
            // A key that may have any value is no condition.
            if !is_key || values.len() < count {
                found.key.values.insert(dimension, values);
            }
            founds.push(found);
        }
        founds.truncate(MAX_FOUND);
        founds
    }

    /// The parts that are left when the dimension has the value; and whether one of them reads the
    /// dimension again, so that the value itself matters further down.
    fn filter(&mut self, node: &Node, dimension: Dimension, value: usize) -> (Vec<usize>, bool) {
        let mut asked = node.asked.clone();
        self.universe
            .set(&mut asked, dimension, value, &self.atoms.keys);
        let mut alive = Vec::new();
        let mut is_read_again = false;
        for number in &node.alive {
            let Some(part) = self.atoms.parts.get(*number) else {
                continue;
            };
            let tests = part
                .tests
                .iter()
                .filter_map(|test| self.atoms.tests.get(*test));
            let mut applies = true;
            let mut is_open = false;
            for test in tests.filter(|test| test.reads.contains(&dimension)) {
                if is_ready(test, &node.assigned, dimension) {
                    self.left = self.left.saturating_sub(test.weight);
                    applies &= test.probe.applies(self.judge, &asked);
                } else {
                    is_open = true;
                }
                if !applies {
                    break;
                }
            }
            if applies {
                is_read_again |= is_open;
                alive.push(*number);
            }
        }
        (alive, is_read_again)
    }

    fn enter(&self, node: &Node, dimension: Dimension, value: usize, alive: Vec<usize>) -> Node {
        let mut asked = node.asked.clone();
        self.universe
            .set(&mut asked, dimension, value, &self.atoms.keys);
        let mut assigned = node.assigned.clone();
        if let Some(place) = assigned.get_mut(dimension) {
            *place = true;
        }
        Node {
            alive,
            asked,
            assigned,
        }
    }

    /// The dimension to go on with; none where all that matters has a value.
    fn next(&self, node: &Node) -> Option<Dimension> {
        for dimension in [ACTION, PRINCIPAL, RESOURCE] {
            if !node.has(dimension) {
                return Some(dimension);
            }
        }
        if self.certain(node, false).is_some() && self.certain(node, true).is_some() {
            return None;
        }
        self.open_tests(node)
            .flat_map(|test| test.reads.iter().copied())
            .find(|dimension| !node.has(*dimension))
    }

    fn open_tests<'s>(&'s self, node: &'s Node) -> impl Iterator<Item = &'s Test> {
        let parts = node
            .alive
            .iter()
            .filter_map(|part| self.atoms.parts.get(*part));
        parts
            .flat_map(|part| &part.tests)
            .filter_map(|test| self.atoms.tests.get(*test))
            .filter(|test| node.is_open(test))
    }

    /// Whether what is left of the documents says the same.
    fn is_same(&mut self, node: &Node) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return true;
        }
        let rest = |is_second: bool| {
            let parts = node
                .alive
                .iter()
                .filter_map(|part| self.atoms.parts.get(*part));
            let mut rests: Vec<(bool, Vec<usize>)> = parts
                .filter(|part| part.is_second == is_second)
                .map(|part| {
                    let tests = part
                        .tests
                        .iter()
                        .filter_map(|test| self.atoms.tests.get(*test));
                    let open = tests.filter(|test| node.is_open(test));
                    let mut shapes: Vec<usize> = open.map(|test| test.shape).collect();
                    shapes.sort_unstable();
                    (part.place.is_deny, shapes)
                })
                .collect();
            rests.sort_unstable();
            rests.dedup();
            rests
        };
        if rest(false) == rest(true) {
            return true;
        }
        match (self.certain(node, false), self.certain(node, true)) {
            (Some((first, _)), Some((second, _))) => first == second,
            _ => false,
        }
    }

    /// What a document says whatever the open dimensions will be, and the statement that does.
    fn certain(&self, node: &Node, is_second: bool) -> Option<(Outcome, Option<&Place>)> {
        let mut allowing = None;
        let (mut is_allow_open, mut is_deny_open) = (false, false);
        let parts = node
            .alive
            .iter()
            .filter_map(|part| self.atoms.parts.get(*part));
        for part in parts.filter(|part| part.is_second == is_second) {
            let mut tests = part
                .tests
                .iter()
                .filter_map(|test| self.atoms.tests.get(*test));
            let is_open = tests.any(|test| node.is_open(test));
            match (part.place.is_deny, is_open) {
                (true, false) => return Some((Outcome::ExplicitDeny, Some(&part.place))),
                (true, true) => is_deny_open = true,
                (false, false) => allowing = allowing.into_iter().chain([&part.place]).min(),
                (false, true) => is_allow_open = true,
            }
        }
        match allowing {
            _ if is_deny_open => None,
            Some(place) => Some((Outcome::Allow, Some(place))),
            None => (!is_allow_open).then_some((Outcome::ImplicitDeny, None)),
        }
    }

    /// The difference, as the engine decides it.
    fn leaf(&self, node: &Node) -> Option<Found> {
        let before = self.judge.decide(self.first, &node.asked);
        let after = self.judge.decide(self.second, &node.asked);
        let (before_rank, after_rank) = (rank(before), rank(after));
        (before != after).then(|| Found {
            key: Key {
                is_narrower: after_rank < before_rank,
                before: before_rank,
                after: after_rank,
                before_place: self.place(node, before, false),
                after_place: self.place(node, after, true),
                values: BTreeMap::new(),
            },
            witness: node.asked.clone(),
        })
    }

    /// The statement that made the outcome.
    fn place(&self, node: &Node, outcome: Outcome, is_second: bool) -> Option<Place> {
        if let Some((certain, Some(place))) = self.certain(node, is_second)
            && certain == outcome
        {
            return Some(place.clone());
        }
        let is_deny = match outcome {
            Outcome::Allow => false,
            Outcome::ExplicitDeny => true,
            Outcome::ImplicitDeny => return None,
        };
        let parts = node
            .alive
            .iter()
            .filter_map(|part| self.atoms.parts.get(*part));
        parts
            .filter(|part| part.is_second == is_second && part.place.is_deny == is_deny)
            .filter(|part| part.whole.applies(self.judge, &node.asked))
            .map(|part| &part.place)
            .min()
            .cloned()
    }
}

impl Node {
    fn has(&self, dimension: Dimension) -> bool {
        self.assigned.get(dimension).copied().unwrap_or(true)
    }

    fn is_open(&self, test: &Test) -> bool {
        test.reads.iter().any(|dimension| !self.has(*dimension))
    }
}

impl Universe {
    fn count(&self, dimension: Dimension) -> usize {
        match dimension {
            ACTION => self.actions.len(),
            PRINCIPAL => self.callers.len(),
            RESOURCE => self.resources.len(),
            key => self.values.get(key - FIRST_KEY).map_or(0, Vec::len),
        }
    }

    /// The member of a class that reads best: a resource of the action's own service, else the first.
    fn typical(&self, node: &Node, dimension: Dimension, members: &[usize]) -> Option<usize> {
        let service = node.asked.action.split(':').next();
        let is_own = |place: &usize| {
            let resource = self.resources.get(*place);
            resource.is_some_and(|it| it.split(':').nth(2) == service)
        };
        let own = members
            .iter()
            .find(|place| dimension == RESOURCE && is_own(place));
        own.or(members.first()).copied()
    }

    fn set(&self, asked: &mut Witness, dimension: Dimension, value: usize, keys: &[String]) {
        match dimension {
            ACTION => asked.action = self.actions.get(value).cloned().unwrap_or_default(),
            PRINCIPAL => {
                if let Some(candidate) = self.callers.get(value) {
                    candidate.enter(asked);
                }
            }
            RESOURCE => asked.resource = self.resources.get(value).cloned().unwrap_or_default(),
            key => {
                let place = key - FIRST_KEY;
                let value = self.values.get(place).and_then(|values| values.get(value));
                if let (Some(key), Some(values)) =
                    (keys.get(place), value.and_then(|it| it.values.as_ref()))
                {
                    asked.context.insert(key, values);
                }
            }
        }
    }
}

fn is_ready(test: &Test, assigned: &[bool], dimension: Dimension) -> bool {
    let mut reads = test.reads.iter();
    reads.all(|read| *read == dimension || assigned.get(*read).copied().unwrap_or(true))
}

const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::ExplicitDeny => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::Allow => 2,
    }
}

const fn outcome(rank: u8) -> Outcome {
    match rank {
        0 => Outcome::ExplicitDeny,
        1 => Outcome::ImplicitDeny,
        _ => Outcome::Allow,
    }
}

// More than anyone reads; what is beyond is told by the count of the first ones.
const MAX_FOUND: usize = 1000;
