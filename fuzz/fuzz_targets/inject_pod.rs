//! Pods and service accounts, before the injection.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::inject_pod(input));
