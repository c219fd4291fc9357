//! Roles and their bindings: what a binding names stays, and is named in full.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization"; the words of k8s.io/kubernetes'
//! `pkg/apis/rbac/validation`.

use serde_json::{Value, json};

use super::super::objects::{elements, text};
use super::super::status::Cause;

/// Gives what a binding names the API groups that are meant.
pub(super) fn complete(object: &mut Value) {
    if let Some(role) = object.get_mut("roleRef").and_then(Value::as_object_mut) {
        let group = role.entry("apiGroup").or_insert(Value::Null);
        if group.as_str().unwrap_or_default().is_empty() {
            *group = json!(GROUP);
        }
    }
    let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects.into_iter().flatten() {
        let is_person = matches!(text(subject, "/kind"), "User" | "Group");
        let has_group = !text(subject, "/apiGroup").is_empty();
        if is_person
            && !has_group
            && let Some(fields) = subject.as_object_mut()
        {
            fields.insert("apiGroup".to_owned(), json!(GROUP));
        }
    }
}

/// What a role or a binding breaks of the rules.
pub(super) fn faults(old: Option<&Value>, object: &Value) -> Vec<Cause> {
    match text(object, "/kind") {
        "ClusterRole" | "Role" => role_faults(object),
        "ClusterRoleBinding" | "RoleBinding" => binding_faults(old, object),
        _ => Vec::new(),
    }
}

fn role_faults(role: &Value) -> Vec<Cause> {
    let is_cluster_role = text(role, "/kind") == "ClusterRole";
    let has = |rule: &Value, field: &str| {
        let list = rule.get(field).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    };
    let mut causes = Vec::new();
    for (index, rule) in elements(role, "/rules").enumerate() {
        let at = |field: &str| format!("rules[{index}].{field}");
        if !has(rule, "verbs") {
            let why = "verbs must contain at least one value";
            causes.push(Cause::required(at("verbs"), why));
        }
        if has(rule, "nonResourceURLs") {
            if !is_cluster_role {
                let why = "namespaced rules cannot apply to non-resource URLs";
                causes.push(Cause::invalid(at("nonResourceURLs"), "[]", why));
            } else if has(rule, "apiGroups") || has(rule, "resources") {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                causes.push(Cause::invalid(at("nonResourceURLs"), "[]", why));
            }
            continue;
        }
        if !has(rule, "apiGroups") {
            let why = "resource rules must supply at least one api group";
            causes.push(Cause::required(at("apiGroups"), why));
        }
        if !has(rule, "resources") {
            let why = "resource rules must supply at least one resource";
            causes.push(Cause::required(at("resources"), why));
        }
    }
    causes
}

fn binding_faults(old: Option<&Value>, binding: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let kinds: &[&str] = if text(binding, "/kind") == "RoleBinding" {
        &["ClusterRole", "Role"]
    } else {
        &["ClusterRole"]
    };
    let kind = text(binding, "/roleRef/kind");
    if !kinds.contains(&kind) {
        causes.push(Cause::unsupported("roleRef.kind", kind, kinds));
    }
    let group = text(binding, "/roleRef/apiGroup");
    if group != GROUP {
        causes.push(Cause::unsupported("roleRef.apiGroup", group, &[GROUP]));
    }
    if text(binding, "/roleRef/name").is_empty() {
        causes.push(Cause::required("roleRef.name", ""));
    }
    if let Some(old) = old
        && old.get("roleRef") != binding.get("roleRef")
    {
        let role = binding.get("roleRef").cloned().unwrap_or_default();
        causes.push(Cause::invalid("roleRef", role, "cannot change roleRef"));
    }
    for (index, subject) in elements(binding, "/subjects").enumerate() {
        causes.extend(subject_faults(&format!("subjects[{index}]"), subject));
    }
    causes
}

fn subject_faults(at: &str, subject: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if text(subject, "/name").is_empty() {
        causes.push(Cause::required(format!("{at}.name"), ""));
    }
    let group = text(subject, "/apiGroup");
    let (kind, wanted) = match text(subject, "/kind") {
        "ServiceAccount" => ("ServiceAccount", ""),
        "Group" => ("Group", GROUP),
        "User" => ("User", GROUP),
        other => {
            let kinds = &["ServiceAccount", "User", "Group"];
            causes.push(Cause::unsupported(format!("{at}.kind"), other, kinds));
            return causes;
        }
    };
    if group != wanted {
        causes.push(Cause::unsupported(
            format!("{at}.apiGroup"),
            group,
            &[wanted],
        ));
    }
    if kind == "ServiceAccount" && text(subject, "/namespace").is_empty() {
        causes.push(Cause::required(format!("{at}.namespace"), ""));
    }
    causes
}

const GROUP: &str = "rbac.authorization.k8s.io";

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(role: &str, subject: &Value) -> Value {
        let mut binding = json!({
            "kind": "RoleBinding",
            "roleRef": { "kind": "Role", "name": role },
            "subjects": [subject],
        });
        complete(&mut binding);
        binding
    }

    #[test]
    fn a_binding_names_its_role_and_its_subjects_in_full() {
        let user = binding("r", &json!({ "kind": "User", "name": "u" }));
        assert_eq!(user["roleRef"]["apiGroup"], GROUP);
        assert_eq!(user["subjects"][0]["apiGroup"], GROUP);
        assert!(faults(None, &user).is_empty());
        let account = json!({ "kind": "ServiceAccount", "name": "a" });
        assert_eq!(faults(None, &binding("r", &account)).len(), 1);
        let other = json!({ "kind": "Robot", "name": "a" });
        assert_eq!(faults(None, &binding("r", &other)).len(), 1);
        let renamed = binding("other", &json!({ "kind": "User", "name": "u" }));
        assert_eq!(faults(Some(&user), &renamed).len(), 1);
        assert!(faults(Some(&user), &user).is_empty());
    }

    #[test]
    fn a_rule_says_what_it_is_about() {
        let role = |kind: &str, rule: Value| json!({ "kind": kind, "rules": [rule] });
        let whole = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] });
        let urls = json!({ "nonResourceURLs": ["/healthz"], "verbs": ["get"] });
        assert!(faults(None, &role("Role", whole)).is_empty());
        assert!(faults(None, &role("ClusterRole", urls.clone())).is_empty());
        assert_eq!(faults(None, &role("Role", urls)).len(), 1);
        assert_eq!(faults(None, &role("Role", json!({}))).len(), 3);
    }
}
