"""The table of operations that the lab serves, with the clients that the tests drove each with.

Every lab of the acceptance tests leaves what its event log tells (`record`); `python operations.py`
compares that with docs/lab-operations.md, and `--write` writes the page. Served is what the
dispatch tables of the source name; an AWS operation that no client has exercised is a fault.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "target/test-logs/operations.jsonl"
PAGE = ROOT / "docs/lab-operations.md"
DISPATCH = ROOT / "crates/hallpass-lab/src/aws"

# What clients call themselves. The first that fits counts: the AWS CLI names botocore as well.
CLIENTS = [
    (r"^aws-cli/", "AWS CLI"),
    (r"^Boto3/|Botocore/", "boto3"),
    (r"aws-sdk-js/", "AWS SDK for JavaScript"),
    (r"aws-sdk-rust/", "AWS SDK for Rust"),
    (r"aws-sdk-go|ecr-login", "ECR credential helper"),
    (r"^kubectl", "kubectl"),
    (r"^helm|^Helm", "helm"),
    (r"^OpenAPI-Generator/", "kubernetes (Python)"),
    (r"kube", "kube-rs"),
    (r"^docker/|Docker-Client", "docker"),
    (r"^skopeo", "skopeo"),
    (r"^oci-client|^oci-distribution", "oci-client"),
    (r"^PyGithub", "PyGithub"),
    (r"octokit", "octokit"),
    (r"actions/", "@actions"),
    (r"python-urllib3|Python-urllib", "urllib"),
]


def record(events: list[Path]) -> None:
    """Keeps service, operation and client of each call of a lab that ends."""
    seen = set()
    for path in events:
        if not path.exists():
            continue
        for line in path.read_text(errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # The lab was killed while it wrote.
            # What the lab tells of itself has no answer. Nobody has a password: `GetLoginProfile` always refuses.
            is_done = 0 < event["status"] < 400 or event["operation"] == "GetLoginProfile"
            if is_done:
                seen.add((event["service"], event["operation"], client_of(event.get("userAgent", ""))))
    LOG.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in sorted(seen, key=str) if one[2])
    # One write of a page or less, so that tests in parallel do not mix their lines.
    with open(LOG, "a") as log:
        log.write(text)


def client_of(agent: str) -> str | None:
    return next((name for pattern, name in CLIENTS if re.search(pattern, agent)), None)


def served() -> dict[str, set[str]]:
    """AWS operations by service, as the dispatch tables name them."""
    found = defaultdict(set)
    for path in DISPATCH.glob("*/dispatch.rs"):
        found[path.parent.name.replace("_", "-")] |= set(re.findall(r'^\s+"([A-Z]\w+)"(?: \| "\w+")* =>', path.read_text(), re.M))
    return found


def exercised() -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in LOG.read_text().splitlines():
        service, operation, client = json.loads(line)
        found[service][operation].add(client)
    return found


def page() -> str:
    """The page, made of what is served and of what was exercised."""
    aws, seen = served(), exercised()
    lines = [
        "# What the lab serves",
        "",
        "Each operation with the clients that the acceptance tests drive it with, successfully, and that nobody",
        "here wrote. `python acceptance/operations.py --write` makes this page from the labs' event logs after",
        "`scripts/test`, which compares the two. kube-rs does not name itself in its requests, so what it exercises",
        "(`acceptance/test_kube_rs.py`: all verbs, watches, patches, a controller) is not told apart here.",
    ]
    for service in sorted(set(aws) | set(seen)):
        rows = set(aws.get(service, ())) or {name for name in seen[service] if is_shown(service, name)}
        lines += ["", f"## {service}", "", "| operation | clients |", "|---|---|"]
        for operation in sorted(rows):
            clients = ", ".join(sorted(seen[service].get(operation, {"none"}), key=str.lower))
            lines.append(f"| `{operation}` | {clients} |")
    return "\n".join(lines) + "\n"


def is_shown(service: str, operation: str) -> bool:
    """Of the cluster: verbs on resources that it serves by itself, not on the tests' own kinds."""
    if service != "kubernetes":
        return True
    verb, _, resource = operation.partition(" ")
    group = resource.split("/")[0].partition(".")[2]
    is_own = not group or group.endswith(".k8s.io") or group in ("actions.github.com", "actions.summerwind.dev")
    return not resource.startswith("/") and verb.isalpha() and is_own


def operations_of(text: str) -> set[tuple[str, str]]:
    """The AWS operations of a page, with their services."""
    found, service, aws = set(), "", served()
    for line in text.splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif line.startswith("| `") and service in aws:
            found.add((service, line.split("`")[1]))
    return found


def main() -> int:
    text = page()
    faults = [f"no client exercised {line}" for line in text.splitlines() if line.endswith("| none |")]
    if "--write" in sys.argv:
        PAGE.write_text(text)
    written = PAGE.read_text() if PAGE.exists() else ""
    # A lab that is killed takes its last events along, so a client may be missing from one run; what
    # is served, and that each of it was exercised, may not differ.
    if operations_of(written) != operations_of(text):
        faults.append(f"{PAGE.relative_to(ROOT)} has other operations than are served: run acceptance/operations.py --write")
    elif written != text:
        print("clients differ from the page's in this run: acceptance/operations.py --write renews it")
    print("\n".join(faults) or "every operation has its client")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
