//! Patterns for ARNs.
//!
//! Each of the six segments is matched by itself: a `*` does not cross one of the first five colons
//! (IAM User Guide, "ARN condition operators"). In a `Resource`, a `*` that ends a segment may: "it can
//! expand to match beyond the colon boundaries" ("IAM JSON policy elements: Resource").

use crate::context::Context;
use crate::pattern::Pattern;
use crate::variable::Special;

/// A pattern for an ARN, or `*`.
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
        /// The first segments, as far as they hold nothing special, with the colon after each: one
        /// comparison for all of them.
        lead: Box<str>,
        /// The segments between the lead and the last.
        middle: Box<[Segment]>,
        last: Pattern,
    },
    /// What AWS gives no meaning: it matches nothing, and nobody may rest on that.
    Unresolved,
}

#[derive(Clone, Debug)]
struct Segment {
    pattern: Pattern,
    /// Whether it ends in a `*` that may cross colons.
    is_crossing: bool,
}

impl ArnPattern {
    /// Reads a `Resource`. Missing segments are `*`, as IAM completes them.
    ///
    /// A variable stands "only in the resource portion of the ARN", behind the fifth colon (IAM User
    /// Guide, "IAM policy elements: Variables and tags").
    pub(crate) fn of_resource(text: &str, special: Special) -> Self {
        Self::new(text, special, true)
    }

    /// Reads a `Resource` of a policy in which IAM completes no ARN: it does so "in an identity-based
    /// policy" (IAM User Guide, "IAM JSON policy elements: Resource"). A `*` at the end still "can expand
    /// to match beyond the colon boundaries".
    pub(crate) fn of_whole_resource(text: &str, special: Special) -> Self {
        let is_open = text.ends_with('*') || !text.starts_with("arn:");
        if !is_open && Segments::of(text, special.variables).count < SEGMENTS {
            return Self(Form::Unresolved);
        }
        Self::of_resource(text, special)
    }

    /// Reads the value of a condition.
    pub(crate) fn of_key(text: &str, special: Special) -> Self {
        Self::new(text, special, false)
    }

    fn new(text: &str, special: Special, is_resource: bool) -> Self {
        if text == "*" {
            return Self(Form::Anything);
        }
        let segments = Segments::of(text, special.variables);
        let is_short = segments.count < SEGMENTS;
        // What is special only behind the fifth colon is compared as one text.
        if (is_short && segments.first() != "arn") || (!is_short && segments.is_head_plain) {
            return Self(Form::Plain(Pattern::new(text, special)));
        }
        let (head, last) = segments.parts();
        let (mut lead, mut middle) = (String::with_capacity(text.len() + 1), Vec::new());
        for segment in head {
            let pattern = Pattern::new(segment, special);
            if is_resource && !is_short && pattern.has_variable() {
                return Self(Form::Unresolved);
            }
            match pattern.as_literal() {
                Some(literal) if middle.is_empty() => {
                    lead.push_str(literal);
                    lead.push(':');
                }
                _ => middle.push(Segment {
                    pattern,
                    is_crossing: is_resource && segment.ends_with('*'),
                }),
            }
        }
        Self(Form::Segments {
            lead: lead.into(),
            middle: middle.into(),
            last: Pattern::new(last, special),
        })
    }

    /// Whether each variable has a value or a default.
    pub(crate) fn is_resolved(&self, context: &Context) -> bool {
        match &self.0 {
            Form::Anything => true,
            Form::Unresolved => false,
            Form::Plain(pattern) => pattern.is_resolved(context),
            Form::Segments { middle, last, .. } => {
                let mut segments = middle.iter();
                segments.all(|segment| segment.pattern.is_resolved(context))
                    && last.is_resolved(context)
            }
        }
    }

    /// Whether a search for the pattern in a long text could take long.
    pub(crate) fn is_costly(&self) -> bool {
        match &self.0 {
            Form::Anything | Form::Unresolved => false,
            Form::Plain(pattern) => pattern.is_costly(),
            Form::Segments { middle, last, .. } => {
                let mut segments = middle.iter();
                segments.any(|segment| segment.pattern.is_costly()) || last.is_costly()
            }
        }
    }

    /// Whether the ARN matches.
    pub(crate) fn matches(&self, arn: &str, context: &Context) -> bool {
        match &self.0 {
            Form::Anything => true,
            Form::Unresolved => false,
            Form::Plain(pattern) => pattern.matches(arn, context),
            Form::Segments { lead, middle, last } => {
                let Some(rest) = arn.strip_prefix(&**lead) else {
                    return false;
                };
                matches_each(middle, last, rest, context)
                    || (arn.len() <= MAX_ARN && matches_across(middle, last, rest, context))
            }
        }
    }
}

/// Whether the text matches segment by segment.
fn matches_each(middle: &[Segment], last: &Pattern, mut rest: &str, context: &Context) -> bool {
    for segment in middle {
        let Some((part, after)) = rest.split_once(':') else {
            return false;
        };
        if !segment.pattern.matches(part, context) {
            return false;
        }
        rest = after;
    }
    last.matches(rest, context)
}

/// Whether the text matches with a `*` at a segment's end standing for colons, too.
///
/// `starts` tells of each colon-separated part of the text whether the next segment may begin there.
fn matches_across(middle: &[Segment], last: &Pattern, text: &str, context: &Context) -> bool {
    // So many segments need as many colons: only with one more has a star one to cross.
    let has_crossing = middle.iter().any(|segment| segment.is_crossing);
    if !has_crossing || text.split(':').nth(middle.len() + 1).is_none() {
        return false;
    }
    let mut starts = Marks::NONE;
    starts.mark(0);
    for segment in middle {
        let mut next = Marks::NONE;
        let mut has_begun = false;
        for (number, part) in text.split(':').enumerate() {
            let is_here = starts.has(number) && segment.pattern.matches(part, context);
            // Once the segment has begun, its last star takes any number of further parts.
            has_begun = is_here || (segment.is_crossing && has_begun);
            if has_begun {
                next.mark(number + 1);
            }
        }
        starts = next;
    }
    let mut at = 0;
    for (number, part) in text.split(':').enumerate() {
        let rest = text.get(at..).unwrap_or_default();
        if starts.has(number) && last.matches(rest, context) {
            return true;
        }
        at += part.len() + 1;
    }
    false
}

/// A set of the numbers of an ARN's parts, without allocating.
struct Marks([u64; MAX_ARN / 64 + 1]);

impl Marks {
    const NONE: Self = Self([0; MAX_ARN / 64 + 1]);

    fn mark(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    fn has(&self, number: usize) -> bool {
        let word = self.0.get(number / 64);
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }
}

// The longest ARN that IAM takes (API reference, `ResourceArns` of `SimulatePrincipalPolicy`).
const MAX_ARN: usize = 2048;

// The segments of an ARN.
const SEGMENTS: usize = 6;

/// A text, split at the first five colons that stand outside variables.
struct Segments<'a> {
    /// Missing ones are `*`.
    texts: [&'a str; SEGMENTS],
    count: usize,
    /// Whether nothing special stands before the last.
    is_head_plain: bool,
}

impl<'a> Segments<'a> {
    fn of(text: &'a str, has_variables: bool) -> Self {
        let mut segments = Self {
            texts: ["*"; SEGMENTS],
            count: 0,
            is_head_plain: true,
        };
        let (mut start, mut before, mut is_inside) = (0, 0, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'{' if has_variables && before == b'$' => is_inside = true,
                b'}' => is_inside = false,
                b'*' | b'?' | b'$' => segments.is_head_plain = false,
                b':' if !is_inside => {
                    segments.push(text.get(start..at).unwrap_or_default());
                    start = at + 1;
                    if segments.count == SEGMENTS - 1 {
                        break;
                    }
                }
                _ => {}
            }
            before = byte;
        }
        segments.push(text.get(start..).unwrap_or_default());
        segments
    }

    fn push(&mut self, text: &'a str) {
        if let Some(slot) = self.texts.get_mut(self.count) {
            *slot = text;
            self.count += 1;
        }
    }

    const fn first(&self) -> &'a str {
        let [first, ..] = self.texts;
        first
    }

    /// The segments before the last, and the last.
    const fn parts(&self) -> ([&'a str; SEGMENTS - 1], &'a str) {
        let [one, two, three, four, five, last] = self.texts;
        ([one, two, three, four, five], last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOB: Special = Special {
        wildcards: true,
        variables: false,
    };

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
}
