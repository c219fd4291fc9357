"""Fixtures: a lab to share, labs of one's own, and the clients that drive them."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

import lab as lab_module
from issuer import Authority, Issuer
from lab import ROOT, Lab

lab_module.scrub_own_environment()
_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that skips itself has not shown anything: it fails."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    """The authority that the shared lab's STS trusts for issuers on loopback."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory, authority) -> Lab:
    """The lab that tests share: each makes its own names in it."""
    running = Lab(tmp_path_factory.mktemp("shared") / "lab", "--trust-ca", str(authority.file)).start()
    yield running
    running.stop()


@pytest.fixture
def new_lab(tmp_path):
    """Starts labs of the test's own."""
    started = []

    def start(*options: str, name: str = "lab", wrapper: tuple[str, ...] = ()) -> Lab:
        started.append(Lab(tmp_path / name, *options, wrapper=wrapper))
        return started[-1].start()

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def issuer(authority):
    """An issuer of the test's own, trusted by the shared lab's STS."""
    serving = Issuer(authority)
    yield serving
    serving.close()


@pytest.fixture
def unique():
    """Names that no other test has."""
    return lambda prefix: f"{prefix}-{next(_numbers)}"


@pytest.fixture
def iam(lab):
    return lab.client("iam")


@pytest.fixture
def sts(lab):
    return lab.client("sts")


@pytest.fixture
def ecr(lab):
    return lab.client("ecr")


@contextmanager
def refused(code: str, says: str = "", status: int | None = None):
    """What is inside must be refused with AWS's code, and a message that contains `says`."""
    with pytest.raises(ClientError) as caught:
        yield caught
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    assert says in answer["Error"]["Message"], answer
    if status is not None:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
    assert answer["ResponseMetadata"]["RequestId"], answer


def example(name: str, lab: Lab, issuer_name: str = "") -> str:
    """A file of examples/article, for this lab."""
    text = (ROOT / "examples/article" / name).read_text()
    values = {"ACCOUNT": lab.account, "REGION": lab.region, "PARTITION": "aws", "ISSUER": issuer_name}
    for token, value in values.items():
        text = text.replace(f"@{token}@", value)
    return text


def statement(action, resource="*", effect="Allow", **more) -> str:
    """A policy document of one statement."""
    only = {"Effect": effect, "Action": action, "Resource": resource} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [only]})


def trust(principal, action="sts:AssumeRole", condition=None, effect="Allow") -> str:
    """A trust policy of one statement."""
    only = {"Effect": effect, "Principal": principal, "Action": action}
    if condition is not None:
        only["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [only]})
