//! The one add-on that the lab's cluster has: the agent of Pod Identity, which is built in.

use serde::Deserialize;
use serde_json::json;

use super::access_entries::created;
use super::fault;
use super::input::{ask, ask_of_cluster, check_cluster, short};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListAddons`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let Listed { name, paging } = call.take_json()?;
    ask_of_cluster(call, &name, |wanted| wanted)?;
    paging.answer("addons", [(AGENT.to_owned(), json!(AGENT))])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    addon_name: String,
}

/// `DescribeAddon`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let Named { name, addon_name } = call.take_json()?;
    // The identifier at the end of an add-on's ARN is none of the request's.
    let arn = call
        .identity
        .eks_arn(&format!("addon/{name}/{addon_name}/*"));
    ask(call, &arn, None, |wanted| wanted)?;
    check_cluster(call, &name)?;
    if addon_name != AGENT {
        let addon = short(&addon_name);
        return Err(fault::not_found(format!(
            "No addon: {addon} found in cluster: {name}"
        )));
    }
    let created = created(call);
    Ok(Answer::Json(json!({ "addon": {
        "addonName": AGENT,
        "clusterName": name,
        "status": "ACTIVE",
        "addonVersion": "v1.3.9-eksbuild.3",
        "health": { "issues": [] },
        "addonArn": call.identity.eks_arn(&format!("addon/{name}/{AGENT}/{UUID}")),
        "createdAt": created,
        "modifiedAt": created,
        "tags": {},
    } })))
}

const AGENT: &str = "eks-pod-identity-agent";
const UUID: &str = "00000000-0000-4000-8000-000000000001";
