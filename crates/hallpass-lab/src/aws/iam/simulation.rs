//! A simulated request: policies by hand or of a principal, decided by the one engine.

use hallpass_diag::{LineIndex, Position};
use hallpass_iam::{
    Caller, Context, Decision, Document, Effect, Layer, Outcome, Policy, PolicyKind, PolicySet,
    Request, explain, validate,
};

use super::context_keys;
use crate::aws::error::ApiError;

/// A policy that takes part.
#[derive(Debug)]
pub(super) struct Source {
    id: String,
    role: SourceRole,
    document: Document,
    text: String,
    lines: LineIndex,
}

/// As what a policy takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceRole {
    /// It caps.
    Boundary,
    /// It grants.
    Identity,
    /// It is the resource's.
    Resource,
}

impl Source {
    /// Reads a policy; `id` names it in the answer.
    pub(super) fn read(
        id: impl Into<String>,
        role: SourceRole,
        text: &str,
    ) -> Result<Self, ApiError> {
        let id = id.into();
        let invalid = |reason: String| {
            ApiError::new(
                400,
                "InvalidInput",
                format!("{id}: Syntax errors in policy."),
            )
            .with_detail(reason)
        };
        let document = Document::parse(text).map_err(|errors| invalid(errors.to_string()))?;
        validate(&document, role.kind()).map_err(|malformed| invalid(malformed.to_string()))?;
        Ok(Self {
            role,
            document,
            text: text.to_owned(),
            lines: LineIndex::new(text),
            id,
        })
    }

    /// The policy as read.
    pub(super) const fn document(&self) -> &Document {
        &self.document
    }

    /// As what it takes part.
    pub(super) const fn role(&self) -> SourceRole {
        self.role
    }
}

impl SourceRole {
    const fn kind(self) -> PolicyKind {
        match self {
            Self::Boundary => PolicyKind::Boundary,
            Self::Identity => PolicyKind::Identity,
            Self::Resource => PolicyKind::Resource,
        }
    }
}

/// Whom a simulation lets call.
#[derive(Clone, Debug)]
pub(super) struct SimulatedCaller {
    /// The user's or role's ARN.
    pub(super) arn: String,
    /// The session's ARN, where it is a role.
    pub(super) session_arn: Option<String>,
}

/// Policies, a caller and circumstances, ready for any number of actions and resources.
#[derive(Debug)]
pub(super) struct Simulation {
    sources: Vec<Source>,
    policies: Vec<Policy>,
    caller: SimulatedCaller,
    resource_account: Option<String>,
    context: Context,
    missing: Vec<String>,
    organization: Option<Vec<Vec<Policy>>>,
}

/// What became of one action on one resource.
#[derive(Debug)]
pub(super) struct Simulated {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub(super) decision: &'static str,
    /// The statements that made it so.
    pub(super) matched: Vec<MatchedStatement>,
    /// Whether the boundary allows it, where there is one.
    pub(super) is_within_boundary: Option<bool>,
    /// Whether the organisation's policies allow it, where there are any.
    pub(super) is_within_organization: Option<bool>,
}

/// A statement that decided.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MatchedStatement {
    /// The policy.
    pub(super) policy: String,
    /// Where it begins.
    pub(super) start: Position,
    /// Where it ends.
    pub(super) end: Position,
}

impl Simulation {
    /// Gets ready; what the policies ask for and `context` lacks is missing.
    pub(super) fn new(
        sources: Vec<Source>,
        caller: SimulatedCaller,
        resource_account: Option<String>,
        context: Context,
    ) -> Self {
        // A number for a name, so that a decision's statements lead back to their source.
        let policies = sources
            .iter()
            .enumerate()
            .map(|(number, source)| {
                Policy::compile(number.to_string(), source.role.kind(), &source.document)
            })
            .collect();
        let missing = context_keys::of(sources.iter().map(Source::document))
            .into_iter()
            .filter(|key| context.get(key).is_none())
            .collect();
        Self {
            sources,
            policies,
            caller,
            resource_account,
            context,
            missing,
            organization: None,
        }
    }

    /// Adds the service control policies of the caller's account, each level from the root down.
    ///
    /// Those with conditions are left out: the service "doesn't evaluate" them (IAM User Guide, "IAM
    /// policy testing with the IAM policy simulator").
    pub(super) fn within(mut self, levels: &[Vec<Policy>]) -> Self {
        let evaluated = levels.iter().filter_map(|level| {
            let policies = level.iter().filter(|policy| !policy.has_conditions());
            let policies: Vec<Policy> = policies.cloned().collect();
            (!policies.is_empty()).then_some(policies)
        });
        self.organization = Some(evaluated.collect());
        self
    }

    /// Condition keys that the policies ask for and the context lacks.
    pub(super) fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Decides one action on one resource.
    pub(super) fn decide(&self, action: &str, resource: &str) -> Simulated {
        let request = Request {
            caller: self.caller(),
            action,
            resource,
            resource_account: self.resource_account.as_deref(),
            context: &self.context,
        };
        let set = PolicySet {
            identity: self.policies_of(SourceRole::Identity).collect(),
            resource: self.policies_of(SourceRole::Resource).next(),
            boundary: self.policies_of(SourceRole::Boundary).next(),
            service_control: self
                .organization
                .iter()
                .flatten()
                .map(|level| level.iter().collect())
                .collect(),
            ..PolicySet::default()
        };
        let decision = explain(&request, &set);
        Simulated {
            decision: match decision.outcome() {
                Outcome::Allow => "allowed",
                Outcome::ExplicitDeny => "explicitDeny",
                Outcome::ImplicitDeny => "implicitDeny",
            },
            matched: self.matched(&decision),
            is_within_boundary: set.boundary.map(|_| is_within_boundary(&decision)),
            is_within_organization: self
                .organization
                .as_ref()
                .map(|levels| is_within(&request, levels)),
        }
    }

    fn caller(&self) -> Caller<'_> {
        match &self.caller.session_arn {
            Some(session_arn) => Caller::RoleSession {
                session_arn,
                role_arn: &self.caller.arn,
            },
            None => Caller::User {
                arn: &self.caller.arn,
            },
        }
    }

    fn policies_of(&self, role: SourceRole) -> impl Iterator<Item = &Policy> {
        self.sources
            .iter()
            .zip(&self.policies)
            .filter(move |(source, _)| source.role == role)
            .map(|(_, policy)| policy)
    }

    fn matched(&self, decision: &Decision) -> Vec<MatchedStatement> {
        let effect = match decision.outcome() {
            Outcome::Allow => Effect::Allow,
            Outcome::ExplicitDeny => Effect::Deny,
            Outcome::ImplicitDeny => return Vec::new(),
        };
        decision
            .statements()
            .iter()
            .filter(|report| report.failure.is_none() && report.effect == effect)
            .filter_map(|report| {
                let number: usize = report.policy.parse().ok()?;
                let source = self.sources.get(number)?;
                let position = |offset| source.lines.position(&source.text, offset);
                Some(MatchedStatement {
                    policy: source.id.clone(),
                    start: position(report.span.start),
                    end: position(report.span.end),
                })
            })
            .collect()
    }
}

/// Whether the organisation's policies alone allow the request: to whom they bind, who may everything.
fn is_within(request: &Request<'_>, levels: &[Vec<Policy>]) -> bool {
    let all = Policy::parse("everything", PolicyKind::Identity, EVERYTHING);
    let set = PolicySet {
        identity: all.iter().collect(),
        service_control: levels.iter().map(|level| level.iter().collect()).collect(),
        ..PolicySet::default()
    };
    // Across accounts the resource's policy decides, too; the question is the caller's side alone.
    let request = Request {
        resource_account: None,
        ..*request
    };
    explain(&request, &set).outcome() == Outcome::Allow
}

const EVERYTHING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

fn is_within_boundary(decision: &Decision) -> bool {
    let applied = |effect| {
        decision.statements().iter().any(|report| {
            report.layer == Layer::Boundary && report.failure.is_none() && report.effect == effect
        })
    };
    applied(Effect::Allow) && !applied(Effect::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: &str, role: SourceRole, text: &str) -> Source {
        Source::read(id, role, text).unwrap()
    }

    fn simulation(sources: Vec<Source>) -> Simulation {
        let caller = SimulatedCaller {
            arn: "arn:aws:iam::111122223333:user/a".to_owned(),
            session_arn: None,
        };
        Simulation::new(sources, caller, None, Context::new())
    }

    const PUSH: &str = "{\"Statement\": [\n {\"Effect\": \"Allow\", \"Action\": \"ecr:Put*\", \"Resource\": \"*\"},\n {\"Effect\": \"Deny\", \"Action\": \"ecr:PutImage\", \"Resource\": \"arn:aws:ecr:::b\"}\n]}";

    #[test]
    fn names_the_statements_that_decide_and_where_they_stand() {
        let simulation = simulation(vec![source("one", SourceRole::Identity, PUSH)]);
        let allowed = simulation.decide("ecr:PutImage", "arn:aws:ecr:::a");
        assert_eq!(allowed.decision, "allowed");
        assert_eq!(allowed.matched[0].policy, "one");
        assert_eq!(allowed.matched[0].start.to_string(), "2:2");
        let denied = simulation.decide("ecr:PutImage", "arn:aws:ecr:::b");
        assert_eq!(denied.decision, "explicitDeny");
        assert_eq!(denied.matched.len(), 1);
        assert_eq!(denied.matched[0].start.line, 3);
        let silent = simulation.decide("ecr:BatchGetImage", "*");
        assert_eq!((silent.decision, silent.matched.len()), ("implicitDeny", 0));
        assert_eq!(silent.is_within_boundary, None);
    }

    #[test]
    fn a_boundary_caps_and_says_so() {
        let pull = "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"ecr:Batch*\", \"Resource\": \"*\"}}";
        let simulation = simulation(vec![
            source("one", SourceRole::Identity, PUSH),
            source("cap", SourceRole::Boundary, pull),
        ]);
        let capped = simulation.decide("ecr:PutImage", "*");
        assert_eq!(capped.decision, "implicitDeny");
        assert_eq!(capped.is_within_boundary, Some(false));
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_named() {
        let error = Source::read("PolicyInputList.2", SourceRole::Identity, "{").unwrap_err();
        assert_eq!(error.code, "InvalidInput");
        assert!(error.message.starts_with("PolicyInputList.2"));
    }
}
