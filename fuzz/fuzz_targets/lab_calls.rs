//! Calls to the AWS port, past the signature.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::lab_calls(input));
