//! `AssumeRoleForPodIdentity`.

use std::sync::Arc;

use hallpass_types::ServiceAccountName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::session;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::eks::{PODS, association_arn, association_of};
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::cluster::{PodToken, TokenFault};
use crate::identity::CLUSTER;
use crate::sessions::Credentials;
use crate::store::records::PodIdentityAssociation;

/// Carries out the one operation.
pub(crate) fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        cluster_name: String,
        #[serde(default)]
        token: String,
    }
    let input: Input = call.take_json()?;
    let arn = call
        .identity
        .eks_arn(&format!("cluster/{}", input.cluster_name));
    call.authorize(&Wanted::new("eks-auth:AssumeRoleForPodIdentity", &arn))
        .map_err(|mut error| {
            error.code = "AccessDeniedException";
            error
        })?;
    let is_here = call.identity.account == call.world.identity.account;
    if !is_here || input.cluster_name != CLUSTER {
        return Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            "The cluster could not be found",
        ));
    }
    let assumed = assume(call, &input.token)?;
    Ok(Answer::Json(assumed.shown(call)))
}

/// What came of a pod's token.
#[derive(Debug)]
pub(super) struct Assumed {
    pub(super) account: ServiceAccountName,
    pub(super) association: Arc<PodIdentityAssociation>,
    pub(super) session_arn: String,
    pub(super) role_id: String,
    pub(super) credentials: Credentials,
}

/// Assumes the role of a pod: token, association, role, and the target role behind it.
pub(super) fn assume(call: &mut Call, token: &str) -> Result<Assumed, ApiError> {
    if token.is_empty() {
        return Err(ApiError::new(
            400,
            "InvalidParameterException",
            "The service account token cannot be empty",
        ));
    }
    let pod =
        crate::cluster::verify_pod_token(&call.world, token, PODS, call.now).map_err(|fault| {
            match fault {
                TokenFault::Expired => ApiError::new(
                    400,
                    "ExpiredTokenException",
                    "Token expired: the service account token is past its expiration",
                ),
                TokenFault::Invalid(why) => ApiError::new(
                    400,
                    "InvalidTokenException",
                    "The service account token is not valid for this cluster",
                )
                .with_detail(why),
            }
        })?;
    call.claimed_caller = Some(claimed(&pod));
    let association = call
        .world
        .store
        .read(|state| association_of(state, &pod.account))
        .ok_or_else(|| {
            ApiError::new(
                404,
                "ResourceNotFoundException",
                "No pod identity association was found for the service account",
            )
        })?;
    let (session_arn, role_id, credentials) = session::begin(call, &pod, &association)?;
    Ok(Assumed {
        account: pod.account,
        association,
        session_arn,
        role_id,
        credentials,
    })
}

fn claimed(pod: &PodToken) -> String {
    match &pod.pod {
        Some((name, _)) => format!("{} in pod {name}", pod.account.subject()),
        None => pod.account.subject(),
    }
}

impl Assumed {
    fn shown(&self, call: &Call) -> Value {
        let credentials = &self.credentials;
        json!({
            "subject": {
                "namespace": self.account.namespace(),
                "serviceAccount": self.account.name(),
            },
            "audience": PODS,
            "podIdentityAssociation": {
                "associationArn": association_arn(&call.world.identity, &self.association.id),
                "associationId": self.association.id,
            },
            "assumedRoleUser": { "arn": self.session_arn, "assumeRoleId": self.role_id },
            "credentials": {
                "sessionToken": credentials.session_token.expose(),
                "secretAccessKey": credentials.secret_access_key.expose(),
                "accessKeyId": credentials.access_key_id,
                "expiration": epoch(credentials.expires),
            },
        })
    }
}
