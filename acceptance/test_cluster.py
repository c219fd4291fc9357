"""The lab's cluster: its API, its issuer, and runner pods with tokens of their own."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import jwt
import pytest
import urllib3
import yaml

from conftest import trust
from issuer import AUDIENCE, decode
from lab import clean_environment

ARC = "/apis/actions.summerwind.dev/v1alpha1"
SCALE_SETS = "/apis/actions.github.com/v1alpha1"


class Cluster:
    """A client of the API, with what the kubeconfig says."""

    def __init__(self, lab):
        self.lab = lab
        config = yaml.safe_load(Path(lab.env["KUBECONFIG"]).read_text())
        cluster = config["clusters"][0]["cluster"]
        self.server, self.token = cluster["server"], config["users"][0]["user"]["token"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.http = urllib3.PoolManager(ca_cert_data=authority, retries=False, timeout=20)

    def send(self, method, path, body=None, *, token=None, headers=None, raw=None):
        """Status and body of an answer; `token=""` sends none."""
        token = self.token if token is None else token
        wanted = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None or raw is not None:
            wanted["Content-Type"] = "application/json"
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        answer = self.http.request(method, self.server + path, body=data, headers=wanted | (headers or {}))
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, answer.data.decode()

    def create(self, path, body):
        status, made = self.send("POST", path, body)
        assert status == 201, made
        return made

    def get(self, path):
        status, found = self.send("GET", path)
        assert status == 200, found
        return found

    def delete(self, path):
        status, answer = self.send("DELETE", path)
        assert status == 200, answer
        return answer

    def merge(self, path, patch):
        headers = {"Content-Type": "application/merge-patch+json"}
        status, made = self.send("PATCH", path, patch, headers=headers)
        assert status == 200, made
        return made

    def namespace(self, name, **metadata):
        self.create("/api/v1/namespaces", {"metadata": {"name": name} | metadata})
        return f"/api/v1/namespaces/{name}"

    def account(self, namespace, name, role=None, **annotations):
        annotations = {f"eks.amazonaws.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
        if role:
            annotations["eks.amazonaws.com/role-arn"] = role
        body = {"metadata": {"name": name, "annotations": annotations}}
        return self.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", body)

    def runners(self, namespace, name, replicas=1, **template):
        body = {
            "apiVersion": "actions.summerwind.dev/v1alpha1", "kind": "RunnerDeployment",
            "metadata": {"name": name},
            "spec": {"replicas": replicas, "template": {"spec": {"repository": "acme/app"} | template}},
        }
        return self.create(f"{ARC}/namespaces/{namespace}/runnerdeployments", body)

    def pods(self, namespace):
        return self.get(f"/api/v1/namespaces/{namespace}/pods")["items"]

    def environment(self, namespace, pod):
        """What a process in the runner container has, on this host."""
        description = json.loads((self.lab.folder / "lab.json").read_text())
        answer = urllib3.request(
            "GET", f"{self.lab.endpoint}/_hallpass/pods/{namespace}/{pod}/environment",
            headers={"Authorization": f"Bearer {description['control_token']}"},
        )
        return answer.json()["environment"]

    def jwks(self):
        issuer = self.lab.env["HALLPASS_LAB_ISSUER"].split("/id/")[1]
        return self.send("GET", f"/id/{issuer}/keys", token="")[1]


def verified(cluster, token, audience):
    """The claims of a token, verified by PyJWT against the published keys."""
    keys = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(cluster.jwks()).keys}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=cluster.lab.env["HALLPASS_LAB_ISSUER"])


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


@pytest.fixture(scope="module")
def cluster(lab):
    return Cluster(lab)


@pytest.fixture
def namespace(cluster, unique):
    name = unique("team")
    cluster.namespace(name)
    return name


@pytest.fixture
def role(lab, unique):
    """A role that any service account `runner` may take, in whatever namespace."""
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    iam = lab.client("iam")
    provider = f"arn:aws:iam::{lab.account}:oidc-provider/{issuer}"
    if provider not in [entry["Arn"] for entry in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]:
        iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=[AUDIENCE])
    condition = {
        "StringEquals": {f"{issuer}:aud": AUDIENCE},
        "StringLike": {f"{issuer}:sub": "system:serviceaccount:*:runner"},
    }
    document = trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", condition)
    return iam.create_role(RoleName=unique("runner"), AssumeRolePolicyDocument=document)["Role"]["Arn"]


# Who may ask.


@pytest.mark.parametrize("token", ["", "wrong", "a.b.c"])
def test_strangers_are_not_served(cluster, token):
    # Who shows nothing is known as anonymous, and may nothing.
    refusal = (401, "Status", "Unauthorized") if token else (403, "Status", "Forbidden")
    for method, path in (("GET", "/api/v1/namespaces"), ("GET", "/api"), ("POST", "/api/v1/namespaces")):
        status, answer = cluster.send(method, path, token=token)
        assert (status, answer["kind"], answer["reason"]) == refusal, answer


def test_a_service_account_is_known_and_may_nothing(cluster, namespace):
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    own = cluster.create(path, {"spec": {}})["status"]["token"]
    status, answer = cluster.send("GET", f"/api/v1/namespaces/{namespace}/pods", token=own)
    assert (status, answer["reason"]) == (403, "Forbidden")
    user = f"system:serviceaccount:{namespace}:default"
    assert f'User "{user}" cannot list resource "pods" in API group "" in the namespace "{namespace}"' in answer["message"]
    assert cluster.lab.last_event("list pods")["caller"] == user
    # A token for AWS is none for the cluster.
    other = cluster.create(path, {"spec": {"audiences": [AUDIENCE]}})["status"]["token"]
    assert cluster.send("GET", "/api/v1/namespaces", token=other)[0] == 401
    # Nor is one of an account that is gone.
    cluster.delete(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
    assert cluster.send("GET", "/api/v1/namespaces", token=own)[0] == 401


def test_the_version_and_the_health_are_public(cluster):
    assert cluster.send("GET", "/version", token="")[1]["major"] == "1"
    assert cluster.send("GET", "/readyz", token="") == (200, "ok")
    assert cluster.get("/api")["versions"] == ["v1"]
    groups = {group["name"] for group in cluster.get("/apis")["groups"]}
    assert {"actions.github.com", "actions.summerwind.dev", "apiextensions.k8s.io"} <= groups
    kinds = {resource["kind"] for resource in cluster.get("/api/v1")["resources"]}
    assert {"Namespace", "Pod", "ServiceAccount", "TokenRequest"} <= kinds


# Objects.


def test_a_namespace_has_its_account_and_takes_all_with_it(cluster, unique):
    name = unique("whole")
    path = cluster.namespace(name)
    found = cluster.get(path)
    assert found["status"]["phase"] == "Active"
    assert found["metadata"]["labels"]["kubernetes.io/metadata.name"] == name
    accounts = cluster.get(f"{path}/serviceaccounts")
    assert accounts["kind"] == "ServiceAccountList"
    assert [item["metadata"]["name"] for item in accounts["items"]] == ["default"]
    cluster.runners(name, "r")
    assert len(cluster.pods(name)) == 1
    assert cluster.delete(path)["status"]["phase"] == "Terminating"
    assert cluster.send("GET", path)[0] == 404
    assert cluster.pods(name) == []
    status, answer = cluster.send("DELETE", "/api/v1/namespaces/kube-system")
    assert (status, answer["reason"]) == (403, "Forbidden")


def test_an_object_lives_its_life(cluster, namespace):
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    made = cluster.account(namespace, "ci", audience="a")
    assert made["metadata"]["namespace"] == namespace and made["metadata"]["uid"]
    assert cluster.get(f"{path}/ci") == made
    made["metadata"]["annotations"]["eks.amazonaws.com/audience"] = "b"
    status, changed = cluster.send("PUT", f"{path}/ci", made)
    assert status == 200 and changed["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
    status, answer = cluster.send("PUT", f"{path}/ci", made)
    assert (status, answer["reason"]) == (409, "Conflict")
    assert "please apply your changes to the latest version" in answer["message"]
    patched = cluster.merge(f"{path}/ci", {"metadata": {"annotations": None, "labels": {"app": "ci"}}})
    assert "annotations" not in patched["metadata"]
    selected = cluster.get(f"{path}?labelSelector=app%3Dci")["items"]
    assert [item["metadata"]["name"] for item in selected] == ["ci"]
    selected = cluster.get(f"/api/v1/serviceaccounts?fieldSelector=metadata.name%3Dci,metadata.namespace%3D{namespace}")
    assert len(selected["items"]) == 1
    status, answer = cluster.send("POST", path, {"metadata": {"name": "ci"}})
    assert (status, answer["reason"], answer["details"]["name"]) == (409, "AlreadyExists", "ci")
    cluster.delete(f"{path}/ci")
    status, answer = cluster.send("GET", f"{path}/ci")
    assert (status, answer["message"]) == (404, 'serviceaccounts "ci" not found')


def test_a_dry_run_changes_nothing(cluster, namespace):
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    status, made = cluster.send("POST", f"{path}?dryRun=All", {"metadata": {"name": "dry"}})
    assert (status, made["metadata"]["name"]) == (201, "dry")
    assert cluster.send("GET", f"{path}/dry")[0] == 404
    assert cluster.send("POST", f"{path}?dryRun=Some", {"metadata": {"name": "dry"}})[0] == 400


def test_custom_resources_are_kept_as_their_definition_has_them(cluster, namespace):
    path = f"/apis/example.com/v1/namespaces/{namespace}/widgets"
    assert cluster.send("GET", path)[0] == 404
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    cluster.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    })
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"generateName": "w-"}, "spec": {"x": [1, None]}}
    made = cluster.create(path, widget)
    assert made["spec"] == {"x": [1, None]} and made["metadata"]["generation"] == 1
    found = cluster.get(path)
    assert (found["kind"], found["items"]) == ("WidgetList", [made])
    changed = cluster.merge(f"{path}/{made['metadata']['name']}", {"spec": {"x": 2}})
    assert changed["metadata"]["generation"] == 2
    answer = cluster.delete(f"{path}/{made['metadata']['name']}")
    assert (answer["kind"], answer["status"]) == ("Status", "Success")
    cluster.create(path, widget)
    cluster.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com")
    assert cluster.send("GET", path)[0] == 404


BAD = {
    "no such resource": ("GET", "/api/v1/widgets", {}, 404, "NotFound"),
    "no such path": ("GET", "/nowhere", {}, 404, "NotFound"),
    "no such group": ("GET", "/apis/actions.github.com/v9/namespaces/default/ephemeralrunners", {}, 404, "NotFound"),
    "another namespace's path": ("GET", "/api/v1/namespaces/default/nodes/x", {}, 404, "NotFound"),
    "a watch of one": ("GET", "/api/v1/pods?watch=true&fieldSelector=a%3Db", {}, 400, "BadRequest"),
    "a method": ("PATCH", "/api/v1/pods", {}, 405, "MethodNotAllowed"),
    "pods of no namespace": ("POST", "/api/v1/pods", {"body": {"metadata": {"name": "x"}}}, 405, "MethodNotAllowed"),
    "broken YAML": ("POST", "/api/v1/namespaces", {"raw": b"a: [b", "headers": {"Content-Type": "application/yaml"}}, 400, "BadRequest"),
    "XML": ("POST", "/api/v1/namespaces", {"raw": b"<a/>", "headers": {"Content-Type": "application/xml"}}, 415, "UnsupportedMediaType"),
    "half a protobuf": ("POST", "/api/v1/namespaces", {"raw": b"k8s\0", "headers": {"Content-Type": "application/vnd.kubernetes.protobuf"}}, 400, "BadRequest"),
    "another patch": ("PATCH", "/api/v1/namespaces/default", {"body": [], "headers": {"Content-Type": "application/diff"}}, 415, "UnsupportedMediaType"),
    "garbage": ("POST", "/api/v1/namespaces", {"raw": b"\xff\x00{"}, 400, "BadRequest"),
    "half an object": ("POST", "/api/v1/namespaces", {"raw": b'{"metadata": {"name": "x"'}, 400, "BadRequest"),
    "a deep nest": ("POST", "/api/v1/namespaces", {"raw": b"[" * 100_000}, 400, "BadRequest"),
    "a list": ("POST", "/api/v1/namespaces", {"body": []}, 400, "BadRequest"),
    "too much": ("POST", "/api/v1/namespaces", {"raw": b" " * (3 * 2**20 + 1)}, 413, "RequestEntityTooLarge"),
    "a name that is a path": ("POST", "/api/v1/namespaces", {"body": {"metadata": {"name": "../x"}}}, 422, "Invalid"),
    "a path in the path": ("GET", "/api/v1/namespaces/default/pods/..%2F..%2Fx", {}, 404, "NotFound"),
    "a selector": ("GET", "/api/v1/pods?labelSelector=a+b+c", {}, 400, "BadRequest"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_are_refused_in_kubernetes_words(cluster, name):
    method, path, more, status, reason = BAD[name]
    found, answer = cluster.send(method, path, **more)
    assert (found, answer["kind"], answer["status"]) == (status, "Status", "Failure"), answer
    assert (answer["code"], answer["reason"]) == (status, reason), answer
    assert answer["message"]


# The issuer, and tokens.


def test_the_issuer_is_open_to_everybody(cluster, lab):
    issuer = lab.env["HALLPASS_LAB_ISSUER"]
    own = "/id/" + issuer.split("/id/")[1]
    for path in (f"{own}/.well-known/openid-configuration", "/.well-known/openid-configuration"):
        status, document = cluster.send("GET", path, token="")
        assert (status, document["issuer"], document["jwks_uri"]) == (200, issuer, f"{issuer}/keys")
    assert cluster.send("GET", "/openid/v1/jwks", token="")[1] == cluster.jwks()
    assert all("d" not in key for key in cluster.jwks()["keys"])
    assert cluster.send("GET", "/id/0000/keys", token="")[0] == 404


def test_a_requested_token_is_a_clusters(cluster, namespace):
    account = cluster.account(namespace, "ci")
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/ci/token"
    answer = cluster.create(path, {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"audiences": [AUDIENCE], "expirationSeconds": 900},
    })
    assert (answer["kind"], answer["spec"]["expirationSeconds"]) == ("TokenRequest", 900)
    claims = verified(cluster, answer["status"]["token"], AUDIENCE)
    assert claims["sub"] == f"system:serviceaccount:{namespace}:ci"
    assert (claims["aud"], claims["exp"] - claims["iat"]) == ([AUDIENCE], 900)
    assert claims["kubernetes.io"] == {
        "namespace": namespace,
        "serviceaccount": {"name": "ci", "uid": account["metadata"]["uid"]},
    }
    default = cluster.create(path, {"spec": {}})
    assert decode(default["status"]["token"])["aud"] == [cluster.lab.env["HALLPASS_LAB_ISSUER"]]
    assert default["spec"]["expirationSeconds"] == 3600
    event = cluster.lab.last_event("create serviceaccounts/token")
    assert (event["service"], event["caller"], event["status"]) == ("kubernetes", "kubernetes-admin", 201)


def test_a_token_is_bound_to_a_pod_of_its_account_only(cluster, namespace):
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "example.com/a"}]}}
    made = cluster.create(f"/api/v1/namespaces/{namespace}/pods", pod)
    cluster.account(namespace, "other")

    def ask(account, **reference):
        reference = {"kind": "Pod", "apiVersion": "v1", "name": "p"} | reference
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        return cluster.send("POST", path, {"spec": {"boundObjectRef": reference}})

    status, answer = ask("default", uid=made["metadata"]["uid"])
    bound = decode(answer["status"]["token"])["kubernetes.io"]
    assert status == 201 and bound["pod"] == {"name": "p", "uid": made["metadata"]["uid"]}
    assert bound["node"]["name"] == made["spec"]["nodeName"]
    assert ask("default", name="none")[0] == 404
    assert ask("default", uid="other")[0] == 409
    assert ask("default", kind="Deployment", apiVersion="apps/v1")[0] == 400
    status, answer = ask("other")
    assert status == 400 and "different serviceaccount name" in answer["message"]


@pytest.mark.parametrize("spec, status, says", [
    ({"expirationSeconds": 599}, 422, "may not specify a duration less than 10 minutes"),
    ({"expirationSeconds": 2**32 + 1}, 422, "may not specify a duration larger than 2^32 seconds"),
    ({"expirationSeconds": "600"}, 400, "expirationSeconds"),
    ({"audiences": "a"}, 400, "audiences"),
    ({"audiences": [1]}, 400, "audiences"),
])
def test_a_token_that_no_cluster_gives_is_refused(cluster, spec, status, says):
    found, answer = cluster.send("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": spec})
    assert found == status and says in answer["message"], answer


def test_nobody_that_is_not_there_gets_a_token(cluster):
    path = "/api/v1/namespaces/default/serviceaccounts/none/token"
    status, answer = cluster.send("POST", path, {"spec": {}})
    assert (status, answer["message"]) == (404, 'serviceaccounts "none" not found')


# Runner pods.


def test_a_runner_pod_becomes_its_role(cluster, lab, namespace, role):
    cluster.account(namespace, "runner", role, token_expiration="1200")
    cluster.runners(namespace, "builder", serviceAccountName="runner", securityContext={"fsGroup": 1001})
    [pod] = cluster.pods(namespace)
    name = pod["metadata"]["name"]
    assert name.startswith("builder-") and pod["status"]["phase"] == "Running"
    assert pod["spec"]["volumes"][0]["name"] == "aws-iam-token"
    environment = cluster.environment(namespace, name)
    assert set(environment) == {
        "AWS_STS_REGIONAL_ENDPOINTS", "AWS_DEFAULT_REGION", "AWS_REGION",
        "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
    file = Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"])
    assert file == lab.folder / "cluster/pods" / namespace / name / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    claims = verified(cluster, file.read_text(), AUDIENCE)
    assert claims["kubernetes.io"]["pod"] == {"name": name, "uid": pod["metadata"]["uid"]}
    assert claims["kubernetes.io"]["node"]["name"] == pod["spec"]["nodeName"]
    assert claims["exp"] - claims["iat"] == 1200
    env = clean_environment(lab.home) | environment | {"AWS_ENDPOINT_URL": lab.endpoint}
    caller = lab.aws("sts", "get-caller-identity", env=env)
    assert f":assumed-role/{role.split('/')[-1]}/" in caller["Arn"]
    cluster.delete(f"{ARC}/namespaces/{namespace}/runnerdeployments/builder")
    assert cluster.pods(namespace) == [] and not file.parent.exists()


def test_the_webhook_sees_a_pod_at_its_creation_only(cluster, namespace, role):
    cluster.account(namespace, "runner", role)
    cluster.runners(namespace, "builder", serviceAccountName="runner")
    [pod] = cluster.pods(namespace)
    other = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": role + "-other"}}}
    cluster.merge(f"/api/v1/namespaces/{namespace}/serviceaccounts/runner", other)
    name = pod["metadata"]["name"]
    assert cluster.environment(namespace, name)["AWS_ROLE_ARN"] == role
    # The pod that takes its place is a new one.
    cluster.delete(f"/api/v1/namespaces/{namespace}/pods/{name}")
    [pod] = cluster.pods(namespace)
    assert pod["metadata"]["name"] != name
    assert cluster.environment(namespace, pod["metadata"]["name"])["AWS_ROLE_ARN"] == role + "-other"


def test_the_event_log_says_what_became_of_a_pod(cluster, lab, namespace):
    cluster.account(namespace, "runner", "role/short", token_expiration="soon")
    cluster.runners(namespace, "builder", serviceAccountName="runner")
    decisions = lab.last_event("create runnerdeployments.actions.summerwind.dev")["decisions"]
    said = [decision["summary"] for decision in decisions if decision["action"] == "mutate"]
    assert len(said) == 1 and "is no role's ARN" in said[0] and "not a number of seconds" in said[0]
    cluster.runners(namespace, "plain")
    decisions = lab.last_event("create runnerdeployments.actions.summerwind.dev")["decisions"]
    assert "its service account names no role" in decisions[-1]["summary"]
    cluster.runners(namespace, "lost", serviceAccountName="none")
    decisions = lab.last_event("create runnerdeployments.actions.summerwind.dev")["decisions"]
    assert 'serviceaccount "none" not found' in decisions[-1]["summary"]


@pytest.mark.parametrize("context, mode", [
    ({}, 0o644), ({"runAsUser": 1001}, 0o600), ({"fsGroup": 1001}, 0o640), ({"runAsUser": 1001, "fsGroup": 1001}, 0o640),
], ids=["nobody named", "one user", "a group", "both"])
def test_a_token_is_readable_as_a_kubelet_makes_it(cluster, namespace, role, context, mode):
    cluster.account(namespace, "runner", role)
    cluster.runners(namespace, "builder", serviceAccountName="runner", securityContext=context)
    [pod] = cluster.pods(namespace)
    file = Path(cluster.environment(namespace, pod["metadata"]["name"])["AWS_WEB_IDENTITY_TOKEN_FILE"])
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_scale_set_keeps_as_many_runners_as_it_must(cluster, namespace, role):
    cluster.account(namespace, "runner", role)
    container = {"name": "runner", "image": "ghcr.io/actions/actions-runner:latest"}
    path = f"{SCALE_SETS}/namespaces/{namespace}/autoscalingrunnersets"
    cluster.create(path, {
        "apiVersion": "actions.github.com/v1alpha1", "kind": "AutoscalingRunnerSet",
        "metadata": {"name": "set"},
        "spec": {"minRunners": 2, "template": {"spec": {"serviceAccountName": "runner", "containers": [container]}}},
    })
    pods = cluster.pods(namespace)
    assert len(pods) == 2
    for pod in pods:
        assert cluster.environment(namespace, pod["metadata"]["name"])["AWS_ROLE_ARN"] == role
    cluster.merge(f"{path}/set", {"spec": {"minRunners": 0}})
    assert cluster.pods(namespace) == []


def test_another_key_signs_and_the_last_ones_still_verify(cluster, lab, namespace, role):
    cluster.account(namespace, "runner", role)
    cluster.runners(namespace, "builder", serviceAccountName="runner")
    [pod] = cluster.pods(namespace)
    file = Path(cluster.environment(namespace, pod["metadata"]["name"])["AWS_WEB_IDENTITY_TOKEN_FILE"])
    old = file.read_text()
    rotated = lab.control("rotate-keys", {})["kid"]
    assert rotated != kid(old) and kid(file.read_text()) == rotated
    published = [key["kid"] for key in cluster.jwks()["keys"]]
    assert published[:2] == [rotated, kid(old)]
    sts = lab.client("sts")
    for token in (old, file.read_text()):
        sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="rotated", WebIdentityToken=token)
    for _ in range(2):
        lab.control("rotate-keys", {})
    published = [key["kid"] for key in cluster.jwks()["keys"]]
    assert len(published) == 3 and rotated in published and kid(old) not in published


def test_a_killed_lab_comes_back_with_its_cluster(new_lab):
    lab = new_lab()
    cluster = Cluster(lab)
    cluster.namespace("team")
    cluster.account("team", "runner", f"arn:aws:iam::{lab.account}:role/r")
    cluster.runners("team", "builder", serviceAccountName="runner")
    [pod] = cluster.pods("team")
    name = pod["metadata"]["name"]
    folder = lab.folder / "cluster/pods/team"
    old = (folder / name / "token").read_text()
    (folder / "of-a-pod-that-is-gone").mkdir()
    (folder / "of-a-pod-that-is-gone" / "token").write_text("x")
    lab.kill()
    lab.start()
    again = Cluster(lab)
    assert again.token == cluster.token
    assert again.pods("team") == [pod]
    assert [entry.name for entry in folder.iterdir()] == [name]
    assert kid((folder / name / "token").read_text()) == kid(old)
    verified(again, old, AUDIENCE)


def test_secrets_of_the_cluster_are_private(cluster, lab):
    mode = stat.S_IMODE(os.stat(lab.env["KUBECONFIG"]).st_mode)
    assert mode == 0o600
    assert cluster.token not in (lab.folder / "events.jsonl").read_text()


def test_faults_show_as_kubernetes_shows_them(cluster, lab):
    for kind, status, reason in (
        ("throttle", 429, "TooManyRequests"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("internal-failure", 500, "InternalError"),
    ):
        lab.fault("kubernetes", kind, 1)
        found, answer = cluster.send("GET", "/api/v1/namespaces")
        assert (found, answer["reason"]) == (status, reason)
    assert cluster.get("/api/v1/namespaces")["items"]
