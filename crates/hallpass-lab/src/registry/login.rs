//! Logins: what `GetAuthorizationToken` hands out, and who comes with it.
//!
//! A password is the sealed name of its caller: the access key, or the whole session. It is good for
//! twelve hours, also where the session behind it ends earlier (Amazon ECR User Guide, "Private
//! registry authentication"); but it says only *who*. What the caller may do is looked up at each
//! request, and with its access key, user or role the login ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::{Secret, Timestamp};
use http::{StatusCode, header};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use crate::aws::call::Call;
use crate::aws::caller::{self, Caller};
use crate::sessions::Session;
use crate::world::World;

/// A login as it is handed out.
#[derive(Debug)]
pub(crate) struct Login {
    /// The password; the user is always `AWS`.
    pub(crate) password: Secret<String>,
    /// When it ends.
    pub(crate) expires: Timestamp,
}

/// What is sealed in a password.
#[derive(Deserialize, Serialize)]
struct Sealed {
    holder: Holder,
    expires: Timestamp,
}

#[derive(Deserialize, Serialize)]
enum Holder {
    Key(String),
    Session(Box<Session>),
}

/// A login for the caller, from `now` on.
pub(crate) fn issue(world: &World, caller: &Caller, now: Timestamp) -> Login {
    let expires = now.saturating_add(LIFETIME).unwrap_or(now);
    let holder = match &caller.session {
        None => Holder::Key(caller.access_key_id.clone()),
        Some(session) => Holder::Session(Box::new(session.clone())),
    };
    let plain = serde_json::to_vec(&Sealed { holder, expires }).unwrap_or_default();
    Login {
        password: Secret::new(world.sealer.seal(PURPOSE, plain, &*world.chance)),
        expires,
    }
}

/// Who comes with the request's login.
pub(super) fn caller(call: &Call, headers: &http::HeaderMap) -> Result<Caller, RegistryError> {
    let (world, now) = (&call.world, call.now);
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| unauthorized(call, "no basic auth credentials"))?;
    let password = password(header.as_bytes()).ok_or_else(|| {
        unauthorized(call, NOT_AUTHORIZED).with_detail("the header is no login of the user `AWS`")
    })?;
    let sealed: Sealed = world
        .sealer
        .open(PURPOSE, password.expose())
        .and_then(|plain| serde_json::from_slice(&plain).ok())
        .ok_or_else(|| {
            unauthorized(call, NOT_AUTHORIZED).with_detail("the password is none of this lab's")
        })?;
    if sealed.expires <= now {
        return Err(RegistryError::new(
            StatusCode::FORBIDDEN,
            "DENIED",
            "Your authorization token has expired. Reauthenticate and try again.",
        ));
    }
    let found = match sealed.holder {
        Holder::Key(id) => caller::access_key(world, &id)
            .ok_or("there is no such access key")
            .and_then(|(account, key)| Caller::of_key(world, account, &key)),
        Holder::Session(session) => Caller::of_session(world, *session),
    };
    found.map_err(|why| unauthorized(call, NOT_AUTHORIZED).with_detail(why))
}

/// The password of `Basic base64(AWS:password)`.
fn password(header: &[u8]) -> Option<Secret<String>> {
    let (scheme, encoded) = header.split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let plain = Secret::new(STANDARD.decode(encoded.trim_ascii()).ok()?);
    let text = std::str::from_utf8(plain.expose()).ok()?;
    text.strip_prefix("AWS:")
        .map(|password| Secret::new(password.to_owned()))
}

fn unauthorized(call: &Call, message: &str) -> RegistryError {
    let realm = format!(
        "Basic realm=\"https://{}/\",service=\"ecr.amazonaws.com\"",
        call.identity.registry_host()
    );
    RegistryError::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
        .with_header(header::WWW_AUTHENTICATE, realm)
}

const PURPOSE: &str = "registry-login";
const NOT_AUTHORIZED: &str = "Not Authorized";
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_basic_and_of_aws() {
        let header = |text: &str| format!("basic {}", STANDARD.encode(text));
        let read = |text: &str| password(text.as_bytes()).map(|found| found.expose().clone());
        assert_eq!(read(&header("AWS:secret")).as_deref(), Some("secret"));
        assert_eq!(read(&header("AWS:se:cret")).as_deref(), Some("se:cret"));
        assert_eq!(read(&header("root:secret")), None);
        assert_eq!(read("Bearer abc"), None);
        assert_eq!(read("Basic %%%"), None);
        assert_eq!(read("Ba"), None);
    }
}
