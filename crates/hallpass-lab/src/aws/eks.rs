//! Elastic Kubernetes Service: the lab's cluster as the account has it, who gets in, and the roles of
//! its pods.
//!
//! Source: Amazon EKS API Reference; Amazon EKS User Guide, "EKS Pod Identities" and "Grant IAM users
//! access to Kubernetes with EKS access entries".

mod access_entries;
mod access_policies;
mod addons;
mod associations;
mod changes;
mod cluster;
mod dispatch;
mod fault;
mod input;
mod page;
mod tags;
mod token;
mod trust;

pub(crate) use access_entries::bootstrap;
pub(crate) use associations::{associated_accounts, association_arn, association_of, external_id};
pub(crate) use dispatch::dispatch;
pub(crate) use token::{TokenUser, policy_roles, token_user};
pub(crate) use trust::{PODS, decide_service};
