//! A decision in one sentence, for the engineer whose push was refused.
//!
//! It names the statement that came nearest and what it wants, beside what the request has; where a
//! slip is plain (a wildcard under `StringEquals`, a letter's case) it says so.

use crate::context::Context;
use crate::evaluate::Outcome;
use crate::explain::{Decision, Failure, Layer, StatementReport};
use crate::operator::{BaseOperator, Operator};
use crate::pattern::Pattern;
use crate::syntax::Effect;
use crate::variable::Special;

impl Decision {
    /// The decision in one sentence.
    pub fn summary(&self) -> String {
        match self.outcome() {
            Outcome::Allow => self.applied(Effect::Allow).map_or_else(
                || "allowed: the account's root user needs no policy".to_owned(),
                |report| format!("allowed by {}", report.place_and_kind()),
            ),
            Outcome::ExplicitDeny => self.applied(Effect::Deny).map_or_else(
                || format!("denied by the {}", self.layer().as_str()),
                |report| format!("denied by {}", report.place_and_kind()),
            ),
            Outcome::ImplicitDeny => format!("{}: {}", self.refusal(), self.shortfall()),
        }
    }

    /// The first statement of the deciding layer that applies.
    fn applied(&self, effect: Effect) -> Option<&StatementReport> {
        self.statements().iter().find(|report| {
            report.layer == self.layer() && report.effect == effect && report.failure.is_none()
        })
    }

    fn refusal(&self) -> String {
        let (action, resource) = (&self.action, &self.resource);
        let layer = self.layer().as_str();
        match self.layer() {
            // A request has one of these at most.
            Layer::Boundary | Layer::Trust => {
                format!("the {layer} does not allow {action} on {resource}")
            }
            Layer::Identity
            | Layer::Resource
            | Layer::ResourceControl
            | Layer::ServiceControl
            | Layer::Session => format!("no {layer} allows {action} on {resource}"),
        }
    }

    /// What the nearest statement wants.
    fn shortfall(&self) -> String {
        let Some(report) = self.nearest() else {
            return match (self.has_policy, self.can_allow) {
                (false, _) => "there is none",
                (true, false) => "it has no statement that allows",
                (true, true) => "no statement that allows is about this action",
            }
            .to_owned();
        };
        match &report.failure {
            // An allowing level of several: the one that does not allow has no `Allow` at all.
            None => "not every level allows it".to_owned(),
            Some(Failure::Action { .. }) => {
                "no statement that allows is about this action".to_owned()
            }
            Some(
                first @ (Failure::Condition { .. }
                | Failure::Principal { .. }
                | Failure::Resource { .. }),
            ) => {
                let wishes: Vec<String> = std::iter::once(first)
                    .chain(&report.further)
                    .map(Failure::sentence)
                    .collect();
                format!("{} wants {}", report.place(), wishes.join("; and "))
            }
        }
    }
}

impl StatementReport {
    /// `statement 0 (Sid) of POLICY`.
    pub fn place(&self) -> String {
        let sid = self
            .sid
            .as_ref()
            .map_or_else(String::new, |sid| format!(" ({sid})"));
        format!("statement {}{sid} of {}", self.index, self.policy)
    }

    /// The place, and the policy's kind where its name does not say it.
    fn place_and_kind(&self) -> String {
        let kind = self.layer.as_str();
        if self.policy.to_lowercase().contains(kind) {
            self.place()
        } else {
            format!("{} ({kind})", self.place())
        }
    }
}

impl Failure {
    /// What is wanted, and what was got: it reads after "the statement wants".
    pub fn sentence(&self) -> String {
        let other = |is_negated: bool| if is_negated { "other than " } else { "" };
        match self {
            Self::Action {
                wanted, is_negated, ..
            } => {
                format!("action {}{}", other(*is_negated), listed(wanted))
            }
            Self::Condition {
                operator,
                key,
                wanted,
                got,
                ..
            } => condition(operator, key, wanted, got.as_deref()),
            Self::Principal {
                wanted,
                got,
                is_negated,
                ..
            } => format!(
                "principal {}{}, got `{got}`{}",
                other(*is_negated),
                listed(wanted),
                case_hint(wanted, got)
            ),
            Self::Resource {
                wanted,
                got,
                is_negated,
                ..
            } => format!(
                "resource {}{}, got `{got}`{}",
                other(*is_negated),
                listed(wanted),
                case_hint(wanted, got)
            ),
        }
    }
}

fn condition(name: &str, key: &str, wanted: &[String], got: Option<&[String]>) -> String {
    let shown = match got {
        None => "nothing: the request lacks the key".to_owned(),
        Some([]) => "no value: the key is there and empty".to_owned(),
        Some(values) => listed(values),
    };
    let operator = Operator::parse(name).map(|operator| operator.base);
    if operator == Some(BaseOperator::Null) {
        let is_absence_wanted = wanted
            .iter()
            .any(|value| value.eq_ignore_ascii_case("true"));
        let wish = if is_absence_wanted {
            "to be absent"
        } else {
            "to be there"
        };
        return format!("{key} {wish} (Null), got {shown}");
    }
    let hint = match (operator, got) {
        (Some(BaseOperator::StringEquals), Some([got])) if is_wildcard_meant(wanted, got) => {
            " (StringEquals takes `*` and `?` as they are: StringLike makes them wildcards)"
        }
        (Some(BaseOperator::StringEquals | BaseOperator::StringLike), Some([got])) => {
            case_hint(wanted, got)
        }
        _ => "",
    };
    format!("{name} {key} {}, got {shown}{hint}", listed(wanted))
}

/// Whether a wanted text would match as a pattern.
fn is_wildcard_meant(wanted: &[String], got: &str) -> bool {
    let special = Special {
        wildcards: true,
        variables: false,
    };
    wanted
        .iter()
        .any(|text| Pattern::new(text, special).matches(got, &Context::new()))
}

fn case_hint(wanted: &[String], got: &str) -> &'static str {
    if wanted
        .iter()
        .any(|text| text != got && text.eq_ignore_ascii_case(got))
    {
        " (they differ in case)"
    } else {
        ""
    }
}

/// At most five, then a count.
fn listed(values: &[String]) -> String {
    if values.is_empty() {
        return "(none is named)".to_owned();
    }
    let shown: Vec<String> = values
        .iter()
        .take(5)
        .map(|value| format!("`{value}`"))
        .collect();
    let rest = values.len().saturating_sub(5);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(" or "))
}
