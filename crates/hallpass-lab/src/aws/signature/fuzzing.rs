//! Signatures, for the fuzz targets.

use super::canonical;
use super::scope::SignedRequest;
use crate::aws::front::Service;
use crate::fuzzing::{now, request};

/// A signed request: all that is read of it before its key is looked up, and what would be signed.
///
/// # Panics
///
/// When one request has two canonical forms.
pub fn sigv4(input: &[u8]) {
    let Some(request) = request(input) else {
        return;
    };
    let (parts, body) = request.into_parts();
    let signed = match SignedRequest::read(&parts) {
        Ok(signed) => signed,
        Err(fault) => return drop(fault.into_error(Service::Ecr)),
    };
    let _ = signed.check_time(now());
    let Ok(hash) = canonical::payload_hash(&parts, &body) else {
        return;
    };
    if let Ok(canonical) = canonical::request(&parts, &signed, &hash) {
        let again = canonical::request(&parts, &signed, &hash).ok();
        assert_eq!(again.as_ref(), Some(&canonical));
        let _ = signed.string_to_sign(&canonical);
    }
}
