//! The machine-readable form of a matrix.

use hallpass_iam::Outcome;
use serde_json::{Value, json};

use super::table::{Matrix, Row, SubjectForm, TrustedIssuer};

impl Matrix {
    /// The matrix as JSON. Stable: new fields may come, none goes.
    pub fn to_json(&self) -> Value {
        self.issuers.iter().map(TrustedIssuer::to_json).collect()
    }
}

impl TrustedIssuer {
    fn to_json(&self) -> Value {
        json!({
            "provider": self.provider,
            "issuer": self.name,
            "kind": self.kind.as_str(),
            "assumptions": self.assumptions,
            "rows": self.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Row {
    fn to_json(&self) -> Value {
        let mut value = json!({
            "who": self.who,
            "relation": self.relation.as_str(),
            "context": self.context,
            "form": self.form.name(),
            "sub": self.subject,
            "claims": self.claims,
            "decision": match self.outcome {
                Outcome::Allow => "Allow",
                Outcome::ExplicitDeny => "ExplicitDeny",
                Outcome::ImplicitDeny => "ImplicitDeny",
            },
            "because": self.because,
        });
        if let Some(fields) = value.as_object_mut() {
            if let SubjectForm::Customised(keys) = &self.form {
                fields.insert("include_claim_keys".to_owned(), json!(keys));
            }
            if let Some(note) = self.note {
                fields.insert("note".to_owned(), json!(note));
            }
        }
        value
    }
}

impl SubjectForm {
    /// The word that people read and programs compare.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Customised(_) => "customised",
            Self::Immutable => "immutable",
            Self::NameBased => "name-based",
            Self::ServiceAccount => "service-account",
        }
    }
}
