//! Conditions, compiled, and whether a request meets them.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple
//! context keys or values", and "Single-valued vs. multivalued context keys".

use std::net::IpAddr;

use ipnet::IpNet;

use crate::arn::ArnPattern;
use crate::context::Context;
use crate::date::{Instant, read_date};
use crate::operator::{BaseOperator, Operator, Qualifier};
use crate::pattern::{MAX_SEARCHED, Pattern};
use crate::syntax::Condition;
use crate::variable::Special;

/// Whether a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// A value is not of the operator's type: an `Allow` must not rest on it, a `Deny` must not fall.
    CannotTell,
    /// It is not.
    No,
    /// It is.
    Yes,
}

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    operator: Operator,
    /// The key, in lower case.
    key: String,
    wanted: Wanted,
}

/// The values of a policy, read by the operator's type once.
#[derive(Clone, Debug)]
enum Wanted {
    Arns(Vec<ArnPattern>),
    Bools(Vec<Option<bool>>),
    Dates(Vec<Option<Instant>>),
    Networks(Vec<Option<IpNet>>),
    Numbers(Vec<Option<f64>>),
    Texts(Texts),
}

/// Texts and patterns.
#[derive(Clone, Debug)]
struct Texts {
    /// Those without anything special, in order; in lower case where case is ignored.
    literals: Vec<String>,
    patterns: Vec<Pattern>,
    is_case_ignored: bool,
}

impl Test {
    pub(crate) fn new(condition: &Condition, has_variables: bool) -> Self {
        Self {
            operator: condition.operator,
            key: condition.key.to_ascii_lowercase(),
            wanted: Wanted::read(condition, has_variables),
        }
    }

    /// Whether the context meets it.
    pub(crate) fn met(&self, context: &Context) -> Met {
        let values = context.values_of_lower(&self.key);
        if self.operator.base == BaseOperator::Null {
            return self.met_null(values);
        }
        let Some(values) = values.filter(|values| !self.is_void(values)) else {
            return yes(self.is_met_by_absence());
        };
        let is_negated = self.operator.base.is_negated();
        let each = values.iter().map(|value| self.compare(value, context));
        match (self.operator.qualifier, is_negated) {
            (Some(Qualifier::ForAnyValue) | None, false) => any(each),
            // Each value of the request must be outside the policy's values.
            (Some(Qualifier::ForAllValues) | None, true) => not(any(each)),
            (Some(Qualifier::ForAllValues), false) => all(each),
            (Some(Qualifier::ForAnyValue), true) => not(all(each)),
        }
    }

    /// The places of the values that are not of the operator's type, so that nothing equals them.
    pub(crate) fn unreadable(&self) -> Vec<usize> {
        fn none<T>(values: &[Option<T>]) -> Vec<usize> {
            let values = values.iter().enumerate();
            let unread = values.filter(|(_, value)| value.is_none());
            unread.map(|(at, _)| at).collect()
        }
        match &self.wanted {
            Wanted::Arns(_) | Wanted::Texts(_) => Vec::new(),
            Wanted::Bools(values) => none(values),
            Wanted::Dates(values) => none(values),
            Wanted::Networks(values) => none(values),
            Wanted::Numbers(values) => none(values),
        }
    }

    /// `Null`: "true" wants the key absent, "false" wants it there.
    fn met_null(&self, values: Option<&[String]>) -> Met {
        let is_absent = values.is_none_or(<[String]>::is_empty);
        let Wanted::Bools(wanted) = &self.wanted else {
            return Met::CannotTell;
        };
        any(wanted.iter().map(|wanted| match wanted {
            Some(wanted) => yes(*wanted == is_absent),
            None => Met::CannotTell,
        }))
    }

    /// Whether the values are none. To a set operator so is an empty text: "if the key values in the
    /// request resolve to an empty data set (for example, an empty string)".
    fn is_void(&self, values: &[String]) -> bool {
        match (self.operator.qualifier, values) {
            (_, []) => true,
            (Some(_), [value]) => value.is_empty(),
            _ => false,
        }
    }

    const fn is_met_by_absence(&self) -> bool {
        match self.operator.qualifier {
            // Vacuously true: which is why it is a trap in an `Allow`.
            Some(Qualifier::ForAllValues) => true,
            Some(Qualifier::ForAnyValue) => self.operator.is_if_exists,
            None => self.operator.is_if_exists || self.operator.base.is_negated(),
        }
    }

    /// Whether one value of the request is among the policy's, negation aside.
    fn compare(&self, value: &str, context: &Context) -> Met {
        match &self.wanted {
            Wanted::Arns(patterns) if is_beyond(value, patterns, ArnPattern::is_costly) => {
                Met::CannotTell
            }
            Wanted::Arns(patterns) => any(patterns.iter().map(|pattern| {
                let is_match = pattern.matches(value, context);
                self.matched(is_match, || pattern.is_resolved(context))
            })),
            Wanted::Texts(texts) if texts.has_literal(value) => Met::Yes,
            Wanted::Texts(texts) if is_beyond(value, &texts.patterns, Pattern::is_costly) => {
                Met::CannotTell
            }
            Wanted::Texts(texts) => any(texts.patterns.iter().map(|pattern| {
                let is_match = pattern.matches(value, context);
                self.matched(is_match, || pattern.is_resolved(context))
            })),
            Wanted::Bools(wanted) => typed(wanted, read_bool(value), |a, b| a == b),
            Wanted::Networks(wanted) => {
                typed(wanted, value.parse::<IpAddr>().ok(), |network, address| {
                    network.contains(address)
                })
            }
            Wanted::Numbers(wanted) => {
                let base = self.operator.base;
                typed(wanted, read_number(value), |wanted, value| {
                    is_in_order(base, value.partial_cmp(wanted))
                })
            }
            Wanted::Dates(wanted) => {
                let base = self.operator.base;
                typed(wanted, read_date(value), |wanted, value| {
                    is_in_order(base, Some(value.cmp(wanted)))
                })
            }
        }
    }

    /// What a pattern's answer is worth: a variable without value matches nothing, which must not meet
    /// a negated operator (IAM User Guide, "Variables and tags": the statement is invalid).
    fn matched(&self, is_match: bool, is_resolved: impl FnOnce() -> bool) -> Met {
        if is_match || !self.operator.base.is_negated() || is_resolved() {
            yes(is_match)
        } else {
            Met::CannotTell
        }
    }
}

impl Wanted {
    fn read(condition: &Condition, has_variables: bool) -> Self {
        use BaseOperator as B;
        let texts = || condition.values.iter().map(|value| value.text.as_str());
        let patterns = |wildcards: bool, is_case_ignored: bool| {
            let special = Special {
                wildcards,
                variables: has_variables,
            };
            Self::Texts(Texts::new(texts(), special, is_case_ignored))
        };
        match condition.operator.base {
            B::ArnEquals | B::ArnLike | B::ArnNotEquals | B::ArnNotLike => {
                let special = Special {
                    wildcards: true,
                    variables: has_variables,
                };
                Self::Arns(
                    texts()
                        .map(|text| ArnPattern::of_key(text, special))
                        .collect(),
                )
            }
            B::StringLike | B::StringNotLike => patterns(true, false),
            B::StringEquals | B::StringNotEquals => patterns(false, false),
            B::StringEqualsIgnoreCase | B::StringNotEqualsIgnoreCase => patterns(false, true),
            B::BinaryEquals => {
                let special = Special {
                    wildcards: false,
                    variables: false,
                };
                Self::Texts(Texts::new(texts(), special, false))
            }
            B::Bool | B::Null => Self::Bools(texts().map(read_bool).collect()),
            B::IpAddress | B::NotIpAddress => Self::Networks(texts().map(read_network).collect()),
            B::NumericEquals
            | B::NumericNotEquals
            | B::NumericLessThan
            | B::NumericLessThanEquals
            | B::NumericGreaterThan
            | B::NumericGreaterThanEquals => Self::Numbers(texts().map(read_number).collect()),
            B::DateEquals
            | B::DateNotEquals
            | B::DateLessThan
            | B::DateLessThanEquals
            | B::DateGreaterThan
            | B::DateGreaterThanEquals => Self::Dates(texts().map(read_date).collect()),
        }
    }
}

impl Texts {
    fn new<'a>(
        texts: impl Iterator<Item = &'a str>,
        special: Special,
        is_case_ignored: bool,
    ) -> Self {
        let (mut literals, mut patterns) = (Vec::new(), Vec::new());
        for text in texts {
            match Pattern::new(text, special).into_literal() {
                Ok(mut literal) => {
                    if is_case_ignored {
                        literal.make_ascii_lowercase();
                    }
                    literals.push(literal);
                }
                Err(pattern) if is_case_ignored => patterns.push(pattern.ignoring_case()),
                Err(pattern) => patterns.push(pattern),
            }
        }
        literals.sort_unstable();
        Self {
            literals,
            patterns,
            is_case_ignored,
        }
    }

    fn has_literal(&self, value: &str) -> bool {
        let found = self.literals.binary_search_by(|literal| {
            if self.is_case_ignored {
                let lower = value.bytes().map(|byte| byte.to_ascii_lowercase());
                literal.bytes().cmp(lower)
            } else {
                literal.as_str().cmp(value)
            }
        });
        found.is_ok()
    }
}

const fn yes(is_met: bool) -> Met {
    if is_met { Met::Yes } else { Met::No }
}

const fn not(met: Met) -> Met {
    match met {
        Met::CannotTell => Met::CannotTell,
        Met::No => Met::Yes,
        Met::Yes => Met::No,
    }
}

fn any(each: impl Iterator<Item = Met>) -> Met {
    let mut outcome = Met::No;
    for met in each {
        match met {
            Met::Yes => return Met::Yes,
            Met::CannotTell => outcome = Met::CannotTell,
            Met::No => {}
        }
    }
    outcome
}

fn all(each: impl Iterator<Item = Met>) -> Met {
    not(any(each.map(not)))
}

/// Compares a value of the request with each of the policy's, where both are of the type.
fn typed<W, V>(wanted: &[Option<W>], value: Option<V>, is_match: impl Fn(&W, &V) -> bool) -> Met {
    let Some(value) = value else {
        return Met::CannotTell;
    };
    any(wanted.iter().map(|wanted| match wanted {
        Some(wanted) => yes(is_match(wanted, &value)),
        None => Met::CannotTell,
    }))
}

/// Whether the value is too long for one of the patterns to be sought in it.
fn is_beyond<P>(value: &str, patterns: &[P], is_costly: fn(&P) -> bool) -> bool {
    value.len() > MAX_SEARCHED && patterns.iter().any(is_costly)
}

fn is_in_order(base: BaseOperator, order: Option<std::cmp::Ordering>) -> bool {
    use BaseOperator as B;
    let Some(order) = order else {
        return false;
    };
    match base {
        B::NumericLessThan | B::DateLessThan => order.is_lt(),
        B::NumericLessThanEquals | B::DateLessThanEquals => order.is_le(),
        B::NumericGreaterThan | B::DateGreaterThan => order.is_gt(),
        B::NumericGreaterThanEquals | B::DateGreaterThanEquals => order.is_ge(),
        _ => order.is_eq(),
    }
}

fn read_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

pub(crate) fn read_number(text: &str) -> Option<f64> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

pub(crate) fn read_network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
