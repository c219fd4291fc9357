"""Faults on demand: each kind as a client meets it, and what must hold while they show."""

from __future__ import annotations

import json
import socket
import time
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError

from conftest import refused
from test_cluster import Cluster, kid


@pytest.fixture
def own(new_lab):
    """A lab of the test's own: faults are everybody's."""
    return new_lab()


def fault(lab, *words, check=True):
    return lab.hallpass("lab", "fault", *words, check=check)


def raw(lab, request: bytes) -> bytes:
    """All bytes that come back, or ConnectionResetError."""
    target = urlsplit(lab.endpoint)
    with socket.create_connection((target.hostname, target.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


WHOAMI = b"POST / HTTP/1.1\r\nHost: sts.us-west-2.amazonaws.com\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("service, call, throttled, broken", [
    ("sts", lambda client: client.get_caller_identity(), ("Throttling", 400), ("InternalFailure", 500)),
    ("iam", lambda client: client.list_users(), ("Throttling", 400), ("InternalFailure", 500)),
    ("ecr", lambda client: client.describe_repositories(), ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("eks", lambda client: client.list_clusters(), ("ThrottlingException", 429), ("ServerException", 500)),
    ("cloudtrail", lambda client: client.lookup_events(), ("ThrottlingException", 400), ("InternalFailure", 500)),
    ("organizations", lambda client: client.describe_organization(), ("TooManyRequestsException", 400), ("ServiceException", 500)),
])
def test_errors_have_the_services_own_shape(own, service, call, throttled, broken):
    client = own.client(service)
    for kind, (code, status) in (("throttle", throttled), ("internal-failure", broken)):
        fault(own, "set", f"{service}:{kind}:1x")
        with refused(code, status=status):
            call(client)
    # Once, and then no more.
    try:
        call(client)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AWSOrganizationsNotInUseException"


def test_a_client_that_retries_gets_through(own):
    fault(own, "set", "sts:throttle:2x", "sts:unavailable:1x")
    client = own.client("sts", retries={"total_max_attempts": 5, "mode": "standard"})
    answer = client.get_caller_identity()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 3


def test_a_rate_hits_the_same_calls_for_the_same_seed(own):
    def hits(seed, other=0):
        fault(own, "clear")
        fault(own, "set", "sts:throttle:0.3", "iam:throttle:0.5", "--seed", str(seed))
        client, iam = own.client("sts"), own.client("iam")
        seen = []
        for _ in range(40):
            for _ in range(other):
                try:
                    iam.list_users()
                except ClientError:
                    pass
            try:
                client.get_caller_identity()
                seen.append(False)
            except ClientError as error:
                assert error.response["Error"]["Code"] == "Throttling"
                seen.append(True)
        return seen

    first = hits(7)
    assert 4 <= sum(first) <= 22
    assert hits(7) == first
    assert hits(7, other=1) == first, "calls of other services do not matter"
    assert hits(8) != first


def test_faults_can_be_in_force_from_the_start(new_lab):
    lab = new_lab("--fault", "sts:throttle:2x", "--fault", "*:latency:1ms", "--fault-seed", "3")
    listed = json.loads(fault(lab, "list", "--output", "json").stdout)
    assert listed["seed"] == 3
    assert {one["fault"] for one in listed["faults"]} == {"sts:throttle:2x", "*:latency:1ms"}
    for _ in range(2):
        with refused("Throttling"):
            lab.client("sts").get_caller_identity()
    assert lab.client("sts").get_caller_identity()["Account"] == lab.account


def test_latency_delays_the_answer(own):
    client = own.client("ecr")
    client.describe_repositories()
    fault(own, "set", "ecr:latency:400ms:1x")
    begin = time.monotonic()
    client.describe_repositories()
    assert time.monotonic() - begin >= 0.4
    begin = time.monotonic()
    client.describe_repositories()
    assert time.monotonic() - begin < 0.4


def test_a_reset_does_nothing_and_answers_nothing(own):
    fault(own, "set", "sts:reset:1x")
    with pytest.raises(ConnectionResetError):
        raw(own, WHOAMI)
    assert raw(own, WHOAMI).startswith(b"HTTP/1.1 4")
    iam = own.client("iam")
    fault(own, "set", "iam:reset:1x")
    with pytest.raises(Exception, match="(?i)reset|closed|aborted"):
        iam.create_user(UserName="never")
    assert [user for user in iam.list_users()["Users"] if user["UserName"] == "never"] == []
    # A client that retries is served.
    fault(own, "set", "iam:reset:2x")
    retrying = own.client("iam", retries={"total_max_attempts": 4})
    assert retrying.create_user(UserName="once")["User"]["UserName"] == "once"


def test_half_a_response_comes_after_the_work(own):
    iam = own.client("iam")
    fault(own, "set", "iam:half-response:1x")
    with pytest.raises(Exception, match="(?i)incomplete|broken|parse"):
        iam.create_user(UserName="half")
    # The call was carried out: that the client heard nothing of it is the fault.
    assert iam.get_user(UserName="half")["User"]["UserName"] == "half"
    fault(own, "set", "sts:half-response:1x")
    answer = raw(own, WHOAMI)
    head, body = answer.split(b"\r\n\r\n", 1)
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(body) == promised // 2


def test_an_acknowledged_write_outlives_faults_and_a_kill(own):
    iam = own.client("iam", retries={"total_max_attempts": 1})
    fault(own, "set", "iam:reset:0.2", "iam:half-response:0.2", "iam:throttle:0.2", "--seed", "11")
    acknowledged, unknown = [], []
    for number in range(60):
        name = f"u{number}"
        try:
            iam.create_user(UserName=name)
            acknowledged.append(name)
        except ClientError:
            pass
        except Exception:
            unknown.append(name)
    assert acknowledged and unknown
    own.kill()
    own.start()
    iam = own.client("iam")
    found = {user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]}
    assert set(acknowledged) <= found
    assert found <= {*acknowledged, *unknown, "lab-administrator"}, "what was refused is not there"


def test_a_services_clock_can_be_off(own):
    fault(own, "set", "ecr:clock-skew:-10m")
    with refused("InvalidSignatureException", "Signature not yet current"):
        own.client("ecr").describe_repositories()
    own.client("sts").get_caller_identity()
    fault(own, "set", "ecr:clock-skew:10m")
    with refused("InvalidSignatureException", "Signature expired"):
        own.client("ecr").describe_repositories()
    fault(own, "set", "ecr:clock-skew:4m")
    own.client("ecr").describe_repositories()
    fault(own, "clear", "ecr:clock-skew")
    # An issuer whose clock is ahead signs tokens that are not valid yet.
    fault(own, "set", "issuer:clock-skew:10m")
    provider(own)
    with refused("InvalidIdentityToken", "not valid yet"):
        exchange(own, own.token("actions/runner"))


def provider(lab):
    lab.client("iam").create_open_id_connect_provider(
        Url=lab.env["HALLPASS_LAB_ISSUER"], ClientIDList=["sts.amazonaws.com"]
    )


def exchange(lab, token):
    return lab.client("sts").assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{lab.account}:role/nobody", RoleSessionName="session", WebIdentityToken=token
    )


def test_an_unreachable_issuer_is_what_sts_says_it_is(own):
    provider(own)
    fault(own, "set", "issuer:jwks-unreachable")
    with refused("IDPCommunicationError"):
        exchange(own, own.token("actions/runner"))
    fault(own, "clear")
    # The token is good; there is only no such role.
    with refused("AccessDenied"):
        exchange(own, own.token("actions/runner"))


def test_an_expired_certificate_is_refused_by_those_who_look(own):
    cluster = Cluster(own)
    cluster.get("/api/v1/namespaces")
    fault(own, "set", "kubernetes:expired-certificate")
    with pytest.raises(urllib3.exceptions.SSLError, match="expired"):
        Cluster(own).get("/api/v1/namespaces")
    provider(own)
    fault(own, "set", "issuer:expired-certificate")
    with refused("InvalidIdentityToken", "HTTPS certificate doesn't match"):
        exchange(own, own.token("actions/runner"))
    # In captive mode each service shows its own.
    fault(own, "set", "sts:expired-certificate")
    captive = own.captive()
    aws = own.aws("sts", "get-caller-identity", env={**own.client_environment(), **captive, "AWS_ENDPOINT_URL": ""}, check=False)
    assert aws.returncode != 0 and "CERTIFICATE_VERIFY_FAILED" in aws.stderr
    fault(own, "clear")
    Cluster(own).get("/api/v1/namespaces")


def test_a_key_is_rotated_at_once_or_after_a_while(own):
    cluster = Cluster(own)
    old = own.token("actions/runner")
    fault(own, "set", "issuer:key-rotation:1h")
    assert kid(own.token("actions/runner")) != kid(old)
    published = lambda: {key["kid"] for key in cluster.jwks()["keys"]}
    assert kid(old) in published()
    own.hallpass("lab", "clock", "+2h")
    deadline = time.monotonic() + 5
    while kid(old) in published() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert published() == {kid(own.token("actions/runner"))}
    middle = own.token("actions/runner")
    fault(own, "set", "issuer:key-rotation")
    assert published() == {kid(own.token("actions/runner"))} and kid(middle) not in published()


def test_the_event_log_tells_of_faults(own):
    fault(own, "set", "sts:latency:1ms:1x", "sts:throttle:1x")
    with refused("Throttling"):
        own.client("sts").get_caller_identity()
    faults = [event["fault"] for event in own.events() if event["operation"] == "fault"]
    assert faults == ["sts:latency:1ms:1x", "sts:throttle:1x"]
    assert "sts: fault sts:throttle:1x" in own.hallpass("lab", "events").stdout


def test_what_is_no_fault_is_refused_with_what_is(own):
    for words, says in (
        (("s3:throttle",), "one of cloudtrail, ecr, eks"),
        (("sts:slow",), "one of clock-skew"),
        (("sts:latency",), "such as `200ms`"),
        (("sts:throttle:2",), "such as `0.1`"),
        (("sts:key-rotation",), "`issuer` and `github-issuer` sign"),
    ):
        done = fault(own, "set", *words, check=False)
        assert done.returncode == 2 and says in done.stderr, done.stderr
    assert fault(own, "list").stdout.strip() == "no fault is in force"
    fault(own, "set", "sts:throttle", "ecr:reset", "sts:reset")
    assert len(json.loads(fault(own, "clear", "sts", "--output", "json").stdout)["faults"]) == 1
