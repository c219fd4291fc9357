//! One call on its way: what was asked, by whom, and what was decided about it.

use std::sync::Arc;

use axum::response::Response;
use hallpass_types::{AccountId, Timestamp};
use http::HeaderValue;
use serde_json::Value;

use super::answer::{Answer, error_response};
use super::caller::Caller;
use super::cloudtrail::{Entry, Told, WebIdentity};
use super::error::ApiError;
use super::front::Service;
use super::params::Params;
use super::sts::encode_denial;
use crate::events::{DecisionRecord, Event, EventError, bounded_user_agent};
use crate::identity::LabIdentity;
use crate::listen::Peer;
use crate::store::AccountStore;
use crate::world::World;

/// The input of a call.
#[derive(Debug)]
pub(crate) enum Input {
    /// A JSON object.
    Json(Value),
    /// A form.
    Query(Params),
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    /// The lab.
    pub(crate) world: Arc<World>,
    /// The account that the call is about: the caller's, until it enters another's.
    pub(crate) identity: Arc<LabIdentity>,
    /// The request's ID.
    pub(crate) request_id: String,
    /// The service.
    pub(crate) service: Service,
    /// The operation.
    pub(crate) operation: String,
    /// The input.
    pub(crate) input: Input,
    /// When the call came in; one time for the whole call.
    pub(crate) now: Timestamp,
    /// Who signed it; absent for calls that take no signature.
    pub(crate) caller: Option<Caller>,
    /// Who the event log names where nobody signed.
    pub(crate) claimed_caller: Option<String>,
    /// Whose token it is that came in place of a signature, for the trail.
    pub(crate) web_identity: Option<WebIdentity>,
    /// What was asked, for the trail.
    pub(crate) asked: Told,
    /// The other end.
    pub(crate) peer: Option<Peer>,
    /// The client.
    pub(crate) user_agent: Option<String>,
    /// The decisions so far.
    pub(crate) decisions: Vec<DecisionRecord>,
}

impl Call {
    /// A call that nobody has signed yet.
    pub(crate) fn new(
        world: Arc<World>,
        request_id: String,
        service: Service,
        operation: String,
        input: Input,
    ) -> Self {
        let now = world.now_of(service.name());
        Self {
            identity: Arc::clone(&world.identity),
            world,
            request_id,
            service,
            operation,
            input,
            now,
            caller: None,
            claimed_caller: None,
            web_identity: None,
            asked: Told::Nothing,
            peer: None,
            user_agent: None,
            decisions: Vec::new(),
        }
    }

    /// Notes who signed; the call is about the signer's account, unless it says otherwise.
    pub(crate) fn admit(&mut self, caller: Caller) {
        self.enter(caller.account());
        self.caller = Some(caller);
    }

    /// Lets the call be about another account: its resources, their names and their policies.
    pub(crate) fn enter(&mut self, account: AccountId) {
        if account != self.identity.account {
            self.identity = self.world.identity_of(account);
        }
    }

    /// What the account has that the call is about.
    pub(crate) fn store(&self) -> AccountStore<'_> {
        self.world.store.of(self.identity.account)
    }

    /// The parameters of a Query call.
    pub(crate) fn params(&self) -> Result<&Params, ApiError> {
        match &self.input {
            Input::Query(params) => Ok(params),
            Input::Json(_) => Err(ApiError::malformed_body("this operation takes a form")),
        }
    }

    /// The input of a JSON call, read into its type. It is taken: a layer part is large, and is not
    /// kept twice.
    pub(crate) fn take_json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        match std::mem::replace(&mut self.input, Input::Json(Value::Null)) {
            Input::Json(value) => serde_json::from_value(value)
                .map_err(|error| ApiError::new(400, "SerializationException", error.to_string())),
            Input::Query(_) => Err(ApiError::malformed_body("this operation takes JSON")),
        }
    }

    /// Who signed the call.
    pub(crate) fn caller(&self) -> Result<&Caller, ApiError> {
        self.caller.as_ref().ok_or_else(|| {
            ApiError::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            )
        })
    }

    /// Answers the call, and logs it.
    pub(crate) fn finish(mut self, outcome: Result<Answer, ApiError>) -> Response {
        let entries = Entry::of(&mut self, outcome.as_ref());
        self.world.trail.add(entries);
        let (mut response, error) = match outcome {
            Ok(answer) => (
                answer.into_response(self.service, &self.operation, &self.request_id),
                None,
            ),
            Err(error) => (
                error_response(&error, self.service, &self.request_id),
                Some(EventError {
                    code: error.code.to_owned(),
                    message: error.message,
                    detail: error.detail,
                }),
            ),
        };
        if error.is_some() {
            self.explain_denial(&mut response);
        }
        let service = self.service.name();
        self.log(service, response.status().as_u16(), error);
        response
    }

    /// Logs the call as one that `service` answered with `status`.
    pub(crate) fn log(self, service: &'static str, status: u16, error: Option<EventError>) {
        let event = Event {
            time: self.now,
            request_id: self.request_id,
            service,
            operation: self.operation,
            caller: self
                .caller
                .as_ref()
                .map(|caller| caller.arn().to_owned())
                .or(self.claimed_caller),
            access_key_id: self.caller.map(|caller| caller.access_key_id),
            source_ip: self
                .peer
                .map_or_else(String::new, |peer| peer.address.ip().to_string()),
            user_agent: self.user_agent.as_deref().map(bounded_user_agent),
            decisions: self.decisions,
            status,
            error,
        };
        self.world.events.add(event);
    }

    /// Adds the encoded reason of a denial, which `DecodeAuthorizationMessage` opens.
    fn explain_denial(&self, response: &mut Response) {
        let denial = self
            .decisions
            .last()
            .filter(|decision| decision.decision != "Allow");
        let (Some(denial), Some(caller)) = (denial, &self.caller) else {
            return;
        };
        let message = encode_denial(&self.world, caller, denial);
        if let Ok(value) = HeaderValue::from_str(&message) {
            response
                .headers_mut()
                .insert("x-hallpass-encoded-authorization-message", value);
        }
    }
}
