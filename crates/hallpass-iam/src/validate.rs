//! What IAM refuses to store, in IAM's own words.

use crate::grammar::{Refusal, refused};
use crate::policy::PolicyKind;
use crate::syntax::Document;

/// A document that IAM would refuse; its display is AWS's message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    message: String,
}

/// Whether IAM would store the document as a policy of that kind.
pub fn validate(document: &Document, kind: PolicyKind) -> Result<(), Malformed> {
    match refused(document, kind).first() {
        None => Ok(()),
        Some(refused) => Err(Malformed {
            message: refused.why.message(),
        }),
    }
}

impl Refusal {
    /// AWS's message.
    fn message(&self) -> String {
        match self {
            Self::ActionIsNotSts { .. } => {
                "AssumeRole policy may only specify STS AssumeRole actions.".to_owned()
            }
            Self::ActionWithoutService { .. } => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    .to_owned()
            }
            Self::MissingPrincipal => "Missing required field Principal".to_owned(),
            Self::MissingResource => "Policy statement must contain resources.".to_owned(),
            Self::NoStatement => "Syntax errors in policy.".to_owned(),
            Self::PrincipalForm { kind, found } => {
                let kind = if *kind == "Service" { "SERVICE" } else { kind };
                format!("Invalid principal in policy: \"{kind}\":\"{found}\"")
            }
            Self::PrincipalMisplaced => {
                "Policy document should not specify a principal.".to_owned()
            }
            Self::ResourceForm { found } => {
                format!("Resource {found} must be in ARN format or \"*\".")
            }
            Self::ResourceMisplaced => "Has prohibited field Resource".to_owned(),
            Self::ServiceForm { service } => format!("Vendor {service} is not valid"),
            Self::SidForm { sid } => format!(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]* (found {sid})"
            ),
            Self::SidTwice { .. } => {
                "Statement IDs (SID) in a single policy must be unique.".to_owned()
            }
            Self::UnscopedIssuer { message } => message.clone(),
        }
    }
}
