"""The policy engine beside iam-rs and @cloud-copilot/iam-simulate: one thread, warm, each a process.

Documents are compiled and requests made once. All engines must decide alike before anything is told.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import comparison

ROUNDS = 3
ACCOUNT = "111122223333"
ISSUER = "oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
SUBJECT = "system:serviceaccount:actions:runner"
CONTEXT = {
    "aws:CurrentTime": "2024-05-01T12:00:00Z",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.9",
    "aws:UserAgent": "aws-cli/2.17.0",
}
PUSH = {
    "Effect": "Allow",
    "Action": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
    "Resource": f"arn:aws:ecr:us-west-2:{ACCOUNT}:repository/app",
}
# What the statements beside the push are about; `{}` is the statement's number.
OTHERS = [
    (["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bucket-{}/*"),
    (["sqs:SendMessage"], "arn:aws:sqs:us-west-2:111122223333:queue-{}"),
    (["logs:Describe*", "logs:Get*"], "arn:aws:logs:*:111122223333:log-group:group-{}:*"),
    (["dynamodb:*Item"], "arn:aws:dynamodb:us-west-2:111122223333:table/table-{}"),
    (["ec2:Describe*"], "*"),
    (["ecr:DescribeImages", "ecr:ListImages"], "arn:aws:ecr:*:111122223333:repository/other-{}"),
]


def trust(name, subject):
    return {
        "name": name,
        "kind": "trust",
        "principal": PROVIDER,
        "action": "sts:AssumeRoleWithWebIdentity",
        "resource": f"arn:aws:iam::{ACCOUNT}:role/self_hosted_runner_role",
        "account": ACCOUNT,
        "context": {**CONTEXT, f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject},
        "document": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": PROVIDER},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {
                            f"{ISSUER}:aud": "sts.amazonaws.com",
                            f"{ISSUER}:sub": SUBJECT,
                        }
                    },
                }
            ],
        },
        "measure": ["decide", "explain", "compile"],
    }


def push(name, statements, others=None, measure=("decide",)):
    document = {"Version": "2012-10-17", "Statement": []}
    for number in range(statements - 1):
        actions, resource = others or OTHERS[number % len(OTHERS)]
        document["Statement"].append(
            {
                "Effect": "Allow",
                "Action": [action.replace("{}", str(number)) for action in actions],
                "Resource": resource.replace("{}", str(number)),
            }
        )
    document["Statement"].append(PUSH)
    return {
        "name": name,
        "kind": "identity",
        "principal": f"arn:aws:iam::{ACCOUNT}:user/builder",
        "action": "ecr:PutImage",
        "resource": PUSH["Resource"],
        "account": ACCOUNT,
        "context": CONTEXT,
        "document": document,
        "measure": list(measure),
    }


GROWTH = {
    "actions of another service": (["s3:GetObject", "s3:Put{}"], "arn:aws:s3:::bucket-{}/*"),
    "wildcards of another service": (["s3:Get*", "s3:List*"], "arn:aws:s3:::bucket-{}/*"),
    "wildcards of the same service": (["ecr:Describe*"], "arn:aws:ecr:*:*:repository/r-{}"),
}
EVERYTHING = ("decide", "explain", "compile")


def cases():
    yield trust("trust policy with aud and sub", SUBJECT), "Allow"
    yield trust("trust policy, another sub", "system:serviceaccount:actions:other"), "ImplicitDeny"
    for count in (10, 100):
        yield push(f"ECR push, {count} statements", count, measure=EVERYTHING), "Allow"
    for name, others in GROWTH.items():
        for count in (10, 1000):
            yield push(f"{name}, {count}", count, others), "Allow"


def once(command, expected):
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit(f"{command[0]} failed: {said.stderr}")
    *lines, last = map(json.loads, said.stdout.splitlines())
    for line, decision in zip(lines, expected, strict=True):
        if line["decision"] != decision:
            sys.exit(f"{command}: {line['name']}: {line['decision']}, not {decision}")
    return {line["name"]: line for line in lines}, last["peak_mib"]


def start_ms(command):
    best = None
    for _ in range(10):
        start = time.monotonic()
        subprocess.run([*command, "start"], check=True, capture_output=True)
        took = time.monotonic() - start
        best = took if best is None else min(best, took)
    return best * 1000


def measure(engines, expected):
    """The best of some rounds, in which the engines take turns."""
    results = {}
    for _ in range(ROUNDS):
        for engine, command in engines.items():
            rates, peak = once(command, expected)
            best, least = results.setdefault(engine, ({}, peak))
            for name, line in rates.items():
                for what, rate in line.items():
                    if isinstance(rate, float | int):
                        best[name, what] = max(best.get((name, what), 0), rate)
            results[engine] = best, min(least, peak)
    return results


def table(peer, ours, theirs, starts):
    table = comparison.Table("policy", peer)
    (our_rates, our_peak), (peer_rates, peer_peak) = ours, theirs
    what_of = {"decide": "decisions", "explain": "explained decisions", "compile": "documents read"}
    for what, told in what_of.items():
        for name, measured in our_rates:
            if measured == what and not name.rpartition(", ")[0] in GROWTH:
                case = f"{name}: {told}"
                table.add(case, "k/s", our_rates[name, what] / 1e3, peer_rates[name, what] / 1e3, True)
    for name in GROWTH:
        few, many = (f"{name}, 10", "decide"), (f"{name}, 1000", "decide")
        growth = [rates[few] / rates[many] for rates in (our_rates, peer_rates)]
        table.add(f"cost from 10 to 1,000: {name}", "times", *growth, False)
    table.add("peak resident memory", "MiB", our_peak, peer_peak, False)
    table.add("start, one decision, exit", "ms", *starts, False)
    table.print()


def main():
    chosen = list(cases())
    with tempfile.TemporaryDirectory(prefix="hallpass-bench-") as folder:
        path = pathlib.Path(folder, "cases.json")
        path.write_text(json.dumps([case for case, _ in chosen]))
        rust = os.environ["BENCH_POLICY_BIN"]
        script = str(pathlib.Path(__file__).with_name("simulate.js"))
        engines = {
            "hallpass": [rust, "hallpass", str(path)],
            "iam-rs 0.8.0": [rust, "iam-rs", str(path)],
            "@cloud-copilot/iam-simulate 0.1.173": ["node", script, str(path)],
        }
        results = measure(engines, [decision for _, decision in chosen])
        starts = {engine: start_ms(command) for engine, command in engines.items()}
    for peer in list(engines)[1:]:
        if peer != list(engines)[1] and "--json" not in sys.argv:
            print()
        table(peer, results["hallpass"], results[peer], (starts["hallpass"], starts[peer]))


sys.exit(main())
