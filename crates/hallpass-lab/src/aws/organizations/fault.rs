//! The exceptions of Organizations, in its own words.
//!
//! Source: AWS Organizations API Reference, errors of each action; messages as clients quote them.

use crate::aws::error::ApiError;

/// An exception without a reason.
pub(super) fn exception(code: &'static str, message: &str) -> ApiError {
    ApiError::new(400, code, message)
}

/// `InvalidInputException`, which says which of its reasons it has.
pub(super) fn invalid(reason: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidInputException", message).with_reason(reason)
}

/// `ConstraintViolationException` likewise.
pub(super) fn constraint(reason: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(409, "ConstraintViolationException", message).with_reason(reason)
}

pub(super) fn not_in_use() -> ApiError {
    exception(
        "AWSOrganizationsNotInUseException",
        "Your account is not a member of an organization.",
    )
}

/// What a member account hears of nearly everything.
pub(super) fn not_management() -> ApiError {
    exception(
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
    )
}

pub(super) fn no_account() -> ApiError {
    exception(
        "AccountNotFoundException",
        "You specified an account that doesn't exist.",
    )
}

pub(super) fn no_unit() -> ApiError {
    exception(
        "OrganizationalUnitNotFoundException",
        "You specified an organizational unit that doesn't exist.",
    )
}

pub(super) fn no_parent() -> ApiError {
    exception(
        "ParentNotFoundException",
        "You specified parent that doesn't exist.",
    )
}

pub(super) fn no_policy() -> ApiError {
    exception(
        "PolicyNotFoundException",
        "You specified a policy that doesn't exist.",
    )
}

pub(super) fn no_root() -> ApiError {
    exception(
        "RootNotFoundException",
        "You specified a root that doesn't exist.",
    )
}

pub(super) fn no_target() -> ApiError {
    exception(
        "TargetNotFoundException",
        "You specified a target that doesn't exist.",
    )
}

pub(super) fn type_not_enabled() -> ApiError {
    exception(
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types.",
    )
}

pub(super) fn duplicate_policy() -> ApiError {
    exception(
        "DuplicatePolicyException",
        "A policy with the specified name and type already exists.",
    )
}

pub(super) fn duplicate_unit() -> ApiError {
    exception(
        "DuplicateOrganizationalUnitException",
        "An OU with the same name already exists.",
    )
}
