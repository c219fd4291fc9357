//! Counter-examples to trust policies.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::iam_intruders(input));
