"""Every operation of IAM asks for the action of its name, and holds its promises under load and renaming."""

from __future__ import annotations

import json
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from conftest import refused, statement, trust

ANYONE = trust({"Service": "ec2.amazonaws.com"})
PUSH = statement("ecr:PutImage")

# What the lab has. All else it must name as unknown, rather than answer by accident.
OPERATIONS = """
AddClientIDToOpenIDConnectProvider AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy
CreateAccessKey CreateGroup CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateUser
DeleteAccessKey DeleteGroup DeleteGroupPolicy DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
DeleteRolePermissionsBoundary DeleteRolePolicy DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetAccessKeyLastUsed GetAccountAuthorizationDetails
GetAccountSummary GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetGroup GetGroupPolicy
GetLoginProfile GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy
ListAccessKeys ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
ListEntitiesForPolicy ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfilesForRole ListMFADevices
ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListPolicies ListPolicyTags ListPolicyVersions
ListRolePolicies ListRoleTags ListRoles ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates
ListUserPolicies ListUserTags ListUsers PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy
PutUserPermissionsBoundary PutUserPolicy RemoveClientIDFromOpenIDConnectProvider RemoveUserFromGroup
SetDefaultPolicyVersion SimulateCustomPolicy SimulatePrincipalPolicy TagOpenIDConnectProvider TagPolicy TagRole
TagUser UntagOpenIDConnectProvider UntagPolicy UntagRole UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup
UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateUser
""".split()


def example(lab, name: str):
    """A fit value for a parameter, whatever the operation."""
    arn = f"arn:aws:iam::{lab.account}:"
    values = {
        "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "ActionNames": ["ecr:PutImage"],
        "AssumeRolePolicyDocument": ANYONE,
        "ClientID": "sts.amazonaws.com",
        "Description": "x",
        "OpenIDConnectProviderArn": f"{arn}oidc-provider/issuer.example.com",
        "PermissionsBoundary": f"{arn}policy/absent",
        "PolicyArn": f"{arn}policy/absent",
        "PolicyDocument": PUSH,
        "PolicyInputList": [PUSH],
        "PolicySourceArn": f"{arn}user/absent",
        "Status": "Active",
        "TagKeys": ["k"],
        "Tags": [{"Key": "k", "Value": "v"}],
        "ThumbprintList": ["a" * 40],
        "Url": "https://issuer.example.com",
        "VersionId": "v1",
    }
    return values.get(name, "absent")


@pytest.fixture(scope="module")
def nobody(lab):
    """A user whom no policy allows anything."""
    iam = lab.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    return lab.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))


def call(lab, client, operation: str):
    shape = client.meta.service_model.operation_model(operation).input_shape
    members = shape.required_members if shape else []
    name = next(name for name, wire in client.meta.method_to_api_mapping.items() if wire == operation)
    return getattr(client, name)(**{member: example(lab, member) for member in members})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_asks_for_the_action_of_its_name(lab, nobody, operation):
    """Before it looks whether anything is there: who may not ask does not learn it."""
    with refused("AccessDenied", f"not authorized to perform: iam:{operation} on resource: ", 403):
        call(lab, nobody, operation)


def test_every_other_operation_is_named_as_unknown(lab):
    loose = lab.client("iam", parameter_validation=False)
    methods = loose.meta.method_to_api_mapping
    assert set(OPERATIONS) < set(methods.values())
    for method, operation in methods.items():
        if operation not in OPERATIONS:
            with refused("InvalidAction", operation, 400):
                getattr(loose, method)()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_garbage_gets_an_error_of_the_callers(lab, operation):
    """Empty, absent and wild values: an error that names them, never one of the lab's own."""
    loose = lab.client("iam", parameter_validation=False)
    shape = loose.meta.service_model.operation_model(operation).input_shape
    texts = [name for name, member in shape.members.items() if member.type_name == "string"] if shape else []
    method = next(name for name, wire in loose.meta.method_to_api_mapping.items() if wire == operation)
    for value in ("", "\0\x1b]\r\n", "\ud7ff\uffff" * 50, "../" * 3000, "arn:aws:iam::aws:policy/" + "x" * 3000):
        try:
            getattr(loose, method)(**{name: value for name in texts})
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404, 409), error


def test_conditions_see_the_policy_that_is_attached(lab, iam, unique):
    user, worker = unique("user"), unique("worker")
    iam.create_user(UserName=user)
    iam.create_user(UserName=worker)
    allowed = iam.create_policy(PolicyName=unique("fit"), PolicyDocument=PUSH)["Policy"]["Arn"]
    other = iam.create_policy(PolicyName=unique("unfit"), PolicyDocument=PUSH)["Policy"]["Arn"]
    only = statement("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": allowed}})
    iam.put_user_policy(UserName=worker, PolicyName="only", PolicyDocument=only)
    key = iam.create_access_key(UserName=worker)["AccessKey"]
    client = lab.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    client.attach_user_policy(UserName=user, PolicyArn=allowed)
    with refused("AccessDenied", "iam:AttachUserPolicy", 403):
        client.attach_user_policy(UserName=user, PolicyArn=other)


def test_conditions_see_tags_and_the_path_of_what_is_there(lab, iam, unique):
    mine, theirs, worker = unique("role"), unique("role"), unique("worker")
    iam.create_role(RoleName=mine, Path="/a/", AssumeRolePolicyDocument=ANYONE, Tags=[{"Key": "team", "Value": "a"}])
    iam.create_role(RoleName=theirs, Path="/b/", AssumeRolePolicyDocument=ANYONE, Tags=[{"Key": "team", "Value": "b"}])
    iam.create_user(UserName=worker)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*", "Condition": {"StringEquals": {"iam:ResourceTag/team": "a"}}},
        {"Effect": "Allow", "Action": "iam:ListRoleTags", "Resource": f"arn:aws:iam::{lab.account}:role/a/*"},
    ]})
    iam.put_user_policy(UserName=worker, PolicyName="mine", PolicyDocument=policy)
    key = iam.create_access_key(UserName=worker)["AccessKey"]
    client = lab.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    client.get_role(RoleName=mine)
    client.list_role_tags(RoleName=mine)
    with refused("AccessDenied", f"role/b/{theirs}", 403):
        client.get_role(RoleName=theirs)
    with refused("AccessDenied", f"role/b/{theirs}", 403):
        client.list_role_tags(RoleName=theirs)


def test_calls_at_the_same_time_pass_no_quota(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)

    def create(_):
        try:
            return iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        except ClientError as error:
            assert error.response["Error"]["Code"] == "LimitExceeded"
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [key for key in pool.map(create, range(16)) if key]
    assert len(made) == 2
    assert len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]) == 2


def test_a_list_survives_what_is_deleted_between_its_pages(iam, unique):
    path = f"/{unique('pages')}/"
    made = {iam.create_user(UserName=unique("paged"), Path=path)["User"]["UserName"] for _ in range(6)}
    seen = set()
    for page in iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}):
        for user in page["Users"]:
            seen.add(user["UserName"])
            iam.delete_user(UserName=user["UserName"])
    assert seen == made


def trusted(iam, role: str) -> str:
    document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    document = document if isinstance(document, dict) else json.loads(urllib.parse.unquote(document))
    return document["Statement"][0]["Principal"]["AWS"]


def test_trust_follows_a_renamed_user_and_dies_with_a_deleted_one(lab, iam, unique):
    name, renamed, role = unique("user"), unique("user"), unique("role")
    user = iam.create_user(UserName=name)["User"]
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust({"AWS": user["Arn"]}))["Role"]["Arn"]
    iam.update_user(UserName=name, NewUserName=renamed)
    assert trusted(iam, role) == f"arn:aws:iam::{lab.account}:user/{renamed}"
    key = iam.create_access_key(UserName=renamed)["AccessKey"]
    session = lambda key: lab.client("sts", (key["AccessKeyId"], key["SecretAccessKey"])).assume_role(
        RoleArn=arn, RoleSessionName="one"
    )
    assert session(key)["AssumedRoleUser"]["Arn"].endswith(f"assumed-role/{role}/one")
    iam.delete_access_key(UserName=renamed, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=renamed)
    assert trusted(iam, role) == user["UserId"]
    iam.create_user(UserName=renamed)
    again = iam.create_access_key(UserName=renamed)["AccessKey"]
    with refused("AccessDenied", "sts:AssumeRole", 403):
        session(again)


def test_a_role_remembers_its_last_use(lab, iam, sts, unique):
    name = unique("role")
    me = sts.get_caller_identity()["Arn"]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": me}))["Role"]
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="one")["Credentials"]
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
    lab.client("sts", session).get_caller_identity()
    used = iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
    assert used["Region"] == lab.region and used["LastUsedDate"]


@pytest.mark.parametrize("change", ["delete", "version", "default", "tag"])
def test_policies_of_aws_stay_as_they_are(iam, change):
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    with refused("AccessDenied", arn, 403):
        match change:
            case "delete":
                iam.delete_policy(PolicyArn=arn)
            case "version":
                iam.create_policy_version(PolicyArn=arn, PolicyDocument=PUSH)
            case "default":
                iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
            case "tag":
                iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}])


def test_tags_are_keyed_as_iam_keys_them(iam, unique):
    """Without case for users and roles, with case for policies and providers."""
    role = unique("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=ANYONE, Tags=[{"Key": "Team", "Value": "a"}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "team", "Value": "b"}])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "team", "Value": "b"}]
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PUSH, Tags=[{"Key": "Team", "Value": "a"}])["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "team", "Value": "b"}])
    assert len(iam.list_policy_tags(PolicyArn=arn)["Tags"]) == 2
    with refused("InvalidInput", "Duplicate tag keys", 400):
        iam.tag_role(RoleName=role, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}])
    with refused("LimitExceeded", "", 409):
        iam.tag_role(RoleName=role, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])


def test_inline_policies_share_their_space(iam, unique):
    role = unique("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=ANYONE)
    resources = [f"arn:aws:ecr:us-west-2:111122223333:repository/{number:060}" for number in range(50)]
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=statement("ecr:PutImage", resources))
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=statement("ecr:PutImage", resources))
    with refused("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {role}", 409):
        iam.put_role_policy(RoleName=role, PolicyName="two", PolicyDocument=statement("ecr:PutImage", resources))


def test_a_simulation_knows_the_resources_policy_and_its_caller(lab, iam, unique):
    user = iam.create_user(UserName=unique("user"))["User"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "ecr:PutImage"},
    ]})
    ask = lambda **more: iam.simulate_custom_policy(
        PolicyInputList=[statement("ecr:BatchGetImage")], ActionNames=["ecr:PutImage"], ResourcePolicy=policy, **more
    )["EvaluationResults"][0]
    result = ask(CallerArn=user)
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "ResourcePolicy"
    assert ask(CallerArn=user + "-other")["EvalDecision"] == "implicitDeny"
    with refused("InvalidInput", "CallerArn", 400):
        ask()
    with refused("InvalidInput", "PolicyInputList.2", 400):
        iam.simulate_custom_policy(PolicyInputList=[PUSH, "{"], ActionNames=["ecr:PutImage"])


def test_a_simulation_comes_in_pages(iam):
    resources = [f"arn:aws:ecr:us-west-2:111122223333:repository/{number}" for number in range(7)]
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[PUSH], ActionNames=["ecr:PutImage", "ecr:BatchGetImage"], ResourceArns=resources,
        PaginationConfig={"PageSize": 5},
    ))
    assert [len(page["EvaluationResults"]) for page in pages] == [5, 5, 4]
    asked = {(result["EvalActionName"], result["EvalResourceName"]) for page in pages for result in page["EvaluationResults"]}
    assert len(asked) == 14
