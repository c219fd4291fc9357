//! The session of a pod: in the association's role, and from there in its target role.
//!
//! Source: Amazon EKS User Guide, "Grant Pods access to AWS resources based on tags", "Access AWS
//! resources using EKS Pod Identity target IAM roles"; STS API Reference, `AssumeRole` (role chaining).

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_iam::Outcome;
use hallpass_types::AccountId;

use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::{Caller, role_of_arn};
use crate::aws::eks::{PODS, decide_service, external_id};
use crate::aws::error::ApiError;
use crate::chance;
use crate::clock::moved;
use crate::cluster::PodToken;
use crate::identity::CLUSTER;
use crate::sessions::{Credentials, Session, SessionPrincipal};
use crate::store::records::{PodIdentityAssociation, Role};

/// Begins the session: its ARN, the role's ID with the session's name, the credentials.
pub(super) fn begin(
    call: &mut Call,
    pod: &PodToken,
    association: &PodIdentityAssociation,
) -> Result<(String, String, Credentials), ApiError> {
    let first = Step {
        arn: association.role_arn.clone(),
        name: session_name(call, pod),
        tags: tags(call, pod, association),
        seconds: SECONDS,
        policy: association
            .policy
            .clone()
            .filter(|_| association.target_role_arn.is_none()),
    };
    let (account, role) = first.role(call)?;
    call.enter(account);
    first.check_trust(call, &role)?;
    let caller = first.session(call, account, role);
    let last = match &association.target_role_arn {
        None => caller,
        Some(target) => chain(call, &caller, &first, target, association)?,
    };
    let session = last.session.as_ref().ok_or_else(unauthorized)?;
    let credentials = call.world.sealer.issue(session, &*call.world.chance);
    Ok((
        last.arn().to_owned(),
        last.user_id().to_owned(),
        credentials,
    ))
}

/// From the session in the association's role to the one in its target.
fn chain(
    call: &mut Call,
    caller: &Caller,
    first: &Step,
    target: &str,
    association: &PodIdentityAssociation,
) -> Result<Caller, ApiError> {
    let step = Step {
        arn: target.to_owned(),
        name: first.name.clone(),
        tags: first.tags.clone(),
        seconds: CHAINED_SECONDS,
        policy: association.policy.clone(),
    };
    let external_id = external_id(&call.world.identity, association).unwrap_or_default();
    let (account, role) = step.role(call)?;
    call.enter(account);
    let trust = role.trust.trust_policy();
    let pairs = step.pairs();
    for action in step.actions() {
        let wanted = Wanted::new(action, &step.arn)
            .under(Some(&trust))
            .with("sts:RoleSessionName", &step.name)
            .with("sts:ExternalId", &external_id)
            .with_request_tags(&pairs)
            .with_resource_tags(&role.tags);
        if call.decide(caller, &wanted) != Outcome::Allow {
            return Err(unauthorized());
        }
    }
    Ok(step.session(call, account, role))
}

/// One role that is assumed.
struct Step {
    arn: String,
    name: String,
    tags: BTreeMap<String, String>,
    seconds: i64,
    policy: Option<String>,
}

impl Step {
    fn role(&self, call: &Call) -> Result<(AccountId, Arc<Role>), ApiError> {
        role_of_arn(&call.world, &self.arn)
            .ok_or_else(|| unauthorized().with_detail(format!("there is no role `{}`", self.arn)))
    }

    fn actions(&self) -> &'static [&'static str] {
        if self.tags.is_empty() {
            &["sts:AssumeRole"]
        } else {
            &["sts:AssumeRole", "sts:TagSession"]
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.tags.iter();
        pairs
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn check_trust(&self, call: &mut Call, role: &Role) -> Result<(), ApiError> {
        let trust = role.trust.trust_policy();
        let pairs = self.pairs();
        for action in self.actions() {
            let mut wanted = Wanted::new(action, &self.arn)
                .under(Some(&trust))
                .with("sts:RoleSessionName", &self.name)
                .with_request_tags(&pairs)
                .with_resource_tags(&role.tags);
            if !self.tags.is_empty() {
                let keys = self.tags.keys().cloned().collect();
                wanted
                    .context
                    .push(("sts:TransitiveTagKeys".to_owned(), keys));
            }
            let decision = decide_service(call, wanted);
            if decision.outcome() != Outcome::Allow {
                return Err(unauthorized().with_detail(decision.summary()));
            }
        }
        Ok(())
    }

    fn session(&self, call: &Call, account: AccountId, role: Arc<Role>) -> Caller {
        let world = &call.world;
        let seconds = self
            .seconds
            .min(i64::from(role.max_session_seconds).max(CHAINED_SECONDS));
        let session = Session {
            access_key_id: chance::access_key_id(&*world.chance, "ASIA", account),
            account: Some(account.to_string()),
            principal: SessionPrincipal::Role {
                role_id: role.id.clone(),
                role_name: role.name.clone(),
                session_name: self.name.clone(),
            },
            issued: call.now,
            expires: moved(call.now, jiff::SignedDuration::from_secs(seconds)),
            inline_policy: self.policy.clone(),
            policy_arns: Vec::new(),
            tags: self.tags.clone(),
            transitive_tag_keys: self.tags.keys().cloned().collect(),
            source_identity: None,
            federated_provider: None,
        };
        let identity = world.identity_of(account);
        Caller::role(&identity, role, &self.name, session)
    }
}

/// The six tags that EKS adds; all of them pass on to further roles.
fn tags(
    call: &Call,
    pod: &PodToken,
    association: &PodIdentityAssociation,
) -> BTreeMap<String, String> {
    if association.disable_session_tags {
        return BTreeMap::new();
    }
    let (name, uid) = pod.pod.clone().unwrap_or_default();
    [
        ("eks-cluster-arn", call.world.identity.cluster_arn()),
        ("eks-cluster-name", CLUSTER.to_owned()),
        ("kubernetes-namespace", pod.account.namespace().to_owned()),
        ("kubernetes-pod-name", name),
        ("kubernetes-pod-uid", uid),
        ("kubernetes-service-account", pod.account.name().to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// `eks-CLUSTER-POD-UUID`, within the 64 characters of a session's name.
fn session_name(call: &Call, pod: &PodToken) -> String {
    let name = pod.pod.as_ref().map_or("pod", |(name, _)| name);
    let uuid = chance::uuid(&*call.world.chance);
    let front: String = format!("eks-{CLUSTER}-{name}")
        .chars()
        .take(MAX_NAME - uuid.len() - 1)
        .collect();
    format!("{front}-{uuid}")
}

/// One answer for all that is wrong with a role: a pod learns no more on AWS.
fn unauthorized() -> ApiError {
    ApiError::new(
        400,
        "AccessDeniedException",
        format!(
            "Unauthorized Exception! EKS does not have permissions to assume the associated role. ({PODS})"
        ),
    )
}

// EKS asks for six hours where the role allows them.
const SECONDS: i64 = 6 * 3600;
// STS's limit on chained roles.
const CHAINED_SECONDS: i64 = 3600;
const MAX_NAME: usize = 64;
