"""Signatures, in the header and in the URL: each fault has AWS's own error."""

from __future__ import annotations

import pytest

from conftest import statement
from signing import Request

ECR = {
    "service": "ecr",
    "body": b"{}",
    "headers": {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
    },
}
IAM = {"service": "iam", "region": "us-east-1", "body": b"Action=ListUsers&Version=2010-05-08"}


@pytest.fixture
def request_of(lab):
    """A request of the administrator's, with what is said."""
    return lambda **said: Request(lab.endpoint, said.pop("credentials", lab.administrator), **said)


def bent(name: str, value) -> object:
    """Replaces a header after signing."""

    def bend(request: Request) -> Request:
        request.sign()
        request.headers[name] = value(request.headers[name]) if callable(value) else value
        return request

    return bend


def without(name: str):
    def bend(request: Request) -> Request:
        request.sign()
        del request.headers[name]
        return request

    return bend


def with_body(body: bytes):
    def bend(request: Request) -> Request:
        request.sign()
        request.body = body
        return request

    return bend


@pytest.mark.parametrize("said", [{}, IAM, ECR], ids=["sts", "iam", "ecr"])
def test_takes_an_honest_signature(request_of, said):
    answer = request_of(**said).sign().send()
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("late_by", [-290, 290])
def test_takes_a_clock_that_is_off_by_less_than_five_minutes(request_of, late_by):
    answer = request_of(late_by=late_by).sign().send()
    assert answer.status == 200, answer.text


MISMATCH = (403, "SignatureDoesNotMatch", "does not match the signature you provided")
EXPIRED = (403, "SignatureDoesNotMatch", "Signature expired")
EARLY = (403, "SignatureDoesNotMatch", "Signature not yet current")
INCOMPLETE = (400, "IncompleteSignature", "")
SCOPE = (403, "SignatureDoesNotMatch", "Credential should be scoped")
MISSING = (403, "MissingAuthenticationToken", "Request is missing Authentication Token")
UNKNOWN = (403, "InvalidClientTokenId", "security token included in the request is invalid")

FAULTS = {
    "a wrong secret": ({"credentials": "wrong"}, Request.sign, MISMATCH),
    "an unknown key": ({"credentials": "unknown"}, Request.sign, UNKNOWN),
    "a key with a session token that is garbage": ({"credentials": "garbage"}, Request.sign, UNKNOWN),
    "a clock six minutes slow": ({"late_by": -360}, Request.sign, EXPIRED),
    "a clock six minutes fast": ({"late_by": 360}, Request.sign, EARLY),
    "a clock a day slow": ({"late_by": -86_400}, Request.sign, EXPIRED),
    "a tampered body": ({}, with_body(b"Action=GetCallerIdentity&Version=2011-06-15&x=1"), MISMATCH),
    "another action in the body": ({}, with_body(b"Action=GetSessionToken&Version=2011-06-15"), MISMATCH),
    "a tampered header": ({}, bent("content-type", "application/x-www-form-urlencoded"), MISMATCH),
    "a tampered date": ({}, bent("x-amz-date", lambda date: date[:-3] + f"{(int(date[-3:-1]) + 1) % 60:02}Z"), MISMATCH),
    "a signature of zeros": ({}, bent("authorization", lambda text: text[:-64] + "0" * 64), MISMATCH),
    "a signature in capitals": ({}, bent("authorization", lambda text: text[:-64] + text[-64:].upper()), MISMATCH),
    "a signature cut short": ({}, bent("authorization", lambda text: text[:-1]), MISMATCH),
    "another region in the scope": ({"region": "eu-west-1"}, Request.sign, SCOPE),
    "another service in the scope": ({"service": "s3"}, Request.sign, SCOPE),
    "a scope without its end": ({}, bent("authorization", lambda text: text.replace("/aws4_request", "/aws3_request")), None),
    "a scope of another day": ({}, bent("authorization", lambda text: text.replace(text.split("/")[1], "20200101")), None),
    "the host left unsigned": ({}, bent("authorization", lambda text: text.replace("host;", "")), None),
    "no date": ({}, without("x-amz-date"), INCOMPLETE),
    "no signature": ({}, without("authorization"), MISSING),
    "an authorization of another kind": ({}, bent("authorization", "Basic QVdTOng="), None),
    "an authorization without credential": ({}, bent("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00"), INCOMPLETE),
    "an authorization that is garbage": ({}, bent("authorization", "AWS4-HMAC-SHA256 " + "=,/" * 500), INCOMPLETE),
}


def spoilt(lab, how: str) -> tuple[str, ...]:
    key, secret = lab.administrator
    return {
        "wrong": (key, secret[:-1] + ("A" if secret[-1] != "A" else "B")),
        "unknown": ("AKIAIOSFODNN7EXAMPLE", secret),
        "garbage": ("ASIAIOSFODNN7EXAMPLE", secret, "garbage"),
    }[how]


@pytest.mark.parametrize("name", FAULTS)
def test_refuses(lab, request_of, name):
    said, bend, wanted = FAULTS[name]
    if "credentials" in said:
        said = said | {"credentials": spoilt(lab, said["credentials"])}
    answer = bend(request_of(**said)).send()
    if wanted is None:
        assert answer.status in (400, 403), answer
        assert answer.code in ("SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken"), answer
        return
    status, code, says = wanted
    assert (answer.status, answer.code) == (status, code), answer.text
    assert says in answer.text
    assert "<RequestId>" in answer.text


JSON_FAULTS = {
    "a wrong secret": ({"credentials": "wrong"}, Request.sign, "InvalidSignatureException"),
    "an unknown key": ({"credentials": "unknown"}, Request.sign, "UnrecognizedClientException"),
    "a slow clock": ({"late_by": -360}, Request.sign, "InvalidSignatureException"),
    "a tampered body": ({}, with_body(b'{"registryIds":["111122223333"]}'), "InvalidSignatureException"),
    "another target": ({}, bent("x-amz-target", ECR["headers"]["x-amz-target"].replace("GetAuthorizationToken", "CreateRepository")), "InvalidSignatureException"),
    "no signature": ({}, without("authorization"), "MissingAuthenticationTokenException"),
}


@pytest.mark.parametrize("name", JSON_FAULTS)
def test_says_it_in_the_words_of_the_json_protocol(lab, request_of, name):
    said, bend, code = JSON_FAULTS[name]
    if "credentials" in said:
        said = said | {"credentials": spoilt(lab, said["credentials"])}
    answer = bend(request_of(**(ECR | said | {"headers": dict(ECR["headers"])}))).send()
    assert (answer.status, answer.code) == (400, code), answer.text
    assert answer.headers.get("x-amzn-RequestId") or answer.headers.get("x-amzn-requestid")


def test_a_signature_moved_to_another_service_is_worthless(lab, request_of):
    signed = request_of().sign()
    signed.body = b"Action=ListUsers&Version=2010-05-08"
    assert signed.send().status == 403


def test_takes_a_presigned_url(request_of):
    answer = request_of().presign().send()
    assert answer.status == 200, answer.text
    assert "GetCallerIdentityResult" in answer.text


PRESIGNED = {
    "expired": ({"late_by": -120}, 60, None),
    "from the future": ({"late_by": 3600}, 60, None),
    "for longer than a week": ({}, 604_801, None),
    "with a tampered expiry": ({}, 60, ("X-Amz-Expires", "600")),
    "with another action": ({}, 60, ("Action", "GetSessionToken")),
    "with a parameter more": ({}, 60, ("DurationSeconds", "900")),
    "with another key": ({}, 60, ("X-Amz-Credential", None)),
    "without a date": ({}, 60, ("X-Amz-Date", "")),
}


@pytest.mark.parametrize("name", PRESIGNED)
def test_refuses_a_presigned_url(request_of, name):
    said, seconds, change = PRESIGNED[name]
    request = request_of(**said).presign(seconds)
    if change:
        parameter, value = change
        old = request.query.get(parameter, "")
        request.query[parameter] = f"AKIAIOSFODNN7EXAMPLE{old[20:]}" if value is None else value
    answer = request.send()
    assert answer.status in (400, 403), answer.text
    assert answer.code in (
        "SignatureDoesNotMatch", "IncompleteSignature", "InvalidClientTokenId", "AuthorizationQueryParametersError",
    ), answer.text


@pytest.mark.parametrize("ended", ["Inactive", "deleted"])
def test_a_key_ends_when_it_is_retired(lab, iam, unique, ended):
    user = unique("retired")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=statement("ecr:*"))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    credentials = (key["AccessKeyId"], key["SecretAccessKey"])
    assert Request(lab.endpoint, credentials).sign().send().status == 200
    if ended == "deleted":
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    else:
        iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status=ended)
    answer = Request(lab.endpoint, credentials).sign().send()
    assert (answer.status, answer.code) == (403, "InvalidClientTokenId"), answer.text
    answer = Request(lab.endpoint, credentials, **ECR).sign().send()
    assert (answer.status, answer.code) == (400, "UnrecognizedClientException"), answer.text


def test_a_session_token_belongs_to_its_key(lab, sts):
    first, second = (sts.get_session_token()["Credentials"] for _ in range(2))
    mixed = (first["AccessKeyId"], first["SecretAccessKey"], second["SessionToken"])
    answer = Request(lab.endpoint, mixed).sign().send()
    assert answer.status == 403, answer.text
    assert answer.code in ("InvalidClientTokenId", "SignatureDoesNotMatch")
    stripped = (first["AccessKeyId"], first["SecretAccessKey"])
    answer = Request(lab.endpoint, stripped).sign().send()
    assert (answer.status, answer.code) == (403, "InvalidClientTokenId"), answer.text


def test_a_session_token_that_is_bent_is_worthless(lab, sts):
    session = sts.get_session_token()["Credentials"]
    token = session["SessionToken"]
    for at in (0, len(token) // 2, len(token) - 3):
        other = "A" if token[at] != "A" else "B"
        bent_token = token[:at] + other + token[at + 1 :]
        credentials = (session["AccessKeyId"], session["SecretAccessKey"], bent_token)
        answer = Request(lab.endpoint, credentials).sign().send()
        assert (answer.status, answer.code) == (403, "InvalidClientTokenId"), answer.text


def test_a_session_ends_at_its_expiry(new_lab):
    """The lab's clock is moved by libfaketime, which knows nothing of the lab."""
    lab = new_lab()
    session = lab.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    credentials = (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    assert Request(lab.endpoint, credentials).sign().send().status == 200
    lab.stop()
    lab.wrapper = ("faketime", "-m", "-f", "+1000s")
    lab.start()
    answer = Request(lab.endpoint, credentials, late_by=1000).sign().send()
    assert (answer.status, answer.code) == (403, "ExpiredToken"), answer.text
    answer = Request(lab.endpoint, credentials, late_by=1000, **ECR).sign().send()
    assert (answer.status, answer.code) == (400, "ExpiredTokenException"), answer.text
    # The administrator's key, which is long-lived, goes on.
    assert Request(lab.endpoint, lab.administrator, late_by=1000).sign().send().status == 200
