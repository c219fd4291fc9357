//! The lab's own parsers, which its crate opens to this one alone, and a whole lab behind its doors.

pub use hallpass_lab::fuzzing::{
    calls as lab_calls, cluster as lab_cluster, kubernetes as lab_kubernetes, names as lab_names,
    proxy as lab_proxy, query as lab_query, registry as lab_registry, sealed as lab_sealed,
    sigv4 as lab_sigv4,
};
