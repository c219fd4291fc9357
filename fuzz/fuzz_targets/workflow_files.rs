//! Workflows and actions.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::workflow_files(input));
