//! What a step writes: lines of its output, and environment files.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::workflow_output(input));
