"""ECR by boto3: repositories, logins, layers and images, and what each needs of a policy."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json

import pytest
import urllib3

from conftest import example, refused, statement, trust
from images import MANIFEST, Image, digest, incompressible


@pytest.fixture
def repository(ecr, unique):
    """Makes a repository."""

    def make(**more) -> str:
        name = unique("my-app")
        ecr.create_repository(repositoryName=name, **more)
        return name

    return make


def upload(ecr, repository: str, data: bytes, parts: int = 1) -> str:
    """Uploads a layer as the ECR API has it, in parts."""
    started = ecr.initiate_layer_upload(repositoryName=repository)
    assert started["partSize"] > 0
    size = -(-len(data) // parts)
    for first in range(0, len(data), size):
        part = data[first : first + size]
        answer = ecr.upload_layer_part(
            repositoryName=repository, uploadId=started["uploadId"],
            partFirstByte=first, partLastByte=first + len(part) - 1, layerPartBlob=part,
        )
        assert answer["lastByteReceived"] == first + len(part) - 1
    done = ecr.complete_layer_upload(
        repositoryName=repository, uploadId=started["uploadId"], layerDigests=[digest(data)]
    )
    return done["layerDigest"]


def push(ecr, repository: str, content: bytes = b"hello", tag: str | None = "v1") -> Image:
    image = Image(content)
    for blob in (image.layer, image.config):
        held = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest(blob)])
        if not held["layers"] or held["layers"][0]["layerAvailability"] != "AVAILABLE":
            upload(ecr, repository, blob)
    named = {"imageTag": tag} if tag else {}
    put = ecr.put_image(repositoryName=repository, imageManifest=image.manifest.decode(), **named)
    assert put["image"]["imageId"]["imageDigest"] == image.digest
    return image


# Repositories.


def test_a_repository_comes_and_goes(lab, ecr, unique):
    name = f"team/{unique('my-app')}"
    made = ecr.create_repository(repositoryName=name, tags=[{"Key": "team", "Value": "ci"}])["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{name}"
    assert made["repositoryUri"] == f"{lab.registry_host}/{name}"
    assert (made["registryId"], made["imageTagMutability"]) == (lab.account, "MUTABLE")
    assert isinstance(made["createdAt"], datetime.datetime)
    (described,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert described == made
    with refused("RepositoryAlreadyExistsException", name, 400):
        ecr.create_repository(repositoryName=name)
    assert ecr.delete_repository(repositoryName=name)["repository"]["repositoryName"] == name
    with refused("RepositoryNotFoundException", name, 400):
        ecr.describe_repositories(repositoryNames=[name])


@pytest.mark.parametrize("name", ["A", "a", "my--_app/", "/my-app", "my app", "a" * 257])
def test_a_repository_name_has_its_form(lab, name):
    ecr = lab.client("ecr", parameter_validation=False)
    with refused("InvalidParameterException", "", 400):
        ecr.create_repository(repositoryName=name)


def test_repositories_come_in_pages(ecr, repository):
    made = {repository() for _ in range(5)}
    pages = list(ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["repositories"]) <= 2 for page in pages)
    listed = [entry["repositoryName"] for page in pages for entry in page["repositories"]]
    assert made <= set(listed) and len(listed) == len(set(listed))


def test_a_repository_with_images_is_deleted_by_force_only(ecr, repository):
    name = repository()
    push(ecr, name)
    with refused("RepositoryNotEmptyException", name, 400):
        ecr.delete_repository(repositoryName=name)
    ecr.delete_repository(repositoryName=name, force=True)


def test_a_repository_policy_comes_and_goes(lab, ecr, repository):
    name = repository()
    with refused("RepositoryPolicyNotFoundException", name, 400):
        ecr.get_repository_policy(repositoryName=name)
    text = json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Pull", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    })
    ecr.set_repository_policy(repositoryName=name, policyText=text)
    assert json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"]) == json.loads(text)
    ecr.delete_repository_policy(repositoryName=name)
    with refused("RepositoryPolicyNotFoundException", name, 400):
        ecr.delete_repository_policy(repositoryName=name)
    with refused("InvalidParameterException", "", 400):
        ecr.set_repository_policy(repositoryName=name, policyText="{")


def test_a_repository_policy_decides_too(lab, iam, ecr, repository, unique):
    name, user = repository(), unique("reader")
    image = push(ecr, name)
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    key = iam.create_access_key(UserName=user)["AccessKey"]
    reader = lab.client("ecr", (key["AccessKeyId"], key["SecretAccessKey"]))
    get = lambda: reader.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
    with refused("AccessDeniedException", "is not authorized to perform: ecr:BatchGetImage", 400):
        get()
    allow = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "ecr:BatchGetImage"}
    write = lambda *statements: ecr.set_repository_policy(
        repositoryName=name, policyText=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    write(allow)
    assert get()["images"][0]["imageId"]["imageDigest"] == image.digest
    write(allow, allow | {"Effect": "Deny"})
    with refused("AccessDeniedException", "explicit deny", 400):
        get()


def test_tags_of_a_repository_change(lab, ecr, repository):
    arn = f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{repository()}"
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "b", "Value": "2"}]


def test_an_immutable_tag_stays(ecr, repository):
    name = repository(imageTagMutability="IMMUTABLE")
    image = push(ecr, name, b"one")
    with refused("ImageTagAlreadyExistsException", "v1", 400):
        push(ecr, name, b"two")
    with refused("ImageAlreadyExistsException", "", 400):
        ecr.put_image(repositoryName=name, imageManifest=image.manifest.decode(), imageTag="v1")
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE")
    assert push(ecr, name, b"two").digest != image.digest


# Logins.


def test_a_login_is_the_callers_for_twelve_hours(lab, ecr):
    (data,) = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS" and len(password) > 100
    left = data["expiresAt"] - datetime.datetime.now(datetime.timezone.utc)
    assert 43_190 < left.total_seconds() <= 43_200
    assert data["proxyEndpoint"] == f"https://{lab.registry_host}"


def registry(lab, path: str, password: str | None, method: str = "GET", **more):
    headers = more.pop("headers", {})
    if password is not None:
        basic = base64.b64encode(f"AWS:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {basic}"
    return urllib3.request(method, f"http://{lab.registry}{path}", headers=headers, retries=False, timeout=30, **more)


def test_the_registry_asks_for_a_login(lab):
    asked = registry(lab, "/v2/", None)
    assert asked.status == 401
    assert asked.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert asked.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert asked.json()["errors"][0]["code"] == "UNAUTHORIZED"
    assert registry(lab, "/v2/", lab.registry_password()).status == 200
    for wrong in ("", "password", lab.registry_password()[:-4] + "AAAA"):
        assert registry(lab, "/v2/", wrong).status == 401


def test_a_login_ends_with_its_callers_key(lab, iam, unique):
    user = unique("pusher")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=statement("ecr:GetAuthorizationToken"))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    password = lab.registry_password((key["AccessKeyId"], key["SecretAccessKey"]))
    assert registry(lab, "/v2/", password).status == 200
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    assert registry(lab, "/v2/", password).status == 401


# Layers and images.


def test_a_layer_comes_in_parts_and_goes_out_by_url(lab, ecr, repository):
    name, data = repository(), incompressible(3_000_000)
    assert upload(ecr, name, data, parts=3) == digest(data)
    held = ecr.batch_check_layer_availability(
        repositoryName=name, layerDigests=[digest(data), digest(b"absent")]
    )
    assert [(layer["layerDigest"], layer["layerSize"]) for layer in held["layers"]] == [(digest(data), len(data))]
    assert held["failures"][0]["failureCode"] == "MissingLayerDigest"
    url = ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest(data))["downloadUrl"]
    got = urllib3.request("GET", url, retries=False)
    assert hashlib.sha256(got.data).hexdigest() == digest(data).partition(":")[2]
    with refused("LayersNotFoundException", "", 400):
        ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest(b"absent"))


def test_an_upload_is_held_to_its_digest_and_its_order(ecr, repository):
    name = repository()
    upload_id = ecr.initiate_layer_upload(repositoryName=name)["uploadId"]
    part = dict(repositoryName=name, uploadId=upload_id, layerPartBlob=b"data")
    with refused("InvalidLayerPartException", "", 400):
        ecr.upload_layer_part(partFirstByte=10, partLastByte=13, **part)
    ecr.upload_layer_part(partFirstByte=0, partLastByte=3, **part)
    with refused("InvalidLayerException", "", 400):
        ecr.complete_layer_upload(repositoryName=name, uploadId=upload_id, layerDigests=[digest(b"other")])
    with refused("UploadNotFoundException", "", 400):
        ecr.complete_layer_upload(
            repositoryName=name, uploadId="11111111-2222-3333-4444-555555555555", layerDigests=[digest(b"data")]
        )
    held = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest(b"other")])
    assert held["layers"] == []


def test_an_image_is_put_listed_read_and_deleted(ecr, repository):
    name = repository()
    first, second = push(ecr, name, b"one", "v1"), push(ecr, name, b"two", "v2")
    ecr.put_image(repositoryName=name, imageManifest=second.manifest.decode(), imageTag="latest")
    untagged = push(ecr, name, b"three", None)
    pages = list(ecr.get_paginator("list_images").paginate(repositoryName=name, PaginationConfig={"PageSize": 2}))
    ids = [image for page in pages for image in page["imageIds"]]
    assert {image.get("imageTag") for image in ids} == {"v1", "v2", "latest", None}
    assert {image["imageDigest"] for image in ids} == {first.digest, second.digest, untagged.digest}
    tagged = ecr.list_images(repositoryName=name, filter={"tagStatus": "UNTAGGED"})["imageIds"]
    assert tagged == [{"imageDigest": untagged.digest}]
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=name)
    details = {detail["imageDigest"]: detail for page in pages for detail in page["imageDetails"]}
    assert sorted(details[second.digest]["imageTags"]) == ["latest", "v2"]
    assert details[first.digest]["imageSizeInBytes"] >= len(first.layer)
    assert details[first.digest]["imageManifestMediaType"] == MANIFEST
    got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "latest"}, {"imageTag": "absent"}])
    assert got["images"][0]["imageManifest"].encode() == second.manifest
    assert got["failures"][0]["failureCode"] == "ImageNotFound"
    gone = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "v2"}])
    assert gone["imageIds"] == [{"imageDigest": second.digest, "imageTag": "v2"}]
    assert ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "latest"}])["images"]
    gone = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageDigest": second.digest}])
    assert {image.get("imageTag") for image in gone["imageIds"]} == {"latest"}
    with refused("ImageNotFoundException", "", 400):
        ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": "latest"}])


def test_an_image_is_held_to_its_layers_and_its_digest(ecr, repository):
    name, image = repository(), Image(b"never uploaded")
    with refused("LayersNotFoundException", "", 400):
        ecr.put_image(repositoryName=name, imageManifest=image.manifest.decode(), imageTag="v1")
    pushed = push(ecr, name)
    with refused("ImageDigestDoesNotMatchException", "", 400):
        ecr.put_image(
            repositoryName=name, imageManifest=pushed.manifest.decode(), imageTag="v2", imageDigest=image.digest
        )
    with refused("InvalidParameterException", "", 400):
        ecr.put_image(repositoryName=name, imageManifest="{", imageTag="v2")
    with refused("ImageAlreadyExistsException", "", 400):
        ecr.put_image(repositoryName=name, imageManifest=pushed.manifest.decode(), imageTag="v1")


def test_nothing_is_found_in_a_repository_that_is_not_there(ecr):
    with refused("RepositoryNotFoundException", "absent", 400):
        ecr.list_images(repositoryName="absent")
    with refused("RepositoryNotFoundException", "absent", 400):
        ecr.initiate_layer_upload(repositoryName="absent")


# Each step of a push by its action.

LOGIN = "ecr:GetAuthorizationToken"
NEEDED = [
    LOGIN, "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload", "ecr:PutImage",
]


@pytest.fixture
def pusher(lab, iam, sts, unique):
    """Makes the session of a role with the example's policy, without some of its actions."""

    def make(repository: str, without: str | None = None):
        policy = json.loads(example("policy.json", lab).replace("repository/my-app", f"repository/{repository}"))
        for entry in policy["Statement"]:
            actions = entry["Action"] if isinstance(entry["Action"], list) else [entry["Action"]]
            entry["Action"] = [action for action in actions if action != without] or ["ecr:DescribeRegistry"]
        role = unique("pusher")
        me = sts.get_caller_identity()["Arn"]
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust({"AWS": me}))["Role"]["Arn"]
        iam.put_role_policy(RoleName=role, PolicyName="push", PolicyDocument=json.dumps(policy))
        return sts.assume_role(RoleArn=arn, RoleSessionName="push")["Credentials"]

    return make


def test_the_examples_policy_is_enough_to_push(lab, repository, pusher, tmp_path):
    name = repository()
    password = lab.registry_password(pusher(name))
    image = Image(b"enough")
    lab.skopeo(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{password}",
        image.write(tmp_path / "image"), f"docker://{lab.registry}/{name}:v1",
    )


@pytest.mark.parametrize("action", NEEDED)
def test_an_action_less_breaks_the_step_that_takes_it(lab, ecr, repository, pusher, tmp_path, action):
    name = repository()
    session = pusher(name, without=action)
    if action == LOGIN:
        done = lab.aws("ecr", "get-login-password", credentials=session, check=False)
        assert done.returncode != 0 and action in done.stderr, done.stderr
        return
    password = lab.registry_password(session)
    done = lab.skopeo(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{password}",
        Image(b"refused").write(tmp_path / "image"), f"docker://{lab.registry}/{name}:v1", check=False,
    )
    assert done.returncode != 0, done.stderr
    refusals = [event for event in lab.events() if "error" in event and name in json.dumps(event)]
    refused_actions = {
        decision["action"] for event in refusals for decision in event["decisions"]
        if decision["decision"] != "Allow" and decision["decision"] != "allow"
    }
    assert refused_actions == {action}, refusals
    assert not ecr.list_images(repositoryName=name)["imageIds"]


def test_another_repository_is_another_resource(lab, repository, pusher, tmp_path):
    mine, other = repository(), repository()
    done = lab.skopeo(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{lab.registry_password(pusher(mine))}",
        Image(b"other").write(tmp_path / "image"), f"docker://{lab.registry}/{other}:v1", check=False,
    )
    assert done.returncode != 0
    # The first question is a HEAD, whose answer has no text: older clients tell its status only.
    assert "denied" in done.stderr.lower() or "403" in done.stderr, done.stderr
    arn = f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{other}"
    refused_resources = {
        decision["resource"] for event in lab.events() if "error" in event
        for decision in event["decisions"] if decision["decision"] == "ImplicitDeny"
    }
    assert arn in refused_resources


def test_the_registry_tells_whose_it_is(lab, ecr):
    told = ecr.describe_registry()
    assert told["registryId"] == lab.account
    assert told["replicationConfiguration"]["rules"] == []
