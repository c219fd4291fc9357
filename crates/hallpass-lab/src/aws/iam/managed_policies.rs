//! Managed policies: made, told, listed, deleted. Those of AWS can be told and attached only.

use std::sync::Arc;

use hallpass_iam::PolicyKind;
use hallpass_types::Arn;

use super::documents::{CheckedDocument, exceeded};
use super::entity;
use super::names;
use super::permission::Permission;
use super::tags::{self, Tagged};
use super::usage::{Usage, Uses};
use super::wire::write_tags;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::aws::xml::Xml;
use crate::chance;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{ManagedPolicy, PolicyVersion, Tags};

/// `CreatePolicy`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let name = names::name(&params, "PolicyName", names::LONG)?;
    let path = names::path(&params, "Path")?.unwrap_or_else(|| "/".to_owned());
    let description = names::description(&params)?;
    let added = tags::read(&params, ManagedPolicy::HAS_CASE)?;
    let arn = entity::arn(&call.identity, "policy", &path, &name);
    Permission::on(&arn).with_request_tags(&added).ask(call)?;
    let document = read_document(&params)?;
    let mut policy = ManagedPolicy {
        arn,
        name,
        path,
        id: chance::iam_id(&*call.world.chance, "ANPA"),
        description,
        created: call.now,
        updated: call.now,
        versions: vec![PolicyVersion {
            number: 1,
            document: document.into_policy_text(),
            created: call.now,
        }],
        default_version: 1,
        next_version: 2,
        tags: Tags::new(),
    };
    tags::add(&mut policy.tags, added, ManagedPolicy::HAS_CASE)?;
    let answer = Answer::xml(|xml| {
        xml.element("Policy", |xml| {
            write_listed(xml, &policy, Usage::default());
            write_tags(xml, &policy.tags);
        });
    });
    call.store()
        .write(|tx| {
            must_be_free(tx.state(), &policy.name)?;
            if local(tx.state()).count() >= POLICIES {
                return Err(exceeded("PoliciesPerAccount", POLICIES));
            }
            tx.put(policy);
            Ok(())
        })
        .await?;
    Ok(answer)
}

/// `GetPolicy`.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let policy = allowed(call, &arn)?;
    let usage = call
        .store()
        .read(|state| Uses::count(state).of(arn.as_str()));
    Ok(Answer::xml(|xml| {
        xml.element("Policy", |xml| {
            write_listed(xml, &policy, usage);
            xml.optional("Description", policy.description.as_ref());
            write_tags(xml, &policy.tags);
        });
    }))
}

/// `ListPolicies`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let filter = Filter::read(call.params()?)?;
    let resource = format!("policy{}", filter.prefix);
    Permission::on(call.identity.iam_arn(&resource)).ask(call)?;
    let page = call.store().read(|state| {
        let uses = Uses::count(state);
        let all = state.managed_policies.values();
        let wanted = all
            .map(|policy| (Arc::clone(policy), uses.of(&policy.arn)))
            .filter(|(policy, usage)| filter.admits(policy, *usage));
        Page::cut(call.params()?, wanted, |(policy, _)| policy.arn.clone())
    })?;
    Ok(Answer::xml(|xml| {
        xml.list("Policies", &page.items, |xml, (policy, usage)| {
            write_listed(xml, policy, *usage);
        });
        page.write_end(xml);
    }))
}

/// `DeletePolicy`: versions and attachments must be gone before.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    permit(call, &arn)?;
    call.store()
        .write(|tx| {
            let policy = find(tx.state(), &arn)?;
            must_be_local(&policy)?;
            if !Uses::count(tx.state()).of(arn.as_str()).is_none() {
                return Err(ApiError::delete_conflict(
                    "Cannot delete a policy attached to entities.",
                ));
            }
            if policy.versions.len() > 1 {
                return Err(ApiError::delete_conflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
                ));
            }
            tx.delete::<ManagedPolicy>(arn.as_str());
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// The policy, if the caller may do this to it and it is there.
pub(super) fn allowed(call: &mut Call, arn: &Arn) -> Result<Arc<ManagedPolicy>, ApiError> {
    permit(call, arn)?;
    call.store().read(|state| find(state, arn))
}

/// Asks permission to do this to the policy, which may not be there.
pub(super) fn permit(call: &mut Call, arn: &Arn) -> Result<(), ApiError> {
    let policy = call.store().read(|state| find(state, arn).ok());
    let mut permission = Permission::on(arn.as_str());
    if let Some(policy) = policy {
        permission = permission.with_resource_tags(&policy.tags);
    }
    permission.ask(call)
}

/// The policy of that ARN.
pub(super) fn find(state: &AccountState, arn: &Arn) -> Result<Arc<ManagedPolicy>, ApiError> {
    state
        .managed_policies
        .get(arn.as_str())
        .cloned()
        .ok_or_else(|| ApiError::no_such_entity(format!("Policy {arn} was not found.")))
}

/// Refuses a change of a policy that AWS keeps.
pub(super) fn must_be_local(policy: &ManagedPolicy) -> Result<(), ApiError> {
    if is_local(policy) {
        return Ok(());
    }
    Err(ApiError::access_denied(format!(
        "Cannot modify {}: it is managed by AWS.",
        policy.arn
    )))
}

/// The policies that the account made itself.
pub(super) fn local(state: &AccountState) -> impl Iterator<Item = &Arc<ManagedPolicy>> {
    state
        .managed_policies
        .values()
        .filter(|policy| is_local(policy))
}

/// Whether the account made the policy itself.
pub(super) fn is_local(policy: &ManagedPolicy) -> bool {
    policy.arn.split(':').nth(4) != Some("aws")
}

/// The document of a managed policy, within its quota.
pub(super) fn read_document(params: &Params) -> Result<CheckedDocument, ApiError> {
    CheckedDocument::read(params, "PolicyDocument", PolicyKind::Identity)?
        .within("PolicySize", POLICY_SIZE)
}

/// A policy as lists tell it: all but description and tags.
pub(super) fn write_listed(xml: &mut Xml, policy: &ManagedPolicy, usage: Usage) {
    xml.text("PolicyName", &policy.name)
        .text("PolicyId", &policy.id)
        .text("Arn", &policy.arn)
        .text("Path", &policy.path)
        .text("DefaultVersionId", format!("v{}", policy.default_version))
        .value("AttachmentCount", usage.attachments)
        .value("PermissionsBoundaryUsageCount", usage.boundaries)
        .value("IsAttachable", true)
        .time("CreateDate", policy.created)
        .time("UpdateDate", policy.updated);
}

fn must_be_free(state: &AccountState, name: &str) -> Result<(), ApiError> {
    if local(state).any(|policy| policy.name.eq_ignore_ascii_case(name)) {
        return Err(ApiError::entity_already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    Ok(())
}

/// What `ListPolicies` is asked for.
struct Filter {
    scope: String,
    is_attached_only: bool,
    prefix: String,
    usage: Option<String>,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let scope = params.get("Scope").unwrap_or("All");
        let usage = params
            .get("PolicyUsageFilter")
            .map(|usage| names::one_of(usage, "PolicyUsageFilter", USAGES))
            .transpose()?;
        Ok(Self {
            scope: names::one_of(scope, "Scope", &["All", "AWS", "Local"])?.to_owned(),
            is_attached_only: params.flag("OnlyAttached")?.unwrap_or(false),
            prefix: names::path_prefix(params)?,
            usage: usage.map(str::to_owned),
        })
    }

    fn admits(&self, policy: &ManagedPolicy, usage: Usage) -> bool {
        let is_in_scope = match self.scope.as_str() {
            "AWS" => !is_local(policy),
            "Local" => is_local(policy),
            _ => true,
        };
        let is_used = match self.usage.as_deref() {
            Some("PermissionsBoundary") => usage.boundaries > 0,
            Some(_) => usage.attachments > 0,
            None => true,
        };
        is_in_scope
            && is_used
            && (!self.is_attached_only || usage.attachments > 0)
            && policy.path.starts_with(&self.prefix)
    }
}

impl Tagged for ManagedPolicy {
    const HAS_CASE: bool = true;

    fn target(params: &Params) -> Result<String, ApiError> {
        names::arn(params, "PolicyArn").map(|arn| arn.as_str().to_owned())
    }

    fn find_tagged(
        state: &AccountState,
        _identity: &LabIdentity,
        target: &str,
    ) -> Result<Arc<Self>, ApiError> {
        let found = state.managed_policies.get(target).cloned();
        found.ok_or_else(|| ApiError::no_such_entity(format!("Policy {target} was not found.")))
    }

    fn tagged_arn(_state: &AccountState, _identity: &LabIdentity, target: &str) -> String {
        target.to_owned()
    }

    fn tags_of(&self) -> &Tags {
        &self.tags
    }

    fn tags_of_mut(&mut self) -> Result<&mut Tags, ApiError> {
        must_be_local(self)?;
        Ok(&mut self.tags)
    }
}

/// The two ways to use a policy, as filters name them.
pub(super) const USAGES: &[&str] = &["PermissionsPolicy", "PermissionsBoundary"];
/// Characters of a managed policy, white space aside.
pub(super) const POLICY_SIZE: usize = 6144;
/// Policies of the account's own, raised from the default of 1,500 to what AWS grants on request.
pub(super) const POLICIES: usize = 5000;
