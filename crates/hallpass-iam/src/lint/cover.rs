//! Whether one statement is about all that another is about.
//!
//! A pattern lies within a wider one if the wider matches its text, wildcards and all: what the
//! narrower's `*` may stand for, a `*` of the wider takes, too. A `?` of the wider would take a `*` for
//! one character, so such pairs are only within each other when they are equal. The answer may be no
//! where yes is right, never the reverse.

use crate::arn::ArnPattern;
use crate::context::Context;
use crate::operator::Operator;
use crate::pattern::Pattern;
use crate::syntax::{Condition, Element, Principals, Statement, Text};
use crate::variable::Special;

/// Whether the wide statement is about each principal, action and resource of the narrow one.
/// Conditions are not regarded.
pub(super) fn covers(wide: &Statement, narrow: &Statement) -> bool {
    lists(wide.action.as_ref(), narrow.action.as_ref(), action_within)
        && lists(
            wide.resource.as_ref(),
            narrow.resource.as_ref(),
            resource_within,
        )
        && principals(wide.principal.as_ref(), narrow.principal.as_ref())
}

/// Whether two statements have the same conditions.
pub(super) fn has_same_conditions(one: &Statement, other: &Statement) -> bool {
    canonical(one) == canonical(other)
}

fn canonical(statement: &Statement) -> Vec<(String, String, Vec<&str>)> {
    let mut conditions: Vec<_> = statement.conditions.iter().map(canonical_one).collect();
    conditions.sort();
    conditions
}

fn canonical_one(condition: &Condition) -> (String, String, Vec<&str>) {
    let Condition {
        operator,
        key,
        values,
        span: _,
    } = condition;
    let mut values: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
    values.sort_unstable();
    (
        Operator::to_string(operator),
        key.to_ascii_lowercase(),
        values,
    )
}

type Within = fn(narrow: &str, wide: &str) -> bool;

fn lists(
    wide: Option<&Element<Vec<Text>>>,
    narrow: Option<&Element<Vec<Text>>>,
    within: Within,
) -> bool {
    match (wide, narrow) {
        (None, None) => true,
        (Some(wide), Some(narrow)) if !wide.is_negated => {
            if wide.value.iter().any(|text| text.text == "*") {
                return true;
            }
            let is_within = |text: &Text| {
                let mut patterns = wide.value.iter();
                patterns.any(|pattern| within(&text.text, &pattern.text))
            };
            !narrow.is_negated && narrow.value.iter().all(is_within)
        }
        (Some(_) | None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether the wide action pattern matches all that the narrow one matches.
pub(super) fn action_within(narrow: &str, wide: &str) -> bool {
    if is_uncertain(narrow, wide) {
        return narrow.eq_ignore_ascii_case(wide);
    }
    let pattern = Pattern::new(wide, TEXT).ignoring_case();
    pattern.matches(narrow, &Context::new())
}

/// Whether the wide resource pattern matches all that the narrow one matches. Variables are text:
/// whatever their value, it is the same on both sides.
pub(super) fn resource_within(narrow: &str, wide: &str) -> bool {
    if is_uncertain(narrow, wide) {
        return narrow == wide;
    }
    narrow == wide || ArnPattern::of_resource(wide, TEXT).matches(narrow, &Context::new())
}

fn is_uncertain(narrow: &str, wide: &str) -> bool {
    wide.contains('?') && narrow.contains(['*', '$'])
}

fn principals(wide: Option<&Element<Principals>>, narrow: Option<&Element<Principals>>) -> bool {
    match (wide, narrow) {
        (None, None) => true,
        (Some(wide), Some(narrow)) => {
            !wide.is_negated
                && (is_everyone(&wide.value)
                    || (!narrow.is_negated && names_all(&wide.value, &narrow.value)))
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether everybody is meant.
pub(super) fn is_everyone(principals: &Principals) -> bool {
    match principals {
        Principals::Everyone => true,
        Principals::Listed { aws, .. } => aws.iter().any(|text| text.text == "*"),
    }
}

fn names_all(wide: &Principals, narrow: &Principals) -> bool {
    let (Some(wide), Some(narrow)) = (named(wide), named(narrow)) else {
        return false;
    };
    let has = |known: &[Text], text: &Text| known.iter().any(|it| it.text == text.text);
    wide.iter()
        .zip(narrow)
        .all(|(wide, narrow)| narrow.iter().all(|text| has(wide, text)))
}

fn named(principals: &Principals) -> Option<[&[Text]; 4]> {
    match principals {
        Principals::Everyone => None,
        Principals::Listed {
            aws,
            canonical_user,
            federated,
            service,
        } => Some([aws, canonical_user, federated, service]),
    }
}

const TEXT: Special = Special {
    wildcards: true,
    variables: false,
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_the_narrow_pattern_matches_the_wide_one_does(
            narrow in "[ab*?]{0,6}",
            wide in "[ab*?]{0,6}",
            value in "[ab]{0,8}",
        ) {
            if action_within(&narrow, &wide) {
                let matches = |pattern: &str| Pattern::new(pattern, TEXT).matches(&value, &Context::new());
                prop_assert!(!matches(&narrow) || matches(&wide), "{narrow} {wide} {value}");
            }
        }

        #[test]
        fn the_same_of_resources(
            narrow in "arn:[a*]{1,3}:[a*]{1,3}:[a*?]{0,3}:[a*]{0,3}:[a:*]{0,6}",
            wide in "arn:[a*]{1,3}:[a*]{1,3}:[a*?]{0,3}:[a*]{0,3}:[a:*]{0,6}",
            value in "arn:a{1,2}:[a:]{1,3}:a{0,2}:a{0,2}:[a:]{0,4}",
        ) {
            if resource_within(&narrow, &wide) {
                let matches = |pattern: &str| ArnPattern::of_resource(pattern, TEXT).matches(&value, &Context::new());
                prop_assert!(!matches(&narrow) || matches(&wide), "{narrow} {wide} {value}");
            }
        }
    }

    #[test]
    fn wider_patterns_hold_narrower_ones() {
        assert!(action_within("s3:Get*", "S3:*"));
        assert!(action_within("*", "*"));
        assert!(!action_within("s3:*", "s3:Get*"));
        assert!(!action_within("s3:*", "s3:?"));
        assert!(resource_within(
            "arn:aws:s3:::b/${aws:username}/*",
            "arn:aws:s3:::b/*"
        ));
        assert!(!resource_within("*", "arn:aws:s3:::*"));
    }
}
