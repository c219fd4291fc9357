//! A statement, compiled.

use crate::arn::ArnPattern;
use crate::condition::{Met, Test};
use crate::pattern::{MAX_SEARCHED, Pattern};
use crate::policy::PolicyKind;
use crate::principal::{Caller, Grant, PrincipalSet};
use crate::request::{Asked, Request};
use crate::syntax::{Effect, Element, Statement, Text, Version};
use crate::variable::Special;

/// A statement, ready to be matched.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) effect: Effect,
    principal: Option<Negatable<PrincipalSet>>,
    pub(crate) action: Negatable<Vec<Pattern>>,
    resource: Option<Negatable<Vec<ArnPattern>>>,
    /// The part that a policy of its kind must have and this statement lacks.
    lacks: Option<Mismatch>,
    tests: Vec<Test>,
}

/// An element and whether it is the `Not` form.
#[derive(Clone, Debug)]
pub(crate) struct Negatable<T> {
    pub(crate) is_negated: bool,
    pub(crate) value: T,
}

/// The part of a statement that a request does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Action,
    Condition(usize),
    Principal,
    Resource,
}

impl Compiled {
    pub(crate) fn new(statement: &Statement, version: Option<Version>, kind: PolicyKind) -> Self {
        let special = Special {
            wildcards: true,
            variables: version == Some(Version::V2012),
        };
        let action = statement.action.as_ref().map_or_else(
            || Negatable {
                is_negated: false,
                value: Vec::new(),
            },
            |element| negatable(element, |texts| action_patterns(texts)),
        );
        Self {
            effect: statement.effect,
            principal: statement.principal.as_ref().map(|element| {
                let has_wildcards = (statement.effect == Effect::Deny) != element.is_negated;
                negatable(element, |principals| {
                    PrincipalSet::new(principals, has_wildcards)
                })
            }),
            action,
            resource: statement.resource.as_ref().map(|element| {
                let read = resource_reader(element, statement.effect, kind);
                negatable(element, |texts| {
                    texts.iter().map(|text| read(&text.text, special)).collect()
                })
            }),
            lacks: lacks(statement, kind),
            tests: statement
                .conditions
                .iter()
                .map(|condition| Test::new(condition, special.variables))
                .collect(),
        }
    }

    /// How the statement applies to the request, or the first part that does not match.
    pub(crate) fn apply(&self, asked: &Asked<'_>) -> Result<Grant, Mismatch> {
        if !self.matches_action(asked.request.action) {
            return Err(Mismatch::Action);
        }
        self.apply_to_its_action(asked)
    }

    /// The same for a request whose action is one of the statement's.
    pub(crate) fn apply_to_its_action(&self, asked: &Asked<'_>) -> Result<Grant, Mismatch> {
        let Asked { request, .. } = asked;
        if let (Some(part), Effect::Allow) = (self.lacks, self.effect) {
            return Err(part);
        }
        let grant = self.grant(asked).ok_or(Mismatch::Principal)?;
        if !self.matches_resource(request) {
            return Err(Mismatch::Resource);
        }
        match self.unmet(request).next() {
            Some(index) => Err(Mismatch::Condition(index)),
            None => Ok(grant),
        }
    }

    /// The conditions that the request does not meet, by their place in the statement.
    pub(crate) fn unmet(&self, request: &Request<'_>) -> impl Iterator<Item = usize> {
        let is_met = |test: &Test| match test.met(request.context) {
            Met::Yes => true,
            Met::No => false,
            // Towards denial, in the direction of the statement.
            Met::CannotTell => self.effect == Effect::Deny,
        };
        self.tests
            .iter()
            .enumerate()
            .filter(move |(_, test)| !is_met(test))
            .map(|(index, _)| index)
    }

    /// Whom the statement names.
    pub(crate) fn principal_names(&self) -> Vec<String> {
        self.principal
            .as_ref()
            .map_or_else(Vec::new, |principal| principal.value.names())
    }

    /// Whether the part is in its `Not` form.
    pub(crate) fn is_negated(&self, part: Mismatch) -> bool {
        match part {
            Mismatch::Action => self.action.is_negated,
            Mismatch::Condition(_) => false,
            Mismatch::Principal => self.principal.as_ref().is_some_and(|part| part.is_negated),
            Mismatch::Resource => self.resource.as_ref().is_some_and(|part| part.is_negated),
        }
    }

    pub(crate) fn matches_action(&self, action: &str) -> bool {
        let empty = const { &crate::context::Context::new() };
        let mut patterns = self.action.value.iter();
        if action.len() > MAX_SEARCHED && patterns.clone().any(Pattern::is_costly) {
            return self.effect == Effect::Deny;
        }
        let is_listed = patterns.any(|pattern| pattern.matches(action, empty));
        is_listed != self.action.is_negated
    }

    /// Identity policies name no principal: they are the caller's own.
    fn grant(&self, asked: &Asked<'_>) -> Option<Grant> {
        let Asked {
            request,
            has_boundary,
        } = asked;
        let Some(principal) = &self.principal else {
            return Some(Grant::Caller);
        };
        let user_id = match request.caller {
            Caller::RoleSession { .. } | Caller::User { .. } => {
                match request.context.values_of_lower("aws:userid") {
                    Some([id]) => Some(id.as_str()),
                    _ => None,
                }
            }
            // Nobody else is named by a unique ID.
            Caller::AccountRoot { .. }
            | Caller::Anonymous
            | Caller::Federated { .. }
            | Caller::FederatedUser { .. }
            | Caller::Service { .. } => None,
        };
        let grant = principal.value.grant(&request.caller, user_id);
        if !principal.is_negated {
            return grant;
        }
        let is_outside = match self.effect {
            Effect::Allow => grant.is_none(),
            // "The `NotPrincipal` element with a `Deny` effect will always deny any IAM principal that has
            // a permissions boundary policy attached" (IAM User Guide, NotPrincipal, key points).
            Effect::Deny => {
                let is_bounded = *has_boundary
                    && matches!(
                        request.caller,
                        Caller::FederatedUser { .. }
                            | Caller::RoleSession { .. }
                            | Caller::User { .. }
                    );
                is_bounded || !principal.value.spares(&request.caller)
            }
        };
        is_outside.then_some(Grant::Role)
    }

    fn matches_resource(&self, request: &Request<'_>) -> bool {
        self.resource.as_ref().is_none_or(|resource| {
            let mut patterns = resource.value.iter();
            if request.resource.len() > MAX_SEARCHED && patterns.clone().any(ArnPattern::is_costly)
            {
                return self.effect == Effect::Deny;
            }
            let is_listed =
                patterns.any(|pattern| pattern.matches(request.resource, request.context));
            let is_known = || {
                let mut patterns = resource.value.iter();
                patterns.all(|pattern| pattern.is_resolved(request.context))
            };
            if resource.is_negated && !is_listed {
                // A variable without value: towards denial, in the direction of the statement.
                return self.effect == Effect::Deny || is_known();
            }
            is_listed != resource.is_negated
        })
    }
}

/// How a resource is read: whole where an ARN that is completed would let more through.
fn resource_reader(
    element: &Element<Vec<Text>>,
    effect: Effect,
    kind: PolicyKind,
) -> fn(&str, Special) -> ArnPattern {
    let is_completed = match kind {
        PolicyKind::Boundary
        | PolicyKind::Identity
        | PolicyKind::ResourceControl
        | PolicyKind::ServiceControl
        | PolicyKind::Session => true,
        PolicyKind::Resource | PolicyKind::Trust => effect == Effect::Deny && !element.is_negated,
    };
    if is_completed {
        ArnPattern::of_resource
    } else {
        ArnPattern::of_whole_resource
    }
}

/// The part that IAM refuses a policy of this kind without: to be about everyone or everything is to
/// be said, never to be left out.
fn lacks(statement: &Statement, kind: PolicyKind) -> Option<Mismatch> {
    match kind {
        // The one principal that a resource control policy may name is `*`: to leave it out says no less.
        PolicyKind::Boundary
        | PolicyKind::Identity
        | PolicyKind::ResourceControl
        | PolicyKind::ServiceControl
        | PolicyKind::Session => statement.resource.is_none().then_some(Mismatch::Resource),
        PolicyKind::Resource | PolicyKind::Trust => {
            statement.principal.is_none().then_some(Mismatch::Principal)
        }
    }
}

fn action_patterns(texts: &[Text]) -> Vec<Pattern> {
    let special = Special {
        wildcards: true,
        variables: false,
    };
    texts
        .iter()
        .map(|text| Pattern::new(&text.text, special).ignoring_case())
        .collect()
}

fn negatable<S, T>(element: &Element<S>, compile: impl FnOnce(&S) -> T) -> Negatable<T> {
    Negatable {
        is_negated: element.is_negated,
        value: compile(&element.value),
    }
}
