//! What the cluster's API does, asked as its server asks it.

mod access;
mod changes;
mod cluster;
mod deletions;
mod lists;
mod model;
mod runner_pods;
mod watches;
