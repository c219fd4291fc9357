"""The lab's AWS services beside moto_server: requests per second, latency, memory.

Each case is one prepared request that wrk sends over and over: the exchange of a web identity token,
which the lab verifies in full, and two signed calls, whose signatures it verifies as well.
"""

import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials

import comparison

SECONDS = 8
CONNECTIONS = 32
ROLE = "bench-role"
SUBJECT = "system:serviceaccount:bench:runner"


def prepare(endpoint, env, issuer):
    """Makes the provider and the role, by whatever the endpoint is."""
    session = boto3.Session(
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        region_name=env["AWS_REGION"],
    )
    iam = session.client("iam", endpoint_url=endpoint)
    account = env.get("HALLPASS_LAB_ACCOUNT", "123456789012")
    host = issuer.removeprefix("https://")
    iam.create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{host}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": SUBJECT}
                },
            }
        ],
    }
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    return role["Role"]["Arn"]


def signed(endpoint, env, service, region, headers, body):
    request = botocore.awsrequest.AWSRequest("POST", endpoint + "/", headers=headers, data=body)
    credentials = botocore.credentials.Credentials(
        env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    )
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers), body


def form(**fields):
    return urllib.parse.urlencode(fields)


def cases(endpoint, env, role_arn, token):
    """The requests, fresh for each run: a signature holds for five minutes."""
    form_type = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    exchange = form(
        Action="AssumeRoleWithWebIdentity",
        Version="2011-06-15",
        RoleArn=role_arn,
        RoleSessionName="bench",
        WebIdentityToken=token,
    )
    region = env["AWS_REGION"]
    return {
        "assume-role-with-web-identity": (form_type, exchange),
        "get-role": signed(
            endpoint,
            env,
            "iam",
            "us-east-1",
            form_type,
            form(Action="GetRole", Version="2010-05-08", RoleName=ROLE),
        ),
        "get-authorization-token": signed(
            endpoint,
            env,
            "ecr",
            region,
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
            },
            "{}",
        ),
    }


def wrk(endpoint, headers, body, seconds=SECONDS, connections=CONNECTIONS):
    """Requests per second and latencies in milliseconds; any answer but 200 ends the benchmark."""
    lua = ["wrk.method = 'POST'", f"wrk.body = {json.dumps(body)}"]
    lua += [f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in headers.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(lua))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        said = subprocess.run(
            [*command, "-s", script.name, endpoint + "/"], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"the server refused or dropped requests:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])

    def latency(percent):
        number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", said).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return rate, latency(50), latency(99)


def run(endpoint, env, role_arn, token):
    results = {}
    for name, (headers, body) in cases(endpoint, env, role_arn, token).items():
        wrk(endpoint, headers, body, seconds=1)
        results[name] = wrk(endpoint, headers, body)
    return results


def ours():
    with comparison.lab() as (process, env, folder):
        endpoint = env["AWS_ENDPOINT_URL"]
        role_arn = prepare(endpoint, env, env["HALLPASS_LAB_ISSUER"])
        control = json.loads(pathlib.Path(folder, "lab.json").read_text())
        token = lab_token(env, control)
        results = run(endpoint, env, role_arn, token)
        return results, process.peak_mib()


def lab_token(env, control):
    """A real token of a service account that is made for it through the cluster's API."""
    context = ssl.create_default_context(cafile=env["HALLPASS_LAB_CA"])
    kubeconfig = pathlib.Path(env["KUBECONFIG"]).read_text()
    bearer = re.search(r"token:\s*\"?([^\s\"]+)", kubeconfig)[1]

    def post(path, body):
        request = urllib.request.Request(
            f"https://{control['cluster']}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return json.load(answer)

    metadata = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bench"}}
    post("/api/v1/namespaces", metadata)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
    post("/api/v1/namespaces/bench/serviceaccounts", account)
    wish = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 3600},
    }
    answer = post("/api/v1/namespaces/bench/serviceaccounts/runner/token", wish)
    return answer["status"]["token"]


def peer():
    port = comparison.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    env = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-west-2"}
    binary = pathlib.Path(sys.executable).with_name("moto_server")
    process = comparison.Process([str(binary), "-H", "127.0.0.1", "-p", str(port)])
    try:
        comparison.wait_for(("127.0.0.1", port))
        role_arn = prepare(endpoint, env, "https://oidc.eks.us-west-2.amazonaws.com/id/BENCH")
        # moto checks nothing of the token, so any text of a token's length does.
        results = run(endpoint, env, role_arn, "x" * 1100)
        return results, process.peak_mib()
    finally:
        process.stop()


def main():
    table = comparison.Table("lab", "moto_server 5.2.5")
    (our_results, our_memory), (peer_results, peer_memory) = ours(), peer()
    for name, (rate, p50, p99) in our_results.items():
        peer_rate, peer_p50, peer_p99 = peer_results[name]
        table.add(f"{name} c={CONNECTIONS}", "req/s", rate, peer_rate, True)
        table.add(f"{name} c={CONNECTIONS} p50", "ms", p50, peer_p50, False)
        table.add(f"{name} c={CONNECTIONS} p99", "ms", p99, peer_p99, False)
    table.add("peak resident memory", "MiB", our_memory, peer_memory, False)
    table.print()


main()
