"""IAM by boto3: every call the lab has, its answers parsed by botocore, its pages, waiters, quotas."""

from __future__ import annotations

import json
import re
import urllib.parse

import pytest

from conftest import refused, statement, trust

ANYONE = trust({"Service": "ec2.amazonaws.com"})
PUSH = statement("ecr:PutImage")
PULL = statement("ecr:BatchGetImage")


def document(value) -> dict:
    """A policy document as boto3 hands it out: parsed already, or URL-encoded."""
    return value if isinstance(value, dict) else json.loads(urllib.parse.unquote(value))


def names(pages, member: str, name: str) -> list[str]:
    return [entry[name] for page in pages for entry in page[member]]


# Users and access keys.


def test_a_user_comes_changes_and_goes(lab, iam, unique):
    name, renamed = unique("user"), unique("user")
    tags = [{"Key": "team", "Value": "ci"}]
    user = iam.create_user(UserName=name, Path="/ci/", Tags=tags)["User"]
    assert user["Arn"] == f"arn:aws:iam::{lab.account}:user/ci/{name}"
    assert re.fullmatch(r"AIDA[A-Z0-9]{17}", user["UserId"])
    assert iam.get_user(UserName=name)["User"]["Tags"] == tags
    with refused("EntityAlreadyExists", name, 409):
        iam.create_user(UserName=name)
    iam.update_user(UserName=name, NewUserName=renamed, NewPath="/")
    assert iam.get_user(UserName=renamed)["User"]["UserId"] == user["UserId"]
    iam.tag_user(UserName=renamed, Tags=[{"Key": "team", "Value": "web"}, {"Key": "x", "Value": ""}])
    iam.untag_user(UserName=renamed, TagKeys=["x"])
    assert iam.list_user_tags(UserName=renamed)["Tags"] == [{"Key": "team", "Value": "web"}]
    iam.delete_user(UserName=renamed)
    with refused("NoSuchEntity", f"The user with name {renamed} cannot be found.", 404):
        iam.get_user(UserName=renamed)


def test_a_caller_may_ask_for_itself(iam, sts):
    assert iam.get_user()["User"]["Arn"] == sts.get_caller_identity()["Arn"]


def test_a_user_without_login_has_no_login_profile(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    assert "PasswordLastUsed" not in iam.get_user(UserName=name)["User"]
    with refused("NoSuchEntity", "", 404):
        iam.get_login_profile(UserName=name)
    assert iam.list_mfa_devices(UserName=name)["MFADevices"] == []


def test_a_user_has_two_access_keys_at_most(lab, iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    keys = [iam.create_access_key(UserName=name)["AccessKey"] for _ in range(2)]
    for key in keys:
        assert re.fullmatch(r"AKIA[A-Z0-9]{16}", key["AccessKeyId"])
        assert len(key["SecretAccessKey"]) == 40
        assert key["Status"] == "Active"
    with refused("LimitExceeded", "AccessKeysPerUser: 2", 409):
        iam.create_access_key(UserName=name)
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in listed} == {key["AccessKeyId"] for key in keys}
    assert all("SecretAccessKey" not in key for key in listed)
    iam.update_access_key(UserName=name, AccessKeyId=keys[0]["AccessKeyId"], Status="Inactive")
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert {key["Status"] for key in listed} == {"Active", "Inactive"}
    iam.delete_access_key(UserName=name, AccessKeyId=keys[0]["AccessKeyId"])
    with refused("NoSuchEntity", keys[0]["AccessKeyId"], 404):
        iam.delete_access_key(UserName=name, AccessKeyId=keys[0]["AccessKeyId"])
    with refused("DeleteConflict", "", 409):
        iam.delete_user(UserName=name)


def test_a_key_remembers_its_last_use(lab, iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == name
    assert used["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    assert "LastUsedDate" not in used["AccessKeyLastUsed"]
    lab.client("sts", (key["AccessKeyId"], key["SecretAccessKey"])).get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", lab.region)
    assert used["LastUsedDate"]


def test_users_come_in_pages(iam, unique):
    path = f"/{unique('pages')}/"
    made = [iam.create_user(UserName=unique("paged"), Path=path)["User"]["UserName"] for _ in range(7)]
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 3}))
    assert [len(page["Users"]) for page in pages] == [3, 3, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert sorted(names(pages, "Users", "UserName")) == sorted(made)
    with refused("ValidationError", "", 400):
        iam.list_users(PathPrefix=path, Marker="garbage")


def test_waiters_see_what_is_there(iam, unique):
    user, role, policy = unique("waited"), unique("waited"), unique("waited")
    iam.create_user(UserName=user)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=ANYONE)
    arn = iam.create_policy(PolicyName=policy, PolicyDocument=PUSH)["Policy"]["Arn"]
    soon = {"Delay": 1, "MaxAttempts": 2}
    iam.get_waiter("user_exists").wait(UserName=user, WaiterConfig=soon)
    iam.get_waiter("role_exists").wait(RoleName=role, WaiterConfig=soon)
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=soon)


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", "a" * 65, ""])
def test_a_user_name_has_its_form(lab, name):
    iam = lab.client("iam", parameter_validation=False)
    with refused("ValidationError", "userName", 400):
        iam.create_user(UserName=name)


# Groups.


def test_a_group_lends_its_policies(lab, iam, unique):
    group, user = unique("group"), unique("member")
    arn = iam.create_group(GroupName=group, Path="/ci/")["Group"]["Arn"]
    assert arn == f"arn:aws:iam::{lab.account}:group/ci/{group}"
    iam.create_user(UserName=user)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_group_policy(GroupName=group, PolicyName="list", PolicyDocument=statement("iam:ListGroups"))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    member = lab.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert group in names(member.get_paginator("list_groups").paginate(), "Groups", "GroupName")
    members = iam.get_paginator("get_group").paginate(GroupName=group)
    assert names(members, "Users", "UserName") == [user]
    assert names([iam.list_groups_for_user(UserName=user)], "Groups", "GroupName") == [group]
    assert iam.list_group_policies(GroupName=group)["PolicyNames"] == ["list"]
    got = iam.get_group_policy(GroupName=group, PolicyName="list")
    assert document(got["PolicyDocument"]) == json.loads(statement("iam:ListGroups"))
    with refused("DeleteConflict", "", 409):
        iam.delete_group(GroupName=group)
    iam.remove_user_from_group(GroupName=group, UserName=user)
    with refused("AccessDenied", "iam:ListGroups", 403):
        member.list_groups()
    iam.delete_group_policy(GroupName=group, PolicyName="list")
    iam.delete_group(GroupName=group)
    with refused("NoSuchEntity", group, 404):
        iam.get_group(GroupName=group)


def test_a_groups_managed_policies_are_lent_as_well(lab, iam, unique):
    group = unique("group")
    iam.create_group(GroupName=group)
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PUSH)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    attached = iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    iam.detach_group_policy(GroupName=group, PolicyArn=arn)
    with refused("NoSuchEntity", "", 404):
        iam.detach_group_policy(GroupName=group, PolicyArn=arn)


# Managed policies.


def test_a_managed_policy_has_versions(lab, iam, unique):
    name = unique("policy")
    policy = iam.create_policy(PolicyName=name, Path="/ci/", PolicyDocument=PUSH, Description="pushes")["Policy"]
    arn = policy["Arn"]
    assert arn == f"arn:aws:iam::{lab.account}:policy/ci/{name}"
    assert re.fullmatch(r"ANPA[A-Z0-9]{17}", policy["PolicyId"])
    assert (policy["DefaultVersionId"], policy["AttachmentCount"]) == ("v1", 0)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "pushes"
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=PULL, SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", True)
    got = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert document(got["Document"]) == json.loads(PUSH)
    assert not got["IsDefaultVersion"]
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    with refused("DeleteConflict", "", 409):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    with refused("DeleteConflict", "", 409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", "", 404):
        iam.get_policy(PolicyArn=arn)


def test_a_managed_policy_has_five_versions_at_most(iam, unique):
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PUSH)["Policy"]["Arn"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=PULL)
    with refused("LimitExceeded", "5", 409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=PULL)
    pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 2})
    assert sorted(names(pages, "Versions", "VersionId")) == ["v1", "v2", "v3", "v4", "v5"]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    again = iam.create_policy_version(PolicyArn=arn, PolicyDocument=PULL)["PolicyVersion"]
    assert again["VersionId"] == "v6"


def test_a_policy_knows_what_it_is_attached_to(lab, iam, unique):
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PUSH)["Policy"]["Arn"]
    user, group, role = unique("user"), unique("group"), unique("role")
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=ANYONE)
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 3
    pages = list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn))
    assert names(pages, "PolicyUsers", "UserName") == [user]
    assert names(pages, "PolicyGroups", "GroupName") == [group]
    assert names(pages, "PolicyRoles", "RoleName") == [role]
    with refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409):
        iam.delete_policy(PolicyArn=arn)
    attached = iam.get_paginator("list_policies").paginate(Scope="Local", OnlyAttached=True)
    assert arn in names(attached, "Policies", "Arn")


def test_policies_of_aws_can_be_attached(iam, unique):
    user, arn = unique("user"), "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    attached = iam.get_paginator("list_attached_user_policies").paginate(UserName=user)
    assert names(attached, "AttachedPolicies", "PolicyArn") == [arn]
    assert arn in names(iam.get_paginator("list_policies").paginate(Scope="AWS"), "Policies", "Arn")
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    with refused("NoSuchEntity", "", 404):
        iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"Version": "2012-10-17"}',
        '{"Version": "2020-01-01", "Statement": []}',
        statement("ecr:*", effect="allow"),
        statement("PutImage"),
        statement("ecr:*", "my-app"),
        trust("*"),
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Extra": 1}}',
        statement("ecr:*", Condition={"StringEqual": {"aws:x": "y"}}),
        statement("ecr:*", Condition={"StringEquals": "y"}),
        statement("ecr:*", Sid="not allowed!"),
    ],
)
def test_a_malformed_policy_is_refused(iam, unique, text):
    with refused("MalformedPolicyDocument", "", 400):
        iam.create_policy(PolicyName=unique("policy"), PolicyDocument=text)


def test_a_managed_policy_has_6144_characters_at_most(iam, unique):
    resources = [f"arn:aws:ecr:us-west-2:111122223333:repository/{number:060}" for number in range(60)]
    with refused("LimitExceeded", "6144", 409):
        iam.create_policy(PolicyName=unique("policy"), PolicyDocument=statement("ecr:PutImage", resources))
    # White space does not count.
    spaced = json.dumps(json.loads(statement("ecr:PutImage", resources[:40])), indent=60)
    assert len(spaced) > 6144
    iam.create_policy(PolicyName=unique("policy"), PolicyDocument=spaced)


# Inline policies.


@pytest.mark.parametrize("kind", ["user", "role"])
def test_an_inline_policy_comes_and_goes(iam, unique, kind):
    name = unique(kind)
    if kind == "user":
        iam.create_user(UserName=name)
    else:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
    whose = {f"{kind.title()}Name": name}
    call = lambda verb, **more: getattr(iam, f"{verb}_{kind}_policy")(**whose, **more)
    call("put", PolicyName="push", PolicyDocument=PUSH)
    call("put", PolicyName="push", PolicyDocument=PULL)
    got = call("get", PolicyName="push")
    assert document(got["PolicyDocument"]) == json.loads(PULL)
    pages = iam.get_paginator(f"list_{kind}_policies").paginate(**whose)
    assert [policy for page in pages for policy in page["PolicyNames"]] == ["push"]
    with refused("DeleteConflict", "", 409):
        getattr(iam, f"delete_{kind}")(**whose)
    call("delete", PolicyName="push")
    with refused("NoSuchEntity", "push", 404):
        call("get", PolicyName="push")
    getattr(iam, f"delete_{kind}")(**whose)


# Roles.


def test_a_role_comes_changes_and_goes(lab, iam, unique):
    name = unique("role")
    tags = [{"Key": "team", "Value": "ci"}]
    role = iam.create_role(
        RoleName=name, Path="/ci/", AssumeRolePolicyDocument=ANYONE, Description="builds",
        MaxSessionDuration=7200, Tags=tags,
    )["Role"]
    assert role["Arn"] == f"arn:aws:iam::{lab.account}:role/ci/{name}"
    assert re.fullmatch(r"AROA[A-Z0-9]{17}", role["RoleId"])
    got = iam.get_role(RoleName=name)["Role"]
    assert document(got["AssumeRolePolicyDocument"]) == json.loads(ANYONE)
    assert (got["MaxSessionDuration"], got["Description"], got["Tags"]) == (7200, "builds", tags)
    iam.update_role(RoleName=name, MaxSessionDuration=3600, Description="builds images")
    iam.update_role_description(RoleName=name, Description="builds more")
    got = iam.get_role(RoleName=name)["Role"]
    assert (got["MaxSessionDuration"], got["Description"]) == (3600, "builds more")
    iam.tag_role(RoleName=name, Tags=[{"Key": "x", "Value": "y"}])
    iam.untag_role(RoleName=name, TagKeys=["team"])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "x", "Value": "y"}]
    with refused("EntityAlreadyExists", f"Role with name {name} already exists.", 409):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
    iam.delete_role(RoleName=name)
    with refused("NoSuchEntity", f"The role with name {name} cannot be found.", 404):
        iam.get_role(RoleName=name)


def test_a_name_differs_by_more_than_case(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
    with refused("EntityAlreadyExists", "", 409):
        iam.create_role(RoleName=name.upper(), AssumeRolePolicyDocument=ANYONE)


def test_a_trust_policy_is_updated(iam, unique):
    name, other = unique("role"), trust({"Service": "lambda.amazonaws.com"})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=other)
    got = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert document(got) == json.loads(other)
    with refused("MalformedPolicyDocument", "", 400):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=PUSH)
    with refused("NoSuchEntity", "", 404):
        iam.update_assume_role_policy(RoleName=unique("absent"), PolicyDocument=other)


def test_a_trust_policy_names_principals_that_are_there(lab, iam, unique):
    absent = f"arn:aws:iam::{lab.account}:user/{unique('absent')}"
    with refused("MalformedPolicyDocument", "Invalid principal in policy", 400):
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust({"AWS": absent}))


def test_a_trust_policy_for_github_must_be_scoped(new_lab, unique):
    """Since June 2025 IAM refuses an issuer that everybody shares without a condition on whose job it is."""
    lab = new_lab()
    iam, issuer = lab.client("iam"), "token.actions.githubusercontent.com"
    url, arn = f"https://{issuer}", f"arn:aws:iam::{lab.account}:oidc-provider/{issuer}"
    iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])
    action = "sts:AssumeRoleWithWebIdentity"
    audience = {f"{issuer}:aud": "sts.amazonaws.com"}
    with refused("MalformedPolicyDocument", "", 400):
        iam.create_role(
            RoleName=unique("role"),
            AssumeRolePolicyDocument=trust({"Federated": arn}, action, {"StringEquals": audience}),
        )
    scoped = {"StringEquals": audience, "StringLike": {f"{issuer}:sub": "repo:acme/my-app:*"}}
    iam.create_role(
        RoleName=unique("role"), AssumeRolePolicyDocument=trust({"Federated": arn}, action, scoped)
    )


def test_a_trust_policy_has_a_limit(iam, unique):
    services = [f"service-{number:040}.amazonaws.com" for number in range(60)]
    with refused("LimitExceeded", "2048", 409):
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust({"Service": services}))


@pytest.mark.parametrize("seconds", [3599, 43_201])
def test_a_roles_sessions_have_bounds(lab, unique, seconds):
    iam = lab.client("iam", parameter_validation=False)
    with refused("ValidationError", "maxSessionDuration", 400):
        iam.create_role(
            RoleName=unique("role"), AssumeRolePolicyDocument=ANYONE, MaxSessionDuration=seconds
        )


def test_a_boundary_caps_what_a_policy_allows(lab, iam, sts, unique):
    name = unique("bounded")
    boundary = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=statement("iam:ListRoles"))
    arn = boundary["Policy"]["Arn"]
    role = iam.create_role(
        RoleName=name, PermissionsBoundary=arn,
        AssumeRolePolicyDocument=trust({"AWS": sts.get_caller_identity()["Arn"]}),
    )["Role"]
    got = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert got["PermissionsBoundaryArn"] == arn
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=statement("iam:List*"))
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="one")["Credentials"]
    bounded = lab.client("iam", session)
    assert bounded.list_roles()["Roles"]
    with refused("AccessDenied", "no permissions boundary allows the iam:ListUsers action", 403):
        bounded.list_users()
    with refused("DeleteConflict", "", 409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName=name)
    assert bounded.list_users()["Users"]
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
    with refused("AccessDenied"):
        bounded.list_users()


def test_a_user_has_a_boundary_as_well(iam, unique):
    name = unique("bounded")
    arn = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=PULL)["Policy"]["Arn"]
    iam.create_user(UserName=name)
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    iam.delete_user_permissions_boundary(UserName=name)
    assert "PermissionsBoundary" not in iam.get_user(UserName=name)["User"]


def test_ten_managed_policies_fit_a_role(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
    arns = [
        iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PULL)["Policy"]["Arn"]
        for _ in range(11)
    ]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    with refused("LimitExceeded", "PoliciesPerRole: 10", 409):
        iam.attach_role_policy(RoleName=name, PolicyArn=arns[10])
    pages = iam.get_paginator("list_attached_role_policies").paginate(
        RoleName=name, PaginationConfig={"PageSize": 4}
    )
    assert sorted(names(pages, "AttachedPolicies", "PolicyArn")) == sorted(arns[:10])
    with refused("DeleteConflict", "", 409):
        iam.delete_role(RoleName=name)
    for arn in arns[:10]:
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_role(RoleName=name)


def test_roles_come_in_pages(iam, unique):
    path = f"/{unique('pages')}/"
    made = [
        iam.create_role(RoleName=unique("paged"), Path=path, AssumeRolePolicyDocument=ANYONE)["Role"]["RoleName"]
        for _ in range(5)
    ]
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Roles"]) for page in pages] == [2, 2, 1]
    assert sorted(names(pages, "Roles", "RoleName")) == sorted(made)


# OIDC providers.


def test_a_provider_comes_changes_and_goes(lab, iam, unique):
    name = f"issuer.example.com/{unique('id')}"
    tags = [{"Key": "cluster", "Value": "ci"}]
    made = iam.create_open_id_connect_provider(
        Url=f"https://{name}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40], Tags=tags
    )
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{lab.account}:oidc-provider/{name}"
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == name
    assert (got["ClientIDList"], got["ThumbprintList"], got["Tags"]) == (["sts.amazonaws.com"], ["a" * 40], tags)
    assert got["CreateDate"]
    with refused("EntityAlreadyExists", "", 409):
        iam.create_open_id_connect_provider(Url=f"https://{name}")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="another")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="another")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "x", "Value": "y"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["cluster"])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert sorted(got["ClientIDList"]) == ["another", "sts.amazonaws.com"]
    assert got["ThumbprintList"] == ["b" * 40]
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "x", "Value": "y"}]
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="another")
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert {"Arn": arn} in listed
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("NoSuchEntity", arn, 404):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@pytest.mark.parametrize(
    "url", ["http://issuer.example.com", "issuer.example.com", "https://issuer.example.com/?a=b", "https://" + "a" * 250]
)
def test_a_provider_is_an_https_url(lab, url):
    iam = lab.client("iam", parameter_validation=False)
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.create_open_id_connect_provider(Url=url)
    assert caught.value.response["Error"]["Code"] in ("ValidationError", "InvalidInput")


def test_a_provider_has_limits(lab, iam, unique):
    url = f"https://issuer.example.com/{unique('id')}"
    with refused("LimitExceeded", "", 409):
        iam.create_open_id_connect_provider(Url=url, ClientIDList=[f"client-{n}" for n in range(101)])
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.create_open_id_connect_provider(Url=url, ThumbprintList=[f"{n:040x}" for n in range(6)])
    assert caught.value.response["Error"]["Code"] in ("LimitExceeded", "InvalidInput")
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.create_open_id_connect_provider(Url=url, ThumbprintList=["short" * 8])
    assert caught.value.response["Error"]["Code"] in ("ValidationError", "InvalidInput")


# The account as a whole, and simulation.


def test_the_account_is_told_in_full(lab, iam, unique):
    user, group, role = unique("user"), unique("group"), unique("role")
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=ANYONE)
    iam.put_role_policy(RoleName=role, PolicyName="push", PolicyDocument=PUSH)
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=PULL)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    iam.add_user_to_group(GroupName=group, UserName=user)
    paginator = iam.get_paginator("get_account_authorization_details")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 20}))
    users = {entry["UserName"]: entry for page in pages for entry in page["UserDetailList"]}
    assert users[user]["GroupList"] == [group]
    assert [policy["PolicyArn"] for policy in users[user]["AttachedManagedPolicies"]] == [arn]
    assert group in names(pages, "GroupDetailList", "GroupName")
    roles = {entry["RoleName"]: entry for page in pages for entry in page["RoleDetailList"]}
    assert document(roles[role]["AssumeRolePolicyDocument"]) == json.loads(ANYONE)
    assert document(roles[role]["RolePolicyList"][0]["PolicyDocument"]) == json.loads(PUSH)
    policies = {entry["Arn"]: entry for page in pages for entry in page["Policies"]}
    assert document(policies[arn]["PolicyVersionList"][0]["Document"]) == json.loads(PULL)
    only = iam.get_account_authorization_details(Filter=["Group"], MaxItems=1000)
    assert only["GroupDetailList"] and not only["UserDetailList"] and not only["RoleDetailList"]


def test_the_account_is_summed_up(iam):
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["AccessKeysPerUserQuota"] == 2
    assert summary["AssumeRolePolicySizeQuota"] == 2048
    assert summary["Users"] >= 1


def simulated(answer) -> dict[tuple[str, str], str]:
    return {
        (result["EvalActionName"], result["EvalResourceName"]): result["EvalDecision"]
        for result in answer["EvaluationResults"]
    }


def test_simulates_policies_that_are_nobodys(iam):
    arn = "arn:aws:ecr:us-west-2:111122223333:repository/"
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Push", "Effect": "Allow", "Action": "ecr:Put*", "Resource": f"{arn}my-*"},
            {"Sid": "Never", "Effect": "Deny", "Action": "*", "Resource": f"{arn}my-secret"},
        ],
    })
    answer = iam.simulate_custom_policy(
        PolicyInputList=[policy], ActionNames=["ecr:PutImage", "ecr:BatchGetImage"],
        ResourceArns=[f"{arn}my-app", f"{arn}my-secret"],
    )
    assert simulated(answer) == {
        ("ecr:PutImage", f"{arn}my-app"): "allowed",
        ("ecr:PutImage", f"{arn}my-secret"): "explicitDeny",
        ("ecr:BatchGetImage", f"{arn}my-app"): "implicitDeny",
        ("ecr:BatchGetImage", f"{arn}my-secret"): "explicitDeny",
    }
    allowed = [result for result in answer["EvaluationResults"] if result["EvalDecision"] == "allowed"]
    assert allowed[0]["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"


def test_simulation_takes_a_context_and_a_boundary(iam):
    policy = statement("ecr:PutImage", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    ask = lambda address, **more: iam.simulate_custom_policy(
        PolicyInputList=[policy], ActionNames=["ecr:PutImage"],
        ContextEntries=[{"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip", "ContextKeyValues": [address]}],
        **more,
    )["EvaluationResults"][0]
    assert ask("203.0.113.9")["EvalDecision"] == "allowed"
    assert ask("198.51.100.9")["EvalDecision"] == "implicitDeny"
    assert ask("203.0.113.9", PermissionsBoundaryPolicyInputList=[PULL])["EvalDecision"] == "implicitDeny"
    missing = iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["ecr:PutImage"])
    assert missing["EvaluationResults"][0]["MissingContextValues"] == ["aws:SourceIp"]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])["ContextKeyNames"]
    assert keys == ["aws:SourceIp"]


def test_simulates_a_principal_with_all_it_has(lab, iam, unique):
    group, user = unique("group"), unique("user")
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_group_policy(GroupName=group, PolicyName="push", PolicyDocument=PUSH)
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn, ActionNames=["ecr:PutImage", "ecr:BatchGetImage"]
    )
    results = [result for page in pages for result in page["EvaluationResults"]]
    assert {result["EvalActionName"]: result["EvalDecision"] for result in results} == {
        "ecr:PutImage": "allowed", "ecr:BatchGetImage": "implicitDeny",
    }
    more = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["ecr:BatchGetImage"], PolicyInputList=[PULL]
    )
    assert more["EvaluationResults"][0]["EvalDecision"] == "allowed"
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == []
    with refused("NoSuchEntity", "", 404):
        iam.simulate_principal_policy(PolicySourceArn=arn + "-absent", ActionNames=["ecr:PutImage"])


def test_a_name_with_a_space_in_it_survives_the_protocol(iam, unique):
    name = unique("role")
    value = "a+b=c @ä/<&>\"'"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE, Description="<&> \"quoted\"")
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "<&> \"quoted\""
    with pytest.raises(iam.exceptions.ClientError):
        iam.tag_role(RoleName=name, Tags=[{"Key": "k", "Value": value}])
    iam.tag_role(RoleName=name, Tags=[{"Key": "k", "Value": "a+b=c @ä/:.-_"}])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "k", "Value": "a+b=c @ä/:.-_"}]


def test_throttling_is_survived_by_botocores_own_retries(lab):
    """The lab throttles when asked to; botocore must recognise the error as one to retry."""
    lab.fault("iam", "throttle", 2)
    patient = lab.client("iam", retries={"total_max_attempts": 4, "mode": "standard"})
    answer = patient.list_users()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_an_unknown_call_is_named(lab):
    from signing import Request

    body = b"Action=InventEntity&Version=2010-05-08"
    request = Request(lab.endpoint, lab.administrator, service="iam", region="us-east-1", body=body)
    answer = request.sign().send()
    assert (answer.status, answer.code) == (400, "InvalidAction"), answer.text


def test_what_a_client_asks_before_it_deletes_is_answered(iam, unique):
    """Terraform's provider empties a user and a role of all that they may have."""
    user, role, group = unique("user"), unique("role"), unique("group")
    iam.create_user(UserName=user)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust({"AWS": "*"}))
    assert iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"] == []
    assert iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"] == []
    assert iam.list_signing_certificates(UserName=user)["Certificates"] == []
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
    with refused("NoSuchEntity", user):
        iam.get_login_profile(UserName=user)
    iam.create_group(GroupName=group)
    iam.update_group(GroupName=group, NewGroupName=f"{group}-2")
    assert iam.get_group(GroupName=f"{group}-2")["Group"]["GroupName"] == f"{group}-2"


def test_tags_of_a_policy_are_taken_away(iam, unique):
    document = statement("s3:GetObject")
    tags = [{"Key": "team", "Value": "ci"}, {"Key": "kept", "Value": "yes"}]
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document, Tags=tags)["Policy"]["Arn"]
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "kept", "Value": "yes"}]
