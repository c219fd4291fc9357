"""The lab's cluster beside kmock's emulator, and beside itself with ten times the objects.

One connection a worker, kept open, sends what kubectl would: creates, lists, pages, a watch. The lab
does for each pod what a cluster does (access, admission, injection, a disk flush, a token); the
emulator keeps JSON in memory, and takes time that grows with the square of the objects, so the
two are compared at 200. The second table has the lab alone: the cost of one object among 1,000, and
among 10,000; a ratio near 1 is linear growth.
"""

import base64
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import re
import ssl
import sys
import threading
import time

import comparison

OBJECTS = 10_000
SMALL = 200
FEW = 1_000
WORKERS = 8
PAGE = 500
ROLE = "arn:aws:iam::111122223333:role/bench"


class Api:
    """Where a cluster's API is, and how to come in."""

    def __init__(self, host, port, context=None, token=None):
        self.host, self.port, self.context, self.token = host, port, context, token

    def connect(self, timeout=120):
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.context)

    def headers(self):
        wanted = {"Content-Type": "application/json", "Accept": "application/json"}
        return wanted | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def send(self, method, path, body=None, connection=None):
        """Status and body; any status that is not of success ends the benchmark."""
        connection = connection or self.connect()
        data = None if body is None else json.dumps(body)
        connection.request(method, path, body=data, headers=self.headers())
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return text


def create_all(api, path, objects):
    """Creates the objects over `WORKERS` connections; seconds."""
    waiting = iter(objects)
    lock = threading.Lock()

    def work():
        connection = api.connect()
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            api.send("POST", path, body, connection)

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
        for done in [workers.submit(work) for _ in range(WORKERS)]:
            done.result()
    return time.perf_counter() - start


def account(number):
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": f"account-{number}", "namespace": "bench", "annotations": {"eks.amazonaws.com/role-arn": ROLE}},
    }


def pod(number):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"runner-{number}", "namespace": "bench", "labels": {"app": "runner", "half": str(number % 2)}},
        "spec": {
            "serviceAccountName": f"account-{number}",
            "containers": [{"name": "runner", "image": "ghcr.io/actions/actions-runner:latest", "env": [{"name": "A", "value": "b"}]}],
        },
    }


class Watch(threading.Thread):
    """Counts the pods that a watch has told of."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.seen, self.changed = api, set(), threading.Condition()
        self.connection = api.connect()
        self.connection.request("GET", f"{PODS}?watch=true", headers=api.headers())
        self.answer = self.connection.getresponse()

    def run(self):
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            for line in self.answer:
                event = json.loads(line)
                if event["type"] == "ADDED":
                    with self.changed:
                        self.seen.add(event["object"]["metadata"]["name"])
                        self.changed.notify()

    def wait_for(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.seen) >= count, 120):
                sys.exit(f"the watch told of {len(self.seen)} pods, not of {count}")


def timed(work, times=3):
    """The best of a few runs, in milliseconds, and what came."""
    best, found = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - start)
    return best * 1000, found


def items(text):
    return len(json.loads(text)["items"])


def pages(api):
    connection, count, token = api.connect(), 0, ""
    while True:
        more = f"&continue={token}" if token else ""
        page = json.loads(api.send("GET", f"{PODS}?limit={PAGE}{more}", connection=connection))
        count += len(page["items"])
        token = page["metadata"].get("continue", "")
        if not token:
            return count


def fill(api, first, last):
    """Makes service accounts and pods `first` to `last`; what one of each costs, in microseconds."""
    count = last - first
    seconds = create_all(api, "/api/v1/namespaces/bench/serviceaccounts", map(account, range(first, last)))
    costs = {"create a service account": seconds / count}
    costs["create a pod, injected"] = create_all(api, PODS, map(pod, range(first, last))) / count
    return {case: seconds * 1e6 for case, seconds in costs.items()}


def look(api, count):
    """What one pod costs in each way to read `count` of them, in microseconds; the whole list."""
    milliseconds, text = timed(lambda: api.send("GET", PODS))
    if items(text) != count:
        sys.exit(f"the list has {items(text)} pods, not {count}")
    costs = {"list": milliseconds / count}
    costs["list by label"] = timed(lambda: api.send("GET", f"{PODS}?labelSelector=half%3D1"))[0] / count
    costs["get, by name"] = timed(lambda: api.send("GET", f"{PODS}/runner-{count // 2}"), 20)[0]
    return {f"{case}, a pod": cost * 1000 for case, cost in costs.items()}, text


def beside(api, process):
    """The figures that are compared with the peer's."""
    watch = Watch(api)
    watch.start()
    start = time.perf_counter()
    results = fill(api, 0, SMALL)
    watch.wait_for(SMALL)
    results["create, until the watch has told, a pod"] = (time.perf_counter() - start) * 1e6 / SMALL
    results |= look(api, SMALL)[0]
    return results, process.peak_mib()


def growth(api, process):
    """The lab's figures at 1,000 and at 10,000."""
    fill(api, 0, FEW)
    few = look(api, FEW)[0]
    early = fill(api, FEW, 2 * FEW)
    fill(api, 2 * FEW, OBJECTS - FEW)
    watch = Watch(api)
    watch.start()
    start = time.perf_counter()
    late = fill(api, OBJECTS - FEW, OBJECTS)
    watch.wait_for(OBJECTS)
    many, text = look(api, OBJECTS)
    seconds, count = timed(lambda: pages(api), 1)
    if count != OBJECTS:
        sys.exit(f"the pages have {count} pods")
    injected = sum(
        any(variable.get("value") == ROLE for variable in found["spec"]["containers"][0]["env"])
        for found in json.loads(text)["items"]
    )
    if injected != OBJECTS:
        sys.exit(f"{injected} pods were injected, not {OBJECTS}")
    print(
        f"10,000 pods: in pages of {PAGE} {seconds:.0f} ms; the list has {len(text) / 2**20:.1f} MiB; "
        f"peak resident memory {process.peak_mib():.0f} MiB",
        file=sys.stderr,
    )
    return {case: (cost, (early | few)[case]) for case, cost in (late | many).items()}


def ours(measure):
    with comparison.lab() as (process, env, _):
        kubeconfig = pathlib.Path(env["KUBECONFIG"]).read_text()
        server = re.search(r"server:\s*\"?https://([\d.]+):(\d+)", kubeconfig)
        authority = base64.b64decode(re.search(r"certificate-authority-data:\s*\"?([\w+/=]+)", kubeconfig)[1])
        token = re.search(r"token:\s*\"?([^\s\"]+)", kubeconfig)[1]
        context = ssl.create_default_context(cadata=authority.decode())
        api = Api(server[1], int(server[2]), context, token)
        # The emulator takes objects of any namespace, and no namespace.
        api.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bench"}})
        return measure(api, process)


def peer():
    port = comparison.free_port()
    script = pathlib.Path(__file__).with_name("kmock_server.py")
    process = comparison.Process([sys.executable, str(script), str(port)])
    try:
        comparison.wait_for(("127.0.0.1", port))
        return beside(Api("127.0.0.1", port), process)
    finally:
        process.stop()


def main():
    table = comparison.Table("cluster", "kmock 0.8, 200 pods")
    (our_results, our_memory), (peer_results, peer_memory) = ours(beside), peer()
    for case, cost in our_results.items():
        table.add(case, "us", cost, peer_results[case], False)
    table.add("peak resident memory", "MiB", our_memory, peer_memory, False)
    table.print()
    table = comparison.Table("cluster-growth", "itself, 1,000 of each")
    for case, (many, few) in ours(growth).items():
        table.add(f"{case}, at 10,000", "us", many, few, False)
    table.print()


PODS = "/api/v1/namespaces/bench/pods"

if __name__ == "__main__":
    main()
