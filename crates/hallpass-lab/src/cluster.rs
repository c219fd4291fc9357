//! The cluster: an issuer, the API with its storage and access control, tokens, and runner pods as EKS
//! would inject them.
//!
//! A request goes through `front`; what it changes goes through `write` and `admission` into the store.
//! What a kubelet would do for a pod's tokens happens in the lab's folder.

mod access;
mod admission;
mod answer;
mod bootstrap;
mod change;
mod content;
mod discovery;
mod door;
mod environment;
mod error;
mod events;
mod follow;
mod front;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod history;
mod issuer;
mod keys;
mod kinds;
mod kubeconfig;
mod label_selector;
mod list;
mod listing;
mod media;
mod memory;
mod names;
mod notes;
mod objects;
mod operate;
mod options;
mod page;
mod patch;
mod place;
mod pod_token;
mod pods;
mod prepare;
mod present;
mod rbac;
mod remove;
mod request;
mod resources;
mod reviews;
mod runners;
mod scale;
mod schemas;
mod selector;
mod server;
mod snapshot;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod token_request;
mod tokens;
mod validate;
mod view;
mod volumes;
mod watch;
mod webhooks;
mod write;

pub(crate) use bootstrap::bootstrap;
pub(crate) use door::{acceptor, serve};
pub(crate) use environment::pod_environment;
pub(crate) use issuer::service_of_path;
pub(crate) use keys::{retire_keys, rotate_keys};
pub(crate) use kubeconfig::kubeconfig;
pub(crate) use memory::ClusterMemory;
pub(crate) use pod_token::{PodToken, TokenFault, verify_pod_token};
pub(crate) use runners::{JobEnd, JobWish, assign_job, finish_job};
pub(crate) use server::router;
pub(crate) use tokens::issue_token;
pub(crate) use volumes::{keep_tokens_fresh, refresh as refresh_tokens};
