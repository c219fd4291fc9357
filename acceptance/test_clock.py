"""The lab's clock, turned: what the lab issues ends by it, and clients keep their own time."""

from __future__ import annotations

import datetime
import time

import jwt
import pytest

from conftest import refused, trust
from test_cluster import Cluster


@pytest.fixture
def own(new_lab):
    lab = new_lab()
    lab.client("iam").create_open_id_connect_provider(
        Url=lab.env["HALLPASS_LAB_ISSUER"], ClientIDList=["sts.amazonaws.com"]
    )
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    federated = {"Federated": f"arn:aws:iam::{lab.account}:oidc-provider/{issuer}"}
    lab.client("iam").create_role(
        RoleName="runner", AssumeRolePolicyDocument=trust(federated, "sts:AssumeRoleWithWebIdentity")
    )
    return lab


def clock(lab, *change, check=True):
    return lab.hallpass("lab", "clock", *change, check=check)


def exchange(lab, token, seconds=3600):
    return lab.client("sts").assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{lab.account}:role/runner", RoleSessionName="session",
        WebIdentityToken=token, DurationSeconds=seconds,
    )["Credentials"]


def ahead(moment: datetime.datetime) -> float:
    return (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def test_sessions_end_by_the_labs_clock_and_requests_are_signed_by_the_clients(own):
    credentials = exchange(own, own.token("actions/runner"))
    own.client("sts", credentials).get_caller_identity()
    clock(own, "+59m")
    own.client("sts", credentials).get_caller_identity()
    clock(own, "+2m")
    with refused("ExpiredToken"):
        own.client("sts", credentials).get_caller_identity()
    # A key has no end: who signs with the real time is still taken, an hour and more away.
    own.client("sts").get_caller_identity()
    own.client("ecr").describe_repositories()
    clock(own, "+30d")
    own.client("sts").get_caller_identity()
    fresh = exchange(own, own.token("actions/runner"))
    assert 30 * 86_400 < ahead(fresh["Expiration"]) < 31 * 86_400
    own.client("sts", fresh).get_caller_identity()
    clock(own, "reset")
    # The session of an hour is one of a month by now.
    own.client("sts", fresh).get_caller_identity()


def test_tokens_carry_the_labs_time_and_expire_by_it(own):
    token = own.token("actions/runner", "--duration", "600")
    exchange(own, token)
    clock(own, "+11m")
    with refused("ExpiredTokenException"):
        exchange(own, token)
    fresh = own.token("actions/runner")
    claims = jwt.decode(fresh, options={"verify_signature": False})
    assert 600 < claims["iat"] - time.time() < 700
    exchange(own, fresh)
    clock(own, "-11m")
    with refused("InvalidIdentityToken", "not valid yet"):
        exchange(own, fresh)


def test_tokens_of_pods_are_renewed_when_the_clock_is_turned(own):
    cluster = Cluster(own)
    cluster.namespace("team")
    cluster.account("team", "runner", role=f"arn:aws:iam::{own.account}:role/runner")
    pod = {
        "metadata": {"name": "p"},
        "spec": {"serviceAccountName": "runner", "containers": [{"name": "c", "image": "i"}]},
    }
    cluster.create("/api/v1/namespaces/team/pods", pod)
    file = own.folder / "cluster/pods/team/p/token"
    for change in ("+2d", "-3d", "reset"):
        before = file.read_text()
        clock(own, change)
        token = file.read_text()
        assert token != before, change
        exchange(own, token)


def test_a_login_to_the_registry_ends_by_the_labs_clock(own):
    password = own.registry_password()
    login = ("login", "--tls-verify=false", "-u", "AWS", "-p", password, own.registry)
    own.skopeo(*login)
    clock(own, "+13h")
    assert own.skopeo(*login, check=False).returncode != 0


def test_the_clock_is_shown_set_and_kept(own):
    assert "as the machine" in clock(own).stdout
    clock(own, "set", "2030-01-01T00:00:00Z")
    shown = clock(own).stdout
    assert shown.startswith("2030-01-01T00:00:0") and "ahead of the machine" in shown
    own.kill()
    own.start()
    assert clock(own).stdout.startswith("2030-01-01T00:00:")
    own.client("sts").get_caller_identity()
    assert own.last_event("GetCallerIdentity")["time"].startswith("2030-01-01T00:0")
    assert Cluster(own).get("/api/v1/namespaces")["items"], "certificates go by the machine's clock"
    assert "as the machine" in clock(own, "reset").stdout


def test_what_is_no_change_is_refused(own):
    for change in (("1h",), ("set", "tomorrow"), ("+soon",), ("+1000000d",)):
        done = clock(own, *change, check=False)
        assert done.returncode != 0, change
    assert clock(own, "1h", check=False).returncode == 2
    assert "as the machine" in clock(own).stdout
