//! Policy documents on their way in: read, checked, measured.

use hallpass_iam::{Document, PolicyKind, validate};

use super::names;
use crate::aws::error::ApiError;
use crate::aws::params::Params;
use crate::store::records::PolicyText;

/// A document that IAM would store.
#[derive(Debug)]
pub(super) struct CheckedDocument {
    /// As written.
    pub(super) text: String,
    /// As read.
    pub(super) document: Document,
}

impl CheckedDocument {
    /// Reads the document that `parameter` must give.
    pub(super) fn read(
        params: &Params,
        parameter: &str,
        kind: PolicyKind,
    ) -> Result<Self, ApiError> {
        let text = names::required(params, parameter, (1, MAX_DOCUMENT))?;
        Self::check(text, parameter, kind)
    }

    /// Reads a document.
    pub(super) fn check(text: &str, parameter: &str, kind: PolicyKind) -> Result<Self, ApiError> {
        let is_text = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
        if !text.chars().all(is_text) {
            return Err(ApiError::validation(format!(
                "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
                names::member(parameter)
            )));
        }
        let document = Document::parse(text).map_err(|errors| {
            ApiError::malformed_policy("Syntax errors in policy.").with_detail(errors.to_string())
        })?;
        validate(&document, kind)
            .map_err(|malformed| ApiError::malformed_policy(malformed.to_string()))?;
        Ok(Self {
            text: text.to_owned(),
            document,
        })
    }

    /// Refuses a document that is longer than a quota, white space aside.
    pub(super) fn within(self, quota: &str, limit: usize) -> Result<Self, ApiError> {
        if self.document.quota_length() > limit {
            return Err(exceeded(quota, limit));
        }
        Ok(self)
    }

    /// As the store keeps it.
    pub(super) fn into_policy_text(self) -> PolicyText {
        PolicyText::new(self.text)
    }
}

/// The length of a stored document as quotas count it.
pub(super) fn quota_length(text: &PolicyText) -> usize {
    // INVARIANT: what is stored was read before.
    Document::parse(text.as_str()).map_or(0, |document| document.quota_length())
}

/// A quota that is reached, in IAM's words.
pub(super) fn exceeded(quota: &str, limit: usize) -> ApiError {
    ApiError::limit_exceeded(format!("Cannot exceed quota for {quota}: {limit}"))
}

// The API's own bound, before any quota.
const MAX_DOCUMENT: usize = 131_072;
