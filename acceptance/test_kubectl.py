"""kubectl and helm against the lab's cluster: what a user of theirs does all day."""

from __future__ import annotations

import json
import subprocess
import textwrap
import time

import pytest

from kubectl import KUBECTL, Kubectl

WIDGETS = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: %(plural)s.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {plural: %(plural)s, kind: %(kind)s, shortNames: [%(short)s], categories: [%(plural)s-and-more]}
      versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}}
          additionalPrinterColumns:
            - {name: Size, type: integer, jsonPath: .spec.size, description: How large it is.}
            - {name: Colour, type: string, jsonPath: .spec.colour, priority: 1}
          schema:
            openAPIV3Schema:
              type: object
              description: A thing of some size.
              properties:
                spec:
                  type: object
                  required: [size]
                  properties:
                    size: {type: integer, minimum: 1, description: How large it is.}
                    colour: {type: string, default: red}
                status:
                  type: object
                  properties:
                    ready: {type: boolean}
"""


@pytest.fixture(scope="module")
def kubectl(lab, tmp_path_factory) -> Kubectl:
    return Kubectl(lab, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def namespace(kubectl, unique) -> str:
    name = unique("team")
    kubectl("create", "namespace", name)
    return name


@pytest.fixture
def widgets(kubectl, unique):
    """A kind of the test's own: its plural name and its kind."""
    number = unique("w").rsplit("-", 1)[-1]
    names = {"plural": f"widgets{number}", "kind": f"Widget{number}", "short": f"w{number}"}
    kubectl.apply(WIDGETS % names)
    kubectl("wait", "--for=condition=Established", f"crd/{names['plural']}.example.com", "--timeout=10s")
    yield names
    kubectl("delete", "crd", f"{names['plural']}.example.com", "--ignore-not-found")


def pod(name: str, namespace: str) -> str:
    return f"""
    apiVersion: v1
    kind: Pod
    metadata: {{name: {name}, namespace: {namespace}}}
    spec: {{containers: [{{name: main, image: "example.com/a:1"}}]}}
    """


# What the API says of itself.


def test_it_knows_what_is_served(kubectl):
    assert "Server Version: v1.35" in kubectl.says("version")
    served = kubectl.says("api-resources")
    for line in ("serviceaccounts", "customresourcedefinitions", "rolebindings", "runnerdeployments"):
        assert line in served
    assert "rbac.authorization.k8s.io/v1" in kubectl.says("api-versions").split()
    assert kubectl.says("get", "--raw", "/readyz") == "ok"


def test_it_explains_kinds(kubectl, widgets):
    assert "container" in kubectl.says("explain", "pod.spec.containers.image").lower()
    assert "serviceAccountName" in kubectl.says("explain", "pod.spec")
    said = kubectl.says("explain", f"{widgets['plural']}.spec.size")
    assert "How large it is." in said and "<integer>" in said


def test_a_definition_appears_and_vanishes_at_once(kubectl, widgets, namespace):
    assert widgets["plural"] in kubectl.says("api-resources", "--api-group=example.com")
    widget = {"apiVersion": "example.com/v1", "kind": widgets["kind"], "metadata": {"name": "one"}, "spec": {"size": 3}}
    kubectl.says("apply", "-n", namespace, "-f", "-", stdin=json.dumps(widget))
    shown = kubectl.says("get", widgets["short"], "-n", namespace).splitlines()
    assert shown[0].split() == ["NAME", "SIZE"] and shown[1].split() == ["one", "3"]
    assert "red" in kubectl.says("get", f"{widgets['plural']}-and-more", "-n", namespace, "-o", "wide")
    widget["spec"] = {"size": 0}
    said = kubectl.refuses("apply", "-n", namespace, "-f", "-", stdin=json.dumps(widget))
    assert "spec.size" in said and "greater than or equal to 1" in said
    kubectl("delete", "crd", f"{widgets['plural']}.example.com")
    # kubectl itself may still remember the kind.
    said = kubectl.refuses("get", widgets["plural"], "-n", namespace)
    assert "doesn't have a resource type" in said or "could not find the requested resource" in said


# Objects.


def test_objects_are_shown_in_all_forms(kubectl, namespace):
    kubectl.apply(pod("p", namespace))
    [head, line] = kubectl.says("get", "pods", "-n", namespace).splitlines()
    assert head.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert line.split()[:4] == ["p", "1/1", "Running", "0"]
    assert "NODE" in kubectl.says("get", "pods", "-n", namespace, "-o", "wide")
    assert kubectl.says("get", "pods", "-n", namespace, "-o", "name") == "pod/p\n"
    assert kubectl.json("get", "pod", "p", "-n", namespace)["spec"]["containers"][0]["name"] == "main"
    assert "kind: Pod" in kubectl.says("get", "pod", "p", "-n", namespace, "-o", "yaml")
    assert kubectl.says("get", "pod", "p", "-n", namespace, "-o", "jsonpath={.status.phase}") == "Running"
    columns = "custom-columns=N:.metadata.name,I:.spec.containers[0].image"
    assert kubectl.says("get", "pods", "-n", namespace, "-o", columns).split() == ["N", "I", "p", "example.com/a:1"]
    assert "p" in kubectl.says("get", "all", "-n", namespace)
    assert "example.com/a:1" in kubectl.says("describe", "pod", "p", "-n", namespace)
    for kind in ("ns", "sa", "secrets", "cm", "roles", "rolebindings", "clusterroles", "leases", "events", "nodes", "crd"):
        kubectl("get", kind, "-A")


def test_apply_twice_changes_nothing_and_then_takes_away(kubectl, namespace):
    config = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: c, namespace: %s}
    data: {%s}
    """
    assert "configmap/c created" in kubectl.apply(config % (namespace, 'a: "1", b: "2"'))
    assert "configmap/c unchanged" in kubectl.apply(config % (namespace, 'a: "1", b: "2"'))
    said = kubectl.says("diff", "-f", "-", stdin=textwrap.dedent(config % (namespace, 'a: "2"')), check=False)
    assert "-  b: " in said
    assert "configmap/c configured" in kubectl.apply(config % (namespace, 'a: "2"'))
    assert kubectl.json("get", "cm", "c", "-n", namespace)["data"] == {"a": "2"}


def test_server_side_apply_knows_whose_fields_are_whose(kubectl, namespace):
    config = f"""
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: c, namespace: {namespace}}}
    data: {{a: "1"}}
    """
    assert "serverside-applied" in kubectl.apply(config, "--server-side", "--field-manager=one")
    other = config.replace('"1"', '"2"')
    said = kubectl.refuses("apply", "--server-side", "--field-manager=two", "-f", "-", stdin=textwrap.dedent(other))
    assert 'conflict with "one"' in said and ".data.a" in said
    kubectl.apply(other, "--server-side", "--field-manager=two", "--force-conflicts")
    found = kubectl.json("get", "cm", "c", "-n", namespace, "--show-managed-fields")
    assert found["data"] == {"a": "2"}
    owners = {entry["manager"]: entry["fieldsV1"] for entry in found["metadata"]["managedFields"]}
    assert "f:a" in owners["two"]["f:data"] and "f:a" not in owners.get("one", {}).get("f:data", {})


def test_patches_labels_and_edits(kubectl, namespace, tmp_path):
    kubectl("create", "configmap", "c", "-n", namespace, "--from-literal=a=1")
    where = ("cm", "c", "-n", namespace)
    kubectl("patch", *where, "-p", '{"data": {"b": "2"}}')
    kubectl("patch", *where, "--type=merge", "-p", '{"data": {"a": null}}')
    kubectl("patch", *where, "--type=json", "-p", '[{"op": "add", "path": "/data/c", "value": "3"}]')
    kubectl("label", *where, "app=x")
    kubectl("annotate", *where, "why=because")
    found = kubectl.json("get", *where)
    assert found["data"] == {"b": "2", "c": "3"}
    assert (found["metadata"]["labels"], found["metadata"]["annotations"]["why"]) == ({"app": "x"}, "because")
    assert kubectl.says("get", "cm", "-n", namespace, "-l", "app=x", "-o", "name") == "configmap/c\n"
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/b: \"2\"/b: \"edited\"/' \"$1\"\n")
    editor.chmod(0o755)
    kubectl("edit", *where, env={"KUBE_EDITOR": str(editor)})
    assert kubectl.json("get", *where)["data"]["b"] == "edited"


def test_what_kubectl_makes_by_itself(kubectl, namespace):
    kubectl("create", "serviceaccount", "ci", "-n", namespace)
    kubectl("create", "secret", "generic", "s", "-n", namespace, "--from-literal=k=v")
    kubectl("create", "role", "r", "-n", namespace, "--verb=get,list", "--resource=pods")
    kubectl("create", "rolebinding", "rb", "-n", namespace, "--role=r", f"--serviceaccount={namespace}:ci")
    assert kubectl.json("get", "secret", "s", "-n", namespace)["data"] == {"k": "dg=="}
    token = kubectl.says("create", "token", "ci", "-n", namespace, "--duration=20m").strip()
    assert token.count(".") == 2
    line = kubectl.says("get", "rolebindings", "-n", namespace).splitlines()[1]
    assert line.split()[:2] == ["rb", "Role/r"]


def test_waiting_and_watching(kubectl, namespace):
    kubectl.apply(pod("p", namespace))
    kubectl("wait", "--for=condition=Ready", "pod/p", "-n", namespace, "--timeout=10s")
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/p", "-n", namespace, "--timeout=10s")
    watch = subprocess.Popen(
        [KUBECTL, "get", "pods", "-n", namespace, "-w", "--output-watch-events"],
        env=kubectl.environment(), stdout=subprocess.PIPE, text=True,
    )
    try:
        assert watch.stdout.readline().split()[:2] == ["EVENT", "NAME"]
        assert watch.stdout.readline().split()[:2] == ["ADDED", "p"]
        kubectl("label", "pod", "p", "-n", namespace, "seen=yes")
        assert watch.stdout.readline().split()[:2] == ["MODIFIED", "p"]
        waiter = subprocess.Popen(
            [KUBECTL, "wait", "--for=delete", "pod/p", "-n", namespace, "--timeout=20s"], env=kubectl.environment(),
        )
        kubectl("delete", "pod", "p", "-n", namespace)
        assert waiter.wait(timeout=30) == 0
        kinds = [watch.stdout.readline().split()[0]]
        while kinds[-1] != "DELETED":
            kinds.append(watch.stdout.readline().split()[0])
        assert set(kinds) <= {"MODIFIED", "DELETED"}
    finally:
        watch.kill()
        watch.wait()


def test_deletions_go_to_what_is_owned(kubectl, namespace):
    def owned(name: str) -> None:
        kubectl("create", "configmap", name, "-n", namespace)
        uid = kubectl.json("get", "cm", name, "-n", namespace)["metadata"]["uid"]
        owner = [{"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid}]
        child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-child", "namespace": namespace, "ownerReferences": owner}}
        kubectl.says("create", "-f", "-", stdin=json.dumps(child))

    def names() -> str:
        return kubectl.says("get", "cm", "-n", namespace, "-o", "name")

    for name, cascade in (("a", "background"), ("b", "foreground")):
        owned(name)
        kubectl("delete", "cm", name, "-n", namespace, f"--cascade={cascade}")
        deadline = time.monotonic() + 10
        while f"{name}-child" in names() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert f"{name}-child" not in names()
    owned("c")
    kubectl("delete", "cm", "c", "-n", namespace, "--cascade=orphan")
    assert "c-child" in names()


# Who may what.


def test_a_user_may_what_a_binding_gives(kubectl, lab, namespace):
    kubectl("create", "role", "reader", "-n", namespace, "--verb=get,list", "--resource=pods")
    kubectl("create", "rolebinding", "readers", "-n", namespace, "--role=reader", "--user=ann", "--group=readers")
    assert kubectl.says("auth", "can-i", "list", "pods", "-n", namespace, "--as=ann").strip() == "yes"
    assert "no" in kubectl.refuses("auth", "can-i", "list", "secrets", "-n", namespace, "--as=ann")
    assert "no" in kubectl.refuses("auth", "can-i", "list", "pods", "--as=ann")
    rules = kubectl.says("auth", "can-i", "--list", "-n", namespace, "--as=ann")
    assert any(line.split()[0] == "pods" for line in rules.splitlines()[1:]), rules
    kubectl("get", "pods", "-n", namespace, "--as=bob", "--as-group=readers")
    decisions = lab.last_event("list pods")["decisions"]
    assert f'RoleBinding "readers/{namespace}" of Role "reader" to Group "readers"' in decisions[-1]["summary"]
    said = kubectl.refuses("get", "secrets", "-n", namespace, "--as=ann")
    assert f'User "ann" cannot list resource "secrets" in API group "" in the namespace "{namespace}"' in said


def test_the_default_roles_give_what_they_say(kubectl, namespace):
    kubectl("create", "rolebinding", "v", "-n", namespace, "--clusterrole=view", "--user=viewer")
    kubectl("create", "rolebinding", "e", "-n", namespace, "--clusterrole=edit", "--user=editor")
    kubectl("create", "rolebinding", "a", "-n", namespace, "--clusterrole=admin", "--user=chief")

    def can(user: str, *words: str) -> bool:
        done = kubectl("auth", "can-i", *words, "-n", namespace, f"--as={user}", check=False)
        return done.stdout.strip() == "yes"

    assert can("viewer", "list", "pods") and not can("viewer", "list", "secrets")
    assert can("editor", "create", "secrets") and not can("editor", "create", "roles")
    assert can("chief", "create", "rolebindings") and not can("chief", "delete", "nodes")


def test_nobody_gives_more_than_he_has(kubectl, namespace, unique):
    kubectl("create", "rolebinding", "a", "-n", namespace, "--clusterrole=admin", "--user=chief")
    kubectl("create", "role", "pods", "-n", namespace, "--verb=get", "--resource=pods", "--as=chief")
    said = kubectl.refuses("create", "role", "all", "-n", namespace, "--verb=*", "--resource=*.*", "--as=chief")
    assert "is attempting to grant RBAC permissions not currently held" in said
    said = kubectl.refuses("create", "rolebinding", "x", "-n", namespace, "--clusterrole=cluster-admin", "--user=me", "--as=chief")
    assert "is attempting to grant RBAC permissions not currently held" in said
    name = unique("binder")
    kubectl("create", "clusterrole", name, "--verb=bind", "--resource=clusterroles", "--resource-name=cluster-admin")
    kubectl("create", "rolebinding", "binder", "-n", namespace, f"--clusterrole={name}", "--user=chief")
    kubectl("create", "rolebinding", "x", "-n", namespace, "--clusterrole=cluster-admin", "--user=me", "--as=chief")
    kubectl("delete", "clusterrole", name)


def test_an_aggregated_role_follows_its_parts(kubectl, unique, namespace):
    whole, part = unique("whole"), unique("part")
    kubectl.apply(f"""
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {{name: {whole}}}
    aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{part-of: {whole}}}}}]}}
    """)
    kubectl("create", "clusterrole", part, "--verb=get", "--resource=pods")
    assert kubectl.json("get", "clusterrole", whole).get("rules") in (None, [])
    kubectl("label", "clusterrole", part, f"part-of={whole}")
    [rule] = kubectl.json("get", "clusterrole", whole)["rules"]
    assert (rule["resources"], rule["verbs"]) == (["pods"], ["get"])
    kubectl("delete", "clusterrole", part, whole)


def test_whoami_by_token_and_by_certificate(kubectl, lab, tmp_path):
    who = kubectl.json("auth", "whoami")["status"]["userInfo"]
    assert who["username"] == "kubernetes-admin" and "system:masters" in who["groups"]
    certified = Kubectl(lab, tmp_path, context="hallpass-lab-certificate")
    who = certified.json("auth", "whoami")["status"]["userInfo"]
    assert who["username"] == "kubernetes-super-admin"
    assert who["groups"] == ["system:masters", "system:authenticated"]
    assert lab.last_event("create selfsubjectreviews.authentication.k8s.io")["caller"] == "kubernetes-super-admin"
    who = kubectl.json("auth", "whoami", "--as=ann", "--as-group=dev", "--as-uid=7")["status"]["userInfo"]
    assert (who["username"], who["uid"], who["groups"]) == ("ann", "7", ["dev", "system:authenticated"])


def test_a_token_is_its_accounts(kubectl, namespace, tmp_path):
    kubectl("create", "serviceaccount", "ci", "-n", namespace)
    token = kubectl.says("create", "token", "ci", "-n", namespace).strip()
    server = kubectl.says("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    config = json.loads(kubectl.says("config", "view", "--minify", "--raw", "-o", "json"))
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    own = tmp_path / "kubeconfig"
    own.write_text(json.dumps(config))
    env = {"KUBECONFIG": str(own)}
    who = json.loads(kubectl.says("auth", "whoami", "-o", "json", env=env))["status"]["userInfo"]
    assert who["username"] == f"system:serviceaccount:{namespace}:ci" and server
    assert f"system:serviceaccounts:{namespace}" in who["groups"]
    assert "cannot list resource" in kubectl.refuses("get", "pods", "-n", namespace, env=env)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    said = json.loads(kubectl.says("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))["status"]
    assert said["authenticated"] and said["user"]["username"] == who["username"]
    review["spec"]["token"] = token[:-4] + "AAAA"
    said = json.loads(kubectl.says("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))["status"]
    assert not said.get("authenticated") and said["error"]


def test_impersonation_needs_a_rule(kubectl, lab, namespace, unique, tmp_path):
    name = unique("impersonators")
    kubectl("create", "serviceaccount", "proxy", "-n", namespace)
    kubectl("create", "clusterrole", name, "--verb=impersonate", "--resource=users", "--resource-name=ann")
    kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--serviceaccount={namespace}:proxy")
    token = kubectl.says("create", "token", "proxy", "-n", namespace).strip()
    config = json.loads(kubectl.says("config", "view", "--minify", "--raw", "-o", "json"))
    config["users"][0]["user"] = {"token": token}
    own = tmp_path / "kubeconfig"
    own.write_text(json.dumps(config))
    env = {"KUBECONFIG": str(own)}
    who = json.loads(kubectl.says("auth", "whoami", "--as=ann", "-o", "json", env=env))
    assert who["status"]["userInfo"]["username"] == "ann"
    said = kubectl.refuses("get", "pods", "--as=root", env=env)
    assert 'cannot impersonate resource "users"' in said
    kubectl("delete", "clusterrole,clusterrolebinding", name)


# helm.


def test_helm_installs_upgrades_and_removes(kubectl, namespace, tmp_path):
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: tiny\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("colour: red\n")
    (chart / "templates/all.yaml").write_text(textwrap.dedent("""
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: tiny}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: tiny}
        data: {colour: {{ .Values.colour }}}
    """))
    kubectl.helm("install", "tiny", str(chart), "-n", namespace, "--wait")
    assert kubectl.json("get", "cm", "tiny", "-n", namespace)["data"] == {"colour": "red"}
    kubectl.helm("upgrade", "tiny", str(chart), "-n", namespace, "--set", "colour=blue")
    assert kubectl.json("get", "cm", "tiny", "-n", namespace)["data"] == {"colour": "blue"}
    assert json.loads(kubectl.helm("list", "-n", namespace, "-o", "json").stdout)[0]["status"] == "deployed"
    kubectl.helm("uninstall", "tiny", "-n", namespace)
    assert "tiny" not in kubectl.says("get", "cm,sa", "-n", namespace, "-o", "name")
