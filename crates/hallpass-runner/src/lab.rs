//! The lab as its clients see it: its control interface and its cluster's API.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hallpass_types::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::error::RunError;

/// Where a running lab listens.
#[derive(Clone, Debug)]
pub struct LabAccess {
    /// The AWS services, plain HTTP.
    pub aws: SocketAddr,
    /// The captive HTTPS proxy.
    pub proxy: SocketAddr,
    /// The cluster's API.
    pub cluster: SocketAddr,
    /// The lab's certificate authority.
    pub ca_file: PathBuf,
    /// The cluster's kubeconfig.
    pub kubeconfig: PathBuf,
    /// The region.
    pub region: String,
    /// The bearer token of the control interface.
    pub control_token: Secret<String>,
}

/// A client of the lab.
#[derive(Debug)]
pub(crate) struct Lab {
    access: LabAccess,
    plain: reqwest::Client,
    secure: reqwest::Client,
    token: Secret<String>,
}

/// What the lab answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Done(Value),
    /// There is no such thing, or no such route.
    Missing(String),
    Refused(String),
}

impl Lab {
    pub(crate) fn connect(access: &LabAccess) -> Result<Self, RunError> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|source| RunError::File {
                path: path.clone(),
                source,
            })
        };
        let config: Kubeconfig = serde_saphyr::from_str(&read(&access.kubeconfig)?)
            .map_err(|error| no("kubeconfig", error.to_string()))?;
        let token = config
            .users
            .into_iter()
            .find_map(|user| user.user.token)
            .ok_or_else(|| no("kubeconfig", "it holds no token".to_owned()))?;
        let authority = reqwest::Certificate::from_pem(read(&access.ca_file)?.as_bytes())
            .map_err(|error| no("certificate", error.to_string()))?;
        let builder = || {
            // Loopback: an environment's proxy must never see a token.
            reqwest::Client::builder().no_proxy().timeout(PATIENCE)
        };
        let client = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|error| no("client", error.to_string()))
        };
        Ok(Self {
            plain: client(builder())?,
            secure: client(builder().tls_certs_only([authority]))?,
            access: access.clone(),
            token: Secret::new(token),
        })
    }

    /// Asks the control interface.
    pub(crate) async fn control(
        &self,
        what: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, RunError> {
        let url = format!("http://{}/_hallpass/{path}", self.access.aws);
        let request = match body {
            Some(body) => self.plain.post(url).json(body),
            None => self.plain.get(url),
        };
        send(
            what,
            request.bearer_auth(self.access.control_token.expose()),
        )
        .await
    }

    /// Asks the cluster's API.
    pub(crate) async fn cluster(
        &self,
        what: &str,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, RunError> {
        let url = format!("https://{}/{path}", self.access.cluster);
        let mut request = self.secure.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        send(what, request.bearer_auth(self.token.expose())).await
    }

    /// A client that trusts the lab's authority, for URLs that the lab has given.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.secure
    }
}

async fn send(what: &str, request: reqwest::RequestBuilder) -> Result<Answer, RunError> {
    let fault = |error: reqwest::Error| no(what, chain(&error));
    let response = request.send().await.map_err(fault)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(fault)?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok(Answer::Done(body));
    }
    let message = body
        .get("message")
        .and_then(Value::as_str)
        .map_or_else(|| status.to_string(), str::to_owned);
    if status == reqwest::StatusCode::NOT_FOUND {
        return Ok(Answer::Missing(message));
    }
    Ok(Answer::Refused(message))
}

pub(crate) fn no(what: &str, reason: String) -> RunError {
    RunError::Lab {
        what: what.to_owned(),
        reason,
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[derive(Deserialize)]
struct Kubeconfig {
    users: Vec<NamedUser>,
}

#[derive(Deserialize)]
struct NamedUser {
    user: User,
}

#[derive(Deserialize)]
struct User {
    token: Option<String>,
}

const PATIENCE: Duration = Duration::from_secs(30);
