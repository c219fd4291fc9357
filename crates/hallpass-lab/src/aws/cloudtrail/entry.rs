//! A call as it is told to the trail: what a record is made of, later and elsewhere.

use hallpass_types::{AccountId, Timestamp};
use serde_json::{Map, Value};

use super::identity;
use super::parameters::{DROPPED, bounded};
use crate::aws::answer::Answer;
use crate::aws::call::{Call, Input};
use crate::aws::caller::Caller;
use crate::aws::error::ApiError;
use crate::aws::front::Service;
use crate::aws::params::Params;
use crate::chance;
use crate::events::DecisionRecord;

/// Who a web identity is, where no one has signed.
#[derive(Clone, Debug)]
pub(crate) struct WebIdentity {
    /// The token's subject.
    pub(crate) subject: String,
    /// Its audience.
    pub(crate) audience: String,
    /// The ARN of its provider, or the issuer where there is none.
    pub(crate) provider: String,
}

/// What was asked or answered, as the wire has it.
#[derive(Debug, Default)]
pub(crate) enum Told {
    /// A JSON value.
    Json(Value),
    /// Nothing.
    #[default]
    Nothing,
    /// A form.
    Query(Params),
    /// The inside of an XML result.
    Xml(String),
}

impl Told {
    /// The input of a call, without what no record has and what is large.
    pub(crate) fn of_input(input: &Input) -> Self {
        match input {
            Input::Query(params) => Self::Query(params.without(DROPPED)),
            Input::Json(Value::Object(fields)) => {
                let kept = fields
                    .iter()
                    .filter(|(name, _)| !DROPPED.contains(&name.as_str()));
                let kept: Map<String, Value> = kept
                    .map(|(name, value)| (name.clone(), bounded(value)))
                    .collect();
                Self::Json(Value::Object(kept))
            }
            Input::Json(_) => Self::Nothing,
        }
    }

    fn of_answer(answer: &Answer) -> Self {
        match answer {
            Answer::Json(value) => Self::Json(bounded(value)),
            Answer::Xml(Some(xml)) => Self::Xml(xml.as_str().to_owned()),
            Answer::Xml(None) => Self::Nothing,
        }
    }
}

/// A call for the trail.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) time: Timestamp,
    pub(super) service: Service,
    pub(super) name: String,
    pub(super) identity: Value,
    pub(super) username: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) source_ip: String,
    pub(super) user_agent: String,
    pub(super) parameters: Told,
    pub(super) response: Told,
    pub(super) error: Option<(String, String)>,
    pub(super) request_id: String,
    pub(super) event_id: String,
    pub(super) shared_id: Option<String>,
    /// ARN, account, and CloudTrail's type where it has one.
    pub(super) resources: Vec<(String, String, Option<&'static str>)>,
    pub(super) recipient: AccountId,
    pub(super) region: String,
}

impl Entry {
    /// The entries of a call: one in the caller's account, and one in the account that it is about where
    /// that is another. A call of nobody known is nobody's, as on AWS.
    pub(crate) fn of(call: &mut Call, outcome: Result<&Answer, &ApiError>) -> Vec<Self> {
        let Some(who) = identity::of(call) else {
            return Vec::new();
        };
        let (response, error) = match outcome {
            // What reads says nothing back, but for the credentials that STS makes.
            Ok(_) if is_read_only(&call.operation) && call.service != Service::Sts => {
                (Told::Nothing, None)
            }
            Ok(answer) => (Told::of_answer(answer), None),
            Err(error) => (
                Told::Nothing,
                Some((error.code.to_owned(), error.message.clone())),
            ),
        };
        let owner = call.identity.account;
        let home = call.caller.as_ref().map_or(owner, Caller::account);
        let world = &call.world;
        let is_shared = home != owner;
        let first = Self {
            time: call.now,
            service: call.service,
            name: call.operation.clone(),
            identity: who.identity,
            username: who.username,
            access_key_id: call.caller.as_ref().map(|it| it.access_key_id.clone()),
            source_ip: call
                .peer
                .map_or_else(String::new, |peer| peer.address.ip().to_string()),
            user_agent: call.user_agent.clone().unwrap_or_default(),
            parameters: std::mem::take(&mut call.asked),
            response,
            error,
            request_id: call.request_id.clone(),
            event_id: chance::uuid(&*world.chance),
            shared_id: is_shared.then(|| chance::uuid(&*world.chance)),
            resources: resources(call.service, &call.decisions),
            recipient: home,
            region: region(call),
        };
        let Some(caller) = call.caller.as_ref().filter(|_| is_shared) else {
            return vec![first];
        };
        let second = Self {
            event_id: chance::uuid(&*world.chance),
            identity: identity::of_other_account(caller),
            username: None,
            access_key_id: None,
            recipient: owner,
            parameters: first.parameters.again(),
            response: first.response.again(),
            error: first.error.clone(),
            resources: first.resources.clone(),
            ..first.shallow()
        };
        vec![first, second]
    }

    /// The entries of a call of the registry's protocol: one for each of ECR's actions that it took.
    pub(crate) fn of_registry(call: &Call, error: Option<(&str, &str)>) -> Vec<Self> {
        let Some(who) = identity::of(call) else {
            return Vec::new();
        };
        let mut all: Vec<Self> = Vec::new();
        for decision in &call.decisions {
            let Some(action) = decision.action.strip_prefix("ecr:") else {
                continue;
            };
            if all.iter().any(|entry| entry.name == action) {
                continue;
            }
            let repository = decision.resource.split(":repository/").nth(1);
            let is_refused = decision.decision != "Allow";
            all.push(Self {
                time: call.now,
                service: Service::Ecr,
                name: action.to_owned(),
                identity: who.identity.clone(),
                username: who.username.clone(),
                access_key_id: call.caller.as_ref().map(|it| it.access_key_id.clone()),
                source_ip: call
                    .peer
                    .map_or_else(String::new, |peer| peer.address.ip().to_string()),
                user_agent: call.user_agent.clone().unwrap_or_default(),
                parameters: Told::Json(serde_json::json!({
                    "registryId": call.identity.account.to_string(),
                    "repositoryName": repository,
                })),
                response: Told::Nothing,
                error: error
                    .filter(|_| is_refused)
                    .map(|(_, message)| ("AccessDenied".to_owned(), message.to_owned())),
                request_id: call.request_id.clone(),
                event_id: chance::uuid(&*call.world.chance),
                shared_id: None,
                resources: resources(Service::Ecr, std::slice::from_ref(decision)),
                recipient: call.identity.account,
                region: region(call),
            });
        }
        all
    }

    fn shallow(&self) -> Self {
        Self {
            time: self.time,
            service: self.service,
            name: self.name.clone(),
            identity: Value::Null,
            username: None,
            access_key_id: None,
            source_ip: self.source_ip.clone(),
            user_agent: self.user_agent.clone(),
            parameters: Told::Nothing,
            response: Told::Nothing,
            error: None,
            request_id: self.request_id.clone(),
            event_id: String::new(),
            shared_id: self.shared_id.clone(),
            resources: Vec::new(),
            recipient: self.recipient,
            region: self.region.clone(),
        }
    }
}

impl Told {
    fn again(&self) -> Self {
        match self {
            Self::Json(value) => Self::Json(value.clone()),
            Self::Nothing => Self::Nothing,
            Self::Query(params) => Self::Query(params.clone()),
            Self::Xml(text) => Self::Xml(text.clone()),
        }
    }
}

/// Whether CloudTrail calls the operation read-only, as it does those of STS.
pub(super) fn is_read_only(operation: &str) -> bool {
    const VERBS: [&str; 9] = [
        "AssumeRole",
        "BatchCheck",
        "BatchGet",
        "Decode",
        "Describe",
        "Get",
        "List",
        "Lookup",
        "Simulate",
    ];
    VERBS.iter().any(|verb| operation.starts_with(verb))
}

/// The resources that CloudTrail names for STS and ECR; for the others it names none.
fn resources(
    service: Service,
    decisions: &[DecisionRecord],
) -> Vec<(String, String, Option<&'static str>)> {
    let kind = match service {
        Service::Ecr => None,
        Service::Sts => Some("AWS::IAM::Role"),
        Service::CloudTrail
        | Service::Eks
        | Service::EksAuth
        | Service::Iam
        | Service::Organizations => return Vec::new(),
    };
    let mut all: Vec<(String, String, Option<&'static str>)> = Vec::new();
    for decision in decisions {
        let arn = &decision.resource;
        let is_listed = all.iter().any(|(listed, ..)| listed == arn);
        let account = arn.split(':').nth(4).unwrap_or_default();
        if arn.starts_with("arn:") && !is_listed {
            all.push((arn.clone(), account.to_owned(), kind));
        }
    }
    all
}

/// IAM's events, and those of Organizations, happen in the partition's one region of them.
fn region(call: &Call) -> String {
    let identity = &call.world.identity;
    match call.service {
        Service::Iam | Service::Organizations => identity.partition.global_region().to_owned(),
        Service::CloudTrail | Service::Ecr | Service::Eks | Service::EksAuth | Service::Sts => {
            identity.region.to_string()
        }
    }
}
