"""Captive mode: Debian's ECR credential helper, which knows no endpoint variable and insists on ECR's
host names, and skopeo pushing through it to the real name, as `docker push` would."""

from __future__ import annotations

import json

import pytest

from images import Image, layout_digest
from lab import clean_environment, credential_variables, run


@pytest.fixture(scope="module")
def captive(lab):
    """A client's environment, led to the lab under AWS's own host names."""
    env = clean_environment(lab.home) | lab.captive()
    assert "AWS_ENDPOINT_URL" not in env
    docker = lab.home / ".docker"
    docker.mkdir(exist_ok=True)
    (docker / "config.json").write_text(json.dumps({"credHelpers": {lab.registry_host: "ecr-login"}}))
    return env | {"AWS_ECR_DISABLE_CACHE": "true"}


def test_the_helper_gets_a_login(lab, captive):
    done = run(["docker-credential-ecr-login", "get"], env=captive, stdin=lab.registry_host)
    login = json.loads(done.stdout)
    assert login["Username"] == "AWS"
    assert len(login["Secret"]) > 100


def test_skopeo_pushes_through_the_helper_to_the_real_host_name(lab, ecr, captive, unique, tmp_path):
    name = unique("my-app")
    ecr.create_repository(repositoryName=name)
    image = Image(b"pushed to the name that the workflow writes")
    target = f"docker://{lab.registry_host}/{name}:v1"
    lab.skopeo("copy", image.write(tmp_path / "in"), target, env=captive)
    (detail,) = ecr.describe_images(repositoryName=name)["imageDetails"]
    assert detail["imageDigest"] == image.digest
    lab.skopeo("copy", target, f"oci:{tmp_path / 'out'}:latest", env=captive)
    assert layout_digest(tmp_path / "out") == image.digest


def test_the_helper_is_refused_without_permission(lab, iam, captive, unique):
    user = unique("stranger")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    env = captive | credential_variables((key["AccessKeyId"], key["SecretAccessKey"]))
    done = run(["docker-credential-ecr-login", "get"], env=env, stdin=lab.registry_host, check=False)
    assert done.returncode != 0
    assert "credentials not found" in done.stdout


def test_the_aws_cli_goes_the_captive_way_too(lab, captive):
    for command in (["sts", "get-caller-identity"], ["iam", "list-users"], ["ecr", "describe-repositories"]):
        assert lab.aws(*command, env=captive)


def test_a_host_that_is_not_aws_is_not_reached(lab, captive):
    for host in ("example.com", "s3.us-west-2.amazonaws.com.example.com", "169.254.169.254"):
        done = run(
            [*CONNECT, captive["HTTPS_PROXY"], host], env=clean_environment(lab.home), check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[1] in ("403", "502"), done.stdout


# A CONNECT by hand: prints the proxy's status line.
CONNECT = ["python3", "-c", """
import socket, sys
from urllib.parse import urlsplit
proxy, host = urlsplit(sys.argv[1]), sys.argv[2]
with socket.create_connection((proxy.hostname, proxy.port), timeout=10) as stream:
    stream.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n\\r\\n".encode())
    print(stream.recv(4096).split(b"\\r\\n")[0].decode())
"""]
