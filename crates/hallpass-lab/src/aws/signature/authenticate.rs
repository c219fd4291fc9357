//! Who signed a request: the signature is computed anew and compared.

use aws_lc_rs::hmac;
use bytes::Bytes;
use hallpass_types::Secret;
use http::request::Parts;

use super::fault::Fault;
use super::scope::SignedRequest;
use super::{canonical, credential};
use crate::aws::call::Call;
use crate::aws::caller::Caller;
use crate::aws::error::ApiError;

/// The service that the request says it is signed for.
pub(crate) fn scope_service(parts: &Parts) -> Option<String> {
    SignedRequest::read(parts)
        .ok()
        .map(|signed| signed.scope.service)
}

/// Finds out who signed the request, or refuses it with AWS's error for the reason.
pub(crate) fn authenticate(call: &Call, parts: &Parts, body: &Bytes) -> Result<Caller, ApiError> {
    verify(call, parts, body).map_err(|fault| fault.into_error(call.service))
}

/// The same for a presigned URL that holds for so many seconds, whatever it says of itself.
pub(crate) fn authenticate_within(
    call: &Call,
    parts: &Parts,
    seconds: i64,
) -> Result<Caller, ApiError> {
    SignedRequest::read(parts)
        .and_then(|mut signed| {
            if signed.expires_seconds.is_none() {
                return Err(Fault::Missing);
            }
            signed.expires_seconds = Some(seconds);
            verify_signed(call, parts, &Bytes::new(), &signed)
        })
        .map_err(|fault| fault.into_error(call.service))
}

fn verify(call: &Call, parts: &Parts, body: &Bytes) -> Result<Caller, Fault> {
    verify_signed(call, parts, body, &SignedRequest::read(parts)?)
}

fn verify_signed(
    call: &Call,
    parts: &Parts,
    body: &Bytes,
    signed: &SignedRequest,
) -> Result<Caller, Fault> {
    let identity = &call.world.identity;
    signed.scope.check(call.service, identity)?;
    let credential = credential::find(&call.world, signed)?;
    signed.check_time(call.world.signing_time(call.service.name()))?;
    let payload_hash = canonical::payload_hash(parts, body)?;
    let request = canonical::request(parts, signed, &payload_hash)?;
    let to_sign = signed.string_to_sign(&request);
    let key = signing_key(&credential.secret, signed);
    let expected = hex::encode(hmac::sign(&key, to_sign.as_bytes()));
    if !Secret::new(expected).equals(signed.signature.as_bytes()) {
        return Err(Fault::Mismatch);
    }
    // Only who holds the secret learns whether the session has expired.
    credential.into_caller(call)
}

fn signing_key(secret: &Secret<String>, signed: &SignedRequest) -> hmac::Key {
    let start = Secret::new(format!("AWS4{}", secret.expose()));
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, start.expose().as_bytes());
    let scope = &signed.scope;
    for part in [
        &*scope.date,
        &*scope.region,
        &*scope.service,
        "aws4_request",
    ] {
        key = hmac::Key::new(
            hmac::HMAC_SHA256,
            hmac::sign(&key, part.as_bytes()).as_ref(),
        );
    }
    key
}
