//! The policies that bear on a caller, gathered from the state.

use hallpass_iam::{Policy, PolicyKind, PolicySet};

use crate::aws::caller::{Caller, Principal};
use crate::sessions::SessionPrincipal;
use crate::store::AccountState;
use crate::store::records::InlinePolicies;
use crate::world::World;

/// A caller's policies. Compiled policies are shared, so that gathering them copies no document.
#[derive(Debug, Default)]
pub(crate) struct CallerPolicies {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
}

impl CallerPolicies {
    /// Reads them as they stand at this moment.
    pub(crate) fn gather(world: &World, caller: &Caller) -> Self {
        world.store.of(caller.account()).read(|state| {
            let mut found = match &caller.principal {
                Principal::User(user) => Self::of_user(state, &user.name),
                Principal::Role(role) => Self::of_role(state, &role.name),
            };
            found.session = session_policies(state, caller);
            found
        })
    }

    /// The policies of a user: its own, and those of its groups.
    pub(crate) fn of_user(state: &AccountState, name: &str) -> Self {
        let mut found = Self::default();
        let key = name.to_lowercase();
        let Some(user) = state.users.get(&key) else {
            return found;
        };
        found.add(state, &user.inline, &user.attached);
        for group in state.groups.values() {
            if group.members.contains(&key) {
                found.add(state, &group.inline, &group.attached);
            }
        }
        found.set_boundary(state, user.boundary.as_deref());
        found
    }

    /// The policies of a role.
    pub(crate) fn of_role(state: &AccountState, name: &str) -> Self {
        let mut found = Self::default();
        if let Some(role) = state.roles.get(&name.to_lowercase()) {
            found.add(state, &role.inline, &role.attached);
            found.set_boundary(state, role.boundary.as_deref());
        }
        found
    }

    /// The policies as the engine takes them, with the resource's own.
    pub(crate) fn set<'a>(&'a self, resource: Option<&'a Policy>) -> PolicySet<'a> {
        PolicySet {
            identity: self.identity.iter().collect(),
            resource,
            boundary: self.boundary.as_ref(),
            session: self
                .session
                .as_ref()
                .map(|policies| policies.iter().collect()),
            ..PolicySet::default()
        }
    }

    fn add<'a>(
        &mut self,
        state: &AccountState,
        inline: &InlinePolicies,
        attached: impl IntoIterator<Item = &'a String>,
    ) {
        let inline = inline
            .iter()
            .filter_map(|(name, text)| text.policy(name, PolicyKind::Identity).cloned());
        let attached = attached
            .into_iter()
            .filter_map(|arn| policy_of_arn(state, arn));
        self.identity.extend(inline.chain(attached));
    }

    fn set_boundary(&mut self, state: &AccountState, arn: Option<&str>) {
        // A boundary whose policy cannot be read must not become no boundary: it allows nothing.
        self.boundary = arn.map(|arn| {
            policy_of_arn(state, arn).unwrap_or_else(|| Policy::empty(PolicyKind::Boundary))
        });
    }
}

/// The managed policy of an ARN, in its default version.
pub(crate) fn policy_of_arn(state: &AccountState, arn: &str) -> Option<Policy> {
    state
        .managed_policies
        .get(arn)?
        .document()?
        .policy(arn, PolicyKind::Identity)
        .cloned()
}

fn session_policies(state: &AccountState, caller: &Caller) -> Option<Vec<Policy>> {
    let session = caller.session.as_ref()?;
    if session.inline_policy.is_none() && session.policy_arns.is_empty() {
        return None;
    }
    let inline = session
        .inline_policy
        .iter()
        .filter_map(|text| Policy::parse("session policy", PolicyKind::Session, text).ok());
    let managed = session
        .policy_arns
        .iter()
        .filter_map(|arn| policy_of_arn(state, arn));
    Some(inline.chain(managed).collect())
}

impl Caller {
    /// The caller in the engine's terms.
    pub(crate) fn for_engine(&self) -> hallpass_iam::Caller<'_> {
        match (&self.principal, &self.session) {
            (Principal::Role(_), Some(session)) => {
                debug_assert!(matches!(session.principal, SessionPrincipal::Role { .. }));
                hallpass_iam::Caller::RoleSession {
                    session_arn: self.arn(),
                    role_arn: self.principal_arn(),
                }
            }
            _ => hallpass_iam::Caller::User { arn: self.arn() },
        }
    }
}
