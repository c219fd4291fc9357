//! What a session is asked to be, and the credentials that come of it.
//!
//! Source: AWS STS API Reference, `AssumeRole` and `AssumeRoleWithWebIdentity`.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_iam::{Document, PolicyKind, validate};
use hallpass_types::{Arn, Timestamp};

use crate::aws::call::Call;
use crate::aws::caller::role_arn;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::aws::params::Params;
use crate::chance;
use crate::sessions::{Credentials, Session, SessionPrincipal};
use crate::store::records::Role;

/// The parameters that both ways to assume a role share.
#[derive(Debug)]
pub(super) struct RoleRequest {
    pub(super) role_arn: Arn,
    pub(super) session_name: String,
    pub(super) duration_seconds: i64,
    inline_policy: Option<String>,
    policy_arns: Vec<String>,
}

/// What the caller or the token gives a session besides.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive_tag_keys: Vec<String>,
    pub(super) source_identity: Option<String>,
    pub(super) federated_provider: Option<String>,
}

impl RoleRequest {
    /// Reads and checks them; faults that the caller has found already are told with the rest.
    pub(super) fn read(params: &Params, mut faults: Constraints) -> Result<Self, ApiError> {
        let role_arn = faults.required(params, "RoleArn");
        if params.get("RoleArn").is_some() {
            faults.length(role_arn, "RoleArn", 20, 2048);
        }
        let session_name = faults.required(params, "RoleSessionName");
        if params.get("RoleSessionName").is_some() {
            faults.length(session_name, "RoleSessionName", 2, 64);
            faults.word(session_name, "RoleSessionName");
        }
        let duration_seconds =
            faults.number(params, "DurationSeconds", (900, 43_200), DEFAULT_SECONDS)?;
        let inline_policy = params.get("Policy");
        if let Some(policy) = inline_policy {
            faults.length(policy, "Policy", 1, MAX_POLICY_CHARACTERS);
        }
        faults.finish()?;
        let policy_arns: Vec<String> = params
            .structures("PolicyArns")
            .iter()
            .map(|entry| entry.required("arn").map(str::to_owned))
            .collect::<Result<_, _>>()?;
        if policy_arns.len() > 10 {
            return Err(ApiError::validation(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10",
            ));
        }
        if let Some(policy) = inline_policy {
            check_policy(policy)?;
        }
        let role_arn: Arn = role_arn
            .parse()
            .map_err(|_| ApiError::validation("Request ARN is invalid"))?;
        if role_arn.service() != "iam" || !role_arn.resource().starts_with("role/") {
            return Err(ApiError::validation("Request ARN is invalid"));
        }
        Ok(Self {
            role_arn,
            session_name: session_name.to_owned(),
            duration_seconds,
            inline_policy: inline_policy.map(str::to_owned),
            policy_arns,
        })
    }

    /// The role, if its account has it under exactly that ARN. The call is then about that account.
    pub(super) fn role(&self, call: &mut Call) -> Option<Arc<Role>> {
        if let Ok(account) = self.role_arn.account().parse() {
            call.enter(account);
        }
        let name = self.role_arn.resource().rsplit('/').next()?;
        let is_closed = |account| call.world.store.read(|state| state.is_closed(account));
        let role = call
            .store()
            .read(|state| state.roles.get(&name.to_lowercase()).cloned())?;
        let arn = role_arn(&call.identity, &role);
        (arn == self.role_arn.as_str() && !is_closed(call.identity.account)).then_some(role)
    }

    /// Refuses a session that is longer than the role allows.
    pub(super) fn check_duration(&self, role: &Role) -> Result<(), ApiError> {
        if self.duration_seconds > i64::from(role.max_session_seconds) {
            return Err(ApiError::validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(())
    }

    /// The percentage of the space that policies and tags take; refuses more than all of it.
    ///
    /// AWS packs them in a binary form that it does not publish. The lab counts characters against
    /// one limit, so that what is far too large is refused, and what is small passes.
    pub(super) fn packed_size(&self, attributes: &Attributes) -> Result<Option<usize>, ApiError> {
        let policies: usize = self
            .inline_policy
            .iter()
            .map(|policy| policy.chars().filter(|c| !c.is_whitespace()).count())
            .chain(self.policy_arns.iter().map(String::len))
            .sum();
        let tags: usize = attributes
            .tags
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if policies + tags == 0 {
            return Ok(None);
        }
        let percent = ((policies + tags) * 100).div_ceil(MAX_POLICY_CHARACTERS);
        if percent > 100 {
            let what = if policies == 0 {
                "session tags"
            } else {
                "policy"
            };
            return Err(ApiError::new(
                400,
                "PackedPolicyTooLarge",
                format!("Packed size of {what} consumes {percent}% of allotted space."),
            ));
        }
        Ok(Some(percent))
    }

    /// The session's credentials. Whether they may be had was decided before.
    pub(super) fn issue(self, call: &Call, role: &Role, attributes: Attributes) -> Credentials {
        let world = &call.world;
        let account = call.identity.account;
        let session = Session {
            access_key_id: chance::access_key_id(&*world.chance, "ASIA", account),
            account: Some(account.to_string()),
            principal: SessionPrincipal::Role {
                role_id: role.id.clone(),
                role_name: role.name.clone(),
                session_name: self.session_name,
            },
            issued: call.now,
            expires: end(call.now, self.duration_seconds),
            inline_policy: self.inline_policy,
            policy_arns: self.policy_arns,
            tags: attributes.tags,
            transitive_tag_keys: attributes.transitive_tag_keys,
            source_identity: attributes.source_identity,
            federated_provider: attributes.federated_provider,
        };
        world.sealer.issue(&session, &*world.chance)
    }
}

/// When a session of that length ends, in whole seconds as AWS says it.
pub(super) fn end(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second() + seconds).unwrap_or(Timestamp::MAX)
}

/// Session tags within STS's limits (STS API Reference, `Tag`; IAM User Guide, "Pass session tags").
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let is_tag = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
    };
    let is_fit = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && is_tag(key)
            && is_tag(value)
            && !key.to_ascii_lowercase().starts_with("aws:")
    };
    if tags.len() <= 50 && tags.iter().all(is_fit) {
        Ok(())
    } else {
        Err(ApiError::validation("Unable to validate tags"))
    }
}

fn check_policy(text: &str) -> Result<(), ApiError> {
    let document = Document::parse(text).map_err(|errors| {
        ApiError::malformed_policy("Syntax errors in policy.").with_detail(errors.to_string())
    })?;
    validate(&document, PolicyKind::Session)
        .map_err(|malformed| ApiError::malformed_policy(malformed.to_string()))
}

const DEFAULT_SECONDS: i64 = 3600;
const MAX_POLICY_CHARACTERS: usize = 2048;
