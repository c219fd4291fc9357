//! The organisation's policies as they bind each account, laid out by level from the root down.
//!
//! Source: AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation".

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_iam::{Policy, PolicyKind};

use super::records::{ControlKind, MemberAccount, Organization, OrganizationPolicy};
use super::state::OrganizationState;

/// What binds the accounts of an organisation, by account.
#[derive(Debug, Default)]
pub(crate) struct Controls(BTreeMap<String, Arc<AccountControls>>);

/// What the organisation says of one account. Compiled policies are shared.
#[derive(Debug)]
pub(crate) struct AccountControls {
    /// The organisation.
    pub(crate) organization: String,
    /// `o-a1b2/r-ab12/ou-ab12-11111111/`, as `aws:PrincipalOrgPaths` has it.
    pub(crate) path: String,
    /// Whether the account was closed.
    pub(crate) is_suspended: bool,
    /// Service control policies: each level from the root down to the account.
    pub(crate) service: Vec<Vec<Policy>>,
    /// Resource control policies likewise.
    pub(crate) resource: Vec<Vec<Policy>>,
}

impl Controls {
    /// Those of the organisation as it stands.
    pub(super) fn of(state: &OrganizationState) -> Self {
        let Some(organization) = state.organizations.values().next() else {
            return Self::default();
        };
        let attached = Attached::of(state);
        let accounts = state.members.values().map(|member| {
            let controls = AccountControls::of(state, organization, &attached, member);
            (member.id.clone(), Arc::new(controls))
        });
        Self(accounts.collect())
    }

    /// Those of one account; none where it stands in no organisation.
    pub(crate) fn account(&self, account: &str) -> Option<&Arc<AccountControls>> {
        self.0.get(account)
    }
}

impl AccountControls {
    fn of(
        state: &OrganizationState,
        organization: &Organization,
        attached: &Attached,
        member: &MemberAccount,
    ) -> Self {
        let above = state.above(organization, &member.parent);
        let is_management = member.id == organization.management_account;
        let levels = |kind| {
            if is_management || !organization.enabled.contains(&kind) {
                return Vec::new();
            }
            let ids = above.iter().copied().chain([member.id.as_str()]);
            ids.map(|id| attached.to(kind, id)).collect()
        };
        Self {
            service: levels(ControlKind::Service),
            resource: levels(ControlKind::Resource),
            organization: organization.id.clone(),
            path: state.path(organization, &member.parent),
            is_suspended: member.is_suspended,
        }
    }
}

impl OrganizationState {
    /// Where a root or unit stands: the IDs from the organisation down to it, each with a slash.
    pub(crate) fn path(&self, organization: &Organization, node: &str) -> String {
        let ids = self.above(organization, node);
        std::iter::once(organization.id.as_str())
            .chain(ids)
            .flat_map(|id| [id, "/"])
            .collect()
    }

    /// The IDs from the root down to a parent.
    pub(crate) fn above<'a>(
        &'a self,
        organization: &'a Organization,
        parent: &'a str,
    ) -> Vec<&'a str> {
        let mut ids = vec![parent];
        // Bounded by the depth that units may have, and by their number should a record be wrong.
        while ids.len() <= self.units.len() {
            let Some(unit) = ids.last().and_then(|id| self.units.get(*id)) else {
                break;
            };
            ids.push(&unit.parent);
        }
        if ids.last() != Some(&organization.root.as_str()) {
            ids.push(&organization.root);
        }
        ids.reverse();
        ids
    }
}

/// Compiled policies by what they are attached to.
struct Attached(BTreeMap<(ControlKind, String), Vec<Policy>>);

impl Attached {
    fn of(state: &OrganizationState) -> Self {
        let mut attached: BTreeMap<_, Vec<Policy>> = BTreeMap::new();
        for policy in state.policies.values() {
            let compiled = compiled(policy);
            for target in &policy.targets {
                let key = (policy.kind, target.clone());
                attached.entry(key).or_default().push(compiled.clone());
            }
        }
        Self(attached)
    }

    /// Those attached to a root, a unit or an account.
    fn to(&self, kind: ControlKind, id: &str) -> Vec<Policy> {
        let key = (kind, id.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

/// The compiled document. One that cannot be read must not become none: it allows nothing.
fn compiled(policy: &OrganizationPolicy) -> Policy {
    let kind = policy.kind.policy_kind();
    let named = policy.content.policy(&policy.name, kind).cloned();
    named.unwrap_or_else(|| Policy::empty(kind))
}

impl ControlKind {
    /// The kind in the engine's terms.
    pub(crate) const fn policy_kind(self) -> PolicyKind {
        match self {
            Self::Resource => PolicyKind::ResourceControl,
            Self::Service => PolicyKind::ServiceControl,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hallpass_types::Timestamp;

    use super::*;
    use crate::store::records::{OrganizationalUnit, PolicyText, Tags};

    const MANAGEMENT: &str = "111122223333";
    const MEMBER: &str = "222233334444";

    /// A root with a unit in a unit, and the member in the inner one; each with the policies of its name.
    fn state(enabled: &[ControlKind], parent: &str) -> OrganizationState {
        let mut state = OrganizationState::default();
        let organization = Organization {
            id: "o-aaaaaaaaaa".to_owned(),
            root: "r-aaaa".to_owned(),
            management_account: MANAGEMENT.to_owned(),
            feature_set: "ALL".to_owned(),
            enabled: enabled.iter().copied().collect(),
            tags: Tags::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        state
            .organizations
            .insert(organization.id.clone(), Arc::new(organization));
        for (id, parent) in [("ou-outer", "r-aaaa"), ("ou-inner", "ou-outer")] {
            let unit = OrganizationalUnit {
                id: id.to_owned(),
                name: id.to_owned(),
                parent: parent.to_owned(),
                tags: Tags::new(),
            };
            state.units.insert(id.to_owned(), Arc::new(unit));
        }
        for (id, parent) in [(MANAGEMENT, "r-aaaa"), (MEMBER, parent)] {
            let member = MemberAccount {
                id: id.to_owned(),
                name: id.to_owned(),
                email: String::new(),
                is_suspended: false,
                parent: parent.to_owned(),
                joined: Timestamp::UNIX_EPOCH,
                is_created: true,
                tags: Tags::new(),
            };
            state.members.insert(id.to_owned(), Arc::new(member));
        }
        for kind in [ControlKind::Resource, ControlKind::Service] {
            for target in ["r-aaaa", "ou-outer", "ou-inner", MEMBER, MANAGEMENT] {
                let policy = OrganizationPolicy {
                    id: format!("p-{kind:?}-{target}"),
                    name: format!("{kind:?} {target}"),
                    description: String::new(),
                    kind,
                    content: PolicyText::new(r#"{"Version": "2012-10-17", "Statement": []}"#),
                    targets: BTreeSet::from([target.to_owned()]),
                    is_aws_managed: false,
                    tags: Tags::new(),
                };
                state.policies.insert(policy.id.clone(), Arc::new(policy));
            }
        }
        state
    }

    fn names(levels: &[Vec<Policy>]) -> Vec<Vec<&str>> {
        levels
            .iter()
            .map(|level| level.iter().map(Policy::name).collect())
            .collect()
    }

    #[test]
    fn each_level_binds_from_the_root_down_where_its_kind_is_enabled() {
        use ControlKind::{Resource, Service};
        for enabled in [&[][..], &[Service], &[Resource], &[Resource, Service]] {
            for (parent, above) in [
                ("r-aaaa", &["r-aaaa"][..]),
                ("ou-outer", &["r-aaaa", "ou-outer"]),
                ("ou-inner", &["r-aaaa", "ou-outer", "ou-inner"]),
            ] {
                let state = state(enabled, parent);
                let member = state.controls().account(MEMBER).unwrap();
                for (kind, levels) in [(Service, &member.service), (Resource, &member.resource)] {
                    let wanted: Vec<Vec<String>> = above
                        .iter()
                        .chain(&[MEMBER])
                        .filter(|_| enabled.contains(&kind))
                        .map(|id| vec![format!("{kind:?} {id}")])
                        .collect();
                    assert_eq!(names(levels), wanted, "{enabled:?} {parent}");
                }
                let path = above.join("/");
                assert_eq!(member.path, format!("o-aaaaaaaaaa/{path}/"));
                let management = state.controls().account(MANAGEMENT).unwrap();
                assert!(management.service.is_empty() && management.resource.is_empty());
            }
        }
    }

    #[test]
    fn a_tree_that_turns_in_circles_still_ends() {
        let mut state = state(&[ControlKind::Service], "ou-inner");
        let unit = state.units.get_mut("ou-outer").unwrap();
        Arc::make_mut(unit).parent = "ou-inner".to_owned();
        assert!(state.controls().account(MEMBER).is_some());
    }

    #[test]
    fn a_policy_that_cannot_be_read_allows_nothing() {
        let mut state = state(&[ControlKind::Service], "r-aaaa");
        let policy = state.policies.get_mut("p-Service-r-aaaa").unwrap();
        Arc::make_mut(policy).content = PolicyText::new("{");
        let member = state.controls().account(MEMBER).unwrap();
        assert_eq!(names(&member.service)[0], ["a policy that cannot be read"]);
    }

    #[test]
    fn who_is_in_no_organisation_is_bound_by_none() {
        assert!(
            OrganizationState::default()
                .controls()
                .account(MEMBER)
                .is_none()
        );
        assert!(
            state(&[], "r-aaaa")
                .controls()
                .account("999999999999")
                .is_none()
        );
    }
}
