//! The tree of an organisation: its root, units and accounts by their IDs.

use std::sync::Arc;

use crate::store::OrganizationState;
use crate::store::records::{MemberAccount, Organization, OrganizationalUnit};

/// What stands in the tree.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// An account.
    Account(Arc<MemberAccount>),
    /// The root.
    Root(Arc<Organization>),
    /// A unit.
    Unit(Arc<OrganizationalUnit>),
}

impl Node {
    /// The node of that ID.
    pub(super) fn find(state: &OrganizationState, id: &str) -> Option<Self> {
        if let Some(unit) = state.units.get(id) {
            return Some(Self::Unit(Arc::clone(unit)));
        }
        if let Some(account) = state.members.get(id) {
            return Some(Self::Account(Arc::clone(account)));
        }
        let root = state.organizations.values().find(|found| found.root == id);
        root.cloned().map(Self::Root)
    }

    /// The node of that ID, if others may stand in it.
    pub(super) fn find_parent(state: &OrganizationState, id: &str) -> Option<Self> {
        Self::find(state, id).filter(|node| !matches!(node, Self::Account(_)))
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Account(account) => &account.name,
            Self::Root(_) => ROOT_NAME,
            Self::Unit(unit) => &unit.name,
        }
    }

    /// The kind, as answers name it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Account(_) => "ACCOUNT",
            Self::Root(_) => "ROOT",
            Self::Unit(_) => "ORGANIZATIONAL_UNIT",
        }
    }

    /// What it stands in; the root stands in nothing.
    pub(super) fn parent(&self) -> Option<&str> {
        match self {
            Self::Account(account) => Some(&account.parent),
            Self::Root(_) => None,
            Self::Unit(unit) => Some(&unit.parent),
        }
    }
}

/// The units that stand directly in a parent.
pub(super) fn units_in<'s>(
    state: &'s OrganizationState,
    parent: &str,
) -> impl Iterator<Item = &'s Arc<OrganizationalUnit>> {
    state
        .units
        .values()
        .filter(move |unit| unit.parent == parent)
}

/// The accounts that stand directly in a parent.
pub(super) fn accounts_in<'s>(
    state: &'s OrganizationState,
    parent: &str,
) -> impl Iterator<Item = &'s Arc<MemberAccount>> {
    state
        .members
        .values()
        .filter(move |member| member.parent == parent)
}

/// The IDs of all nodes.
pub(super) fn all_ids(state: &OrganizationState) -> impl Iterator<Item = &str> {
    let roots = state
        .organizations
        .values()
        .map(|found| found.root.as_str());
    let units = state.units.keys().map(String::as_str);
    let accounts = state.members.keys().map(String::as_str);
    roots.chain(units).chain(accounts)
}

/// The root's name, which AWS gives it.
pub(super) const ROOT_NAME: &str = "Root";
