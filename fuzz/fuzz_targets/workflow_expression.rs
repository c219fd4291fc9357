//! Expressions and texts with expressions in them.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::workflow_expression(input));
