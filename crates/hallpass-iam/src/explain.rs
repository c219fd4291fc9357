//! Why a decision came out as it did: statement by statement, as a value.

use std::cmp::Reverse;

use hallpass_diag::Span;

use crate::evaluate::{Outcome, PolicySet, settle};
use crate::policy::{Considered, Policy, Verdict};
use crate::principal::Grant;
use crate::request::Request;
use crate::statement::Mismatch;
use crate::syntax::{Effect, Element, Text};

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
    /// Whether there is a policy of that layer.
    pub(crate) has_policy: bool,
    /// Whether one of them allows anything at all.
    pub(crate) can_allow: bool,
    pub(crate) action: String,
    pub(crate) resource: String,
    policies: Vec<PolicyReport>,
    reports: Vec<StatementReport>,
}

/// What one policy says of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyReport {
    /// The policy's kind.
    pub layer: Layer,
    /// The policy's name.
    pub policy: String,
    /// What it says.
    pub says: Says,
}

/// The word of a policy on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A statement allows it, and none denies it.
    Allows,
    /// A statement denies it.
    Denies,
    /// No statement is about it.
    Nothing,
}

impl Says {
    /// The word that people read and programs compare.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allows => "allows",
            Self::Denies => "denies",
            Self::Nothing => "says nothing",
        }
    }
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
    /// Where the failure is a condition: the other conditions that are not met.
    pub further: Vec<Failure>,
    /// Where all but conditions match: the conditions that are met.
    pub met: Vec<MetCondition>,
}

/// A condition that the request meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetCondition {
    /// The operator.
    pub operator: String,
    /// The key.
    pub key: String,
    /// The values that would do.
    pub wanted: Vec<String>,
    /// The request's values; absent where it lacks the key, which the condition then takes for met.
    pub got: Option<Vec<String>>,
    /// Where the key stands.
    pub span: Span,
}

/// The part of a statement that a request does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The action is another.
    Action {
        /// What the statement names.
        wanted: Vec<String>,
        /// Whether it names what it is not about.
        is_negated: bool,
        /// Where the element's value stands.
        span: Span,
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
        /// Where the key stands.
        span: Span,
        /// Where each value that would do stands.
        value_spans: Vec<Span>,
    },
    /// The caller is another.
    Principal {
        /// Whom the statement names.
        wanted: Vec<String>,
        /// Who called.
        got: String,
        /// Whether it names whom it is not about.
        is_negated: bool,
        /// Where the element's value stands; the statement's place where it has none.
        span: Span,
    },
    /// The resource is another.
    Resource {
        /// What the statement names.
        wanted: Vec<String>,
        /// What was asked for.
        got: String,
        /// Whether it names what it is not about.
        is_negated: bool,
        /// Where the element's value stands; the statement's place where it has none.
        span: Span,
    },
}

impl Failure {
    /// Where the part stands.
    pub const fn span(&self) -> Span {
        match self {
            Self::Action { span, .. }
            | Self::Condition { span, .. }
            | Self::Principal { span, .. }
            | Self::Resource { span, .. } => *span,
        }
    }
}

/// Decides a request, and says why.
pub fn explain(request: &Request<'_>, policies: &PolicySet<'_>) -> Decision {
    let mut reports = Vec::new();
    let mut allowing = Vec::new();
    let mut asked_policies = Vec::new();
    let (outcome, layer) = settle(request, policies, |asked, layer, policy| {
        let mut verdict = Verdict::default();
        allowing.push((layer, policy.can_allow()));
        for statement in policy.considered(request.action) {
            let applied = statement.compiled.apply(asked);
            reports.push(report(layer, policy, statement, applied, request));
            verdict.note(statement.source.effect, applied);
        }
        asked_policies.push(PolicyReport {
            layer,
            policy: policy.name().to_owned(),
            says: match (verdict.is_denied, verdict.grant) {
                (true, _) => Says::Denies,
                (false, Some(_)) => Says::Allows,
                (false, None) => Says::Nothing,
            },
        });
        verdict
    });
    Decision {
        outcome,
        layer,
        has_policy: allowing.iter().any(|(found, _)| *found == layer),
        can_allow: allowing.contains(&(layer, true)),
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        policies: asked_policies,
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

    /// What each policy that was asked says, in the order of evaluation. A kind of policy that does not
    /// bind the caller is not asked.
    pub fn policies(&self) -> &[PolicyReport] {
        &self.policies
    }

    /// Every statement that was considered, in the order of evaluation. One that names other actions
    /// only is not: it costs nothing, and says nothing of this one.
    pub fn statements(&self) -> &[StatementReport] {
        &self.reports
    }

    /// The `Allow` that came nearest to applying, in the deciding layer.
    ///
    /// Nearer is who fails on a later part: action, principal, resource, condition; among those who
    /// fail on conditions, who meets more of them. Where the caller's own policies decide, the
    /// resource's policy could have allowed as well, so its statements count too.
    pub fn nearest(&self) -> Option<&StatementReport> {
        self.reports
            .iter()
            .filter(|report| report.effect == Effect::Allow && self.could_allow(report))
            .min_by_key(|report| {
                let part = match &report.failure {
                    None => 0,
                    Some(Failure::Condition { .. }) => 1,
                    Some(Failure::Resource { .. }) => 2,
                    Some(Failure::Principal { .. }) => 3,
                    Some(Failure::Action { .. }) => 4,
                };
                let is_elsewhere = report.layer != self.layer;
                (
                    part,
                    Reverse(report.met.len()),
                    report.further.len(),
                    is_elsewhere,
                )
            })
    }

    /// Whether the decision would be another if the statement applied.
    fn could_allow(&self, report: &StatementReport) -> bool {
        let is_beside = self.layer == Layer::Identity
            && report.layer == Layer::Resource
            && self.outcome == Outcome::ImplicitDeny
            && matches!(
                report.failure,
                Some(Failure::Condition { .. } | Failure::Resource { .. })
            );
        report.layer == self.layer || is_beside
    }
}

fn report(
    layer: Layer,
    policy: &Policy,
    statement: Considered<'_>,
    applied: Result<Grant, Mismatch>,
    request: &Request<'_>,
) -> StatementReport {
    let mismatch = applied.err();
    let is_condition = matches!(mismatch, Some(Mismatch::Condition(_)));
    let unmet: Vec<usize> = if is_condition {
        statement.compiled.unmet(request).collect()
    } else {
        Vec::new()
    };
    let met = match mismatch {
        None | Some(Mismatch::Condition(_)) => met(statement, &unmet, request),
        Some(Mismatch::Action | Mismatch::Principal | Mismatch::Resource) => Vec::new(),
    };
    StatementReport {
        layer,
        policy: policy.name().to_owned(),
        index: statement.number,
        sid: statement.source.sid.clone(),
        effect: statement.source.effect,
        span: statement.source.span,
        failure: mismatch.map(|mismatch| failure(statement, mismatch, request)),
        further: unmet
            .into_iter()
            .skip(1)
            .map(|index| failure(statement, Mismatch::Condition(index), request))
            .collect(),
        met,
    }
}

fn met(statement: Considered<'_>, unmet: &[usize], request: &Request<'_>) -> Vec<MetCondition> {
    let conditions = statement.source.conditions.iter().enumerate();
    conditions
        .filter(|(index, _)| !unmet.contains(index))
        .map(|(_, condition)| MetCondition {
            operator: condition.operator.to_string(),
            key: condition.key.clone(),
            wanted: texts(&condition.values),
            got: request.context.get(&condition.key).map(<[String]>::to_vec),
            span: condition.span,
        })
        .collect()
}

fn failure(statement: Considered<'_>, mismatch: Mismatch, request: &Request<'_>) -> Failure {
    let Considered {
        source, compiled, ..
    } = statement;
    let is_negated = compiled.is_negated(mismatch);
    let listed = |element: &Option<Element<Vec<Text>>>| {
        let element = element.as_ref();
        (
            element.map_or_else(Vec::new, |element| texts(&element.value)),
            element.map_or(source.span, |element| element.span),
        )
    };
    match mismatch {
        Mismatch::Action => {
            let (wanted, span) = listed(&source.action);
            Failure::Action {
                wanted,
                is_negated,
                span,
            }
        }
        Mismatch::Resource => {
            let (wanted, span) = listed(&source.resource);
            Failure::Resource {
                wanted,
                got: request.resource.to_owned(),
                is_negated,
                span,
            }
        }
        Mismatch::Principal => Failure::Principal {
            wanted: compiled.principal_names(),
            got: request.caller.name().to_owned(),
            is_negated,
            span: match &source.principal {
                Some(element) => element.span,
                None => source.span,
            },
        },
        Mismatch::Condition(index) => match source.conditions.get(index) {
            Some(condition) => Failure::Condition {
                operator: condition.operator.to_string(),
                key: condition.key.clone(),
                wanted: texts(&condition.values),
                got: request.context.get(&condition.key).map(<[String]>::to_vec),
                span: condition.span,
                value_spans: condition.values.iter().map(|value| value.span).collect(),
            },
            // INVARIANT: tests are compiled from conditions one to one.
            None => Failure::Action {
                wanted: Vec::new(),
                is_negated,
                span: source.span,
            },
        },
    }
}

fn texts(list: &[Text]) -> Vec<String> {
    list.iter().map(|text| text.text.clone()).collect()
}
