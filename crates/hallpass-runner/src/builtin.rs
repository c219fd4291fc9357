//! Built-in equivalents of the three actions that the way from a workflow to ECR needs, for when no checkout
//! of them is given. Each says in the log that it is one.

mod account;
mod call;
mod checkout;
mod credentials;
mod ecr_login;

pub(crate) use call::{BuiltIn, Call, run};
