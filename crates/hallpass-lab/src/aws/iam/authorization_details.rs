//! `GetAccountAuthorizationDetails`: every user, group, role and policy, and how they hang together.

use std::sync::Arc;

use super::entity::Entity;
use super::managed_policies::{is_local, write_listed};
use super::names;
use super::permission::Permission;
use super::policy_versions::write_with_document;
use super::roles;
use super::usage::{Usage, Uses};
use super::users::{self, groups_of};
use super::wire::{write_attached, write_boundary, write_inline, write_role_last_used, write_tags};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::aws::xml::Xml;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{Group, ManagedPolicy, Role, Row, User};

/// `GetAccountAuthorizationDetails`.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let filter = Filter::read(call.params()?)?;
    Permission::on("*").ask(call)?;
    let page = call
        .store()
        .read(|state| Page::cut(call.params()?, entries(state, &filter), Entry::key))?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        // All four lists, empty or not: clients walk each without asking whether it is there.
        let items = || page.items.iter();
        xml.list(
            "UserDetailList",
            items().filter_map(Entry::user),
            |xml, (user, groups)| {
                write_user(xml, identity, user, groups);
            },
        );
        xml.list(
            "GroupDetailList",
            items().filter_map(Entry::group),
            |xml, group| {
                write_group(xml, identity, group);
            },
        );
        xml.list(
            "RoleDetailList",
            items().filter_map(Entry::role),
            |xml, role| {
                write_role(xml, identity, role);
            },
        );
        xml.list(
            "Policies",
            items().filter_map(Entry::policy),
            |xml, (policy, usage)| {
                write_policy(xml, policy, usage);
            },
        );
        page.write_end(xml);
    }))
}

/// One entry of the account; they come in this order.
enum Entry {
    Group(Arc<Group>),
    Policy(Arc<ManagedPolicy>, Usage),
    Role(Arc<Role>),
    User(Arc<User>, Vec<String>),
}

impl Entry {
    fn key(&self) -> String {
        match self {
            Self::Group(group) => format!("group/{}", group.key()),
            Self::Policy(policy, _) => format!("policy/{}", policy.key()),
            Self::Role(role) => format!("role/{}", role.key()),
            Self::User(user, _) => format!("user/{}", user.key()),
        }
    }

    const fn group(&self) -> Option<&Arc<Group>> {
        match self {
            Self::Group(group) => Some(group),
            Self::Policy(..) | Self::Role(_) | Self::User(..) => None,
        }
    }

    const fn policy(&self) -> Option<(&Arc<ManagedPolicy>, Usage)> {
        match self {
            Self::Policy(policy, usage) => Some((policy, *usage)),
            Self::Group(_) | Self::Role(_) | Self::User(..) => None,
        }
    }

    const fn role(&self) -> Option<&Arc<Role>> {
        match self {
            Self::Role(role) => Some(role),
            Self::Group(_) | Self::Policy(..) | Self::User(..) => None,
        }
    }

    fn user(&self) -> Option<(&Arc<User>, &[String])> {
        match self {
            Self::User(user, groups) => Some((user, groups)),
            Self::Group(_) | Self::Policy(..) | Self::Role(_) => None,
        }
    }
}

/// Which kinds are asked for; all unless told.
struct Filter(Vec<String>);

impl Filter {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let wanted = params.list("Filter");
        let known = wanted
            .iter()
            .map(|kind| names::one_of(kind, "Filter", names::ENTITY_TYPES).map(str::to_owned));
        known.collect::<Result<_, _>>().map(Self)
    }

    fn admits(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|wanted| wanted == kind)
    }

    /// AWS's own policies are told where something uses them.
    fn admits_policy(&self, policy: &ManagedPolicy, usage: Usage) -> bool {
        if is_local(policy) {
            self.admits("LocalManagedPolicy")
        } else {
            self.admits("AWSManagedPolicy") && !usage.is_none()
        }
    }
}

fn entries(state: &AccountState, filter: &Filter) -> Vec<Entry> {
    let uses = Uses::count(state);
    let mut entries = Vec::new();
    if filter.admits("Group") {
        entries.extend(state.groups.values().cloned().map(Entry::Group));
    }
    let policies = state.managed_policies.values().cloned();
    let policies = policies.map(|policy| (uses.of(&policy.arn), policy));
    entries.extend(
        policies
            .filter(|(usage, policy)| filter.admits_policy(policy, *usage))
            .map(|(usage, policy)| Entry::Policy(policy, usage)),
    );
    if filter.admits("Role") {
        entries.extend(state.roles.values().cloned().map(Entry::Role));
    }
    if filter.admits("User") {
        entries.extend(state.users.values().map(|user| {
            let groups = groups_of(state, user).map(|group| group.name.clone());
            Entry::User(Arc::clone(user), groups.collect())
        }));
    }
    entries
}

fn write_user(xml: &mut Xml, identity: &LabIdentity, user: &User, groups: &[String]) {
    users::write_listed(xml, identity, user);
    write_inline(xml, "UserPolicyList", user.inline());
    xml.texts("GroupList", groups);
    write_attached(xml, "AttachedManagedPolicies", user.attached());
    write_boundary(xml, user.boundary());
    write_tags(xml, &user.tags);
}

fn write_group(xml: &mut Xml, identity: &LabIdentity, group: &Group) {
    super::groups::write(xml, identity, group);
    write_inline(xml, "GroupPolicyList", group.inline());
    write_attached(xml, "AttachedManagedPolicies", group.attached());
}

fn write_role(xml: &mut Xml, identity: &LabIdentity, role: &Role) {
    roles::write_identity(xml, identity, role);
    xml.texts("InstanceProfileList", [""; 0]);
    write_inline(xml, "RolePolicyList", role.inline());
    write_attached(xml, "AttachedManagedPolicies", role.attached());
    write_boundary(xml, role.boundary());
    write_tags(xml, &role.tags);
    write_role_last_used(xml, role.last_used.as_ref());
}

fn write_policy(xml: &mut Xml, policy: &ManagedPolicy, usage: Usage) {
    write_listed(xml, policy, usage);
    xml.optional("Description", policy.description.as_ref());
    xml.list(
        "PolicyVersionList",
        policy.versions.iter().rev(),
        |xml, version| {
            write_with_document(xml, version, policy.default_version);
        },
    );
}
