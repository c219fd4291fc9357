//! Why a decision came out as it did: statement by statement, as a value.

use hallpass_diag::Span;

use crate::evaluate::{Outcome, PolicySet, settle};
use crate::policy::Policy;
use crate::request::Request;
use crate::statement::{Compiled, Mismatch};
use crate::syntax::{Effect, Text};

/// A kind of policy in the order of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Permissions boundary.
    Boundary,
    /// The caller's identity policies.
    Identity,
    /// The resource's policy.
    Resource,
    /// Resource control policies.
    ResourceControl,
    /// Service control policies.
    ServiceControl,
    /// Session policies.
    Session,
    /// The role's trust policy.
    Trust,
}

impl Layer {
    /// The layer as sentences name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boundary => "permissions boundary",
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::ResourceControl => "resource control policy",
            Self::ServiceControl => "service control policy",
            Self::Session => "session policy",
            Self::Trust => "trust policy",
        }
    }
}

/// A decision with its reasons.
#[derive(Clone, Debug)]
pub struct Decision {
    outcome: Outcome,
    layer: Layer,
    action: String,
    resource: String,
    reports: Vec<StatementReport>,
}

/// What became of one statement.
#[derive(Clone, Debug)]
pub struct StatementReport {
    /// The policy's kind.
    pub layer: Layer,
    /// The policy's name.
    pub policy: String,
    /// The statement's number, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// What it does where it applies.
    pub effect: Effect,
    /// Where it stands in its document.
    pub span: Span,
    /// The first part that did not match; absent where the statement applies.
    pub failure: Option<Failure>,
}

/// The part of a statement that a request does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The action is another.
    Action {
        /// What the statement names.
        wanted: Vec<String>,
    },
    /// A condition is not met.
    Condition {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
        /// The values that would do.
        wanted: Vec<String>,
        /// The request's values; absent where it lacks the key.
        got: Option<Vec<String>>,
    },
    /// The caller is another.
    Principal {
        /// Whom the statement names.
        wanted: Vec<String>,
        /// Who called.
        got: String,
    },
    /// The resource is another.
    Resource {
        /// What the statement names.
        wanted: Vec<String>,
        /// What was asked for.
        got: String,
    },
}

/// Decides a request, and says why.
pub fn explain(request: &Request<'_>, policies: &PolicySet<'_>) -> Decision {
    let (outcome, layer) = settle(request, policies);
    let reports = policies
        .layers()
        .flat_map(|(layer, policy)| {
            policy
                .statements()
                .iter()
                .enumerate()
                .map(move |(index, statement)| report(layer, policy, index, statement, request))
        })
        .collect();
    Decision {
        outcome,
        layer,
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        reports,
    }
}

impl Decision {
    /// The decision; the same that [`crate::decide`] gives.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The layer that made it.
    pub const fn layer(&self) -> Layer {
        self.layer
    }

    /// Every statement that was considered, in the order of evaluation.
    pub fn statements(&self) -> &[StatementReport] {
        &self.reports
    }

    /// The statements of the deciding layer that came nearest to applying, nearest first.
    pub fn nearest(&self) -> Option<&StatementReport> {
        self.reports
            .iter()
            .filter(|report| report.layer == self.layer && report.effect == Effect::Allow)
            .min_by_key(|report| match &report.failure {
                None => 0,
                Some(Failure::Condition { .. }) => 1,
                Some(Failure::Resource { .. }) => 2,
                Some(Failure::Principal { .. }) => 3,
                Some(Failure::Action { .. }) => 4,
            })
    }

    /// The decision in one sentence.
    pub fn summary(&self) -> String {
        let applied = |effect| {
            self.reports.iter().find(|report| {
                report.layer == self.layer && report.effect == effect && report.failure.is_none()
            })
        };
        match self.outcome {
            Outcome::Allow => applied(Effect::Allow).map_or_else(
                || format!("allowed by the {}", self.layer.as_str()),
                |report| format!("allowed by {}", report.place()),
            ),
            Outcome::ExplicitDeny => applied(Effect::Deny).map_or_else(
                || format!("denied by a {}", self.layer.as_str()),
                |report| format!("denied by {}", report.place()),
            ),
            Outcome::ImplicitDeny => {
                let start = format!(
                    "no {} allows {} on {}",
                    self.layer.as_str(),
                    self.action,
                    self.resource
                );
                match self.nearest() {
                    Some(report) => match &report.failure {
                        Some(
                            failure @ (Failure::Condition { .. }
                            | Failure::Resource { .. }
                            | Failure::Principal { .. }),
                        ) => {
                            format!("{start}: {} wants {}", report.place(), failure.sentence())
                        }
                        _ => start,
                    },
                    None => start,
                }
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
}

impl Failure {
    /// `StringEquals KEY to be X, got Y`.
    pub fn sentence(&self) -> String {
        match self {
            Self::Action { wanted } => format!("action {}", listed(wanted)),
            Self::Condition {
                operator,
                key,
                wanted,
                got,
            } => {
                let got = match got {
                    None => "nothing: the request lacks the key".to_owned(),
                    Some(values) => listed(values),
                };
                format!("{operator} {key} {}, got {got}", listed(wanted))
            }
            Self::Principal { wanted, got } => format!("principal {}, got `{got}`", listed(wanted)),
            Self::Resource { wanted, got } => format!("resource {}, got `{got}`", listed(wanted)),
        }
    }
}

/// At most five, then a count.
fn listed(values: &[String]) -> String {
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

fn report(
    layer: Layer,
    policy: &Policy,
    index: usize,
    statement: &Compiled,
    request: &Request<'_>,
) -> StatementReport {
    StatementReport {
        layer,
        policy: policy.name().to_owned(),
        index,
        sid: statement.sid.clone(),
        effect: statement.effect,
        span: statement.span,
        failure: statement
            .apply(request)
            .err()
            .map(|mismatch| failure(statement, mismatch, request)),
    }
}

fn failure(statement: &Compiled, mismatch: Mismatch, request: &Request<'_>) -> Failure {
    let source = &statement.source;
    let texts = |list: &[Text]| list.iter().map(|text| text.text.clone()).collect();
    match mismatch {
        Mismatch::Action => Failure::Action {
            wanted: source
                .action
                .as_ref()
                .map_or_else(Vec::new, |element| texts(&element.value)),
        },
        Mismatch::Resource => Failure::Resource {
            wanted: source
                .resource
                .as_ref()
                .map_or_else(Vec::new, |element| texts(&element.value)),
            got: request.resource.to_owned(),
        },
        Mismatch::Principal => Failure::Principal {
            wanted: statement.principal_names(),
            got: request.caller.name().to_owned(),
        },
        Mismatch::Condition(index) => match source.conditions.get(index) {
            Some(condition) => Failure::Condition {
                operator: condition.operator.to_string(),
                key: condition.key.clone(),
                wanted: texts(&condition.values),
                got: request.context.get(&condition.key).map(<[String]>::to_vec),
            },
            // INVARIANT: tests are compiled from conditions one to one.
            None => Failure::Action { wanted: Vec::new() },
        },
    }
}
