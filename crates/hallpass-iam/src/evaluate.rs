//! The decision: all policies that bear on a request, in AWS's order.
//!
//! Source: IAM User Guide, "Policy evaluation logic": "How AWS enforcement code logic evaluates requests
//! to allow or deny access", and its page on cross-account requests; AWS Organizations User Guide,
//! "SCP evaluation" and "RCP evaluation".
//!
//! Every policy is asked once ([`settle`]), and the answers are put together ([`Answers::outcome`]). So
//! [`decide`] and [`crate::explain`] differ in how they ask a policy, and in nothing else.

use crate::explain::Layer;
use crate::policy::{Policy, PolicyKind, Verdict};
use crate::principal::{Caller, Grant};
use crate::request::{Asked, Request};

/// The policies that bear on a request. An absent field means that there is none of that kind.
#[derive(Clone, Debug, Default)]
pub struct PolicySet<'a> {
    /// Of the caller: its own and its groups'.
    pub identity: Vec<&'a Policy>,
    /// Of the resource: a repository policy, or a role's trust policy.
    pub resource: Option<&'a Policy>,
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// Session policies: each that was passed when the session was made.
    pub session: Option<Vec<&'a Policy>>,
    /// Service control policies: each level of the organisation from its root down.
    pub service_control: Vec<Vec<&'a Policy>>,
    /// Resource control policies: likewise, of the resource's account.
    pub resource_control: Vec<Vec<&'a Policy>>,
}

/// Whether the request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing that would have to allow it does.
    ImplicitDeny,
}

impl Outcome {
    /// The decision's name, as cases and results write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::ExplicitDeny => "ExplicitDeny",
            Self::ImplicitDeny => "ImplicitDeny",
        }
    }
}

/// Decides a request.
pub fn decide(request: &Request<'_>, policies: &PolicySet<'_>) -> Outcome {
    settle(request, policies, |asked, _, policy| policy.verdict(asked)).0
}

/// The decision, and the layer that made it. `ask` is called once for each policy that bears on the
/// request, in the order of evaluation.
pub(crate) fn settle(
    request: &Request<'_>,
    policies: &PolicySet<'_>,
    mut ask: impl FnMut(&Asked<'_>, Layer, &Policy) -> Verdict,
) -> (Outcome, Layer) {
    let asked = Asked {
        request,
        has_boundary: policies.boundary.is_some(),
    };
    let mut denied_by = None;
    let mut grant_of = |layer: Layer, group: &[&Policy]| {
        let mut closest = None;
        for policy in group {
            let verdict = ask(&asked, layer, policy);
            if verdict.is_denied && denied_by.is_none() {
                denied_by = Some(layer);
            }
            closest = closest.max(verdict.grant);
        }
        closest
    };
    let mut every_level = |layer: Layer, levels: &[Vec<&Policy>], is_bound: bool| {
        let mut is_allowed = true;
        for level in levels.iter().filter(|_| is_bound) {
            is_allowed &= grant_of(layer, level).is_some();
        }
        is_allowed
    };
    let is_bound = (!policies.resource_control.is_empty() || !policies.service_control.is_empty())
        && !request.caller.is_service_linked();
    let resource_control =
        every_level(Layer::ResourceControl, &policies.resource_control, is_bound);
    // Service control policies bind the organisation's own principals only.
    let service_control = every_level(
        Layer::ServiceControl,
        &policies.service_control,
        is_bound && request.caller.account().is_some(),
    );
    let answers = Answers {
        resource_control,
        service_control,
        resource: grant_of(resource_layer(policies), policies.resource.as_slice()),
        boundary: policies
            .boundary
            .is_none_or(|policy| grant_of(Layer::Boundary, &[policy]).is_some()),
        session: match &policies.session {
            Some(session) => grant_of(Layer::Session, session).is_some(),
            // "If there is no session policy", only the session of a role goes on: one of
            // `GetFederationToken` has then what a resource's policy grants it.
            None => !matches!(request.caller, Caller::FederatedUser { .. }),
        },
        identity: grant_of(Layer::Identity, &policies.identity).is_some(),
    };
    match denied_by {
        Some(layer) => (Outcome::ExplicitDeny, layer),
        None => answers.outcome(request, resource_layer(policies)),
    }
}

/// What the policies allow, kind by kind; where there is none of a kind, what its absence allows.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one answer for each kind of policy"
)]
struct Answers {
    resource_control: bool,
    service_control: bool,
    resource: Option<Grant>,
    boundary: bool,
    session: bool,
    identity: bool,
}

impl Answers {
    /// The decision where no statement denies.
    fn outcome(self, request: &Request<'_>, resource_layer: Layer) -> (Outcome, Layer) {
        if !self.resource_control {
            return (Outcome::ImplicitDeny, Layer::ResourceControl);
        }
        if !self.service_control {
            return (Outcome::ImplicitDeny, Layer::ServiceControl);
        }
        match request.caller {
            Caller::Anonymous | Caller::Federated { .. } | Caller::Service { .. } => {
                match self.resource {
                    Some(_) => (Outcome::Allow, resource_layer),
                    None => (Outcome::ImplicitDeny, resource_layer),
                }
            }
            Caller::AccountRoot { .. }
            | Caller::FederatedUser { .. }
            | Caller::RoleSession { .. }
            | Caller::User { .. } => {
                if is_cross_account(request) && self.resource.is_some() {
                    self.own(request)
                } else if is_cross_account(request) {
                    (Outcome::ImplicitDeny, resource_layer)
                } else {
                    self.same_account(request, resource_layer)
                }
            }
        }
    }

    fn same_account(self, request: &Request<'_>, resource_layer: Layer) -> (Outcome, Layer) {
        match self.resource {
            // Who is named itself is not capped by what its boundary or session leave out.
            Some(Grant::Caller) => (Outcome::Allow, resource_layer),
            Some(Grant::Role) => match self.cap() {
                Some(layer) => (Outcome::ImplicitDeny, layer),
                None => (Outcome::Allow, resource_layer),
            },
            // A role's trust policy must allow; the caller's own policies alone cannot.
            None if resource_layer == Layer::Trust => (Outcome::ImplicitDeny, Layer::Trust),
            Some(Grant::Account) | None => self.own(request),
        }
    }

    /// What the caller's own policies say, within boundary and session policies.
    fn own(self, request: &Request<'_>) -> (Outcome, Layer) {
        // The root user has full access but for what an organisation takes.
        let is_root = matches!(request.caller, Caller::AccountRoot { .. });
        if !self.identity && !is_root {
            return (Outcome::ImplicitDeny, Layer::Identity);
        }
        match self.cap() {
            Some(layer) => (Outcome::ImplicitDeny, layer),
            None => (Outcome::Allow, Layer::Identity),
        }
    }

    /// The layer that caps the caller below this request, if one does.
    fn cap(self) -> Option<Layer> {
        if !self.boundary {
            return Some(Layer::Boundary);
        }
        (!self.session).then_some(Layer::Session)
    }
}

fn is_cross_account(request: &Request<'_>) -> bool {
    match (request.resource_account, request.caller.account()) {
        (Some(owner), Some(own)) => owner != own,
        _ => false,
    }
}

fn resource_layer(policies: &PolicySet<'_>) -> Layer {
    match policies.resource.map(Policy::kind) {
        Some(PolicyKind::Trust) => Layer::Trust,
        _ => Layer::Resource,
    }
}
