//! Names of repositories, tags and digests.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::lab_names(input));
