//! Who may what, decided over roles and bindings that are stored; and what becomes of definitions.

use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::rbac::{Attributes, check_escalation, decide};
use super::super::request::{Target, Verb};
use super::super::status::Status;
use super::cluster::Cluster;

async fn cluster() -> Cluster {
    let cluster = Cluster::new().await;
    let role = json!({
        "metadata": { "name": "reader" },
        "rules": [{ "verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"] }],
    });
    let subjects = json!([
        { "kind": "User", "name": "ann" },
        { "kind": "Group", "name": "readers" },
        { "kind": "ServiceAccount", "name": "ci", "namespace": "actions" },
    ]);
    let binding = json!({
        "metadata": { "name": "readers" },
        "roleRef": { "kind": "Role", "name": "reader" },
        "subjects": subjects,
    });
    let admins = json!({
        "metadata": { "name": "admins" },
        "roleRef": { "kind": "ClusterRole", "name": "admin" },
        "subjects": [{ "kind": "User", "name": "chief" }],
    });
    cluster
        .create(&format!("{RBAC}/roles"), role)
        .await
        .unwrap();
    for body in [binding, admins] {
        let path = format!("{RBAC}/rolebindings");
        cluster.create(&path, body).await.unwrap();
    }
    cluster
}

fn may(cluster: &Cluster, caller: &Caller, verb: Verb, path: &str) -> (bool, String) {
    let target = Target::parse(path).unwrap();
    let wanted = Attributes::of(verb, &target, None);
    let ruling = cluster
        .world()
        .store
        .read(|state| decide(state, caller, &wanted));
    (ruling.is_allowed, ruling.reason)
}

#[tokio::test]
async fn a_binding_gives_what_its_role_holds_where_it_stands() {
    let cluster = cluster().await;
    let ann = Caller::authenticated("ann", &[]);
    let bob = Caller::authenticated("bob", &["readers"]);
    let account = Caller::account(&"actions/ci".parse().unwrap(), "u");
    let other = Caller::account(&"default/ci".parse().unwrap(), "u");
    let pods = "/api/v1/namespaces/actions/pods";
    for (caller, subject) in [
        (&ann, "User \"ann\""),
        (&bob, "Group \"readers\""),
        (&account, "ServiceAccount \"ci/actions\""),
    ] {
        let (is_allowed, reason) = may(&cluster, caller, Verb::List, pods);
        assert!(is_allowed, "{caller:?}");
        let wanted = format!("RoleBinding \"readers/actions\" of Role \"reader\" to {subject}");
        assert_eq!(reason, format!("RBAC: allowed by {wanted}"));
    }
    for (caller, verb, path) in [
        (&other, Verb::List, pods),
        (&ann, Verb::Delete, "/api/v1/namespaces/actions/pods/p"),
        (&ann, Verb::Get, "/api/v1/namespaces/actions/pods/p/log"),
        (&ann, Verb::List, "/api/v1/namespaces/default/pods"),
        (&ann, Verb::List, "/api/v1/pods"),
        (&Caller::anonymous(), Verb::List, pods),
    ] {
        assert!(!may(&cluster, caller, verb, path).0, "{caller:?} {path}");
    }
    // A role that is gone gives nothing, and is told.
    cluster
        .delete(&format!("{RBAC}/roles/reader"), json!({}))
        .await
        .unwrap();
    let (is_allowed, reason) = may(&cluster, &ann, Verb::List, pods);
    let missing = "RBAC: role.rbac.authorization.k8s.io \"reader\" not found";
    assert_eq!((is_allowed, reason.as_str()), (false, missing));
}

#[tokio::test]
async fn nobody_gives_what_he_does_not_have() {
    let cluster = cluster().await;
    let check = |name: &str, resource: &str, body: &Value| -> Result<(), Status> {
        let caller = Caller::authenticated(name, &[]);
        let target = Target::parse(&format!("{RBAC}/{resource}")).unwrap();
        let state = |state: &_| check_escalation(state, &caller, &target, body, None);
        cluster.world().store.read(state)
    };
    let role = |resource: &str| {
        json!({
            "metadata": { "name": "r" },
            "rules": [{ "verbs": ["get"], "apiGroups": [""], "resources": [resource] }],
        })
    };
    assert!(check("chief", "roles", &role("pods")).is_ok());
    let refused = check("chief", "roles", &role("nodes")).unwrap_err();
    assert_eq!((refused.code, refused.reason), (403, "Forbidden"));
    let lacking = r#"{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}"#;
    assert!(refused.message.ends_with(lacking), "{}", refused.message);
    let binding = |kind: &str, name: &str| json!({ "roleRef": { "kind": kind, "name": name } });
    assert!(check("chief", "rolebindings", &binding("ClusterRole", "view")).is_ok());
    for (caller, body) in [
        ("chief", binding("ClusterRole", "cluster-admin")),
        ("ann", binding("ClusterRole", "view")),
        ("ann", binding("Role", "none")),
    ] {
        assert!(check(caller, "rolebindings", &body).is_err(), "{body}");
    }
}

#[tokio::test]
async fn the_second_definition_of_a_name_is_not_served() {
    let cluster = Cluster::new().await;
    let definition = |plural: &str, kind: &str| {
        json!({
            "metadata": { "name": format!("{plural}.example.com") },
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": { "plural": plural, "kind": kind },
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "schema": { "openAPIV3Schema": { "type": "object" } },
                }],
            },
        })
    };
    for plural in ["widgets", "gadgets"] {
        let made = cluster
            .create(DEFINITIONS, definition(plural, "Widget"))
            .await;
        made.unwrap();
    }
    let widgets = "/apis/example.com/v1/namespaces/actions/widgets";
    let widget =
        json!({ "apiVersion": "example.com/v1", "kind": "Widget", "metadata": { "name": "w" } });
    cluster.create(widgets, widget.clone()).await.unwrap();
    let gadgets = "/apis/example.com/v1/namespaces/actions/gadgets";
    assert_eq!(cluster.create(gadgets, widget).await.unwrap_err().code, 404);
    let second = cluster
        .get(&format!("{DEFINITIONS}/gadgets.example.com"))
        .await;
    let conditions = second.unwrap()["status"]["conditions"].clone();
    assert_eq!(conditions[0]["reason"], "NamesConflict");
    // The first goes, with its objects; then the name is the second's.
    let first = format!("{DEFINITIONS}/widgets.example.com");
    cluster.delete(&first, json!({})).await.unwrap();
    assert_eq!(cluster.get(&first).await.unwrap_err().code, 404);
    assert_eq!(cluster.get(widgets).await.unwrap_err().code, 404);
    let second = cluster
        .get(&format!("{DEFINITIONS}/gadgets.example.com"))
        .await;
    assert_eq!(second.unwrap()["status"]["conditions"][0]["status"], "True");
}

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/actions";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
