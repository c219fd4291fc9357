//! ARNs, issuers, regions, service accounts.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::types_names(input));
