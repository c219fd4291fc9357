//! The way into a member account: its role, taken with the lab administrator's key, by the lab's own STS
//! and under its decisions.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata as _};
use hallpass_lab::Description;
use hallpass_types::{AccountId, Partition, Secret};

use super::env::SESSION_TOKEN;

/// A session in the account.
#[derive(Debug)]
pub(super) struct Session {
    account: AccountId,
    registry_host: String,
    access_key_id: String,
    secret_access_key: Secret<String>,
    token: Secret<String>,
}

/// Why the account could not be entered.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum EnterError {
    /// STS said no.
    #[error("account `{account}` lets the lab's administrator in by no role `{role}`: {message}")]
    #[diagnostic(
        code("lab/account-refused"),
        help(
            "`aws organizations list-accounts` shows the lab's accounts; `hallpass lab events` shows why a role was refused"
        )
    )]
    Refused {
        /// The account.
        account: AccountId,
        /// The role.
        role: String,
        /// What STS said.
        message: String,
    },
}

/// Takes the role.
pub(super) async fn enter(
    lab: &Description,
    account: AccountId,
    role: &str,
) -> Result<Session, EnterError> {
    let refused = |message: String| EnterError::Refused {
        account,
        role: role.to_owned(),
        message,
    };
    let arn = format!("arn:{}:iam::{account}:role/{role}", lab.partition);
    let taken = client(lab)
        .assume_role()
        .role_arn(arn)
        .role_session_name("hallpass-lab")
        .send()
        .await
        .map_err(|error| {
            let message = error.message().map(str::to_owned);
            refused(message.unwrap_or_else(|| DisplayErrorContext(error).to_string()))
        })?;
    let credentials = taken
        .credentials
        .ok_or_else(|| refused("STS answered without credentials".to_owned()))?;
    let suffix = lab
        .partition
        .parse()
        .map(Partition::dns_suffix)
        .unwrap_or_default();
    Ok(Session {
        account,
        registry_host: format!("{account}.dkr.ecr.{}.{suffix}", lab.region),
        access_key_id: credentials.access_key_id,
        secret_access_key: Secret::new(credentials.secret_access_key),
        token: Secret::new(credentials.session_token),
    })
}

impl Session {
    /// Puts the session in the administrator's place among the variables.
    pub(super) fn replace_in(self, variables: &mut Vec<(&'static str, String)>) {
        for (name, value) in variables.iter_mut() {
            match *name {
                "AWS_ACCESS_KEY_ID" => value.clone_from(&self.access_key_id),
                "AWS_SECRET_ACCESS_KEY" => value.clone_from(self.secret_access_key.expose()),
                "HALLPASS_LAB_ACCOUNT" => *value = self.account.to_string(),
                "HALLPASS_LAB_REGISTRY_HOST" => value.clone_from(&self.registry_host),
                _ => {}
            }
        }
        variables.push((SESSION_TOKEN, self.token.expose().clone()));
    }
}

fn client(lab: &Description) -> aws_sdk_sts::Client {
    let administrator = Credentials::new(
        lab.access_key_id.clone(),
        lab.secret_access_key.expose().clone(),
        None,
        None,
        "hallpass lab env",
    );
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(lab.region.clone()))
        .endpoint_url(format!("http://{}", lab.aws))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(administrator))
        .build();
    aws_sdk_sts::Client::from_conf(config)
}
