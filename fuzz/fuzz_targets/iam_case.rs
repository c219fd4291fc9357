//! Cases of requests, as `policy simulate` reads them.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::iam_case(input));
