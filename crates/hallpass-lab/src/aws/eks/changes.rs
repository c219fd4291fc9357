//! Pod identity associations, as they are made, changed and removed.

use std::sync::Arc;

use hallpass_iam::{Document, PolicyKind, validate};
use hallpass_types::Arn;
use serde::Deserialize;

use super::associations::{absent, answer, association_of, permitted};
use super::fault;
use super::input::{account, ask_of_cluster, check_tags, pairs};
use super::trust::{PODS, is_for_pods};
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::role_of_arn;
use crate::aws::error::ApiError;
use crate::chance;
use crate::store::records::{PodIdentityAssociation, Tags};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    service_account: String,
    #[serde(default)]
    role_arn: String,
    client_request_token: Option<String>,
    tags: Option<Tags>,
    disable_session_tags: Option<bool>,
    target_role_arn: Option<String>,
    policy: Option<String>,
}

/// `CreatePodIdentityAssociation`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Create = call.take_json()?;
    let tags = input.tags.unwrap_or_default();
    let asked = pairs(&tags);
    ask_of_cluster(call, &input.name, |wanted| wanted.with_request_tags(&asked))?;
    check_tags(&tags)?;
    let account = account(&input.namespace, &input.service_account)?;
    let made = PodIdentityAssociation {
        id: new_id(call),
        namespace: input.namespace,
        service_account: input.service_account,
        role_arn: input.role_arn,
        target_role_arn: input.target_role_arn.filter(|arn| !arn.is_empty()),
        disable_session_tags: input.disable_session_tags.unwrap_or_default(),
        policy: input.policy.filter(|policy| !policy.is_empty()),
        tags,
        created: call.now,
        modified: call.now,
        request_token: input.client_request_token,
    };
    check(call, &made)?;
    let made = call
        .world
        .store
        .write(|tx| {
            if let Some(old) = association_of(tx.state(), &account) {
                return if is_same_request(&old, &made) {
                    Ok(old)
                } else {
                    Err(fault::in_use(format!(
                        "Association already exists: {}",
                        old.id
                    )))
                };
            }
            if tx.state().pod_identity_associations.len() >= ASSOCIATIONS {
                return Err(fault::limit("a cluster has at most 5,000 associations"));
            }
            tx.put(made.clone());
            Ok(Arc::new(made))
        })
        .await?;
    Ok(answer(call, &made))
}

/// Whether it is the request that made the old one, sent again.
fn is_same_request(old: &PodIdentityAssociation, new: &PodIdentityAssociation) -> bool {
    old.request_token.is_some()
        && old.request_token == new.request_token
        && old.role_arn == new.role_arn
        && old.target_role_arn == new.target_role_arn
        && old.policy == new.policy
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    name: String,
    association_id: String,
    role_arn: Option<String>,
    disable_session_tags: Option<bool>,
    target_role_arn: Option<String>,
    policy: Option<String>,
}

/// `UpdatePodIdentityAssociation`: an empty text takes a target role or a policy away.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Update = call.take_json()?;
    let old = permitted(call, &input.name, &input.association_id)?;
    let mut made = PodIdentityAssociation::clone(&old);
    if let Some(arn) = input.role_arn {
        made.role_arn = arn;
    }
    if let Some(is_disabled) = input.disable_session_tags {
        made.disable_session_tags = is_disabled;
    }
    if let Some(arn) = input.target_role_arn {
        made.target_role_arn = Some(arn).filter(|arn| !arn.is_empty());
    }
    if let Some(policy) = input.policy {
        made.policy = Some(policy).filter(|policy| !policy.is_empty());
    }
    made.modified = call.now;
    check(call, &made)?;
    call.world
        .store
        .write(|tx| {
            if !tx.state().pod_identity_associations.contains_key(&made.id) {
                return Err(absent(&made.id));
            }
            tx.put(made.clone());
            Ok(())
        })
        .await?;
    Ok(answer(call, &made))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    name: String,
    association_id: String,
}

/// `DeletePodIdentityAssociation`.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Delete = call.take_json()?;
    let old = permitted(call, &input.name, &input.association_id)?;
    call.world
        .store
        .write(|tx| {
            tx.delete::<PodIdentityAssociation>(&old.id)
                .map(drop)
                .ok_or_else(|| absent(&old.id))
        })
        .await?;
    Ok(answer(call, &old))
}

/// What EKS checks before it keeps an association: the caller may pass the role, the role is there and
/// trusts EKS, and the rest is of its form.
fn check(call: &mut Call, one: &PodIdentityAssociation) -> Result<(), ApiError> {
    role_arn(&one.role_arn, "roleArn")?;
    if let Some(target) = &one.target_role_arn {
        role_arn(target, "targetRoleArn")?;
    }
    check_policy(one)?;
    let role_arn = one.role_arn.clone();
    let wanted = Wanted::new("iam:PassRole", &role_arn).with("iam:PassedToService", PODS);
    call.authorize(&wanted)?;
    let own = call.identity.account;
    let (_, role) = role_of_arn(&call.world, &role_arn)
        .filter(|(account, _)| *account == own)
        .ok_or_else(|| fault::parameter("Role provided in the request does not exist."))?;
    let decisions = call.decisions.len();
    let is_trusted = is_for_pods(call, &role, &role_arn, !one.disable_session_tags);
    // These are a check of the role's form, and no decisions on anybody's wish.
    call.decisions.truncate(decisions);
    if is_trusted {
        return Ok(());
    }
    Err(fault::parameter(
        "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue.",
    ))
}

fn check_policy(one: &PodIdentityAssociation) -> Result<(), ApiError> {
    let Some(text) = &one.policy else {
        return Ok(());
    };
    if !one.disable_session_tags {
        return Err(fault::parameter(
            "policy can be set only where disableSessionTags is true",
        ));
    }
    if text.chars().count() > MAX_POLICY {
        return Err(fault::parameter("policy must have at most 2048 characters"));
    }
    let wrong = |detail: String| {
        fault::parameter("policy is not a valid session policy").with_detail(detail)
    };
    let document = Document::parse(text).map_err(|error| wrong(error.to_string()))?;
    validate(&document, PolicyKind::Session).map_err(|error| wrong(error.to_string()))
}

fn role_arn(text: &str, name: &str) -> Result<Arn, ApiError> {
    let arn: Option<Arn> = text.parse().ok();
    arn.filter(|arn| arn.service() == "iam" && arn.resource().starts_with("role/"))
        .ok_or_else(|| fault::parameter(format!("{name} must be the ARN of a role")))
}

fn new_id(call: &Call) -> String {
    let text = chance::uuid(&*call.world.chance).replace('-', "");
    format!("a-{}", text.chars().take(17).collect::<String>())
}

const ASSOCIATIONS: usize = 5000;
const MAX_POLICY: usize = 2048;
