//! Texts and ARNs: what is wanted, instances of patterns and of where they meet, and something else.

use std::collections::BTreeSet;

use crate::arn::ArnPattern;
use crate::context::Context;
use crate::difference::glob::Glob;
use crate::difference::meets::{Fresh, Meet, closed, of_arns, of_texts};
use crate::operator::BaseOperator as B;
use crate::pattern::Pattern;
use crate::variable::Special;

use super::pool::Pool;
use super::value::{Mention, Single, add as add_single};

/// Adds the texts; whether all patterns were laid over each other.
pub(super) fn add(mentions: &[Mention<'_>], pool: &Pool, singles: &mut Vec<Single>) -> bool {
    let mut is_whole = true;
    for (is_arn, meet) in [(false, of_texts as Meet), (true, of_arns)] {
        let wanted: Vec<Wanted<'_>> = mentions
            .iter()
            .filter(|mention| is_arn_operator(mention.condition.operator.base) == is_arn)
            .filter_map(Wanted::read)
            .flatten()
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let globs: BTreeSet<Glob> = wanted.iter().flat_map(|it| it.globs(pool)).collect();
        let (globs, is_closed) = closed(globs, meet);
        is_whole &= is_closed;
        let fresh = Fresh::new(&globs);
        let mut texts: Vec<String> = Vec::new();
        for it in wanted.iter().filter(|it| it.is_case_ignored) {
            texts.extend([it.text.to_ascii_uppercase(), it.text.to_ascii_lowercase()]);
        }
        texts.extend(globs.iter().flat_map(|glob| fresh.instances(glob)));
        texts.push(if is_arn {
            format!("arn:aws:{0}:{0}:{0}:{0}", fresh.word)
        } else {
            fresh.word.clone()
        });
        texts.push(fresh.odd.clone());
        for text in texts {
            add_single(singles, &text, &words(&text, &wanted));
        }
    }
    is_whole
}

/// A value that a condition wants.
struct Wanted<'a> {
    text: &'a str,
    special: Special,
    is_arn: bool,
    is_case_ignored: bool,
}

impl<'a> Wanted<'a> {
    fn read(mention: &Mention<'a>) -> Option<impl Iterator<Item = Self> + use<'a>> {
        let base = mention.condition.operator.base;
        let wildcards = match base {
            B::ArnEquals
            | B::ArnLike
            | B::ArnNotEquals
            | B::ArnNotLike
            | B::StringLike
            | B::StringNotLike => true,
            B::StringEquals
            | B::StringEqualsIgnoreCase
            | B::StringNotEquals
            | B::StringNotEqualsIgnoreCase => false,
            _ => return None,
        };
        let special = Special {
            wildcards,
            variables: mention.has_variables,
        };
        let is_case_ignored = matches!(
            base,
            B::StringEqualsIgnoreCase | B::StringNotEqualsIgnoreCase
        );
        Some(mention.condition.values.iter().map(move |value| Self {
            text: &value.text,
            special,
            is_arn: is_arn_operator(base),
            is_case_ignored,
        }))
    }

    /// Its patterns: one for each text that its variables may stand for.
    fn globs(&self, pool: &Pool) -> Vec<Glob> {
        substituted(self.text, self.special, pool)
    }

    fn matches(&self, text: &str) -> bool {
        let empty = Context::new();
        if self.is_arn {
            ArnPattern::of_key(self.text, self.special).matches(text, &empty)
        } else if self.is_case_ignored {
            let pattern = Pattern::new(self.text, self.special).ignoring_case();
            pattern.matches(text, &empty)
        } else {
            Pattern::new(self.text, self.special).matches(text, &empty)
        }
    }

    fn is_exact(&self) -> bool {
        !self.special.wildcards || !self.text.contains(['*', '?'])
    }
}

/// The patterns of a text: one for each text that its variables may stand for.
pub(in crate::difference) fn substituted(text: &str, special: Special, pool: &Pool) -> Vec<Glob> {
    let keys: BTreeSet<String> = if special.variables {
        crate::difference::atoms::variables(text).collect()
    } else {
        BTreeSet::new()
    };
    // Several variables at once take the same place in their pools: their product would be too much.
    let most = keys.iter().map(|key| pool.of(key).len()).max();
    match most {
        None => vec![Glob::read(text, special, &|_| None)],
        Some(most) => (0..most.max(1))
            .map(|place| {
                Glob::read(text, special, &|key| {
                    let texts = pool.of(key);
                    texts.get(place).or_else(|| texts.last()).cloned()
                })
            })
            .collect(),
    }
}

/// What the text stands for.
fn words(text: &str, wanted: &[Wanted<'_>]) -> String {
    if wanted.iter().any(|it| it.is_exact() && it.text == text) {
        return format!("is `{text}`");
    }
    let mut likes: Vec<&str> = wanted
        .iter()
        .filter(|it| it.text != "*" && it.matches(text))
        .map(|it| it.text)
        .collect();
    likes.sort_unstable();
    likes.dedup();
    match likes.as_slice() {
        [] if wanted.iter().any(|it| it.text == "*") => "is there".to_owned(),
        [] => "is another value".to_owned(),
        likes => format!("is like `{}`", likes.join("` and `")),
    }
}

const fn is_arn_operator(base: B) -> bool {
    matches!(
        base,
        B::ArnEquals | B::ArnLike | B::ArnNotEquals | B::ArnNotLike
    )
}
