"""The lab's GitHub: clients of GitHub's REST API, a job's tokens, and AWS that trusts them."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import urlencode

import boto3
import jwt
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from github import Auth, Github, GithubException
from nacl import encoding, public

from conftest import refused, trust
from lab import ROOT, clean_environment, run

ISSUER = "token.actions.githubusercontent.com"
http = urllib3.PoolManager(retries=False)


class Api:
    """GitHub's REST API by a plain HTTP client."""

    def __init__(self, lab, token=None):
        self.url = lab.env["GITHUB_API_URL"]
        self.token = lab.env["GITHUB_TOKEN"] if token is None else token

    def call(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith("http") else self.url + path
        data = None if body is None else json.dumps(body).encode()
        return http.request(method, url, body=data, headers=headers)

    def ok(self, method, path, body=None, status=200):
        answer = self.call(method, path, body)
        assert answer.status == status, (answer.status, answer.data)
        return json.loads(answer.data) if answer.data else None


@pytest.fixture
def api(lab):
    return Api(lab)


@pytest.fixture
def repository(unique):
    return f"acme/{unique('app')}"


def start(lab, repository, **wish):
    return lab.control("github/jobs", {"repository": repository} | wish)


def end(lab, job):
    return lab.control(f"github/jobs/{job['id']}/end", {})


def plant(lab, repository, **wish):
    return lab.control("github/repositories", {"repository": repository} | wish)


def with_id_token(lab, repository, **wish):
    return start(lab, repository, permissions={"id-token": "write", "contents": "read"}, **wish)


def id_token(job, audience="sts.amazonaws.com", bearer=None):
    """As `@actions/core` asks: the URL has a query already."""
    url = job["idTokenRequestUrl"]
    if audience is not None:
        url += "&" + urlencode({"audience": audience})
    bearer = bearer or job["idTokenRequestToken"]
    return http.request("GET", url, headers={"Authorization": f"Bearer {bearer}"})


def claims(job, **more):
    answer = id_token(job, **more)
    assert answer.status == 200, answer.data
    body = json.loads(answer.data)
    assert body["count"] == len(body["value"])
    return jwt.decode(body["value"], options={"verify_signature": False})


def sealed(key, value):
    """As GitHub's documentation shows it for Python."""
    box = public.SealedBox(public.PublicKey(key["key"].encode(), encoding.Base64Encoder()))
    encrypted = base64.b64encode(box.encrypt(value.encode())).decode()
    return {"encrypted_value": encrypted, "key_id": key["key_id"]}


# The issuer, and tokens.


def test_a_token_is_signed_by_a_published_key(lab, repository, api):
    discovery = api.ok("GET", "/.well-known/openid-configuration")
    assert discovery["issuer"] == f"https://{ISSUER}"
    assert discovery["jwks_uri"] == f"https://{ISSUER}/.well-known/jwks"
    keys = jwt.PyJWKSet.from_dict(api.ok("GET", "/.well-known/jwks"))
    job = with_id_token(lab, repository, ref="refs/tags/v1", actor="hubot", workflow="release")
    token = json.loads(id_token(job).data)["value"]
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "JWT" and header["alg"] == "RS256" and header["x5t"]
    key = next(key for key in keys.keys if key.key_id == header["kid"])
    read = jwt.decode(token, key.key, algorithms=["RS256"], audience="sts.amazonaws.com")
    assert read["exp"] - read["iat"] == 300 and read["nbf"] < read["iat"]
    assert read["sub"] == f"repo:{repository}:ref:refs/tags/v1"
    assert (read["actor"], read["workflow"], read["ref_type"]) == ("hubot", "release", "tag")
    assert read["job_workflow_ref"] == f"{repository}/.github/workflows/ci.yml@refs/tags/v1"
    assert read["runner_environment"] == "github-hosted" and read["repository"] == repository
    owner, _ = repository.split("/")
    assert claims(job, audience=None)["aud"] == f"https://github.com/{owner}"


@pytest.mark.parametrize("wish, context", [
    ({}, "ref:refs/heads/main"),
    ({"event": "pull_request"}, "pull_request"),
    ({"event": "pull_request", "environment": "prod"}, "environment:prod"),
    ({"environment": "eu:prod"}, "environment:eu%3Aprod"),
    ({"event": "pull_request_target"}, "ref:refs/heads/main"),
    ({"event": "workflow_dispatch", "ref": "refs/heads/a/b"}, "ref:refs/heads/a/b"),
])
def test_the_subject_follows_from_the_job(lab, repository, wish, context):
    assert claims(with_id_token(lab, repository, **wish))["sub"] == f"repo:{repository}:{context}"


def test_a_token_is_refused_to_whoever_has_no_right_to_it(lab, repository):
    without = start(lab, repository)
    assert without["idTokenRequestUrl"] is None
    assert "ACTIONS_ID_TOKEN_REQUEST_URL" not in without["environmentVariables"]
    job = with_id_token(lab, repository)
    other = with_id_token(lab, repository)
    assert id_token(job, bearer=other["idTokenRequestToken"]).status == 401
    assert id_token(job, bearer=job["githubToken"]).status == 401
    assert http.request("GET", job["idTokenRequestUrl"]).status == 401
    forged = job | {"idTokenRequestUrl": job["idTokenRequestUrl"].replace(str(job["id"]), str(without["id"]))}
    assert id_token(forged).status == 404
    assert id_token(job).status == 200
    end(lab, job)
    assert id_token(job).status == 404
    assert Api(lab, job["githubToken"]).call("GET", f"/repos/{repository}").status == 401
    fork = with_id_token(lab, repository, event="pull_request", isFromFork=True)
    assert fork["idTokenRequestUrl"] is None and fork["permissions"]["contents"] == "read"


def test_a_customised_subject_is_in_the_next_token(lab, repository, api):
    job = with_id_token(lab, repository)
    path = f"/repos/{repository}/actions/oidc/customization/sub"
    shown = api.ok("GET", path)
    assert shown["use_default"] is True and shown["use_immutable_subject"] is False
    assert shown["sub_claim_prefix"] == f"repo:{repository}"
    wish = {"use_default": False, "include_claim_keys": ["repository_owner", "event_name"]}
    api.ok("PUT", path, wish, status=201)
    assert claims(job)["sub"] == "repository_owner:acme:event_name:push"
    for keys in (["a-b"], ["repo", "repo"], ["no_such_claim"], ["sub"]):
        body = {"use_default": False, "include_claim_keys": keys}
        assert api.call("PUT", path, body).status == 422, keys
    assert api.call("PUT", path, {"include_claim_keys": ["repo"]}).status == 422
    api.ok("PUT", path, {"use_default": True, "use_immutable_subject": True}, status=201)
    read = claims(job)
    owner, name = repository.split("/")
    prefix = f"repo:{owner}@{read['repository_owner_id']}/{name}@{read['repository_id']}"
    assert read["sub"] == f"{prefix}:ref:refs/heads/main"
    assert api.ok("GET", path)["sub_claim_prefix"] == prefix


def test_an_organisations_template_counts_where_a_repository_opts_in(lab, unique, api):
    organisation = unique("org")
    inside, outside = f"{organisation}/inside", f"{organisation}/outside"
    jobs = [with_id_token(lab, name, environment="prod") for name in (inside, outside)]
    keys = ["repo", "context", "job_workflow_ref"]
    api.ok("PUT", f"/orgs/{organisation}/actions/oidc/customization/sub", {"include_claim_keys": keys}, status=201)
    assert api.ok("GET", f"/orgs/{organisation}/actions/oidc/customization/sub")["include_claim_keys"] == keys
    api.ok("PUT", f"/repos/{inside}/actions/oidc/customization/sub", {"use_default": False}, status=201)
    workflow = f"{inside}/.github/workflows/ci.yml@refs/heads/main"
    assert claims(jobs[0])["sub"] == f"repo:{inside}:environment:prod:job_workflow_ref:{workflow}"
    assert claims(jobs[1])["sub"] == f"repo:{outside}:environment:prod"


def test_a_repository_born_now_has_immutable_subjects(lab, unique, api):
    organisation = unique("org")
    with_id_token(lab, f"{organisation}/seed")
    made = api.ok("POST", f"/orgs/{organisation}/repos", {"name": "young", "private": True}, status=201)
    read = claims(with_id_token(lab, f"{organisation}/young"))
    wanted = f"repo:{organisation}@{made['owner']['id']}/young@{made['id']}:ref:refs/heads/main"
    # GitHub's date is 2026-07-15; a machine whose clock is before it sees the earlier form.
    if time.time() >= 1784073600:
        assert read["sub"] == wanted


def test_an_enterprise_may_have_its_own_issuer(lab, unique, api):
    slug, repository = unique("corp"), f"{unique('org')}/app"
    plant(lab, repository, enterprise=slug)
    job = with_id_token(lab, repository)
    assert claims(job)["iss"] == f"https://{ISSUER}" and claims(job)["enterprise"] == slug
    assert api.call("GET", f"/{slug}/.well-known/openid-configuration").status == 404
    path = f"/enterprises/{slug}/actions/oidc/customization/issuer"
    api.ok("PUT", path, {"include_enterprise_slug": True}, status=204)
    assert claims(job)["iss"] == f"https://{ISSUER}/{slug}"
    assert api.ok("GET", f"/{slug}/.well-known/openid-configuration")["issuer"].endswith(slug)


# AWS.


@pytest.fixture(scope="session")
def provider(lab):
    made = lab.client("iam").create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"],
    )
    return made["OpenIDConnectProviderArn"]


def role_for(iam, unique, provider, subject):
    condition = {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}}
    policy = trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", condition)
    made = iam.create_role(RoleName=unique("from-github"), AssumeRolePolicyDocument=policy)
    return made["Role"]["Arn"]


def unsigned_sts(lab):
    settings = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client("sts", endpoint_url=lab.endpoint, region_name=lab.region, config=settings)


def exchange(lab, role, job, **more):
    token = json.loads(id_token(job, **more).data)["value"]
    return unsigned_sts(lab).assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="job", WebIdentityToken=token,
    )


def test_a_trusted_branch_gets_the_role_and_another_does_not(lab, iam, unique, provider, repository):
    role = role_for(iam, unique, provider, f"repo:{repository}:ref:refs/heads/main")
    answer = exchange(lab, role, with_id_token(lab, repository))
    assert answer["SubjectFromWebIdentityToken"] == f"repo:{repository}:ref:refs/heads/main"
    who = lab.client("sts", answer["Credentials"]).get_caller_identity()
    assert who["Arn"].endswith("/job")
    with refused("AccessDenied", status=403):
        exchange(lab, role, with_id_token(lab, repository, ref="refs/heads/other"))
    with refused("InvalidIdentityToken", status=400):
        exchange(lab, role, with_id_token(lab, repository), audience="https://github.com/acme")


def test_a_rotated_key_is_fetched_and_the_last_one_still_serves(lab, iam, unique, provider, repository):
    role = role_for(iam, unique, provider, f"repo:{repository}:ref:refs/heads/main")
    job = with_id_token(lab, repository)
    before = json.loads(id_token(job).data)["value"]
    kid = lab.control("github/rotate-keys", {})["kid"]
    after = json.loads(id_token(job).data)["value"]
    assert jwt.get_unverified_header(after)["kid"] == kid != jwt.get_unverified_header(before)["kid"]
    for token in (after, before):
        unsigned_sts(lab).assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=token)


def test_captive_clients_reach_github_by_its_own_names(lab, repository):
    captive = lab.captive()
    proxy = urllib3.ProxyManager(captive["HTTPS_PROXY"], ca_certs=captive["HTTPLIB2_CA_CERTS"]
                                 if "HTTPLIB2_CA_CERTS" in captive else captive["SSL_CERT_FILE"])
    answer = proxy.request("GET", f"https://{ISSUER}/.well-known/openid-configuration")
    assert json.loads(answer.data)["issuer"] == f"https://{ISSUER}"
    answer = proxy.request("GET", "https://api.github.com/user",
                           headers={"Authorization": f"token {lab.env['GITHUB_TOKEN']}"})
    assert json.loads(answer.data)["url"].startswith("https://api.github.com/users/")


# Secrets and variables.


def test_a_sealed_secret_reaches_the_job_and_is_never_shown(lab, repository, api):
    plant(lab, repository)
    path = f"/repos/{repository}/actions/secrets"
    key = api.ok("GET", f"{path}/public-key")
    api.ok("PUT", f"{path}/aws_key", sealed(key, "AKIA-of-old"), status=201)
    api.ok("PUT", f"{path}/AWS_KEY", sealed(key, "AKIA-newer"), status=204)
    listed = api.ok("GET", path)
    assert listed["total_count"] == 1 and listed["secrets"][0]["name"] == "AWS_KEY"
    assert "AKIA" not in json.dumps(listed) + json.dumps(api.ok("GET", f"{path}/AWS_KEY"))
    assert start(lab, repository)["secrets"] == {"AWS_KEY": "AKIA-newer"}
    assert start(lab, repository, event="pull_request", isFromFork=True)["secrets"] == {}
    wrong = [
        sealed(key, "x") | {"key_id": "1"},
        {"key_id": key["key_id"], "encrypted_value": base64.b64encode(b"x" * 80).decode()},
        {"key_id": key["key_id"], "encrypted_value": "not base64"},
        {"key_id": key["key_id"]},
    ]
    for body in wrong:
        assert api.call("PUT", f"{path}/OTHER", body).status == 422, body
    for name in ("GITHUB_X", "1A", "A-B"):
        assert api.call("PUT", f"{path}/{name}", sealed(key, "x")).status == 422, name
    api.ok("DELETE", f"{path}/AWS_KEY", status=204)
    assert api.call("DELETE", f"{path}/AWS_KEY").status == 404
    assert "AKIA-" not in (lab.folder / "events.jsonl").read_text()


def test_the_nearest_secret_counts(lab, unique, api):
    organisation = unique("org")
    repository, other = f"{organisation}/app", f"{organisation}/other"
    planted = [plant(lab, name) for name in (repository, other)]
    api.ok("PUT", f"/repos/{repository}/environments/prod")
    places = {
        f"/orgs/{organisation}/actions/secrets": {"visibility": "selected", "selected_repository_ids": [planted[0]["id"]]},
        f"/repos/{repository}/actions/secrets": {},
        f"/repos/{repository}/environments/prod/secrets": {},
    }
    for place, more in places.items():
        key = api.ok("GET", f"{place}/public-key")
        for name in ("SHARED", place.split("/")[1].upper() + str(len(place.split("/")))):
            api.ok("PUT", f"{place}/{name}", sealed(key, place) | more, status=201)
    org, repo, environment = places
    assert start(lab, other)["secrets"] == {}
    assert start(lab, repository)["secrets"] == {"SHARED": repo, "ORGS5": org, "REPOS6": repo}
    in_prod = start(lab, repository, environment="prod")["secrets"]
    assert in_prod["SHARED"] == environment
    listed = api.ok("GET", f"/repos/{repository}/actions/organization-secrets")
    assert [secret["name"] for secret in listed["secrets"]] == ["ORGS5", "SHARED"]
    api.ok("PUT", f"{org}/SHARED/repositories/{planted[1]['id']}", status=204)
    assert [found["name"] for found in api.ok("GET", f"{org}/SHARED/repositories")["repositories"]] == ["app", "other"]
    assert start(lab, other)["secrets"] == {"SHARED": org}
    key = api.ok("GET", f"{org}/public-key")
    assert api.call("PUT", f"{org}/X", sealed(key, "x")).status == 422
    strange = sealed(key, "x") | {"visibility": "selected", "selected_repository_ids": [1]}
    assert api.call("PUT", f"{org}/X", strange).status == 422


def test_lists_come_in_pages(lab, repository, api):
    plant(lab, repository)
    for number in range(13):
        wish = {"name": f"V{number:02}", "value": str(number)}
        api.ok("POST", f"/repos/{repository}/actions/variables", wish, status=201)
    assert api.call("POST", f"/repos/{repository}/actions/variables", {"name": "v00", "value": ""}).status == 409
    seen, url = [], f"/repos/{repository}/actions/variables?per_page=5"
    while url:
        answer = api.call("GET", url)
        body = json.loads(answer.data)
        assert body["total_count"] == 13
        seen += [variable["name"] for variable in body["variables"]]
        links = dict(reversed(part.split("; rel=")) for part in answer.headers.get("link", "").split(", ") if part)
        url = links.get('"next"', "").strip("<>")
    assert seen == [f"V{number:02}" for number in range(13)]
    api.ok("PATCH", f"/repos/{repository}/actions/variables/V00", {"name": "W", "value": "w"}, status=204)
    assert start(lab, repository)["variables"]["W"] == "w"


# PyGithub: what a migration does to a repository.


@pytest.fixture
def github(lab):
    return Github(base_url=lab.env["GITHUB_API_URL"], auth=Auth.Token(lab.env["GITHUB_TOKEN"]), retry=None,
                  seconds_between_requests=0, seconds_between_writes=0)


WORKFLOW = """name: build
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
"""


def test_pygithub_migrates_a_repository(lab, repository, github):
    plant(lab, repository, files={".github/workflows/build.yml": WORKFLOW, "README.md": "# app\n"})
    found = github.get_repo(repository)
    assert found.private and found.default_branch == "main"
    assert [(one.name, one.path) for one in found.get_workflows()] == [("build", ".github/workflows/build.yml")]
    folder = found.get_contents(".github/workflows")
    assert [one.name for one in folder] == ["build.yml"]
    file = found.get_contents(".github/workflows/build.yml")
    assert file.decoded_content.decode() == WORKFLOW
    branch = found.create_git_ref("refs/heads/hallpass", found.get_branch("main").commit.sha)
    text = WORKFLOW.replace("AWS_ACCESS_KEY_ID", "ROLE")
    with pytest.raises(GithubException) as stale:
        found.update_file(file.path, "stale", text, "0" * 40, branch="hallpass")
    assert stale.value.status == 409
    done = found.update_file(file.path, "use a role", text, file.sha, branch="hallpass")
    assert branch.ref == "refs/heads/hallpass" and done["commit"].sha
    assert found.get_contents(file.path, ref="main").decoded_content.decode() == WORKFLOW
    pull = found.create_pull(base="main", head="hallpass", title="use a role", body="no key")
    assert [one.number for one in found.get_pulls(state="open", head="acme:hallpass")] == [pull.number]
    assert [(one.filename, one.status) for one in pull.get_files()] == [(file.path, "modified")]
    with pytest.raises(GithubException) as twice:
        found.create_pull(base="main", head="hallpass", title="again", body="")
    assert twice.value.status == 422
    assert pull.merge().merged
    assert found.get_contents(file.path).decoded_content.decode() == text
    found.delete_file("README.md", "gone", found.get_contents("README.md").sha)
    with pytest.raises(GithubException) as gone:
        found.get_contents("README.md")
    assert gone.value.status == 404


def test_pygithub_keeps_secrets_variables_and_environments(lab, repository, github):
    plant(lab, repository)
    found = github.get_repo(repository)
    found.create_secret("KEY", "old")
    found.create_variable("REGION", "us-west-2")
    found.create_environment("prod").create_secret("KEY", "prod")
    assert [one.name for one in found.get_secrets()] == ["KEY"]
    assert found.get_variable("REGION").value == "us-west-2"
    assert [one.name for one in found.get_environments()] == ["prod"]
    assert start(lab, repository, environment="prod")["secrets"] == {"KEY": "prod"}
    found.delete_secret("KEY")
    assert start(lab, repository)["secrets"] == {}
    organisation = github.get_organization("acme")
    organisation.create_secret("OF_ALL", "x", visibility="all")
    assert "OF_ALL" in start(lab, repository)["secrets"]
    assert found.full_name in [one.full_name for one in organisation.get_repos()]
    organisation.get_secret("OF_ALL").delete()


def test_a_jobs_token_may_what_its_permissions_say(lab, repository, api):
    plant(lab, repository, files={"a.txt": "a\n"})
    other = plant(lab, f"{repository}-other")["repository"]
    reader = Api(lab, start(lab, repository, permissions={"contents": "read"})["githubToken"])
    writer = Api(lab, start(lab, repository, permissions={"contents": "write"})["githubToken"])
    path = f"/repos/{repository}/contents"
    assert reader.call("GET", f"{path}/a.txt").status == 200
    new = {"message": "m", "content": base64.b64encode(b"b").decode()}
    answer = reader.call("PUT", f"{path}/b.txt", new)
    assert answer.status == 403
    assert json.loads(answer.data)["message"] == "Resource not accessible by integration"
    assert writer.call("PUT", f"{path}/b.txt", new).status == 201
    assert writer.call("PUT", f"{path}/.github/workflows/x.yml", new).status == 403
    assert writer.call("GET", f"/repos/{repository}/actions/secrets").status == 403
    assert writer.call("GET", f"/repos/{repository}/pulls").status == 403
    assert writer.call("GET", f"/repos/{other}").status == 404
    assert writer.call("GET", "/orgs/acme/actions/secrets").status == 403
    nobody = Api(lab, "")
    assert nobody.call("GET", f"/repos/{repository}").status == 404
    assert nobody.call("GET", "/user").status == 401
    assert Api(lab, "ghp_" + "x" * 36).call("GET", "/user").status == 401
    assert int(writer.call("GET", f"/repos/{repository}").headers["x-ratelimit-limit"]) == 1000


def test_faults_are_githubs(lab, api):
    lab.fault("github", "throttle", 1)
    answer = api.call("GET", "/user")
    assert answer.status == 403 and answer.headers["x-ratelimit-remaining"] == "0"
    lab.fault("github", "unavailable", 1)
    assert api.call("GET", "/user").status == 503
    assert api.call("GET", "/user").status == 200


def test_bad_input_is_refused_and_changes_nothing(lab, repository, api):
    plant(lab, repository, files={"a.txt": "a\n"})
    for method, path, body, status in [
        ("PUT", f"/repos/{repository}/contents/.git/x", {"message": "m", "content": ""}, 422),
        ("PUT", f"/repos/{repository}/contents/a.txt/b", {"message": "m", "content": ""}, 422),
        ("PUT", f"/repos/{repository}/contents/c", {"message": "m", "content": "%%%"}, 422),
        ("PUT", f"/repos/{repository}/contents/c", {"content": ""}, 422),
        ("PUT", f"/repos/{repository}/contents/c", {"message": "m", "content": "", "branch": "none"}, 404),
        ("POST", f"/repos/{repository}/git/refs", {"ref": "main", "sha": "0" * 40}, 422),
        ("POST", f"/repos/{repository}/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}, 422),
        ("POST", f"/repos/{repository}/pulls", {"title": "t", "head": "x", "base": "main"}, 422),
        ("PUT", f"/repos/{repository}/actions/oidc/customization/sub", {"use_default": "yes"}, 422),
        ("GET", f"/repos/{repository}/%ff", None, 404),
        ("GET", "/repos/acme", None, 404),
        ("PATCH", f"/repos/{repository}", {"name": "a/b"}, 422),
    ]:
        answer = api.call(method, path, body)
        assert answer.status == status, (method, path, answer.status, answer.data)
    raw = http.request("PUT", f"{api.url}/repos/{repository}/contents/c", body=b"{",
                       headers={"Authorization": f"Bearer {api.token}"})
    assert raw.status == 400
    assert [one["name"] for one in api.ok("GET", f"/repos/{repository}/contents/")] == ["a.txt"]


def test_all_of_it_survives_a_kill(new_lab):
    lab = new_lab()
    api = Api(lab)
    plant(lab, "acme/app", files={"a.txt": "a\n"}, immutableSubject=True)
    key = api.ok("GET", "/repos/acme/app/actions/secrets/public-key")
    api.ok("PUT", "/repos/acme/app/actions/secrets/KEY", sealed(key, "value"), status=201)
    job = with_id_token(lab, "acme/app")
    before = claims(job)["sub"]
    jwks = api.ok("GET", "/.well-known/jwks")
    lab.kill()
    lab.start()
    assert claims(job)["sub"] == before and "@" in before
    api = Api(lab)
    assert api.ok("GET", "/.well-known/jwks") == jwks
    assert api.ok("GET", "/repos/acme/app/actions/secrets/public-key") == key
    assert start(lab, "acme/app")["secrets"] == {"KEY": "value"}
    assert api.ok("GET", "/repos/acme/app/contents/a.txt")["size"] == 2


def test_the_command_prints_what_a_runner_sets(lab, repository):
    text = lab.hallpass("lab", "job", "start", repository, "--permission", "id-token=write",
                        "--environment", "eu prod").stdout
    variables = dict(line.removeprefix("export ").split("=", 1) for line in text.splitlines())
    assert variables["GITHUB_REPOSITORY"] == repository and "?" in variables["ACTIONS_ID_TOKEN_REQUEST_URL"]
    listed = lab.hallpass("lab", "job", "list").stdout
    assert variables["HALLPASS_LAB_JOB"] in listed
    lab.hallpass("lab", "job", "end", variables["HALLPASS_LAB_JOB"])
    done = lab.hallpass("lab", "job", "end", variables["HALLPASS_LAB_JOB"], check=False)
    assert done.returncode == 3 and "lab/refused" in done.stderr
    done = lab.hallpass("lab", "job", "start", "no-slash", check=False)
    assert done.returncode == 3 and "OWNER/NAME" in done.stderr


def test_a_folder_becomes_a_repository(lab, repository, tmp_path, api):
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text("name: from folder\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text("secret")
    told = lab.hallpass("lab", "github", "repository", repository, "--from", str(tmp_path), "--visibility", "public")
    assert told.stdout.split()[0] == repository and told.stdout.split()[2] == "public"
    listed = api.ok("GET", f"/repos/{repository}/actions/workflows")
    assert [one["name"] for one in listed["workflows"]] == ["from folder"]
    assert api.call("GET", f"/repos/{repository}/contents/.git").status == 404
    assert Api(lab, "").call("GET", f"/repos/{repository}/contents/.github/workflows/a.yml").status == 200


TOOLKIT = """
import * as core from '@actions/core'
import { Octokit } from '@octokit/rest'
const token = await core.getIDToken('sts.amazonaws.com')
const octokit = new Octokit({ auth: process.env.GITHUB_TOKEN, baseUrl: process.env.GITHUB_API_URL })
const [owner, repo] = process.env.GITHUB_REPOSITORY.split('/')
const file = await octokit.repos.getContent({ owner, repo, path: 'a.txt' })
console.log(JSON.stringify({ token, text: Buffer.from(file.data.content, 'base64').toString() }))
"""


def test_githubs_toolkit_gets_a_token(lab, repository):
    plant(lab, repository, files={"a.txt": "a\n"})
    job = with_id_token(lab, repository)
    clients = ROOT / "acceptance/clients"
    env = clean_environment(lab.home) | job["environmentVariables"] | {"GITHUB_TOKEN": job["githubToken"]}
    done = run(["node", "--input-type=module"], env=env, stdin=TOOLKIT, cwd=clients)
    lines = done.stdout.strip().splitlines()
    told = json.loads(lines[-1])
    assert told["text"] == "a\n"
    read = jwt.decode(told["token"], options={"verify_signature": False})
    assert read["sub"] == f"repo:{repository}:ref:refs/heads/main" and read["aud"] == "sts.amazonaws.com"
    # The toolkit masks the token in the log.
    assert f"::add-mask::{told['token']}" in lines
