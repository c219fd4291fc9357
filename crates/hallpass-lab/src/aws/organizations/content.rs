//! The documents of the organisation's policies: what is taken, and what is not.
//!
//! Source: AWS Organizations User Guide, "SCP syntax", "RCP syntax", and "Quotas for AWS Organizations"
//! (since 15 May 2026 twice as much for service control policies as before).

use hallpass_iam::{Document, Effect, Principals, Statement, Version, validate};

use super::fault::{constraint, exception};
use crate::aws::authorize::RESOURCE_CONTROLLED;
use crate::aws::error::ApiError;
use crate::store::records::{ControlKind, PolicyText};

/// The document, if Organizations would store it.
pub(super) fn read(text: &str, kind: ControlKind) -> Result<PolicyText, ApiError> {
    if text.chars().count() > size(kind) {
        return Err(constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum policy size.",
        ));
    }
    let document = Document::parse(text).map_err(|errors| malformed(errors.to_string()))?;
    validate(&document, kind.policy_kind()).map_err(|why| malformed(why.to_string()))?;
    if document.version() != Some(Version::V2012) {
        return Err(malformed("`Version` must be `2012-10-17`"));
    }
    if kind == ControlKind::Resource {
        for statement in document.statements() {
            check_resource_control(statement).map_err(malformed)?;
        }
    }
    Ok(PolicyText::new(text))
}

/// What only AWS's own resource control policy may do, and what none may.
fn check_resource_control(statement: &Statement) -> Result<(), String> {
    if statement.effect != Effect::Deny {
        return Err(
            "a resource control policy of your own takes the effect `Deny` only".to_owned(),
        );
    }
    let is_everyone = statement.principal.as_ref().is_some_and(|principal| {
        !principal.is_negated
            && match &principal.value {
                Principals::Everyone => true,
                Principals::Listed { .. } => false,
            }
    });
    if !is_everyone {
        return Err("`Principal` must be `*`".to_owned());
    }
    let actions = statement
        .action
        .as_ref()
        .filter(|element| !element.is_negated)
        .ok_or("`NotAction` is not supported")?;
    for action in &actions.value {
        let service = action.text.split(':').next().unwrap_or_default();
        if action.text == "*" {
            return Err("`Action` must name a service: `*` alone is not supported".to_owned());
        }
        if !RESOURCE_CONTROLLED
            .iter()
            .any(|known| known.eq_ignore_ascii_case(service))
        {
            return Err(format!(
                "`{service}` is no service that supports resource control policies"
            ));
        }
    }
    Ok(())
}

fn malformed(detail: impl Into<String>) -> ApiError {
    exception(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
    .with_detail(detail)
}

/// The most characters of a document, white space included.
const fn size(kind: ControlKind) -> usize {
    match kind {
        ControlKind::Resource => 5_120,
        ControlKind::Service => 10_240,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(kind: ControlKind, statement: &str) -> Option<String> {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        let error = read(&text, kind).err()?;
        Some(error.detail.unwrap_or(error.message))
    }

    #[test]
    fn a_service_control_policy_allows_or_denies_and_names_no_principal() {
        let kind = ControlKind::Service;
        for fit in [
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
            r#"{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}"#,
        ] {
            assert_eq!(why(kind, fit), None);
        }
        let named = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
        assert!(why(kind, named).is_some());
        assert!(why(kind, r#"{"Effect": "Deny"}"#).is_some());
        assert!(read(r#"{"Statement": []}"#, kind).is_err());
    }

    #[test]
    fn a_resource_control_policy_denies_everyone_something_of_a_service_that_has_them() {
        let kind = ControlKind::Resource;
        let fit = r#"{"Effect": "Deny", "Principal": "*", "Action": ["ecr:*", "sts:AssumeRole"], "Resource": "*"}"#;
        assert_eq!(why(kind, fit), None);
        for unfit in [
            fit.replace("Deny", "Allow"),
            fit.replace(r#""Principal": "*", "#, ""),
            fit.replace(
                r#""Principal": "*""#,
                r#""Principal": {"AWS": "111122223333"}"#,
            ),
            fit.replace(r#""ecr:*""#, r#""*""#),
            fit.replace("ecr:*", "iam:*"),
            fit.replace("Action", "NotAction"),
        ] {
            assert!(why(kind, &unfit).is_some(), "{unfit}");
        }
    }

    #[test]
    fn a_document_has_its_largest_size() {
        let fill = |kind, size: usize| {
            let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}}"#;
            let text = match kind {
                ControlKind::Resource => text.to_owned(),
                ControlKind::Service => text.replace(r#""Principal": "*", "#, ""),
            };
            read(&format!("{text:<size$}"), kind)
                .err()
                .and_then(|error| error.reason)
        };
        for (kind, most) in [
            (ControlKind::Resource, 5_120),
            (ControlKind::Service, 10_240),
        ] {
            assert_eq!(fill(kind, most), None);
            assert_eq!(fill(kind, most + 1), Some("POLICY_CONTENT_LIMIT_EXCEEDED"));
        }
    }
}
