//! The policies of a user, group or role, gathered for a simulation.

use hallpass_iam::Context;
use hallpass_types::Arn;

use super::entity::{Entity, find};
use super::names;
use super::permission::Permission;
use super::simulation::{SimulatedCaller, Source, SourceRole};
use super::users::groups_of;
use super::wire::policy_name;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::params::Params;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{Group, Role, Tags, User};

/// What a principal brings to a simulation.
#[derive(Debug)]
pub(super) struct PrincipalPolicies {
    /// Its policies, those of its groups, and its boundary.
    pub(super) sources: Vec<Source>,
    /// Who calls; a group cannot.
    pub(super) caller: Option<SimulatedCaller>,
    /// The condition keys that follow from who it is.
    pub(super) context: Context,
}

impl PrincipalPolicies {
    /// Those of `PolicySourceArn`, if the caller may ask for them.
    pub(super) fn permitted(call: &mut Call) -> Result<Self, ApiError> {
        let arn = names::arn(call.params()?, "PolicySourceArn")?;
        Permission::on(arn.as_str()).ask(call)?;
        let identity = &call.identity;
        call.store()
            .read(|state| Self::gather(state, identity, &arn))
    }

    fn gather(state: &AccountState, identity: &LabIdentity, arn: &Arn) -> Result<Self, ApiError> {
        let (kind, path_and_name) = arn.resource_parts();
        let name = path_and_name.rsplit('/').next().unwrap_or_default();
        let is_own = arn.service() == "iam" && arn.account() == identity.account.as_str();
        let mut found = Self {
            sources: Vec::new(),
            caller: None,
            context: Context::new(),
        };
        match kind {
            "group" if is_own => found.add(state, &*find::<Group>(state, name)?)?,
            "role" if is_own => {
                let role = find::<Role>(state, name)?;
                let session = identity.sts_arn(&format!("assumed-role/{}/simulated", role.name));
                found.add(state, &*role)?;
                found.is_called_by(role.arn(identity), Some(session), identity, &role.tags);
                found
                    .context
                    .insert_one("aws:userid", format!("{}:simulated", role.id));
                found.context.insert_one("aws:PrincipalType", "AssumedRole");
            }
            "user" if is_own => {
                let user = find::<User>(state, name)?;
                found.add(state, &*user)?;
                for group in groups_of(state, &user) {
                    found.add(state, &**group)?;
                }
                found.is_called_by(user.arn(identity), None, identity, &user.tags);
                found.context.insert_one("aws:userid", user.id.as_str());
                found.context.insert_one("aws:username", user.name.as_str());
                found.context.insert_one("aws:PrincipalType", "User");
            }
            _ => {
                return Err(ApiError::new(
                    400,
                    "InvalidInput",
                    format!(
                        "Invalid Entity Arn: {arn} does not clearly define entity type and name."
                    ),
                ));
            }
        }
        Ok(found)
    }

    fn add<E: Entity>(&mut self, state: &AccountState, entity: &E) -> Result<(), ApiError> {
        for (name, text) in entity.inline() {
            let id = format!("{}_{}_{name}", E::WORD, entity.name());
            self.sources
                .push(Source::read(id, SourceRole::Identity, text.as_str())?);
        }
        for arn in entity.attached() {
            self.sources
                .extend(managed(state, arn, SourceRole::Identity)?);
        }
        if let Some(arn) = entity.boundary() {
            self.sources
                .extend(managed(state, arn, SourceRole::Boundary)?);
        }
        Ok(())
    }

    fn is_called_by(
        &mut self,
        arn: String,
        session_arn: Option<String>,
        identity: &LabIdentity,
        tags: &Tags,
    ) {
        self.context.insert_one("aws:PrincipalArn", arn.as_str());
        self.context
            .insert_one("aws:PrincipalAccount", identity.account.as_str());
        for (key, value) in tags {
            self.context
                .insert_one(format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        self.caller = Some(SimulatedCaller { arn, session_arn });
    }
}

/// The policies of `PolicyInputList`.
pub(super) fn read_inputs(params: &Params, is_required: bool) -> Result<Vec<Source>, ApiError> {
    let texts = params.list("PolicyInputList");
    if is_required && texts.is_empty() {
        return Err(ApiError::missing("PolicyInputList"));
    }
    texts
        .into_iter()
        .enumerate()
        .map(|(number, text)| {
            let id = format!("PolicyInputList.{}", number + 1);
            Source::read(id, SourceRole::Identity, text)
        })
        .collect()
}

fn managed(state: &AccountState, arn: &str, role: SourceRole) -> Result<Option<Source>, ApiError> {
    let policy = state.managed_policies.get(arn);
    policy
        .and_then(|policy| policy.document())
        .map(|text| Source::read(policy_name(arn), role, text.as_str()))
        .transpose()
}
