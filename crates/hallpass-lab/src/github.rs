//! A GitHub of the lab: the issuer of Actions, a job's token endpoint, and REST as far as a migration
//! to web identity needs it.
//!
//! Sources: GitHub Docs, "OpenID Connect reference", "REST API endpoints for GitHub Actions OIDC",
//! "... secrets", "... variables", "... environments", "... repository contents", "Git database",
//! "... pull requests". No program runs here: what runs a job asks for it by the control interface.

mod answer;
mod bootstrap;
mod call;
mod caller;
mod control;
mod error;
mod git;
mod history;
mod id_token;
mod ids;
mod issuer;
mod job_environment;
mod jobs;
mod keys;
mod memory;
mod names;
mod owners;
mod page;
mod permissions;
mod planting;
mod rest;
mod scopes;
mod seal;
mod server;
mod subject;
mod wish;

pub(crate) use bootstrap::{TOKEN_SETTING, bootstrap};
pub(crate) use control::router as control_router;
pub(crate) use keys::{retire_keys, rotate_keys};
pub(crate) use memory::GithubMemory;
pub(crate) use server::{router, service_of_path};
