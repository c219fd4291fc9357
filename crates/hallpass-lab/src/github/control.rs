//! GitHub's part of the control interface: repositories as they should be, jobs started and ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::wish::JobWish;
use super::{job_environment, jobs, keys, planting, scopes};
use crate::store::records::GithubJob;
use crate::world::World;

/// The routes, to stand behind the control interface's token.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(world: Arc<World>) -> Router<S> {
    Router::new()
        .route("/_hallpass/github/jobs", post(start).get(list))
        .route("/_hallpass/github/jobs/{id}/end", post(end))
        .route("/_hallpass/github/repositories", post(plant))
        .route("/_hallpass/github/rotate-keys", post(rotate))
        .with_state(world)
}

async fn start(State(world): State<Arc<World>>, body: Body) -> Response {
    let wish: JobWish = match read(&world, body).await {
        Ok(wish) => wish,
        Err(response) => return response,
    };
    match jobs::start(&world, &wish).await {
        Ok(job) => told(&world, &job).map_or_else(
            || {
                refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the job's repository is gone",
                )
            },
            |answer| reply(&answer),
        ),
        Err(jobs::NotStarted::Wish(why)) => refuse(StatusCode::BAD_REQUEST, &why),
        Err(jobs::NotStarted::Store(failed)) => {
            refuse(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string())
        }
    }
}

async fn list(State(world): State<Arc<World>>) -> Response {
    let now = world.now();
    let jobs: Vec<Value> = world.store.read(|state| {
        let all = state.github_jobs.values();
        all.filter(|job| jobs::running(state, job.id, now).is_some())
            .map(|job| summary(job))
            .collect()
    });
    reply(&json!({ "jobs": jobs }))
}

async fn end(State(world): State<Arc<World>>, Path(id): Path<u64>) -> Response {
    match jobs::end(&world, id).await {
        Ok(true) => reply(&json!({ "id": id, "ended": true })),
        Ok(false) => refuse(
            StatusCode::NOT_FOUND,
            &format!("there is no job {id}, or it has ended"),
        ),
        Err(failed) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string()),
    }
}

/// A repository as it should be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RepositoryWish {
    /// `OWNER/NAME`.
    pub(super) repository: String,
    /// `internal`, `private` or `public`.
    pub(super) visibility: Option<String>,
    /// Whether its owner is an organisation; by default it is.
    pub(super) is_organization: Option<bool>,
    /// The enterprise that the organisation belongs to.
    pub(super) enterprise: Option<String>,
    /// Custom properties that go into tokens.
    pub(super) properties: Option<BTreeMap<String, String>>,
    /// Whether its subjects carry IDs.
    pub(super) immutable_subject: Option<bool>,
    /// Files to commit to the default branch, by path; text.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
}

async fn plant(State(world): State<Arc<World>>, body: Body) -> Response {
    let wish: RepositoryWish = match read(&world, body).await {
        Ok(wish) => wish,
        Err(response) => return response,
    };
    match planting::plant(&world, wish).await {
        Ok(repository) => reply(&json!({
            "repository": repository.full_name(),
            "id": repository.id,
            "ownerId": repository.owner_id,
            "visibility": repository.visibility,
        })),
        Err(jobs::NotStarted::Wish(why)) => refuse(StatusCode::BAD_REQUEST, &why),
        Err(jobs::NotStarted::Store(failed)) => {
            refuse(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string())
        }
    }
}

async fn rotate(State(world): State<Arc<World>>) -> Response {
    match keys::rotate_keys(&world).await {
        Ok(kid) => reply(&json!({ "kid": kid })),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// All that a runner needs, secrets included: the interface is the lab's owner's.
fn told(world: &World, job: &GithubJob) -> Option<Value> {
    let base = world.github.url();
    world.store.read(|state| {
        let repository = state.github_repositories.get(&job.repository)?;
        let (secrets, variables) = scopes::for_job(state, repository, job.environment.as_deref());
        // A fork's pull request gets none (GitHub Docs, "Using secrets in GitHub Actions").
        let secrets = if job.is_from_fork {
            BTreeMap::new()
        } else {
            secrets
        };
        let url = job_environment::request_url(&base, job);
        let mut answer = summary(job);
        let more = json!({
            "idTokenRequestUrl": url,
            "idTokenRequestToken": url.as_ref().map(|_| job.request_token.expose()),
            "githubToken": job.token.expose(),
            "apiUrl": base,
            "serverUrl": base,
            "environmentVariables": job_environment::variables(&base, job, repository),
            "secrets": secrets,
            "variables": variables,
        });
        if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
            answer.extend(more);
        }
        Some(answer)
    })
}

fn summary(job: &GithubJob) -> Value {
    json!({
        "id": job.id,
        "repository": job.repository,
        "event": job.event,
        "ref": job.git_ref,
        "sha": job.sha,
        "environment": job.environment,
        "workflow": job.workflow,
        "workflowRef": job.workflow_ref,
        "job": job.name,
        "actor": job.actor.0,
        "permissions": job.permissions,
        "run": { "id": job.run.id, "number": job.run.number, "attempt": job.run.attempt },
    })
}

async fn read<T: DeserializeOwned>(world: &World, body: Body) -> Result<T, Response> {
    let bytes = world
        .bodies
        .read(body, MAX_BODY)
        .await
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.message))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.to_string()))
}

fn reply(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let kind = [("content-type", "application/json")];
    (status, kind, json!({ "message": message }).to_string()).into_response()
}

// The files of a repository may be among it.
const MAX_BODY: usize = 8 << 20;
