//! What IAM refuses to store, in IAM's own words.
//!
//! The parser knows the language; IAM besides knows what a document is for. Messages are those that AWS
//! gives for `MalformedPolicyDocument`, as public threads quote them.

use crate::federation::unscoped;
use crate::policy::PolicyKind;
use crate::syntax::{Document, Principals, Statement, Text};

/// A document that IAM would refuse; its display is AWS's message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    message: String,
}

/// Whether IAM would store the document as a policy of that kind.
pub fn validate(document: &Document, kind: PolicyKind) -> Result<(), Malformed> {
    if document.statements().is_empty() {
        return refuse("Syntax errors in policy.");
    }
    let mut sids = std::collections::HashSet::new();
    for statement in document.statements() {
        if let Some(sid) = &statement.sid {
            if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) && kind != PolicyKind::Resource
            {
                return refuse(format!(
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]* (found {sid})"
                ));
            }
            if !sids.insert(sid) {
                return refuse("Statement IDs (SID) in a single policy must be unique.");
            }
        }
        check_actions(statement, kind)?;
        match kind {
            PolicyKind::Boundary
            | PolicyKind::Identity
            | PolicyKind::ServiceControl
            | PolicyKind::Session => check_identity(statement)?,
            PolicyKind::Resource | PolicyKind::ResourceControl => check_principal(statement)?,
            PolicyKind::Trust => check_trust(statement)?,
        }
    }
    Ok(())
}

fn check_actions(statement: &Statement, kind: PolicyKind) -> Result<(), Malformed> {
    let actions = statement.action.iter().flat_map(|element| &element.value);
    for Text { text, .. } in actions {
        if text == "*" && kind != PolicyKind::Trust {
            continue;
        }
        let Some((vendor, name)) = text.split_once(':') else {
            return refuse(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            );
        };
        if vendor.is_empty() || name.is_empty() {
            return refuse(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            );
        }
        if !vendor
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return refuse(format!("Vendor {vendor} is not valid"));
        }
        if kind == PolicyKind::Trust && !vendor.eq_ignore_ascii_case("sts") {
            return refuse("AssumeRole policy may only specify STS AssumeRole actions.");
        }
    }
    Ok(())
}

fn check_identity(statement: &Statement) -> Result<(), Malformed> {
    if statement.principal.is_some() {
        return refuse("Policy document should not specify a principal.");
    }
    let Some(resource) = &statement.resource else {
        return refuse("Policy statement must contain resources.");
    };
    for Text { text, .. } in &resource.value {
        let is_arn = text.starts_with("arn:") && text.matches(':').count() >= 2;
        if text != "*" && !is_arn && !text.starts_with("${") && !text.starts_with('*') {
            return refuse(format!("Resource {text} must be in ARN format or \"*\"."));
        }
    }
    Ok(())
}

fn check_trust(statement: &Statement) -> Result<(), Malformed> {
    if statement.resource.is_some() {
        return refuse("Has prohibited field Resource");
    }
    check_principal(statement)?;
    match unscoped(statement) {
        Some(unscoped) => refuse(unscoped.message()),
        None => Ok(()),
    }
}

fn check_principal(statement: &Statement) -> Result<(), Malformed> {
    let Some(principal) = &statement.principal else {
        return refuse("Missing required field Principal");
    };
    let Principals::Listed {
        aws,
        canonical_user: _,
        federated,
        service,
    } = &principal.value
    else {
        return Ok(());
    };
    for Text { text, .. } in aws {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_unique_id = text.len() >= 16
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let is_arn = text.starts_with("arn:") && text.matches(':').count() >= 5;
        let has_wildcard = text != "*" && text.contains(['*', '?']);
        if has_wildcard || !(text == "*" || is_account || is_unique_id || is_arn) {
            return refuse(format!("Invalid principal in policy: \"AWS\":\"{text}\""));
        }
    }
    for Text { text, .. } in federated {
        let is_built_in = matches!(
            text.as_str(),
            "accounts.google.com"
                | "cognito-identity.amazonaws.com"
                | "graph.facebook.com"
                | "www.amazon.com"
        );
        let is_provider = text.starts_with("arn:")
            && (text.contains(":oidc-provider/") || text.contains(":saml-provider/"));
        if !is_built_in && !is_provider {
            return refuse(format!(
                "Invalid principal in policy: \"Federated\":\"{text}\""
            ));
        }
    }
    for Text { text, .. } in service {
        if !text.contains('.') {
            return refuse(format!(
                "Invalid principal in policy: \"SERVICE\":\"{text}\""
            ));
        }
    }
    Ok(())
}

fn refuse(message: impl Into<String>) -> Result<(), Malformed> {
    Err(Malformed {
        message: message.into(),
    })
}
