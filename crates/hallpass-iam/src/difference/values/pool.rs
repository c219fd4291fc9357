//! What a policy variable may stand for.

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::BaseOperator as B;
use crate::syntax::{Document, Version};
use crate::variable::{Piece, Special, pieces};

/// For each key, texts that are worth a try where it stands as a variable.
#[derive(Debug, Default)]
pub(in crate::difference) struct Pool {
    texts: BTreeMap<String, Vec<String>>,
    variables: BTreeSet<String>,
}

impl Pool {
    pub(in crate::difference) fn new(documents: [&Document; 2]) -> Self {
        let mut pool = Self::default();
        let mut parts = BTreeSet::new();
        let mut in_resources = BTreeSet::new();
        for document in documents {
            let has_variables = document.version() == Some(Version::V2012);
            for statement in document.statements() {
                for text in statement.resource.iter().flat_map(|element| &element.value) {
                    let keys = pool.note(&text.text, has_variables);
                    in_resources.extend(keys);
                    let cut = text.text.split(['/', ':']);
                    parts.extend(cut.filter(|part| is_plain(part)).map(str::to_owned));
                }
                for condition in &statement.conditions {
                    let is_text = is_text(condition.operator.base);
                    for value in &condition.values {
                        pool.note(&value.text, has_variables);
                        if is_text && is_plain(&value.text) {
                            pool.add(&condition.key.to_ascii_lowercase(), &value.text);
                        }
                    }
                }
            }
        }
        for key in &pool.variables.clone() {
            for part in parts.iter().filter(|_| in_resources.contains(key)) {
                pool.add(key, part);
            }
            pool.add(key, "other");
        }
        pool
    }

    /// The texts for a key.
    pub(in crate::difference) fn of(&self, key: &str) -> &[String] {
        self.texts.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether the key stands as a variable.
    pub(in crate::difference) fn is_variable(&self, key: &str) -> bool {
        self.variables.contains(key)
    }

    /// Notes the variables of a text and their defaults; their keys.
    fn note(&mut self, text: &str, has_variables: bool) -> Vec<String> {
        let special = Special {
            wildcards: true,
            variables: has_variables,
        };
        let mut keys = Vec::new();
        for piece in pieces(text, special) {
            if let Piece::Variable { key, default } = piece {
                if let Some(default) = default {
                    self.add(&key, &default);
                }
                self.variables.insert(key.clone());
                keys.push(key);
            }
        }
        keys
    }

    fn add(&mut self, key: &str, text: &str) {
        let texts = self.texts.entry(key.to_owned()).or_default();
        if texts.len() < MAX_TEXTS && !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?', '$'])
}

const fn is_text(base: B) -> bool {
    matches!(
        base,
        B::StringEquals
            | B::StringEqualsIgnoreCase
            | B::StringLike
            | B::StringNotEquals
            | B::StringNotEqualsIgnoreCase
            | B::StringNotLike
    )
}

// Each text makes patterns of its own from each text with the variable.
const MAX_TEXTS: usize = 16;
