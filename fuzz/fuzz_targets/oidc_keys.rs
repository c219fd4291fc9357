//! Key sets and discovery documents.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::oidc_keys(input));
