//! Kubernetes objects and names.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::lab_kubernetes(input));
