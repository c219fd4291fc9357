"""A policy narrowed to what the lab's log shows: put in place of the broad one, the same calls still pass."""

from __future__ import annotations

import gzip
import json

import pytest

from conftest import refused, statement
from images import Image, digest


@pytest.fixture
def pusher(lab, iam, unique):
    """A user with a broad policy, and a repository."""
    user, repository = unique("tight"), unique("tight-app")
    broad = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "All", "Effect": "Allow", "Action": ["ecr:*", "iam:*"], "Resource": "*"},
            {"Sid": "Keep", "Effect": "Deny", "Action": "ecr:DeleteRepository", "Resource": "*"},
        ],
    }
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(broad))
    lab.client("ecr").create_repository(repositoryName=repository)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = lab.client("ecr", (key["AccessKeyId"], key["SecretAccessKey"]))
    return user, arn, repository, broad, client


def push(ecr, repository: str, content: bytes = b"tight") -> None:
    ecr.get_authorization_token()
    image = Image(content)
    for blob in (image.layer, image.config):
        ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest(blob)])
        upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
        ecr.upload_layer_part(
            repositoryName=repository, uploadId=upload, partFirstByte=0, partLastByte=len(blob) - 1,
            layerPartBlob=blob,
        )
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest(blob)])
    ecr.put_image(repositoryName=repository, imageManifest=image.manifest.decode(), imageTag=content.decode())


def test_the_lab_narrows_what_it_saw_and_the_same_calls_pass(lab, iam, pusher, tmp_path):
    user, arn, repository, broad, ecr = pusher
    push(ecr, repository)
    with refused("AccessDeniedException"):
        ecr.delete_repository(repositoryName=repository)
    policy, out = tmp_path / "broad.json", tmp_path / "narrow.json"
    policy.write_text(json.dumps(broad))
    lab.hallpass(
        "policy", "tighten", str(policy), "--lab", "--dir", str(lab.folder), "--role", arn, "--out", str(out)
    )
    narrow = json.loads(out.read_text())
    allowed, token, kept = narrow["Statement"]
    assert allowed["Resource"] == f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{repository}"
    assert "ecr:PutImage" in allowed["Action"] and "ecr:DeleteRepository" not in allowed["Action"]
    assert (token["Action"], token["Resource"]) == ("ecr:GetAuthorizationToken", "*")
    assert kept == broad["Statement"][1]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=out.read_text())
    push(ecr, repository, b"again")
    with refused("AccessDeniedException", "ecr:ListImages"):
        ecr.list_images(repositoryName=repository)
    diff = lab.hallpass("policy", "diff", str(policy), str(out), "--output", "json", check=False)
    assert diff.returncode == 1
    assert {it["change"] for it in json.loads(diff.stdout)["differences"]} == {"narrower"}


def test_packed_records_narrow_as_plain_ones(lab, tmp_path):
    record = {
        "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventTime": "2026-03-01T10:00:00Z",
        "awsRegion": "us-west-2", "recipientAccountId": "111122223333",
        "requestParameters": {"repositoryName": "my-app"},
        "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/ci/run"},
    }
    policy, plain, packed = tmp_path / "p.json", tmp_path / "e.jsonl", tmp_path / "e.json.gz"
    policy.write_text(statement("*"))
    plain.write_text(f"{json.dumps(record)}\n{json.dumps(record)}\n")
    packed.write_bytes(gzip.compress(json.dumps({"Records": [record, record]}).encode()))
    printed = [
        lab.hallpass("policy", "tighten", str(policy), "--events", str(events), "--role", "ci").stdout
        for events in (plain, packed)
    ]
    assert printed[0] == printed[1]
    (only,) = json.loads(printed[0])["Statement"]
    assert only["Action"] == "ecr:PutImage"
    assert only["Resource"] == "arn:aws:ecr:us-west-2:111122223333:repository/my-app"
