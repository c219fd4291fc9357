//! The question: who asks for what, under which circumstances, and the policies that bear on it.

use hallpass_iam::{Context, Decision, Principal, Request, explain};
use hallpass_types::{AccountId, Timestamp};

use super::asker::Asker;
use super::command::ExplainArguments;
use super::error::ExplainError;
use super::policies::Policies;
use super::web_identity::WebIdentity;
use crate::output::Failure;

/// A question that can be decided.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) asker: Asker,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) resource_account: Option<String>,
    pub(super) context: Context,
    pub(super) policies: Policies,
}

impl Question {
    /// Reads it from the arguments and the files that they name.
    pub(super) fn read(arguments: &ExplainArguments, now: Timestamp) -> Result<Self, Failure> {
        let policies = Policies::read(arguments)?;
        let mut context = given(arguments);
        let asker = asker(arguments, &policies, &context, now)?;
        let resource = arguments.on.clone().unwrap_or_else(|| "*".to_owned());
        let provider = match &asker {
            Asker::WebIdentity(identity) => Some(identity.provider.as_str()),
            Asker::Principal { .. } => None,
        };
        let resource_account = account(arguments)
            .or_else(|| account_of(&resource))
            .or_else(|| account_of(provider.unwrap_or_default()))
            .or_else(|| asker.caller().account())
            .map(str::to_owned);
        add_circumstances(&mut context, &resource, now);
        asker.add_keys(&mut context, resource_account.as_deref());
        let action = match (&arguments.action, &asker) {
            (Some(action), _) => action.clone(),
            (None, Asker::WebIdentity(_)) => "sts:AssumeRoleWithWebIdentity".to_owned(),
            (None, Asker::Principal { .. }) if arguments.trust.is_some() => {
                "sts:AssumeRole".to_owned()
            }
            (None, Asker::Principal { text, .. }) => {
                return Err(Failure::usage(ExplainError::NoAction { who: text.clone() }));
            }
        };
        Ok(Self {
            asker,
            action,
            resource,
            resource_account,
            context,
            policies,
        })
    }

    /// Decides it.
    pub(super) fn decide(&self) -> Decision {
        let request = Request {
            caller: self.asker.caller(),
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account.as_deref(),
            context: &self.context,
        };
        explain(&request, &self.policies.set())
    }

    /// Whether the caller and the resource are of two accounts.
    pub(super) fn is_cross_account(&self) -> bool {
        match (self.asker.caller().account(), &self.resource_account) {
            (Some(own), Some(other)) => own != other,
            _ => false,
        }
    }
}

/// The keys that the arguments give.
pub(super) fn given(arguments: &ExplainArguments) -> Context {
    let mut context = Context::new();
    for given in &arguments.context {
        let values = context.get(&given.key).unwrap_or_default().to_vec();
        let values = values.into_iter().chain([given.value.clone()]);
        context.insert(given.key.clone(), values);
    }
    context
}

/// Adds what every request of the present time brings; keys that the context has stay.
pub(super) fn add_circumstances(context: &mut Context, resource: &str, now: Timestamp) {
    let mut add = |key: &str, value: &str| {
        if context.get(key).is_none() {
            context.insert_one(key, value);
        }
    };
    let seconds = now.as_second();
    let whole = Timestamp::from_second(seconds).unwrap_or(now);
    add("aws:CurrentTime", &whole.to_string());
    add("aws:EpochTime", &seconds.to_string());
    add("aws:SecureTransport", "true");
    if let Some(region) = resource
        .split(':')
        .nth(3)
        .filter(|region| !region.is_empty())
    {
        add("aws:RequestedRegion", region);
    }
}

fn asker(
    arguments: &ExplainArguments,
    policies: &Policies,
    context: &Context,
    now: Timestamp,
) -> Result<Asker, Failure> {
    let account = account(arguments);
    if let Some(path) = &arguments.token {
        let trust = policies.trust().ok_or_else(|| no_trust("a token"))?;
        let identity = WebIdentity::of_token(path, trust, account, now)?;
        return Ok(Asker::WebIdentity(identity));
    }
    let who = arguments.who.as_deref().unwrap_or_default();
    if let Some(principal) = Principal::parse(who, context) {
        return Ok(Asker::Principal {
            text: who.to_owned(),
            principal,
        });
    }
    let is_subject = who.starts_with("system:serviceaccount:") || who.starts_with("repo:");
    match policies.trust() {
        // An issuer may have subjects of any form, but none looks like an ARN with a slip in it.
        Some(trust) if !who.is_empty() && !who.starts_with("arn:") => {
            let identity = WebIdentity::of_subject(who, arguments, trust, account);
            identity.map(Asker::WebIdentity).map_err(Failure::usage)
        }
        None if is_subject => Err(no_trust(who)),
        Some(_) | None => Err(Failure::usage(ExplainError::Caller {
            who: who.to_owned(),
        })),
    }
}

fn no_trust(subject: &str) -> Failure {
    Failure::usage(ExplainError::NoTrust {
        subject: subject.to_owned(),
    })
}

fn account(arguments: &ExplainArguments) -> Option<&str> {
    arguments.account.as_ref().map(AccountId::as_str)
}

/// The account that an ARN names.
fn account_of(arn: &str) -> Option<&str> {
    let is_account =
        |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    arn.split(':').nth(4).filter(is_account)
}
