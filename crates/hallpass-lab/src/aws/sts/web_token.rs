//! A web identity token, checked in STS's order: provider, signature, times, client ID.
//!
//! Each refusal has AWS's own code, so that what a client sees here is what it would see there; the
//! event log says besides what exactly was wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hallpass_oidc::{Claims, TokenError, UnverifiedToken};
use serde_json::Value;

use super::grant::{Attributes, check_tags};
use super::issuer_keys::FetchError;
use crate::aws::call::Call;
use crate::aws::cloudtrail::WebIdentity;
use crate::aws::error::ApiError;
use crate::store::records::OidcProvider;

/// A token that its issuer has vouched for; whether a role trusts it is still to be decided.
#[derive(Debug)]
pub(super) struct CheckedToken {
    pub(super) claims: Claims,
    pub(super) provider: Arc<OidcProvider>,
}

impl CheckedToken {
    /// Checks a token. The claimed caller is noted for the event log as soon as it can be read.
    pub(super) async fn check(call: &mut Call, text: &str) -> Result<Self, ApiError> {
        let token = UnverifiedToken::parse(text).map_err(|error| refuse(&error))?;
        let issuer = token.issuer().map_err(|error| refuse(&error))?.to_owned();
        call.claimed_caller = Some(format!(
            "{} of {issuer} (as the token says)",
            token.subject().unwrap_or("no subject")
        ));
        call.web_identity = Some(WebIdentity {
            subject: token.subject().unwrap_or_default().to_owned(),
            audience: String::new(),
            provider: issuer.clone(),
        });
        let provider = issuer
            .strip_prefix("https://")
            .and_then(|url| call.store().read(|state| state.providers.get(url).cloned()))
            .ok_or_else(|| invalid(no_provider(&issuer)))?;
        let keys = call
            .world
            .issuer_keys
            .keys(&issuer, token.header().kid.as_deref(), call.now)
            .await
            .map_err(|error| refuse_fetch(&error))?;
        let signed = token
            .verify_signature(&keys)
            .map_err(|error| refuse(&error))?;
        signed
            .check_times(call.now, LEEWAY)
            .and_then(|()| signed.check_audience(&provider.client_ids))
            .and_then(|()| signed.check_subject().map(drop))
            .map_err(|error| refuse(&error))?;
        Ok(Self {
            claims: signed.into_claims(),
            provider,
        })
    }

    /// The subject, which STS requires.
    pub(super) fn subject(&self) -> Result<&str, ApiError> {
        self.claims
            .sub()
            .ok_or_else(|| invalid("Missing a required claim: sub"))
    }

    /// Session tags and source identity that the token carries.
    ///
    /// Source: IAM User Guide, "Pass session tags", using AssumeRoleWithWebIdentity.
    pub(super) fn attributes(&self, provider_arn: &str) -> Result<Attributes, ApiError> {
        let mut attributes = Attributes {
            federated_provider: Some(provider_arn.to_owned()),
            source_identity: self
                .claims
                .get(SOURCE_IDENTITY_CLAIM)
                .and_then(Value::as_str)
                .map(str::to_owned),
            ..Attributes::default()
        };
        if let Some(tags) = self.claims.get(TAGS_CLAIM) {
            attributes.tags = principal_tags(tags).ok_or_else(malformed_tags)?;
            attributes.transitive_tag_keys = transitive_keys(tags);
            check_tags(&attributes.tags)?;
        }
        Ok(attributes)
    }
}

/// `{"principal_tags": {"team": ["builds"]}}`: a list of one value a key, or the value alone.
fn principal_tags(claim: &Value) -> Option<BTreeMap<String, String>> {
    let Some(tags) = claim.get("principal_tags") else {
        return Some(BTreeMap::new());
    };
    tags.as_object()?
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Array(values) => values.first()?.as_str()?,
                other => other.as_str()?,
            };
            Some((key.clone(), value.to_owned()))
        })
        .collect()
}

fn transitive_keys(claim: &Value) -> Vec<String> {
    claim
        .get("transitive_tag_keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn malformed_tags() -> ApiError {
    invalid("The ID Token provided has malformed session tags")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidIdentityToken", message)
}

fn no_provider(issuer: &str) -> String {
    format!("No OpenIDConnect provider found in your account for {issuer}")
}

/// AWS's words for a token that does not hold; the reason goes to the event log.
fn refuse(error: &TokenError) -> ApiError {
    let answer = match error {
        TokenError::BadSignature => invalid("Token signature invalid"),
        TokenError::Expired { at, now } => ApiError::new(
            400,
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                now.as_second(),
                at.as_second()
            ),
        ),
        TokenError::IssuedInFuture { .. } | TokenError::NotYetValid { .. } => invalid(
            "Token is not valid yet: current date/time must be after the time that it names",
        ),
        TokenError::Issuer { issuer, .. } => invalid(no_provider(issuer)),
        TokenError::KeyMismatch { .. }
        | TokenError::NoKid
        | TokenError::UnknownKid { .. }
        | TokenError::UnusableKey { .. } => invalid(NO_KEY),
        TokenError::MissingClaim { name } => invalid(format!("Missing a required claim: {name}")),
        TokenError::WrongAudience { .. } => invalid("Incorrect token audience"),
        TokenError::Base64 { .. }
        | TokenError::ClaimType { .. }
        | TokenError::CriticalHeader
        | TokenError::DuplicateName { .. }
        | TokenError::Encrypted
        | TokenError::Header { .. }
        | TokenError::NotATime { .. }
        | TokenError::NotJson { .. }
        | TokenError::NotObject { .. }
        | TokenError::Parts { .. }
        | TokenError::SymmetricAlgorithm { .. }
        | TokenError::TooLarge { .. }
        | TokenError::Unsigned { .. }
        | TokenError::UnsupportedAlgorithm { .. } => invalid(NOT_A_JWT),
    };
    answer.with_detail(error.to_string())
}

fn refuse_fetch(error: &FetchError) -> ApiError {
    let answer = match error {
        FetchError::Unreachable { .. } => ApiError::new(
            400,
            "IDPCommunicationError",
            "Unable to communicate with the identity provider",
        ),
        FetchError::Untrusted { .. } => invalid(UNTRUSTED),
        FetchError::Unusable { .. } => invalid(NO_KEY),
    };
    answer.with_detail(error.to_string())
}

const NOT_A_JWT: &str = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
const UNTRUSTED: &str =
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint";
// Two spaces: AWS writes it so.
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
const TAGS_CLAIM: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY_CLAIM: &str = "https://aws.amazon.com/source_identity";
// The tolerance that AWS grants between clocks elsewhere (SigV4) is five minutes; for the expiry of
// a token it grants none that it documents, so an expired token is refused at once.
const LEEWAY: Duration = Duration::ZERO;
