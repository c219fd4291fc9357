//! Two documents compared: each witness is put to both.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::iam_compare(input));
