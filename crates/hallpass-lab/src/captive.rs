//! Captive mode: clients that cannot be pointed anywhere reach the lab under AWS's own host names.
//!
//! Two ways lead in, both on loopback: an HTTPS proxy that takes `CONNECT` to the lab's hosts
//! (RFC 9110, section 9.3.6), and a TLS listener for a hosts entry. Both end the TLS here, under the
//! lab's own authority. **Nothing is ever forwarded**: what the lab does not answer for is refused.

mod authority;
mod door;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hosts;
mod leaves;
mod proxy;

pub(crate) use authority::{Authority, kept_authority, set_validity};
pub(crate) use door::{Routers, serve_https};
pub(crate) use hosts::{GITHUB_ISSUER_HOST, Hosts, is_sts_host};
pub(crate) use proxy::serve_proxy;

#[cfg(test)]
mod tests;
