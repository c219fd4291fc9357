//! How often managed policies are used: attached, or as a boundary.

use std::collections::BTreeMap;

use super::entity::Entity;
use crate::store::AccountState;
use crate::store::records::{Group, Role, User};

/// What uses one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Users, groups and roles that it is attached to.
    pub(super) attachments: usize,
    /// Users and roles whose boundary it is.
    pub(super) boundaries: usize,
}

impl Usage {
    /// Whether nothing uses it.
    pub(super) const fn is_none(self) -> bool {
        self.attachments == 0 && self.boundaries == 0
    }
}

/// The use of every policy, by ARN: one walk over all entities, however many policies are asked for.
#[derive(Debug, Default)]
pub(super) struct Uses<'a>(BTreeMap<&'a str, Usage>);

impl<'a> Uses<'a> {
    /// Counts.
    pub(super) fn count(state: &'a AccountState) -> Self {
        let mut uses = Self::default();
        uses.add::<Group>(state);
        uses.add::<Role>(state);
        uses.add::<User>(state);
        uses
    }

    /// The use of the policy of that ARN.
    pub(super) fn of(&self, arn: &str) -> Usage {
        self.0.get(arn).copied().unwrap_or_default()
    }

    fn add<E: Entity>(&mut self, state: &'a AccountState) {
        for entity in E::table(state).values() {
            for arn in entity.attached() {
                self.0.entry(arn).or_default().attachments += 1;
            }
            if let Some(arn) = entity.boundary() {
                self.0.entry(arn).or_default().boundaries += 1;
            }
        }
    }
}
