//! Rules of single kinds.

mod config_map;
mod data;
mod event;
mod lease;
mod namespace;
mod rbac;
mod rules;
mod secret;

pub(super) use rules::{
    accepts_unconditional_updates, complete_changed, complete_new, counts_generations,
    creates_by_update, drops_status, faults, returns_deleted,
};
