//! What a client says to the captive proxy.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::lab_proxy(input));
