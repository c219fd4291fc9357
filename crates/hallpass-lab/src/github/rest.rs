//! The REST API, as far as a migration to web identity needs it.

mod accounts;
mod contents;
mod dispatch;
mod environments;
mod git_data;
mod oidc;
mod organization_secrets;
mod pulls;
mod repositories;
mod secrets;
mod time;
mod variables;
mod workflows;

pub(super) use dispatch::answer;
