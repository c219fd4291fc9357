//! Web identity tokens: claims, keys, sign, verify.
mod stub;
pub use stub::*;
