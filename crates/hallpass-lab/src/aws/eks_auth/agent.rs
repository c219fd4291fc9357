//! The agent: a pod shows its token, and gets credentials as the AWS SDKs' container provider reads them.
//!
//! On EKS it listens on 169.254.170.23 of each node and calls EKS Auth with the node's role. Here it
//! stands at the same path on the lab's AWS port, and is the node.
//!
//! Source: aws/eks-pod-identity-agent; AWS SDKs and Tools Reference, "Container credential provider".

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::assume::assume;
use crate::aws::answer::Answer;
use crate::aws::call::{Call, Input};
use crate::aws::cloudtrail::{Entry, Told};
use crate::aws::error::ApiError;
use crate::aws::front::{Service, fault};
use crate::aws::text::iso_8601;
use crate::chance;
use crate::events::EventError;
use crate::faults::disturb;
use crate::identity::CLUSTER;
use crate::listen::Peer;
use crate::world::World;

/// `GET /v1/credentials`.
pub(crate) async fn agent(State(world): State<Arc<World>>, request: Request) -> Response {
    let work = {
        let world = Arc::clone(&world);
        async move { serve(world, &request) }
    };
    disturb(&world, Service::EksAuth.name(), false, work).await
}

fn serve(world: Arc<World>, request: &Request) -> Response {
    let request_id = chance::uuid(&*world.chance);
    let mut call = Call::new(
        world,
        request_id,
        Service::EksAuth,
        "AssumeRoleForPodIdentity".to_owned(),
        Input::Json(Value::Null),
    );
    call.peer = request.extensions().get::<Peer>().copied();
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    call.asked = Told::Json(json!({ "clusterName": CLUSTER, "token": "" }));
    let outcome = credentials(&mut call, &token);
    let told = outcome.as_ref().map(|_| &NOTHING);
    let entries = Entry::of(&mut call, told);
    call.world.trail.add(entries);
    let (response, error) = match outcome {
        Ok(body) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            ((json, body.to_string()).into_response(), None)
        }
        Err(error) => (refusal(&call, &error), Some(error)),
    };
    let error = error.map(|error| EventError {
        code: error.code.to_owned(),
        message: error.message,
        detail: error.detail,
    });
    call.log(Service::EksAuth.name(), response.status().as_u16(), error);
    response
}

fn credentials(call: &mut Call, token: &str) -> Result<Value, ApiError> {
    if let Some(kind) = call.world.faults.take(Service::EksAuth.name()) {
        return Err(fault(Service::EksAuth, kind));
    }
    let assumed = assume(call, token)?;
    let credentials = &assumed.credentials;
    Ok(json!({
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose(),
        "Token": credentials.session_token.expose(),
        "AccountId": call.identity.account.to_string(),
        "Expiration": iso_8601(credentials.expires),
    }))
}

/// The agent hands on what EKS Auth says, as text.
fn refusal(call: &Call, error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fault = if error.status < 500 {
        "client"
    } else {
        "server"
    };
    let text = format!(
        "[{}]: ({}): {}, fault: {fault}\n",
        call.request_id, error.code, error.message
    );
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, text).into_response()
}

/// What a record tells of credentials.
const NOTHING: Answer = Answer::Xml(None);
