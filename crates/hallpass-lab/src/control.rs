//! The control interface: what the `hallpass lab` commands ask of a running lab.
//!
//! It stands on the AWS port below `/_hallpass/`, and takes the bearer token of `lab.json`, which only
//! the lab's owner can read.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use hallpass_types::{Secret, ServiceAccountName};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::ClockWish;
use crate::cluster;
use crate::description::Description;
use crate::faults::{FaultChanges, FaultKind};
use crate::github;
use crate::store::{AccountState, State as LabState};
use crate::world::World;

/// What the handlers share.
#[derive(Clone, Debug)]
struct Control {
    world: Arc<World>,
    stop: watch::Sender<bool>,
    token: Arc<Secret<String>>,
}

/// The routes of the control interface.
pub(crate) fn router(
    world: Arc<World>,
    description: &Description,
    stop: watch::Sender<bool>,
) -> Router {
    let github = github::control_router(Arc::clone(&world));
    let control = Control {
        world,
        stop,
        token: Arc::new(description.control_token.clone()),
    };
    Router::new()
        .route("/_hallpass/status", get(status))
        .route("/_hallpass/stop", post(stop_lab))
        .route("/_hallpass/token", post(token))
        .route("/_hallpass/clock", get(clock).post(turn_clock))
        .route("/_hallpass/fault", post(fault))
        .route("/_hallpass/faults", get(faults).post(change_faults))
        .route("/_hallpass/rotate-keys", post(rotate_keys))
        .route(
            "/_hallpass/pods/{namespace}/{name}/environment",
            get(pod_environment),
        )
        .route("/_hallpass/runners/assign", post(assign_job))
        .route("/_hallpass/runners/finish", post(finish_job))
        .merge(github)
        .route_layer(middleware::from_fn_with_state(control.clone(), check_token))
        .with_state(control)
}

async fn check_token(State(control): State<Control>, request: Request, next: Next) -> Response {
    let is_owner = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .is_some_and(|token| control.token.equals(token));
    if is_owner {
        next.run(request).await
    } else {
        refuse(
            StatusCode::FORBIDDEN,
            "the control interface takes the bearer token of `lab.json`",
        )
    }
}

async fn status(State(control): State<Control>) -> Response {
    let counts = control.world.store.read(|state| {
        json!({
            "accounts": state.accounts().count(),
            "users": count(state, |account| account.users.len()),
            "accessKeys": count(state, |account| account.access_keys.len()),
            "roles": count(state, |account| account.roles.len()),
            "policies": count(state, own_policies),
            "providers": count(state, |account| account.providers.len()),
            "repositories": count(state, |account| account.repositories.len()),
            "images": count(state, |account| account.images.len()),
            "objects": state.objects.len(),
        })
    });
    answer(&json!({ "running": true, "counts": counts }))
}

/// How many there are in all accounts together.
fn count(state: &LabState, of: impl Fn(&AccountState) -> usize) -> usize {
    state.accounts().map(|(_, account)| of(account)).sum()
}

fn own_policies(account: &AccountState) -> usize {
    let is_own = |arn: &str| !arn.contains(":aws:policy/");
    account
        .managed_policies
        .values()
        .filter(|policy| is_own(&policy.arn))
        .count()
}

async fn stop_lab(State(control): State<Control>) -> Response {
    let _ = control.stop.send(true);
    answer(&json!({ "stopping": true }))
}

#[derive(Deserialize)]
struct TokenWish {
    namespace: String,
    name: String,
    audiences: Vec<String>,
    seconds: i64,
}

async fn token(State(control): State<Control>, body: Body) -> Response {
    let wish: TokenWish = match read(&control, body).await {
        Ok(wish) => wish,
        Err(response) => return response,
    };
    let account = match ServiceAccountName::new(&wish.namespace, &wish.name) {
        Ok(account) => account,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match cluster::issue_token(
        &control.world,
        &account,
        &wish.audiences,
        wish.seconds,
        None,
    ) {
        Ok(token) => answer(&json!({ "token": token.expose() })),
        Err(error) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
    }
}

#[derive(Deserialize)]
struct FaultWish {
    service: String,
    kind: FaultKind,
    calls: u32,
}

async fn fault(State(control): State<Control>, body: Body) -> Response {
    match read::<FaultWish>(&control, body).await {
        Ok(wish) => {
            control
                .world
                .faults
                .set(&wish.service, wish.kind, wish.calls);
            answer(&json!({ "service": wish.service, "calls": wish.calls }))
        }
        Err(response) => response,
    }
}

async fn faults(State(control): State<Control>) -> Response {
    answer(&control.world.faults.list())
}

async fn change_faults(State(control): State<Control>, body: Body) -> Response {
    let changes: FaultChanges = match read(&control, body).await {
        Ok(changes) => changes,
        Err(response) => return response,
    };
    match changes.make(&control.world).await {
        Ok(faults) => answer(&faults),
        Err(message) => refuse(StatusCode::BAD_REQUEST, &message),
    }
}

async fn clock(State(control): State<Control>) -> Response {
    answer(&control.world.clock.describe())
}

async fn turn_clock(State(control): State<Control>, body: Body) -> Response {
    let wish: ClockWish = match read(&control, body).await {
        Ok(wish) => wish,
        Err(response) => return response,
    };
    let world = &control.world;
    if let Err(error) = wish.carry_out(&world.clock, &world.store).await {
        return refuse(StatusCode::BAD_REQUEST, &error.to_string());
    }
    cluster::refresh_tokens(world).await;
    answer(&world.clock.describe())
}

async fn rotate_keys(State(control): State<Control>) -> Response {
    match cluster::rotate_keys(&control.world).await {
        Ok(kid) => answer(&json!({ "kid": kid })),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn assign_job(State(control): State<Control>, body: Body) -> Response {
    let wish: cluster::JobWish = match read(&control, body).await {
        Ok(wish) => wish,
        Err(response) => return response,
    };
    match cluster::assign_job(&control.world, &wish).await {
        Ok(told) => answer(&told),
        Err(why) => refuse(StatusCode::CONFLICT, &why),
    }
}

async fn finish_job(State(control): State<Control>, body: Body) -> Response {
    let end: cluster::JobEnd = match read(&control, body).await {
        Ok(end) => end,
        Err(response) => return response,
    };
    match cluster::finish_job(&control.world, &end).await {
        Ok(told) => answer(&told),
        Err(why) => refuse(StatusCode::NOT_FOUND, &why),
    }
}

async fn pod_environment(
    State(control): State<Control>,
    Path((namespace, name)): Path<(String, String)>,
) -> Response {
    match cluster::pod_environment(&control.world, &namespace, &name) {
        Some(environment) => answer(&json!({ "environment": environment })),
        None => refuse(
            StatusCode::NOT_FOUND,
            &format!("there is no pod `{name}` in namespace `{namespace}`"),
        ),
    }
}

async fn read<T: serde::de::DeserializeOwned>(
    control: &Control,
    body: Body,
) -> Result<T, Response> {
    let bytes = control
        .world
        .bodies
        .read(body, MAX_BODY)
        .await
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.message))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.to_string()))
}

fn answer(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (
        status,
        [("content-type", "application/json")],
        json!({ "message": message }).to_string(),
    )
        .into_response()
}

const MAX_BODY: usize = 64 << 10;
