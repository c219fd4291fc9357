//! The definitions of actions-runner-controller, of both generations, can be taken, and their
//! objects hold.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    unreachable_pub,
    reason = "the helpers are part of the tests, and a table of fields is long"
)]

#[path = "support/runners.rs"]
mod runners;

use std::sync::Arc;

use hallpass_kubernetes::crd::CustomResource;
use hallpass_kubernetes::fields::{Request, apply, track_update};
use hallpass_kubernetes::values::{prune, set_defaults, unknown_fields, validate};
use hallpass_kubernetes::{Schema, invalid_message};
use runners::{KINDS, definition};
use serde_json::{Value, json};

fn read(group: &str, kind: &str) -> CustomResource {
    match CustomResource::parse(&definition(group, kind)) {
        Ok(read) => read,
        Err(causes) => panic!(
            "{}",
            invalid_message("CustomResourceDefinition", "", kind, &causes)
        ),
    }
}

fn schema(group: &str, kind: &str) -> Arc<Schema> {
    Arc::clone(&read(group, kind).storage().unwrap().schema)
}

#[test]
fn all_definitions_are_taken_without_a_warning() {
    for (group, kind) in KINDS {
        let read = read(group, kind);
        assert_eq!(read.warnings, Vec::<String>::new(), "{kind}");
        assert_eq!(read.name(), format!("{}s.{group}", kind.to_lowercase()));
    }
}

#[test]
fn they_are_as_large_as_the_published_ones() {
    let size = |group, kind| definition(group, kind).to_string().len();
    assert!(size("actions.github.com", "AutoscalingRunnerSet") > 400_000);
    assert!(size("actions.summerwind.dev", "RunnerDeployment") > 250_000);
}

/// The runner deployment of the article.
fn runner_deployment() -> Value {
    json!({
        "apiVersion": "actions.summerwind.dev/v1alpha1",
        "kind": "RunnerDeployment",
        "metadata": {"name": "self-hosted-runner-deployment", "namespace": "actions"},
        "spec": {"replicas": 1, "template": {"spec": {
            "repository": "acme/app",
            "labels": ["self-hosted"],
            "serviceAccountName": "self-hosted-runner-service-account",
            "securityContext": {"fsGroup": 1000},
            "dockerdWithinRunnerContainer": true,
            "env": [{"name": "A", "value": "1"},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            "resources": {"limits": {"cpu": "4.0", "memory": "8Gi"}, "requests": {"cpu": 2}},
            "volumeMounts": [{"mountPath": "/runner/_work", "name": "work"}],
            "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "1Gi"}}],
        }}},
    })
}

/// A scale set with dind as its chart writes it.
fn scale_set() -> Value {
    json!({
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "AutoscalingRunnerSet",
        "metadata": {"name": "image-builder", "namespace": "arc-runners",
                     "labels": {"app.kubernetes.io/version": "0.14.0"}},
        "spec": {
            "githubConfigUrl": "https://github.com/acme",
            "githubConfigSecret": "github",
            "maxRunners": 5, "minRunners": 0,
            "template": {"spec": {
                "restartPolicy": "Never",
                "serviceAccountName": "runner",
                "securityContext": {"fsGroup": 1001},
                "initContainers": [{"name": "dind", "image": "docker:dind", "restartPolicy": "Always",
                    "securityContext": {"privileged": true},
                    "startupProbe": {"exec": {"command": ["docker", "info"]}, "failureThreshold": 24}}],
                "containers": [{"name": "runner", "image": "ghcr.io/actions/actions-runner:latest",
                    "command": ["/home/runner/run.sh"],
                    "env": [{"name": "DOCKER_HOST", "value": "unix:///var/run/docker.sock"}],
                    "ports": [{"containerPort": 8080}],
                    "volumeMounts": [{"name": "work", "mountPath": "/home/runner/_work"}]}],
                "volumes": [{"name": "work", "emptyDir": {}}],
                "imagePullSecrets": [{"name": "pull"}, {}],
            }},
        },
    })
}

#[test]
fn the_articles_runner_deployment_holds() {
    let schema = schema("actions.summerwind.dev", "RunnerDeployment");
    let mut object = runner_deployment();
    assert_eq!(unknown_fields(&object, &schema), Vec::<String>::new());
    prune(&mut object, &schema);
    set_defaults(&mut object, &schema);
    assert_eq!(validate(&object, &schema), []);
    let mut wanted = runner_deployment();
    // A selector's name is empty unless somebody says otherwise.
    wanted["spec"]["template"]["spec"]["env"][1]["valueFrom"]["secretKeyRef"] =
        json!({"name": "s", "key": "k"});
    assert_eq!(object, wanted);
}

#[test]
fn a_scale_set_holds_and_gets_its_defaults() {
    let schema = schema("actions.github.com", "AutoscalingRunnerSet");
    let mut object = scale_set();
    assert_eq!(unknown_fields(&object, &schema), Vec::<String>::new());
    set_defaults(&mut object, &schema);
    assert_eq!(validate(&object, &schema), []);
    let pod = &object["spec"]["template"]["spec"];
    assert_eq!(
        pod["containers"][0]["ports"],
        json!([{"containerPort": 8080, "protocol": "TCP"}])
    );
    assert_eq!(
        pod["imagePullSecrets"],
        json!([{"name": "pull"}, {"name": ""}])
    );
}

#[test]
fn what_is_wrong_with_a_runner_is_told() {
    let deployment = schema("actions.summerwind.dev", "RunnerDeployment");
    let mut object = runner_deployment();
    let spec = &mut object["spec"];
    spec["replicas"] = json!("two");
    spec["template"]["spec"]["repository"] = json!("acme");
    spec["template"]["spec"]["containerMode"] = json!(true);
    spec["template"]["spec"]["resources"]["limits"]["memory"] = json!("8 gigabytes");
    spec["template"]["spec"]["resources"]["limits"]["cpu"] = json!(true);
    spec["template"]["spec"]["volumes"] = json!([{"emptyDir": {}}]);
    spec["effectiveTime"] = json!("now");
    let causes = validate(&object, &deployment);
    let lines: Vec<String> = causes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
    object["spec"]["template"]["spec"]["serviceAccount"] = json!("x");
    assert_eq!(
        unknown_fields(&object, &deployment),
        ["unknown field \"spec.template.spec.serviceAccount\""]
    );
    // A value of Helm's chart, not of the kind.
    let mut set = scale_set();
    set["spec"]["containerMode"] = json!({"type": "dind"});
    assert_eq!(
        unknown_fields(&set, &schema("actions.github.com", "AutoscalingRunnerSet")),
        ["unknown field \"spec.containerMode\""]
    );
}

#[test]
fn a_scale_sets_containers_are_shared_by_their_managers() {
    let schema = schema("actions.github.com", "AutoscalingRunnerSet");
    let by = |manager| Request {
        manager,
        api_version: "actions.github.com/v1alpha1",
        subresource: "",
        ignores: &["status"],
        now: "2026-11-24T16:00:00Z",
    };
    let mut live = scale_set();
    track_update(None, &mut live, &by("helm"), &schema);
    let ours = json!({
        "apiVersion": "actions.github.com/v1alpha1", "kind": "AutoscalingRunnerSet",
        "metadata": {"name": "image-builder", "namespace": "arc-runners"},
        "spec": {"template": {"spec": {
            "serviceAccountName": "pass",
            "containers": [{"name": "runner", "env": [{"name": "AWS_REGION", "value": "us-west-2"}]}]}}},
    });
    let error = apply(Some(&live), &ours, false, &by("hallpass"), &schema).unwrap_err();
    insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "helm" using actions.github.com/v1alpha1: .spec.template.spec.serviceAccountName"#);
    let forced = apply(Some(&live), &ours, true, &by("hallpass"), &schema).unwrap();
    let pod = &forced["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "pass");
    let names: Vec<_> = pod["containers"][0]["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|env| env["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["DOCKER_HOST", "AWS_REGION"]);
    assert_eq!(
        pod["containers"][0]["image"],
        "ghcr.io/actions/actions-runner:latest"
    );
}
