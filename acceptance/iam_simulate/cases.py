"""Generated cases for the differential test: deterministic, and written from AWS's pages, not from an engine.

A case is drawn from what both sides agree on, and then gets none, one or two of the *spices* of `spices.py`:
the corners of the language on which implementations part. So a disagreement on a case without spice is
a fault of one side, and one on a case with a spice is that spice's.
"""

import random

OWN, OTHER = "111122223333", "444455556666"
ROLE_NAME, SESSION_NAME = "ci", "run-1"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/{ISSUER}"
SAML = f"arn:aws:iam::{OWN}:saml-provider/corp"
SERVICE = "lambda.amazonaws.com"

# Actions, and the resource that each is asked for; `{account}` is the owner.
ACTIONS = [
    ("s3:GetObject", "arn:aws:s3:::reports/2026/q1.csv"),
    ("s3:ListBucket", "arn:aws:s3:::reports"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:{account}:orders"),
    ("ecr:PutImage", "arn:aws:ecr:eu-west-1:{account}:repository/team/app"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:{account}:table/Orders"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:{account}:function:send-mail"),
    ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:{account}:log-group:app:log-stream:1"),
    ("ec2:DescribeInstances", "*"),
]
TRUST_RESOURCE = "arn:aws:iam::{account}:role/deploy"


class Draw(random.Random):
    """Chance with names for what cases need."""

    def chance(self, share):
        return self.random() < share

    def some(self, values, most=3):
        return self.sample(values, min(len(values), self.randint(1, most)))

    def one_or_list(self, values):
        return values[0] if len(values) == 1 and self.chance(0.5) else values


def generate(seed, count):
    """The cases, named by their number and their spices."""
    from iam_simulate.spices import SPICES

    draw = Draw(seed)
    for number in range(count):
        case = base(draw)
        names = []
        wanted = draw.choices([0, 1, 2], [45, 47, 8])[0]
        for name in draw.sample(sorted(SPICES), len(SPICES)):
            if len(names) == wanted:
                break
            if SPICES[name](draw, case):
                names.append(name)
        case["name"] = f"{number}:{'+'.join(names)}"
        yield case
    yield endless(count)


def endless(number):
    """A pattern that a matcher with backtracking does not come to the end of."""
    wanted = {"StringLike": {"custom:text": "a*" * 40 + "b"}}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": wanted}
    caller = caller_of("user", OWN)
    return {
        "name": f"{number}:endless",
        "request": {
            "principal": caller["principal"],
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::reports/q1",
            "resourceAccountId": OWN,
            "context": caller["keys"] | {"custom:text": "a" * 80},
        },
        "identityPolicies": [{"Version": "2012-10-17", "Statement": allow}],
    }


def base(draw):
    """A case on which two right implementations agree."""
    kind = draw.choices(
        ["user", "role", "session", "federated-user", "service", "anonymous", "web", "saml", "assume"],
        [18, 8, 24, 8, 6, 6, 12, 4, 14],
    )[0]
    if kind in ("web", "saml", "assume"):
        return trust_case(draw, kind)
    caller = caller_of(kind, OWN)
    owner = OWN if draw.chance(0.7) else OTHER
    action, resource = draw.choice(ACTIONS)
    case = {
        "name": "",
        "request": {
            "principal": caller["principal"],
            "action": action if draw.chance(0.9) else draw.choice([action.lower(), action.upper()]),
            "resource": resource.format(account=owner),
            "resourceAccountId": owner,
            "context": context(draw, caller, owner),
        },
    }
    has_own_policies = kind in ("user", "role", "session", "federated-user")
    if has_own_policies and draw.chance(0.85):
        case["identityPolicies"] = [document(draw, case) for _ in range(draw.randint(1, 3))]
    if draw.chance(0.5 if has_own_policies and owner == OWN else 0.9):
        case["resourcePolicy"] = document(draw, case, principals=True)
    if kind in ("user", "role", "session") and draw.chance(0.2):
        case["permissionBoundaries"] = [document(draw, case, generous=True)]
    # A federated user without a session policy, and who a session policy caps, are spices.
    if kind == "federated-user" or (kind in ("role", "session") and draw.chance(0.2)):
        if kind == "federated-user" or "resourcePolicy" not in case:
            case["sessionPolicies"] = [document(draw, case, generous=True)]
    if kind == "federated-user":
        case.pop("resourcePolicy", None) if owner == OWN else None
    if has_own_policies and draw.chance(0.2):
        case["serviceControlPolicies"] = levels(draw, case)
    if draw.chance(0.12):
        case["resourceControlPolicies"] = levels(draw, case, principals=True)
    return case


def trust_case(draw, kind):
    """Someone assumes a role, by its trust policy."""
    owner = OWN
    if kind == "web":
        principal, action = {"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity"
    elif kind == "saml":
        principal, action = {"Federated": SAML}, "sts:AssumeRoleWithSAML"
    else:
        principal = None
        action = draw.choice(["sts:AssumeRole"] * 4 + ["sts:TagSession", "sts:SetSourceIdentity"])
        owner = OWN if draw.chance(0.5) else OTHER
    caller = caller_of(draw.choice(["user", "role", "session"]), OWN)
    case = {
        "name": "",
        "request": {
            "principal": principal or caller["principal"],
            "action": action,
            "resource": TRUST_RESOURCE.format(account=owner),
            "resourceAccountId": owner,
            "context": claims(draw, kind) if principal else context(draw, caller, owner),
        },
    }
    if principal is None and draw.chance(0.7):
        case["identityPolicies"] = [document(draw, case)]
    if draw.chance(0.95):
        case["resourcePolicy"] = document(draw, case, principals=True, resources=False)
    return case


def caller_of(kind, account):
    """Who calls, and the keys of AWS that follow from it."""
    role = f"arn:aws:iam::{account}:role/{ROLE_NAME}"
    arn, kind_key, more = {
        "user": (f"arn:aws:iam::{account}:user/dev/ana", "User", {"aws:username": "ana"}),
        "role": (role, "AssumedRole", {}),
        "session": (
            f"arn:aws:sts::{account}:assumed-role/{ROLE_NAME}/{SESSION_NAME}",
            "AssumedRole",
            {"aws:PrincipalArn": role},
        ),
        "federated-user": (f"arn:aws:sts::{account}:federated-user/fay", "FederatedUser", {}),
        "root": (f"arn:aws:iam::{account}:root", "Account", {}),
        "service": (SERVICE, None, {"aws:PrincipalServiceName": SERVICE}),
        "anonymous": ("*", "Anonymous", {}),
    }[kind]
    keys = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": kind_key,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalServiceName": None,
        "aws:username": None,
    }
    if kind == "service":
        keys |= {"aws:PrincipalArn": None, "aws:PrincipalAccount": None, "aws:PrincipalIsAWSService": "true"}
    if kind == "anonymous":
        keys |= {"aws:PrincipalArn": None, "aws:PrincipalAccount": "anonymous", "aws:PrincipalIsAWSService": None}
    return {"principal": {"Service": arn} if kind == "service" else arn, "keys": keys | more}


def context(draw, caller, owner):
    """The request's keys: those of the caller, and some that policies ask for."""
    keys = caller["keys"] | {"aws:ResourceAccount": owner}
    for key, values in VALUES.items():
        if draw.chance(0.75):
            keys[key] = draw.choice(values)
    for key, values in SETS.items():
        if draw.chance(0.75):
            keys[key] = draw.some(values)
    return keys


def claims(draw, kind):
    """What a token or an assertion brings."""
    if kind == "saml":
        return {
            "saml:aud": "https://signin.aws.amazon.com/saml",
            "saml:sub": draw.choice(["ana@example.com", "bob@example.com"]),
            "aws:ResourceAccount": OWN,
        }
    keys = {
        f"{ISSUER}:aud": draw.choice(["sts.amazonaws.com"] * 4 + ["https://github.com/octo"]),
        f"{ISSUER}:sub": draw.choice(SUBJECTS),
        "aws:ResourceAccount": OWN,
    }
    if draw.chance(0.5):
        keys[f"{ISSUER}:job_workflow_ref"] = "octo/app/.github/workflows/deploy.yml@refs/heads/main"
    return keys


SUBJECTS = [
    "repo:octo/app:ref:refs/heads/main",
    "repo:octo/app:ref:refs/heads/dev",
    "repo:octo/app:pull_request",
    "repo:octo/app:environment:prod",
    "repo:evil/app:ref:refs/heads/main",
]

# Keys with one value.
VALUES = {
    "aws:SourceIp": ["203.0.113.9", "198.51.100.77", "10.1.2.3", "2001:db8::1"],
    "aws:CurrentTime": ["2026-03-01T12:00:00Z", "2025-12-31T23:59:59Z"],
    "aws:SecureTransport": ["true", "false", "True"],
    "aws:MultiFactorAuthAge": ["60", "3600", "0"],
    "s3:max-keys": ["10", "10.5", "100"],
    "aws:PrincipalTag/team": ["blue", "Blue", "red", "b*"],
    "aws:RequestedRegion": ["eu-west-1", "us-east-1"],
    "aws:SourceArn": [
        f"arn:aws:sns:eu-west-1:{OWN}:topic",
        f"arn:aws:sns:us-east-1:{OTHER}:topic/a:b",
    ],
    "custom:blob": ["QmluYXJ5", "Ymluag=="],
}
# Keys with several.
SETS = {
    "aws:TagKeys": ["cost", "env", "owner", "Env"],
    "aws:CalledVia": ["athena.amazonaws.com", "cloudformation.amazonaws.com"],
}

# What policies ask of each key: operators, and values.
STRINGS = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]
LIKE = ["StringLike", "StringNotLike"]
NUMERIC = [
    f"Numeric{name}"
    for name in ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
]
DATES = [name.replace("Numeric", "Date") for name in NUMERIC]
ARNS = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]


def condition(draw, case):
    """One condition: operator, key, values."""
    keys = case["request"]["context"]
    if any(key.startswith((ISSUER, "saml:")) for key in keys) and draw.chance(0.9):
        return claim_condition(draw, keys)
    kind = draw.choice(["string", "like", "number", "date", "bool", "ip", "arn", "null", "binary", "set", "set"])
    if kind == "string":
        key = draw.choice(["aws:PrincipalTag/team", "aws:RequestedRegion", "aws:PrincipalType", "aws:username"])
        wanted = ["blue", "RED", "b*", "eu-west-1", "User", "AssumedRole", "ana", "${aws:PrincipalTag/team}"]
        operator = draw.choice(STRINGS)
    elif kind == "like":
        key = draw.choice(["aws:PrincipalTag/team", "aws:RequestedRegion", "aws:PrincipalArn"])
        wanted = ["b*", "?lue", "*", "eu-*", "B*", "arn:aws:iam::*:role/*", "*:user/dev/*", "b${*}"]
        operator = draw.choice(LIKE)
    elif kind == "number":
        key, wanted = draw.choice(["aws:MultiFactorAuthAge", "s3:max-keys"]), ["10", "60", "3600", "10.5", "0"]
        operator = draw.choice(NUMERIC)
    elif kind == "date":
        key, wanted = "aws:CurrentTime", ["2026-01-01T00:00:00Z", "2026-03-01T12:00:00Z", "2027-01-01", "2026-03"]
        operator = draw.choice(DATES)
    elif kind == "bool":
        key, wanted, operator = draw.choice(["aws:SecureTransport", "aws:PrincipalIsAWSService"]), ["true", "false"], "Bool"
    elif kind == "ip":
        key = "aws:SourceIp"
        wanted = ["203.0.113.0/24", "10.0.0.0/8", "198.51.100.77/32", "2001:db8::/32", "128.0.0.0/1"]
        operator = draw.choice(["IpAddress", "NotIpAddress"])
    elif kind == "arn":
        key = draw.choice(["aws:SourceArn", "aws:PrincipalArn"])
        wanted = [
            f"arn:aws:sns:*:{OWN}:*",
            "arn:aws:sns:eu-west-?:*:topic",
            f"arn:aws:iam::{OWN}:role/*",
            "arn:aws:iam::*:user/dev/ana",
            "arn:aws:sns:*:*:topic/*:b",
        ]
        operator = draw.choice(ARNS)
    elif kind == "null":
        key = draw.choice(sorted(VALUES) + sorted(SETS))
        return "Null", key, draw.choice(["true", "false"])
    elif kind == "binary":
        key, wanted, operator = "custom:blob", ["QmluYXJ5", "b3RoZXI="], "BinaryEquals"
    else:
        key = draw.choice(sorted(SETS))
        wanted = SETS[key] + ["other"]
        operator = draw.choice(["ForAllValues:", "ForAnyValue:"]) + draw.choice(STRINGS + LIKE)
        wanted = [value if draw.chance(0.7) else value[:2] + "*" for value in wanted]
    if not operator.startswith("ForAnyValue") and draw.chance(0.2):
        operator += "IfExists"
    if draw.chance(0.1):
        operator = operator.lower()
    key = key if draw.chance(0.85) else key.upper()
    return operator, key, draw.one_or_list(draw.some(wanted))


def claim_condition(draw, keys):
    if "saml:aud" in keys:
        key = draw.choice(["saml:aud", "saml:sub"])
        wanted = [keys[key], "https://signin.aws.amazon.com/saml", "*@example.com"]
    else:
        key = f"{ISSUER}:{draw.choice(['aud', 'sub', 'sub', 'job_workflow_ref'])}"
        wanted = ["sts.amazonaws.com", "repo:octo/app:*", "repo:octo/*:ref:refs/heads/main", "repo:octo/app:pull_request"]
        wanted += [keys[key]] * 2 if key in keys else ["octo/app/.github/workflows/*"]
    operator = draw.choice(["StringEquals", "StringLike", "StringLike", "ForAnyValue:StringLike", "StringNotLike"])
    return operator, key, draw.one_or_list(draw.some(wanted, 2))


def document(draw, case, *, principals=False, resources=True, generous=False):
    """A policy document about the request."""
    statements = [
        statement(draw, case, principals=principals, resources=resources, generous=generous)
        for _ in range(draw.choices([1, 2, 3], [5, 3, 1])[0])
    ]
    one = len(statements) == 1 and draw.chance(0.5)
    return {"Version": "2012-10-17", "Statement": statements[0] if one else statements}


def statement(draw, case, *, principals, resources, generous):
    asked = case["request"]
    effect = "Allow" if draw.chance(0.85 if generous else 0.8) else "Deny"
    result = {"Effect": effect}
    if draw.chance(0.3):
        result["Sid"] = f"S{draw.randint(1, 99)}"
    if principals:
        result["Principal"] = principal(draw, case, effect)
    negated = draw.chance(0.1)
    actions = [action_pattern(draw, asked["action"], negated) for _ in range(draw.randint(1, 2))]
    result["NotAction" if negated else "Action"] = draw.one_or_list(actions)
    if resources:
        negated = draw.chance(0.1) and asked["resource"] != "*"
        patterns = [resource_pattern(draw, asked["resource"], negated) for _ in range(draw.randint(1, 2))]
        result["NotResource" if negated else "Resource"] = draw.one_or_list(patterns)
    for _ in range(draw.choices([0, 1, 2], [5, 4, 1] if not generous else [8, 2, 0])[0]):
        operator, key, values = condition(draw, case)
        block = result.setdefault("Condition", {}).setdefault(operator, {})
        if not any(known.lower() == key.lower() for known in block):
            block[key] = values
    return result


def principal(draw, case, effect):
    """Whom a statement names; most often the caller in one of its forms."""
    given = case["request"]["principal"]
    if draw.chance(0.15):
        return draw.choice(["*", {"AWS": "*"}])
    if isinstance(given, dict):
        (kind, name), = given.items()
        others = {"Service": ["ec2.amazonaws.com"], "Federated": [SAML + "x", PROVIDER + "x"]}[kind]
        return {kind: draw.one_or_list([name] if draw.chance(0.85) else others)}
    if given == "*":
        return {"AWS": draw.choice([OWN, OTHER])}
    forms = [OWN, f"arn:aws:iam::{OWN}:root", given, given]
    if "assumed-role" in given:
        forms.append(f"arn:aws:iam::{OWN}:role/{ROLE_NAME}")
    others = [OTHER, f"arn:aws:iam::{OWN}:user/dev/bob", f"arn:aws:iam::{OTHER}:role/{ROLE_NAME}"]
    named = draw.some(forms, 2) if draw.chance(0.8) else draw.some(others, 2)
    result = {"AWS": draw.one_or_list(named)}
    if draw.chance(0.15):
        result["Service"] = SERVICE
    return result


def action_pattern(draw, action, negated):
    service, _, name = action.partition(":")
    near = [action, f"{service}:*", f"{service}:{name[:3]}*", f"{service}:?{name[1:]}", "*", action.swapcase()]
    far = [f"{service}:Other", "iam:*", f"{service}:{name}X", f"{service}:?{name}"]
    return draw.choice(near if draw.chance(0.3 if negated else 0.85) else far)


def resource_pattern(draw, resource, negated):
    if resource == "*":
        return "*" if draw.chance(0.8) else f"arn:aws:sqs:*:{OWN}:*"
    head, _, name = resource.rpartition(":")
    prefix, _, product, region, account = resource.split(":")[:5]
    del prefix
    near = [
        resource,
        "*",
        resource[:-1] + "*",
        resource[:-2] + "?" + resource[-1],
        resource[:-3] + "*" + resource[-1],
        resource.replace(f":{region}:", ":*:", 1) if region else resource,
        resource.replace(f":{account}:", ":*:", 1) if account else resource,
    ]
    far = [resource + "x", head + ":" + name[::-1], "arn:aws:s3:::other/*", resource.upper().replace("ARN:AWS", "arn:aws")]
    del product
    return draw.choice(near if draw.chance(0.3 if negated else 0.85) else far)


def levels(draw, case, *, principals=False):
    """Control policies: one to three levels, most of which allow all."""
    result = []
    for _ in range(draw.randint(1, 3)):
        level = []
        if draw.chance(0.7):
            everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            level.append({"Version": "2012-10-17", "Statement": everything})
        if draw.chance(0.4) or not level:
            level.append(document(draw, case, generous=True))
        if principals:
            for one in level:
                statements = one["Statement"]
                for each in statements if isinstance(statements, list) else [statements]:
                    each["Principal"] = "*"
        result.append(level)
    return result
