//! Asking the engine: of a whole document, and of one element of a statement by itself.

use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::policy::{Policy, PolicyKind};
use crate::principal::Caller;
use crate::request::Request;
use crate::syntax::{Document, Effect, Element, Principals, Statement, Text, Version};

use super::class::{Asking, Witness};

/// Decides for documents of one kind, each by itself.
#[derive(Debug)]
pub(crate) struct Judge {
    kind: PolicyKind,
    everything: Policy,
}

impl Judge {
    pub(crate) fn new(kind: PolicyKind) -> Self {
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: Some(element("*")),
            resource: Some(element("*")),
            conditions: Vec::new(),
            span: hallpass_diag::Span::default(),
        };
        Self {
            kind,
            everything: compile(PolicyKind::Identity, None, statement),
        }
    }

    /// What the document says of the request; a resource's policy is asked beside the caller's own
    /// policies, which allow everything or are not there.
    pub(super) fn decide(&self, policy: &Policy, asked: &Witness) -> Outcome {
        let request = Request {
            caller: asked.caller.caller(),
            action: &asked.action,
            resource: &asked.resource,
            resource_account: asked.resource_account.as_deref(),
            context: &asked.context,
        };
        let set = if is_of_resource(self.kind) {
            PolicySet {
                resource: Some(policy),
                identity: if asked.is_allowed_by_own {
                    vec![&self.everything]
                } else {
                    Vec::new()
                },
                ..PolicySet::default()
            }
        } else {
            PolicySet {
                identity: vec![policy],
                ..PolicySet::default()
            }
        };
        decide(&request, &set)
    }

    /// The statement with nothing but the element that `keep` leaves: the others match everything.
    pub(crate) fn probe(
        &self,
        statement: &Statement,
        version: Option<Version>,
        keep: Keep,
    ) -> Probe {
        let everyone = is_of_resource(self.kind).then_some(Element {
            is_negated: false,
            value: Principals::Everyone,
            span: statement.span,
        });
        let all = || Some(element("*"));
        let (mut principal, mut action, mut resource) = (everyone, all(), all());
        let mut conditions = Vec::new();
        match keep {
            Keep::Action => action.clone_from(&statement.action),
            Keep::All => {
                principal.clone_from(&statement.principal);
                action.clone_from(&statement.action);
                resource.clone_from(&statement.resource);
                conditions.clone_from(&statement.conditions);
            }
            Keep::Condition(index) => {
                conditions.extend(statement.conditions.get(index).cloned());
            }
            Keep::Principal => principal.clone_from(&statement.principal),
            Keep::Resource => resource.clone_from(&statement.resource),
        }
        let statement = Statement {
            sid: None,
            effect: statement.effect,
            principal,
            action,
            resource,
            conditions,
            span: statement.span,
        };
        Probe {
            is_deny: statement.effect == Effect::Deny,
            policy: compile(self.kind, version, statement),
        }
    }
}

/// The element of a statement that a probe is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keep {
    Action,
    All,
    Condition(usize),
    Principal,
    Resource,
}

/// A document of one statement, most often with one element that matters.
#[derive(Debug)]
pub(crate) struct Probe {
    policy: Policy,
    is_deny: bool,
}

impl Probe {
    /// Whether the statement applies.
    pub(crate) fn applies(&self, judge: &Judge, asked: &Witness) -> bool {
        let outcome = judge.decide(&self.policy, asked);
        if self.is_deny {
            outcome == Outcome::ExplicitDeny
        } else {
            outcome == Outcome::Allow
        }
    }
}

impl Asking {
    /// The caller as the engine takes it.
    pub fn caller(&self) -> Caller<'_> {
        match self {
            Self::AccountRoot { account } => Caller::AccountRoot { account },
            Self::Anonymous => Caller::Anonymous,
            Self::Federated { provider } => Caller::Federated { provider },
            Self::FederatedUser { arn } => Caller::FederatedUser { arn },
            Self::RoleSession {
                session_arn,
                role_arn,
            } => Caller::RoleSession {
                session_arn,
                role_arn,
            },
            Self::Service { name } => Caller::Service { name },
            Self::User { arn } => Caller::User { arn },
        }
    }
}

impl Witness {
    /// A request about nothing yet.
    pub(crate) fn blank() -> Self {
        Self {
            caller: Asking::Anonymous,
            action: String::new(),
            resource: String::new(),
            resource_account: None,
            context: Context::new(),
            keys: Vec::new(),
            is_allowed_by_own: false,
        }
    }
}

/// Whether policies of the kind name whom they are about.
pub(super) const fn is_of_resource(kind: PolicyKind) -> bool {
    match kind {
        PolicyKind::Boundary
        | PolicyKind::Identity
        | PolicyKind::ServiceControl
        | PolicyKind::Session => false,
        PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Trust => true,
    }
}

/// An element of one pattern.
pub(super) fn element(text: &str) -> Element<Vec<Text>> {
    let span = hallpass_diag::Span::default();
    Element {
        is_negated: false,
        value: vec![Text {
            text: text.to_owned(),
            span,
        }],
        span,
    }
}

fn compile(kind: PolicyKind, version: Option<Version>, statement: Statement) -> Policy {
    let document = Document {
        version,
        id: None,
        statements: vec![statement],
        length: 0,
    };
    Policy::compile("", kind, &document)
}
