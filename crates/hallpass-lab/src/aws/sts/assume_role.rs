//! `AssumeRole`: from a signed caller to a role, also from one role to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::credentials::write_credentials;
use super::grant::{Attributes, RoleRequest, check_tags};
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::{Caller, Principal};
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::aws::params::Params;
use crate::store::records::Role;

/// `AssumeRole`.
pub(super) fn assume_role(call: &mut Call) -> Result<Answer, ApiError> {
    let caller = call.caller()?.clone();
    let params = call.params()?.clone();
    let request = RoleRequest::read(&params, Constraints::default())?;
    let passed = Passed::read(&params)?;
    let attributes = passed.attributes(&caller)?;
    let Some(role) = request.role(call) else {
        return Err(
            refusal(&caller, "sts:AssumeRole", request.role_arn.as_str())
                .with_detail("there is no such role in this account"),
        );
    };
    authorize(call, &caller, &request, &role, &passed, &params)?;
    check_chaining(&caller, request.duration_seconds)?;
    request.check_duration(&role)?;
    let packed_size = request.packed_size(&attributes)?;
    let identity = &call.identity;
    let session_name = request.session_name.clone();
    let source_identity = attributes.source_identity.clone();
    let arn = identity.sts_arn(&format!("assumed-role/{}/{session_name}", role.name));
    let credentials = request.issue(call, &role, attributes);
    Ok(Answer::xml(|xml| {
        xml.element("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", format!("{}:{session_name}", role.id))
                .text("Arn", arn);
        });
        write_credentials(xml, &credentials);
        if let Some(percent) = packed_size {
            xml.value("PackedPolicySize", percent);
        }
        xml.optional("SourceIdentity", source_identity);
    }))
}

/// What the caller passes to the session.
#[derive(Debug)]
struct Passed {
    tags: BTreeMap<String, String>,
    transitive: Vec<String>,
    source_identity: Option<String>,
}

impl Passed {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let tags: BTreeMap<String, String> = params.tags("Tags")?.into_iter().collect();
        check_tags(&tags)?;
        let mut faults = Constraints::default();
        let source_identity = params.get("SourceIdentity").map(str::to_owned);
        if let Some(source) = &source_identity {
            faults.length(source, "SourceIdentity", 2, 64);
            faults.word(source, "SourceIdentity");
        }
        faults.finish()?;
        let transitive: Vec<String> = params
            .list("TransitiveTagKeys")
            .into_iter()
            .map(str::to_owned)
            .collect();
        if transitive.iter().any(|key| !tags.contains_key(key)) {
            return Err(ApiError::new(
                400,
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        Ok(Self {
            tags,
            transitive,
            source_identity,
        })
    }

    /// What the session gets: what is passed, and what the caller's own session passes on.
    fn attributes(&self, caller: &Caller) -> Result<Attributes, ApiError> {
        let mut attributes = Attributes {
            tags: self.tags.clone(),
            transitive_tag_keys: self.transitive.clone(),
            source_identity: self.source_identity.clone(),
            federated_provider: None,
        };
        let Some(session) = &caller.session else {
            return Ok(attributes);
        };
        for key in &session.transitive_tag_keys {
            let Some(value) = session.tags.get(key) else {
                continue;
            };
            if self.tags.contains_key(key) {
                return Err(ApiError::new(
                    400,
                    "InvalidParameterValue",
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
                ));
            }
            attributes.tags.insert(key.clone(), value.clone());
            attributes.transitive_tag_keys.push(key.clone());
        }
        if let Some(inherited) = &session.source_identity {
            if self
                .source_identity
                .as_ref()
                .is_some_and(|own| own != inherited)
            {
                return Err(ApiError::access_denied(
                    "Source identity that is passed must match the source identity of the calling session.",
                ));
            }
            attributes.source_identity = Some(inherited.clone());
        }
        attributes
            .federated_provider
            .clone_from(&session.federated_provider);
        Ok(attributes)
    }
}

/// Each thing that the call does takes its own action, by the caller's and the role's policies.
fn authorize(
    call: &mut Call,
    caller: &Caller,
    request: &RoleRequest,
    role: &Arc<Role>,
    passed: &Passed,
    params: &Params,
) -> Result<(), ApiError> {
    let tags: Vec<(String, String)> = passed
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut actions = vec!["sts:AssumeRole"];
    if !tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if passed.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    let arn = request.role_arn.as_str();
    let trust = role.trust.trust_policy();
    for action in actions {
        let mut wanted = Wanted::new(action, arn)
            .under(Some(&trust))
            .with("sts:RoleSessionName", &request.session_name)
            .with_request_tags(&tags)
            .with_resource_tags(&role.tags);
        if let Some(external_id) = params.get("ExternalId") {
            wanted = wanted.with("sts:ExternalId", external_id);
        }
        if let Some(source) = &passed.source_identity {
            wanted = wanted.with("sts:SourceIdentity", source);
        }
        if !passed.transitive.is_empty() {
            wanted.context.push((
                "sts:TransitiveTagKeys".to_owned(),
                passed.transitive.clone(),
            ));
        }
        call.authorize_role(caller, &wanted)?;
    }
    Ok(())
}

fn refusal(caller: &Caller, action: &str, resource: &str) -> ApiError {
    ApiError::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {resource}",
        caller.arn()
    ))
}

/// Role chaining: a session made by a session lasts one hour at most.
///
/// Source: IAM User Guide, "Roles terms and concepts", role chaining.
fn check_chaining(caller: &Caller, seconds: i64) -> Result<(), ApiError> {
    if matches!(caller.principal, Principal::Role(_)) && seconds > 3600 {
        return Err(ApiError::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    Ok(())
}
