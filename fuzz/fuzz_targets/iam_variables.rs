//! Policy variables, against a naive twin.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::iam_variables(input));
