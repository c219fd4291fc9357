//! `policy/resource-not-for-action`: resources that the action is never about.
//!
//! Source: Service Authorization Reference, as `crate::services` has it: an action without resource types
//! "must specify all resources (`*`)".

use hallpass_diag::{Code, Finding, Label, Severity};

use super::registry::LOGIN;
use super::say::{found, quoted};
use super::seen::Seen;
use super::unknown_action::age;
use crate::arn::ArnPattern;
use crate::context::Context;
use crate::pattern::Pattern;
use crate::services::{Action, service};
use crate::syntax::{Element, Text};
use crate::variable::Special;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let (Some(actions), Some(resources)) = (&statement.action, &statement.resource) else {
            continue;
        };
        if actions.is_negated || resources.is_negated {
            continue;
        }
        for action in actions
            .value
            .iter()
            .filter(|text| !text.text.contains(['*', '?']))
        {
            if let [known] = seen.expand(&action.text).actions() {
                findings.extend(finding(seen, action, known, resources));
            }
        }
    }
}

fn finding(
    seen: &Seen<'_>,
    text: &Text,
    action: &Action,
    resources: &Element<Vec<Text>>,
) -> Option<Finding> {
    let special = Special {
        wildcards: true,
        variables: seen.has_variables(),
    };
    let is_anything = |resource: &Text| {
        ArnPattern::of_resource(&resource.text, special).matches("*", &Context::new())
    };
    let is_spared = |resource: &Text| is_anything(resource) || is_all_of(action, &resource.text);
    if text.text.eq_ignore_ascii_case(LOGIN) || resources.value.iter().any(is_spared) {
        return None;
    }
    let code = Code::known("policy/resource-not-for-action");
    let label = Label::new(text.span, "never on these resources");
    let mut finding = if action.resource_types().is_empty() {
        let message = format!(
            "{} is about no resource in particular: it takes `*` alone",
            quoted(&text.text)
        );
        let help = "give it a statement of its own with `\"Resource\": \"*\"`";
        found(code, Severity::Warning, message, label, help)
    } else {
        let owners = owners(action);
        let fits = |resource: &Text| {
            let owner = resource.text.split(':').nth(2);
            owner.is_none_or(|owner| {
                let pattern = Pattern::new(owner, special);
                owners
                    .iter()
                    .any(|known| pattern.matches(known, &Context::new()))
            })
        };
        if owners.is_empty() || resources.value.iter().any(fits) {
            return None;
        }
        let message = format!(
            "{} is about resources of {}, and none is named",
            quoted(&text.text),
            owners.join(" and ")
        );
        let help = format!("name ARNs such as `{}`", form(action).unwrap_or("*"));
        found(code, Severity::Warning, message, label, help)
    };
    finding.related = vec![Label::new(resources.span, "")];
    finding.notes = vec![age()];
    Some(finding)
}

/// Whether the pattern is for all resources of the action's service. AWS's own examples write
/// `arn:aws:s3:::*` for `s3:ListAllMyBuckets`, and it does.
fn is_all_of(action: &Action, resource: &str) -> bool {
    let segments: Vec<&str> = resource.splitn(6, ':').collect();
    matches!(segments.as_slice(), [_, _, service, _, _, "*"] if *service == action.service())
}

/// The services whose resources the action is about; none where one of them may be any.
fn owners(action: &Action) -> Vec<&'static str> {
    let mut owners = Vec::new();
    for form in forms(action) {
        match form.split(':').nth(2) {
            Some(owner) if !owner.contains(['$', '*']) => owners.push(owner),
            _ => return Vec::new(),
        }
    }
    owners.sort_unstable();
    owners.dedup();
    owners
}

fn form(action: &Action) -> Option<&'static str> {
    forms(action).next()
}

/// The forms of the ARNs that the action is about.
fn forms(action: &Action) -> impl Iterator<Item = &'static str> {
    let types = action.resource_types().iter();
    let of = |name: &str| service(action.service())?.resource_type(name);
    types.filter_map(move |target| of(target.name()).map(crate::services::ResourceType::arn))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow, places};
    use crate::policy::PolicyKind::Identity;

    #[test]
    fn actions_and_the_resources_that_they_are_about() {
        let repository = "arn:aws:ecr:us-east-1:1:repository/a";
        for (action, resource, is_found) in [
            (
                "ec2:DescribeInstances",
                json!("arn:aws:ec2:us-east-1:1:instance/i-1"),
                true,
            ),
            ("ec2:DescribeInstances", json!("*"), false),
            ("ec2:DescribeInstances", json!([repository, "*"]), false),
            ("s3:ListAllMyBuckets", json!("arn:aws:s3:::*"), false),
            ("ecr:PutImage", json!("arn:aws:s3:::bucket"), true),
            (
                "ecr:PutImage",
                json!(["arn:aws:s3:::bucket", repository]),
                false,
            ),
            ("ecr:PutImage", json!("arn:aws:*:*:*:*"), false),
            ("ecr:GetAuthorizationToken", json!(repository), false),
            ("ecr:*", json!("arn:aws:s3:::bucket"), false),
            ("brandnew:Do", json!(repository), false),
        ] {
            let places = places(
                "policy/resource-not-for-action",
                Identity,
                &allow(action, resource.clone()),
            );
            assert_eq!(!places.is_empty(), is_found, "{action} {resource}");
        }
    }
}
