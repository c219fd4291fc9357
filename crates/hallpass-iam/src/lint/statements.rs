//! `policy/unreachable-statement`, `policy/redundant-statement`: statements that change nothing.
//!
//! Source: IAM User Guide, "Policy evaluation logic": a `Deny` that applies wins over each `Allow`, and
//! one `Allow` is enough.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::cover::{covers, has_same_conditions};
use super::say::{found, name_of};
use super::seen::Seen;
use crate::syntax::{Effect, Statement};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let statements = seen.document.statements();
    for (number, statement) in statements.iter().enumerate() {
        let others = || {
            let others = statements.iter().enumerate();
            others.filter(|(other, _)| *other != number)
        };
        let denying = others().find(|(_, other)| denies_all_of(other, statement));
        if let Some((other, deny)) = denying {
            findings.push(unreachable((number, statement), (other, deny)));
            continue;
        }
        let doubling = others().find(|(other, wide)| {
            // Of two that say the same, the later is one too many.
            is_doubled(wide, statement) && (*other < number || !is_doubled(statement, wide))
        });
        if let Some((other, wide)) = doubling {
            findings.push(redundant((number, statement), (other, wide)));
        }
    }
}

fn denies_all_of(deny: &Statement, allow: &Statement) -> bool {
    deny.effect == Effect::Deny
        && allow.effect == Effect::Allow
        && deny.conditions.is_empty()
        && covers(deny, allow)
}

fn is_doubled(wide: &Statement, narrow: &Statement) -> bool {
    wide.effect == narrow.effect
        && (wide.conditions.is_empty() || has_same_conditions(wide, narrow))
        && covers(wide, narrow)
}

type Numbered<'a> = (usize, &'a Statement);

fn unreachable((number, statement): Numbered<'_>, (other, deny): Numbered<'_>) -> Finding {
    let (name, denying) = (name_of(statement, number), name_of(deny, other));
    let mut finding = found(
        Code::known("policy/unreachable-statement"),
        Severity::Warning,
        format!("{name} allows nothing: {denying} denies all of it, without a condition"),
        place(statement, "allowed here"),
        "remove the statement, or narrow the one that denies",
    );
    finding.related = vec![place(deny, "and denied here")];
    finding
}

fn redundant((number, statement): Numbered<'_>, (other, wide): Numbered<'_>) -> Finding {
    let (name, wider) = (name_of(statement, number), name_of(wide, other));
    let mut finding = found(
        Code::known("policy/redundant-statement"),
        Severity::Note,
        format!("{name} adds nothing to {wider}"),
        place(statement, "said again"),
        "remove it, or narrow the other if that was meant",
    );
    finding.related = vec![place(wide, "said here")];
    finding
}

/// The actions: a whole statement would fill the screen.
fn place(statement: &Statement, text: &str) -> Label {
    let span = statement
        .action
        .as_ref()
        .map_or(statement.span, |element| element.span);
    Label::new(span, text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow, allow_if, places, said};
    use crate::policy::PolicyKind::{Identity, Resource};

    fn deny(mut statement: Value) -> Value {
        statement["Effect"] = json!("Deny");
        statement
    }

    #[test]
    fn an_allow_that_a_deny_takes_back() {
        let code = "policy/unreachable-statement";
        let push = || allow("ecr:PutImage", "arn:aws:ecr:us-east-1:1:repository/a");
        let all = json!([push(), deny(allow("ecr:*", "*"))]);
        assert_eq!(places(code, Identity, &all), ["\"ecr:PutImage\""]);
        assert!(
            said(code, Identity, &all).contains("statement 0 allows nothing: statement 1 denies")
        );
        for other in [
            deny(allow("ecr:Get*", "*")),
            deny(allow("ecr:*", "arn:aws:ecr:us-east-1:1:repository/b")),
            deny(allow_if(
                "ecr:*",
                json!({ "Bool": { "aws:SecureTransport": "false" } }),
            )),
            allow("ecr:*", "*"),
        ] {
            assert!(places(code, Identity, &json!([push(), other])).is_empty());
        }
    }

    #[test]
    fn a_statement_that_another_holds() {
        let code = "policy/redundant-statement";
        let (wide, narrow) = (
            allow("ecr:*", "*"),
            allow(json!(["ecr:PutImage", "ecr:Get*"]), "arn:aws:ecr:::x"),
        );
        assert_eq!(
            places(code, Identity, &json!([narrow, wide])),
            ["[\"ecr:PutImage\",\"ecr:Get*\"]"]
        );
        let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
        let (bound, free) = (allow_if("ecr:*", mfa), allow("ecr:PutImage", "*"));
        assert!(places(code, Identity, &json!([bound, free])).is_empty());
        assert_eq!(places(code, Identity, &json!([bound, bound])).len(), 1);
    }

    #[test]
    fn principals_count() {
        let of = |account: &str, action: &str| json!({ "Effect": "Allow", "Principal": { "AWS": account }, "Action": action });
        let code = "policy/redundant-statement";
        let pair = |a: &str, b: &str| json!([of(a, "ecr:*"), of(b, "ecr:PutImage")]);
        assert_eq!(
            places(code, Resource, &pair("111122223333", "111122223333")).len(),
            1
        );
        assert_eq!(places(code, Resource, &pair("*", "111122223333")).len(), 1);
        assert!(places(code, Resource, &pair("111122223333", "*")).is_empty());
    }
}
