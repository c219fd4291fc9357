"""STS by boto3: the calls, and the limits of a session."""

from __future__ import annotations

import datetime
import re

import pytest

from conftest import refused, statement, trust
from issuer import AUDIENCE, SUBJECT

EXCHANGE = "sts:AssumeRoleWithWebIdentity"


@pytest.fixture
def user(lab, iam, unique):
    """A user that may assume every role and nothing else, and its credentials."""
    name = unique("caller")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    document = statement(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, (key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture
def role(lab, iam, unique):
    """Makes a role that the account may assume."""

    def make(policy: str | None = None, actions="sts:AssumeRole", condition=None, **more) -> str:
        name = unique("role")
        document = trust({"AWS": f"arn:aws:iam::{lab.account}:root"}, actions, condition)
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"]
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
        return arn

    return make


def lifetime(credentials) -> float:
    return (credentials["Expiration"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def test_says_who_calls(lab, sts, user):
    arn, credentials = user
    answer = lab.client("sts", credentials).get_caller_identity()
    assert (answer["Account"], answer["Arn"]) == (lab.account, arn)
    assert answer["UserId"].startswith("AIDA")
    session = lab.client("sts", sts.get_session_token()["Credentials"]).get_caller_identity()
    assert session["Arn"] == sts.get_caller_identity()["Arn"]


def test_says_whose_a_key_is(lab, sts, user):
    assert sts.get_access_key_info(AccessKeyId=user[1][0])["Account"] == lab.account
    with refused("ValidationError"):
        sts.get_access_key_info(AccessKeyId="not a key but long")


def test_an_assumed_role_acts_with_the_roles_permissions(lab, user, role):
    arn = role(statement("iam:ListRoles"))
    answer = lab.client("sts", user[1]).assume_role(RoleArn=arn, RoleSessionName="one")
    name = arn.rpartition("/")[2]
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{lab.account}:assumed-role/{name}/one"
    assert re.fullmatch(r"AROA[A-Z0-9]{17}:one", answer["AssumedRoleUser"]["AssumedRoleId"])
    assert 3590 < lifetime(answer["Credentials"]) <= 3600
    session = lab.client("iam", answer["Credentials"])
    assert session.list_roles()["Roles"]
    with refused("AccessDenied", "is not authorized to perform: iam:ListUsers", 403):
        session.list_users()
    identity = lab.client("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]


def test_both_sides_must_allow_an_assumption(lab, iam, unique, user, role):
    closed = unique("closed")
    nobody = trust({"AWS": f"arn:aws:iam::{lab.account}:user/{iam.create_user(UserName=unique('other'))['User']['UserName']}"})
    arn = iam.create_role(RoleName=closed, AssumeRolePolicyDocument=nobody)["Role"]["Arn"]
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: " + arn, 403):
        lab.client("sts", user[1]).assume_role(RoleArn=arn, RoleSessionName="one")
    bare = unique("bare")
    iam.create_user(UserName=bare)
    key = iam.create_access_key(UserName=bare)["AccessKey"]
    with refused("AccessDenied", "sts:AssumeRole", 403):
        lab.client("sts", (key["AccessKeyId"], key["SecretAccessKey"])).assume_role(
            RoleArn=role(), RoleSessionName="one"
        )


def test_a_user_named_in_the_trust_policy_needs_no_policy_of_its_own(lab, iam, unique):
    name = unique("named")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    role = iam.create_role(RoleName=unique("naming"), AssumeRolePolicyDocument=trust({"AWS": arn}))["Role"]["Arn"]
    sts = lab.client("sts", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]


def test_a_role_that_is_not_there_is_refused_like_one_that_does_not_trust(lab, user):
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole", 403):
        lab.client("sts", user[1]).assume_role(
            RoleArn=f"arn:aws:iam::{lab.account}:role/absent", RoleSessionName="one"
        )


def test_an_external_id_is_a_condition(lab, user, role):
    arn = role(condition={"StringEquals": {"sts:ExternalId": "agreed"}})
    sts = lab.client("sts", user[1])
    assert sts.assume_role(RoleArn=arn, RoleSessionName="one", ExternalId="agreed")["Credentials"]
    for more in ({}, {"ExternalId": "guessed"}):
        with refused("AccessDenied"):
            sts.assume_role(RoleArn=arn, RoleSessionName="one", **more)


def test_a_session_lasts_as_long_as_the_role_allows(lab, user, role):
    arn = role(MaxSessionDuration=7200)
    sts = lab.client("sts", user[1], parameter_validation=False)
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="one", DurationSeconds=7200)
    assert 7190 < lifetime(answer["Credentials"]) <= 7200
    with refused("ValidationError", "exceeds the MaxSessionDuration set for this role", 400):
        sts.assume_role(RoleArn=arn, RoleSessionName="one", DurationSeconds=7201)
    for seconds in (0, 899, 43_201):
        with refused("ValidationError", "durationSeconds", 400):
            sts.assume_role(RoleArn=arn, RoleSessionName="one", DurationSeconds=seconds)


def test_a_role_from_a_role_lasts_an_hour_at_most(lab, user, role):
    second = role(MaxSessionDuration=7200)
    first = role(statement("sts:AssumeRole"))
    session = lab.client("sts", user[1]).assume_role(RoleArn=first, RoleSessionName="one")["Credentials"]
    chained = lab.client("sts", session)
    answer = chained.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=3600)
    assert answer["AssumedRoleUser"]["Arn"].endswith("/two")
    with refused("ValidationError", "1 hour session limit for roles assumed by role chaining", 400):
        chained.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=3601)


@pytest.mark.parametrize("name", ["a", "a" * 65, "a b", "a/b", "ä", ""])
def test_a_session_name_has_its_form(lab, user, role, name):
    sts = lab.client("sts", user[1], parameter_validation=False)
    with refused("ValidationError", "roleSessionName", 400):
        sts.assume_role(RoleArn=role(), RoleSessionName=name)


def test_a_session_policy_only_takes_away(lab, user, role):
    arn = role(statement(["iam:ListRoles", "iam:ListUsers"]))
    answer = lab.client("sts", user[1]).assume_role(
        RoleArn=arn, RoleSessionName="one", Policy=statement(["iam:ListRoles", "iam:ListGroups"])
    )
    assert 0 < answer["PackedPolicySize"] <= 100
    session = lab.client("iam", answer["Credentials"])
    assert session.list_roles()["Roles"]
    for call in (session.list_users, session.list_groups):
        with refused("AccessDenied", "", 403):
            call()


def test_a_managed_session_policy_only_takes_away(lab, iam, unique, user, role):
    policy = iam.create_policy(PolicyName=unique("session"), PolicyDocument=statement("iam:ListRoles"))
    answer = lab.client("sts", user[1]).assume_role(
        RoleArn=role(statement("iam:*")), RoleSessionName="one",
        PolicyArns=[{"arn": policy["Policy"]["Arn"]}],
    )
    session = lab.client("iam", answer["Credentials"])
    assert session.list_roles()["Roles"]
    with refused("AccessDenied"):
        session.list_users()


def test_session_policies_have_limits(lab, user, role):
    arn, sts = role(), lab.client("sts", user[1], parameter_validation=False)
    assume = lambda **more: sts.assume_role(RoleArn=arn, RoleSessionName="one", **more)
    with refused("ValidationError", "policy", 400):
        assume(Policy=statement("s3:*").ljust(2049))
    with refused("MalformedPolicyDocument", "", 400):
        assume(Policy="{")
    with refused("MalformedPolicyDocument", "", 400):
        assume(Policy=trust("*"))
    with refused("ValidationError", "policyArns", 400):
        assume(PolicyArns=[{"arn": f"arn:aws:iam::{lab.account}:policy/p{n}"} for n in range(11)])


def test_tags_and_policies_must_pack(lab, user, role):
    arn = role(actions=["sts:AssumeRole", "sts:TagSession"])
    tags = [{"Key": f"k{n}", "Value": "v" * 256} for n in range(50)]
    policy = statement("ecr:PutImage", [f"arn:aws:ecr:us-west-2:{lab.account}:repository/{n:040}" for n in range(18)])
    assert len(policy) <= 2048
    with refused("PackedPolicyTooLarge", "consumes", 400):
        lab.client("sts", user[1]).assume_role(RoleArn=arn, RoleSessionName="one", Policy=policy, Tags=tags)


def test_tags_are_conditions_of_what_the_session_does(lab, user, role):
    allowed = statement("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/team": "ci"}})
    arn = role(allowed, actions=["sts:AssumeRole", "sts:TagSession"])
    sts = lab.client("sts", user[1])
    tagged = lambda value: sts.assume_role(
        RoleArn=arn, RoleSessionName="one", Tags=[{"Key": "team", "Value": value}]
    )["Credentials"]
    assert lab.client("iam", tagged("ci")).list_roles()["Roles"]
    with refused("AccessDenied"):
        lab.client("iam", tagged("web")).list_roles()


def test_tags_take_their_own_permission(lab, user, role):
    with refused("AccessDenied", "sts:TagSession", 403):
        lab.client("sts", user[1]).assume_role(
            RoleArn=role(), RoleSessionName="one", Tags=[{"Key": "team", "Value": "ci"}]
        )


def test_transitive_tags_stay_along_the_chain(lab, user, role):
    actions = ["sts:AssumeRole", "sts:TagSession"]
    condition = {"StringEquals": {"aws:PrincipalTag/team": "ci"}}
    first = role(statement(actions), actions=actions)
    second = role(statement("iam:ListRoles", Condition=condition), actions=actions)
    sts = lab.client("sts", user[1])
    tags = [{"Key": "team", "Value": "ci"}]

    def chained(**more):
        session = sts.assume_role(RoleArn=first, RoleSessionName="one", Tags=tags, **more)["Credentials"]
        answer = lab.client("sts", session).assume_role(RoleArn=second, RoleSessionName="two")
        return lab.client("iam", answer["Credentials"])

    assert chained(TransitiveTagKeys=["team"]).list_roles()["Roles"]
    with refused("AccessDenied"):
        chained().list_roles()


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": f"k{n}", "Value": "v"} for n in range(51)],
        [{"Key": "k" * 129, "Value": "v"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "aws:reserved", "Value": "v"}],
        [{"Key": "", "Value": "v"}],
    ],
    ids=["51 tags", "a long key", "a long value", "a reserved key", "an empty key"],
)
def test_tags_have_limits(lab, user, role, tags):
    sts = lab.client("sts", user[1], parameter_validation=False)
    with refused("ValidationError", "", 400):
        sts.assume_role(
            RoleArn=role(actions=["sts:AssumeRole", "sts:TagSession"]), RoleSessionName="one", Tags=tags
        )


def test_a_source_identity_stays_along_the_chain(lab, user, role):
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    first, second = role(statement(actions), actions=actions), role(actions=actions)
    answer = lab.client("sts", user[1]).assume_role(
        RoleArn=first, RoleSessionName="one", SourceIdentity="alice"
    )
    assert answer["SourceIdentity"] == "alice"
    chained = lab.client("sts", answer["Credentials"])
    assert chained.assume_role(RoleArn=second, RoleSessionName="two")["SourceIdentity"] == "alice"
    with refused("AccessDenied"):
        chained.assume_role(RoleArn=second, RoleSessionName="two", SourceIdentity="bob")


def test_a_web_identity_becomes_a_role(lab, iam, issuer, unique):
    provider = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    arn = provider["OpenIDConnectProviderArn"]
    condition = {"StringEquals": {f"{issuer.name}:sub": SUBJECT, f"{issuer.name}:aud": AUDIENCE}}
    role = iam.create_role(
        RoleName=unique("web"), AssumeRolePolicyDocument=trust({"Federated": arn}, EXCHANGE, condition)
    )["Role"]["Arn"]
    answer = lab.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="runner", WebIdentityToken=issuer.token(), DurationSeconds=900
    )
    assert answer["Provider"] == arn
    assert answer["Audience"] == AUDIENCE
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert 890 < lifetime(answer["Credentials"]) <= 900
    identity = lab.client("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_a_deleted_role_ends_its_sessions(lab, iam, user, role):
    arn = role()
    session = lab.client("sts", user[1]).assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    iam.delete_role(RoleName=arn.rpartition("/")[2])
    with refused("InvalidClientTokenId", "", 403):
        lab.client("sts", session).get_caller_identity()


def test_session_tokens_are_for_users(lab, sts, user, role):
    answer = sts.get_session_token(DurationSeconds=129_600)["Credentials"]
    assert 129_590 < lifetime(answer) <= 129_600
    for seconds in (899, 129_601):
        with refused("ValidationError", "durationSeconds", 400):
            lab.client("sts", parameter_validation=False).get_session_token(DurationSeconds=seconds)
    session = lab.client("sts", user[1]).assume_role(RoleArn=role(), RoleSessionName="one")["Credentials"]
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        lab.client("sts", session).get_session_token()


def test_a_session_token_without_mfa_does_not_call_iam(lab, sts):
    session = sts.get_session_token()["Credentials"]
    with refused("InvalidClientTokenId", "", 403):
        lab.client("iam", session).list_users()


def test_an_encoded_authorization_message_is_decoded_for_who_may(lab, sts, user):
    with refused("InvalidAuthorizationMessageException"):
        sts.decode_authorization_message(EncodedMessage="garbage")
    with refused("AccessDenied", "sts:DecodeAuthorizationMessage", 403):
        lab.client("sts", user[1]).decode_authorization_message(EncodedMessage="garbage")


def test_an_unknown_action_is_named(lab):
    from signing import Request

    body = b"Action=AssumeRoleWithMagic&Version=2011-06-15"
    answer = Request(lab.endpoint, lab.administrator, body=body).sign().send()
    assert (answer.status, answer.code) == (400, "InvalidAction"), answer.text
    assert "AssumeRoleWithMagic" in answer.text


def test_a_lab_of_another_partition_speaks_of_it(new_lab):
    lab = new_lab("--partition", "aws-cn")
    assert lab.region.startswith("cn-")
    identity = lab.client("sts").get_caller_identity()
    assert identity["Arn"].startswith("arn:aws-cn:iam::")
    assert lab.registry_host.endswith(".amazonaws.com.cn")


def test_a_lab_is_what_it_is_asked_to_be(new_lab):
    lab = new_lab("--account", "444455556666", "--region", "us-gov-west-1")
    identity = lab.client("sts").get_caller_identity()
    assert identity["Arn"].startswith("arn:aws-us-gov:iam::444455556666:")
    assert lab.registry_host == "444455556666.dkr.ecr.us-gov-west-1.amazonaws.com"


def test_an_encoded_reason_is_decoded(lab, sts, user):
    _, credentials = user
    with refused("AccessDenied") as caught:
        lab.client("iam", credentials).list_roles()
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    encoded = headers["x-hallpass-encoded-authorization-message"]
    decoded = sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    assert "iam:ListRoles" in decoded
