//! The comparison itself: what the documents mention, then the search.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Policy, PolicyKind};
use crate::services::{expand, service};
use crate::syntax::{Document, Statement, Version};
use crate::variable::Special;

use super::atoms::Atoms;
use super::callers;
use super::class::Comparison;
use super::describe::Describer;
use super::glob::Glob;
use super::meets::{Fresh, closed, of_arns, of_texts};
use super::probe::Judge;
use super::search::{Search, Universe};
use super::values::{Mention, Pool, Value, of_key, substituted};

/// What the second document allows or denies that the first does not, and the reverse.
///
/// ```
/// use hallpass_iam::{Document, PolicyKind, compare};
/// let read = |action: &str| {
///     let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
///     Document::parse(&text).unwrap()
/// };
/// let found = compare(&read("ecr:PutImage"), &read("ECR:putimage"), PolicyKind::Identity);
/// assert!(found.differences.is_empty());
/// let found = compare(&read("ecr:PutImage"), &read("ecr:*"), PolicyKind::Identity);
/// assert!(found.differences[0].is_wider());
/// ```
pub fn compare(first: &Document, second: &Document, kind: PolicyKind) -> Comparison {
    let judge = Judge::new(kind);
    let atoms = Atoms::new(&judge, first, second);
    let mut limits = Vec::new();
    let universe = universe([first, second], kind, &atoms, &mut limits);
    let policies = [first, second].map(|document| Policy::compile("", kind, document));
    let [first_policy, second_policy] = &policies;
    let mut search = Search {
        judge: &judge,
        atoms: &atoms,
        universe: &universe,
        first: first_policy,
        second: second_policy,
        compared: 0,
        left: MAX_WORK,
    };
    let founds = search.run();
    if search.left == 0 {
        limits.push(format!(
            "the documents tell more requests apart than are tried: the search ended after {} classes",
            search.compared
        ));
    }
    let compared = search.compared;
    let describer = Describer::new([first, second], &atoms, &universe);
    let differences = founds.into_iter().map(|found| describer.difference(found));
    Comparison {
        differences: differences.collect(),
        compared,
        limits,
    }
}

fn universe(
    documents: [&Document; 2],
    kind: PolicyKind,
    atoms: &Atoms,
    limits: &mut Vec<String>,
) -> Universe {
    let pool = Pool::new(documents);
    let statements = || documents.iter().flat_map(|document| document.statements());
    let mut note = |is_whole: bool, what: &str| {
        if !is_whole {
            limits.push(format!(
                "{what} are too many or too long: not each was laid over each other"
            ));
        }
    };
    let (actions, is_whole) = actions(statements());
    note(is_whole, "the actions' patterns");
    let (resources, is_whole) = resources(documents, kind, &pool);
    note(is_whole, "the resources' patterns");
    let mut values: Vec<Vec<Value>> = Vec::new();
    let mentions = mentions(documents);
    for key in &atoms.keys {
        let mentions = mentions.get(key).map_or(&[][..], Vec::as_slice);
        let (of_key, is_whole) = of_key(key, mentions, &pool);
        note(is_whole, &format!("the values of {key}"));
        values.push(of_key);
    }
    Universe {
        actions,
        callers: callers::candidates(kind, statements()),
        resources,
        values,
    }
}

/// The actions that the statements tell apart; those that are named come first, as they are written.
fn actions<'a>(statements: impl Iterator<Item = &'a Statement>) -> (Vec<String>, bool) {
    let special = Special {
        wildcards: true,
        variables: false,
    };
    let mut texts = Texts::default();
    let mut globs = BTreeSet::new();
    for text in statements
        .flat_map(|it| &it.action)
        .flat_map(|it| &it.value)
    {
        let glob = Glob::read(&text.text, special, &|_| None);
        if glob.is_literal() && !glob.is_long() {
            texts.add(text.text.clone());
        }
        globs.insert(glob);
    }
    let (globs, is_whole) = closed(globs, of_texts);
    let fresh = Fresh::new(&globs);
    let written = capitalised(&fresh.word);
    for glob in globs.iter().filter(|glob| !glob.is_literal()) {
        for action in known_actions(&glob.instance("*", '?')) {
            texts.add(action);
        }
    }
    for glob in globs.iter().filter(|glob| !glob.is_literal()) {
        let text = glob.instance(&written, fresh.one);
        // Real actions have a service.
        texts.add(if text.contains(':') {
            text
        } else {
            format!("{}:{written}", fresh.word)
        });
        for text in fresh.instances(glob) {
            texts.add(text);
        }
    }
    texts.add(format!("{}:{written}", fresh.word));
    texts.add(format!("{0}:{0}", fresh.odd));
    (texts.found, is_whole)
}

/// The actions that AWS has for a pattern: all of one service's, a few where it is about many services.
fn known_actions(pattern: &str) -> Vec<String> {
    let is_of_one = pattern
        .split_once(':')
        .is_some_and(|(service, _)| !service.contains(['*', '?']));
    let limit = if is_of_one {
        MAX_OF_SERVICE
    } else {
        MAX_OF_ALL
    };
    let known = expand(pattern);
    known
        .actions()
        .iter()
        .take(limit)
        .map(ToString::to_string)
        .collect()
}

/// The resources that the statements tell apart.
fn resources(documents: [&Document; 2], kind: PolicyKind, pool: &Pool) -> (Vec<String>, bool) {
    let mut globs = BTreeSet::new();
    let mut literals = Vec::new();
    for document in documents {
        let special = Special {
            wildcards: true,
            variables: document.version() == Some(Version::V2012),
        };
        let statements = document.statements().iter();
        for text in statements
            .flat_map(|it| &it.resource)
            .flat_map(|it| &it.value)
        {
            let read = substituted(&text.text, special, pool);
            literals.extend(read.iter().filter(|glob| glob.is_literal()).cloned());
            globs.extend(read);
        }
    }
    let mut texts = Texts::default();
    if globs.is_empty() {
        // A statement without resource is about the resource that it is attached to.
        texts.add(if kind == PolicyKind::Trust {
            "arn:aws:iam::111122223333:role/role".to_owned()
        } else {
            "*".to_owned()
        });
        return (texts.found, true);
    }
    let (globs, is_whole) = closed(globs, of_arns);
    let fresh = Fresh::new(&globs);
    for glob in literals.iter().chain(&globs) {
        if glob.is_literal() {
            texts.add(glob.instance("", fresh.one));
        }
    }
    for glob in globs.iter().filter(|glob| !glob.is_literal()) {
        for text in arn_instances(glob, &fresh) {
            texts.add(text);
        }
    }
    for service in services_of(documents) {
        texts.extend(of_service(&service, &fresh.word));
    }
    texts.add("*".to_owned());
    texts.add(format!(
        "arn:aws:{0}:us-east-1:111122223333:{0}",
        fresh.word
    ));
    texts.add(format!("arn:aws:{0}:{0}:{0}:{0}", fresh.odd));
    (texts.found, is_whole)
}

/// The services whose actions the documents name.
fn services_of(documents: [&Document; 2]) -> BTreeSet<String> {
    let statements = documents.iter().flat_map(|document| document.statements());
    let texts = statements
        .flat_map(|it| &it.action)
        .flat_map(|it| &it.value);
    let prefixes = texts.filter_map(|text| text.text.split_once(':'));
    prefixes
        .map(|(prefix, _)| prefix.to_ascii_lowercase())
        .filter(|prefix| !prefix.contains(['*', '?']))
        .take(MAX_SERVICES)
        .collect()
}

/// A resource of the service, of its first type.
fn of_service(prefix: &str, word: &str) -> Option<String> {
    let kind = service(prefix)?.resource_types().first()?;
    let mut arn = String::new();
    let mut rest = kind.arn();
    while let Some((text, variable)) = rest.split_once("${") {
        let (name, after) = variable.split_once('}')?;
        arn.push_str(text);
        arn.push_str(match name {
            "Partition" => "aws",
            "Region" => "us-east-1",
            "Account" => "111122223333",
            _ => word,
        });
        rest = after;
    }
    arn.push_str(rest);
    Some(arn)
}

/// Instances of a resource's pattern, those that read best first; the last has further colons, which a
/// star at a segment's end may cross.
fn arn_instances(glob: &Glob, fresh: &Fresh) -> Vec<String> {
    let Some(segments) = glob.segments() else {
        let mut texts = vec![format!(
            "arn:aws:{0}:us-east-1:111122223333:{0}",
            fresh.word
        )];
        texts.retain(|_| glob.instance("", fresh.one).is_empty());
        texts.extend(fresh.instances(glob));
        return texts;
    };
    let with = |words: [&str; 6]| {
        let parts = segments.iter().zip(words);
        let texts: Vec<String> = parts
            .map(|(it, word)| it.instance(word, fresh.one))
            .collect();
        texts.join(":")
    };
    let (word, odd) = (fresh.word.as_str(), fresh.odd.as_str());
    let crossing = format!("{odd}:{odd}");
    let crossing = crossing.as_str();
    vec![
        with(["arn", "aws", word, "us-east-1", "111122223333", word]),
        with(["arn", "aws", word, word, word, word]),
        with([odd; 6]),
        with([""; 6]),
        with([crossing, crossing, crossing, crossing, crossing, odd]),
    ]
}

/// The conditions on each key.
fn mentions<'a>(documents: [&'a Document; 2]) -> BTreeMap<String, Vec<Mention<'a>>> {
    let mut mentions: BTreeMap<String, Vec<Mention<'a>>> = BTreeMap::new();
    for document in documents {
        let has_variables = document.version() == Some(Version::V2012);
        for condition in document.statements().iter().flat_map(|it| &it.conditions) {
            let key = condition.key.to_ascii_lowercase();
            mentions.entry(key).or_default().push(Mention {
                condition,
                has_variables,
            });
        }
    }
    mentions
}

/// Texts in the order in which they came, each once, none longer than any that is asked for.
#[derive(Default)]
struct Texts {
    found: Vec<String>,
    known: BTreeSet<String>,
}

impl Texts {
    fn extend(&mut self, texts: impl IntoIterator<Item = String>) {
        for text in texts {
            self.add(text);
        }
    }

    fn add(&mut self, text: String) {
        if text.len() <= MAX_TEXT && self.known.insert(text.clone()) {
            self.found.push(text);
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

// More than any service has.
const MAX_OF_SERVICE: usize = 1000;
const MAX_OF_ALL: usize = 3;
// Of each comes one resource more: for the sake of examples that read well.
const MAX_SERVICES: usize = 50;
// The longest ARN that IAM takes.
const MAX_TEXT: usize = 2048;
// Some seconds on a laptop; documents within IAM's quotas take a small part of it.
const MAX_WORK: u64 = 2_000_000;
