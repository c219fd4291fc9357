"""Runner controllers of both generations, seen by kubectl, and jobs that find a runner."""

from __future__ import annotations

import json

import pytest

from test_cluster import ARC, SCALE_SETS, Cluster

VERSION = "0.14.0"


@pytest.fixture(scope="module")
def cluster(lab):
    return Cluster(lab)


@pytest.fixture
def namespace(cluster, unique):
    name = unique("runners")
    cluster.namespace(name)
    return name


@pytest.fixture
def role(iam, lab, unique, provider):
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    condition = {"StringLike": {f"{issuer}:sub": "system:serviceaccount:*:*"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
    }]})
    return iam.create_role(RoleName=unique("runner"), AssumeRolePolicyDocument=document)["Role"]["Arn"]


@pytest.fixture(scope="session")
def provider(lab):
    iam = lab.client("iam")
    known = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    for arn in known:
        if arn.endswith(issuer):
            return arn
    made = iam.create_open_id_connect_provider(Url=lab.env["HALLPASS_LAB_ISSUER"], ClientIDList=["sts.amazonaws.com"])
    return made["OpenIDConnectProviderArn"]


def scale_set(cluster, namespace, name, spec=None, version=VERSION, **limits):
    spec = spec or {"containers": [{"name": "runner", "image": "ghcr.io/actions/actions-runner:latest"}]}
    return cluster.create(f"{SCALE_SETS}/namespaces/{namespace}/autoscalingrunnersets", {
        "apiVersion": "actions.github.com/v1alpha1", "kind": "AutoscalingRunnerSet",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/version": version}},
        "spec": {"githubConfigUrl": "https://github.com/acme", "githubConfigSecret": "s", "template": {"spec": spec}} | limits,
    })


def assign(lab, namespace, runner, **more):
    wish = {"namespace": namespace, "runner": runner, "repository": "acme/app", "runId": 7, "job": "build",
            "workflowRef": "acme/app/.github/workflows/ci.yml@refs/heads/main"}
    return lab.control("runners/assign", wish | more)


def finish(lab, namespace, runner):
    return lab.control("runners/finish", {"namespace": namespace, "runner": runner})


def items(cluster, group, namespace, plural):
    return cluster.get(f"{group}/namespaces/{namespace}/{plural}")["items"]


def dind(init):
    """The pod of `containerMode: dind`, as the chart renders it: a native sidecar, or an older one."""
    docker = {"name": "dind", "image": "docker:dind", "securityContext": {"privileged": True},
              "args": ["dockerd", "--host=unix:///var/run/docker.sock"],
              "volumeMounts": [{"name": "work", "mountPath": "/home/runner/_work"}]}
    runner = {"name": "runner", "image": "ghcr.io/actions/actions-runner:latest", "command": ["/home/runner/run.sh"],
              "env": [{"name": "DOCKER_HOST", "value": "unix:///var/run/docker.sock"}],
              "volumeMounts": [{"name": "work", "mountPath": "/home/runner/_work"}]}
    spec = {"serviceAccountName": "runner", "securityContext": {"fsGroup": 1001}, "restartPolicy": "Never",
            "volumes": [{"name": "work", "emptyDir": {}}], "containers": [runner]}
    if init:
        return spec | {"initContainers": [docker | {"restartPolicy": "Always"}]}
    return spec | {"containers": [runner, docker]}


@pytest.mark.parametrize("init", [True, False], ids=["native sidecar", "older sidecar"])
def test_a_dind_runner_and_its_docker_have_the_identity(cluster, lab, namespace, role, init):
    cluster.account(namespace, "runner", role)
    scale_set(cluster, namespace, "set", dind(init), minRunners=1)
    [pod] = cluster.pods(namespace)
    containers = pod["spec"]["containers"] + pod["spec"].get("initContainers", [])
    assert sorted(one["name"] for one in containers) == ["dind", "runner"]
    for container in containers:
        assert role in [one.get("value") for one in container["env"]]
    assert pod["spec"]["securityContext"] == {"fsGroup": 1001}
    environment = cluster.environment(namespace, pod["metadata"]["name"])
    token = open(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).read()
    lab.client("sts").assume_role_with_web_identity(RoleArn=role, RoleSessionName="dind", WebIdentityToken=token)


def test_owners_lead_from_the_pod_to_the_scale_set(cluster, namespace):
    made = scale_set(cluster, namespace, "set", minRunners=1)
    [pod] = cluster.pods(namespace)
    [runner] = items(cluster, SCALE_SETS, namespace, "ephemeralrunners")
    [runners] = items(cluster, SCALE_SETS, namespace, "ephemeralrunnersets")
    [listener] = items(cluster, SCALE_SETS, namespace, "autoscalinglisteners")
    chain = [pod, runner, runners, made]
    for below, above in zip(chain, chain[1:]):
        [owner] = below["metadata"]["ownerReferences"]
        assert (owner["name"], owner["uid"]) == (above["metadata"]["name"], above["metadata"]["uid"])
        assert owner["controller"] is True
    assert runner["metadata"]["name"] == pod["metadata"]["name"]
    assert runner["status"]["phase"] == "Running" and runner["status"]["ready"] is True
    assert listener["spec"]["ephemeralRunnerSetName"] == runners["metadata"]["name"]
    cluster.delete(f"{SCALE_SETS}/namespaces/{namespace}/autoscalingrunnersets/set")
    assert cluster.pods(namespace) == []
    assert items(cluster, SCALE_SETS, namespace, "ephemeralrunners") == []


def test_the_controller_deletes_a_set_of_another_version(cluster, lab, namespace):
    scale_set(cluster, namespace, "old", version="0.9.3", minRunners=1)
    assert items(cluster, SCALE_SETS, namespace, "autoscalingrunnersets") == []
    assert cluster.pods(namespace) == []
    said = lab.last_event("create autoscalingrunnersets.actions.github.com")["decisions"]
    assert any("app.kubernetes.io/version" in one["summary"] for one in said)


def test_a_job_is_told_in_the_status_and_its_runner_is_replaced(cluster, lab, namespace, role):
    cluster.account(namespace, "runner", role)
    scale_set(cluster, namespace, "set", dind(True), minRunners=0, maxRunners=1)
    assert cluster.pods(namespace) == []
    job = assign(lab, namespace, "set", jobId=8)
    assert job["environment"]["AWS_ROLE_ARN"] == role and job["serviceAccount"] == "runner"
    [runner] = items(cluster, SCALE_SETS, namespace, "ephemeralrunners")
    status = runner["status"]
    assert (status["jobRepositoryName"], status["workflowRunId"]) == ("acme/app", 7)
    assert status["jobWorkflowRef"].endswith("ci.yml@refs/heads/main")
    with pytest.raises(Exception) as none_left:
        assign(lab, namespace, "set")
    assert none_left.value.code == 409
    finish(lab, namespace, job["runner"])
    assert cluster.pods(namespace) == []
    assert assign(lab, namespace, "set")["runner"] != job["runner"]


def test_a_job_pod_has_the_namespaces_default_account(cluster, lab, namespace, role):
    """In kubernetes mode the runner's identity does not reach the job's container."""
    cluster.account(namespace, "runner", role)
    for kind, body in [
        ("roles", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]}),
        ("rolebindings", {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "hooks"},
            "subjects": [{"kind": "ServiceAccount", "name": "runner", "namespace": namespace}],
        }),
    ]:
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{kind}"
        cluster.create(path, {"metadata": {"name": "hooks"}} | body)
    hook = [{"name": "ACTIONS_RUNNER_CONTAINER_HOOKS", "value": "/home/runner/k8s/index.js"}]
    spec = {"serviceAccountName": "runner", "containers": [{"name": "runner", "image": "r", "env": hook}]}
    scale_set(cluster, namespace, "set", spec, minRunners=1)
    job = assign(lab, namespace, "set", container={"image": "node:22"})
    assert job["jobPod"] == f"{job['runner']}-workflow" and job["jobServiceAccount"] == "default"
    assert "AWS_ROLE_ARN" not in job["environment"]
    pod = cluster.get(f"/api/v1/namespaces/{namespace}/pods/{job['jobPod']}")
    assert pod["spec"]["securityContext"] == {"fsGroup": 1001}
    finish(lab, namespace, job["runner"])
    assert job["jobPod"] not in [pod["metadata"]["name"] for pod in cluster.pods(namespace)]


def test_a_deployment_rolls_over_and_its_jobs_end(cluster, lab, namespace):
    cluster.runners(namespace, "builder", replicas=2)
    first = {pod["metadata"]["name"] for pod in cluster.pods(namespace)}
    cluster.merge(f"{ARC}/namespaces/{namespace}/runnerdeployments/builder",
                  {"spec": {"template": {"spec": {"dockerEnabled": False}}}})
    second = {pod["metadata"]["name"] for pod in cluster.pods(namespace)}
    assert len(second) == 2 and not first & second
    [replicas] = items(cluster, ARC, namespace, "runnerreplicasets")
    assert replicas["status"]["readyReplicas"] == 2
    job = assign(lab, namespace, "builder")
    body = cluster.get(f"{ARC}/namespaces/{namespace}/runners/{job['runner']}")
    assert body["status"]["workflow"]["repository"] == "app" and body["status"]["phase"] == "Running"
    finish(lab, namespace, job["runner"])
    third = {pod["metadata"]["name"] for pod in cluster.pods(namespace)}
    assert len(third) == 2 and job["runner"] not in third


def test_a_wish_that_cannot_be_had_is_refused(cluster, lab, namespace):
    for path, wish, code in [
        ("runners/assign", {"namespace": namespace, "runner": "none", "repository": "acme/app"}, 409),
        ("runners/assign", {"namespace": namespace}, 400),
        ("runners/finish", {"namespace": namespace, "runner": "none"}, 404),
    ]:
        with pytest.raises(Exception) as refused:
            lab.control(path, wish)
        assert refused.value.code == code
