//! `policy/unknown-service`, `policy/unknown-action`: actions that AWS does not list.
//!
//! Source: Service Authorization Reference, as `crate::services` has it. The data ages: what is not in it
//! may exist, so these are warnings at most, and of a service that is not in it nothing is said.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::services::{self, Expansion, Service, nearest_action, service};
use crate::syntax::Text;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let actions = statement.action.iter().flat_map(|element| &element.value);
        for action in actions.filter(|action| action.text != "*") {
            let Some((prefix, name)) = action.text.split_once(':') else {
                continue;
            };
            if prefix.is_empty() || name.is_empty() || prefix.contains(['*', '?']) {
                continue;
            }
            match seen.expand(&action.text) {
                Expansion::UnknownService { nearest } => {
                    findings.push(unknown_service(action, prefix, name, *nearest));
                }
                Expansion::Known(actions) if actions.is_empty() => {
                    findings.extend(service(prefix).map(|it| unknown_action(action, it, name)));
                }
                Expansion::Known(_) => {}
            }
        }
    }
}

fn unknown_service(
    action: &Text,
    prefix: &str,
    name: &str,
    nearest: Option<&'static str>,
) -> Finding {
    let code = Code::known("policy/unknown-service");
    let meant = nearest.and_then(service);
    // A slip of the pen, if the other service has that very action.
    let is_slip = meant.is_some_and(|service| service.action(name).is_some());
    let severity = if is_slip {
        Severity::Warning
    } else {
        Severity::Note
    };
    let help = match meant {
        Some(meant) => format!(
            "if `{}` ({}) is meant, write that; an unknown service cannot be checked",
            meant.prefix(),
            meant.name()
        ),
        None => "check the prefix; an unknown service cannot be checked".to_owned(),
    };
    let message = format!("no service with the prefix {} is known", quoted(prefix));
    let mut finding = found(
        code,
        severity,
        message,
        Label::new(action.span, "unknown service"),
        help,
    );
    finding.confidence = if is_slip {
        Confidence::High
    } else {
        Confidence::Low
    };
    finding.notes = vec![age()];
    finding
}

fn unknown_action(action: &Text, service: &Service, name: &str) -> Finding {
    let is_pattern = name.contains(['*', '?']);
    let message = if is_pattern {
        format!(
            "{} matches no known action of {}",
            quoted(&action.text),
            service.name()
        )
    } else {
        format!("{} has no known action {}", service.name(), quoted(name))
    };
    let meant = nearest_action(service, name).filter(|_| !is_pattern);
    let help = match meant {
        Some(meant) => format!("if it is meant, write `{meant}`"),
        None => format!(
            "see the actions of `{}` in the Service Authorization Reference",
            service.prefix()
        ),
    };
    let label = Label::new(action.span, "grants or denies nothing");
    let code = Code::known("policy/unknown-action");
    let mut finding = found(code, Severity::Warning, message, label, help);
    if meant.is_none() {
        finding.confidence = Confidence::Medium;
    }
    finding.notes = vec![age()];
    finding
}

/// How old the data is.
pub(super) fn age() -> String {
    format!(
        "the service data is of {}: AWS may have added it since",
        services::DATE
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow, findings, places};
    use crate::policy::PolicyKind::Identity;
    use hallpass_diag::Severity;

    #[test]
    fn a_misspelt_action_is_named_with_its_nearest() {
        let statement = allow(json!(["ecr:PutImage", "ecr:PutImag", "ecr:Pul*"]), "*");
        let places = places("policy/unknown-action", Identity, &statement);
        assert_eq!(places, ["\"ecr:PutImag\"", "\"ecr:Pul*\""]);
        let text = json!({ "Statement": statement }).to_string();
        let found = findings("policy/unknown-action", Identity, &text);
        assert_eq!(found[0].help, "if it is meant, write `ecr:PutImage`");
    }

    #[test]
    fn known_actions_are_silent_in_any_case() {
        let statement = allow(
            json!(["ECR:putimage", "ecr:*", "ecr:Get*", "*", "s3:Get?bject"]),
            "*",
        );
        assert!(places("policy/unknown-action", Identity, &statement).is_empty());
        assert!(places("policy/unknown-service", Identity, &statement).is_empty());
    }

    #[test]
    fn an_unknown_service_is_a_note_unless_another_has_that_action() {
        let severity = |action: &str| {
            let text = json!({ "Statement": allow(action, "*") }).to_string();
            findings("policy/unknown-service", Identity, &text)[0].severity
        };
        assert_eq!(severity("brandnewservice:DoIt"), Severity::Note);
        assert_eq!(severity("ecrr:PutImage"), Severity::Warning);
        assert_eq!(severity("ecrr:DoIt"), Severity::Note);
    }
}
