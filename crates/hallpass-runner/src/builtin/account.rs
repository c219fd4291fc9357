//! The account as the two AWS actions see it: the AWS SDK, with the step's environment for its configuration.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

/// Builds one service's client; the SDK's crates have the same builder, each its own type.
macro_rules! client {
    ($service:ident, $endpoint:expr, $region:expr, $credentials:expr) => {{
        let mut config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new($region.to_owned()))
            .endpoint_url($endpoint)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        config.set_credentials_provider($credentials.map(SharedCredentialsProvider::new));
        $service::Client::from_conf(config.build())
    }};
}

fn endpoint(environment: &BTreeMap<String, String>, service: &str) -> String {
    environment
        .get(&format!("AWS_ENDPOINT_URL_{service}"))
        .or_else(|| environment.get("AWS_ENDPOINT_URL"))
        .cloned()
        .unwrap_or_default()
}

/// An STS client.
pub(super) fn sts(
    environment: &BTreeMap<String, String>,
    region: &str,
    credentials: Option<Credentials>,
) -> aws_sdk_sts::Client {
    client!(
        aws_sdk_sts,
        endpoint(environment, "STS"),
        region,
        credentials
    )
}

/// An ECR client.
pub(super) fn ecr(
    environment: &BTreeMap<String, String>,
    region: &str,
    credentials: Credentials,
) -> aws_sdk_ecr::Client {
    client!(
        aws_sdk_ecr,
        endpoint(environment, "ECR"),
        region,
        Some(credentials)
    )
}

/// The credentials that an SDK finds by itself, in its order: keys, a web identity, a container's agent.
pub(super) async fn ambient(
    environment: &BTreeMap<String, String>,
    region: &str,
) -> Result<Credentials, String> {
    let get = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let (Some(id), Some(secret)) = (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
        let token = get("AWS_SESSION_TOKEN").cloned();
        return Ok(Credentials::new(id, secret, token, None, "environment"));
    }
    if let (Some(role), Some(file)) = (get("AWS_ROLE_ARN"), get("AWS_WEB_IDENTITY_TOKEN_FILE")) {
        let token = token_file(file)?;
        let name = get("AWS_ROLE_SESSION_NAME").map_or("hallpass-run", String::as_str);
        let answer = sts(environment, region, None)
            .assume_role_with_web_identity()
            .role_arn(role)
            .role_session_name(name)
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| message(&error))?;
        return answer
            .credentials()
            .map(credentials_of)
            .ok_or_else(|| "STS answered without credentials".to_owned());
    }
    if let Some(url) = get("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        let token = match get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(file) => Some(token_file(file)?),
            None => get("AWS_CONTAINER_AUTHORIZATION_TOKEN").cloned(),
        };
        return container(url, token).await;
    }
    Err("Could not load credentials from any providers".to_owned())
}

pub(super) fn token_file(file: &str) -> Result<String, String> {
    crate::folders::read(std::path::Path::new(file), MAX_TOKEN)
        .map_err(|error| format!("the token file `{file}` cannot be read: {error}"))
        .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
}

async fn container(url: &str, token: Option<String>) -> Result<Credentials, String> {
    let fault = |error: reqwest::Error| {
        format!("the container's credentials: {}", crate::lab::chain(&error))
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(fault)?;
    let mut request = client.get(url);
    if let Some(token) = token {
        request = request.header("Authorization", token);
    }
    let answer: serde_json::Value = request
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(fault)?
        .json()
        .await
        .map_err(fault)?;
    let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str);
    match (text("AccessKeyId"), text("SecretAccessKey")) {
        (Some(id), Some(secret)) => Ok(Credentials::new(
            id,
            secret,
            text("Token").map(str::to_owned),
            None,
            "container",
        )),
        _ => Err("the container's agent answered without credentials".to_owned()),
    }
}

/// STS's answer as credentials.
pub(super) fn credentials_of(credentials: &aws_sdk_sts::types::Credentials) -> Credentials {
    Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        None,
        "STS",
    )
}

/// An error's message as AWS's SDK for JavaScript has it: the service's own.
pub(super) fn message<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    error
        .as_service_error()
        .and_then(|error| error.meta().message().or_else(|| error.meta().code()))
        .map_or_else(|| error.to_string(), str::to_owned)
}

const MAX_TOKEN: u64 = 64 << 10;
