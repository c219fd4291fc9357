//! `permissions/push-action-missing`, `permissions/pull-action-missing`: a push or pull that begins and
//! does not end.
//!
//! Source: Amazon ECR User Guide, "IAM permissions for pushing an image to a private repository"; Amazon
//! ECR API Reference (each action's "is used by the Amazon ECR proxy"); OCI Distribution Specification,
//! "Push".

use hallpass_diag::{Code, Finding, Label, Severity};

use super::registry::{PULL, PUSH, Reach, repository};
use super::say::{found, listed, quoted};
use super::seen::Seen;
use crate::syntax::{Statement, Text};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    if !seen.is_own() {
        return;
    }
    let reach = Reach::new(seen.document);
    let mut judged: Vec<&str> = Vec::new();
    for statement in seen.allows() {
        for resource in resources(statement) {
            if judged.contains(&resource.text.as_str()) || judged.len() == MOST_RESOURCES {
                continue;
            }
            judged.push(&resource.text);
            if let Some(repository) = repository(&resource.text) {
                let place = (statement, resource);
                findings.extend(judge(&reach, place, &repository));
            }
        }
    }
}

fn resources(statement: &Statement) -> impl Iterator<Item = &Text> {
    let element = statement.resource.iter().filter(|it| !it.is_negated);
    element.flat_map(|it| &it.value)
}

fn judge(reach: &Reach, place: (&Statement, &Text), repository: &str) -> Option<Finding> {
    let allowed = |action: &&&str| reach.allows(action, repository);
    let missing_of = |actions: &'static [&'static str]| -> Vec<&'static str> {
        let missing = actions
            .iter()
            .filter(|action| !reach.allows(action, repository));
        missing.copied().collect()
    };
    // The first action of a push belongs to a pull as well: it alone begins none.
    let is_push = PUSH.iter().skip(1).filter(allowed).count() > 0;
    let is_pull = PULL.iter().filter(allowed).count() > 0;
    let (missing_push, missing_pull) = (missing_of(&PUSH), missing_of(&PULL));
    match (missing_push.first(), missing_pull.first()) {
        (Some(first), _) if is_push => Some(push(place, &missing_push, first)),
        (_, Some(first)) if is_pull => Some(pull(place, &missing_pull, first)),
        _ => None,
    }
}

fn push((statement, resource): (&Statement, &Text), missing: &[&str], first: &str) -> Finding {
    let (step, message) = match first {
        "ecr:BatchCheckLayerAvailability" => (
            "when it asks which layers are there",
            "`403 Forbidden` to a HEAD request, which has no text".to_owned(),
        ),
        "ecr:InitiateLayerUpload" => ("when it begins to send a layer", denied(first)),
        "ecr:UploadLayerPart" => ("while it sends a layer", denied(first)),
        "ecr:CompleteLayerUpload" => ("when a layer has been sent", denied(first)),
        _ => ("at its end, when it sends the manifest", denied(first)),
    };
    let mut finding = found(
        Code::known("permissions/push-action-missing"),
        Severity::Error,
        format!(
            "a push to {} is begun and cannot end: {} {} missing",
            quoted(&resource.text),
            listed(missing),
            is_or_are(missing)
        ),
        place(statement),
        format!("add {}", listed(missing)),
    );
    finding.related = vec![Label::new(resource.span, "for this")];
    finding.notes = vec![format!("`docker push` fails {step}, with {message}")];
    finding
}

fn pull((statement, resource): (&Statement, &Text), missing: &[&str], first: &str) -> Finding {
    let step = match first {
        "ecr:BatchGetImage" => "when it asks for the manifest",
        _ => "when it fetches the first layer",
    };
    let mut finding = found(
        Code::known("permissions/pull-action-missing"),
        Severity::Warning,
        format!(
            "a pull from {} is begun and cannot end: {} {} missing",
            quoted(&resource.text),
            listed(missing),
            is_or_are(missing)
        ),
        place(statement),
        format!("add {}", listed(missing)),
    );
    finding.related = vec![Label::new(resource.span, "for this")];
    finding.notes = vec![format!(
        "`docker pull` fails {step}, with {}",
        denied(first)
    )];
    finding
}

fn denied(action: &str) -> String {
    format!("`denied: User: ... is not authorized to perform: {action} on resource: ...`")
}

fn is_or_are(words: &[&str]) -> &'static str {
    if words.len() == 1 { "is" } else { "are" }
}

fn place(statement: &Statement) -> Label {
    let span = statement
        .action
        .as_ref()
        .map_or(statement.span, |element| element.span);
    Label::new(span, "not all that it needs")
}

// More than a policy that IAM stores has room for.
const MOST_RESOURCES: usize = 300;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::registry::{PULL, PUSH};
    use super::super::tried::{allow, places, said};
    use crate::policy::PolicyKind::Identity;

    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:1:repository/a";

    fn without(left_out: &str) -> Value {
        let kept: Vec<&str> = PUSH
            .into_iter()
            .filter(|action| *action != left_out)
            .collect();
        allow(json!(kept), REPOSITORY)
    }

    #[test]
    fn each_action_of_a_push_is_missed() {
        for action in PUSH {
            let said = said(
                "permissions/push-action-missing",
                Identity,
                &without(action),
            );
            assert!(said.starts_with("error: "), "{said}");
            assert!(said.ends_with(&format!("add `{action}`")), "{said}");
        }
    }

    #[test]
    fn a_whole_push_over_several_statements_is_silent() {
        let rest = |action: &str| {
            json!([
                without(action),
                allow(action, "arn:aws:ecr:*:*:repository/*")
            ])
        };
        let code = "permissions/push-action-missing";
        // The wide statement alone is a push that cannot end.
        let places_of = |action: &str| places(code, Identity, &rest(action));
        assert_eq!(places_of("ecr:PutImage"), ["\"ecr:PutImage\""]);
        assert!(places_of("ecr:BatchCheckLayerAvailability").is_empty());
        assert!(places(code, Identity, &allow("ecr:*", "*")).is_empty());
        assert!(
            places(
                code,
                Identity,
                &allow("ecr:BatchCheckLayerAvailability", "*")
            )
            .is_empty()
        );
        assert!(places(code, Identity, &allow("s3:PutObject", "*")).is_empty());
    }

    #[test]
    fn a_pull_needs_both() {
        let code = "permissions/pull-action-missing";
        for action in PULL {
            assert_eq!(
                places(code, Identity, &allow(action, REPOSITORY)).len(),
                1,
                "{action}"
            );
        }
        assert!(places(code, Identity, &allow(json!(PULL), REPOSITORY)).is_empty());
        let checked = allow("ecr:BatchGetImage", "arn:aws:s3:::b");
        assert!(places(code, Identity, &checked).is_empty());
    }

    #[test]
    fn conditions_are_taken_as_met() {
        let mut statement = allow(json!(PUSH), REPOSITORY);
        statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "x" } });
        assert!(places("permissions/push-action-missing", Identity, &statement).is_empty());
    }
}
