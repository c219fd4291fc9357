//! The lab's own parsers, which its crate opens to this one alone.

pub use hallpass_lab::fuzzing::{
    proxy as lab_proxy, query as lab_query, sealed as lab_sealed, sigv4 as lab_sigv4,
};
