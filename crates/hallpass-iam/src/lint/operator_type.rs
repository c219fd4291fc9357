//! `policy/wrong-operator-type`: an operator that reads the key's values as what they are not.
//!
//! Source: Service Authorization Reference (types of keys); IAM User Guide, "IAM JSON policy elements:
//! Condition operators", and IAM Access Analyzer's check "Type mismatch".

use hallpass_diag::{Code, Finding, Label, Severity};

use super::condition_keys::known;
use super::say::{found, quoted};
use super::seen::Seen;
use crate::operator::BaseOperator;
use crate::services::{ConditionKeyType, KeyKnowledge};
use crate::syntax::Condition;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let actions = seen.actions(statement);
        for condition in &statement.conditions {
            let kind = type_of(&known(&actions, &condition.key));
            findings.extend(kind.and_then(|kind| finding(condition, kind)));
        }
    }
}

/// The type of a key, where it is known.
pub(super) fn type_of(known: &KeyKnowledge) -> Option<ConditionKeyType> {
    match known {
        KeyKnowledge::Federated(kind) => *kind,
        KeyKnowledge::Global(kind) | KeyKnowledge::Service { kind, .. } => Some(*kind),
        KeyKnowledge::Unknown { .. } | KeyKnowledge::UnknownService => None,
    }
}

fn finding(condition: &Condition, kind: ConditionKeyType) -> Option<Finding> {
    let family = Family::of(condition.operator.base)?;
    if family.suits(kind.element(), &condition.key) {
        return None;
    }
    let (is, operators) = described(kind);
    Some(found(
        Code::known("policy/wrong-operator-type"),
        Severity::Warning,
        format!(
            "{} holds {is}, and `{}` compares {}",
            quoted(&condition.key),
            condition.operator,
            family.what()
        ),
        Label::new(condition.span, format!("holds {is}")),
        format!("use {operators}"),
    ))
}

/// What operators compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Addresses,
    Arns,
    Bools,
    Dates,
    Numbers,
    Texts,
}

impl Family {
    /// `Null` asks only whether the key is there, and binary keys are not told from texts.
    const fn of(base: BaseOperator) -> Option<Self> {
        use BaseOperator as B;
        Some(match base {
            B::ArnEquals | B::ArnLike | B::ArnNotEquals | B::ArnNotLike => Self::Arns,
            B::BinaryEquals | B::Null => return None,
            B::Bool => Self::Bools,
            B::DateEquals
            | B::DateGreaterThan
            | B::DateGreaterThanEquals
            | B::DateLessThan
            | B::DateLessThanEquals
            | B::DateNotEquals => Self::Dates,
            B::IpAddress | B::NotIpAddress => Self::Addresses,
            B::NumericEquals
            | B::NumericGreaterThan
            | B::NumericGreaterThanEquals
            | B::NumericLessThan
            | B::NumericLessThanEquals
            | B::NumericNotEquals => Self::Numbers,
            B::StringEquals
            | B::StringEqualsIgnoreCase
            | B::StringLike
            | B::StringNotEquals
            | B::StringNotEqualsIgnoreCase
            | B::StringNotLike => Self::Texts,
        })
    }

    fn suits(self, kind: ConditionKeyType, key: &str) -> bool {
        use ConditionKeyType as T;
        match kind {
            // ARNs are texts, and a key of texts may hold ARNs.
            T::Arn | T::ArrayOfArn => matches!(self, Self::Arns | Self::Texts),
            // A tag's value may be read as anything.
            T::ArrayOfString | T::String => {
                matches!(self, Self::Arns | Self::Texts)
                    || key.to_ascii_lowercase().contains("tag/")
            }
            T::ArrayOfBool | T::Bool => self == Self::Bools,
            // "aws:EpochTime: works with date operators or numeric operators".
            T::Date => {
                self == Self::Dates
                    || self == Self::Numbers && key.eq_ignore_ascii_case("aws:EpochTime")
            }
            T::IpAddress => self == Self::Addresses,
            T::Numeric => self == Self::Numbers,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::Arns => "ARNs",
            Self::Bools => "true and false",
            Self::Dates => "dates",
            Self::Numbers => "numbers",
            Self::Texts => "texts",
        }
    }
}

/// What a key holds, and the operators for that.
const fn described(kind: ConditionKeyType) -> (&'static str, &'static str) {
    use ConditionKeyType as T;
    match kind {
        T::Arn | T::ArrayOfArn => ("an ARN", "`ArnLike` or `ArnEquals`"),
        T::ArrayOfBool | T::Bool => ("`true` or `false`", "`Bool`"),
        T::ArrayOfString | T::String => ("text", "`StringEquals` or `StringLike`"),
        T::Date => ("a date", "`DateLessThan` or another date operator"),
        T::IpAddress => ("an address", "`IpAddress` or `NotIpAddress`"),
        T::Numeric => ("a number", "`NumericLessThan` or another numeric operator"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::Identity;

    #[test]
    fn operators_suit_the_type_of_their_key() {
        for (operator, key, value, is_wrong) in [
            ("StringEquals", "aws:SecureTransport", "true", true),
            ("Bool", "aws:SecureTransport", "true", false),
            ("Null", "aws:SecureTransport", "true", false),
            ("StringLike", "aws:SourceIp", "10.*", true),
            ("IpAddress", "aws:SourceIp", "10.0.0.0/8", false),
            (
                "StringLike",
                "aws:PrincipalArn",
                "arn:aws:iam::*:role/x",
                false,
            ),
            ("NumericLessThan", "aws:PrincipalOrgID", "3", true),
            ("NumericLessThan", "aws:PrincipalTag/level", "3", false),
            (
                "StringEquals",
                "aws:CurrentTime",
                "2026-01-01T00:00:00Z",
                true,
            ),
            ("NumericLessThan", "aws:EpochTime", "1700000000", false),
            ("NumericLessThan", "aws:CurrentTime", "1700000000", true),
            (
                "StringEqualsIfExists",
                "aws:MultiFactorAuthPresent",
                "true",
                true,
            ),
            ("StringEquals", "brandnew:key", "true", false),
        ] {
            let statement = allow_if("s3:GetObject", json!({ operator: { key: value } }));
            let places = places("policy/wrong-operator-type", Identity, &statement);
            assert_eq!(!places.is_empty(), is_wrong, "{operator} {key}");
        }
    }
}
