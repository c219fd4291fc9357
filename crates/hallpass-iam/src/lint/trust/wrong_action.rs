//! `trust/wrong-action`: a principal that is allowed what it never asks for, and not what it does.
//!
//! Source: STS API Reference, `AssumeRole`, `AssumeRoleWithSAML`, `AssumeRoleWithWebIdentity`; Amazon EKS
//! User Guide, "Configure Pods to access AWS services with service accounts" (Pod Identity: `sts:AssumeRole`
//! and `sts:TagSession`).

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::Room;
use crate::context::Context;
use crate::pattern::Pattern;
use crate::syntax::{Document, Effect, Principals, Statement, Text};
use crate::trust::{Provider, ProviderKind};
use crate::variable::Special;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.document.statements() {
        if statement.effect == Effect::Deny {
            continue;
        }
        let mut whoms = whoms(statement).into_iter().take(MAX_PRINCIPALS);
        // One action is missing from a statement once.
        findings.extend(whoms.find_map(|who| lacking(room, statement, &who)));
    }
}

fn lacking(room: &Room<'_>, statement: &Statement, who: &Whom<'_>) -> Option<Finding> {
    let action = statement.action.as_ref()?;
    let is_elsewhere = |wanted: &str| is_allowed(room.document, who.name, wanted);
    let missing = who.asks.iter().find(|wanted| !is_elsewhere(wanted))?;
    // An account's users and roles, and services, may have their own statements for `sts:TagSession` and
    // the like: only what is for federated callers alone is wrong for sure.
    if who.is_own_kind && !WITH_IDENTITY.iter().any(|with| allows(statement, with)) {
        return None;
    }
    Some(Finding {
        code: Code::known("trust/wrong-action"),
        severity: Severity::Error,
        confidence: Confidence::High,
        message: format!(
            "{} asks for `{missing}`, which no statement allows it",
            who.kind
        ),
        primary: Label::new(action.span, format!("`{missing}` is missing")),
        related: vec![Label::new(who.name.span, "the principal")],
        notes: Vec::new(),
        help: format!("write `\"Action\": {}`", who.wanted()),
    })
}

/// A principal, and what it must be allowed.
struct Whom<'a> {
    name: &'a Text,
    kind: &'static str,
    asks: &'static [&'static str],
    /// Whether it is AWS's own, and no federated one.
    is_own_kind: bool,
}

impl Whom<'_> {
    fn wanted(&self) -> String {
        match self.asks {
            [one] => format!("\"{one}\""),
            many => {
                let quoted: Vec<String> = many.iter().map(|it| format!("\"{it}\"")).collect();
                format!("[{}]", quoted.join(", "))
            }
        }
    }
}

fn whoms(statement: &Statement) -> Vec<Whom<'_>> {
    let principal = statement.principal.as_ref().filter(|it| !it.is_negated);
    let Some(Principals::Listed {
        aws,
        federated,
        service,
        canonical_user: _,
    }) = principal.map(|it| &it.value)
    else {
        return Vec::new();
    };
    let mut whoms = Vec::new();
    for name in federated {
        let (kind, asks): (_, &[&str]) = match Provider::read(name).kind {
            ProviderKind::Oidc => ("a web identity", &["sts:AssumeRoleWithWebIdentity"]),
            ProviderKind::Saml => ("a SAML identity", &["sts:AssumeRoleWithSAML"]),
            ProviderKind::Unknown => continue,
        };
        let is_own_kind = false;
        whoms.push(Whom {
            name,
            kind,
            asks,
            is_own_kind,
        });
    }
    for name in service {
        let is_own_kind = name.text != "pods.eks.amazonaws.com";
        let (kind, asks): (_, &[&str]) = if is_own_kind {
            ("a service", &["sts:AssumeRole"])
        } else {
            ("EKS Pod Identity", &["sts:AssumeRole", "sts:TagSession"])
        };
        whoms.push(Whom {
            name,
            kind,
            asks,
            is_own_kind,
        });
    }
    whoms.extend(aws.iter().filter(|it| it.text != "*").map(|name| Whom {
        name,
        kind: "an AWS principal",
        asks: &["sts:AssumeRole"],
        is_own_kind: true,
    }));
    whoms
}

/// Whether some statement allows the principal the action, conditions aside.
fn is_allowed(document: &Document, name: &Text, action: &str) -> bool {
    let statements = document.statements().iter().take(MAX_STATEMENTS);
    let mut about = statements.filter(|it| it.effect == Effect::Allow && is_about(it, name));
    about.any(|statement| allows(statement, action))
}

/// Whether the statement is about the action.
fn allows(statement: &Statement, action: &str) -> bool {
    let special = Special {
        wildcards: true,
        variables: false,
    };
    statement.action.as_ref().is_some_and(|element| {
        let is_listed = element.value.iter().any(|text| {
            let pattern = Pattern::new(&text.text, special).ignoring_case();
            pattern.matches(action, &Context::new())
        });
        is_listed != element.is_negated
    })
}

fn is_about(statement: &Statement, name: &Text) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        let is_named = match &element.value {
            Principals::Everyone => true,
            Principals::Listed {
                aws,
                federated,
                service,
                canonical_user,
            } => {
                let mut all = [aws, federated, service, canonical_user]
                    .into_iter()
                    .flatten();
                all.any(|it| it.text == name.text || it.text == "*")
            }
        };
        is_named != element.is_negated
    })
}

const WITH_IDENTITY: [&str; 2] = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
// Bounds on the work for hostile documents.
const MAX_PRINCIPALS: usize = 16;
const MAX_STATEMENTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings_in, statement};
    use serde_json::{Value, json};

    fn with(principal: &Value, action: &Value) -> String {
        findings_in(&json!({ "Effect": "Allow", "Principal": principal, "Action": action }))
    }

    #[test]
    fn each_principal_asks_in_its_own_way() {
        let mut github = statement(
            GITHUB,
            &json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod",
        } }),
        );
        github["Action"] = json!("sts:AssumeRole");
        insta::assert_snapshot!(findings_in(&github), @r#"
    error[trust/wrong-action] (high): a web identity asks for `sts:AssumeRoleWithWebIdentity`, which no statement allows it
      at "sts:AssumeRole" `sts:AssumeRoleWithWebIdentity` is missing
      at "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" the principal
    help: write `"Action": "sts:AssumeRoleWithWebIdentity"`
    "#);
        github["Action"] = json!("sts:AssumeRoleWithSAML");
        insta::assert_snapshot!(findings_in(&github), @r#"
    error[trust/wrong-action] (high): a web identity asks for `sts:AssumeRoleWithWebIdentity`, which no statement allows it
      at "sts:AssumeRoleWithSAML" `sts:AssumeRoleWithWebIdentity` is missing
      at "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" the principal
    help: write `"Action": "sts:AssumeRoleWithWebIdentity"`
    "#);
        let saml = json!({ "Federated": "arn:aws:iam::111122223333:saml-provider/idp" });
        insta::assert_snapshot!(with(&saml, &json!("sts:AssumeRoleWithWebIdentity")), @r#"
    error[trust/wrong-action] (high): a SAML identity asks for `sts:AssumeRoleWithSAML`, which no statement allows it
      at "sts:AssumeRoleWithWebIdentity" `sts:AssumeRoleWithSAML` is missing
      at "arn:aws:iam::111122223333:saml-provider/idp" the principal
    help: write `"Action": "sts:AssumeRoleWithSAML"`
    "#);
        let pods = json!({ "Service": "pods.eks.amazonaws.com" });
        insta::assert_snapshot!(with(&pods, &json!("sts:AssumeRole")), @r#"
    error[trust/wrong-action] (high): EKS Pod Identity asks for `sts:TagSession`, which no statement allows it
      at "sts:AssumeRole" `sts:TagSession` is missing
      at "pods.eks.amazonaws.com" the principal
    help: write `"Action": ["sts:AssumeRole", "sts:TagSession"]`
    "#);
    }

    #[test]
    fn the_right_action_is_silent_in_whichever_statement_it_stands() {
        let pods = json!({ "Service": "pods.eks.amazonaws.com" });
        assert_eq!(
            with(&pods, &json!(["sts:AssumeRole", "sts:TagSession"])),
            ""
        );
        assert_eq!(with(&pods, &json!("sts:*")), "");
        let apart =
            |action: &str| json!({ "Effect": "Allow", "Principal": pods, "Action": action });
        assert_eq!(
            findings_in(&json!([apart("sts:assumerole"), apart("sts:TagSession")])),
            ""
        );
        let saml = json!({ "Federated": "arn:aws:iam::111122223333:saml-provider/idp" });
        assert_eq!(with(&saml, &json!("sts:AssumeRoleWithSAML")), "");
    }
}
