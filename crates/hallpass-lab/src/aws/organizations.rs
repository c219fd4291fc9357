//! AWS Organizations: the accounts of the lab, the units they stand in, the policies that bind them.
//!
//! Source: AWS Organizations API Reference and User Guide.

mod access;
mod accounts;
mod arns;
mod attachments;
mod aws_managed;
mod children;
mod close;
mod content;
mod create_account;
mod dispatch;
mod fault;
mod fresh;
mod input;
mod member;
mod node;
mod organization;
mod page;
mod policies;
mod policy_types;
mod tags;
mod units;
mod unused;

pub(crate) use dispatch::dispatch;
pub(crate) use fresh::bring_up;
