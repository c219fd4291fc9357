//! What is wrong with a policy that can be read: rules, one file each.
//!
//! **Invariants.** A rule evaluates, it does not look for texts: what it says of a request, the engine
//! says, too. A rule that cannot know keeps silent.

mod check;
mod condition_keys;
mod contradiction;
mod cover;
mod for_all_values;
mod grammar;
mod if_exists;
mod never_matches;
mod old_version;
mod operator_type;
mod over_broad;
mod quota;
mod registry;
mod registry_login;
mod registry_push;
mod repository_arn;
mod resource;
mod say;
mod seen;
mod set_operator;
mod statements;
#[cfg(test)]
mod tried;
mod trust;
mod unknown_action;
mod wildcard;

pub use check::{check, kind_of};
