"""The lab under load with faults on: `python soak.py SECONDS [--seed N]`.

Several clients at once, each a thread with a connection of its own: exchanges of web identity tokens
that must and that must not be granted, IAM and ECR by boto3, the cluster's API by its Python client
and a raw watch. Every answer is either the right one or a fault that was asked for. Each writer keeps
a ledger of what was acknowledged, and the ledgers are compared with the lab at the end, and once more
after it was killed and started again. The resident set is measured all the while.

Prints one JSON document; the exit status is 1 where a decision was wrong, a write was lost, or the
memory grew.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import botocore.exceptions
import botocore.parsers
import urllib3
from kubernetes import client as kube
from kubernetes import config as kube_config
from kubernetes import watch as kube_watch

import lab as lab_module
from conftest import trust
from lab import Lab

FAULTS = [
    "sts:throttle:0.03", "sts:latency:5ms", "iam:internal-failure:0.03", "iam:reset:0.01", "ecr:unavailable:0.03",
    "ecr:half-response:0.01", "kubernetes:internal-failure:0.02", "kubernetes:reset:0.01", "registry:unavailable:0.02",
]
# What a fault that was asked for looks like to a client.
FAULT_CODES = {
    "Throttling", "ThrottlingException", "InternalFailure", "InternalServerError", "ServerException", "ServiceUnavailable",
    "ServiceUnavailableException", "500", "502", "503", "IDPCommunicationError",
}
FAULT_STATUSES = {429, 500, 502, 503, 504}
KEPT = 40


class Wrong(Exception):
    """An answer that is neither right nor a fault that was asked for."""


class Ledger:
    """What one client was told: names that are there, names that are gone, names in doubt."""

    def __init__(self):
        self.there: dict[str, str] = {}
        self.gone: set[str] = set()

    def made(self, name, content=""):
        self.there[name] = content
        self.gone.discard(name)

    def removed(self, name):
        self.there.pop(name, None)
        self.gone.add(name)
        if len(self.gone) > 500:
            self.gone = set(list(self.gone)[-100:])

    def doubt(self, name):
        """The answer was lost on the way: the write may have happened."""
        self.there.pop(name, None)
        self.gone.discard(name)

    def faults_of(self, found: dict[str, str]) -> list[str]:
        lost = [f"{name} is lost" for name in self.there if name not in found]
        changed = [
            f"{name} has {found[name]!r}, not {content!r}"
            for name, content in self.there.items()
            if name in found and found[name] != content
        ]
        return lost + changed + [f"{name} came back" for name in self.gone if name in found]


class Client(threading.Thread):
    """Does one thing over and over until told to stop."""

    def __init__(self, soak: Soak, number: int):
        super().__init__(daemon=True, name=f"{type(self).__name__}-{number}")
        self.soak, self.number = soak, number
        self.chance = random.Random(f"{soak.seed} {self.name}")
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self.ledger = Ledger()
        self.serial = 0

    def name_next(self) -> str:
        self.serial += 1
        return f"{self.name.lower()}-{self.serial}"

    def run(self):
        while not self.soak.over.is_set():
            try:
                self.once()
                self.counts["done"] += 1
            except Wrong as wrong:
                self.wrong.append(str(wrong))
            except Exception as error:  # The judgement is `is_fault`'s.
                if is_fault(error):
                    self.counts["faults"] += 1
                else:
                    self.wrong.append(f"{type(error).__name__}: {error}"[:400])
            if len(self.wrong) > 20:
                return

    def once(self):
        raise NotImplementedError

    def found(self) -> dict[str, str]:
        """What the lab has, by the names of the ledger."""
        return {}


def is_fault(error: BaseException) -> bool:
    if isinstance(error, botocore.exceptions.ClientError):
        return error.response["Error"]["Code"] in FAULT_CODES
    if isinstance(error, kube.ApiException):
        return error.status in FAULT_STATUSES or error.status == 0
    lost = (
        botocore.exceptions.HTTPClientError, botocore.parsers.ResponseParserError, urllib3.exceptions.HTTPError,
        http.client.HTTPException, ConnectionError, TimeoutError,
    )
    return isinstance(error, lost)


class Exchange(Client):
    """The service account that the role trusts gets in; another does not."""

    def once(self):
        sts = self.soak.sts
        may = self.chance.random() < 0.5
        token = self.soak.token if may else self.soak.other_token
        try:
            answer = sts.assume_role_with_web_identity(
                RoleArn=self.soak.role, RoleSessionName="soak", WebIdentityToken=token
            )
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            if may:
                raise Wrong("the trusted service account was refused") from error
            return
        if not may:
            raise Wrong("a service account that the role does not trust got in")
        if self.chance.random() < 0.2:
            self.use(answer["Credentials"])

    def use(self, credentials):
        """The session may get a login, and may not list roles."""
        session = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        self.soak.client("ecr", session).get_authorization_token()
        try:
            self.soak.client("iam", session).list_roles()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return
        raise Wrong("a session listed roles that it may not list")


class Iam(Client):
    """Roles with a tag, made, changed, deleted."""

    def __init__(self, soak, number):
        super().__init__(soak, number)
        self.iam = soak.client("iam")

    def once(self):
        if len(self.ledger.there) >= KEPT:
            name = self.chance.choice(list(self.ledger.there))
            self.ledger.doubt(name)
            self.iam.delete_role(RoleName=name)
            self.ledger.removed(name)
            return
        name = self.name_next()
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": "*"}), Description=name)
        self.ledger.made(name, name)

    def found(self):
        pages = self.iam.get_paginator("list_roles").paginate()
        roles = [role for page in pages for role in page["Roles"]]
        return {role["RoleName"]: role.get("Description", "") for role in roles}


class Ecr(Client):
    """Repositories, made and deleted."""

    def __init__(self, soak, number):
        super().__init__(soak, number)
        self.ecr = soak.client("ecr")

    def once(self):
        if len(self.ledger.there) >= KEPT:
            name = self.chance.choice(list(self.ledger.there))
            self.ledger.doubt(name)
            self.ecr.delete_repository(repositoryName=name)
            self.ledger.removed(name)
            return
        name = self.name_next()
        self.ecr.create_repository(repositoryName=name)
        self.ledger.made(name)

    def found(self):
        pages = self.ecr.get_paginator("describe_repositories").paginate()
        return {one["repositoryName"]: "" for page in pages for one in page["repositories"]}


class ConfigMaps(Client):
    """Config maps by the cluster's API, made, patched, deleted."""

    def once(self):
        api, chance = self.soak.core, self.chance
        choice = chance.random()
        if self.ledger.there and choice < 0.4:
            name, content = chance.choice(list(self.ledger.there)), str(chance.random())
            self.ledger.doubt(name)
            api.patch_namespaced_config_map(name, "soak", {"data": {"content": content}})
            self.ledger.made(name, content)
        elif len(self.ledger.there) >= KEPT:
            name = chance.choice(list(self.ledger.there))
            self.ledger.doubt(name)
            api.delete_namespaced_config_map(name, "soak")
            self.ledger.removed(name)
        else:
            name = self.name_next()
            api.create_namespaced_config_map("soak", {"metadata": {"name": name}, "data": {"content": "first"}})
            self.ledger.made(name, "first")

    def found(self):
        maps = self.soak.core.list_namespaced_config_map("soak").items
        return {one.metadata.name: (one.data or {}).get("content", "") for one in maps}


class Pods(Client):
    """Pods of an annotated service account: each is injected, or not there."""

    def once(self):
        api = self.soak.core
        if len(self.ledger.there) >= KEPT:
            name = self.chance.choice(list(self.ledger.there))
            self.ledger.doubt(name)
            api.delete_namespaced_pod(name, "soak")
            self.ledger.removed(name)
            return
        name = self.name_next()
        containers = [{"name": "runner", "image": "runner"}]
        spec = {"serviceAccountName": "runner", "containers": containers}
        made = api.create_namespaced_pod("soak", {"metadata": {"name": name}, "spec": spec})
        variables = {one.name: one.value for one in made.spec.containers[0].env or []}
        if variables.get("AWS_ROLE_ARN") != self.soak.role:
            raise Wrong(f"the pod {name} was not injected: {variables}")
        self.ledger.made(name)

    def found(self):
        return {one.metadata.name: "" for one in self.soak.core.list_namespaced_pod("soak").items}


class Watcher(Client):
    """Follows config maps; resource versions rise, and a name is added once until it is deleted."""

    def once(self):
        seen, last = set(), 0
        for event in kube_watch.Watch().stream(
            self.soak.core.list_namespaced_config_map, "soak", timeout_seconds=5, _request_timeout=30
        ):
            found = event["object"]
            version = int(found.metadata.resource_version)
            if event["type"] == "ADDED" and found.metadata.name in seen:
                raise Wrong(f"{found.metadata.name} was added twice")
            if event["type"] == "DELETED":
                seen.discard(found.metadata.name)
            else:
                seen.add(found.metadata.name)
            if event["type"] != "ADDED" and version <= last:
                raise Wrong(f"the version {version} came after {last}")
            last = max(last, version) if event["type"] != "ADDED" else last
            self.counts["events"] += 1
            if self.soak.over.is_set():
                return


class Soak:
    """The lab, its clients, and the judgement."""

    def __init__(self, folder: Path, seconds: int, seed: int):
        self.seconds, self.seed = seconds, seed
        self.over = threading.Event()
        self.lab = Lab(folder / "lab", "--fault-seed", str(seed)).start()
        self.memory: list[int] = []

    def client(self, service, credentials=None):
        return self.lab.client(service, credentials, max_pool_connections=20)

    def prepare(self):
        iam, lab = self.client("iam"), self.lab
        issuer = lab.env["HALLPASS_LAB_ISSUER"]
        provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
        host = issuer.removeprefix("https://")
        subject = "system:serviceaccount:soak:runner"
        document = trust(
            {"Federated": provider["OpenIDConnectProviderArn"]}, "sts:AssumeRoleWithWebIdentity",
            {"StringEquals": {f"{host}:sub": subject, f"{host}:aud": "sts.amazonaws.com"}},
        )
        self.role = iam.create_role(RoleName="soak", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        only = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [only]})
        iam.put_role_policy(RoleName="soak", PolicyName="login", PolicyDocument=policy)
        kube_config.load_kube_config(lab.env["KUBECONFIG"])
        self.core = kube.CoreV1Api()
        self.core.create_namespace({"metadata": {"name": "soak"}})
        for name in ("runner", "other"):
            annotations = {"eks.amazonaws.com/role-arn": self.role}
            self.core.create_namespaced_service_account("soak", {"metadata": {"name": name, "annotations": annotations}})
        self.token = lab.token("soak/runner", "--duration", "86400")
        self.other_token = lab.token("soak/other", "--duration", "86400")
        self.sts = self.client("sts")

    def run(self) -> dict:
        self.prepare()
        for fault in FAULTS:
            self.lab.hallpass("lab", "fault", "set", fault)
        kinds = [Exchange, Exchange, Iam, Ecr, ConfigMaps, ConfigMaps, Pods, Watcher]
        clients = [kind(self, number) for number, kind in enumerate(kinds)]
        for one in clients:
            one.start()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and any(one.is_alive() for one in clients):
            time.sleep(1)
            self.memory.append(self.lab.memory())
        self.over.set()
        for one in clients:
            one.join(60)
        self.lab.hallpass("lab", "fault", "clear")
        wrong = [f"{one.name}: {text}" for one in clients for text in one.wrong]
        lost = [f"{one.name}: {text}" for one in clients for text in one.ledger.faults_of(one.found())]
        self.lab.kill()
        self.lab.start()
        kube_config.load_kube_config(self.lab.env["KUBECONFIG"])
        self.core = kube.CoreV1Api()
        for one in clients:
            for service in ("iam", "ecr"):
                if hasattr(one, service):
                    setattr(one, service, self.client(service))
        lost += [f"{one.name}, after kill -9: {text}" for one in clients for text in one.ledger.faults_of(one.found())]
        self.lab.stop()
        return self.report(clients, wrong, lost)

    def report(self, clients, wrong, lost) -> dict:
        # A quarter of the time to warm up: caches, the log's buffers, the clients' connections.
        settled = self.memory[len(self.memory) // 4:] or self.memory
        third = max(1, len(settled) // 3)
        first, last = statistics.median(settled[:third]), statistics.median(settled[-third:])
        totals: collections.Counter[str] = collections.Counter()
        for one in clients:
            totals += one.counts
        return {
            "seconds": self.seconds, "seed": self.seed, "calls": totals["done"], "faults": totals["faults"],
            "watchEvents": totals["events"], "wrong": wrong, "lost": lost,
            "memoryMiB": {"first": round(first / 2**20, 1), "last": round(last / 2**20, 1)},
            "growth": round(last / first - 1, 3),
            "byClient": {one.name: dict(one.counts) for one in clients},
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=int, nargs="?", default=600)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    lab_module.scrub_own_environment()
    with tempfile.TemporaryDirectory(prefix="hallpass-soak-") as folder:
        report = Soak(Path(folder), wanted.seconds, wanted.seed).run()
    print(json.dumps(report, indent=2))
    # In a short run the lab is still warming up, and its memory says nothing.
    is_flat = wanted.seconds < 120 or report["growth"] <= 0.10
    return 0 if not report["wrong"] and not report["lost"] and is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
