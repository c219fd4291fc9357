"""Admission webhooks that nobody of hallpass wrote: http.server behind TLS, called by the lab's cluster."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import time

import pytest

from issuer import Authority
from test_cluster import Cluster

KINDS = {
    "mutating": ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    "validating": ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
}
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1"


class Hooks:
    """Webhooks by path: each gets the request and gives the response without its `uid`."""

    def __init__(self, authority: Authority):
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[str, dict]] = []
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                path = self.path.split("?")[0]
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
                hooks.asked.append((self.path, request))
                answer = hooks.answers[path]
                response = answer(request) if callable(answer) else answer
                body = response if isinstance(response, bytes) else json.dumps({
                    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                    "response": {"uid": request["uid"]} | response,
                }).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = authority.context().wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self) -> list[str]:
        return [path.split("?")[0] for path, _ in self.asked]


def patch(*operations) -> dict:
    text = json.dumps(operations).encode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": base64.b64encode(text).decode()}


@pytest.fixture(scope="module")
def cluster(lab):
    return Cluster(lab)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    """An authority that only a configuration's bundle trusts."""
    return Authority(tmp_path_factory.mktemp("strangers"), "strangers")


@pytest.fixture
def hooks(strangers):
    hooks = Hooks(strangers)
    yield hooks
    hooks.server.shutdown()


@pytest.fixture
def namespace(cluster, unique):
    name = unique("hooked")
    cluster.namespace(name)
    return name


@pytest.fixture
def configure(cluster, hooks, strangers, namespace, unique):
    """Makes a configuration for the test's own namespace; it goes with the test."""
    made = []

    def configure(kind="mutating", path="/m", name=None, called=None, **more):
        name = name or unique("hook")
        bundle = base64.b64encode(strangers.file.read_bytes()).decode()
        webhook = {
            "name": called or f"{name}.example.com",
            "clientConfig": {"url": hooks.url + path, "caBundle": bundle},
            "rules": [{
                "operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
            }],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 5,
        } | more
        plural, kind = KINDS[kind]
        body = {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": name}, "webhooks": [webhook],
        }
        status, answer = cluster.send("POST", f"{CONFIGURATIONS}/{plural}", body)
        if status == 201:
            made.append(f"{CONFIGURATIONS}/{plural}/{name}")
        return status, answer

    yield configure
    for path in made:
        cluster.send("DELETE", path)


@pytest.fixture
def create(cluster, namespace):
    """Asks for a config map."""

    def create(name="c", query="", **metadata):
        body = {"metadata": {"name": name} | metadata, "data": {"a": "1"}}
        return cluster.send("POST", f"/api/v1/namespaces/{namespace}/configmaps{query}", body)

    return create


def test_a_webhook_changes_what_is_stored(cluster, lab, hooks, configure, create, namespace):
    hooks.answers["/m"] = patch({"op": "add", "path": "/data/b", "value": "2"}) | {"warnings": ["mind the gap"]}
    status, made = configure()
    webhook = made["webhooks"][0]
    assert status == 201
    assert (webhook["failurePolicy"], webhook["matchPolicy"], webhook["reinvocationPolicy"]) == ("Fail", "Equivalent", "Never")
    assert webhook["rules"][0]["scope"] == "*"
    status, made = create()
    assert (status, made["data"]) == (201, {"a": "1", "b": "2"})
    [(path, request)] = hooks.asked
    assert path == "/m?timeout=5s"
    assert (request["operation"], request["name"], request["namespace"]) == ("CREATE", "c", namespace)
    assert request["kind"] == {"group": "", "version": "v1", "kind": "ConfigMap"}
    assert request["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert request["userInfo"]["username"] == "kubernetes-admin"
    assert request["object"]["data"] == {"a": "1"} and request["oldObject"] is None
    assert request["options"]["kind"] == "CreateOptions" and request["dryRun"] is False
    decisions = lab.last_event("create configmaps")["decisions"]
    assert any(one["action"] == "mutate" and one["explanation"] for one in decisions)
    # An update shows the old object, too.
    cluster.merge(f"/api/v1/namespaces/{namespace}/configmaps/c", {"data": {"a": "3"}})
    request = hooks.asked[-1][1]
    assert (request["operation"], request["oldObject"]["data"]["a"], request["object"]["data"]["a"]) == ("UPDATE", "1", "3")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("response, status, says", [
    ({"allowed": False, "status": {"message": "not here"}}, 400, "denied the request: not here"),
    ({"allowed": False, "status": {"reason": "Forbidden", "code": 403}}, 403, "denied the request: Forbidden"),
    ({"allowed": False}, 400, "denied the request without explanation"),
    (b"{}", 500, "failed calling webhook"),
    (b"garbage", 500, "failed calling webhook"),
    ({"allowed": True, "uid": "other"}, 500, "expected response.uid"),
], ids=["message", "reason", "nothing", "no review", "garbage", "another's"])
def test_a_denial_is_told_in_the_api_servers_words(hooks, configure, create, kind, response, status, says):
    hooks.answers["/m"] = response
    configure(kind, name="judge")
    found, answer = create()
    assert found == status and says in answer["message"], answer
    assert 'webhook "judge.example.com"' in answer["message"]


def test_what_cannot_be_called_is_decided_by_its_policy(hooks, configure, create, namespace, unique):
    service = {"service": {"name": "hook", "namespace": namespace, "path": "/x"}}
    configure(name="a-service", clientConfig=service, failurePolicy="Ignore")
    assert create("ignored")[0] == 201
    configure(name="b-service", clientConfig=service)
    status, answer = create("failed")
    assert status == 500
    assert f'failed calling webhook "b-service.example.com": failed to call webhook: Post "https://hook.{namespace}.svc:443/x?timeout=5s"' in answer["message"]
    assert 'service "hook" not found' in answer["message"]


def test_a_service_without_endpoints_cannot_be_called(cluster, configure, create, namespace):
    cluster.create(f"/api/v1/namespaces/{namespace}/services", {"metadata": {"name": "hook"}, "spec": {"ports": [{"port": 443}]}})
    configure(clientConfig={"service": {"name": "hook", "namespace": namespace}})
    status, answer = create()
    assert status == 500 and 'no endpoints available for service "hook"' in answer["message"]


def test_a_webhook_must_show_a_certificate_that_is_trusted(hooks, configure, create):
    hooks.answers["/m"] = {"allowed": True}
    configure(clientConfig={"url": hooks.url + "/m"})
    status, answer = create()
    assert status == 500 and "certificate" in answer["message"]
    assert hooks.asked == []


def test_the_lab_calls_nobody_outside(configure, create):
    configure(clientConfig={"url": "https://example.com/m"})
    status, answer = create()
    assert status == 500 and "the lab connects to loopback only" in answer["message"]


def test_a_slow_webhook_is_not_waited_for(hooks, configure, create):
    def slow(_):
        time.sleep(3)
        return {"allowed": True}

    hooks.answers["/m"] = slow
    configure(timeoutSeconds=1)
    begun = time.monotonic()
    status, answer = create()
    assert status == 500 and "context deadline exceeded" in answer["message"]
    assert time.monotonic() - begun < 2.5


def test_selectors_and_rules_leave_objects_out(cluster, hooks, configure, create, namespace):
    hooks.answers["/m"] = {"allowed": True}
    configure(objectSelector={"matchExpressions": [{"key": "hook", "operator": "In", "values": ["yes"]}]})
    assert create("plain")[0] == 201 and hooks.asked == []
    assert create("marked", labels={"hook": "yes"})[0] == 201 and len(hooks.asked) == 1
    # Another namespace, another resource, another operation.
    cluster.create("/api/v1/namespaces/default/configmaps", {"metadata": {"generateName": "c-", "labels": {"hook": "yes"}}})
    cluster.create(f"/api/v1/namespaces/{namespace}/secrets", {"metadata": {"name": "s", "labels": {"hook": "yes"}}})
    cluster.delete(f"/api/v1/namespaces/{namespace}/configmaps/marked")
    assert len(hooks.asked) == 1


def test_webhooks_go_by_name_and_are_asked_again_if_they_want(hooks, configure, create):
    hooks.answers |= {
        "/a": lambda request: {"allowed": True},
        "/b": patch({"op": "add", "path": "/data/b", "value": "2"}),
        "/c": {"allowed": True},
    }
    configure(path="/c", name="c-last")
    configure(path="/b", name="b-changes")
    configure(path="/a", name="a-first", reinvocationPolicy="IfNeeded")
    assert create()[0] == 201
    assert hooks.paths() == ["/a", "/b", "/c", "/a"]
    assert "b" not in hooks.asked[0][1]["object"]["data"] and "b" in hooks.asked[-1][1]["object"]["data"]


def test_a_dry_run_is_told(hooks, configure, create):
    hooks.answers["/m"] = {"allowed": True}
    configure(sideEffects="NoneOnDryRun")
    assert create("dry", "?dryRun=All")[0] == 201
    assert hooks.asked[-1][1]["dryRun"] is True


def test_a_validating_webhook_sees_the_last_word(hooks, configure, create):
    hooks.answers |= {"/m": patch({"op": "add", "path": "/data/b", "value": "2"}), "/v": {"allowed": True}}
    configure("validating", path="/v")
    configure(path="/m")
    assert create()[0] == 201
    assert hooks.paths() == ["/m", "/v"]
    seen = hooks.asked[-1][1]["object"]
    assert seen["data"]["b"] == "2" and seen["metadata"]["uid"]


@pytest.mark.parametrize("more, says", [
    ({"matchConditions": [{"name": "x", "expression": "true"}]}, "the lab evaluates no CEL expressions"),
    ({"sideEffects": "Unknown"}, "sideEffects"),
    ({"admissionReviewVersions": ["v1beta1"]}, "admissionReviewVersions"),
    ({"timeoutSeconds": 60}, "between 1 and 30 seconds"),
    ({"clientConfig": {"url": "http://127.0.0.1/"}}, "'https' is the only allowed URL scheme"),
    ({"called": "short"}, "at least three segments"),
])
def test_a_configuration_that_cannot_hold_is_refused(configure, more, says):
    status, answer = configure(**more)
    assert status == 422 and says in answer["message"], answer
