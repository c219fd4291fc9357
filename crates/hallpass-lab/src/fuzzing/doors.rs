//! A whole lab, asked by its administrator through each of its doors.
//!
//! The lab outlives the inputs, so that they meet state; one that fails may need those before it.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hallpass_types::SystemClock;
use http::{HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use super::request;
use crate::aws::caller::{Caller, access_key};
use crate::aws::front;
use crate::chance::SystemChance;
use crate::config::Config;
use crate::lab::{ADMINISTRATOR_KEY, Lab};
use crate::world::World;
use crate::{cluster as kubernetes, registry as images};

/// Calls of STS, IAM and ECR, with lines of `---` between them.
///
/// # Panics
///
/// When the lab fails, or its answer cannot be read.
pub fn calls(input: &[u8]) {
    each(input, |rig, request| {
        let (parts, body) = request.into_parts();
        let caller = rig.administrator()?;
        let answer = rig.runtime.block_on(async {
            let world = Arc::clone(&rig.world);
            collect(front::answer_for(world, caller, parts, body).await).await
        })?;
        let is_xml = answer.is_of("xml");
        assert!(is_xml || answer.is_of("json"), "an answer has a type");
        if is_xml {
            read_xml(&answer.body);
        } else {
            read_json(&answer.body);
        }
        Some(())
    });
}

/// Requests of the registry.
///
/// # Panics
///
/// When the registry fails.
pub fn registry(input: &[u8]) {
    each(input, |rig, mut request| {
        let caller = rig.administrator()?;
        let login = images::issue_login(&rig.world, &caller, rig.world.now());
        let basic = format!("AWS:{}", login.password.expose());
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, basic);
        let value = HeaderValue::from_str(&format!("Basic {basic}")).ok()?;
        request.headers_mut().insert(header::AUTHORIZATION, value);
        let answer = rig.ask(&rig.registry, request)?;
        if answer.is_of("json") && !answer.body.is_empty() {
            read_json(&answer.body);
        }
        Some(())
    });
}

/// Requests of the cluster's API.
///
/// # Panics
///
/// When the API fails, or its answer cannot be read.
pub fn cluster(input: &[u8]) {
    each(input, |rig, mut request| {
        let value = kubernetes::fuzzing::administrator(&rig.world)?;
        request.headers_mut().insert(header::AUTHORIZATION, value);
        let answer = rig.ask(&rig.cluster, request)?;
        if answer.is_of("json") && !answer.body.is_empty() {
            read_json(&answer.body);
        }
        Some(())
    });
}

struct Rig {
    runtime: Runtime,
    world: Arc<World>,
    registry: Router,
    cluster: Router,
    _lab: Lab,
    _folder: TempDir,
}

impl Rig {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let config = Config::new(folder.path().join("lab"));
        let start = Lab::start(&config, Arc::new(SystemClock), Arc::new(SystemChance));
        let lab = runtime.block_on(start).ok()?;
        let world = Arc::clone(lab.world());
        Some(Self {
            registry: images::router(Arc::clone(&world)),
            cluster: kubernetes::router(Arc::clone(&world)),
            runtime,
            world,
            _lab: lab,
            _folder: folder,
        })
    }

    /// The administrator; gone where an input has retired its key.
    fn administrator(&self) -> Option<Caller> {
        let id = self.world.store.read(|state| {
            let setting = state.settings.get(ADMINISTRATOR_KEY)?;
            Some(setting.value.clone())
        })?;
        let (account, key) = access_key(&self.world, &id)?;
        Caller::of_key(&self.world, account, &key).ok()
    }

    fn ask(&self, router: &Router, request: Request<Bytes>) -> Option<Answer> {
        self.runtime.block_on(async {
            let asked = router.clone().oneshot(request.map(Body::from)).await;
            let Ok(response) = asked;
            collect(response).await
        })
    }
}

struct Answer {
    content_type: String,
    body: Bytes,
}

impl Answer {
    fn is_of(&self, kind: &str) -> bool {
        self.content_type.contains(kind)
    }
}

/// Hands each request of the input to `ask`.
fn each(input: &[u8], mut ask: impl FnMut(&Rig, Request<Bytes>) -> Option<()>) {
    static RIG: OnceLock<Option<Rig>> = OnceLock::new();
    let rig = RIG.get_or_init(Rig::start).as_ref();
    assert!(rig.is_some(), "the lab does not start");
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for part in text.split("\n---\n") {
        if let (Some(rig), Some(request)) = (rig, request(part.as_bytes())) {
            let _ = ask(rig, request);
        }
    }
}

async fn collect(response: Response) -> Option<Answer> {
    let status = response.status();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    assert!(
        !status.is_server_error(),
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    Some(Answer { content_type, body })
}

fn read_json(body: &[u8]) {
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(body);
    assert!(read.is_ok(), "{}", String::from_utf8_lossy(body));
}

fn read_xml(body: &[u8]) {
    let mut reader = quick_xml::Reader::from_reader(body);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return,
            read => assert!(read.is_ok(), "{}", String::from_utf8_lossy(body)),
        }
    }
}
