//! What IAM would refuse to store: each part, with what to write in its place.
//!
//! Source: as `crate::grammar`, which the lab asks, too.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::grammar::{Refusal, Refused, refused};
use crate::policy::PolicyKind;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for refused in refused(seen.document, seen.kind) {
        findings.extend(finding(seen.kind, &refused));
    }
}

fn finding(kind: PolicyKind, refused: &Refused) -> Option<Finding> {
    let Said {
        code,
        message,
        label,
        help,
    } = said(kind, &refused.why)?;
    let place = Label::new(refused.span, label);
    Some(found(code, Severity::Error, message, place, help))
}

struct Said {
    code: Code,
    message: String,
    label: &'static str,
    help: String,
}

#[expect(clippy::too_many_lines, reason = "an arm for each refusal")]
fn said(kind: PolicyKind, why: &Refusal) -> Option<Said> {
    Some(match why {
        Refusal::ActionIsNotSts { action } => Said {
            code: Code::known("policy/action-form"),
            message: format!("a trust policy is about STS alone, not about {}", quoted(action)),
            label: "not an action of STS",
            help: "write `sts:AssumeRoleWithWebIdentity`, `sts:AssumeRole` or another of STS; what the \
                   role may do stands in its permissions policies"
                .to_owned(),
        },
        Refusal::ActionWithoutService { action } => Said {
            code: Code::known("policy/action-form"),
            message: format!("{} names no service, or nothing of one", quoted(action)),
            label: "not SERVICE:ACTION",
            help: "write the service's prefix, a colon and the action, as in `ecr:PutImage`".to_owned(),
        },
        Refusal::MissingPrincipal => Said {
            code: Code::known("policy/missing-principal"),
            message: "the statement says nothing of whom it is about".to_owned(),
            label: "no `Principal`",
            help: "add `Principal`, such as `{\"AWS\": \"arn:aws:iam::111122223333:role/NAME\"}`".to_owned(),
        },
        Refusal::MissingResource => Said {
            code: Code::known("policy/missing-resource"),
            message: "the statement says nothing of what it is about".to_owned(),
            label: "no `Resource`",
            help: "add `Resource`: the ARNs, or `\"*\"` for actions that take none".to_owned(),
        },
        Refusal::NoStatement => Said {
            code: Code::known("policy/no-statement"),
            message: "the policy has no statement".to_owned(),
            label: "",
            help: "add a statement, or delete the policy".to_owned(),
        },
        Refusal::PrincipalForm { kind, found } => principal_form(kind, found),
        Refusal::PrincipalMisplaced => Said {
            code: Code::known("policy/principal-misplaced"),
            message: format!("{} names no principal", a_policy(kind)),
            label: "not here",
            help: "remove it: the policy is about whom it is attached to; if this is a trust policy or \
                   that of a resource, say so with `--kind`"
                .to_owned(),
        },
        // A registry's host in place of an ARN has a rule of its own.
        Refusal::ResourceForm { found } if found.contains(".dkr.ecr") => return None,
        Refusal::ResourceForm { found } => Said {
            code: Code::known("policy/resource-form"),
            message: format!("{} is not an ARN", quoted(found)),
            label: "neither an ARN nor `*`",
            help: "write an ARN, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, or `\"*\"`".to_owned(),
        },
        Refusal::ResourceMisplaced => Said {
            code: Code::known("policy/resource-misplaced"),
            message: "a trust policy names no resource: it is the role's own".to_owned(),
            label: "not here",
            help: "remove the element".to_owned(),
        },
        Refusal::ServiceForm { service } => Said {
            code: Code::known("policy/action-form"),
            message: format!("{} is no service's prefix: letters, digits and `-`", quoted(service)),
            label: "before the colon",
            help: "name the service; wildcards stand behind the colon only".to_owned(),
        },
        Refusal::SidForm { sid } => Said {
            code: Code::known("policy/statement-id"),
            message: format!("the `Sid` {} has other than letters and digits", quoted(sid)),
            label: "of this statement",
            help: "leave letters and digits: IAM takes `[0-9A-Za-z]*`".to_owned(),
        },
        Refusal::SidTwice { sid } => Said {
            code: Code::known("policy/statement-id"),
            message: format!("two statements have the `Sid` {}", quoted(sid)),
            label: "the second",
            help: "give it another, or none".to_owned(),
        },
        // The rules of trust policies say it, with a token that would pass.
        Refusal::UnscopedIssuer { .. } => return None,
    })
}

fn principal_form(kind: &str, found: &str) -> Said {
    let (label, help) = match kind {
        "AWS" if found.contains(['*', '?']) => (
            "a wildcard in a principal",
            "name the account and limit it with a condition on `aws:PrincipalArn`, which takes wildcards",
        ),
        "AWS" => (
            "neither ARN nor account",
            "write an ARN, an account's twelve digits, or `\"*\"`",
        ),
        "Federated" => (
            "not a provider",
            "write the provider's ARN: `arn:aws:iam::111122223333:oidc-provider/ISSUER-WITHOUT-HTTPS`",
        ),
        _ => (
            "not a service principal",
            "write the service principal, such as `ec2.amazonaws.com`",
        ),
    };
    Said {
        code: Code::known("policy/principal-form"),
        message: format!("{} is no `{kind}` principal", quoted(found)),
        label,
        help: help.to_owned(),
    }
}

fn a_policy(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Boundary => "a permissions boundary",
        PolicyKind::Identity => "a permissions policy",
        PolicyKind::Resource => "a resource's policy",
        PolicyKind::ResourceControl => "a resource control policy",
        PolicyKind::ServiceControl => "a service control policy",
        PolicyKind::Session => "a session policy",
        PolicyKind::Trust => "a trust policy",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow, places};
    use crate::policy::PolicyKind as K;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn each_refusal_has_its_place() {
        let own = |field: &str, value: Value| {
            let mut statement = allow("s3:GetObject", "*");
            statement[field] = value;
            statement
        };
        let trust = |field: &str, value: Value| {
            let mut statement = json!({
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "111122223333" },
            });
            statement[field] = value;
            statement
        };
        for (kind, code, statement, place) in [
            (
                K::Identity,
                "action-form",
                own("Action", json!(["s3:GetObject", "GetObject"])),
                "\"GetObject\"",
            ),
            (
                K::Identity,
                "action-form",
                own("Action", json!("s3*:GetObject")),
                "\"s3*:GetObject\"",
            ),
            (
                K::Trust,
                "action-form",
                trust("Action", json!("s3:GetObject")),
                "\"s3:GetObject\"",
            ),
            (
                K::Trust,
                "action-form",
                trust("Action", json!("*")),
                "\"*\"",
            ),
            (
                K::Trust,
                "missing-principal",
                json!({ "Effect": "Allow", "Action": "sts:AssumeRole" }),
                "{",
            ),
            (
                K::Identity,
                "missing-resource",
                json!({ "Effect": "Allow", "Action": "s3:GetObject" }),
                "{",
            ),
            (
                K::Identity,
                "principal-misplaced",
                own("Principal", json!("*")),
                "\"*\"",
            ),
            (
                K::Trust,
                "principal-form",
                trust("Principal", json!({ "AWS": "ana" })),
                "\"ana\"",
            ),
            (
                K::Trust,
                "principal-form",
                trust("Principal", json!({ "Service": "ec2" })),
                "\"ec2\"",
            ),
            (
                K::Identity,
                "resource-form",
                own("Resource", json!(["*", "my-app"])),
                "\"my-app\"",
            ),
            (
                K::Trust,
                "resource-misplaced",
                trust("Resource", json!("*")),
                "\"*\"",
            ),
            (
                K::Identity,
                "statement-id",
                own("Sid", json!("push images")),
                "{",
            ),
        ] {
            let code = format!("policy/{code}");
            assert_eq!(
                places(&code, kind, &statement),
                [place],
                "{code}: {statement}"
            );
        }
        assert_eq!(places("policy/no-statement", K::Identity, &json!([])), [""]);
        let named = own("Sid", json!("a"));
        assert_eq!(
            places("policy/statement-id", K::Identity, &json!([named, named])),
            ["{"]
        );
    }

    #[test]
    fn all_are_told_at_once() {
        let statements = json!([
            { "Effect": "Allow", "Action": "GetObject" },
            { "Effect": "Allow", "Action": "GetObject", "Resource": "x" },
        ]);
        assert_eq!(
            places("policy/action-form", K::Identity, &statements).len(),
            2
        );
        assert_eq!(
            places("policy/missing-resource", K::Identity, &statements).len(),
            1
        );
        assert_eq!(
            places("policy/resource-form", K::Identity, &statements).len(),
            1
        );
    }

    #[test]
    fn what_iam_takes_is_silent() {
        let good = allow("s3:GetObject", "arn:aws:s3:::bucket/*");
        for code in [
            "action-form",
            "resource-form",
            "missing-resource",
            "principal-misplaced",
        ] {
            assert!(places(&format!("policy/{code}"), K::Identity, &good).is_empty());
        }
    }
}
