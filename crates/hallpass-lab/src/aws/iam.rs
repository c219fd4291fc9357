//! Identity and Access Management: who is in the account, and what each may do.
//!
//! Every operation asks for permission before it looks whether anything exists, and changes the state
//! in one transaction that holds its checks, so that calls at the same time cannot pass a quota together.
//!
//! Source: IAM API Reference; quotas from the IAM User Guide, "IAM and AWS STS quotas"; messages as AWS
//! writes them, where public threads quote them.

mod access_keys;
mod attachments;
mod authorization_details;
mod aws_managed;
mod boundary;
mod context_keys;
mod dispatch;
mod documents;
mod entity;
mod groups;
mod inline_policies;
mod managed_policies;
mod memberships;
mod names;
mod oidc_providers;
mod permission;
mod policy_entities;
mod policy_versions;
mod principal_policies;
mod principals;
mod provider_lists;
mod roles;
mod simulate;
mod simulation;
mod summary;
mod tags;
mod unused;
mod usage;
mod users;
mod wire;

pub(crate) use aws_managed::aws_managed;
pub(crate) use dispatch::dispatch;
