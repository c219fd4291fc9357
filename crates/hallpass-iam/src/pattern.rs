//! Patterns: text with `*`, `?` and variables, matched without allocating and without backtracking.
//!
//! A pattern is cut at its `*`s into groups. The first group stands at the start, the last at the end,
//! and each between them at the leftmost place after the one before: leftmost is enough, since what
//! follows a `*` may start anywhere later. So the cost is bounded by the lengths' product, and is near
//! their sum, however many stars a hostile pattern has.

use crate::context::Context;
use crate::variable::{Piece, Special, pieces};

/// A pattern for a whole text.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// What stands between the stars; one group where there is no star.
    groups: Vec<Vec<Piece>>,
    is_case_ignored: bool,
}

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn new(text: &str, special: Special) -> Self {
        let mut groups = vec![Vec::new()];
        for piece in pieces(text, special) {
            if piece == Piece::AnyRun {
                groups.push(Vec::new());
            } else if let Some(group) = groups.last_mut() {
                group.push(piece);
            }
        }
        Self {
            groups,
            is_case_ignored: false,
        }
    }

    /// The same pattern without regard to ASCII case.
    pub(crate) fn ignoring_case(mut self) -> Self {
        self.is_case_ignored = true;
        self
    }

    /// The text, where the pattern has neither wildcards nor variables.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.groups.as_slice() {
            [group] => match group.as_slice() {
                [] => Some(""),
                [Piece::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the whole of `value` matches.
    pub(crate) fn matches(&self, value: &str, context: &Context) -> bool {
        let Some((first, rest)) = self.groups.split_first() else {
            return false;
        };
        let Some(mut at) = self.group_at(first, value, 0, context) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return at == value.len();
        };
        for group in middle {
            match self.find(group, value, at, context) {
                Some(end) => at = end,
                None => return false,
            }
        }
        self.ends_with(last, value, at, context)
    }

    /// Whether each variable has a value or a default.
    pub(crate) fn is_resolved(&self, context: &Context) -> bool {
        self.groups.iter().flatten().all(|piece| match piece {
            Piece::AnyOne | Piece::AnyRun | Piece::Text(_) => true,
            Piece::Variable { key, default } => resolve(key, default.as_deref(), context).is_some(),
        })
    }

    /// The end of the group if it stands at `at`.
    fn group_at(
        &self,
        group: &[Piece],
        value: &str,
        mut at: usize,
        context: &Context,
    ) -> Option<usize> {
        for piece in group {
            let rest = value.get(at..)?;
            at += match piece {
                Piece::AnyOne => rest.chars().next()?.len_utf8(),
                Piece::AnyRun => 0,
                Piece::Text(text) => self.prefix(rest, text)?,
                Piece::Variable { key, default } => {
                    self.prefix(rest, resolve(key, default.as_deref(), context)?)?
                }
            };
        }
        Some(at)
    }

    fn prefix(&self, rest: &str, text: &str) -> Option<usize> {
        let start = rest.as_bytes().get(..text.len())?;
        let is_prefix = if self.is_case_ignored {
            start.eq_ignore_ascii_case(text.as_bytes())
        } else {
            start == text.as_bytes()
        };
        is_prefix.then_some(text.len())
    }

    /// The end of the leftmost place of the group from `at` on.
    fn find(
        &self,
        group: &[Piece],
        value: &str,
        mut at: usize,
        context: &Context,
    ) -> Option<usize> {
        loop {
            if let (Some(Piece::Text(text)), false) = (group.first(), self.is_case_ignored) {
                at += memchr::memmem::find(value.as_bytes().get(at..)?, text.as_bytes())?;
            }
            if let Some(end) = self.group_at(group, value, at, context) {
                return Some(end);
            }
            at += value.get(at..)?.chars().next()?.len_utf8();
        }
    }

    /// Whether the group stands at the end, not before `at`.
    fn ends_with(&self, group: &[Piece], value: &str, at: usize, context: &Context) -> bool {
        // A group matches a fixed number of characters, so it has one place at the end.
        let mut characters = 0;
        for piece in group {
            characters += match piece {
                Piece::AnyOne => 1,
                Piece::AnyRun => 0,
                Piece::Text(text) => text.chars().count(),
                Piece::Variable { key, default } => {
                    match resolve(key, default.as_deref(), context) {
                        Some(text) => text.chars().count(),
                        None => return false,
                    }
                }
            };
        }
        let start = match characters {
            0 => Some(value.len()),
            count => value.char_indices().rev().nth(count - 1).map(|(at, _)| at),
        };
        start.is_some_and(|start| {
            start >= at && self.group_at(group, value, start, context) == Some(value.len())
        })
    }
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

/// A pattern for an ARN, or `*`.
///
/// Each of the six segments is matched by itself: a `*` does not cross one of the first five colons
/// (IAM User Guide, "ARN condition operators"). In a `Resource`, a `*` that ends a segment may: "it can
/// expand to match beyond the colon boundaries" ("IAM JSON policy elements: Resource").
#[derive(Clone, Debug)]
pub(crate) struct ArnPattern(Form);

#[derive(Clone, Debug)]
enum Form {
    /// `*`: anything, also what is no ARN.
    Anything,
    /// No ARN: a pattern for the whole text.
    Plain(Pattern),
    /// Six segments.
    Segments {
        patterns: Box<[Pattern; 6]>,
        /// Which of the first five end in a `*` that may cross colons.
        crossing: [bool; 5],
    },
}

impl ArnPattern {
    /// Reads a `Resource`. Missing segments are `*`, as IAM completes them.
    pub(crate) fn of_resource(text: &str, special: Special) -> Self {
        Self::new(text, special, true)
    }

    /// Reads the value of a condition.
    pub(crate) fn of_key(text: &str, special: Special) -> Self {
        Self::new(text, special, false)
    }

    fn new(text: &str, special: Special, is_resource: bool) -> Self {
        if text == "*" {
            return Self(Form::Anything);
        }
        let segments = split(text, special.variables);
        if segments.len() < 6 && segments.first() != Some(&"arn") {
            return Self(Form::Plain(Pattern::new(text, special)));
        }
        let segment = |index: usize| *segments.get(index).unwrap_or(&"*");
        let pattern = |index: usize| Pattern::new(segment(index), special);
        Self(Form::Segments {
            patterns: Box::new([
                pattern(0),
                pattern(1),
                pattern(2),
                pattern(3),
                pattern(4),
                pattern(5),
            ]),
            crossing: [0, 1, 2, 3, 4].map(|index| is_resource && segment(index).ends_with('*')),
        })
    }

    /// Whether each variable has a value or a default.
    pub(crate) fn is_resolved(&self, context: &Context) -> bool {
        match &self.0 {
            Form::Anything => true,
            Form::Plain(pattern) => pattern.is_resolved(context),
            Form::Segments { patterns, .. } => {
                patterns.iter().all(|pattern| pattern.is_resolved(context))
            }
        }
    }

    /// Whether the ARN matches.
    pub(crate) fn matches(&self, arn: &str, context: &Context) -> bool {
        match &self.0 {
            Form::Anything => true,
            Form::Plain(pattern) => pattern.matches(arn, context),
            Form::Segments { patterns, crossing } => {
                let mut segments = arn.splitn(6, ':');
                let is_match = patterns.iter().all(|pattern| {
                    segments
                        .next()
                        .is_some_and(|segment| pattern.matches(segment, context))
                });
                is_match || matches_across(patterns, *crossing, arn, context)
            }
        }
    }
}

/// Whether the ARN matches with a `*` at a segment's end standing for colons, too.
///
/// `starts` tells of each colon-separated part of the ARN whether the next segment may begin there.
fn matches_across(
    patterns: &[Pattern; 6],
    crossing: [bool; 5],
    arn: &str,
    context: &Context,
) -> bool {
    // Six segments need five colons: only with a sixth has a star one to cross.
    if !crossing.contains(&true) || arn.len() > MAX_ARN || arn.split(':').nth(6).is_none() {
        return false;
    }
    let [head @ .., resource] = patterns;
    let parts: Vec<&str> = arn.split(':').collect();
    let mut starts = vec![false; parts.len() + 1];
    if let Some(first) = starts.first_mut() {
        *first = true;
    }
    for (pattern, is_crossing) in head.iter().zip(crossing) {
        let mut next = vec![false];
        let mut has_begun = false;
        for (part, is_start) in parts.iter().zip(&starts) {
            let is_here = *is_start && pattern.matches(part, context);
            // Once the segment has begun, its last star takes any number of further parts.
            has_begun = is_here || (is_crossing && has_begun);
            next.push(has_begun);
        }
        starts = next;
    }
    let mut at = 0;
    for (part, is_start) in parts.iter().zip(starts) {
        let rest = arn.get(at..).unwrap_or_default();
        if is_start && resource.matches(rest, context) {
            return true;
        }
        at += part.len() + 1;
    }
    false
}

// The longest ARN that IAM takes (API reference, `ResourceArns` of `SimulatePrincipalPolicy`).
const MAX_ARN: usize = 2048;

/// Splits at the first five colons that stand outside variables.
fn split(text: &str, has_variables: bool) -> Vec<&str> {
    let mut segments = Vec::new();
    let (mut start, mut is_inside) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if has_variables && at > 0 && text.as_bytes().get(at - 1) == Some(&b'$') => {
                is_inside = true;
            }
            b'}' => is_inside = false,
            b':' if !is_inside && segments.len() < 5 => {
                segments.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(text.get(start..).unwrap_or_default());
    segments
}

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
    fn stars_of_a_condition_do_not_cross_the_first_five_colons_of_an_arn() {
        let matches = |pattern: &str, arn: &str| {
            ArnPattern::of_key(pattern, GLOB).matches(arn, &Context::new())
        };
        assert!(matches(
            "arn:aws:ecr:*:1:repository/*",
            "arn:aws:ecr:r:1:repository/a/b:c"
        ));
        assert!(!matches(
            "arn:aws:ecr:*:repository/x",
            "arn:aws:ecr:r:1:repository/x"
        ));
        assert!(matches("arn:aws:ecr:*", "arn:aws:ecr:r:1:repository/x"));
        assert!(matches("*", "anything"));
        assert!(!matches("arn:aws:s3:::b", "arn:aws:s3:::b/x"));
        // The example of the guide.
        let pattern = "arn:aws:someservice:*:111122223333:finance/*";
        let arn = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
        assert!(!matches(pattern, arn));
    }

    #[test]
    fn a_star_that_ends_a_segment_of_a_resource_crosses_colons() {
        let matches = |pattern: &str, arn: &str| {
            ArnPattern::of_resource(pattern, GLOB).matches(arn, &Context::new())
        };
        let arn = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
        assert!(matches("arn:aws:someservice:*:111122223333:finance/*", arn));
        assert!(matches("arn:aws:someservice:us-*:111122223333:*", arn));
        assert!(!matches("arn:aws:someservice:*-2:111122223333:*", arn));
        assert!(!matches("arn:aws:someservice:*:222222222222:*", arn));
        assert!(!matches(
            "arn:aws:ecr:*:repository/x",
            "arn:aws:ecr:r:1:repository/x"
        ));
        let colons = ":".repeat(100_000);
        assert!(!matches(
            "arn:aws:a*:b*:c*:d",
            &format!("arn:aws:a{colons}")
        ));
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
