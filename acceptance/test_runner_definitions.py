"""The definitions of actions-runner-controller, of both generations, under kubectl."""

from __future__ import annotations

import copy
import json
import os
import shutil

import pytest

import runner_crds
from lab import clean_environment, run

KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl")

DEPLOYMENT = {
    "apiVersion": "actions.summerwind.dev/v1alpha1",
    "kind": "RunnerDeployment",
    "metadata": {"name": "runners", "namespace": "default"},
    "spec": {"replicas": 1, "template": {"spec": {
        "repository": "acme/app",
        "serviceAccountName": "self-hosted-runner-service-account",
        "securityContext": {"fsGroup": 1000},
        "resources": {"limits": {"cpu": 2, "memory": "8Gi"}},
        "env": [{"name": "A", "value": "1"}],
    }}},
}
SET = {
    "apiVersion": "actions.github.com/v1alpha1",
    "kind": "AutoscalingRunnerSet",
    "metadata": {"name": "image-builder", "namespace": "default"},
    "spec": {
        "githubConfigUrl": "https://github.com/acme", "githubConfigSecret": "github",
        "minRunners": 0, "maxRunners": 5,
        "template": {"spec": {
            "serviceAccountName": "runner",
            "containers": [{"name": "runner", "image": "r", "ports": [{"containerPort": 80}],
                            "env": [{"name": "A", "value": "1"}]}],
        }},
    },
}


@pytest.fixture(scope="module")
def kubectl(lab, tmp_path_factory):
    home = tmp_path_factory.mktemp("kubectl")
    env = clean_environment(home) | {"KUBECONFIG": lab.env["KUBECONFIG"]}
    assert KUBECTL, "kubectl is missing: set KUBECTL, or run scripts/test, which installs it"

    def call(*words, given=None, check=True):
        stdin = json.dumps(given) if given is not None else None
        return run([KUBECTL, *words], env=env, stdin=stdin, check=check, timeout=60)

    document = json.loads(call("get", "--raw", "/openapi/v3/apis/batch/v1").stdout)
    components = document["components"]["schemas"]
    for make in (runner_crds.runner_deployment, runner_crds.autoscaling_runner_set):
        made = make(components)
        assert len(json.dumps(made)) > 200_000
        call("apply", "--server-side", "-f", "-", given=made)
        name = made["metadata"]["name"]
        call("wait", "--for=condition=Established", "--timeout=20s", f"crd/{name}")
    return call


def test_runners_of_both_generations_hold(kubectl):
    for given in (DEPLOYMENT, SET):
        kubectl("apply", "-f", "-", given=given)
        kind, name = given["kind"], given["metadata"]["name"]
        live = json.loads(kubectl("get", f"{kind.lower()}/{name}", "-o", "json").stdout)
        spec = copy.deepcopy(given["spec"])
        if kind == "AutoscalingRunnerSet":
            spec["template"]["spec"]["containers"][0]["ports"][0]["protocol"] = "TCP"
        assert live["spec"] == spec
    assert "acme/app" in kubectl("get", "runnerdeployments").stdout


def test_a_wrong_runner_is_refused_field_by_field(kubectl):
    wrong = copy.deepcopy(DEPLOYMENT)
    wrong["metadata"]["name"] = "wrong"
    wrong["spec"]["replicas"] = "two"
    wrong["spec"]["template"]["spec"]["repository"] = "acme"
    said = kubectl("create", "-f", "-", given=wrong, check=False).stderr
    assert 'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer' in said
    assert "spec.template.spec.repository in body should match '^[^/]+/[^/]+$'" in said
    wrong = copy.deepcopy(SET)
    wrong["metadata"]["name"] = "wrong"
    wrong["spec"]["containerMode"] = {"type": "dind"}
    said = kubectl("create", "-f", "-", given=wrong, check=False).stderr
    assert 'strict decoding error: unknown field "spec.containerMode"' in said


def test_a_scale_sets_containers_are_shared(kubectl):
    kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", "-", given=SET)
    ours = copy.deepcopy(SET)
    ours["spec"] = {"template": {"spec": {
        "serviceAccountName": "pass",
        "containers": [{"name": "runner", "env": [{"name": "AWS_REGION", "value": "us-west-2"}]}],
    }}}
    apply = ("apply", "--server-side", "--field-manager=hallpass", "-f", "-")
    said = kubectl(*apply, given=ours, check=False).stderr
    assert 'conflict with "helm": .spec.template.spec.serviceAccountName' in said
    kubectl(*apply, "--force-conflicts", given=ours)
    live = json.loads(kubectl("get", "autoscalingrunnerset/image-builder", "-o", "json").stdout)
    pod = live["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "pass"
    assert [one["name"] for one in pod["containers"][0]["env"]] == ["A", "AWS_REGION"]
    # What we give up leaves; what helm has stays.
    del ours["spec"]["template"]["spec"]["containers"]
    kubectl(*apply, given=ours)
    live = json.loads(kubectl("get", "autoscalingrunnerset/image-builder", "-o", "json").stdout)
    assert [one["name"] for one in live["spec"]["template"]["spec"]["containers"][0]["env"]] == ["A"]
