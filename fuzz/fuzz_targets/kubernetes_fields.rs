//! Who manages what: sets of fields.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::kubernetes_fields(input));
