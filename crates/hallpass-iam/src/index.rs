//! Which statements can be about an action, so that the others cost nothing.
//!
//! A trie over what stands before the first wildcard of each action that a policy names. An action is
//! walked down once, and meets on its way the statements that name its beginning, and at its end those
//! that name it whole. So statements about other actions cost nothing, however many there are and
//! whether or not they have wildcards.

use std::ops::ControlFlow;

use crate::pattern::Opening;
use crate::statement::Compiled;

/// The statements of a policy, by action.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Statements with `NotAction`, which can be about any action.
    negated: Vec<usize>,
    /// Statements with `NotAction` or with a wildcard in an action.
    open: Vec<usize>,
    root: Node,
}

/// A place in the trie: what is reached by one beginning of actions.
#[derive(Debug, Default)]
struct Node {
    /// The bytes that lead here from the parent, in lower case.
    label: Box<[u8]>,
    /// Statements that name an action with this beginning and a wildcard after it.
    begun: Vec<Candidate>,
    /// Statements that name this action.
    whole: Vec<Candidate>,
    /// The first byte of each child's label.
    turns: Vec<u8>,
    children: Vec<Self>,
}

/// A statement that can be about an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) number: usize,
    /// Whether it is about the action for certain: its pattern holds nothing more to compare.
    pub(crate) is_certain: bool,
}

/// An action of a statement, cut before its first wildcard.
struct Key<'a> {
    /// In lower case, as a pattern that ignores case keeps it.
    bytes: &'a [u8],
    is_whole: bool,
    candidate: Candidate,
}

impl Index {
    pub(crate) fn new(statements: &[Compiled]) -> Self {
        let mut index = Self::default();
        let count = statements.iter().map(|it| it.action.value.len()).sum();
        let mut keys = Vec::with_capacity(count);
        for (number, statement) in statements.iter().enumerate() {
            if statement.action.is_negated {
                index.negated.push(number);
                index.open.push(number);
                continue;
            }
            let mut is_open = false;
            for pattern in &statement.action.value {
                let key = Key::new(number, pattern.opening());
                is_open |= !key.is_whole;
                keys.push(key);
            }
            if is_open {
                index.open.push(number);
            }
        }
        keys.sort_by_key(|key: &Key<'_>| key.bytes);
        index.root = Node::new(&keys, 0);
        index
    }

    /// Shows each statement that can be about the action, until `see` has seen enough; one that names
    /// the action in several ways is shown as often.
    pub(crate) fn visit(&self, action: &str, mut see: impl FnMut(Candidate) -> ControlFlow<()>) {
        if self.root.walk(action.as_bytes(), &mut see).is_break() {
            return;
        }
        for &number in &self.negated {
            let candidate = Candidate {
                number,
                is_certain: false,
            };
            if see(candidate).is_break() {
                return;
            }
        }
    }

    /// What an explanation shows: the statements that can be about the action, and all that name
    /// actions by wildcards or by `NotAction`, each once and in the document's order.
    pub(crate) fn shown(&self, action: &str) -> Vec<usize> {
        let mut numbers = self.open.clone();
        self.visit(action, |candidate| {
            numbers.push(candidate.number);
            ControlFlow::Continue(())
        });
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl Node {
    /// The node of sorted keys that agree in their first `depth` bytes.
    fn new(keys: &[Key<'_>], depth: usize) -> Self {
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return Self::default();
        };
        // What the first and the last of sorted keys share, those between them share too.
        let shared = first.tail(depth).iter().zip(last.tail(depth));
        let length = shared.take_while(|(one, other)| one == other).count();
        let end = depth + length;
        let mut node = Self {
            label: first.tail(depth).iter().take(length).copied().collect(),
            ..Self::default()
        };
        let ending = keys.iter().take_while(|key| key.bytes.len() == end).count();
        let (here, longer) = keys.split_at_checked(ending).unwrap_or_default();
        for key in here {
            let candidates = if key.is_whole {
                &mut node.whole
            } else {
                &mut node.begun
            };
            // One statement may name an action twice.
            if candidates.last() != Some(&key.candidate) {
                candidates.push(key.candidate);
            }
        }
        for group in longer.chunk_by(|one, other| one.tail(end).first() == other.tail(end).first())
        {
            let child = Self::new(group, end);
            node.turns.extend(child.label.first());
            node.children.push(child);
        }
        node
    }

    fn walk(
        &self,
        action: &[u8],
        see: &mut impl FnMut(Candidate) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (mut node, mut rest) = (self, action);
        loop {
            let Some((label, after)) = rest.split_at_checked(node.label.len()) else {
                return ControlFlow::Continue(());
            };
            if !label.eq_ignore_ascii_case(&node.label) {
                return ControlFlow::Continue(());
            }
            node.begun.iter().copied().try_for_each(&mut *see)?;
            let Some(turn) = after.first() else {
                return node.whole.iter().copied().try_for_each(&mut *see);
            };
            let child = memchr::memchr(turn.to_ascii_lowercase(), &node.turns)
                .and_then(|at| node.children.get(at));
            match child {
                Some(child) => (node, rest) = (child, after),
                None => return ControlFlow::Continue(()),
            }
        }
    }
}

impl<'a> Key<'a> {
    fn new(number: usize, opening: Opening<'a>) -> Self {
        let (text, is_whole, is_certain) = match opening {
            Opening::Whole(text) => (text, true, true),
            Opening::AnyAfter(text) => (text, false, true),
            Opening::Begun(text) => (text, false, false),
        };
        let bytes = text.as_bytes();
        let is_cut = bytes.len() > MAX_DEPTH;
        Self {
            bytes: bytes.get(..MAX_DEPTH).unwrap_or(bytes),
            is_whole: is_whole && !is_cut,
            candidate: Candidate {
                number,
                is_certain: is_certain && !is_cut,
            },
        }
    }

    fn tail(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..).unwrap_or_default()
    }
}

// The longest action of any service has some eighty characters. A key is cut here, so that no document
// makes the trie deep.
const MAX_DEPTH: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::PolicyKind;
    use crate::syntax::Document;

    fn compiled(actions: &[Vec<String>], is_negated: bool) -> Vec<Compiled> {
        let element = if is_negated { "NotAction" } else { "Action" };
        let statements: Vec<_> = actions
            .iter()
            .map(|list| serde_json::json!({ "Effect": "Allow", element: list, "Resource": "*" }))
            .collect();
        let text = serde_json::json!({ "Statement": statements }).to_string();
        let document = Document::parse(&text).unwrap();
        let statements = document.statements().iter();
        statements
            .map(|statement| Compiled::new(statement, None, PolicyKind::Identity))
            .collect()
    }

    fn candidates(index: &Index, action: &str) -> Vec<Candidate> {
        let mut found = Vec::new();
        index.visit(action, |candidate| {
            found.push(candidate);
            ControlFlow::Continue(())
        });
        found
    }

    fn action() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[aAb]{0,3}[*?]?[abB]{0,2}[*]?",
            2 => "[ab]{0,2}",
            1 => prop::sample::select(vec![
                "a".repeat(127),
                "a".repeat(128),
                format!("{}B", "a".repeat(128)),
                format!("{}*", "a".repeat(200)),
            ]),
        ]
    }

    proptest! {
        /// Each statement that matches an action is found, each that is certain matches it, and the
        /// explanation leaves none of them out.
        #[test]
        fn finds_all_that_match(
            actions in prop::collection::vec(prop::collection::vec(action(), 1..4), 0..12),
            asked in action(),
            is_negated in prop::bool::weighted(0.2),
        ) {
            let statements = compiled(&actions, is_negated);
            let index = Index::new(&statements);
            let (found, shown) = (candidates(&index, &asked), index.shown(&asked));
            prop_assert!(shown.is_sorted_by(|one, other| one < other));
            for (number, statement) in statements.iter().enumerate() {
                let mut own = found.iter().filter(|candidate| candidate.number == number);
                let is_found = own.clone().next().is_some();
                let is_certain = own.any(|candidate| candidate.is_certain);
                let is_match = statement.matches_action(&asked);
                prop_assert!(is_found || !is_match, "{number} of {actions:?} matches {asked}");
                prop_assert!(is_match || !is_certain, "{number} of {actions:?} does not match {asked}");
                prop_assert!(shown.contains(&number) || !is_found);
            }
        }
    }

    #[test]
    fn statements_about_other_actions_are_not_visited() {
        let actions = [
            "s3:Get*",
            "s3:PutObject",
            "ecr:Describe*",
            "ecr:Put?*",
            "*:Get*",
            "ecr:PutImage",
        ];
        let lists: Vec<_> = actions
            .iter()
            .map(|text| vec![(*text).to_owned()])
            .collect();
        let index = Index::new(&compiled(&lists, false));
        let numbers = |action: &str| -> Vec<usize> {
            let found = candidates(&index, action).into_iter();
            found.map(|candidate| candidate.number).collect()
        };
        assert_eq!(numbers("ecr:PutImage"), [4, 3, 5]);
        assert_eq!(numbers("ECR:describeImages"), [4, 2]);
        assert_eq!(numbers("s3:putobject"), [4, 1]);
        assert_eq!(numbers("s3:PutObjectAcl"), [4]);
        assert_eq!(numbers("sts:AssumeRole"), [4]);
        // An explanation tells of wildcards that do not reach the action, too.
        assert_eq!(index.shown("ecr:PutImage"), [0, 2, 3, 4, 5]);
    }
}
