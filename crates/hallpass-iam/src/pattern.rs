//! Patterns: text with `*`, `?` and variables, matched without allocating and without backtracking.
//!
//! A pattern is cut at its `*`s into groups. The first group stands at the start, the last at the end,
//! and each between them at the leftmost place after the one before: leftmost is enough, since what
//! follows a `*` may start anywhere later. So the cost is bounded by the lengths' product, and is near
//! their sum, however many stars a hostile pattern has.

use crate::context::Context;
use crate::search;
use crate::variable::{Piece, Special, pieces};

/// A pattern for a whole text.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    shape: Shape,
    is_case_ignored: bool,
}

/// What most patterns are can be compared in one step.
#[derive(Clone, Debug)]
enum Shape {
    /// `text*`, or `*` alone.
    Beginning(Box<str>),
    /// Whatever else; `AnyRun`s stand between its groups.
    Groups(Box<[Piece]>),
    /// Neither wildcards nor variables.
    Literal(Box<str>),
}

/// What an action begins with, for an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening<'a> {
    /// Anything that begins so.
    AnyAfter(&'a str),
    /// It begins so, and more is to be compared.
    Begun(&'a str),
    /// This and nothing else.
    Whole(&'a str),
}

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn new(text: &str, special: Special) -> Self {
        if let Some(shape) = Shape::plain(text, special) {
            return Self {
                shape,
                is_case_ignored: false,
            };
        }
        Self {
            shape: Shape::new(pieces(text, special)),
            is_case_ignored: false,
        }
    }

    /// The same pattern without regard to ASCII case; it keeps its text in lower case.
    pub(crate) fn ignoring_case(mut self) -> Self {
        self.is_case_ignored = true;
        match &mut self.shape {
            Shape::Beginning(text) | Shape::Literal(text) => text.make_ascii_lowercase(),
            Shape::Groups(pieces) => {
                for piece in pieces {
                    if let Piece::Text(text) = piece {
                        text.make_ascii_lowercase();
                    }
                }
            }
        }
        self
    }

    /// The text, where the pattern has neither wildcards nor variables; else the pattern again.
    pub(crate) fn into_literal(self) -> Result<String, Self> {
        match self.shape {
            Shape::Literal(text) => Ok(text.into()),
            Shape::Beginning(_) | Shape::Groups(_) => Err(self),
        }
    }

    /// The text, where the pattern has neither wildcards nor variables.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match &self.shape {
            Shape::Literal(text) => Some(text),
            Shape::Beginning(_) | Shape::Groups(_) => None,
        }
    }

    /// What a text that matches begins with.
    pub(crate) fn opening(&self) -> Opening<'_> {
        match &self.shape {
            Shape::Beginning(text) => Opening::AnyAfter(text),
            Shape::Literal(text) => Opening::Whole(text),
            Shape::Groups(pieces) => match pieces.first() {
                Some(Piece::Text(text)) => Opening::Begun(text),
                Some(Piece::AnyOne | Piece::AnyRun | Piece::Variable { .. }) | None => {
                    Opening::Begun("")
                }
            },
        }
    }

    /// Whether the whole of `value` matches.
    pub(crate) fn matches(&self, value: &str, context: &Context) -> bool {
        match &self.shape {
            Shape::Literal(text) => {
                value.len() == text.len() && self.after_text(value, text).is_some()
            }
            Shape::Beginning(text) => self.after_text(value, text).is_some(),
            Shape::Groups(pieces) => self.match_groups(pieces, value, context).is_some(),
        }
    }

    /// Whether it holds a variable.
    pub(crate) fn has_variable(&self) -> bool {
        let Shape::Groups(groups) = &self.shape else {
            return false;
        };
        let mut pieces = groups.iter();
        pieces.any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// Whether each variable has a value or a default.
    pub(crate) fn is_resolved(&self, context: &Context) -> bool {
        let Shape::Groups(pieces) = &self.shape else {
            return true;
        };
        pieces.iter().all(|piece| match piece {
            Piece::AnyOne | Piece::AnyRun | Piece::Text(_) => true,
            Piece::Variable { key, default } => resolve(key, default.as_deref(), context).is_some(),
        })
    }

    /// Whether a search for the pattern costs more than its length and the text's together: whether
    /// something besides plain text stands between two stars.
    pub(crate) fn is_costly(&self) -> bool {
        let Shape::Groups(pieces) = &self.shape else {
            return false;
        };
        groups(pieces).is_some_and(|(_, mut middle, _)| {
            middle.any(|group| self.is_case_ignored || !matches!(group, [Piece::Text(_)]))
        })
    }

    fn match_groups(&self, pieces: &[Piece], value: &str, context: &Context) -> Option<()> {
        let Some((first, middle, last)) = groups(pieces) else {
            let rest = self.after_group(pieces, value, context)?;
            return rest.is_empty().then_some(());
        };
        let mut value = self.after_group(first, value, context)?;
        for group in middle {
            value = self.find(group, value, context)?;
        }
        self.before_group(last, value, context).map(|_| ())
    }

    /// What follows the group that `value` starts with.
    fn after_group<'v>(
        &self,
        group: &[Piece],
        mut value: &'v str,
        context: &Context,
    ) -> Option<&'v str> {
        for piece in group {
            value = match piece {
                Piece::AnyOne => skip_first(value)?,
                Piece::AnyRun => value,
                Piece::Text(text) => self.after_text(value, text)?,
                Piece::Variable { key, default } => {
                    self.after_text(value, resolve(key, default.as_deref(), context)?)?
                }
            };
        }
        Some(value)
    }

    /// What precedes the group that `value` ends with.
    fn before_group<'v>(
        &self,
        group: &[Piece],
        mut value: &'v str,
        context: &Context,
    ) -> Option<&'v str> {
        for piece in group.iter().rev() {
            value = match piece {
                Piece::AnyOne => skip_last(value)?,
                Piece::AnyRun => value,
                Piece::Text(text) => self.before_text(value, text)?,
                Piece::Variable { key, default } => {
                    self.before_text(value, resolve(key, default.as_deref(), context)?)?
                }
            };
        }
        Some(value)
    }

    /// What follows the leftmost place of the group in `value`.
    fn find<'v>(&self, group: &[Piece], value: &'v str, context: &Context) -> Option<&'v str> {
        if let ([Piece::Text(text)], false) = (group, self.is_case_ignored) {
            let at = memchr::memmem::find(value.as_bytes(), text.as_bytes())?;
            return value.get(at + text.len()..);
        }
        if value.len().saturating_mul(weight(group)) > MAX_STEPS {
            let start = search::find(group, value, self.is_case_ignored, context)?;
            return self.after_group(group, value.get(start..)?, context);
        }
        let mut start = value;
        loop {
            if let Some(after) = self.after_group(group, start, context) {
                return Some(after);
            }
            start = skip_first(start)?;
        }
    }

    fn after_text<'v>(&self, value: &'v str, text: &str) -> Option<&'v str> {
        if !self.is_case_ignored {
            return value.strip_prefix(text);
        }
        let (start, rest) = value.split_at_checked(text.len())?;
        start.eq_ignore_ascii_case(text).then_some(rest)
    }

    fn before_text<'v>(&self, value: &'v str, text: &str) -> Option<&'v str> {
        if !self.is_case_ignored {
            return value.strip_suffix(text);
        }
        let at = value.len().checked_sub(text.len())?;
        let (rest, end) = value.split_at_checked(at)?;
        end.eq_ignore_ascii_case(text).then_some(rest)
    }
}

impl Shape {
    /// The shape of what has nothing special in it but for a star at its end, which most have not.
    fn plain(text: &str, special: Special) -> Option<Self> {
        let (text, has_star) = match text.strip_suffix('*') {
            Some(text) if special.wildcards => (text, true),
            _ => (text, false),
        };
        let is_special = text.bytes().any(|byte| match byte {
            b'*' | b'?' => special.wildcards,
            // More than need be: what comes of it is the same.
            b'$' => special.variables,
            _ => false,
        });
        (!is_special).then(|| {
            if has_star {
                Self::Beginning(text.into())
            } else {
                Self::Literal(text.into())
            }
        })
    }

    fn new(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self::Literal("".into()),
            [Piece::Text(text)] => Self::Literal(text.as_str().into()),
            [Piece::AnyRun] => Self::Beginning("".into()),
            [Piece::Text(text), Piece::AnyRun] => Self::Beginning(text.as_str().into()),
            _ => Self::Groups(pieces.into()),
        }
    }
}

/// The group before the first star, those between stars, and the one after the last; nothing where there
/// is no star.
fn groups(pieces: &[Piece]) -> Option<(&[Piece], impl Iterator<Item = &[Piece]>, &[Piece])> {
    let is_star = |piece: &Piece| *piece == Piece::AnyRun;
    let (first, last) = (
        pieces.iter().position(is_star)?,
        pieces.iter().rposition(is_star)?,
    );
    let middle = pieces.get(first + 1..last);
    Some((
        pieces.get(..first)?,
        middle
            .into_iter()
            .flat_map(move |middle| middle.split(is_star)),
        pieces.get(last + 1..)?,
    ))
}

/// A variable's value: that of a key with exactly one value, or the default of an absent key.
pub(crate) fn resolve<'a>(
    key: &str,
    default: Option<&'a str>,
    context: &'a Context,
) -> Option<&'a str> {
    match context.values_of_lower(key) {
        Some([value]) => Some(value),
        Some(_) => None,
        None => default,
    }
}

/// What it costs to look whether the group stands at one place, in steps.
fn weight(group: &[Piece]) -> usize {
    let texts = group.iter().map(|piece| match piece {
        Piece::Text(text) => text.len() / BYTES_A_STEP,
        Piece::AnyOne | Piece::AnyRun | Piece::Variable { .. } => 0,
    });
    group.len() + texts.sum::<usize>()
}

fn skip_first(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next()?;
    Some(characters.as_str())
}

fn skip_last(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next_back()?;
    Some(characters.as_str())
}

/// The longest text in which a costly pattern is sought: more than any value that AWS takes (a web
/// identity token may have 20,000 characters), and a bound on the product of the lengths.
pub(crate) const MAX_SEARCHED: usize = 20 << 10;

// Up to here trying place by place is the quicker way.
const MAX_STEPS: usize = 1 << 13;
const BYTES_A_STEP: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GLOB: Special = Special {
        wildcards: true,
        variables: false,
    };

    /// The obvious matcher: try every split.
    fn naive(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|skip| naive(rest, &value[skip..])),
            Some(('?', rest)) => !value.is_empty() && naive(rest, &value[1..]),
            Some((c, rest)) => value.first() == Some(c) && naive(rest, &value[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_naive_matcher(pattern in "[ab*?é]{0,8}", value in "[abé]{0,10}") {
            let p: Vec<char> = pattern.chars().collect();
            let v: Vec<char> = value.chars().collect();
            prop_assert_eq!(
                Pattern::new(&pattern, GLOB).matches(&value, &Context::new()),
                naive(&p, &v)
            );
        }

        #[test]
        fn ignoring_case_is_matching_in_lower_case(pattern in "[aB*?]{0,8}", value in "[Ab]{0,8}") {
            let lower = Pattern::new(&pattern.to_lowercase(), GLOB);
            prop_assert_eq!(
                Pattern::new(&pattern, GLOB).ignoring_case().matches(&value, &Context::new()),
                lower.matches(&value.to_lowercase(), &Context::new())
            );
        }
    }

    #[test]
    fn a_million_stars_are_answered_at_once() {
        let pattern = Pattern::new(&"a*".repeat(1_000_000), GLOB);
        assert!(!pattern.matches(&"a".repeat(20_000), &Context::new()));
        assert!(pattern.matches(&"a".repeat(1_000_000), &Context::new()));
    }

    #[test]
    fn a_variables_value_is_no_pattern() {
        let special = Special {
            wildcards: true,
            variables: true,
        };
        let mut context = Context::new();
        context.insert_one("aws:username", "*");
        let pattern = Pattern::new("home/${aws:username}/*", special);
        assert!(pattern.matches("home/*/x", &context));
        assert!(!pattern.matches("home/bob/x", &context));
        assert!(!pattern.matches("home/bob/x", &Context::new()));
    }
}
