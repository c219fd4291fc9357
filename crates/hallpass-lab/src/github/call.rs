//! A call of the REST API: who, what, with which parameters.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::caller::Caller;
use super::error::GithubError;
use super::owners;
use crate::listen::Peer;
use crate::store::records::{GithubOwner, GithubRepository};
use crate::world::World;

/// A call.
pub(super) struct Call<'a> {
    /// The lab.
    pub(super) world: &'a Arc<World>,
    /// Who calls.
    pub(super) caller: Caller,
    /// The method.
    pub(super) method: Method,
    /// Scheme and host that the client used, for the URLs in the answer.
    pub(super) base: String,
    /// The path as it came.
    pub(super) path: String,
    /// The media types that the client takes.
    pub(super) accept: String,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl<'a> Call<'a> {
    /// A call as it came.
    pub(super) fn new(
        world: &'a Arc<World>,
        caller: Caller,
        parts: &Parts,
        query: &str,
        body: Bytes,
    ) -> Self {
        let text = |name| {
            let value = parts.headers.get(name);
            value.and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let peer = parts.extensions.get::<Peer>();
        let scheme = if peer.is_some_and(|peer| peer.is_tls) {
            "https"
        } else {
            "http"
        };
        let host =
            text(header::HOST).map_or_else(|| world.github.address.to_string(), str::to_owned);
        Self {
            world,
            caller,
            method: parts.method.clone(),
            base: format!("{scheme}://{host}"),
            path: parts.uri.path().to_owned(),
            accept: text(header::ACCEPT).unwrap_or_default().to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .take(MAX_PARAMETERS)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            body,
        }
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut all = self.query.iter();
        let (_, value) = all.find(|(key, _)| key == name)?;
        Some(value)
    }

    /// All parameters of the query.
    pub(super) fn parameters(&self) -> &[(String, String)] {
        &self.query
    }

    /// The body, read as an object of those fields.
    pub(super) fn read<T: DeserializeOwned>(&self, resource: &str) -> Result<T, GithubError> {
        let value: Value = match self.body.as_ref() {
            [] => Value::Object(serde_json::Map::new()),
            bytes => serde_json::from_slice(bytes).map_err(|_| GithubError::unreadable())?,
        };
        serde_json::from_value(value).map_err(|error| {
            let told = error.to_string();
            match told
                .strip_prefix("missing field `")
                .and_then(|rest| rest.split('`').next())
            {
                Some(field) => GithubError::missing(resource, field),
                None => GithubError::new(422, "Invalid request.").with_detail(told),
            }
        })
    }

    /// The repository of that name, if the caller may do that in it.
    pub(super) fn repository(
        &self,
        (owner, name): (&str, &str),
        scope: &str,
        level: &str,
    ) -> Result<Arc<GithubRepository>, GithubError> {
        let found = self
            .world
            .store
            .read(|state| owners::repository(state, owner, name))
            .ok_or_else(GithubError::not_found)?;
        self.caller.check(&found, scope, level)?;
        Ok(found)
    }

    /// The organisation of that login, which the administrator alone may change.
    pub(super) fn organization(&self, login: &str) -> Result<Arc<GithubOwner>, GithubError> {
        self.caller.check_administrator()?;
        self.world
            .store
            .read(|state| owners::owner(state, login))
            .filter(|owner| owner.is_organization)
            .ok_or_else(GithubError::not_found)
    }
}

const MAX_PARAMETERS: usize = 64;
