//! Users, groups and roles: what has a name, a path and policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::permission::Permission;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{AccountRecord, Group, InlinePolicies, Role, Tags, User};

/// A user, a group or a role.
pub(super) trait Entity: AccountRecord + Clone {
    /// The kind as ARNs and messages name it.
    const WORD: &'static str;
    /// The parameter that names one.
    const PARAMETER: &'static str;
    /// The longest name.
    const LONGEST_NAME: usize;
    /// Characters that its inline policies may have together, white space aside.
    const INLINE_QUOTA: usize;
    /// The quota of attached policies as messages name it.
    const ATTACHED_QUOTA: &'static str;

    /// All of the kind.
    fn table(state: &AccountState) -> &BTreeMap<String, Arc<Self>>;
    /// The name.
    fn name(&self) -> &str;
    /// The path.
    fn path(&self) -> &str;
    /// Inline policies.
    fn inline(&self) -> &InlinePolicies;
    /// Inline policies, to change.
    fn inline_mut(&mut self) -> &mut InlinePolicies;
    /// ARNs of attached policies.
    fn attached(&self) -> &BTreeSet<String>;
    /// ARNs of attached policies, to change.
    fn attached_mut(&mut self) -> &mut BTreeSet<String>;
    /// The permissions boundary; groups have none.
    fn boundary(&self) -> Option<&str>;
    /// Tags; groups have none.
    fn tags(&self) -> Option<&Tags>;

    /// The ARN, with the path.
    fn arn(&self, identity: &LabIdentity) -> String {
        arn(identity, Self::WORD, self.path(), self.name())
    }
}

macro_rules! entity {
    (
        $record:ty, $table:ident, $word:literal, $parameter:literal,
        name: $longest:literal, inline: $inline:literal, attached: $attached:literal,
        boundary: $boundary:expr, tags: $tags:expr
    ) => {
        impl Entity for $record {
            const WORD: &'static str = $word;
            const PARAMETER: &'static str = $parameter;
            const LONGEST_NAME: usize = $longest;
            const INLINE_QUOTA: usize = $inline;
            const ATTACHED_QUOTA: &'static str = $attached;

            fn table(state: &AccountState) -> &BTreeMap<String, Arc<Self>> {
                &state.$table
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn path(&self) -> &str {
                &self.path
            }
            fn inline(&self) -> &InlinePolicies {
                &self.inline
            }
            fn inline_mut(&mut self) -> &mut InlinePolicies {
                &mut self.inline
            }
            fn attached(&self) -> &BTreeSet<String> {
                &self.attached
            }
            fn attached_mut(&mut self) -> &mut BTreeSet<String> {
                &mut self.attached
            }
            fn boundary(&self) -> Option<&str> {
                let boundary: fn(&Self) -> Option<&str> = $boundary;
                boundary(self)
            }
            fn tags(&self) -> Option<&Tags> {
                let tags: fn(&Self) -> Option<&Tags> = $tags;
                tags(self)
            }
        }
    };
}

entity!(
    Group, groups, "group", "GroupName",
    name: 128, inline: 5_120, attached: "PoliciesPerGroup",
    boundary: |_| None, tags: |_| None
);
entity!(
    Role, roles, "role", "RoleName",
    name: 64, inline: 10_240, attached: "PoliciesPerRole",
    boundary: |role| role.boundary.as_deref(), tags: |role| Some(&role.tags)
);
entity!(
    User, users, "user", "UserName",
    name: 128, inline: 2_048, attached: "PoliciesPerUser",
    boundary: |user| user.boundary.as_deref(), tags: |user| Some(&user.tags)
);

/// The entity of that name, if there is one; names differ by more than case.
pub(super) fn look_up<E: Entity>(state: &AccountState, name: &str) -> Option<Arc<E>> {
    E::table(state).get(&name.to_lowercase()).cloned()
}

/// The entity of that name.
pub(super) fn find<E: Entity>(state: &AccountState, name: &str) -> Result<Arc<E>, ApiError> {
    look_up(state, name).ok_or_else(|| absent::<E>(name))
}

/// Refuses a name that an entity of the kind has already.
pub(super) fn must_be_free<E: Entity>(state: &AccountState, name: &str) -> Result<(), ApiError> {
    if look_up::<E>(state, name).is_none() {
        return Ok(());
    }
    let mut word = E::WORD.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Err(ApiError::entity_already_exists(format!(
        "{word} with name {name} already exists."
    )))
}

/// The entity, if the caller may do this to it and it is there. Asked in this order, as on AWS: who
/// may not ask does not learn what is there.
pub(super) fn allowed<E: Entity>(call: &mut Call, name: &str) -> Result<Arc<E>, ApiError> {
    permit::<E>(call, name, |permission| permission)?.ok_or_else(|| absent::<E>(name))
}

/// Asks permission to do this to the entity, which may not be there; `more` adds to the question.
pub(super) fn permit<E: Entity>(
    call: &mut Call,
    name: &str,
    more: impl FnOnce(Permission) -> Permission,
) -> Result<Option<Arc<E>>, ApiError> {
    let entity = call.store().read(|state| look_up::<E>(state, name));
    let identity = &call.identity;
    let mut permission = match &entity {
        Some(entity) => Permission::on(entity.arn(identity)),
        None => Permission::on(arn(identity, E::WORD, "/", name)),
    };
    if let Some(tags) = entity.as_ref().and_then(|entity| entity.tags()) {
        permission = permission.with_resource_tags(tags);
    }
    more(permission).ask(call)?;
    Ok(entity)
}

/// The boundary of the entity of that name, if both are there.
pub(super) fn boundary_of<E: Entity>(call: &Call, name: &str) -> Option<String> {
    let entity = call.store().read(|state| find::<E>(state, name).ok())?;
    entity.boundary().map(str::to_owned)
}

/// The ARN of an entity with that name and path.
pub(super) fn arn(identity: &LabIdentity, word: &str, path: &str, name: &str) -> String {
    identity.iam_arn(&format!("{word}{path}{name}"))
}

fn absent<E: Entity>(name: &str) -> ApiError {
    ApiError::no_such_entity(format!("The {} with name {name} cannot be found.", E::WORD))
}
