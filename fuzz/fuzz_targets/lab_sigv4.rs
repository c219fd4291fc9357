//! Signatures, in the header and in the URL.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::lab_sigv4(input));
