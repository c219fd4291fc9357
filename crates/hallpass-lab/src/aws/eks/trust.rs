//! The trust that a role puts into Pod Identity.
//!
//! Source: Amazon EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity".

use hallpass_iam::{Decision, Outcome, Policy, PolicyKind};
use serde_json::Value;

use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::store::records::Role;

/// The service that assumes the roles of pods.
pub(crate) const PODS: &str = "pods.eks.amazonaws.com";

/// The decision of a role's trust policy on EKS, which acts for the lab's cluster.
pub(crate) fn decide_service(call: &mut Call, wanted: Wanted<'_>) -> Decision {
    let world = &call.world;
    let cluster = world.identity.cluster_arn();
    let account = world.identity.account.to_string();
    let wanted = wanted
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:PrincipalServiceName", PODS)
        .with("aws:SourceArn", cluster)
        .with("aws:SourceAccount", account);
    call.decide_service(PODS, &wanted)
}

/// Whether the role could ever be assumed for a pod: conditions aside, which may ask for what is known
/// of a pod only.
pub(super) fn is_for_pods(call: &mut Call, role: &Role, arn: &str, has_tags: bool) -> bool {
    let trust = unconditional(role.trust.as_str());
    let actions: &[&str] = if has_tags {
        &["sts:AssumeRole", "sts:TagSession"]
    } else {
        &["sts:AssumeRole"]
    };
    actions.iter().all(|action| {
        let wanted = Wanted::new(action, arn).under(Some(&trust));
        decide_service(call, wanted).outcome() == Outcome::Allow
    })
}

/// The policy with each `Allow` freed of its conditions, and without each `Deny` that has some.
fn unconditional(text: &str) -> Policy {
    let mut document: Value = serde_json::from_str(text).unwrap_or_default();
    let single = document
        .get("Statement")
        .filter(|it| it.is_object())
        .cloned();
    if let (Some(single), Some(fields)) = (single, document.as_object_mut()) {
        fields.insert("Statement".to_owned(), Value::Array(vec![single]));
    }
    if let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) {
        let is_deny = |statement: &Value| statement.get("Effect") == Some(&Value::from("Deny"));
        statements.retain(|it| !(is_deny(it) && it.get("Condition").is_some()));
        for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
            statement.remove("Condition");
        }
    }
    Policy::parse("trust policy", PolicyKind::Trust, &document.to_string())
        .unwrap_or_else(|_| Policy::empty(PolicyKind::Trust))
}
