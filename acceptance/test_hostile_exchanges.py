"""Every hostile exchange is refused with AWS's code, and an honest one is not.

The tokens are forged with PyJWT and cryptography; the issuers are served by Python.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import refused, statement, trust
from issuer import AUDIENCE, SUBJECT, Authority, Issuer, encode, public_pem

EXCHANGE = "sts:AssumeRoleWithWebIdentity"


@dataclass
class World:
    """An account with honest and hostile issuers, and roles that trust in different ways."""

    sts: object
    account: str
    good: Issuer
    unregistered: Issuer
    unreachable: Issuer
    without_keys: Issuer
    under_other_name: Issuer
    untrusted: Issuer
    stranger: rsa.RSAPrivateKey

    def arn(self, role: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{role}"

    def exchange(self, token: str | None = None, role: str = "runner", **more):
        """An exchange that is honest but for what is said."""
        request = {
            "RoleArn": role if role.startswith("arn:") or role == "" else self.arn(role),
            "RoleSessionName": "acceptance",
            "WebIdentityToken": self.good.token() if token is None else token,
        }
        request = {name: value for name, value in (request | more).items() if value is not None}
        return self.sts.assume_role_with_web_identity(**request)

    def unsigned(self, algorithm: str, signature: str = "") -> str:
        header = {"alg": algorithm, "kid": "rsa-1", "typ": "JWT"}
        return f"{encode(header)}.{encode(self.good.claims())}.{signature}"

    def symmetric(self, key: bytes) -> str:
        """Signed with what everybody knows, as if it were a shared secret."""
        signed = f"{encode({'alg': 'HS256', 'kid': 'rsa-1'})}.{encode(self.good.claims())}"
        return f"{signed}.{encode(hmac.digest(key, signed.encode(), hashlib.sha256))}"

    def mislabelled(self) -> str:
        """Honestly signed by the EC key, under a header that says RSA."""
        signed = f"{encode({'alg': 'RS256', 'kid': 'ec-1'})}.{encode(self.good.claims())}"
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        return f"{signed}.{encode(algorithm.sign(signed.encode(), self.good.keys['ec-1']))}"

    def with_payload(self, payload) -> str:
        """Honestly signed, with a payload that PyJWT would not write."""
        key = self.good.keys["rsa-1"]
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return jwt.api_jws.encode(data, key, algorithm="RS256", headers={"kid": "rsa-1"})

    def resigned(self, **changes) -> str:
        """An honest signature under other claims."""
        head, _, signature = self.good.token().split(".")
        return f"{head}.{encode(self.good.claims(**changes))}.{signature}"


@pytest.fixture(scope="module")
def world(lab, authority, tmp_path_factory) -> World:
    issuers = [Issuer(authority) for _ in range(5)]
    good, unregistered, unreachable, without_keys, under_other_name = issuers
    foreign = Authority(tmp_path_factory.mktemp("foreign"), "foreign")
    untrusted = Issuer(foreign)
    unreachable.close()
    without_keys.pages["/id/acceptance/keys"] = b"<html>not keys</html>"
    under_other_name.publish(issuer="https://localhost/id/another")
    iam = lab.client("iam")
    for each in (good, unreachable, without_keys, under_other_name, untrusted):
        iam.create_open_id_connect_provider(
            Url=each.url, ClientIDList=[AUDIENCE, "second-client"], ThumbprintList=["0" * 40]
        )
    provider = f"arn:aws:iam::{lab.account}:oidc-provider/"
    principal = {"Federated": provider + good.name}
    exact = {"StringEquals": {f"{good.name}:sub": SUBJECT, f"{good.name}:aud": AUDIENCE}}
    denying = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": EXCHANGE},
            {"Effect": "Deny", "Principal": principal, "Action": EXCHANGE, "Condition": exact},
        ],
    }
    reachable_by = lambda each: trust({"Federated": provider + each.name}, EXCHANGE)
    roles = {
        "runner": trust(principal, EXCHANGE, exact),
        "anyone": trust(principal, EXCHANGE),
        "second": trust(principal, EXCHANGE, {"StringEquals": {f"{good.name}:aud": "second-client"}}),
        "denying": json.dumps(denying),
        "signed-only": trust(principal, "sts:AssumeRole", exact),
        "account-only": trust({"AWS": lab.account}),
        "asks-more": trust(principal, EXCHANGE, exact | {"Null": {f"{good.name}:amr": "false"}}),
        "named-sessions": trust(principal, EXCHANGE, {"StringEquals": {"sts:RoleSessionName": "ci"}}),
        "elsewhere": trust(principal, EXCHANGE, {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        "over-tls": trust(principal, EXCHANGE, {"Bool": {"aws:SecureTransport": "true"}}),
        "trusts-unreachable": reachable_by(unreachable),
        "trusts-without-keys": reachable_by(without_keys),
        "trusts-other-name": reachable_by(under_other_name),
        "trusts-untrusted": reachable_by(untrusted),
    }
    for name, document in roles.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    account = lab.account
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield World(lab.client("sts", parameter_validation=False), account, *issuers, untrusted, stranger)
    for each in (*issuers[:2], *issuers[3:], untrusted):
        each.close()


NOW = int(time.time())
GARBLED = "not a valid JWT"
KEY = "Couldn't retrieve verification key"
PROVIDER = "No OpenIDConnect provider found"
AUDIENCE_SAYS = "Incorrect token audience"
DENIED = f"Not authorized to perform {EXCHANGE}"
VALIDATION = "failed to satisfy constraint"
INVALID, DENIAL = "InvalidIdentityToken", "AccessDenied"
BIG_POLICY = statement("ecr:PutImage", [f"arn:aws:ecr:us-west-2:111122223333:repository/{n:040}" for n in range(18)])

HOSTILE = {
    # Signatures.
    "unsigned": (lambda w: w.exchange(w.unsigned("none")), INVALID, GARBLED),
    "unsigned, in capitals": (lambda w: w.exchange(w.unsigned("NONE")), INVALID, GARBLED),
    "said to be RS256, without a signature": (lambda w: w.exchange(w.unsigned("RS256")), INVALID, ""),
    "a signature of nothing": (lambda w: w.exchange(w.unsigned("RS256", encode(bytes(256)))), INVALID, "signature"),
    "the public key as HMAC secret": (lambda w: w.exchange(w.symmetric(public_pem(w.good.keys["rsa-1"]))), INVALID, GARBLED),
    "the key set as HMAC secret": (lambda w: w.exchange(w.symmetric(json.dumps(w.good.jwk("rsa-1")).encode())), INVALID, GARBLED),
    "the empty HMAC secret": (lambda w: w.exchange(w.symmetric(b"")), INVALID, GARBLED),
    "another key under a known kid": (lambda w: w.exchange(w.good.token(key=w.stranger)), INVALID, "signature"),
    "an unknown kid": (lambda w: w.exchange(w.good.token("rsa-1", header={"kid": "rsa-9"})), INVALID, KEY),
    "a kid that is a path": (lambda w: w.exchange(w.good.token("rsa-1", header={"kid": "../../keys"})), INVALID, KEY),
    "other claims under an honest signature": (lambda w: w.exchange(w.resigned(sub="system:serviceaccount:a:b"), "anyone"), INVALID, "signature"),
    "a longer life under an honest signature": (lambda w: w.exchange(w.resigned(exp=NOW + 10**6)), INVALID, "signature"),
    "an EC signature said to be RSA": (lambda w: w.exchange(w.mislabelled()), INVALID, ""),
    "an RSA key's kid under an EC signature": (lambda w: w.exchange(w.good.token("ec-1", header={"kid": "rsa-1"})), INVALID, ""),
    "PS256, which STS does not take": (lambda w: w.exchange(w.good.token(algorithm="PS256")), INVALID, GARBLED),
    "a key in the header": (lambda w: w.exchange(w.good.token(key=w.stranger, header={"kid": "own", "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(w.stranger.public_key(), as_dict=True)})), INVALID, KEY),
    "a key set of its own choice": (lambda w: w.exchange(w.good.token(key=w.stranger, header={"kid": "own", "jku": f"{w.unregistered.url}/keys"})), INVALID, KEY),
    "a critical header that nobody knows": (lambda w: w.exchange(w.good.token(header={"crit": ["x"], "x": 1})), INVALID, GARBLED),
    # Issuers and providers.
    "an issuer without provider": (lambda w: w.exchange(w.unregistered.token()), INVALID, PROVIDER),
    "an unregistered issuer in another's name": (lambda w: w.exchange(w.unregistered.token(iss=w.good.url)), INVALID, "signature"),
    "the issuer with a slash at its end": (lambda w: w.exchange(w.good.token(iss=w.good.url + "/")), INVALID, PROVIDER),
    "the issuer without TLS": (lambda w: w.exchange(w.good.token(iss="http://" + w.good.name)), INVALID, PROVIDER),
    "the issuer in capitals": (lambda w: w.exchange(w.good.token(iss=w.good.url.replace("localhost", "LOCALHOST"))), INVALID, PROVIDER),
    "the issuer's name without scheme": (lambda w: w.exchange(w.good.token(iss=w.good.name)), INVALID, PROVIDER),
    "an issuer that cannot be reached": (lambda w: w.exchange(w.unreachable.token(), "trusts-unreachable"), "IDPCommunicationError", ""),
    "an issuer that publishes no keys": (lambda w: w.exchange(w.without_keys.token(), "trusts-without-keys"), INVALID, KEY),
    "an issuer that publishes under another name": (lambda w: w.exchange(w.under_other_name.token(), "trusts-other-name"), INVALID, ""),
    # Times.
    "expired for an hour": (lambda w: w.exchange(w.good.token(iat=NOW - 7200, nbf=NOW - 7200, exp=NOW - 3600)), "ExpiredTokenException", "Token expired"),
    "expired for a second": (lambda w: w.exchange(w.good.token(exp=int(time.time()) - 1)), "ExpiredTokenException", "Token expired"),
    "not valid yet": (lambda w: w.exchange(w.good.token(nbf=int(time.time()) + 3600)), INVALID, ""),
    "issued tomorrow": (lambda w: w.exchange(w.good.token(iat=NOW + 86400, nbf=None, exp=NOW + 90000)), INVALID, ""),
    "an expiry that is text": (lambda w: w.exchange(w.with_payload(w.good.claims(exp=str(NOW + 3600)))), INVALID, ""),
    "an expiry with a fraction": (lambda w: w.exchange(w.with_payload(w.good.claims(exp=NOW + 3600.5))), INVALID, ""),
    "an expiry beyond all numbers": (lambda w: w.exchange(w.with_payload(w.good.claims(exp=10**30))), INVALID, ""),
    # Claims.
    "no expiry": (lambda w: w.exchange(w.good.token(exp=None)), INVALID, "exp"),
    "no subject": (lambda w: w.exchange(w.good.token(sub=None)), INVALID, "sub"),
    "no audience": (lambda w: w.exchange(w.good.token(aud=None)), INVALID, "aud"),
    "no issuer": (lambda w: w.exchange(w.good.token(iss=None)), INVALID, ""),
    "another audience": (lambda w: w.exchange(w.good.token(aud="vault")), INVALID, AUDIENCE_SAYS),
    "a list of other audiences": (lambda w: w.exchange(w.good.token(aud=["vault", "kubernetes"])), INVALID, AUDIENCE_SAYS),
    "an empty list of audiences": (lambda w: w.exchange(w.good.token(aud=[])), INVALID, ""),
    "the audience with a blank": (lambda w: w.exchange(w.good.token(aud=AUDIENCE + " ")), INVALID, AUDIENCE_SAYS),
    "the audience in capitals": (lambda w: w.exchange(w.good.token(aud=AUDIENCE.upper())), INVALID, AUDIENCE_SAYS),
    "another authorised party": (lambda w: w.exchange(w.good.token(azp="vault")), INVALID, AUDIENCE_SAYS),
    "a list of subjects": (lambda w: w.exchange(w.with_payload(w.good.claims(sub=[SUBJECT])), "anyone"), INVALID, ""),
    "an empty subject": (lambda w: w.exchange(w.good.token(sub=""), "runner"), DENIAL + "|" + INVALID, ""),
    # Forms.
    "garbage": (lambda w: w.exchange("this is no token"), INVALID, GARBLED),
    "two parts": (lambda w: w.exchange(w.good.token().rpartition(".")[0]), INVALID, GARBLED),
    "four parts": (lambda w: w.exchange(w.good.token() + ".AAAA"), INVALID, GARBLED),
    "an encrypted token": (lambda w: w.exchange(f"{encode({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.AAAA.AAAA.AAAA.AAAA"), INVALID, GARBLED),
    "a header that is no JSON": (lambda w: w.exchange(f"{encode(b'{')}.{encode(w.good.claims())}.AAAA"), INVALID, GARBLED),
    "claims that are no JSON": (lambda w: w.exchange(w.with_payload(b"\xff\xfe")), INVALID, GARBLED),
    "claims that are a list": (lambda w: w.exchange(w.with_payload([w.good.claims()])), INVALID, GARBLED),
    "claims nested without end": (lambda w: w.exchange(w.with_payload(b'{"a":' * 2000 + b"1" + b"}" * 2000)), INVALID, GARBLED),
    "a token of three letters": (lambda w: w.exchange("abc"), "ValidationError", VALIDATION),
    "an empty token": (lambda w: w.exchange(""), "ValidationError", ""),
    "no token": (lambda w: w.exchange(WebIdentityToken=None), "ValidationError", "webIdentityToken"),
    "a token of 20,001 characters": (lambda w: w.exchange("a" * 20_001), "ValidationError", VALIDATION),
    # Trust.
    "another service account": (lambda w: w.exchange(w.good.token(sub="system:serviceaccount:actions:default")), DENIAL, DENIED),
    "another namespace": (lambda w: w.exchange(w.good.token(sub=SUBJECT.replace(":actions:", ":default:"))), DENIAL, DENIED),
    "the subject in capitals": (lambda w: w.exchange(w.good.token(sub=SUBJECT.upper())), DENIAL, DENIED),
    "the subject with a blank": (lambda w: w.exchange(w.good.token(sub=SUBJECT + " ")), DENIAL, DENIED),
    "the subject with more behind it": (lambda w: w.exchange(w.good.token(sub=SUBJECT + "-2")), DENIAL, DENIED),
    "a wildcard as subject": (lambda w: w.exchange(w.good.token(sub="system:serviceaccount:actions:*")), DENIAL, DENIED),
    "the audience of another role": (lambda w: w.exchange(role="second"), DENIAL, DENIED),
    "another client's token": (lambda w: w.exchange(w.good.token(aud="second-client")), DENIAL, DENIED),
    "a role that denies it": (lambda w: w.exchange(role="denying"), DENIAL, DENIED),
    "a role that trusts signed callers": (lambda w: w.exchange(role="signed-only"), DENIAL, DENIED),
    "a role that trusts the account": (lambda w: w.exchange(role="account-only"), DENIAL, DENIED),
    "a role that asks for one claim more": (lambda w: w.exchange(role="asks-more"), DENIAL, DENIED),
    "a role for other session names": (lambda w: w.exchange(role="named-sessions"), DENIAL, DENIED),
    "a role for other addresses": (lambda w: w.exchange(role="elsewhere"), DENIAL, DENIED),
    "a role for TLS only, over plain HTTP": (lambda w: w.exchange(role="over-tls"), DENIAL, DENIED),
    "a role of another provider": (lambda w: w.exchange(role="trusts-unreachable"), DENIAL, DENIED),
    "a role that is not there": (lambda w: w.exchange(role="absent"), DENIAL, DENIED),
    "a role of another account": (lambda w: w.exchange(role="arn:aws:iam::444455556666:role/runner"), INVALID, "No OpenIDConnect provider"),
    "a role under another path": (lambda w: w.exchange(role=w.arn("ci/runner")), DENIAL, DENIED),
    "session tags that the role does not allow": (lambda w: w.exchange(w.good.token(**{"https://aws.amazon.com/tags": {"principal_tags": {"team": ["ci"]}}})), DENIAL, "sts:TagSession"),
    "session tags that are no tags": (lambda w: w.exchange(w.good.token(**{"https://aws.amazon.com/tags": {"principal_tags": "team"}})), INVALID, ""),
    "a source identity that the role does not allow": (lambda w: w.exchange(w.good.token(**{"https://aws.amazon.com/source_identity": "me"})), DENIAL, "sts:SetSourceIdentity"),
    # Durations, names, policies.
    "899 seconds": (lambda w: w.exchange(DurationSeconds=899), "ValidationError", "durationSeconds"),
    "12 hours and a second": (lambda w: w.exchange(DurationSeconds=43_201), "ValidationError", "durationSeconds"),
    "longer than the role allows": (lambda w: w.exchange(DurationSeconds=3601), "ValidationError", "MaxSessionDuration"),
    "a session name of one letter": (lambda w: w.exchange(RoleSessionName="a"), "ValidationError", "roleSessionName"),
    "a session name of 65 letters": (lambda w: w.exchange(RoleSessionName="a" * 65), "ValidationError", "roleSessionName"),
    "a session name with a blank": (lambda w: w.exchange(RoleSessionName="a b"), "ValidationError", "roleSessionName"),
    "a session name with a slash": (lambda w: w.exchange(RoleSessionName="a/../b"), "ValidationError", "roleSessionName"),
    "no session name": (lambda w: w.exchange(RoleSessionName=None), "ValidationError", "roleSessionName"),
    "no role": (lambda w: w.exchange(RoleArn=None), "ValidationError", "roleArn"),
    "a role that is no ARN": (lambda w: w.exchange(RoleArn="self_hosted_runner_role"), "ValidationError", ""),
    "a role that is a user": (lambda w: w.exchange(RoleArn=f"arn:aws:iam::{w.account}:user/runner"), "ValidationError", ""),
    "a session policy that is no JSON": (lambda w: w.exchange(Policy="{"), "MalformedPolicyDocument", ""),
    "a session policy with a principal": (lambda w: w.exchange(Policy=trust("*")), "MalformedPolicyDocument", ""),
    "a session policy of 2,049 characters": (lambda w: w.exchange(Policy=statement("s3:*").ljust(2049)), "ValidationError", "policy"),
    "eleven session policies": (lambda w: w.exchange(PolicyArns=[{"arn": f"arn:aws:iam::{w.account}:policy/p{n}"} for n in range(11)]), "ValidationError", "policyArns"),
    "session policy and tags that do not pack": (lambda w: w.exchange(w.good.token(**{"https://aws.amazon.com/tags": {"principal_tags": {f"k{n}": ["v" * 256] for n in range(40)}}}), "tagged", Policy=BIG_POLICY), "PackedPolicyTooLarge", "consumes"),
}


@pytest.fixture(scope="module", autouse=True)
def tagged(lab, world):
    """The role whose trust lets session tags through."""
    principal = {"Federated": f"arn:aws:iam::{lab.account}:oidc-provider/{world.good.name}"}
    lab.client("iam").create_role(
        RoleName="tagged", AssumeRolePolicyDocument=trust(principal, [EXCHANGE, "sts:TagSession"])
    )


def test_the_matrix_is_a_matrix():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses(world, name):
    exchange, codes, says = HOSTILE[name]
    with pytest.raises(world.sts.exceptions.ClientError) as caught:
        exchange(world)
    answer = caught.value.response
    assert answer["Error"]["Code"] in codes.split("|"), answer
    assert says in answer["Error"]["Message"], answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == (403 if answer["Error"]["Code"] == DENIAL else 400)
    assert answer["ResponseMetadata"]["RequestId"]


HONEST = {
    "as it is": lambda w: w.exchange(),
    "signed by an EC key": lambda w: w.exchange(w.good.token("ec-1")),
    "for several audiences": lambda w: w.exchange(w.good.token(aud=["kubernetes", AUDIENCE])),
    "for the second client": lambda w: w.exchange(w.good.token(aud="second-client"), "second"),
    "without nbf": lambda w: w.exchange(w.good.token(nbf=None)),
    "for the shortest time": lambda w: w.exchange(DurationSeconds=900),
    "in the shortest name": lambda w: w.exchange(RoleSessionName="ab"),
    "in the longest name": lambda w: w.exchange(RoleSessionName="a" * 64),
    "with a session policy": lambda w: w.exchange(Policy=statement("sts:GetCallerIdentity")),
    "with tags": lambda w: w.exchange(w.good.token(**{"https://aws.amazon.com/tags": {"principal_tags": {"team": ["ci"]}}}), "tagged"),
    "with a claim more": lambda w: w.exchange(w.good.token(**{"kubernetes.io": {"namespace": "actions"}})),
}


@pytest.mark.parametrize("name", HONEST)
def test_lets_through(world, name):
    answer = HONEST[name](world)
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT


def test_an_issuer_whose_certificate_nobody_vouches_for_is_refused(world):
    with pytest.raises(world.sts.exceptions.ClientError) as caught:
        world.exchange(world.untrusted.token(), "trusts-untrusted")
    assert caught.value.response["Error"]["Code"] in (INVALID, "IDPCommunicationError")


def test_a_deleted_provider_trusts_nobody(lab, world, issuer):
    iam, arn = lab.client("iam"), f"arn:aws:iam::{lab.account}:oidc-provider/{issuer.name}"
    iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    iam.create_role(RoleName="orphan", AssumeRolePolicyDocument=trust({"Federated": arn}, EXCHANGE))
    assert world.exchange(issuer.token(), "orphan")["Provider"] == arn
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused(INVALID, PROVIDER):
        world.exchange(issuer.token(), "orphan")


def test_a_client_id_that_is_removed_is_refused(lab, world, issuer):
    iam, arn = lab.client("iam"), f"arn:aws:iam::{lab.account}:oidc-provider/{issuer.name}"
    iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE, "spare"])
    iam.create_role(RoleName="for-clients", AssumeRolePolicyDocument=trust({"Federated": arn}, EXCHANGE))
    assert world.exchange(issuer.token(), "for-clients")["Audience"] == AUDIENCE
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)
    with refused(INVALID, AUDIENCE_SAYS):
        world.exchange(issuer.token(), "for-clients")


def test_a_rotated_key_is_fetched_and_the_old_one_ends(lab, world, issuer):
    iam, arn = lab.client("iam"), f"arn:aws:iam::{lab.account}:oidc-provider/{issuer.name}"
    iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    iam.create_role(RoleName="rotated", AssumeRolePolicyDocument=trust({"Federated": arn}, EXCHANGE))
    old = issuer.token()
    assert world.exchange(old, "rotated")["Provider"] == arn
    del issuer.keys["rsa-1"]
    issuer.keys["rsa-2"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer.publish()
    assert world.exchange(issuer.token("rsa-2"), "rotated")["Provider"] == arn
    with refused(INVALID, KEY):
        world.exchange(old, "rotated")


@pytest.mark.parametrize(
    ("algorithm", "kid", "key"),
    [
        ("RS384", "rsa-3", lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        ("RS512", "rsa-4", lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072)),
        ("ES384", "ec-3", lambda: ec.generate_private_key(ec.SECP384R1())),
        ("ES512", "ec-5", lambda: ec.generate_private_key(ec.SECP521R1())),
    ],
)
def test_takes_the_longer_digests_too(lab, world, issuer, unique, algorithm, kid, key):
    iam, arn = lab.client("iam"), f"arn:aws:iam::{lab.account}:oidc-provider/{issuer.name}"
    issuer.keys = {kid: key()}
    issuer.algorithm = lambda _: algorithm
    issuer.publish()
    iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    role = unique("digest")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust({"Federated": arn}, EXCHANGE))
    assert world.exchange(issuer.token(kid), role)["Provider"] == arn


def test_the_event_log_says_which_condition_refused(lab, world):
    with refused(DENIAL, DENIED) as caught:
        world.exchange(world.good.token(sub="system:serviceaccount:default:default"))
    request = caught.value.response["ResponseMetadata"]["RequestId"]
    event = next(event for event in lab.events() if event["requestId"] == request)
    assert event["error"]["code"] == DENIAL
    told = json.dumps(event["decisions"])
    for part in ("StringEquals", f"{world.good.name}:sub", SUBJECT, "system:serviceaccount:default:default"):
        assert part in told, told
