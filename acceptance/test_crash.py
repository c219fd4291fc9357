"""kill -9 at random, a hundred times: what was acknowledged is there, and nothing is half."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from conftest import trust
from images import MANIFEST, Image, digest, incompressible

ROUNDS = 100
ANYONE = trust({"Service": "ec2.amazonaws.com"})
REPOSITORY = "my-app"


class Writer:
    """Writes until the lab is gone, and remembers what was acknowledged."""

    def __init__(self, lab, number: int):
        self.lab, self.number, self.done = lab, number, 0
        self.roles: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}
        self.images: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.ready = threading.Event()

    def write(self, stop: threading.Event) -> None:
        iam = self.lab.client("iam")
        try:
            password = self.lab.client("ecr").get_authorization_token()["authorizationData"][0]
            login = {"Authorization": f"Basic {password['authorizationToken']}"}
            self.ready.set()
            while not stop.is_set():
                self.done += 1
                self.entities(iam, f"w{self.number}-{self.done}")
                if self.done % 3 == 0:
                    self.image(login, f"w{self.number}-{self.done}")
        except (BotoCoreError, ClientError, urllib3.exceptions.HTTPError, ConnectionError) as error:
            # The lab is gone: expected. An answer that it gave is not.
            if isinstance(error, ClientError):
                raise
        finally:
            self.ready.set()

    def entities(self, iam, name: str) -> None:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYONE)
        self.roles[name] = ""
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=POLICY)
        self.roles[name] = "p"
        iam.create_user(UserName=name)
        self.keys[name] = ""
        self.keys[name] = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        if self.done % 5 == 0:
            self.roles.pop(name)
            iam.delete_role_policy(RoleName=name, PolicyName="p")
            iam.delete_role(RoleName=name)
            self.deleted.add(name)

    def image(self, login: dict[str, str], tag: str) -> None:
        image = Image(incompressible(200_000))
        base = f"http://{self.lab.registry}"
        ask = lambda *words, **more: urllib3.request(*words, retries=False, timeout=30, **more)
        for blob in (image.layer, image.config):
            started = ask("POST", f"{base}/v2/{REPOSITORY}/blobs/uploads/", headers=login)
            assert started.status == 202, started.data
            location = started.headers["Location"]
            location = location if location.startswith("http") else base + location
            joint = "&" if "?" in location else "?"
            put = ask(
                "PUT", f"{location}{joint}digest={digest(blob)}", body=blob,
                headers=login | {"Content-Type": "application/octet-stream"},
            )
            assert put.status == 201, put.data
            self.blobs[digest(blob)] = blob
        put = ask(
            "PUT", f"{base}/v2/{REPOSITORY}/manifests/{tag}", body=image.manifest,
            headers=login | {"Content-Type": MANIFEST},
        )
        assert put.status == 201, put.data
        self.images[tag] = image.digest


POLICY = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}],
})


def check(lab, writers: list[Writer]) -> None:
    """Everything that was acknowledged is there, whole; what was deleted stays away."""
    iam, ecr = lab.client("iam"), lab.client("ecr")
    details = {}
    for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 1000}):
        details |= {entry["RoleName"]: entry for entry in page["RoleDetailList"]}
    users = {
        entry["UserName"] for page in iam.get_paginator("list_users").paginate() for entry in page["Users"]
    }
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=REPOSITORY)
    tags = {tag: image["imageDigest"] for page in pages for image in page["imageDetails"] for tag in image.get("imageTags", [])}
    for writer in writers:
        for name, policy in writer.roles.items():
            assert name in details, f"role {name} is lost"
            if policy:
                assert [entry["PolicyName"] for entry in details[name]["RolePolicyList"]] == [policy]
        for name in writer.deleted:
            assert name not in details, f"role {name} is back"
        assert set(writer.keys) <= users
        for tag, wanted in writer.images.items():
            assert tags.get(tag) == wanted, f"image {tag} is lost"


def check_blobs(lab, writers: list[Writer]) -> None:
    """Every blob that is served is whole, acknowledged or not: nothing stands half under its digest."""
    data = lab.client("ecr").get_authorization_token()["authorizationData"][0]
    login = {"Authorization": f"Basic {data['authorizationToken']}"}
    for writer in writers:
        for name, blob in writer.blobs.items():
            got = urllib3.request(
                "GET", f"http://{lab.registry}/v2/{REPOSITORY}/blobs/{name}", headers=login, retries=False
            )
            assert (got.status, got.data) == (200, blob), f"blob {name}"


def check_keys(lab, writer: Writer) -> None:
    iam = lab.client("iam")
    for name, key in list(writer.keys.items())[-5:]:
        listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert not key or key in [entry["AccessKeyId"] for entry in listed]


def test_a_hundred_kills_lose_no_acknowledged_write(new_lab):
    chance = random.Random(111122223333)
    lab = new_lab()
    lab.client("ecr").create_repository(repositoryName=REPOSITORY)
    written: list[Writer] = []
    for number in range(ROUNDS):
        stop, writers = threading.Event(), [Writer(lab, 2 * number + half) for half in range(2)]
        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(writer.write, stop) for writer in writers]
            # The kill is to hit writes, not the making of clients, which takes as long.
            assert all(writer.ready.wait(timeout=60) for writer in writers)
            time.sleep(chance.uniform(0.01, 0.25))
            lab.kill()
            stop.set()
            for each in running:
                each.result(timeout=60)
        lab.start()
        written += writers
        check(lab, writers)
        check_blobs(lab, writers)
        check_keys(lab, writers[0])
    check(lab, written)
    check_blobs(lab, written)
    done = sum(len(writer.roles) + len(writer.keys) + len(writer.images) for writer in written)
    assert done > 5 * ROUNDS, f"only {done} writes were acknowledged: the kills proved little"


def test_no_leftovers_of_broken_uploads_stay_for_ever(new_lab):
    """An upload that the crash cut leaves no file behind once the lab runs again."""
    lab = new_lab()
    lab.client("ecr").create_repository(repositoryName=REPOSITORY)
    data = lab.client("ecr").get_authorization_token()["authorizationData"][0]
    assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")
    login = {"Authorization": f"Basic {data['authorizationToken']}"}
    base = f"http://{lab.registry}"
    started = urllib3.request("POST", f"{base}/v2/{REPOSITORY}/blobs/uploads/", headers=login, retries=False)
    location = started.headers["Location"]
    location = location if location.startswith("http") else base + location
    urllib3.request("PATCH", location, body=incompressible(5_000_000), headers=login, retries=False)
    before = sum(file.stat().st_size for file in lab.folder.rglob("*") if file.is_file())
    lab.kill()
    lab.start()
    after = sum(file.stat().st_size for file in lab.folder.rglob("*") if file.is_file())
    assert after < before - 4_000_000
