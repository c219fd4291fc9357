"""`hallpass lab run`: workflows run for real, as runners of the lab."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from conftest import example, trust
from lab import BINARY, ROOT, clean_environment
from test_cluster import ARC, Cluster

ARTICLE = ROOT / "examples/article"
CLIENTS = ROOT / "acceptance/clients"
GITHUB = "token.actions.githubusercontent.com"
RUNNER = "actions/self-hosted-runner-service-account"


@pytest.fixture(scope="module")
def account(lab):
    """The article's account: repository, policy, a user's key, the role for runners and one for GitHub's."""
    try:
        lab.aws("ecr", "create-repository", "--repository-name", "my-app")
    except AssertionError as error:
        assert "RepositoryAlreadyExists" in str(error)
    iam = lab.client("iam")
    policy = iam.create_policy(PolicyName="run_policy", PolicyDocument=example("policy.json", lab))
    arn = policy["Policy"]["Arn"]
    iam.create_user(UserName="run-ci")
    iam.attach_user_policy(UserName="run-ci", PolicyArn=arn)
    key = iam.create_access_key(UserName="run-ci")["AccessKey"]
    cluster = lab.env["HALLPASS_LAB_ISSUER"].removeprefix("https://")
    providers = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    roles = {}
    for issuer, role, subject in (
        (cluster, "run_runner", "system:serviceaccount:actions:self-hosted-runner-service-account"),
        (GITHUB, "run_github", "repo:acme/my-app:ref:refs/heads/main"),
    ):
        if not any(one.endswith(issuer) for one in providers):
            iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"])
        condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
        principal = {"Federated": f"arn:aws:iam::{lab.account}:oidc-provider/{issuer}"}
        made = iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=trust(principal, "sts:AssumeRoleWithWebIdentity", condition),
        )
        roles[role] = made["Role"]["Arn"]
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    api = Cluster(lab)
    status, _ = api.send("POST", "/api/v1/namespaces", {"metadata": {"name": "actions"}})
    assert status in (201, 409)
    for name, annotations in (
        ("self-hosted-runner-service-account", {"eks.amazonaws.com/role-arn": roles["run_runner"]}),
        ("stranger", {"eks.amazonaws.com/role-arn": roles["run_runner"]}),
        ("plain", {}),
    ):
        body = {"metadata": {"name": name, "annotations": annotations}}
        api.create("/api/v1/namespaces/actions/serviceaccounts", body)
    return {"key": key, "roles": roles, "cluster": api}


@pytest.fixture
def repository(lab, tmp_path):
    """The example's repository, with a workflow of one's own."""
    folder = tmp_path / "my-app"
    shutil.copytree(ARTICLE / "app", folder / "app")
    shutil.copy(ARTICLE / "Dockerfile", folder)
    (folder / ".github/workflows").mkdir(parents=True)

    def write(text: str, name: str = "ci.yml") -> Path:
        path = folder / ".github/workflows" / name
        path.write_text(textwrap.dedent(text))
        return path

    write.folder = folder
    return write


def play(lab, workflow, *options, check=None, env=None, stdin=None, docker="shim"):
    """Runs a workflow; the finished process."""
    words = [BINARY, "lab", "run", workflow, "--docker", docker, "--repository", "acme/my-app", *options]
    done = subprocess.run(
        [str(word) for word in [*words, "--dir", lab.folder]],
        env=clean_environment(lab.home) | (env or {}), capture_output=True, text=True, timeout=300, input=stdin,
    )
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def report(lab, workflow, *options, check=0):
    """The JSON that a run ends with."""
    done = play(lab, workflow, *options, "--output", "json", check=check)
    return json.loads(done.stdout)


def image_tags(lab):
    images = lab.client("ecr").list_images(repositoryName="my-app")["imageIds"]
    return {image.get("imageTag") for image in images}


def in_lab(lab, name):
    return example(name, lab)


def test_the_articles_first_workflow_pushes_with_a_stored_key(lab, account, repository):
    workflow = repository(in_lab(lab, "workflow-access-key.yaml"))
    secrets = repository.folder.parent / "secrets"
    secrets.write_text(
        f"AWS_ACCESS_KEY_ID={account['key']['AccessKeyId']}\nAWS_SECRET_ACCESS_KEY={account['key']['SecretAccessKey']}\n"
    )
    before = image_tags(lab)
    done = play(lab, workflow, "--as", "actions/plain", "--secret-file", secrets, check=0)
    assert "(built-in equivalent of aws-actions/configure-aws-credentials@v6" in done.stdout
    assert len(image_tags(lab) - before) == 1, done.stdout
    assert account["key"]["SecretAccessKey"] not in done.stdout + done.stderr


def test_the_articles_second_workflow_pushes_as_its_runner(lab, account, repository):
    """The runner is found by the job's labels, as ARC would."""
    text = in_lab(lab, "workflow-pass.yaml").replace("name: image\n", "name: image of the pass\n", 1)
    workflow = repository(text)
    body = json.loads(json.dumps({
        "apiVersion": "actions.summerwind.dev/v1alpha1", "kind": "RunnerDeployment",
        "metadata": {"name": "run-builder", "namespace": "actions"},
        "spec": {"replicas": 0, "template": {"spec": {
            "repository": "acme/my-app", "labels": ["image-builder"],
            "serviceAccountName": "self-hosted-runner-service-account",
        }}},
    }))
    account["cluster"].create(f"{ARC}/namespaces/actions/runnerdeployments", body)
    before = image_tags(lab)
    done = play(lab, workflow, check=0)
    assert "service account self-hosted-runner-service-account" in done.stdout
    assert len(image_tags(lab) - before) == 1
    pods = account["cluster"].get("/api/v1/namespaces/actions/pods")["items"]
    assert not [pod for pod in pods if pod["metadata"]["name"].startswith("hallpass-run-")]


def test_the_articles_second_workflow_pushes_by_a_real_docker(lab, account, repository):
    """Docker's own client and daemon, the daemon the run's own; they reach the registry by its real name."""
    workflow = repository(in_lab(lab, "workflow-pass.yaml").replace("name: image\n", "name: image by docker\n", 1))
    before = image_tags(lab)
    account_name = "actions/self-hosted-runner-service-account"
    done = play(lab, workflow, "--as", account_name, check=0, docker="real")
    assert len(image_tags(lab) - before) == 1, done.stdout
    assert "shim" not in done.stdout + done.stderr


def test_the_articles_own_text_needs_no_checkout(lab, account, repository):
    """Its steps stand alone; a self-hosted runner has the files from before."""
    workflow = repository("""
        on: push
        env:
          CACHE_IAMGE_TAG: ${{ github.sha }}
        jobs:
          build:
            runs-on: self-hosted
            steps:
              - name: Build the Docker image
                run: docker build . --file Dockerfile --tag  ${{ env.CACHE_IAMGE_TAG }}
              - name: Login to Amazon ECR
                id: login-ecr
                uses: aws-actions/amazon-ecr-login@v1
              - name: Push image to Amazon ECR
                env:
                  ECR_REGISTRY: ${{ steps.login-ecr.outputs.registry }}
                  ECR_REPOSITORY: my-app
                run: |
                  docker tag ${{ env.CACHE_IAMGE_TAG }} $ECR_REGISTRY/$ECR_REPOSITORY:$CACHE_IAMGE_TAG
                  docker push $ECR_REGISTRY/$ECR_REPOSITORY:$CACHE_IAMGE_TAG
    """)
    done = play(lab, workflow, "--as", RUNNER, check=0)
    assert re.search(r"[0-9a-f]{40}: digest: sha256:[0-9a-f]{64} size: \d+", done.stdout)
    assert "the job has no actions/checkout" in done.stderr


OIDC = """
    on: push
    permissions: {{ id-token: write, contents: read }}
    jobs:
      push:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v7
          - uses: aws-actions/configure-aws-credentials@v6
            with: {{ role-to-assume: {role}, aws-region: us-west-2 }}
          - uses: aws-actions/amazon-ecr-login@v2
            id: login
          - run: |
              docker build -t "$IMAGE" .
              docker push "$IMAGE"
            env: {{ IMAGE: '${{{{ steps.login.outputs.registry }}}}/my-app:oidc' }}
"""


def test_a_github_hosted_job_pushes_by_openid_connect(lab, account, repository):
    workflow = repository(OIDC.format(role=account["roles"]["run_github"]))
    play(lab, workflow, check=0)
    assert "oidc" in image_tags(lab)


def test_another_branch_is_refused_as_on_github(lab, account, repository):
    workflow = repository(OIDC.format(role=account["roles"]["run_github"]))
    done = play(lab, workflow, "--github-hosted", "--ref", "refs/heads/topic", check=1)
    assert "Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity" in done.stdout


def test_a_job_without_the_permission_gets_no_token(lab, account, repository):
    text = OIDC.format(role=account["roles"]["run_github"]).replace("id-token: write, ", "")
    done = play(lab, repository(text), check=1)
    assert "Did you mean to set the `id-token` permission?" in done.stdout
    assert "Could not load credentials from any providers" in done.stdout


def test_the_jobs_permissions_replace_the_workflows(lab, account, repository):
    text = OIDC.format(role=account["roles"]["run_github"])
    text = text.replace("runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n        permissions: { contents: read }")
    done = play(lab, repository(text), check=1)
    assert "Could not load credentials from any providers" in done.stdout


def test_another_service_account_is_refused(lab, account, repository):
    done = play(lab, repository(in_lab(lab, "workflow-pass.yaml")), "--as", "actions/stranger", check=1)
    assert "Error: Not authorized to perform sts:AssumeRoleWithWebIdentity" in done.stdout


def test_a_service_account_that_is_not_there_is_told(lab, account, repository):
    done = play(lab, repository(in_lab(lab, "workflow-pass.yaml")), "--as", "actions/nobody", check=3)
    assert done.stderr.startswith("error[run/lab]") or "error[run/lab]" in done.stderr


@pytest.fixture
def actions(tmp_path):
    """Checkouts of our own actions, with the packages of npm that they use."""
    folder = tmp_path / "checkouts"
    for name, layout in (("credentials", "hallpass/credentials@v1"), ("login", "hallpass/login/v2")):
        shutil.copytree(CLIENTS / "actions" / name, folder / layout)
    (folder / "node_modules").symlink_to(Path(os.environ.get("HALLPASS_CLIENTS", CLIENTS)) / "node_modules")
    return folder


def test_java_script_actions_speak_to_the_lab(lab, account, repository, actions):
    workflow = repository(f"""
        on: push
        permissions: {{ id-token: write }}
        jobs:
          push:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v7
              - uses: hallpass/credentials@v1
                id: credentials
                with: {{ role-to-assume: {account['roles']['run_github']} }}
              - uses: hallpass/login@v2
                id: login
              - run: |
                  echo "as ${{{{ steps.credentials.outputs.arn }}}}"
                  docker build -q -t ${{{{ steps.login.outputs.registry }}}}/my-app:javascript .
                  docker push ${{{{ steps.login.outputs.registry }}}}/my-app:javascript
    """)
    done = play(lab, workflow, "--actions", actions, check=0)
    assert "javascript" in image_tags(lab)
    assert "the secret is ***" in done.stdout
    assert ":assumed-role/run_github/GitHubActions" in done.stdout
    post = done.stdout.index("Removing login credentials"), done.stdout.index("cleaning up after arn:")
    assert post == tuple(sorted(post)), "the last action is cleaned up first"


def test_env_files_masks_and_commands(lab, account, repository):
    workflow = repository("""
        on: push
        env: { LEVEL: workflow, SECRET: '${{ secrets.TOKEN }}' }
        jobs:
          a:
            runs-on: ubuntu-latest
            env: { LEVEL: job }
            outputs: { digest: '${{ steps.out.outputs.multi }}', leak: '${{ steps.out.outputs.leak }}' }
            steps:
              - id: out
                env: { LEVEL: step }
                run: |
                  echo "level=$LEVEL secret=$SECRET"
                  printf '%s' "$SECRET" | base64
                  echo "ADDED=yes" >> "$GITHUB_ENV"
                  { echo 'multi<<EOF'; echo one; echo two; echo EOF; } >> "$GITHUB_OUTPUT"
                  echo "leak=$SECRET" >> "$GITHUB_OUTPUT"
                  mkdir -p bin; printf '#!/bin/sh\\necho from the path\\n' > bin/mine; chmod +x bin/mine
                  echo "$PWD/bin" >> "$GITHUB_PATH"
                  echo '# Summary' >> "$GITHUB_STEP_SUMMARY"
                  echo "::add-mask::made-up"
                  echo "a made-up word"
                  echo "::warning file=a.js,line=3::careful"
              - run: echo "added=$ADDED level=$LEVEL"; mine
              - run: exit 3
                id: fails
                continue-on-error: true
              - if: failure()
                run: echo unseen
              - run: echo "${{ steps.fails.outcome }} ${{ steps.fails.conclusion }} ${{ toJSON(matrix) }}"
              - run: |
                  import os
                  print("python in", os.path.basename(os.getcwd()))
                shell: python
          b:
            needs: a
            if: needs.a.outputs.digest != ''
            runs-on: ubuntu-latest
            strategy: { matrix: { v: [1, 2] } }
            steps:
              - run: |
                  echo "got ${{ toJSON(needs.a.outputs.digest) }} v=${{ matrix.v }}"
                  env | grep -c '^AWS_ACCESS' || true
    """)
    done = play(lab, workflow, "--secret", "TOKEN", "--matrix", "v=2", env={"TOKEN": "hunter2-is-secret"}, check=0)
    assert "hunter2" not in done.stdout and "aHVudGVyMi" not in done.stdout, done.stdout
    for line in (
        "level=step secret=***", "a *** word", "Warning: a.js:3: careful", "added=yes level=job", "from the path",
        "failure success {}", "python in my-app", 'got "one\\ntwo" v=2', "Skip output 'leak' since it may contain secret.",
    ):
        assert line in done.stdout, (line, done.stdout)
    assert "  unseen" not in done.stdout


def test_composite_and_local_actions(lab, account, repository):
    outer = repository.folder / "actions/outer"
    outer.mkdir(parents=True)
    (outer / "action.yml").write_text(textwrap.dedent("""
        inputs: { who: { default: nobody } }
        outputs: { said: { value: '${{ steps.inner.outputs.said }}' } }
        runs:
          using: composite
          steps:
            - uses: ./actions/inner
              id: inner
              with: { who: '${{ inputs.who }}' }
            - run: test -f "$GITHUB_ACTION_PATH/action.yml" && echo "path ${{ github.action_path }}"
              shell: bash
    """))
    inner = repository.folder / "actions/inner"
    inner.mkdir()
    (inner / "action.yml").write_text("inputs: { who: { required: true } }\nruns: { using: node20, main: main.js, post: main.js }\n")
    (inner / "main.js").write_text(textwrap.dedent("""
        const fs = require("fs"), os = require("os");
        if (process.env.STATE_ran) { console.log("post of " + process.env.STATE_ran); process.exit(0); }
        fs.appendFileSync(process.env.GITHUB_STATE, `ran=${process.env.INPUT_WHO}${os.EOL}`);
        fs.appendFileSync(process.env.GITHUB_OUTPUT, `said=hello ${process.env.INPUT_WHO}${os.EOL}`);
    """))
    workflow = repository("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v7
              - uses: ./actions/outer
                id: outer
                with: { who: world }
              - run: echo "${{ steps.outer.outputs.said }}"
              - uses: ./actions/missing
    """)
    done = play(lab, workflow, check=1)
    assert "hello world" in done.stdout and "post of world" in done.stdout
    assert "Can't find 'action.yml', 'action.yaml' or 'Dockerfile'" in done.stdout


def test_time_is_bounded_and_processes_end(lab, account, repository):
    workflow = repository("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  sleep 600 &
                  sleep 600
                timeout-minutes: 0.02
              - if: always()
                run: echo cleaned
    """)
    done = play(lab, workflow, check=1)
    assert "The action has timed out" in done.stdout and "cleaned" in done.stdout


def test_the_callers_environment_stays_outside(lab, account, repository):
    workflow = repository("""
        on: push
        jobs: { a: { runs-on: ubuntu-latest, steps: [{ run: "env | sort; docker info" }] } }
    """)
    noise = {"AWS_SECRET_ACCESS_KEY": "callers", "MY_TOKEN": "callers", "GITHUB_TOKEN": "callers"}
    done = play(lab, workflow, env=noise, check=0)
    assert "callers" not in done.stdout
    assert f"HOME={lab.home}" not in done.stdout
    assert f"AWS_ENDPOINT_URL={lab.endpoint}" in done.stdout


def test_the_result_is_one_json_document(lab, account, repository):
    workflow = repository("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: { x: '${{ steps.s.outputs.x }}' }
            steps:
              - { id: s, run: 'echo x=1 >> "$GITHUB_OUTPUT"' }
              - run: 'echo "::error::no"; exit 1'
    """)
    got = report(lab, workflow, check=1)
    (job,) = got["jobs"]
    assert (got["conclusion"], job["conclusion"], job["outputs"]) == ("failure", "failure", {"x": "1"})
    assert [step["outcome"] for step in job["steps"]] == ["success", "failure"]
    assert job["annotations"][0] == {"level": "error", "message": "no"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on: push\njobs: {}\n", "no jobs"),
        ("on: push\njobs: { a: { runs-on: x, steps: [{ name: n }] } }\n", "has neither `run:` nor `uses:`"),
        ("on: push\njobs: { a: { needs: b, runs-on: ubuntu-latest, steps: [] } }\n", "no job `b`"),
        ("on: push\njobs: { a: { runs-on: [self-hosted, gpu], steps: [] } }\n", "error[run/no-runner]"),
        ("{", "is no workflow"),
    ],
)
def test_what_is_no_workflow_is_told(lab, account, repository, text, says):
    done = play(lab, repository(text), check=2)
    assert says in done.stderr


def test_the_shim_says_what_it_does_not_do(lab, account, repository):
    (repository.folder / "Run.Dockerfile").write_text("FROM scratch\nRUN echo\n")
    workflow = repository("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - { run: docker run hello, continue-on-error: true }
              - { run: docker build -f Run.Dockerfile ., continue-on-error: true }
              - run: |
                  docker build --build-arg V=2 -t one:two --label a=b .
                  docker image inspect one:two --format '{{.Os}} {{json .Config.Labels}}'
                  docker images -q one:two
                  echo nonsense | docker login -u AWS --password-stdin 111122223333.dkr.ecr.us-west-2.amazonaws.com
    """)
    done = play(lab, workflow, check=1)
    assert "'run' is not known to this shim" in done.stdout
    assert "line 2: `RUN` needs a container" in done.stdout
    assert 'linux {"org.opencontainers.image.title":"my-app"' in done.stdout
    assert "failed with status: 401" in done.stdout


def test_a_reusable_workflow_of_the_repository(lab, account, repository):
    repository("""
        on:
          workflow_call:
            inputs: { who: { type: string, required: true } }
            outputs: { said: { value: '${{ jobs.say.outputs.said }}' } }
        jobs:
          say:
            runs-on: ubuntu-latest
            outputs: { said: '${{ steps.s.outputs.said }}' }
            steps:
              - id: s
                run: echo "said=hello ${{ inputs.who }}" >> "$GITHUB_OUTPUT"
    """, "called.yml")
    workflow = repository("""
        on: push
        jobs:
          call: { uses: ./.github/workflows/called.yml, with: { who: world } }
          after:
            needs: call
            runs-on: ubuntu-latest
            steps: [{ run: 'echo "they said ${{ needs.call.outputs.said }}"' }]
    """)
    done = play(lab, workflow, "--job", "after", check=0)
    assert "they said hello world" in done.stdout
