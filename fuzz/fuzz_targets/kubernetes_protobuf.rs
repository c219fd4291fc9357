//! Objects of Kubernetes in the binary wire format.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| hallpass_fuzz::kubernetes_protobuf(input));
