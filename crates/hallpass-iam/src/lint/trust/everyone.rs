//! `trust/everyone`: a role that whoever has an AWS account may assume.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", all principals; `NotPrincipal` ("we
//! strongly recommend" against it with `Allow`).

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::Room;
use crate::syntax::{Effect, Principals};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.document.statements() {
        let Some(principal) = &statement.principal else {
            continue;
        };
        if statement.effect == Effect::Deny || !statement.conditions.is_empty() {
            continue;
        }
        let star = match &principal.value {
            Principals::Everyone => Some(principal.span),
            // IAM knows no wildcard among the other kinds.
            Principals::Listed { aws, .. } => {
                aws.iter().find(|it| it.text == "*").map(|it| it.span)
            }
        };
        let (span, message) = match (principal.is_negated, star) {
            (true, _) => (
                principal.span,
                "everyone but those listed may assume the role",
            ),
            (false, Some(span)) => (span, "everyone may assume the role, of whichever account"),
            (false, None) => continue,
        };
        findings.push(Finding {
            code: Code::known("trust/everyone"),
            severity: Severity::Error,
            confidence: Confidence::High,
            message: message.to_owned(),
            primary: Label::new(span, "no condition narrows it"),
            related: Vec::new(),
            notes: Vec::new(),
            help: "name the roles, users, services or providers that are meant: `\"AWS\": \"arn:aws:iam::ACCOUNT:role/ROLE\"`"
                .to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::findings_in;
    use serde_json::{Value, json};

    fn with(element: &str, principal: &Value, condition: &Value) -> String {
        findings_in(&json!({
            "Effect": "Allow", element: principal, "Action": "sts:AssumeRole", "Condition": condition,
        }))
    }

    #[test]
    fn a_star_is_everyone() {
        insta::assert_snapshot!(with("Principal", &json!("*"), &json!({})), @r#"
    error[trust/everyone] (high): everyone may assume the role, of whichever account
      at "*" no condition narrows it
    help: name the roles, users, services or providers that are meant: `"AWS": "arn:aws:iam::ACCOUNT:role/ROLE"`
    "#);
        insta::assert_snapshot!(with("Principal", &json!({ "AWS": "*" }), &json!({})), @r#"
    error[trust/everyone] (high): everyone may assume the role, of whichever account
      at "*" no condition narrows it
    help: name the roles, users, services or providers that are meant: `"AWS": "arn:aws:iam::ACCOUNT:role/ROLE"`
    "#);
        let one = json!({ "AWS": "arn:aws:iam::111122223333:role/x" });
        insta::assert_snapshot!(with("NotPrincipal", &one, &json!({})), @r#"
    error[trust/everyone] (high): everyone but those listed may assume the role
      at {"AWS":"arn:aws:iam::111122223333:role/x"} no condition narrows it
    help: name the roles, users, services or providers that are meant: `"AWS": "arn:aws:iam::ACCOUNT:role/ROLE"`
    "#);
    }

    #[test]
    fn a_condition_or_a_name_is_silent() {
        let organisation = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
        assert_eq!(with("Principal", &json!("*"), &organisation), "");
        let one = json!({ "AWS": "arn:aws:iam::111122223333:role/x" });
        assert_eq!(with("Principal", &one, &json!({})), "");
    }
}
