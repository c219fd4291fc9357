//! The classes of one key.

use crate::operator::BaseOperator as B;
use crate::syntax::Condition;

use super::pool::Pool;
use super::{orders, ranges, sets, texts};

/// A value of a key, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::difference) struct Value {
    /// The texts; absent where the request lacks the key.
    pub(in crate::difference) values: Option<Vec<String>>,
    /// In words, after the key's name.
    pub(in crate::difference) words: String,
}

/// A condition, and whether its document has variables.
#[derive(Clone, Copy, Debug)]
pub(in crate::difference) struct Mention<'a> {
    pub(in crate::difference) condition: &'a Condition,
    pub(in crate::difference) has_variables: bool,
}

/// A single text, and what it stands for.
pub(super) type Single = (String, String);

/// The values of a key, the absent one last; and whether they stand for all.
pub(in crate::difference) fn of_key(
    key: &str,
    mentions: &[Mention<'_>],
    pool: &Pool,
) -> (Vec<Value>, bool) {
    let mut singles: Vec<Single> = Vec::new();
    let mut is_whole = texts::add(mentions, pool, &mut singles);
    orders::add(mentions, &mut singles);
    ranges::add(mentions, &mut singles);
    for mention in mentions {
        match mention.condition.operator.base {
            B::Bool => {
                add(&mut singles, "true", "is true");
                add(&mut singles, "false", "is false");
            }
            B::BinaryEquals => {
                for value in &mention.condition.values {
                    add(&mut singles, &value.text, &format!("is `{}`", value.text));
                }
                add(&mut singles, "AA==", "is another value");
            }
            _ => {}
        }
    }
    for value in pool.of(key).iter().filter(|_| pool.is_variable(key)) {
        add(&mut singles, value, &format!("is `{value}`"));
    }
    if singles.is_empty() {
        add(&mut singles, "other", "is there");
    }
    let has_sets = mentions
        .iter()
        .any(|mention| mention.condition.operator.qualifier.is_some());
    let mut values: Vec<Value> = singles
        .iter()
        .map(|(text, words)| Value {
            values: Some(vec![text.clone()]),
            words: words.clone(),
        })
        .collect();
    if has_sets {
        is_whole &= sets::add(&singles, &mut values);
    }
    values.push(Value {
        values: None,
        words: "is absent".to_owned(),
    });
    (values, is_whole)
}

/// Adds a text that is not there.
pub(super) fn add(singles: &mut Vec<Single>, text: &str, words: &str) {
    if !singles.iter().any(|(known, _)| known == text) {
        singles.push((text.to_owned(), words.to_owned()));
    }
}
