//! Policy documents as they were written, compiled when first asked for.

use std::sync::OnceLock;

use hallpass_iam::{Policy, PolicyKind};
use serde::{Deserialize, Serialize};

/// A policy document as its author wrote it.
///
/// It was validated before it came here. It is compiled once, on first use, and the compiled form
/// lives as long as the record does: a change of the policy is a new record.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct PolicyText {
    text: String,
    #[serde(skip)]
    compiled: OnceLock<Option<Policy>>,
}

impl PolicyText {
    /// Keeps a document.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            compiled: OnceLock::new(),
        }
    }

    /// The document as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The compiled document, named `name` in explanations.
    ///
    /// Absent when the text is no policy; validation makes sure that it is.
    pub(crate) fn policy(&self, name: &str, kind: PolicyKind) -> Option<&Policy> {
        self.compiled
            .get_or_init(|| Policy::parse(name, kind, &self.text).ok())
            .as_ref()
    }

    /// The document as a role's trust policy. One that cannot be read allows nobody: no trust policy
    /// would leave the decision to the caller's own policies.
    pub(crate) fn trust_policy(&self) -> Policy {
        self.policy("trust policy", PolicyKind::Trust)
            .cloned()
            .unwrap_or_else(|| Policy::empty(PolicyKind::Trust))
    }
}
