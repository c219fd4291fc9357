//! Following `github.event.x`, `list[0]`, `object['key']` and the filter `.*`.
//!
//! Names are found without case, except in `env` on Linux. What is not there is null. A filter makes a list
//! of all members, and what follows it is taken from each of them; members that lack it fall out.

use std::borrow::Cow;

use github_actions_expressions::Expr;
use github_actions_expressions::context::Context;
use serde_json::{Map, Value};

use super::evaluate::Evaluator;
use super::value::{number_of, text_of};

/// The value of a context reference.
pub(super) fn context<'a>(
    evaluator: Evaluator<'a>,
    context: &Context<'_>,
) -> Result<Cow<'a, Value>, String> {
    let mut parts = context.parts.iter();
    let Some(head) = parts.next() else {
        return Ok(Cow::Owned(Value::Null));
    };
    let names = match &head.inner {
        Expr::Identifier(name) if name.as_str().eq_ignore_ascii_case("env") => Names::Exact,
        _ => Names::Folded,
    };
    let mut place = Place::One(evaluator.value(head)?);
    for part in parts {
        let step = match &part.inner {
            Expr::Star => Step::All,
            Expr::Identifier(name) => {
                Step::Key(Cow::Owned(Value::String(name.as_str().to_owned())))
            }
            Expr::Index(inside) if matches!(inside.inner, Expr::Star) => Step::All,
            Expr::Index(inside) => Step::Key(evaluator.value(inside)?),
            _ => return Err("what stands after a dot is a name".to_owned()),
        };
        place = place.follow(&step, names);
    }
    Ok(place.into_value())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Exact,
    Folded,
}

enum Step<'a> {
    All,
    Key(Cow<'a, Value>),
}

/// Where we are: at one value, or at each of a filter's.
enum Place<'a> {
    Filtered(Vec<Cow<'a, Value>>),
    One(Cow<'a, Value>),
}

impl<'a> Place<'a> {
    fn follow(self, step: &Step<'_>, names: Names) -> Self {
        match (self, step) {
            (Self::One(value), Step::All) => Self::Filtered(members(value)),
            (Self::Filtered(values), Step::All) => {
                Self::Filtered(values.into_iter().flat_map(members).collect())
            }
            (Self::One(value), Step::Key(key)) => {
                Self::One(member(value, key, names).unwrap_or(Cow::Owned(Value::Null)))
            }
            (Self::Filtered(values), Step::Key(key)) => Self::Filtered(
                values
                    .into_iter()
                    .filter_map(|value| member(value, key, names))
                    .collect(),
            ),
        }
    }

    fn into_value(self) -> Cow<'a, Value> {
        match self {
            Self::One(value) => value,
            Self::Filtered(values) => Cow::Owned(Value::Array(
                values.into_iter().map(Cow::into_owned).collect(),
            )),
        }
    }
}

fn members(value: Cow<'_, Value>) -> Vec<Cow<'_, Value>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(members)) => members.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(members)) => members
            .into_iter()
            .map(|(_, member)| Cow::Owned(member))
            .collect(),
        Cow::Borrowed(_) | Cow::Owned(_) => Vec::new(),
    }
}

fn member<'a>(value: Cow<'a, Value>, key: &Value, names: Names) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => find(value, key, names).map(Cow::Borrowed),
        Cow::Owned(value) => find(&value, key, names).cloned().map(Cow::Owned),
    }
}

fn find<'a>(value: &'a Value, key: &Value, names: Names) -> Option<&'a Value> {
    match value {
        Value::Object(members) => named(members, &text_of(key), names),
        Value::Array(items) if !matches!(key, Value::Array(_) | Value::Object(_)) => {
            let at = number_of(key).floor();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked"
            )]
            (at >= 0.0 && at < f64::from(u32::MAX))
                .then(|| items.get(at as usize))
                .flatten()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

fn named<'a>(members: &'a Map<String, Value>, name: &str, names: Names) -> Option<&'a Value> {
    members.get(name).or_else(|| {
        (names == Names::Folded)
            .then(|| {
                members
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            })
            .flatten()
    })
}
