//! Role-based access control: whether a user may, and by which rule of which binding.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization"; the words are those of
//! k8s.io/kubernetes' `plugin/pkg/auth/authorizer/rbac` and `pkg/registry/rbac`.

mod aggregation;
mod attributes;
mod authorizer;
mod binding;
mod defaults;
mod escalation;
mod rule;

pub(super) use attributes::{Attributes, What};
pub(super) use authorizer::{authorize, decide, rules_for};
pub(super) use defaults::missing_defaults;
pub(super) use escalation::check as check_escalation;
