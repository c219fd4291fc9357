//! The decision: all policies that bear on a request, in AWS's order.
//!
//! Source: IAM User Guide, "Policy evaluation logic": "How AWS enforcement code logic evaluates requests
//! to allow or deny access", and its page on cross-account requests.

use crate::explain::Layer;
use crate::policy::{Policy, PolicyKind};
use crate::principal::{Caller, Grant};
use crate::request::Request;

/// The policies that bear on a request. An absent field means that there is none of that kind.
#[derive(Clone, Debug, Default)]
pub struct PolicySet<'a> {
    /// Of the caller: its own and its groups'.
    pub identity: Vec<&'a Policy>,
    /// Of the resource: a repository policy, or a role's trust policy.
    pub resource: Option<&'a Policy>,
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// Session policies: each that was passed.
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

/// Decides a request.
pub fn decide(request: &Request<'_>, policies: &PolicySet<'_>) -> Outcome {
    settle(request, policies).0
}

/// The decision, and the layer that made it.
pub(crate) fn settle(request: &Request<'_>, policies: &PolicySet<'_>) -> (Outcome, Layer) {
    if let Some(layer) = denied_by(request, policies) {
        return (Outcome::ExplicitDeny, layer);
    }
    if !every_level_allows(&policies.resource_control, request) {
        return (Outcome::ImplicitDeny, Layer::ResourceControl);
    }
    // Service control policies bind the organisation's own principals only.
    if request.caller.account().is_some() && !every_level_allows(&policies.service_control, request)
    {
        return (Outcome::ImplicitDeny, Layer::ServiceControl);
    }
    let grant = policies
        .resource
        .and_then(|policy| policy.verdict(request).grant);
    match request.caller {
        Caller::Anonymous | Caller::Federated { .. } | Caller::Service { .. } => {
            allowed_if(grant.is_some(), resource_layer(policies))
        }
        _ if is_cross_account(request) => match grant {
            Some(_) => own(request, policies),
            None => (Outcome::ImplicitDeny, resource_layer(policies)),
        },
        _ => same_account(request, policies, grant),
    }
}

fn same_account(
    request: &Request<'_>,
    policies: &PolicySet<'_>,
    grant: Option<Grant>,
) -> (Outcome, Layer) {
    match grant {
        // Who is named itself is not capped by what its boundary or session leave out.
        Some(Grant::Caller) => (Outcome::Allow, resource_layer(policies)),
        Some(Grant::Role) => match cap(request, policies) {
            Some(layer) => (Outcome::ImplicitDeny, layer),
            None => (Outcome::Allow, resource_layer(policies)),
        },
        // A role's trust policy must allow; the caller's own policies alone cannot.
        None if resource_layer(policies) == Layer::Trust => (Outcome::ImplicitDeny, Layer::Trust),
        Some(Grant::Account) | None => own(request, policies),
    }
}

/// What the caller's own policies say, within boundary and session policies.
fn own(request: &Request<'_>, policies: &PolicySet<'_>) -> (Outcome, Layer) {
    if !any_allows(&policies.identity, request) && !is_root(request) {
        return (Outcome::ImplicitDeny, Layer::Identity);
    }
    match cap(request, policies) {
        Some(layer) => (Outcome::ImplicitDeny, layer),
        None => (Outcome::Allow, Layer::Identity),
    }
}

/// The layer that caps the caller below this request, if one does.
fn cap(request: &Request<'_>, policies: &PolicySet<'_>) -> Option<Layer> {
    let is_within = |policy: &Policy| policy.verdict(request).grant.is_some();
    if policies.boundary.is_some_and(|policy| !is_within(policy)) {
        return Some(Layer::Boundary);
    }
    let session = policies.session.as_ref()?;
    (!any_allows(session, request)).then_some(Layer::Session)
}

fn denied_by(request: &Request<'_>, policies: &PolicySet<'_>) -> Option<Layer> {
    policies
        .layers()
        .find(|(_, policy)| policy.verdict(request).is_denied)
        .map(|(layer, _)| layer)
}

fn every_level_allows(levels: &[Vec<&Policy>], request: &Request<'_>) -> bool {
    levels.iter().all(|level| any_allows(level, request))
}

fn any_allows(policies: &[&Policy], request: &Request<'_>) -> bool {
    policies
        .iter()
        .any(|policy| policy.verdict(request).grant.is_some())
}

fn is_root(request: &Request<'_>) -> bool {
    matches!(request.caller, Caller::AccountRoot { .. })
}

fn is_cross_account(request: &Request<'_>) -> bool {
    match (request.resource_account, request.caller.account()) {
        (Some(owner), Some(own)) => owner != own,
        _ => false,
    }
}

const fn allowed_if(is_allowed: bool, layer: Layer) -> (Outcome, Layer) {
    if is_allowed {
        (Outcome::Allow, layer)
    } else {
        (Outcome::ImplicitDeny, layer)
    }
}

fn resource_layer(policies: &PolicySet<'_>) -> Layer {
    match policies.resource.map(Policy::kind) {
        Some(PolicyKind::Trust) => Layer::Trust,
        _ => Layer::Resource,
    }
}

impl<'a> PolicySet<'a> {
    /// Every policy with its layer, in the order of evaluation.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (Layer, &'a Policy)> + '_ {
        let rcps = self
            .resource_control
            .iter()
            .flatten()
            .map(|policy| (Layer::ResourceControl, *policy));
        let scps = self
            .service_control
            .iter()
            .flatten()
            .map(|policy| (Layer::ServiceControl, *policy));
        let resource = self
            .resource
            .map(|policy| (resource_layer(self), policy))
            .into_iter();
        let boundary = self
            .boundary
            .map(|policy| (Layer::Boundary, policy))
            .into_iter();
        let session = self
            .session
            .iter()
            .flatten()
            .map(|policy| (Layer::Session, *policy));
        let identity = self
            .identity
            .iter()
            .map(|policy| (Layer::Identity, *policy));
        rcps.chain(scps)
            .chain(resource)
            .chain(boundary)
            .chain(session)
            .chain(identity)
    }
}
