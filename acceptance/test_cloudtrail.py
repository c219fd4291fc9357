"""CloudTrail: the records of what the lab served, looked up and as files."""

from __future__ import annotations

import datetime
import gzip
import json
import time
from pathlib import Path

import pytest

from images import Image
from conftest import refused, statement, trust
from test_tighten import push, pusher  # noqa: F401 (a fixture)


@pytest.fixture
def trail(lab):
    return lab.client("cloudtrail")


def lookup(trail, count=1, says="", **attributes):
    """Records with these attributes that say this, the newest first; they come soon after the call."""
    wanted = [{"AttributeKey": key, "AttributeValue": value} for key, value in attributes.items()]
    deadline = time.monotonic() + 5
    while True:
        events = trail.lookup_events(LookupAttributes=wanted)["Events"]
        records = [event["CloudTrailEvent"] for event in events if says in event["CloudTrailEvent"]]
        if len(records) >= count or time.monotonic() > deadline:
            return [json.loads(record) for record in records]
        time.sleep(0.05)


def test_a_user_is_told_as_cloudtrail_tells_it(lab, iam, trail, unique):
    name = unique("trail")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    lab.client("sts", (key["AccessKeyId"], key["SecretAccessKey"])).get_caller_identity()
    [event] = lookup(trail, Username=name)
    assert event["userIdentity"] == {
        "type": "IAMUser", "principalId": event["userIdentity"]["principalId"],
        "arn": f"arn:aws:iam::{lab.account}:user/{name}", "accountId": lab.account,
        "accessKeyId": key["AccessKeyId"], "userName": name,
    }
    assert event["eventName"] == "GetCallerIdentity" and event["eventSource"] == "sts.amazonaws.com"
    assert event["readOnly"] is True and event["managementEvent"] is True
    assert event["recipientAccountId"] == lab.account and event["awsRegion"] == lab.region
    assert event["requestParameters"] is None and "errorCode" not in event
    assert "Boto3" in event["userAgent"] and event["sourceIPAddress"] == "127.0.0.1"
    made = lookup(trail, says=name, EventName="CreateAccessKey")
    assert made[0]["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    assert key["SecretAccessKey"] not in json.dumps(made), "secrets are left out"
    assert made[0]["awsRegion"] == "us-east-1", "IAM is where IAM is"


def exchange(lab, role, token):
    return lab.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="job", WebIdentityToken=token
    )["Credentials"]


def test_web_identities_and_their_sessions(new_lab):
    lab = new_lab()
    iam, trail = lab.client("iam"), lab.client("cloudtrail")
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    provider = f"arn:aws:iam::{lab.account}:oidc-provider/{issuer}"
    iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"])
    condition = {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:ci:runner"}}
    role = iam.create_role(
        RoleName="runner",
        AssumeRolePolicyDocument=trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", condition),
    )["Role"]["Arn"]
    token = lab.token("ci/runner")
    session = exchange(lab, role, token)
    lab.client("sts", session).get_caller_identity()
    with refused("AccessDenied"):
        exchange(lab, role, lab.token("ci/other"))
    with refused("AccessDeniedException"):
        lab.client("ecr", session).describe_repositories()
    bad, good = lookup(trail, 2, EventName="AssumeRoleWithWebIdentity")
    assert good["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:system:serviceaccount:ci:runner",
        "userName": "system:serviceaccount:ci:runner", "identityProvider": provider,
    }
    assert good["requestParameters"] == {"roleArn": role, "roleSessionName": "job"}
    assert good["responseElements"]["credentials"]["accessKeyId"] == session["AccessKeyId"]
    assert good["resources"] == [{"accountId": lab.account, "ARN": role, "type": "AWS::IAM::Role"}]
    for secret in (token, session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in json.dumps(good)
    assert bad["errorCode"] == "AccessDenied" and bad["responseElements"] is None
    assert bad["userIdentity"]["userName"] == "system:serviceaccount:ci:other"
    [found] = [one for one in lookup(trail, 2, AccessKeyId=session["AccessKeyId"]) if one["eventName"] == "GetCallerIdentity"]
    who = found["userIdentity"]
    assert who["type"] == "AssumedRole" and who["arn"].endswith(":assumed-role/runner/job")
    assert who["sessionContext"]["sessionIssuer"]["arn"] == role
    assert who["sessionContext"]["webIdFederationData"] == {"federatedProvider": provider, "attributes": {}}
    [denied] = [one for one in lookup(trail, Username="job") if one["eventName"] == "DescribeRepositories"]
    assert denied["errorCode"] == "AccessDeniedException" and "is not authorized" in denied["errorMessage"]


def test_lookups_have_filters_pages_and_times(lab, iam, trail, unique):
    name = unique("looked")
    for number in range(5):
        iam.create_user(UserName=f"{name}-{number}")
    lookup(trail, 5, says=name, EventName="CreateUser")
    now = datetime.datetime.now(datetime.timezone.utc)
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}],
        PaginationConfig={"PageSize": 2},
    )
    events = [event for page in pages for event in page["Events"]]
    names = [json.loads(one["CloudTrailEvent"])["requestParameters"]["userName"] for one in events]
    assert [one for one in names if one.startswith(name)] == [f"{name}-{number}" for number in reversed(range(5))]
    assert len({one["EventId"] for one in events}) == len(events)
    event = events[0]
    assert event["ReadOnly"] == "false" and event["Username"] == "lab-administrator"
    [same] = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": event["EventId"]}])["Events"]
    assert same["EventName"] == "CreateUser"
    hour = datetime.timedelta(hours=1)
    assert trail.lookup_events(StartTime=now + hour)["Events"] == []
    assert trail.lookup_events(EndTime=now - hour)["Events"] == []
    assert trail.lookup_events(EventCategory="insight")["Events"] == []
    with refused("InvalidTimeRangeException"):
        trail.lookup_events(StartTime=now, EndTime=now - hour)
    with refused("InvalidLookupAttributesException"):
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2)
    with refused("InvalidNextTokenException"):
        trail.lookup_events(NextToken="none")
    user = iam.create_user(UserName=unique("nobody"))["User"]["UserName"]
    key = iam.create_access_key(UserName=user)["AccessKey"]
    with refused("AccessDeniedException", "cloudtrail:LookupEvents", status=400):
        lab.client("cloudtrail", (key["AccessKeyId"], key["SecretAccessKey"])).lookup_events()


def test_the_aws_cli_looks_events_up(lab, iam, unique):
    name = unique("cli")
    iam.create_user(UserName=name)
    deadline = time.monotonic() + 5
    found = []
    while not any(name in event["CloudTrailEvent"] for event in found) and time.monotonic() < deadline:
        found = lab.aws(
            "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateUser"
        )["Events"]
    assert any(name in event["CloudTrailEvent"] for event in found)


def files(lab) -> list[Path]:
    return sorted((lab.folder / "cloudtrail/AWSLogs").rglob("*.json.gz"))


def test_files_are_laid_out_as_in_a_bucket_and_outlive_a_kill(new_lab):
    lab = new_lab()
    lab.client("ecr").create_repository(repositoryName="kept")
    lab.client("iam").create_user(UserName="kept")
    lookup(lab.client("cloudtrail"), EventName="CreateRepository")
    deadline = time.monotonic() + 5
    while len(files(lab)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    day = time.strftime("%Y/%m/%d", time.gmtime())
    for region in (lab.region, "us-east-1"):
        folder = lab.folder / f"cloudtrail/AWSLogs/{lab.account}/CloudTrail/{region}/{day}"
        [file] = folder.iterdir()
        assert file.name.startswith(f"{lab.account}_CloudTrail_{region}_")
        records = json.loads(gzip.decompress(file.read_bytes()))["Records"]
        assert {record["awsRegion"] for record in records} == {region}
    time.sleep(0.5)
    lab.kill()
    lab.start()
    [event] = lookup(lab.client("cloudtrail"), EventName="CreateRepository")
    assert event["requestParameters"]["repositoryName"] == "kept"


def test_policies_are_tightened_by_the_records(lab, iam, pusher, tmp_path):  # noqa: F811
    user, arn, repository, broad, ecr = pusher
    push(ecr, repository)
    with refused("AccessDeniedException"):
        ecr.delete_repository(repositoryName=repository)
    lookup(lab.client("cloudtrail"), 2, Username=user)
    time.sleep(0.6)
    policy, out = tmp_path / "broad.json", tmp_path / "narrow.json"
    policy.write_text(json.dumps(broad))
    newest = [word for file in files(lab) for word in ("--events", str(file))]
    lab.hallpass("policy", "tighten", str(policy), *newest, "--role", arn, "--out", str(out))
    narrow = json.loads(out.read_text())
    allowed = narrow["Statement"][0]
    assert allowed["Resource"] == f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{repository}"
    assert "ecr:PutImage" in allowed["Action"] and "ecr:DeleteRepository" not in allowed["Action"]
    events = tmp_path / "lookup.json"
    looked = lab.aws("cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey=Username,AttributeValue={user}")
    events.write_text(json.dumps(looked))
    lab.hallpass("policy", "tighten", str(policy), "--events", str(events), "--role", arn, "--out", str(out))
    assert json.loads(out.read_text()) == narrow


def test_a_push_by_the_registrys_protocol_is_recorded(lab, iam, trail, unique, tmp_path):
    repository = unique("trail-app")
    lab.client("ecr").create_repository(repositoryName=repository)
    image = Image(b"trail")
    lab.skopeo(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{lab.registry_password()}",
        image.write(tmp_path / "oci"), f"docker://{lab.registry}/{repository}:v1",
    )
    [put] = lookup(trail, says=repository, EventName="PutImage")
    assert put["requestParameters"] == {"registryId": lab.account, "repositoryName": repository}
    assert put["resources"][0]["ARN"].endswith(f"repository/{repository}")
