"""EKS as its clients meet it: the cluster, who gets in, and the roles of pods."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request

import boto3
import pytest

from conftest import refused, statement, trust
from lab import VENV, run
from test_cluster import Cluster

CLUSTER = "hallpass-lab"
PODS = {"Service": "pods.eks.amazonaws.com"}
POD_ACTIONS = ["sts:AssumeRole", "sts:TagSession"]


@pytest.fixture
def eks(lab):
    return lab.client("eks")


@pytest.fixture(scope="module")
def cluster(lab):
    return Cluster(lab)


@pytest.fixture
def pod_role(iam, unique):
    """Makes roles that trust Pod Identity."""
    def make(principal=PODS, action=POD_ACTIONS, condition=None, policy=None, **more):
        name = unique("pod-role")
        arn = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust(principal, action, condition), **more
        )["Role"]["Arn"]
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return arn
    return make


@pytest.fixture
def user(iam, lab, unique):
    """Makes users with a policy; their keys."""
    def make(policy):
        name = unique("eks-user")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return arn, (key["AccessKeyId"], key["SecretAccessKey"])
    return make


def test_the_cluster_is_described_as_it_is(lab, eks, cluster):
    assert eks.list_clusters()["clusters"] == [CLUSTER]
    found = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert found["arn"] == f"arn:aws:eks:{lab.region}:{lab.account}:cluster/{CLUSTER}"
    assert found["endpoint"] == cluster.server
    assert found["identity"]["oidc"]["issuer"] == lab.env["HALLPASS_LAB_ISSUER"]
    assert found["status"] == "ACTIVE"
    version = cluster.send("GET", "/version")[1]
    assert found["version"] == f"{version['major']}.{version['minor']}"
    with refused("ResourceNotFoundException", "No cluster found for name: other.", status=404):
        eks.describe_cluster(name="other")
    eks.get_waiter("cluster_active").wait(name=CLUSTER, WaiterConfig={"MaxAttempts": 1})
    addon = eks.describe_addon(clusterName=CLUSTER, addonName=eks.list_addons(clusterName=CLUSTER)["addons"][0])
    assert addon["addon"]["addonName"] == "eks-pod-identity-agent"


def test_tags_of_the_cluster(lab, eks):
    arn = eks.describe_cluster(name=CLUSTER)["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"team": "builds", "x": "1"})
    eks.untag_resource(resourceArn=arn, tagKeys=["x"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "builds"}
    with refused("NotFoundException"):
        eks.list_tags_for_resource(resourceArn=arn + "x")


def test_each_operation_asks_for_its_own_permission(lab, user):
    arn = f"arn:aws:eks:{lab.region}:{lab.account}:cluster/{CLUSTER}"
    _, key = user(statement("eks:DescribeCluster", arn))
    mine = lab.client("eks", key)
    mine.describe_cluster(name=CLUSTER)
    with refused("AccessDeniedException", f"not authorized to perform: eks:ListPodIdentityAssociations on resource: {arn}", status=403):
        mine.list_pod_identity_associations(clusterName=CLUSTER)
    # Who may not, does not learn whether it is there.
    with refused("AccessDeniedException"):
        mine.describe_cluster(name="other")


def kubeconfig(lab, tmp_path, credentials=None):
    env = lab.client_environment(credentials)
    file = tmp_path / "kubeconfig"
    run([VENV / "aws", "eks", "update-kubeconfig", "--name", CLUSTER, "--kubeconfig", file], env=env)
    return file, env


def kubectl(file, env, *words, check=True):
    return run(["kubectl", "--kubeconfig", str(file), *words], env=env, check=check)


def test_kubectl_gets_in_with_the_aws_cli(lab, tmp_path):
    file, env = kubeconfig(lab, tmp_path)
    listed = kubectl(file, env, "get", "namespaces", "-o", "json")
    assert "kube-system" in {item["metadata"]["name"] for item in json.loads(listed.stdout)["items"]}


def test_only_principals_with_an_access_entry_get_in(lab, eks, user, cluster, tmp_path):
    arn, key = user(statement("eks:DescribeCluster"))
    token = lambda: json.loads(run(
        ["aws", "eks", "get-token", "--cluster-name", CLUSTER, "--output", "json"], env=lab.client_environment(key)
    ).stdout)["status"]["token"]
    assert cluster.send("GET", "/api/v1/namespaces", token=token())[0] == 401
    entry = eks.create_access_entry(clusterName=CLUSTER, principalArn=arn, kubernetesGroups=["team"])["accessEntry"]
    assert eks.describe_access_entry(clusterName=CLUSTER, principalArn=arn)["accessEntry"] == entry
    assert entry["username"] == arn and entry["kubernetesGroups"] == ["team"] and entry["type"] == "STANDARD"
    status, answer = cluster.send("GET", "/api/v1/namespaces", token=token())
    assert status == 403 and arn in answer["message"], answer
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    eks.associate_access_policy(
        clusterName=CLUSTER, principalArn=arn, policyArn=policy, accessScope={"type": "cluster"}
    )
    assert cluster.send("GET", "/api/v1/namespaces", token=token())[0] == 200
    assert eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=arn)["associatedAccessPolicies"][0]["policyArn"] == policy
    assert arn in eks.list_access_entries(clusterName=CLUSTER, associatedPolicyArn=policy)["accessEntries"]
    assert policy in {one["arn"] for one in eks.list_access_policies()["accessPolicies"]}
    namespaced = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    eks.associate_access_policy(
        clusterName=CLUSTER, principalArn=arn, policyArn=namespaced,
        accessScope={"type": "namespace", "namespaces": ["default"]},
    )
    old = token()
    eks.disassociate_access_policy(clusterName=CLUSTER, principalArn=arn, policyArn=policy)
    assert cluster.send("GET", "/api/v1/namespaces", token=old)[0] == 403
    assert cluster.send("GET", "/api/v1/namespaces/default/pods", token=old)[0] == 200
    assert cluster.send("GET", "/api/v1/namespaces/default/secrets", token=old)[0] == 403
    assert cluster.send("GET", "/api/v1/namespaces/kube-system/pods", token=old)[0] == 403
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=arn)
    assert cluster.send("GET", "/api/v1/namespaces", token=old)[0] == 401
    with refused("ResourceNotFoundException"):
        eks.describe_access_entry(clusterName=CLUSTER, principalArn=arn)


def test_a_token_is_for_this_cluster_and_this_call(lab, cluster, tmp_path):
    import base64
    from botocore.signers import RequestSigner

    def token(header=CLUSTER, action="GetCallerIdentity", seconds=60, host=lab.endpoint):
        session = boto3.session.Session(*lab.administrator, region_name=lab.region)
        client = session.client("sts", endpoint_url=lab.endpoint)
        signer = RequestSigner(
            client.meta.service_model.service_id, lab.region, "sts", "v4",
            session.get_credentials(), session.events,
        )
        url = signer.generate_presigned_url(
            {
                "method": "GET", "url": f"{host}/?Action={action}&Version=2011-06-15", "body": {},
                "headers": {"x-k8s-aws-id": header} if header else {}, "context": {},
            },
            region_name=lab.region, expires_in=seconds, operation_name="",
        )
        return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")

    status = lambda token: cluster.send("GET", "/api/v1/namespaces", token=token)[0]
    assert status(token()) == 200
    assert status(token(host=f"https://sts.{lab.region}.amazonaws.com")) == 200
    for bad in (
        token(header="other"), token(header=None), token(action="GetSessionToken"),
        token(host="https://sts.example.com"), token()[:-4], "k8s-aws-v1.", "k8s-aws-v1.aGVsbG8",
    ):
        assert status(bad) == 401, bad


def test_roles_get_in_under_their_sessions_name(lab, eks, iam, sts, cluster, unique):
    name = unique("eks-role")
    arn = iam.create_role(
        RoleName=name, Path="/ci/", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{lab.account}:root"})
    )["Role"]["Arn"]
    session = sts.assume_role(RoleArn=arn, RoleSessionName="job-1")["Credentials"]
    entry = eks.create_access_entry(clusterName=CLUSTER, principalArn=arn)["accessEntry"]
    assert entry["username"] == f"arn:aws:sts::{lab.account}:assumed-role/{name}/{{{{SessionName}}}}"
    env = lab.client_environment(session)
    token = json.loads(run(["aws", "eks", "get-token", "--cluster-name", CLUSTER], env=env).stdout)["status"]["token"]
    status, answer = cluster.send("GET", "/api/v1/namespaces", token=token)
    assert status == 403 and f"assumed-role/{name}/job-1" in answer["message"]
    with refused("ResourceInUseException", status=409):
        eks.create_access_entry(clusterName=CLUSTER, principalArn=arn)
    with refused("InvalidParameterException", "system:"):
        eks.update_access_entry(clusterName=CLUSTER, principalArn=arn, kubernetesGroups=["system:masters"])
    assert eks.update_access_entry(clusterName=CLUSTER, principalArn=arn, username="ci")["accessEntry"]["username"] == "ci"


def associate(eks, role, namespace, account, **more):
    return eks.create_pod_identity_association(
        clusterName=CLUSTER, namespace=namespace, serviceAccount=account, roleArn=role, **more
    )["association"]


def test_associations_are_kept_listed_changed_and_removed(lab, eks, pod_role, unique):
    first, second = pod_role(), pod_role()
    namespace = unique("assoc")
    made = associate(eks, first, namespace, "a", tags={"team": "x"}, clientRequestToken="t-1")
    assert made["associationArn"].endswith(f":podidentityassociation/{CLUSTER}/{made['associationId']}")
    assert associate(eks, first, namespace, "a", clientRequestToken="t-1")["associationId"] == made["associationId"]
    with refused("ResourceInUseException", "Association already exists", status=409):
        associate(eks, second, namespace, "a")
    associate(eks, first, namespace, "b")
    listed = eks.list_pod_identity_associations(clusterName=CLUSTER, namespace=namespace)["associations"]
    assert [one["serviceAccount"] for one in sorted(listed, key=lambda one: one["serviceAccount"])] == ["a", "b"]
    pages = eks.get_paginator("list_pod_identity_associations").paginate(
        clusterName=CLUSTER, namespace=namespace, PaginationConfig={"PageSize": 1}
    )
    assert sum(len(page["associations"]) for page in pages) == 2
    named = {"clusterName": CLUSTER, "associationId": made["associationId"]}
    changed = eks.update_pod_identity_association(**named, roleArn=second)["association"]
    assert changed["roleArn"] == second and changed["modifiedAt"] >= changed["createdAt"]
    eks.tag_resource(resourceArn=made["associationArn"], tags={"y": "2"})
    assert eks.describe_pod_identity_association(**named)["association"]["tags"] == {"team": "x", "y": "2"}
    eks.delete_pod_identity_association(**named)
    with refused("ResourceNotFoundException", status=404):
        eks.describe_pod_identity_association(**named)


def test_eks_checks_the_role_before_it_keeps_an_association(lab, eks, pod_role, user, unique):
    with refused("InvalidParameterException", "does not exist"):
        associate(eks, f"arn:aws:iam::{lab.account}:role/nobody", "n", unique("a"))
    for bad in (
        pod_role({"Service": "ec2.amazonaws.com"}),
        pod_role({"AWS": f"arn:aws:iam::{lab.account}:root"}),
        pod_role(action="sts:AssumeRole"),
    ):
        with refused("InvalidParameterException", "Trust policy of the role provided is invalid"):
            associate(eks, bad, "n", unique("a"))
    # Without tags, sts:TagSession is not needed; conditions are for later.
    associate(eks, pod_role(action="sts:AssumeRole"), "n", unique("a"), disableSessionTags=True)
    associate(eks, pod_role(condition={"StringEquals": {"aws:RequestTag/kubernetes-namespace": "x"}}), "n", unique("a"))
    with refused("InvalidParameterException", "disableSessionTags"):
        associate(eks, pod_role(), "n", unique("a"), policy=statement("s3:*"))
    role = pod_role()
    _, key = user(statement("eks:*"))
    with refused("AccessDeniedException", f"iam:PassRole on resource: {role}"):
        associate(lab.client("eks", key), role, "n", unique("a"))
    passing = {"StringEquals": {"iam:PassedToService": "pods.eks.amazonaws.com"}}
    both = json.loads(statement("eks:*"))
    both["Statement"] += json.loads(statement("iam:PassRole", role, Condition=passing))["Statement"]
    _, key = user(json.dumps(both))
    associate(lab.client("eks", key), role, "n", unique("a"))


class Pod:
    """A pod of an associated service account, and a process in its place."""

    def __init__(self, lab, cluster, namespace, account="app", **spec):
        cluster.namespace(namespace)
        cluster.account(namespace, account, **spec.pop("annotations", {}))
        self.lab, self.cluster, self.namespace, self.account = lab, cluster, namespace, account

    def create(self, name="pod"):
        self.name = name
        body = {
            "metadata": {"name": name},
            "spec": {"serviceAccountName": self.account, "containers": [{"name": "c", "image": "i"}]},
        }
        self.made = self.cluster.create(f"/api/v1/namespaces/{self.namespace}/pods", body)
        return self

    @property
    def environment(self):
        return self.cluster.environment(self.namespace, self.name)

    def session(self):
        """boto3 as in the container: it finds the agent by the variables alone."""
        environment = self.environment
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        script = (
            "import boto3, json; s = boto3.Session(); c = s.get_credentials();"
            "print(json.dumps({'method': c.method, 'key': list(c.get_frozen_credentials()),"
            f"'arn': s.client('sts', endpoint_url='{self.lab.endpoint}').get_caller_identity()['Arn']}}))"
        )
        done = run(
            [self.python(), "-c", script], env=own | environment | {"AWS_EC2_METADATA_DISABLED": "true"}
        )
        return json.loads(done.stdout)

    @staticmethod
    def python():
        import sys
        return sys.executable


def test_a_pod_gets_its_role_from_the_agent(lab, eks, cluster, pod_role, unique):
    namespace = unique("pods")
    role = pod_role()
    # Pod Identity wins over the annotation.
    pod = Pod(lab, cluster, namespace, annotations={"role": f"arn:aws:iam::{lab.account}:role/other"})
    associate(eks, role, namespace, "app")
    pod.create()
    [container] = pod.made["spec"]["containers"]
    variables = {one["name"]: one["value"] for one in container["env"]}
    assert variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://169.254.170.23/v1/credentials"
    assert "AWS_ROLE_ARN" not in variables
    assert pod.made["metadata"]["labels"]["eks.amazonaws.com/pod-identity"] == "enabled"
    session = pod.session()
    assert session["method"] == "container-role"
    assert session["arn"].startswith(f"arn:aws:sts::{lab.account}:assumed-role/{role.split('/')[1]}/eks-{CLUSTER}-p")
    assert lab.last_event("AssumeRoleForPodIdentity")["caller"] == f"system:serviceaccount:{namespace}:app in pod pod"


def agent(lab, token):
    request = urllib.request.Request(f"{lab.endpoint}/v1/credentials", headers={"Authorization": token} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token_of(pod):
    return open(pod.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read()


def test_sessions_of_pods_carry_their_tags(lab, eks, iam, cluster, pod_role, unique):
    namespace = unique("tags")
    arn = f"arn:aws:ecr:{lab.region}:{lab.account}:repository/{namespace}"
    condition = {"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": namespace}}
    role = pod_role(
        condition={"StringEquals": {"aws:RequestTag/kubernetes-service-account": "app"}},
        policy=statement("ecr:CreateRepository", arn, Condition=condition),
    )
    pod = Pod(lab, cluster, namespace)
    made = associate(eks, role, namespace, "app")
    status, found = agent(lab, token_of(pod.create()))
    assert status == 200 and found["AccountId"] == lab.account
    credentials = (found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    lab.client("ecr", credentials).create_repository(repositoryName=namespace)
    eks.update_pod_identity_association(
        clusterName=CLUSTER, associationId=made["associationId"], disableSessionTags=True
    )
    # Its trust policy asks for a tag that EKS no longer sends.
    status, said = agent(lab, token_of(pod))
    assert status == 400 and "(AccessDeniedException): Unauthorized Exception!" in said
    iam.update_assume_role_policy(RoleName=role.split("/")[1], PolicyDocument=trust(PODS, POD_ACTIONS))
    status, found = agent(lab, token_of(pod))
    credentials = (found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    with refused("AccessDeniedException"):
        lab.client("ecr", credentials).create_repository(repositoryName=namespace)
    eks.update_pod_identity_association(
        clusterName=CLUSTER, associationId=made["associationId"], policy=statement("ecr:DescribeRepositories"),
    )


def test_the_agent_refuses_what_is_no_token_of_a_pod(lab, eks, iam, cluster, pod_role, unique):
    namespace = unique("agent")
    pod = Pod(lab, cluster, namespace).create()
    good = lab.token(f"{namespace}/app", "--audience", "pods.eks.amazonaws.com")
    status, said = agent(lab, good)
    assert status == 404 and "(ResourceNotFoundException)" in said
    made = associate(eks, pod_role(), namespace, "app")
    assert agent(lab, good)[0] == 200
    for bad, code in (
        ("", "InvalidParameterException"),
        ("hello", "InvalidTokenException"),
        (good[:-4] + "AAAA", "InvalidTokenException"),
        (lab.token(f"{namespace}/app"), "InvalidTokenException"),
    ):
        status, said = agent(lab, bad)
        assert status == 400 and f"({code})" in said and said.endswith("fault: client\n"), said
    late = lab.token(f"{namespace}/app", "--audience", "pods.eks.amazonaws.com", "--duration", "1")
    time.sleep(1.1)
    status, said = agent(lab, late)
    assert status == 400 and "(ExpiredTokenException)" in said
    role = made["roleArn"].split("/")[1]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    status, said = agent(lab, good)
    assert status == 400 and "(AccessDeniedException)" in said


def test_the_api_of_eks_auth_is_the_agents(lab, eks, cluster, pod_role, user, unique):
    namespace = unique("auth")
    Pod(lab, cluster, namespace)
    made = associate(eks, pod_role(), namespace, "app")
    token = lab.token(f"{namespace}/app", "--audience", "pods.eks.amazonaws.com")
    answer = lab.client("eks-auth").assume_role_for_pod_identity(clusterName=CLUSTER, token=token)
    assert answer["subject"] == {"namespace": namespace, "serviceAccount": "app"}
    assert answer["podIdentityAssociation"]["associationId"] == made["associationId"]
    keys = answer["credentials"]
    mine = (keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"])
    assert lab.client("sts", mine).get_caller_identity()["Arn"] == answer["assumedRoleUser"]["arn"]
    _, key = user(None)
    with refused("AccessDeniedException", "eks-auth:AssumeRoleForPodIdentity"):
        lab.client("eks-auth", key).assume_role_for_pod_identity(clusterName=CLUSTER, token=token)
    with refused("ResourceNotFoundException"):
        lab.client("eks-auth").assume_role_for_pod_identity(clusterName="other", token=token)


def test_a_target_role_is_reached_through_the_first(lab, eks, iam, cluster, pod_role, unique):
    namespace = unique("target")
    Pod(lab, cluster, namespace)
    target_name = unique("target-role")
    target = f"arn:aws:iam::{lab.account}:role/{target_name}"
    first = pod_role(policy=statement(POD_ACTIONS, target))
    made = associate(eks, first, namespace, "app", targetRoleArn=target)
    external = made["externalId"]
    assert external == f"{lab.region}/{lab.account}/{CLUSTER}/{namespace}/app"
    token = lab.token(f"{namespace}/app", "--audience", "pods.eks.amazonaws.com")
    assert agent(lab, token)[0] == 400, "the target is not there"
    condition = {"StringEquals": {"sts:ExternalId": external, "aws:RequestTag/kubernetes-namespace": namespace}}
    iam.create_role(RoleName=target_name, AssumeRolePolicyDocument=trust({"AWS": first}, POD_ACTIONS, condition))
    status, found = agent(lab, token)
    assert status == 200, found
    mine = (found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    assert f"assumed-role/{target_name}/" in lab.client("sts", mine).get_caller_identity()["Arn"]
    condition["StringEquals"]["sts:ExternalId"] = "other"
    iam.update_assume_role_policy(RoleName=target_name, PolicyDocument=trust({"AWS": first}, POD_ACTIONS, condition))
    assert agent(lab, token)[0] == 400


def test_associations_outlive_a_kill(new_lab):
    lab = new_lab()
    role = lab.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust(PODS, POD_ACTIONS))["Role"]["Arn"]
    made = associate(lab.client("eks"), role, "n", "a")
    lab.kill()
    lab.start()
    listed = lab.client("eks").list_pod_identity_associations(clusterName=CLUSTER)["associations"]
    assert [one["associationId"] for one in listed] == [made["associationId"]]
