"""The article's two ways by hand: the AWS CLI and skopeo, with the files of examples/article."""

from __future__ import annotations

import json

import pytest

from conftest import example
from images import Image
from issuer import AUDIENCE, SUBJECT, decode
from lab import clean_environment, credential_variables, run


@pytest.fixture(scope="module")
def account(lab):
    """The repository and the policy that both ways share."""
    lab.aws("ecr", "create-repository", "--repository-name", "my-app")
    made = lab.aws(
        "iam", "create-policy", "--policy-name", "self_hosted_runner_policy",
        "--policy-document", example("policy.json", lab),
    )
    return made["Policy"]["Arn"]


def push(lab, env: dict[str, str], folder, tag: str):
    """Log in and push, as the workflow does; the finished process."""
    login = lab.aws("ecr", "get-login-password", env=env, check=False)
    if login.returncode != 0:
        return login
    image = Image(f"the image of {tag}".encode())
    return lab.skopeo(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{login.stdout.strip()}",
        image.write(folder / tag), f"docker://{lab.registry}/my-app:{tag}", check=False,
    )


def test_the_general_practice_works_until_the_key_is_deactivated(lab, account, tmp_path):
    lab.aws("iam", "create-user", "--user-name", "ci")
    lab.aws("iam", "attach-user-policy", "--user-name", "ci", "--policy-arn", account)
    key = lab.aws("iam", "create-access-key", "--user-name", "ci")["AccessKey"]
    env = lab.client_environment((key["AccessKeyId"], key["SecretAccessKey"]))
    done = push(lab, env, tmp_path, "by-key")
    assert done.returncode == 0, done.stderr
    images = lab.aws("ecr", "describe-images", "--repository-name", "my-app", "--image-ids", "imageTag=by-key")
    assert images["imageDetails"][0]["imageDigest"] == Image(b"the image of by-key").digest
    lab.aws(
        "iam", "update-access-key", "--user-name", "ci",
        "--access-key-id", key["AccessKeyId"], "--status", "Inactive",
    )
    done = push(lab, env, tmp_path, "by-dead-key")
    assert done.returncode != 0
    assert "UnrecognizedClientException" in done.stderr


@pytest.fixture(scope="module")
def role(lab, account):
    """The provider for the cluster's issuer, and the role with the example's trust policy."""
    issuer = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    listed = lab.aws("iam", "list-open-id-connect-providers")["OpenIDConnectProviderList"]
    if not any(entry["Arn"].endswith(issuer) for entry in listed):
        lab.aws(
            "iam", "create-open-id-connect-provider", "--url", f"https://{issuer}",
            "--client-id-list", AUDIENCE,
        )
    made = lab.aws(
        "iam", "create-role", "--role-name", "self_hosted_runner_role",
        "--assume-role-policy-document", example("trust-policy.json", lab, issuer),
    )
    lab.aws("iam", "attach-role-policy", "--role-name", "self_hosted_runner_role", "--policy-arn", account)
    return made["Role"]["Arn"]


def pod(lab, role: str, token: str, folder) -> dict[str, str]:
    """What the pod identity webhook gives a container; the CLI makes the exchange by itself."""
    file = folder / "token"
    file.write_text(token)
    env = clean_environment(lab.home) | {
        "AWS_ENDPOINT_URL": lab.endpoint, "AWS_REGION": lab.region, "AWS_DEFAULT_REGION": lab.region,
        "AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    }
    assert not any(name in env for name in credential_variables(("a", "b", "c")))
    return env


def test_a_token_of_the_cluster_says_what_a_cluster_says(lab):
    claims = decode(lab.token("actions/self-hosted-runner-service-account"))
    assert (claims["iss"], claims["sub"], claims["aud"]) == (lab.env["HALLPASS_LAB_ISSUER"], SUBJECT, [AUDIENCE])
    assert claims["kubernetes.io"]["namespace"] == "actions"
    assert claims["kubernetes.io"]["serviceaccount"]["name"] == "self-hosted-runner-service-account"
    assert claims["exp"] - claims["iat"] == 3600
    other = decode(lab.token("actions/other", "--audience", "vault", "--duration", "600"))
    assert (other["sub"], other["aud"]) == ("system:serviceaccount:actions:other", ["vault"])
    assert other["exp"] - other["iat"] == 600


def test_the_best_practice_works_without_any_key(lab, role, tmp_path):
    env = pod(lab, role, lab.token("actions/self-hosted-runner-service-account"), tmp_path)
    done = push(lab, env, tmp_path, "by-pass")
    assert done.returncode == 0, done.stderr
    caller = lab.aws("sts", "get-caller-identity", env=env)
    assert ":assumed-role/self_hosted_runner_role/" in caller["Arn"]


@pytest.mark.parametrize(
    ("subject", "options"),
    [
        ("actions/default", ()),
        ("default/self-hosted-runner-service-account", ()),
        ("actions/self-hosted-runner-service-account", ("--audience", "vault")),
    ],
    ids=["another service account", "another namespace", "another audience"],
)
def test_another_pod_is_refused(lab, role, tmp_path, subject, options):
    env = pod(lab, role, lab.token(subject, *options), tmp_path)
    done = lab.aws("sts", "get-caller-identity", env=env, check=False)
    assert done.returncode != 0
    wanted = "InvalidIdentityToken" if options else "AccessDenied"
    assert f"({wanted})" in done.stderr, done.stderr


def test_the_role_may_push_and_nothing_else(lab, role, tmp_path):
    env = pod(lab, role, lab.token("actions/self-hosted-runner-service-account"), tmp_path)
    for command in (
        ["ecr", "batch-delete-image", "--repository-name", "my-app", "--image-ids", "imageTag=by-pass"],
        ["ecr", "describe-images", "--repository-name", "other"],
        ["iam", "list-users"],
    ):
        done = lab.aws(*command, env=env, check=False)
        assert done.returncode != 0
        assert "is not authorized to perform" in done.stderr, done.stderr


def test_the_cli_parses_every_kind_of_answer(lab):
    for command in (
        ["iam", "get-account-summary"],
        ["iam", "get-account-authorization-details"],
        ["iam", "list-policies", "--scope", "Local"],
        ["ecr", "describe-repositories"],
        ["ecr", "get-authorization-token"],
        ["sts", "get-session-token"],
    ):
        assert lab.aws(*command), command


def test_the_printed_exports_are_a_shells(lab):
    exports = lab.hallpass("lab", "env").stdout
    script = f"{exports}\naws sts get-caller-identity --query Account --output text"
    done = run(["bash", "-euc", script], env=clean_environment(lab.home))
    assert done.stdout.strip() == lab.account
    assert json.loads(lab.hallpass("lab", "env", "--output", "json").stdout)["AWS_REGION"] == lab.region
