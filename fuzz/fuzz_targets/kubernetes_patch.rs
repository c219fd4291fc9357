//! JSON patches and JSON merge patches.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::kubernetes_patch(input));
