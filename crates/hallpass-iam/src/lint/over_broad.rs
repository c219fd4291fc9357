//! `permissions/over-broad` and its kin: what is granted beyond any need.
//!
//! What an action pattern grants is counted from the service data, by AWS's access levels. Caps
//! (boundaries, session and service control policies) are wide by design and not judged.
//!
//! Source: IAM User Guide, "Security best practices in IAM" (least privilege), "Use policy summaries:
//! access levels", "Grant a user permissions to pass a role to an AWS service", and "`NotAction`" and
//! "`NotResource`" with `Allow`.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::cover::{action_within, is_everyone};
use super::say::{found, listed, quoted};
use super::seen::Seen;
use crate::policy::PolicyKind;
use crate::services::{AccessLevel, Action, service};
use crate::syntax::{Element, Statement, Text};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.allows() {
        match seen.kind {
            PolicyKind::Identity => own(seen, statement, findings),
            PolicyKind::Resource => findings.extend(public(statement)),
            PolicyKind::Boundary
            | PolicyKind::ResourceControl
            | PolicyKind::ServiceControl
            | PolicyKind::Session
            | PolicyKind::Trust => {}
        }
    }
}

fn own(seen: &Seen<'_>, statement: &Statement, findings: &mut Vec<Finding>) {
    let (Some(actions), Some(resources)) = (&statement.action, &statement.resource) else {
        return;
    };
    if actions.is_negated {
        findings.push(all_but("NotAction", actions));
        return;
    }
    if resources.is_negated {
        findings.push(all_but("NotResource", resources));
    }
    let any = resources
        .value
        .iter()
        .find(|text| text.text == "*" && !resources.is_negated);
    let wide: Vec<Finding> = actions
        .value
        .iter()
        .filter_map(|action| wide_action(seen, action, any.is_some()))
        .collect();
    let is_wide = !wide.is_empty();
    findings.extend(wide);
    let Some(any) = any else {
        return;
    };
    findings.extend(pass_role(statement, actions, any));
    findings.extend(assume_role(actions, any));
    // Of an action that is too wide enough has been said.
    if !is_wide && statement.conditions.is_empty() {
        findings.extend(any_resource(seen, statement, any));
    }
}

fn all_but(name: &str, element: &Element<Vec<Text>>) -> Finding {
    found(
        Code::known("permissions/allow-all-but"),
        Severity::Warning,
        format!("`{name}` under `Allow` grants all but what it lists, and what AWS will add"),
        Label::new(element.span, "all but these"),
        "list what is to be allowed, or deny these in a statement of their own",
    )
}

/// An action pattern that takes in a whole service, or rights over rights.
fn wide_action(seen: &Seen<'_>, action: &Text, is_any_resource: bool) -> Option<Finding> {
    let code = Code::known("permissions/over-broad");
    if action_within("*:*", &action.text) || action.text == "*" {
        let message = if is_any_resource {
            "the policy allows everything: who has it is an administrator"
        } else {
            "the policy allows every action on these resources"
        };
        let label = Label::new(action.span, "every action of every service");
        let help =
            "name the actions that are used; `hallpass policy tighten` writes them from a log";
        return Some(found(code, Severity::Warning, message, label, help));
    }
    let actions = seen.expand(&action.text).actions();
    let rights: Vec<String> = actions
        .iter()
        .filter(|action| action.access_level() == AccessLevel::PermissionsManagement)
        .map(ToString::to_string)
        .collect();
    let is_service = action.text.ends_with(":*");
    let is_pattern = action.text.contains(['*', '?']);
    if actions.is_empty() || !is_pattern || !is_service && rights.is_empty() {
        return None;
    }
    let count = actions.len();
    let mut finding = found(
        code,
        Severity::Warning,
        format!("{} allows {count} actions", quoted(&action.text)),
        Label::new(action.span, levels(actions)),
        "name the actions that are used; `hallpass policy tighten` writes them from a log",
    );
    if !rights.is_empty() {
        let rights: Vec<&str> = rights.iter().map(String::as_str).collect();
        finding.notes = vec![format!(
            "among them are such that change who may do what: {}",
            listed(&rights)
        )];
    }
    Some(finding)
}

/// `12 read, 3 write`.
fn levels(actions: &[&Action]) -> String {
    let levels = [
        AccessLevel::List,
        AccessLevel::Read,
        AccessLevel::Tagging,
        AccessLevel::Write,
        AccessLevel::PermissionsManagement,
    ];
    let counted = levels.iter().filter_map(|level| {
        let count = actions
            .iter()
            .filter(|action| action.access_level() == *level)
            .count();
        (count > 0).then(|| format!("{count} {level}"))
    });
    counted.collect::<Vec<String>>().join(", ")
}

fn pass_role(statement: &Statement, actions: &Element<Vec<Text>>, any: &Text) -> Option<Finding> {
    let action = actions
        .value
        .iter()
        .find(|it| it.text.eq_ignore_ascii_case("iam:PassRole"))?;
    let is_bound = statement
        .conditions
        .iter()
        .any(|condition| condition.key.eq_ignore_ascii_case("iam:PassedToService"));
    let mut finding = found(
        Code::known("permissions/pass-any-role"),
        Severity::Warning,
        "`iam:PassRole` on `*` lets any role of the account be given to a service, an administrator's, too",
        Label::new(any.span, "any role"),
        "name the roles that may be passed, and the service with `iam:PassedToService`",
    );
    finding.related = vec![Label::new(action.span, "")];
    if is_bound {
        finding.confidence = Confidence::Medium;
    }
    Some(finding)
}

fn assume_role(actions: &Element<Vec<Text>>, any: &Text) -> Option<Finding> {
    let action = actions
        .value
        .iter()
        .find(|it| it.text.eq_ignore_ascii_case("sts:AssumeRole"))?;
    let mut finding = found(
        Code::known("permissions/assume-any-role"),
        Severity::Warning,
        "`sts:AssumeRole` on `*` leads to each role that trusts the account",
        Label::new(any.span, "any role of any account"),
        "name the roles that are assumed",
    );
    finding.related = vec![Label::new(action.span, "")];
    Some(finding)
}

/// `*` where each action of the statement could be limited.
fn any_resource(seen: &Seen<'_>, statement: &Statement, any: &Text) -> Option<Finding> {
    let actions = seen.actions(statement);
    let changes = |action: &&Action| match action.access_level() {
        AccessLevel::List | AccessLevel::Read => false,
        AccessLevel::PermissionsManagement | AccessLevel::Tagging | AccessLevel::Write => true,
    };
    let is_limitable = |action: &&Action| {
        action
            .resource_types()
            .iter()
            .any(crate::services::Target::is_required)
    };
    let has_own_rule = |action: &&Action| matches!(action.name(), "AssumeRole" | "PassRole");
    let found_actions: Vec<&&Action> = actions
        .iter()
        .filter(|action| changes(action) && is_limitable(action) && !has_own_rule(action))
        .collect();
    let first = found_actions.first()?;
    let names: Vec<String> = found_actions.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut finding = found(
        Code::known("permissions/any-resource"),
        Severity::Warning,
        format!("{} may change anything of the account", listed(&names)),
        Label::new(any.span, "any resource"),
        format!(
            "name the resources, as in `{}`",
            form(first).unwrap_or("arn:...")
        ),
    );
    finding.confidence = Confidence::Medium;
    Some(finding)
}

/// The form of the ARNs that an action is about.
fn form(action: &Action) -> Option<&'static str> {
    let mut targets = action.resource_types().iter();
    let target = targets.find(|target| target.is_required())?;
    let kind = service(action.service())?.resource_type(target.name())?;
    Some(kind.arn())
}

/// A resource that everybody may use.
fn public(statement: &Statement) -> Option<Finding> {
    let principal = statement.principal.as_ref()?;
    if principal.is_negated {
        return Some(found(
            Code::known("permissions/public"),
            Severity::Error,
            "`NotPrincipal` under `Allow` lets in everybody but those whom it lists, strangers, too",
            Label::new(principal.span, "all but these"),
            "list who is to be let in under `Principal`",
        ));
    }
    (is_everyone(&principal.value) && statement.conditions.is_empty()).then(|| {
        found(
            Code::known("permissions/public"),
            Severity::Warning,
            "everybody may use the resource, whatever their account",
            Label::new(principal.span, "everybody"),
            "name the accounts or roles, or add a condition such as on `aws:PrincipalOrgID`",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow, places, said};
    use crate::policy::PolicyKind::{Boundary, Identity, Resource};

    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:1:repository/a";

    fn found(code: &str, statement: &Value) -> Vec<String> {
        places(&format!("permissions/{code}"), Identity, statement)
    }

    #[test]
    fn patterns_that_take_in_too_much() {
        for action in ["*", "*:*", "ecr:*", "iam:*", "iam:Put*", "s3:Put*"] {
            let statement = allow(action, REPOSITORY);
            assert_eq!(found("over-broad", &statement), [format!("\"{action}\"")]);
            assert!(places("permissions/over-broad", Boundary, &statement).is_empty());
        }
        for action in [
            "ecr:PutImage",
            "ecr:Get*",
            "ecr:Describe*",
            "brandnew:*",
            "s3:PutBucketPolicy",
        ] {
            assert!(
                found("over-broad", &allow(action, REPOSITORY)).is_empty(),
                "{action}"
            );
        }
        let rights = said("permissions/over-broad", Identity, &allow("ecr:*", "*"));
        assert!(rights.contains("`ecr:SetRepositoryPolicy`"), "{rights}");
    }

    #[test]
    fn any_resource_for_actions_that_could_be_limited() {
        assert_eq!(
            found("any-resource", &allow("ecr:PutImage", "*")),
            ["\"*\""]
        );
        for statement in [
            allow("ecr:PutImage", REPOSITORY),
            allow("ecr:GetAuthorizationToken", "*"),
            allow("ecr:BatchGetImage", "*"),
            allow("ecr:*", "*"),
        ] {
            assert!(found("any-resource", &statement).is_empty(), "{statement}");
        }
    }

    #[test]
    fn roles_by_name() {
        assert_eq!(
            found("pass-any-role", &allow(json!(["iam:passrole"]), "*")),
            ["\"*\""]
        );
        assert_eq!(
            found("assume-any-role", &allow("sts:AssumeRole", "*")),
            ["\"*\""]
        );
        let role = "arn:aws:iam::111122223333:role/x";
        assert!(found("pass-any-role", &allow("iam:PassRole", role)).is_empty());
        assert!(found("assume-any-role", &allow("sts:AssumeRole", role)).is_empty());
    }

    #[test]
    fn all_but_a_list() {
        let not_action = json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" });
        assert_eq!(found("allow-all-but", &not_action), ["\"iam:*\""]);
        let not_resource =
            json!({ "Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b" });
        assert_eq!(
            found("allow-all-but", &not_resource),
            ["\"arn:aws:s3:::b\""]
        );
        let deny = json!({ "Effect": "Deny", "NotAction": "iam:*", "Resource": "*" });
        assert!(found("allow-all-but", &deny).is_empty());
    }

    #[test]
    fn a_resource_for_everybody() {
        let of = |name: &str, principal: Value| json!({ "Effect": "Allow", name: principal, "Action": "ecr:BatchGetImage" });
        let found = |statement: &Value| places("permissions/public", Resource, statement).len();
        assert_eq!(found(&of("Principal", json!("*"))), 1);
        assert_eq!(found(&of("Principal", json!({ "AWS": ["*"] }))), 1);
        assert_eq!(
            found(&of("NotPrincipal", json!({ "AWS": "111122223333" }))),
            1
        );
        assert_eq!(found(&of("Principal", json!({ "AWS": "111122223333" }))), 0);
        let mut bound = of("Principal", json!("*"));
        bound["Condition"] = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
        assert_eq!(found(&bound), 0);
    }
}
