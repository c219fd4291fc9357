//! The AWS services, on one port: the service is told by the SigV4 scope, the host or the target.
//!
//! A call goes: front (which service, which operation) → signature (who) → the operation (which asks
//! `authorize` whether the caller may) → answer (XML or JSON) → event log.

pub(crate) mod answer;
pub(crate) mod authorize;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod cloudtrail;
pub(crate) mod constraints;
pub(crate) mod ecr;
pub(crate) mod eks;
pub(crate) mod eks_auth;
pub(crate) mod error;
pub(crate) mod front;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub(crate) mod iam;
pub(crate) mod organizations;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod rest;
pub(crate) mod signature;
pub(crate) mod sts;
pub(crate) mod text;
pub(crate) mod xml;
