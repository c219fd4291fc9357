//! The rules of trust policies, one after the other.

use hallpass_diag::Finding;

use super::room::Room;
use super::{
    audience_missing, audience_wrong, denied, everyone, first_value_guard, for_all_values,
    if_exists, like_without_wildcard, name_based_subject, shared_issuer_unscoped, subject_missing,
    subject_shape, subject_too_wide, unmapped_claim, whole_account, whole_repository,
    wildcard_in_string_equals, wrong_action, wrong_issuer_in_condition,
};
use crate::lint::seen::Seen;
use crate::policy::PolicyKind;

/// What the rules find in a trust policy; nothing in a policy of another kind.
pub(in crate::lint) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    if seen.kind != PolicyKind::Trust {
        return;
    }
    let room = Room::of(seen.document);
    for rule in RULES {
        rule(&room, findings);
    }
}

type Rule = fn(&Room<'_>, &mut Vec<Finding>);

/// The last one keeps silent where others have spoken.
const RULES: &[Rule] = &[
    everyone::check,
    whole_account::check,
    wrong_action::check,
    denied::check,
    wrong_issuer_in_condition::check,
    unmapped_claim::check,
    wildcard_in_string_equals::check,
    subject_shape::check,
    for_all_values::check,
    if_exists::check,
    audience_missing::check,
    audience_wrong::check,
    subject_missing::check,
    first_value_guard::check,
    subject_too_wide::check,
    whole_repository::check,
    shared_issuer_unscoped::check,
    like_without_wildcard::check,
    name_based_subject::check,
];
