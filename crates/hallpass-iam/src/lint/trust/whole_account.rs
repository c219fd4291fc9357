//! `trust/whole-account`: a whole account may assume the role, with nothing that says on whose behalf.
//!
//! Source: IAM User Guide, "The confused deputy problem" (`sts:ExternalId`), and "AWS JSON policy elements:
//! Principal", AWS account principals.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::Room;
use crate::principal::account_of;
use crate::syntax::{Effect, Principals};
use crate::trust::ProviderKind;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    // A provider is of the role's own account.
    let providers = room.statements.iter().flat_map(|it| &it.providers);
    let own = providers
        .filter(|it| it.kind != ProviderKind::Unknown)
        .map(crate::trust::Provider::account)
        .find(|account| !account.is_empty());
    for statement in room.document.statements() {
        let principal = statement.principal.as_ref().filter(|it| !it.is_negated);
        let Some(Principals::Listed { aws, .. }) = principal.map(|it| &it.value) else {
            continue;
        };
        if statement.effect == Effect::Deny || !statement.conditions.is_empty() {
            continue;
        }
        for name in aws {
            let Some(account) = account_of(&name.text).filter(|account| Some(*account) != own)
            else {
                continue;
            };
            findings.push(Finding {
                code: Code::known("trust/whole-account"),
                severity: Severity::Note,
                confidence: if own.is_some() { Confidence::Medium } else { Confidence::Low },
                message: format!("account {account} decides which of its users and roles may assume the role"),
                primary: Label::new(name.span, "the whole account"),
                related: Vec::new(),
                notes: vec!["nothing is wrong with it where the account is your own".to_owned()],
                help: "of an account of somebody else ask for an external ID: `\"StringEquals\": {\"sts:ExternalId\": \"...\"}`; or name the role"
                    .to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::findings_in;
    use serde_json::json;

    #[test]
    fn an_account_without_an_external_id() {
        let statement = json!({
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::444455556666:root" }, "Action": "sts:AssumeRole",
        });
        insta::assert_snapshot!(findings_in(&statement), @r#"
    note[trust/whole-account] (low): account 444455556666 decides which of its users and roles may assume the role
      at "arn:aws:iam::444455556666:root" the whole account
    note: nothing is wrong with it where the account is your own
    help: of an account of somebody else ask for an external ID: `"StringEquals": {"sts:ExternalId": "..."}`; or name the role
    "#);
    }

    #[test]
    fn an_external_id_and_the_providers_own_account_are_silent() {
        let mut statement = json!({
            "Effect": "Allow", "Principal": { "AWS": "444455556666" }, "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": "x" } },
        });
        assert_eq!(findings_in(&statement), "");
        statement["Condition"] = json!({});
        let saml = json!({
            "Effect": "Allow", "Principal": { "Federated": "arn:aws:iam::444455556666:saml-provider/idp" },
            "Action": "sts:AssumeRoleWithSAML",
        });
        assert_eq!(findings_in(&json!([statement, saml])), "");
    }
}
