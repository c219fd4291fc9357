"""Several accounts under one organisation: who may what, where, and what the policies take."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from images import Image
from lab import VENV, clean_environment, run

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
ACCESS_ROLE = "OrganizationAccountAccessRole"


class Organization:
    """The organisation of a lab, as its management account drives it."""

    def __init__(self, lab):
        self.lab = lab
        self.api = lab.client("organizations")
        self.root = self.api.list_roots()["Roots"][0]["Id"]
        self.id = self.api.describe_organization()["Organization"]["Id"]
        self.numbers = iter(range(1, 1000))

    def account(self, name: str | None = None) -> str:
        name = name or f"account-{next(self.numbers)}"
        status = self.api.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        assert status["State"] == "IN_PROGRESS"
        status = self.api.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED", status
        return status["AccountId"]

    def role(self, account: str, name: str = ACCESS_ROLE, credentials=None, session: str = "admin") -> dict:
        sts = self.lab.client("sts", credentials)
        arn = f"arn:aws:iam::{account}:role/{name}"
        return sts.assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]

    def client(self, service: str, account: str):
        return self.lab.client(service, self.role(account))

    def unit(self, parent: str | None = None) -> str:
        name = f"unit-{next(self.numbers)}"
        unit = self.api.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return unit["OrganizationalUnit"]["Id"]

    def policy(self, kind: str, *statements: dict) -> str:
        content = json.dumps({"Version": "2012-10-17", "Statement": statements})
        made = self.api.create_policy(
            Name=f"policy-{next(self.numbers)}", Description="", Type=kind, Content=content
        )
        return made["Policy"]["PolicySummary"]["Id"]

    @contextmanager
    def attached(self, kind: str, target: str, *statements: dict):
        policy = self.policy(kind, *statements)
        self.api.attach_policy(PolicyId=policy, TargetId=target)
        yield policy
        self.api.detach_policy(PolicyId=policy, TargetId=target)
        self.api.delete_policy(PolicyId=policy)

    def move(self, account: str, to: str) -> None:
        parent = self.api.list_parents(ChildId=account)["Parents"][0]["Id"]
        self.api.move_account(AccountId=account, SourceParentId=parent, DestinationParentId=to)


@pytest.fixture(scope="module")
def org(lab) -> Organization:
    organization = Organization(lab)
    for kind in (SCP, RCP):
        enabled = organization.api.enable_policy_type(RootId=organization.root, PolicyType=kind)
        assert {"Type": kind, "Status": "ENABLED"} in enabled["Root"]["PolicyTypes"]
    return organization


@pytest.fixture(scope="module")
def builds(org) -> str:
    """An account with roles and repositories of its own."""
    return org.account("builds")


@contextmanager
def refused(code: str, *parts: str, reason: str | None = None):
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    for part in parts:
        assert part in error["Error"]["Message"], error
    if reason:
        assert error["Reason"] == reason, error


def deny(action, **more) -> dict:
    return {"Effect": "Deny", "Action": action, "Resource": "*"} | more


def perimeter(action, **more) -> dict:
    return deny(action, Principal="*") | more


# The tree.


def test_a_lab_starts_with_an_organisation_that_its_account_manages(org, lab):
    organization = org.api.describe_organization()["Organization"]
    assert organization["MasterAccountId"] == lab.account
    assert organization["FeatureSet"] == "ALL"
    arn = f"arn:aws:organizations::{lab.account}:organization/{org.id}"
    assert organization["Arn"] == arn
    with refused("AlreadyInOrganizationException"):
        org.api.create_organization()
    account = org.api.describe_account(AccountId=lab.account)["Account"]
    assert account["Paths"] == [f"{org.id}/{org.root}/{lab.account}/"]


def test_an_account_is_made_and_its_administrator_comes_in_by_its_role(org, lab, builds):
    identity = org.client("sts", builds).get_caller_identity()
    assert identity["Account"] == builds
    assert identity["Arn"] == f"arn:aws:sts::{builds}:assumed-role/{ACCESS_ROLE}/admin"
    assert builds in [found["Id"] for found in accounts(org)]
    key = org.role(builds)["AccessKeyId"]
    for known, account in ((key, builds), (lab.administrator[0], lab.account)):
        assert lab.client("sts").get_access_key_info(AccessKeyId=known)["Account"] == account


def accounts(org):
    pages = org.api.get_paginator("list_accounts").paginate()
    return [found for page in pages for found in page["Accounts"]]


def test_an_address_is_taken_once_and_the_refusal_comes_late(org, builds):
    for email, reason in (("BUILDS@example.com", "EMAIL_ALREADY_EXISTS"), ("a@b_c.example", "INVALID_EMAIL")):
        status = org.api.create_account(Email=email, AccountName="again")["CreateAccountStatus"]
        told = org.api.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        assert (told["State"], told["FailureReason"]) == ("FAILED", reason)
    failed = org.api.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert {"EMAIL_ALREADY_EXISTS", "INVALID_EMAIL"} <= {status["FailureReason"] for status in failed}
    with refused("CreateAccountStatusNotFoundException"):
        org.api.describe_create_account_status(CreateAccountRequestId="car-" + "a" * 32)


def test_units_hold_units_and_accounts(org):
    outer = org.unit()
    inner = org.unit(outer)
    account = org.account()
    org.move(account, inner)
    assert org.api.list_parents(ChildId=inner)["Parents"] == [{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}]
    assert org.api.list_parents(ChildId=outer)["Parents"] == [{"Id": org.root, "Type": "ROOT"}]
    children = org.api.list_children(ParentId=inner, ChildType="ACCOUNT")["Children"]
    assert children == [{"Id": account, "Type": "ACCOUNT"}]
    assert [a["Id"] for a in org.api.list_accounts_for_parent(ParentId=inner)["Accounts"]] == [account]
    units = org.api.list_organizational_units_for_parent(ParentId=outer)["OrganizationalUnits"]
    assert [unit["Id"] for unit in units] == [inner]
    unit = org.api.describe_organizational_unit(OrganizationalUnitId=inner)["OrganizationalUnit"]
    assert unit["Path"] == f"{org.id}/{org.root}/{outer}/{inner}/"
    assert unit["Arn"].endswith(f":ou/{org.id}/{inner}")
    with refused("OrganizationalUnitNotEmptyException"):
        org.api.delete_organizational_unit(OrganizationalUnitId=outer)
    with refused("SourceParentNotFoundException"):
        org.api.move_account(AccountId=account, SourceParentId=outer, DestinationParentId=org.root)
    with refused("DuplicateAccountException"):
        org.api.move_account(AccountId=account, SourceParentId=inner, DestinationParentId=inner)
    org.move(account, org.root)
    renamed = org.api.update_organizational_unit(OrganizationalUnitId=inner, Name="renamed")
    assert renamed["OrganizationalUnit"]["Name"] == "renamed"
    for unit in (inner, outer):
        org.api.delete_organizational_unit(OrganizationalUnitId=unit)
    with refused("OrganizationalUnitNotFoundException"):
        org.api.describe_organizational_unit(OrganizationalUnitId=inner)


def test_units_nest_five_deep_and_their_names_are_their_parents(org):
    deepest = org.root
    units = []
    for _ in range(5):
        deepest = org.unit(deepest)
        units.append(deepest)
    with refused("ConstraintViolationException", reason="OU_DEPTH_LIMIT_EXCEEDED"):
        org.unit(deepest)
    org.api.create_organizational_unit(ParentId=units[0], Name="twice")
    with refused("DuplicateOrganizationalUnitException"):
        org.api.create_organizational_unit(ParentId=units[0], Name="twice")
    org.api.create_organizational_unit(ParentId=units[1], Name="twice")
    with refused("ParentNotFoundException"):
        org.api.create_organizational_unit(ParentId="ou-abcd-12345678", Name="lost")


def test_lists_come_in_pages(org):
    parent = org.unit()
    made = {org.unit(parent) for _ in range(5)}
    pages = org.api.get_paginator("list_organizational_units_for_parent").paginate(
        ParentId=parent, PaginationConfig={"PageSize": 2}
    )
    found = [unit["Id"] for page in pages for unit in page["OrganizationalUnits"]]
    assert len(found) == 5 and set(found) == made
    with refused("InvalidInputException", reason="INVALID_NEXT_TOKEN"):
        org.api.list_accounts(NextToken="%%%")


def test_a_closed_account_lets_nobody_in(org, lab):
    account = org.account()
    before = org.role(account)
    org.api.close_account(AccountId=account)
    assert org.api.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
    with refused("AccessDenied"):
        org.role(account)
    with refused("InvalidClientTokenId"):
        lab.client("sts", before).get_caller_identity()
    with refused("AccountAlreadyClosedException"):
        org.api.close_account(AccountId=account)
    with refused("ConstraintViolationException", reason="CANNOT_CLOSE_MANAGEMENT_ACCOUNT"):
        org.api.close_account(AccountId=lab.account)


def test_a_member_account_sees_the_organisation_and_changes_nothing(org, builds):
    member = org.client("organizations", builds)
    assert member.describe_organization()["Organization"]["Id"] == org.id
    for call in (
        lambda: member.list_accounts(),
        lambda: member.list_roots(),
        lambda: member.create_account(Email="x@example.com", AccountName="x"),
        lambda: member.close_account(AccountId=builds),
    ):
        with refused("AccessDeniedException", "You don't have permissions to access this resource"):
            call()


def test_the_callers_policies_decide_on_organizations_too(org, lab):
    user = lab.client("iam")
    user.create_user(UserName="org-reader")
    arn = f"arn:aws:organizations::{lab.account}:policy/{org.id}/service_control_policy/*"
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "organizations:ListPolicies", "Resource": "*",
         "Condition": {"StringEquals": {"organizations:PolicyType": SCP}}},
        {"Effect": "Allow", "Action": "organizations:DescribePolicy", "Resource": arn},
    ]}
    user.put_user_policy(UserName="org-reader", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = user.create_access_key(UserName="org-reader")["AccessKey"]
    reader = lab.client("organizations", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert "FullAWSAccess" in [p["Name"] for p in reader.list_policies(Filter=SCP)["Policies"]]
    own, other = org.policy(SCP, deny("s3:*")), org.policy(RCP, perimeter("s3:*"))
    reader.describe_policy(PolicyId=own)
    for call, action in (
        (lambda: reader.list_policies(Filter=RCP), "ListPolicies"),
        (lambda: reader.describe_policy(PolicyId=other), "DescribePolicy"),
        (lambda: reader.describe_policy(PolicyId="p-FullAWSAccess"), "DescribePolicy"),
        (lambda: reader.list_roots(), "ListRoots"),
    ):
        with refused("AccessDeniedException", f"because no identity-based policy allows the organizations:{action} action"):
            call()


def test_tags(org, builds):
    for resource in (org.root, builds, org.unit(), org.policy(SCP, deny("s3:*"))):
        org.api.tag_resource(ResourceId=resource, Tags=[{"Key": "team", "Value": "a"}, {"Key": "b", "Value": ""}])
        org.api.untag_resource(ResourceId=resource, TagKeys=["b"])
        assert org.api.list_tags_for_resource(ResourceId=resource)["Tags"] == [{"Key": "team", "Value": "a"}]
    with refused("TargetNotFoundException"):
        org.api.list_tags_for_resource(ResourceId="p-12345678")


def test_what_the_organisation_never_has_is_told_as_none(org):
    assert org.api.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    assert org.api.list_delegated_administrators()["DelegatedAdministrators"] == []
    assert org.api.list_handshakes_for_organization()["Handshakes"] == []
    with pytest.raises(ClientError) as caught:
        org.api.enable_all_features()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


# Policies and what they are attached to.


def test_a_kind_of_policy_is_enabled_before_it_is_attached(new_lab):
    org = Organization(new_lab())
    assert org.api.list_roots()["Roots"][0]["PolicyTypes"] == []
    account = org.account()
    policy = org.policy(SCP, deny("iam:ListRoles"))
    with refused("PolicyTypeNotEnabledException"):
        org.api.attach_policy(PolicyId=policy, TargetId=account)
    org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
    with refused("PolicyTypeAlreadyEnabledException"):
        org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
    everything = {target["TargetId"]: target["Type"] for target in
                  org.api.list_targets_for_policy(PolicyId="p-FullAWSAccess")["Targets"]}
    assert everything == {org.root: "ROOT", account: "ACCOUNT", org.lab.account: "ACCOUNT"}
    org.api.attach_policy(PolicyId=policy, TargetId=account)
    with refused("AccessDenied", "with an explicit deny in a service control policy"):
        org.client("iam", account).list_roles()
    org.api.disable_policy_type(RootId=org.root, PolicyType=SCP)
    org.client("iam", account).list_roles()
    org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
    # All were detached when the kind was disabled.
    org.client("iam", account).list_roles()
    assert [p["Name"] for p in org.api.list_policies_for_target(TargetId=account, Filter=SCP)["Policies"]] == ["FullAWSAccess"]


def test_policies_have_their_limits(org):
    account = org.account()
    for kind, most in ((SCP, 10), (RCP, 5)):
        statement = deny("s3:*") if kind == SCP else perimeter("s3:*")
        attached = []
        with refused("ConstraintViolationException", reason="MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"):
            while len(attached) < 20:
                attached.append(org.policy(kind, statement))
                org.api.attach_policy(PolicyId=attached[-1], TargetId=account)
        # With the one that allows everything.
        assert len(attached) == most
        with refused("PolicyInUseException"):
            org.api.delete_policy(PolicyId=attached[0])
        with refused("DuplicatePolicyAttachmentException"):
            org.api.attach_policy(PolicyId=attached[0], TargetId=account)
    with refused("ConstraintViolationException", reason="POLICY_CONTENT_LIMIT_EXCEEDED"):
        org.policy(SCP, deny("s3:*", Condition={"StringEquals": {"aws:PrincipalTag/a": "x" * 10_240}}))


def test_the_policies_that_allow_everything_are_awss(org):
    account = org.account()
    for call in (
        lambda: org.api.update_policy(PolicyId="p-FullAWSAccess", Name="other"),
        lambda: org.api.delete_policy(PolicyId="p-RCPFullAWSAccess"),
    ):
        with refused("InvalidInputException", reason="IMMUTABLE_POLICY"):
            call()
    with refused("InvalidInputException", reason="NON_DETACHABLE_POLICY"):
        org.api.detach_policy(PolicyId="p-RCPFullAWSAccess", TargetId=account)
    with refused("ConstraintViolationException", reason="MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"):
        org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=account)
    arn = org.api.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"]["Arn"]
    assert arn == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"


@pytest.mark.parametrize("kind, statement", [
    (SCP, deny("s3:*", Principal="*")),
    (SCP, {"Effect": "Deny", "Action": "s3:*"}),
    (RCP, deny("s3:*")),
    (RCP, perimeter("*")),
    (RCP, perimeter("iam:*")),
    (RCP, perimeter("s3:*", Effect="Allow")),
    (RCP, perimeter("s3:*", Principal={"AWS": "111122223333"})),
])
def test_documents_that_no_policy_may_have(org, kind, statement):
    with refused("MalformedPolicyDocumentException"):
        org.policy(kind, statement)


def test_policies_are_changed_and_told(org):
    policy = org.policy(SCP, deny("s3:*"))
    with refused("DuplicatePolicyException"):
        org.api.update_policy(PolicyId=policy, Name="FullAWSAccess")
    changed = org.api.update_policy(
        PolicyId=policy, Name="no-queues", Description="d",
        Content=json.dumps({"Version": "2012-10-17", "Statement": deny("sqs:*")}),
    )["Policy"]
    assert org.api.describe_policy(PolicyId=policy)["Policy"] == changed
    assert changed["PolicySummary"]["Name"] == "no-queues" and "sqs" in changed["Content"]
    org.api.delete_policy(PolicyId=policy)
    with refused("PolicyNotFoundException"):
        org.api.describe_policy(PolicyId=policy)
    with refused("TargetNotFoundException"):
        org.api.attach_policy(PolicyId="p-FullAWSAccess", TargetId="999999999999")
    with refused("PolicyNotAttachedException"):
        org.api.detach_policy(PolicyId=org.policy(SCP, deny("s3:*")), TargetId=org.root)


# What service control policies take.


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_a_denial_binds_at_every_level(org, level):
    account = org.account()
    unit = org.unit()
    org.move(account, unit)
    target = {"root": org.root, "unit": unit, "account": account}[level]
    iam = org.client("iam", account)
    iam.list_users()
    with org.attached(SCP, target, deny("iam:ListUsers")):
        with refused("AccessDenied", f"User: arn:aws:sts::{account}:assumed-role/{ACCESS_ROLE}/admin",
                     "is not authorized to perform: iam:ListUsers", "with an explicit deny in a service control policy"):
            iam.list_users()
        # Nobody of the management account is bound, wherever the policy hangs.
        org.lab.client("iam").list_users()
    iam.list_users()


def test_a_level_that_allows_less_allows_nothing_more_below(org):
    account = org.account()
    unit = org.unit()
    org.move(account, unit)
    only = org.policy(SCP, {"Effect": "Allow", "Action": ["iam:List*", "sts:*"], "Resource": "*"})
    org.api.attach_policy(PolicyId=only, TargetId=unit)
    org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    iam = org.client("iam", account)
    iam.list_roles()
    with refused("AccessDenied", "because no service control policy allows the iam:GetRole action"):
        iam.get_role(RoleName=ACCESS_ROLE)
    org.move(account, org.root)
    iam.get_role(RoleName=ACCESS_ROLE)


def test_a_service_linked_role_is_not_bound(org):
    account = org.account()
    iam = org.client("iam", account)
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}}
    for name, path in (("Linked", "/aws-service-role/example.amazonaws.com/"), ("Own", "/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    sts = org.client("sts", account)
    arns = [f"arn:aws:iam::{account}:role/aws-service-role/example.amazonaws.com/Linked", f"arn:aws:iam::{account}:role/Own"]
    linked, own = (sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"] for arn in arns)
    with org.attached(SCP, account, deny("iam:ListRoles")):
        org.lab.client("iam", linked).list_roles()
        with refused("AccessDenied", "service control policy"):
            org.lab.client("iam", own).list_roles()


def test_conditions_of_a_service_control_policy_see_who_calls(org):
    account = org.account()
    unit = org.unit()
    org.move(account, unit)
    iam = org.client("iam", account)
    for key, value, is_met in (
        ("aws:PrincipalOrgID", org.id, True),
        ("aws:PrincipalOrgID", "o-aaaaaaaaaa", False),
        ("aws:PrincipalOrgPaths", f"{org.id}/{org.root}/{unit}/*", True),
        ("aws:PrincipalOrgPaths", f"{org.id}/{org.root}/ou-*/ou-*", False),
        ("aws:PrincipalAccount", account, True),
        ("aws:ResourceOrgID", org.id, True),
        ("aws:ResourceOrgPaths", f"{org.id}/*", True),
        ("aws:ResourceAccount", account, True),
        ("aws:PrincipalArn", f"arn:aws:iam::{account}:role/{ACCESS_ROLE}", True),
    ):
        with org.attached(SCP, account, deny("iam:ListRoles", Condition={"StringLike": {key: value}})):
            if is_met:
                with refused("AccessDenied", "explicit deny in a service control policy"):
                    iam.list_roles()
            else:
                iam.list_roles()


def test_simulation_counts_service_control_policies(org):
    account = org.account()
    iam = org.client("iam", account)
    source = f"arn:aws:iam::{account}:role/{ACCESS_ROLE}"

    def simulate():
        results = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["iam:GetRole", "s3:GetObject"])
        return [(r["EvalDecision"], r["OrganizationsDecisionDetail"]["AllowedByOrganizations"])
                for r in results["EvaluationResults"]]

    assert simulate() == [("allowed", True), ("allowed", True)]
    with org.attached(SCP, account, deny("s3:*")):
        assert simulate() == [("allowed", True), ("explicitDeny", False)]
    # The simulator does not evaluate policies with conditions.
    with org.attached(SCP, account, deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})):
        assert simulate() == [("allowed", True), ("allowed", True)]


# Across accounts.


def make_role(iam, name: str, principal, *statements: dict, condition=None) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)


def allow(action, resource="*") -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_a_role_of_another_account_takes_both_sides(org):
    here, there = org.account(), org.account()
    target = f"arn:aws:iam::{there}:role/target"
    home, away = org.client("iam", here), org.client("iam", there)
    for name, statements in (("allowed", [allow("sts:AssumeRole", target)]), ("silent", [])):
        make_role(home, name, {"AWS": here}, *statements)
    allowed = org.role(here, "allowed", org.role(here))
    silent = org.role(here, "silent", org.role(here))
    make_role(away, "target", {"AWS": f"arn:aws:iam::{here}:root"}, allow("iam:ListRoles"))
    became = org.role(there, "target", allowed)
    identity = org.lab.client("sts", became).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{there}:assumed-role/target/admin"
    assert "target" in [role["RoleName"] for role in org.lab.client("iam", became).list_roles()["Roles"]]
    with refused("AccessDenied", f"is not authorized to perform: sts:AssumeRole on resource: {target}"):
        org.role(there, "target", silent)
    # Named itself, it still needs its own account's leave: the accounts are two.
    for principal in (f"arn:aws:iam::{here}:role/silent", f"arn:aws:sts::{here}:assumed-role/silent/admin"):
        document = {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}}
        away.update_assume_role_policy(RoleName="target", PolicyDocument=json.dumps(document))
        with refused("AccessDenied"):
            org.role(there, "target", silent)
        with refused("AccessDenied"):
            org.role(there, "target", allowed)
    home.put_role_policy(RoleName="silent", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [allow("sts:AssumeRole", target)]}))
    org.role(there, "target", silent)


def test_a_principal_of_another_account_follows_its_role(org):
    here, there = org.account(), org.account()
    home, away = org.client("iam", here), org.client("iam", there)
    make_role(home, "caller", {"AWS": here}, allow("sts:AssumeRole"))
    principal = f"arn:aws:iam::{here}:role/caller"
    make_role(away, "target", {"AWS": principal})
    first = home.get_role(RoleName="caller")["Role"]["RoleId"]
    org.role(there, "target", org.role(here, "caller", org.role(here)))
    home.delete_role_policy(RoleName="caller", PolicyName="p")
    home.delete_role(RoleName="caller")
    trust = away.get_role(RoleName="target")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": first}
    # A role made again under the name is another.
    make_role(home, "caller", {"AWS": here}, allow("sts:AssumeRole"))
    with refused("AccessDenied"):
        org.role(there, "target", org.role(here, "caller", org.role(here)))
    with refused("MalformedPolicyDocument", "Invalid principal in policy"):
        make_role(away, "lost", {"AWS": f"arn:aws:iam::{here}:role/nobody"})


def test_names_are_an_accounts_own(org):
    names = [org.account(), org.account()]
    for account in names:
        iam, ecr = org.client("iam", account), org.client("ecr", account)
        iam.create_user(UserName="same")
        iam.create_open_id_connect_provider(Url="https://issuer.example.com", ClientIDList=["a"])
        made = ecr.create_repository(repositoryName="same")["repository"]
        assert made["repositoryUri"] == f"{account}.dkr.ecr.{org.lab.region}.amazonaws.com/same"
        assert made["registryId"] == account
        policies = iam.list_policies(Scope="AWS")["Policies"]
        assert "AdministratorAccess" in [policy["PolicyName"] for policy in policies]
    org.client("iam", names[0]).delete_user(UserName="same")
    assert org.client("iam", names[1]).get_user(UserName="same")["User"]["Arn"] == f"arn:aws:iam::{names[1]}:user/same"
    assert org.client("iam", names[0]).get_account_summary()["SummaryMap"]["Users"] == 0


def test_a_service_control_policy_binds_beyond_its_account(org):
    here, there = org.account(), org.account()
    make_role(org.client("iam", there), "target", {"AWS": here})
    make_role(org.client("iam", here), "caller", {"AWS": here}, allow("sts:AssumeRole"))
    caller = org.role(here, "caller", org.role(here))
    target = f"arn:aws:iam::{there}:role/target"
    # The caller's account's policies bind, not those of the role's.
    with org.attached(SCP, there, deny("sts:AssumeRole", Resource=target)):
        org.role(there, "target", caller)
    with org.attached(SCP, here, deny("sts:AssumeRole", Resource=target)):
        with refused("AccessDenied", f"on resource: {target} with an explicit deny in a service control policy"):
            org.role(there, "target", caller)


# What resource control policies take.


def test_a_resource_control_policy_binds_whoever_comes(org):
    here, there = org.account(), org.account()
    make_role(org.client("iam", there), "target", {"AWS": here})
    make_role(org.client("iam", here), "caller", {"AWS": here}, allow("sts:AssumeRole"))
    caller = org.role(here, "caller", org.role(here))
    target = f"arn:aws:iam::{there}:role/target"
    with org.attached(RCP, there, perimeter("sts:AssumeRole", Resource=target)):
        with refused("AccessDenied", "with an explicit deny in a resource control policy"):
            org.role(there, "target", caller)
    # Of the caller's account it says nothing here.
    with org.attached(RCP, here, perimeter("sts:AssumeRole", Resource=target)):
        org.role(there, "target", caller)
    for value, is_inside in ((org.id, True), ("o-aaaaaaaaaa", False)):
        condition = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": value},
                     "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
        with org.attached(RCP, org.root, perimeter("sts:AssumeRole", Condition=condition, Resource=target)):
            if is_inside:
                org.role(there, "target", caller)
            else:
                with refused("AccessDenied", "resource control policy"):
                    org.role(there, "target", caller)


def test_the_management_accounts_resources_are_not_bound(org, lab):
    iam = lab.client("iam")
    make_role(iam, "managed-target", {"AWS": lab.account})
    ecr = lab.client("ecr")
    ecr.create_repository(repositoryName="managed-repository")
    with org.attached(RCP, org.root, perimeter(["sts:AssumeRole", "ecr:*"], Resource=["*/managed-target", "*managed-repository"])):
        org.role(lab.account, "managed-target")
        ecr.list_images(repositoryName="managed-repository")


def test_services_without_resource_control_policies_are_not_bound(org):
    account = org.account()
    iam, ecr = org.client("iam", account), org.client("ecr", account)
    ecr.create_repository(repositoryName="bound")
    with org.attached(RCP, account, perimeter(["ecr:*", "sts:*"])):
        iam.list_roles()
        with refused("AccessDeniedException", "with an explicit deny in a resource control policy"):
            ecr.list_images(repositoryName="bound")
        with refused("AccessDeniedException", "with an explicit deny in a resource control policy"):
            ecr.get_authorization_token()
    ecr.list_images(repositoryName="bound")


def test_a_web_identity_becomes_a_role_of_any_account_unless_its_policies_say_no(org, issuer):
    account = org.account()
    iam = org.client("iam", account)
    sts = org.lab.client("sts")
    token = issuer.token(sub="job")
    provider = issuer.name

    def become():
        return sts.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{account}:role/web", RoleSessionName="job", WebIdentityToken=token)

    with refused("InvalidIdentityToken", "No OpenIDConnect provider found in your account"):
        become()
    iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["sts.amazonaws.com"])
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{provider}"},
        "Condition": {"StringEquals": {f"{provider}:sub": "job"}}}}
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(trust))
    assert become()["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/web/job"
    web = "sts:AssumeRoleWithWebIdentity"
    for subject, is_refused in (("job", True), ("other", False)):
        condition = {"StringLike": {f"{provider}:sub": subject}}
        with org.attached(RCP, account, perimeter(web, Condition=condition)):
            if is_refused:
                with refused("AccessDenied", f"Not authorized to perform {web}"):
                    become()
                assert "resource control policy" in org.lab.last_event("AssumeRoleWithWebIdentity")["decisions"][-1]["summary"]
            else:
                become()
    # A web identity is of no account: service control policies do not bind it.
    with org.attached(SCP, account, deny(web)):
        session = become()["Credentials"]
    with org.attached(SCP, account, deny("*")):
        become()
        with refused("AccessDeniedException", "service control policy"):
            org.lab.client("ecr", session).get_authorization_token()


# Repositories across accounts.

PUSH = ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_another_accounts_repository_takes_both_sides(org):
    here, there = org.account(), org.account()
    owner = org.client("ecr", there)
    owner.create_repository(repositoryName="shared")
    arn = f"arn:aws:ecr:{org.lab.region}:{there}:repository/shared"
    home = org.client("iam", here)
    make_role(home, "puller", {"AWS": here}, allow("ecr:*", arn))
    make_role(home, "silent", {"AWS": here})
    puller, silent = (org.lab.client("ecr", org.role(here, name, org.role(here))) for name in ("puller", "silent"))
    name = {"registryId": there, "repositoryName": "shared"}
    with refused("AccessDeniedException", f"on resource: {arn} because no resource-based policy allows the ecr:ListImages action"):
        puller.list_images(**name)
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{here}:root"}, "Action": ["ecr:ListImages", *PUSH]}]}
    owner.set_repository_policy(repositoryName="shared", policyText=json.dumps(policy))
    assert puller.list_images(**name)["imageIds"] == []
    with refused("AccessDeniedException", "because no identity-based policy allows the ecr:ListImages action"):
        silent.list_images(**name)
    with refused("AccessDeniedException", "no resource-based policy allows the ecr:DeleteRepository action"):
        puller.delete_repository(**name)
    upload = puller.initiate_layer_upload(**name)["uploadId"]
    with refused("AccessDeniedException"):
        puller.create_repository(registryId=there, repositoryName="mine")
    # In its own registry there is no such repository, nor such an upload.
    with refused("AccessDeniedException"):
        puller.list_images(repositoryName="shared")
    with refused("InvalidParameterException"):
        puller.list_images(registryId="12", repositoryName="shared")
    mine = org.client("ecr", here)
    mine.create_repository(repositoryName="shared")
    with refused("UploadNotFoundException"):
        mine.complete_layer_upload(repositoryName="shared", uploadId=upload, layerDigests=["sha256:" + "a" * 64])
    condition = {"StringEquals": {"aws:PrincipalOrgID": org.id}}
    policy["Statement"] = [{"Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages", "Condition": condition}]
    owner.set_repository_policy(repositoryName="shared", policyText=json.dumps(policy))
    puller.list_images(**name)


def test_a_login_is_for_the_registries_that_it_names(org, lab, builds):
    tokens = lab.client("ecr").get_authorization_token(registryIds=[builds, lab.account])["authorizationData"]
    hosts = [token["proxyEndpoint"] for token in tokens]
    assert hosts == [f"https://{account}.dkr.ecr.{lab.region}.amazonaws.com" for account in (builds, lab.account)]
    own = org.client("ecr", builds).get_authorization_token()["authorizationData"][0]
    assert own["proxyEndpoint"] == f"https://{builds}.dkr.ecr.{lab.region}.amazonaws.com"


def test_an_image_goes_to_another_accounts_registry_by_its_host(org, lab, tmp_path):
    account = org.account()
    image = Image(b"across").write(tmp_path / "image")
    org.client("ecr", account).create_repository(repositoryName="images")
    host = f"{account}.dkr.ecr.{lab.region}.amazonaws.com"
    env = clean_environment(tmp_path) | lab.captive()
    password = lab.registry_password(org.role(account))
    creds = ("--dest-creds", f"AWS:{password}")
    lab.skopeo("copy", *creds, image, f"docker://{host}/images:v1", env=env)
    tags = org.client("ecr", account).list_images(repositoryName="images")["imageIds"]
    assert [tag["imageTag"] for tag in tags] == ["v1"]
    # The bare port leads a login to its own account's registry.
    lab.skopeo("inspect", "--tls-verify=false", "--creds", f"AWS:{password}", f"docker://{lab.registry}/images:v1")
    # The management account's administrator is not let in by the repository.
    password = lab.registry_password()
    done = lab.skopeo("inspect", "--creds", f"AWS:{password}", f"docker://{host}/images:v1", env=env, check=False)
    assert done.returncode != 0 and "no resource-based policy allows" in done.stderr
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": lab.account}, "Action": PUSH}]}
    org.client("ecr", account).set_repository_policy(repositoryName="images", policyText=json.dumps(policy))
    lab.skopeo("inspect", "--creds", f"AWS:{password}", f"docker://{host}/images:v1", env=env)
    # Another account's registry, which the lab has not, is nobody's here.
    done = lab.skopeo("inspect", f"docker://999999999999.dkr.ecr.{lab.region}.amazonaws.com/images:v1", env=env, check=False)
    assert done.returncode != 0


# The tools.


def test_the_cli_reaches_the_organisation(org, lab, builds):
    organization = lab.aws("organizations", "describe-organization")["Organization"]
    assert organization["Id"] == org.id
    listed = lab.aws("organizations", "list-accounts")["Accounts"]
    assert {builds, lab.account} <= {account["Id"] for account in listed}
    env = clean_environment(lab.home) | lab.captive()
    host = run([VENV / "aws", "organizations", "list-roots", "--output", "json"], env=env)
    assert json.loads(host.stdout)["Roots"][0]["Id"] == org.root
    roots = lab.aws("organizations", "list-policies-for-target", "--target-id", org.root, "--filter", SCP)
    assert "FullAWSAccess" in [policy["Name"] for policy in roots["Policies"]]


def test_lab_env_leads_into_an_account(lab, builds):
    env = json.loads(lab.hallpass("lab", "env", "--account", builds, "--output", "json").stdout)
    assert env["HALLPASS_LAB_ACCOUNT"] == builds
    assert env["HALLPASS_LAB_REGISTRY_HOST"].startswith(builds)
    credentials = [env[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    assert lab.client("sts", credentials).get_caller_identity()["Account"] == builds
    done = lab.hallpass("lab", "env", "--account", "999999999999", check=False)
    assert done.returncode == 3 and "999999999999" in done.stderr


def test_all_of_it_is_there_after_a_kill(new_lab):
    lab = new_lab()
    org = Organization(lab)
    org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
    account = org.account()
    org.client("ecr", account).create_repository(repositoryName="kept")
    iam = org.client("iam", account)
    iam.create_user(UserName="kept")
    credentials = org.role(account)
    policy = org.policy(SCP, deny("iam:ListUsers"))
    org.api.attach_policy(PolicyId=policy, TargetId=account)
    lab.kill()
    lab.start()
    again = Organization(lab)
    assert (again.id, again.root) == (org.id, org.root)
    iam = lab.client("iam", credentials)
    assert iam.get_user(UserName="kept")["User"]["Arn"].startswith(f"arn:aws:iam::{account}:")
    with refused("AccessDenied", "service control policy"):
        iam.list_users()
    names = again.client("ecr", account).describe_repositories()["repositories"]
    assert [name["repositoryName"] for name in names] == ["kept"]


def test_an_organisation_is_deleted_and_made_again(new_lab):
    lab = new_lab()
    org = Organization(lab)
    unit = org.unit()
    with refused("OrganizationNotEmptyException"):
        org.api.delete_organization()
    org.api.delete_organizational_unit(OrganizationalUnitId=unit)
    org.api.delete_organization()
    for call in (org.api.describe_organization, org.api.list_roots):
        with refused("AWSOrganizationsNotInUseException"):
            call()
    lab.kill()
    lab.start()
    api = lab.client("organizations")
    with refused("AWSOrganizationsNotInUseException"):
        api.describe_organization()
    made = api.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    assert made["Id"] != org.id
    root = api.list_roots()["Roots"][0]["Id"]
    with refused("PolicyTypeNotAvailableForOrganizationException"):
        api.enable_policy_type(RootId=root, PolicyType=SCP)
