//! What changes of the cluster's objects do.
