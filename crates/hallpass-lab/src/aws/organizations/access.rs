//! Who may do what with the organisation: its management account, by the policies of the caller.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
//! Organizations"; API Reference, "This operation can be called only from the organization's management
//! account".

use std::sync::Arc;

use super::arns::Arns;
use super::fault;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::{ControlKind, Organization};

/// What an operation asks permission for. The action is always the operation's own name.
#[derive(Debug, Default)]
pub(super) struct Permission {
    nodes: Vec<String>,
    policy: Option<String>,
    kind: Option<ControlKind>,
    tags: Vec<(String, String)>,
}

impl Permission {
    /// On a root, a unit or an account.
    pub(super) fn on(node: &str) -> Self {
        Self::default().and(node)
    }

    /// On a policy.
    pub(super) fn on_policy(id: &str) -> Self {
        Self {
            policy: Some(id.to_owned()),
            ..Self::default()
        }
    }

    /// On another root, unit or account, too.
    pub(super) fn and(mut self, node: &str) -> Self {
        self.nodes.push(node.to_owned());
        self
    }

    /// Of a kind of policy.
    pub(super) const fn of_kind(mut self, kind: ControlKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// With these tags.
    pub(super) fn with_tags(mut self, tags: &[(String, String)]) -> Self {
        self.tags = tags.to_vec();
        self
    }

    /// The organisation, if the caller's account manages it and the caller may do this.
    pub(super) fn ask(self, call: &mut Call) -> Result<Arc<Organization>, ApiError> {
        let organization = self.ask_as_member(call)?;
        let caller = call.caller()?.account();
        if organization.management_account == caller.as_str() {
            Ok(organization)
        } else {
            Err(fault::not_management().with_detail(
                "only the organisation's management account may do this, not a member account",
            ))
        }
    }

    /// The organisation, if the caller may do this, also from a member account.
    pub(super) fn ask_as_member(mut self, call: &mut Call) -> Result<Arc<Organization>, ApiError> {
        let action = format!("organizations:{}", call.operation);
        let organization = organization_of(call)?;
        for resource in self.resources(call, organization.as_deref()) {
            let mut wanted = Wanted::new(&action, &resource).with_request_tags(&self.tags);
            if let Some(kind) = self.kind {
                wanted = wanted.with("organizations:PolicyType", kind.as_str());
            }
            call.authorize(&wanted)?;
        }
        organization.ok_or_else(fault::not_in_use)
    }

    fn resources(&mut self, call: &Call, organization: Option<&Organization>) -> Vec<String> {
        let mut resources = Vec::new();
        if let Some(organization) = organization {
            let arns = Arns::of(call.identity.partition, organization);
            if let Some(id) = &self.policy {
                let found = call.world.store.read(|state| {
                    let policies = &state.organization().policies;
                    policies.get(id).cloned()
                });
                self.kind = self.kind.or(found.as_ref().map(|policy| policy.kind));
                resources.push(match &found {
                    Some(policy) => arns.policy(policy),
                    None => arns.absent_policy(id),
                });
            }
            resources.extend(self.nodes.iter().map(|id| arns.node(id)));
        }
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        resources
    }
}

/// The organisation that the caller's account stands in.
pub(super) fn organization_of(call: &Call) -> Result<Option<Arc<Organization>>, ApiError> {
    let account = call.caller()?.account();
    Ok(call.world.store.read(|state| {
        let state = state.organization();
        let is_member = state.members.contains_key(account.as_str());
        state
            .organizations
            .values()
            .next()
            .filter(|_| is_member)
            .cloned()
    }))
}
