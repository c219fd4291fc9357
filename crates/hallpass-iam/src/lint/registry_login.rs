//! `permissions/registry-login-limited`, `permissions/registry-login-missing`: a registry that the role
//! may push to and cannot log in to.
//!
//! Source: Service Authorization Reference, "Actions defined by Amazon Elastic Container Registry":
//! `GetAuthorizationToken` has no resource types; Amazon ECR User Guide, "Private registry
//! authentication".

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::cover::action_within;
use super::registry::{LOGIN, PULL, PUSH, Reach};
use super::say::{found, quoted};
use super::seen::Seen;
use crate::policy::PolicyKind;
use crate::syntax::{Statement, Text};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    if !seen.is_own() || Reach::new(seen.document).allows(LOGIN, "*") {
        return;
    }
    let mut is_said = false;
    for statement in seen.allows() {
        let named = actions(statement).find(|action| action_within(LOGIN, &action.text));
        if let (Some(action), Some(resource)) = (named, &statement.resource)
            && !resource.is_negated
        {
            is_said = true;
            findings.push(limited(
                action,
                Label::new(resource.span, "it takes `*` alone"),
            ));
        }
    }
    let mut used = seen.allows().flat_map(actions);
    let image = used.find(|action| {
        PUSH.iter()
            .chain(&PULL)
            .any(|it| action_within(it, &action.text))
    });
    if let (Some(action), false) = (image, is_said) {
        findings.push(missing(seen.kind, action));
    }
}

/// The actions that a statement names.
fn actions(statement: &Statement) -> impl Iterator<Item = &Text> {
    let element = statement.action.iter().filter(|it| !it.is_negated);
    element.flat_map(|it| &it.value)
}

fn limited(action: &Text, place: Label) -> Finding {
    let mut finding = found(
        Code::known("permissions/registry-login-limited"),
        Severity::Error,
        format!(
            "the registry login that {} names is limited to resources, and has none",
            quoted(&action.text)
        ),
        place,
        format!("give `{LOGIN}` a statement of its own with `\"Resource\": \"*\"`"),
    );
    finding.related = vec![Label::new(action.span, "")];
    finding.notes = vec![format!(
        "the login fails: `not authorized to perform: {LOGIN} on resource: *`"
    )];
    finding
}

fn missing(kind: PolicyKind, action: &Text) -> Finding {
    // What caps must itself name it; beside another policy of the role may do so.
    let (confidence, note) = match kind {
        PolicyKind::Boundary | PolicyKind::Session => {
            (Confidence::High, "the policy caps what others grant")
        }
        PolicyKind::Identity
        | PolicyKind::Resource
        | PolicyKind::ResourceControl
        | PolicyKind::ServiceControl
        | PolicyKind::Trust => (
            Confidence::Medium,
            "another policy of the role may grant it",
        ),
    };
    let mut finding = found(
        Code::known("permissions/registry-login-missing"),
        Severity::Warning,
        format!("images may be moved, and `{LOGIN}` is not allowed"),
        Label::new(action.span, "of no use without a login"),
        format!("allow `{LOGIN}` on `*`"),
    );
    finding.confidence = confidence;
    finding.notes = vec![note.to_owned()];
    finding
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow, places};
    use crate::policy::PolicyKind::{Boundary, Identity, Resource};

    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:1:repository/a";

    #[test]
    fn a_login_takes_no_repository() {
        let code = "permissions/registry-login-limited";
        for action in [
            json!("ecr:GetAuthorizationToken"),
            json!(["ecr:PutImage", "ecr:*"]),
            json!("*"),
        ] {
            let found = places(code, Identity, &allow(action.clone(), REPOSITORY));
            assert_eq!(found, [format!("\"{REPOSITORY}\"")], "{action}");
        }
        let both = json!([
            allow("ecr:*", REPOSITORY),
            allow("ecr:GetAuthorizationToken", "*")
        ]);
        assert!(places(code, Identity, &both).is_empty());
    }

    #[test]
    fn a_push_needs_a_login() {
        let code = "permissions/registry-login-missing";
        for kind in [Identity, Boundary] {
            assert_eq!(
                places(code, kind, &allow("ecr:PutImage", REPOSITORY)),
                ["\"ecr:PutImage\""]
            );
        }
        for statement in [
            allow("ecr:*", "*"),
            allow("s3:*", "*"),
            allow("ecr:DescribeImages", "*"),
        ] {
            assert!(places(code, Identity, &statement).is_empty(), "{statement}");
        }
        let of_repository =
            json!({ "Effect": "Allow", "Principal": "*", "Action": "ecr:PutImage" });
        assert!(places(code, Resource, &of_repository).is_empty());
    }
}
