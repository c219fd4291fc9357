//! What is wrong with a trust policy: whom it lets in that it should not, and whom it shuts out for a
//! slip of the pen.
//!
//! **Invariants.** One fault gives one finding: where two rules see the same value, the one that says more
//! speaks. What lets strangers in is shown by a token that the engine lets in.

mod audience_missing;
mod audience_wrong;
mod check;
mod cluster_subject;
mod denied;
mod difference;
mod everyone;
mod first_value_guard;
mod for_all_values;
mod github_subject;
mod if_exists;
mod like_without_wildcard;
mod name_based_subject;
#[cfg(test)]
mod rendered;
mod room;
mod shared_issuer_unscoped;
mod subject_missing;
mod subject_shape;
mod subject_too_wide;
mod unmapped_claim;
mod whole_account;
mod whole_repository;
mod wildcard_in_string_equals;
mod wrong_action;
mod wrong_issuer_in_condition;

pub(super) use check::check;
