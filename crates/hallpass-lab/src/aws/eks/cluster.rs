//! The cluster itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::access_entries::created;
use super::input::{ask, ask_of_cluster, check_cluster};
use super::page::Paging;
use super::tags::cluster_tags;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::CLUSTER;

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// `DescribeCluster`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let Named { name } = call.take_json()?;
    ask_of_cluster(call, &name, |wanted| wanted)?;
    let world = &call.world;
    let doors = &world.doors;
    Ok(Answer::Json(json!({ "cluster": {
        "name": CLUSTER,
        "arn": call.identity.eks_arn(&format!("cluster/{CLUSTER}")),
        "createdAt": created(call),
        "version": VERSION,
        "endpoint": format!("https://{}", doors.cluster),
        "certificateAuthority": { "data": STANDARD.encode(&doors.authority_pem) },
        "identity": { "oidc": { "issuer": world.identity.issuer_url() } },
        "status": "ACTIVE",
        "platformVersion": "eks.1",
        "accessConfig": { "authenticationMode": "API" },
        "resourcesVpcConfig": { "endpointPublicAccess": true, "endpointPrivateAccess": false },
        "tags": cluster_tags(call),
    } })))
}

/// `ListClusters`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let paging: Paging = call.take_json()?;
    ask(call, "*", None, |wanted| wanted)?;
    let own = check_cluster(call, CLUSTER)
        .ok()
        .map(|()| (CLUSTER.to_owned(), json!(CLUSTER)));
    paging.answer("clusters", own)
}

// As the API says of itself at `/version`.
const VERSION: &str = "1.35";
