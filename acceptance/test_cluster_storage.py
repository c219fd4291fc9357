"""The storage of the cluster's API: pages, versions, watches, finalizers, owners, and many objects."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from test_cluster import Cluster

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Watch:
    """A watch on a connection of its own; events are read one by one."""

    def __init__(self, cluster, path, *, timeout=20):
        mark = "&" if "?" in path else "?"
        self.answer = cluster.http.request(
            "GET", f"{cluster.server}{path}{mark}watch=1", preload_content=False,
            headers={"Authorization": f"Bearer {cluster.token}"}, timeout=urllib3.Timeout(connect=5, read=timeout),
        )
        assert self.answer.status == 200, self.answer.data
        self.lines = self.read()

    def read(self):
        rest = b""
        for piece in self.answer.stream(1 << 16, decode_content=False):
            *lines, rest = (rest + piece).split(b"\n")
            yield from (json.loads(line) for line in lines if line)

    def next(self):
        return next(self.lines)

    def brief(self, count):
        """Type and name of so many events."""
        events = [self.next() for _ in range(count)]
        return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]

    def close(self):
        self.answer.close()


@pytest.fixture(scope="module")
def cluster(lab):
    return Cluster(lab)


@pytest.fixture
def path(cluster, unique):
    """The config maps of a fresh namespace, in which nothing else is."""
    namespace = cluster.namespace(unique("store"))
    return f"{namespace}/configmaps"


def config_map(name, **metadata):
    return {"metadata": {"name": name} | metadata}


def names(answer):
    return [item["metadata"]["name"] for item in answer["items"]]


def version(answer):
    return int(answer["metadata"]["resourceVersion"])


def apply(cluster, path, body, manager, **options):
    query = "&".join([f"fieldManager={manager}", *(f"{key}={value}" for key, value in options.items())])
    headers = {"Content-Type": "application/apply-patch+yaml"}
    return cluster.send("PATCH", f"{path}?{query}", body, headers=headers)


# Lists.


def test_pages_are_of_one_version_whatever_happens_between_them(cluster, path):
    for number in range(25):
        cluster.create(path, config_map(f"m{number:02}"))
    whole = cluster.get(path)
    found, token = [], ""
    while True:
        page = cluster.get(f"{path}?limit=7&continue={token}")
        assert version(page) == version(whole)
        found += page["items"]
        token = page["metadata"].get("continue", "")
        assert page["metadata"].get("remainingItemCount", 0) == len(whole["items"]) - len(found)
        if not token:
            break
        cluster.delete(f"{path}/m{len(found):02}")
        cluster.create(path, config_map(f"a{len(found)}"))
    assert found == whole["items"]
    old = cluster.get(f"{path}?resourceVersion={version(whole)}&resourceVersionMatch=Exact")
    assert old["items"] == whole["items"]


def test_a_restart_forgets_old_versions_and_says_so(new_lab):
    lab = new_lab()
    cluster = Cluster(lab)
    path = "/api/v1/namespaces/default/configmaps"
    for number in range(3):
        cluster.create(path, config_map(f"m{number}"))
    page = cluster.get(f"{path}?limit=1")
    last = cluster.create(path, config_map("late"))
    lab.kill()
    lab.start()
    again = Cluster(lab)
    assert version(again.get(path)) >= version(last)
    token = page["metadata"]["continue"]
    status, answer = again.send("GET", f"{path}?limit=9&continue={token}")
    assert (status, answer["reason"]) == (410, "Expired")
    rest = again.get(f"{path}?limit=9&continue={answer['metadata']['continue']}")
    assert names(rest) == ["late", "m0", "m1", "m2"]
    watch = Watch(again, f"{path}?resourceVersion={version(page)}")
    event = watch.next()
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert list(watch.lines) == []
    # From the last version that a client has seen, nothing is lost.
    watch = Watch(again, f"{path}?resourceVersion={version(again.get(path))}")
    made = again.create(path, config_map("z"))
    assert version(made) > version(last)
    assert watch.brief(1) == [("ADDED", "z")]


# Watches.


def test_a_watch_tells_each_change_once_and_in_order(cluster, path):
    start = version(cluster.get(path))
    watch = Watch(cluster, f"{path}?resourceVersion={start}")
    late = Watch(cluster, f"{path}?resourceVersion={start}&labelSelector=l")
    for number in range(20):
        cluster.create(path, config_map(f"m{number}"))
        cluster.merge(f"{path}/m{number}", {"metadata": {"labels": {"l": "x"}}})
    for number in range(20):
        cluster.delete(f"{path}/m{number}")
    events = [watch.next() for _ in range(60)]
    versions = [version(event["object"]) for event in events]
    assert versions == sorted(set(versions)) and versions[0] > start
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED"] * 20 + ["DELETED"] * 20
    assert [kind for kind, _ in late.brief(40)] == ["ADDED"] * 20 + ["DELETED"] * 20


def test_a_streamed_list_is_followed_by_changes(cluster, path):
    for number in range(3):
        cluster.create(path, config_map(f"m{number}"))
    query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    watch = Watch(cluster, f"{path}?{query}")
    assert watch.brief(4) == [("ADDED", name) for name in ("kube-root-ca.crt", "m0", "m1", "m2")]
    mark = watch.next()
    assert mark["type"] == "BOOKMARK" and mark["object"]["kind"] == "ConfigMap"
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert version(mark["object"]) == version(cluster.get(path))
    cluster.delete(f"{path}/m1")
    assert watch.brief(1) == [("DELETED", "m1")]


def test_a_watch_ends_in_time_and_tells_how_far_it_has_come(cluster, path):
    began = time.monotonic()
    watch = Watch(cluster, f"{path}?timeoutSeconds=2&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dx")
    events = list(watch.lines)
    assert [event["type"] for event in events] == ["BOOKMARK"]
    assert 1.5 < time.monotonic() - began < 6


def test_a_watch_ends_with_the_lab(new_lab):
    lab = new_lab()
    cluster = Cluster(lab)
    watch = Watch(cluster, "/api/v1/namespaces/default/configmaps")
    assert watch.brief(1) == [("ADDED", "kube-root-ca.crt")]
    lab.stop()
    assert list(watch.lines) == []


def test_a_client_that_does_not_read_is_cut_and_costs_nothing(new_lab):
    lab = new_lab()
    cluster = Cluster(lab)
    path = "/api/v1/namespaces/default/configmaps"
    cluster.create(path, config_map("big"))
    watch = Watch(cluster, f"{path}?resourceVersion={version(cluster.get(path))}", timeout=60)
    before = lab.memory()
    text = "x" * 500_000
    for number in range(90):
        cluster.merge(f"{path}/big", {"data": {"a": f"{number}{text}"}})
    assert lab.memory() - before < 120 << 20
    events = list(watch.lines)
    assert events[-1]["type"] == "ERROR" and events[-1]["object"]["code"] == 410


# Deletions.


def test_finalizers_owners_and_propagation(cluster, path):
    owner = cluster.create(path, config_map("owner"))
    reference = {
        "apiVersion": "v1", "kind": "ConfigMap", "name": "owner",
        "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True,
    }
    cluster.create(path, config_map("child", ownerReferences=[reference], finalizers=["example.com/hold"]))
    watch = Watch(cluster, f"{path}?resourceVersion={version(cluster.get(path))}")
    status, waits = cluster.send("DELETE", f"{path}/owner", {"propagationPolicy": "Foreground"})
    assert (status, waits["metadata"]["finalizers"]) == (200, ["foregroundDeletion"])
    assert names(cluster.get(path)) == ["child", "kube-root-ca.crt", "owner"]
    cluster.merge(f"{path}/child", {"metadata": {"finalizers": None}})
    assert names(cluster.get(path)) == ["kube-root-ca.crt"]
    gone = [name for kind, name in watch.brief(6) if kind == "DELETED"]
    assert gone == ["child", "owner"]


def test_a_namespace_waits_for_what_holds_in_it(cluster, path):
    cluster.create(path, config_map("held", finalizers=["example.com/hold"]))
    namespace = path.removesuffix("/configmaps")
    assert cluster.delete(namespace)["status"]["phase"] == "Terminating"
    status, answer = cluster.send("POST", path, config_map("more"))
    assert (status, answer["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
    assert cluster.get(namespace)["metadata"]["deletionTimestamp"]
    cluster.merge(f"{path}/held", {"metadata": {"finalizers": None}})
    assert cluster.send("GET", namespace)[0] == 404


# Writes.


def test_apply_and_its_conflicts(cluster, path):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"one": "1", "two": "2"}}
    status, made = apply(cluster, f"{path}/a", body, "first")
    assert (status, made["metadata"]["managedFields"][0]["manager"]) == (201, "first")
    again = apply(cluster, f"{path}/a", body, "first")[1]
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    other = body | {"data": {"two": "3"}}
    status, refused = apply(cluster, f"{path}/a", other, "second")
    assert (status, refused["reason"]) == (409, "Conflict")
    assert refused["details"]["causes"][0] == {
        "reason": "FieldManagerConflict", "message": 'conflict with "first"', "field": ".data.two",
    }
    status, forced = apply(cluster, f"{path}/a", other, "second", force="true")
    assert (status, forced["data"]) == (200, {"one": "1", "two": "3"})
    # What its manager no longer wants goes.
    status, left = apply(cluster, f"{path}/a", body | {"data": {}}, "first")
    assert (status, left["data"]) == (200, {"two": "3"})
    assert apply(cluster, f"{path}/a", body, "")[0] == 422


def test_patches_of_all_kinds(cluster, path):
    cluster.create(path, config_map("p") | {"data": {"a": "1"}})

    def patch(kind, body):
        return cluster.send("PATCH", f"{path}/p", body, headers={"Content-Type": f"application/{kind}+json"})

    assert patch("json-patch", [{"op": "add", "path": "/data/b", "value": "2"}])[1]["data"] == {"a": "1", "b": "2"}
    assert patch("merge-patch", {"data": {"a": None}})[1]["data"] == {"b": "2"}
    status, answer = patch("strategic-merge-patch", {"metadata": {"finalizers": ["example.com/a"]}})
    assert (status, answer["metadata"]["finalizers"]) == (200, ["example.com/a"])
    answer = patch("strategic-merge-patch", {"metadata": {"finalizers": ["example.com/b"]}})[1]
    assert sorted(answer["metadata"]["finalizers"]) == ["example.com/a", "example.com/b"]
    status, answer = patch("json-patch", [{"op": "test", "path": "/data/b", "value": "9"}])
    assert (status, answer["reason"]) == (422, "Invalid")
    assert patch("merge-patch", {"metadata": {"finalizers": None}})[0] == 200


def test_writers_at_once_lose_nothing(cluster, path):
    cluster.create(path, config_map("shared") | {"data": {}})

    def write(number):
        client = Cluster(cluster.lab)
        client.merge(f"{path}/shared", {"data": {f"k{number}": "v"}})
        while True:
            found = client.get(f"{path}/shared")
            found["data"][f"u{number}"] = "v"
            status, answer = client.send("PUT", f"{path}/shared", found)
            if status == 200:
                return
            assert (status, answer["reason"]) == (409, "Conflict")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    keys = set(cluster.get(f"{path}/shared")["data"])
    assert keys == {f"{kind}{number}" for kind in "ku" for number in range(24)}


def test_the_rules_of_single_kinds(cluster, path):
    namespace = path.removesuffix("/configmaps")
    secret = cluster.create(f"{namespace}/secrets", config_map("s") | {"stringData": {"k": "v"}})
    assert (secret["type"], secret["data"], secret.get("stringData")) == ("Opaque", {"k": "dg=="}, None)
    cluster.merge(f"{namespace}/secrets/s", {"immutable": True})
    headers = {"Content-Type": "application/merge-patch+json"}
    status, answer = cluster.send("PATCH", f"{namespace}/secrets/s", {"data": {"k": "eA=="}}, headers=headers)
    assert status == 422 and "field is immutable when `immutable` is set" in answer["message"]
    only = cluster.get(f"{namespace}/secrets?fieldSelector=type%3DOpaque")
    assert names(only) == ["s"]
    rbac = namespace.replace("/api/v1", "/apis/rbac.authorization.k8s.io/v1")
    role = {"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"}
    cluster.create(f"{rbac}/rolebindings", config_map("b") | {"roleRef": role})
    status, answer = cluster.send(
        "PATCH", f"{rbac}/rolebindings/b", {"roleRef": role | {"name": "edit"}}, headers=headers,
    )
    assert status == 422 and "cannot change roleRef" in answer["message"]
    leases = namespace.replace("/api/v1", "/apis/coordination.k8s.io/v1")
    status, made = cluster.send("PUT", f"{leases}/leases/l", config_map("l") | {"spec": {"holderIdentity": "a"}})
    assert status == 201
    status, answer = cluster.send("PUT", f"{leases}/leases/l", config_map("l") | {"spec": {}})
    assert status == 422 and "must be specified for an update" in answer["message"]


def test_a_definition_brings_versions_status_and_validation(cluster, path, unique):
    name = unique("gadget").replace("-", "")
    properties = {
        "spec": {"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "minimum": 1},
            "color": {"type": "string", "default": "red"},
        }},
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    }
    each = {
        "served": True, "subresources": {"status": {}}, "selectableFields": [{"jsonPath": ".spec.color"}],
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
    }
    cluster.create(CRDS, {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{name}s.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": f"{name}s", "kind": name.title()},
            "versions": [{"name": "v1", "storage": True} | each, {"name": "v1beta1", "storage": False} | each],
        },
    })
    space = path.removesuffix("/configmaps").removeprefix("/api/v1")
    v1, beta = (f"/apis/example.com/{version}{space}/{name}s" for version in ("v1", "v1beta1"))
    body = {"apiVersion": "example.com/v1beta1", "kind": name.title(), "metadata": {"name": "g"}}
    status, answer = cluster.send("POST", beta, body | {"spec": {"size": 0}})
    assert (status, answer["reason"]) == (422, "Invalid"), answer
    made = cluster.create(beta, body | {"spec": {"size": 1, "unknown": 2}, "status": {"ready": True}})
    assert made["spec"] == {"size": 1, "color": "red"} and "status" not in made
    assert cluster.get(f"{v1}/g")["apiVersion"] == "example.com/v1"
    assert cluster.get(beta)["items"] == [made]
    headers = {"Content-Type": "application/merge-patch+json"}
    change = {"spec": {"size": 9}, "status": {"ready": True}}
    status, answer = cluster.send("PATCH", f"{v1}/g/status", change, headers=headers)
    assert (answer["spec"]["size"], answer["status"], answer["metadata"]["generation"]) == (1, {"ready": True}, 1)
    changed = cluster.merge(f"{v1}/g", {"spec": {"size": 9}, "status": {"ready": False}})
    assert (changed["status"], changed["metadata"]["generation"]) == ({"ready": True}, 2)
    assert names(cluster.get(f"{v1}?fieldSelector=spec.color%3Dred")) == ["g"]
    watch = Watch(cluster, f"{beta}?resourceVersion={version(changed)}")
    cluster.delete(f"{CRDS}/{name}s.example.com")
    event = watch.next()
    assert (event["type"], event["object"]["apiVersion"]) == ("DELETED", "example.com/v1beta1")


def test_both_forms_of_events_are_the_same_objects(cluster, path):
    events = path.replace("configmaps", "events")
    other = events.replace("/api/v1", "/apis/events.k8s.io/v1")
    namespace = path.split("/")[-2]
    about = {"kind": "Pod", "name": "p", "namespace": namespace}
    watch = Watch(cluster, f"{events}?resourceVersion={version(cluster.get(events))}")
    made = cluster.create(other, config_map("e") | {
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "regarding": about, "note": "hello", "reason": "Tested",
        "action": "Test", "type": "Normal", "reportingController": "test", "reportingInstance": "here",
        "eventTime": "2026-01-01T00:00:00.000000Z",
    })
    assert (made["apiVersion"], made["note"], made["regarding"]["name"]) == ("events.k8s.io/v1", "hello", "p")
    found = cluster.get(f"{events}/e")
    assert (found["apiVersion"], found["message"], found["involvedObject"]["name"]) == ("v1", "hello", "p")
    assert watch.next()["object"] == found
    assert cluster.get(f"{other}?fieldSelector=regarding.name%3Dp")["items"] == [made]
    status, answer = cluster.send("POST", events, config_map("f") | {"involvedObject": about | {"namespace": "x"}})
    assert status == 422 and "does not match event.namespace" in answer["message"]


def test_an_object_is_scaled(cluster, path):
    deployments = path.replace("/api/v1", "/apis/apps/v1").replace("configmaps", "deployments")
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "example.com/a:1"}]}}
    cluster.create(deployments, {"apiVersion": "apps/v1", "kind": "Deployment"} | config_map("d") | {
        "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    })
    scale = cluster.get(f"{deployments}/d/scale")
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 1}, "a=b")
    scale["spec"]["replicas"] = 4
    assert cluster.send("PUT", f"{deployments}/d/scale", scale)[1]["spec"] == {"replicas": 4}
    assert cluster.send("PUT", f"{deployments}/d/scale", scale)[0] == 409
    assert cluster.merge(f"{deployments}/d/scale", {"spec": {"replicas": 2}})["spec"] == {"replicas": 2}
    assert cluster.get(f"{deployments}/d")["spec"]["replicas"] == 2


# Many.


def test_many_pods_cost_as_much_each_as_few(new_lab):
    lab = new_lab()
    cluster = Cluster(lab)
    cluster.namespace("many")
    # The rest is the program itself, which a build for debugging makes large.
    assert lab.memory("RssAnon") < 20 << 20
    role = f"arn:aws:iam::{lab.account}:role/r"
    base = "/api/v1/namespaces/many"
    clients = threading.local()

    def create(number):
        client = getattr(clients, "own", None)
        if client is None:
            client = clients.own = Cluster(lab)
        client.account("many", f"a{number}", role)
        container = {"name": "main", "image": "example.com/a:1"}
        client.create(f"{base}/pods", config_map(f"p{number}") | {
            "spec": {"serviceAccountName": f"a{number}", "containers": [container]},
        })

    def batch(numbers):
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(create, numbers))
        return time.monotonic() - began

    batch(range(100))
    first = batch(range(100, 400))
    batch(range(400, 1200))
    last = batch(range(1200, 1500))
    assert last < 3 * first, (first, last)
    pods = cluster.get(f"{base}/pods")["items"]
    assert len(pods) == 1500
    assert all(pod["spec"]["volumes"][0]["name"] == "aws-iam-token" for pod in pods)
