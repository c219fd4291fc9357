//! Definitions of custom resources, and their objects.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::kubernetes_definition(input));
