//! A policy narrowed to a log: it allows no more than before.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::iam_tighten(input));
