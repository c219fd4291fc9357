//! The two documents in parts: what a statement asks of each dimension of a request.
//!
//! Action, principal, resource and each condition key are dimensions. A test is what one element asks; it
//! can be put to the engine when the request has a value in each dimension that it reads: an element with
//! variables reads the keys of these, too.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::syntax::{Document, Effect, Principals, Statement, Text, Version};
use crate::variable::{Piece, Special, pieces};

use super::class::Place;
use super::probe::{Judge, Keep, Probe};

/// A dimension of a request: the three below, then the condition keys in order.
pub(super) type Dimension = usize;
pub(super) const ACTION: Dimension = 0;
pub(super) const PRINCIPAL: Dimension = 1;
pub(super) const RESOURCE: Dimension = 2;
pub(super) const FIRST_KEY: Dimension = 3;

/// What one element of a statement asks.
#[derive(Debug)]
pub(super) struct Test {
    /// The same number for elements that mean the same.
    pub(super) shape: usize,
    /// The dimensions that it reads.
    pub(super) reads: Vec<Dimension>,
    pub(super) probe: Probe,
    /// What it costs to ask, in texts of some hundred bytes.
    pub(super) weight: u64,
}

/// A statement of one of the documents.
#[derive(Debug)]
pub(super) struct Part {
    /// Whether it is the second document's.
    pub(super) is_second: bool,
    pub(super) place: Place,
    /// Its tests, by number.
    pub(super) tests: Vec<usize>,
    pub(super) whole: Probe,
}

/// Both documents.
#[derive(Debug)]
pub(super) struct Atoms {
    /// Statements that only one document has come first.
    pub(super) parts: Vec<Part>,
    pub(super) tests: Vec<Test>,
    /// Condition keys in lower case; the dimension of the first is [`FIRST_KEY`].
    pub(super) keys: Vec<String>,
}

impl Atoms {
    pub(super) fn new(judge: &Judge, first: &Document, second: &Document) -> Self {
        let mut builder = Builder {
            judge,
            keys: keys(first, second),
            shapes: HashMap::new(),
            known: HashMap::new(),
            tests: Vec::new(),
        };
        let mut parts = Vec::new();
        for (document, is_second) in [(first, false), (second, true)] {
            for (index, statement) in document.statements().iter().enumerate() {
                let tests = builder.tests_of(statement, document.version());
                parts.push(Part {
                    is_second,
                    place: Place {
                        index,
                        sid: statement.sid.clone(),
                        is_deny: statement.effect == Effect::Deny,
                    },
                    tests,
                    whole: judge.probe(statement, document.version(), Keep::All),
                });
            }
        }
        let sides: Vec<BTreeSet<Vec<usize>>> = [false, true]
            .iter()
            .map(|side| {
                let own = parts.iter().filter(|part| part.is_second == *side);
                own.map(|part| part.tests.clone()).collect()
            })
            .collect();
        parts.sort_by_key(|part| {
            let other = sides.get(usize::from(!part.is_second));
            other.is_some_and(|other| other.contains(&part.tests))
        });
        Self {
            parts,
            tests: builder.tests,
            keys: builder.keys,
        }
    }
}

struct Builder<'a> {
    judge: &'a Judge,
    keys: Vec<String>,
    /// Numbers of texts that say what an element means.
    shapes: HashMap<String, usize>,
    /// Tests by shape and effect.
    known: HashMap<(usize, bool), usize>,
    tests: Vec<Test>,
}

impl Builder<'_> {
    /// The statement's tests, each once, in order of their numbers.
    fn tests_of(&mut self, statement: &Statement, version: Option<Version>) -> Vec<usize> {
        let has_variables = version == Some(Version::V2012);
        let mut tests = BTreeSet::new();
        let mut add = |shape: String, reads: Vec<Dimension>, keep: Keep| {
            let weight = 1 + shape.len() as u64 / 128;
            let next = self.shapes.len();
            let shape = *self.shapes.entry(shape).or_insert(next);
            let is_deny = statement.effect == Effect::Deny;
            let number = *self.known.entry((shape, is_deny)).or_insert_with(|| {
                self.tests.push(Test {
                    shape,
                    reads,
                    probe: self.judge.probe(statement, version, keep),
                    weight,
                });
                self.tests.len() - 1
            });
            tests.insert(number);
        };
        let action = statement.action.as_ref().map_or_else(String::new, |it| {
            shape(it.is_negated, &it.value, str::to_ascii_lowercase)
        });
        add(format!("action {action}"), vec![ACTION], Keep::Action);
        let principal = statement.principal.as_ref().map_or_else(
            || "nobody".to_owned(),
            |it| format!("{} {}", it.is_negated, principals(&it.value)),
        );
        add(
            format!("principal {principal}"),
            vec![PRINCIPAL],
            Keep::Principal,
        );
        let mut reads = vec![RESOURCE];
        let resource = statement.resource.as_ref().map_or_else(
            || "none".to_owned(),
            |it| {
                reads.extend(read_keys(&self.keys, &it.value, has_variables));
                shape(it.is_negated, &it.value, str::to_owned)
            },
        );
        let language = |reads: &[Dimension]| {
            if reads.len() > 1 {
                "with variables"
            } else {
                ""
            }
        };
        add(
            format!("resource {} {resource}", language(&reads)),
            reads,
            Keep::Resource,
        );
        for (index, condition) in statement.conditions.iter().enumerate() {
            let key = condition.key.to_ascii_lowercase();
            let mut reads: Vec<Dimension> = dimension(&self.keys, &key).into_iter().collect();
            reads.extend(read_keys(&self.keys, &condition.values, has_variables));
            reads.sort_unstable();
            reads.dedup();
            let values = shape(false, &condition.values, str::to_owned);
            // Escapes such as `${*}` are read in a document with variables only.
            let is_read = has_variables && condition.values.iter().any(|it| it.text.contains("${"));
            let text = format!("condition {is_read} {} {key} {values}", condition.operator);
            add(text, reads, Keep::Condition(index));
        }
        tests.into_iter().collect()
    }
}

/// What a list means: its texts in order, each once, each with its length so that no text runs into the
/// next.
fn shape(is_negated: bool, texts: &[Text], read: fn(&str) -> String) -> String {
    let texts: BTreeSet<String> = texts.iter().map(|text| read(&text.text)).collect();
    let mut shape = is_negated.to_string();
    for text in texts {
        // Writing to a string cannot fail.
        let _ = write!(shape, " {}:{text}", text.len());
    }
    shape
}

fn principals(principals: &Principals) -> String {
    match principals {
        Principals::Everyone => "*".to_owned(),
        Principals::Listed {
            aws,
            canonical_user,
            federated,
            service,
        } => [aws, canonical_user, federated, service]
            .map(|list| shape(false, list, str::to_owned))
            .join(" | "),
    }
}

/// The keys that the documents' conditions and variables read.
fn keys(first: &Document, second: &Document) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for document in [first, second] {
        let has_variables = document.version() == Some(Version::V2012);
        for statement in document.statements() {
            let lists = statement
                .conditions
                .iter()
                .map(|condition| &condition.values);
            let resources = statement.resource.iter().map(|element| &element.value);
            for text in lists.chain(resources).flatten().filter(|_| has_variables) {
                keys.extend(variables(&text.text));
            }
            let conditions = statement.conditions.iter();
            keys.extend(conditions.map(|condition| condition.key.to_ascii_lowercase()));
        }
    }
    keys.into_iter().collect()
}

/// The keys of a text's variables.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = String> {
    let special = Special {
        wildcards: true,
        variables: true,
    };
    pieces(text, special)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key),
            Piece::AnyOne | Piece::AnyRun | Piece::Text(_) => None,
        })
}

fn read_keys(keys: &[String], texts: &[Text], has_variables: bool) -> BTreeSet<Dimension> {
    let texts = texts.iter().filter(|_| has_variables);
    let names = texts.flat_map(|text| variables(&text.text));
    names.filter_map(|key| dimension(keys, &key)).collect()
}

/// The dimension of a key.
pub(super) fn dimension(keys: &[String], key: &str) -> Option<Dimension> {
    let place = keys.binary_search_by(|known| known.as_str().cmp(key));
    place.ok().map(|place| FIRST_KEY + place)
}
