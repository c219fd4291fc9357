//! Web identity tokens: claims, keys, sign, verify, discovery documents, subject formats.
//!
//! The way of a token that comes from outside, each step a type:
//!
//! ```text
//! text -> UnverifiedToken -> SignedToken -> Claims -> condition keys
//!         parse: bounded,    keys of the    times,    what a policy
//!         believed in        issuer         audience  can see
//!         nothing
//! ```
//!
//! **Invariants.** Nothing here panics or recurses without bound, whatever the input. A token never
//! chooses how it is verified: the key set says what each key is for. Private keys and tokens are
//! secrets; no `Debug` form shows a signature.
//!
//! **Not here.** I/O: key sets and discovery documents are bytes that somebody else fetched. The
//! clock: the time is an argument.

mod algorithm;
mod audience;
mod base64url;
mod claims;
mod condition_keys;
mod discovery;
mod error;
mod excerpt;
mod github;
mod header;
mod json;
mod jwk;
mod key_set;
mod kubernetes;
mod signing_key;
mod times;
mod token;
mod token_id;
mod verify;

pub use algorithm::Algorithm;
pub use claims::Claims;
pub use condition_keys::condition_keys;
pub use discovery::{Discovery, DiscoveryError, discovery_document};
pub use error::{Part, TokenError};
pub use github::{
    GITHUB_ISSUER, GithubJob, GithubRepository, GithubRun, GithubRunner, GithubVisibility,
};
pub use header::Header;
pub use key_set::{KeySet, KeySetError, SkippedKey, jwks_document};
pub use kubernetes::KubernetesToken;
pub use signing_key::{SigningKey, SigningKeyError};
pub use token::UnverifiedToken;
pub use verify::SignedToken;
