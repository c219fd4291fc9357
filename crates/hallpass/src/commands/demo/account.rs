//! The account as its clients see it: the AWS SDK, pointed at the lab.

use aws_credential_types::Credentials;
use aws_sdk_iam::config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::time::SharedTimeSource;
use hallpass_types::Secret;

use super::clock::DemoClock;

/// What a client signs with.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret<String>,
    pub(crate) session_token: Option<Secret<String>>,
}

/// Makes clients of the lab's services.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    endpoint: String,
    region: String,
    clock: DemoClock,
}

/// Builds one service's configuration; the SDK's crates have the same builder, each its own type.
macro_rules! client {
    ($service:ident, $account:expr, $credentials:expr) => {{
        let account = $account;
        let mut config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(account.region.clone()))
            .endpoint_url(account.endpoint.clone())
            .time_source(SharedTimeSource::new(account.clock.clone()))
            // A refusal is the demo's answer, not a fault to try again.
            .retry_config(RetryConfig::disabled());
        config.set_credentials_provider(
            $credentials.map(aws_credential_types::provider::SharedCredentialsProvider::new),
        );
        $service::Client::from_conf(config.build())
    }};
}

impl Account {
    /// The account behind `endpoint`.
    pub(crate) fn new(endpoint: String, region: String, clock: DemoClock) -> Self {
        Self {
            endpoint,
            region,
            clock,
        }
    }

    /// An IAM client.
    pub(crate) fn iam(&self, keys: &Keys) -> aws_sdk_iam::Client {
        client!(aws_sdk_iam, self, Some(keys.credentials()))
    }

    /// An ECR client.
    pub(crate) fn ecr(&self, keys: &Keys) -> aws_sdk_ecr::Client {
        client!(aws_sdk_ecr, self, Some(keys.credentials()))
    }

    /// An STS client for the exchange, which takes no signature.
    pub(crate) fn unsigned_sts(&self) -> aws_sdk_sts::Client {
        client!(aws_sdk_sts, self, None::<Credentials>)
    }
}

impl Keys {
    fn credentials(&self) -> Credentials {
        Credentials::new(
            self.access_key_id.clone(),
            self.secret_access_key.expose().clone(),
            self.session_token
                .as_ref()
                .map(|token| token.expose().clone()),
            None,
            "hallpass demo",
        )
    }
}

/// A refusal as the service put it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The service's code.
    pub(crate) code: String,
    /// The service's message.
    pub(crate) message: String,
    /// The request's ID, by which the lab's event log tells more.
    pub(crate) request_id: Option<String>,
}

/// The refusal in an SDK error.
pub(crate) fn refusal<E, R>(error: &SdkError<E, R>) -> Refusal
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    Refusal {
        code: metadata
            .and_then(|meta| meta.code())
            .unwrap_or("NoAnswer")
            .to_owned(),
        message: metadata
            .and_then(|meta| meta.message())
            .map_or_else(|| error.to_string(), str::to_owned),
        request_id: metadata
            .and_then(|meta| meta.extra("aws_request_id"))
            .map(str::to_owned),
    }
}
