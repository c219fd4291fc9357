//! The doors of captive mode, for the fuzz targets.

use axum::body::Body;

use super::door::host_of;
use super::hosts::Hosts;
use super::proxy::{connect, target_of};
use crate::fuzzing::request;
use crate::identity::LabIdentity;

/// A request to the proxy, and the same behind it.
///
/// # Panics
///
/// When a tunnel is granted to anything but one of the lab's hosts on port 443.
pub fn proxy(input: &[u8]) {
    let (Some(request), Some(hosts)) = (request(input), hosts()) else {
        return;
    };
    let request = request.map(|_| Body::empty());
    let _ = host_of(&request).map(|host| hosts.target(host));
    let authority = request.uri().authority().cloned();
    if connect(&hosts, request).is_some() {
        let authority = authority.map_or_else(String::new, |authority| authority.to_string());
        assert!(target_of(&hosts, &authority).is_some());
        let called = authority.to_ascii_lowercase();
        let is_known = hosts
            .names()
            .any(|name| called == format!("{name}:443") || called == format!("{name}.:443"));
        assert!(is_known, "{authority}");
    }
}

fn hosts() -> Option<Hosts> {
    let identity = LabIdentity {
        account: "111122223333".parse().ok()?,
        region: "us-west-2".parse().ok()?,
        partition: "aws".parse().ok()?,
        issuer_id: "0123456789ABCDEF0123456789ABCDEF".to_owned(),
    };
    Some(Hosts::of(&identity, Box::new(Vec::new)))
}
