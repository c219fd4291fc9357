"""Corners of the language on which implementations part, each put into a case that has none.

A spice changes a case and tells whether it could: a case without a resource's policy cannot name anyone.
"""

from iam_simulate.cases import (
    ARNS,
    DATES,
    ISSUER,
    LIKE,
    NUMERIC,
    OTHER,
    OWN,
    PROVIDER,
    ROLE_NAME,
    SESSION_NAME,
    STRINGS,
    caller_of,
    document,
    levels,
)

SPICES = {}


def spice(function):
    SPICES[function.__name__.replace("_", "-")] = function
    return function


def policies(case):
    """Each document with its field."""
    for field in ("identityPolicies", "permissionBoundaries", "sessionPolicies"):
        for one in case.get(field) or []:
            yield field, one
    for field in ("serviceControlPolicies", "resourceControlPolicies"):
        for level in case.get(field) or []:
            for one in level:
                yield field, one
    if case.get("resourcePolicy"):
        yield "resourcePolicy", case["resourcePolicy"]


def statements(case, fields=None):
    """Each statement with its field and its document."""
    for field, one in policies(case):
        if fields is None or field in fields:
            listed = one["Statement"]
            for each in listed if isinstance(listed, list) else [listed]:
                yield field, one, each


def target(draw, case, *, resources=False):
    """A statement to be changed; a policy that decides alone comes first."""
    found = list(statements(case, ("identityPolicies", "resourcePolicy", "sessionPolicies")))
    if resources:
        found = [entry for entry in found if "Resource" in entry[2] or "NotResource" in entry[2]]
        if case["request"]["resource"] == "*":
            return None
    return draw.choice(found) if found else None


def ask(draw, case, operator, key, wanted, got=None):
    """Adds a condition to a statement, and the key's value to the request."""
    found = target(draw, case)
    if not found:
        return False
    found[2].setdefault("Condition", {}).setdefault(operator, {})[key] = wanted
    if got is not None:
        case["request"]["context"][key] = got
    return True


def name_principal(statement, principal):
    statement.pop("NotPrincipal", None)
    statement["Principal"] = principal


def set_resource(draw, case, pattern):
    """Puts a pattern in place of a statement's resources."""
    found = target(draw, case, resources=True)
    if not found:
        return False
    element = "Resource" if "Resource" in found[2] else "NotResource"
    found[2][element] = pattern
    return True


@spice
def epoch_dates(draw, case):
    instants = ["1772366400", "1767225600", "2026-03-01T12:00:00Z", "2026-01-01T00:00:00Z"]
    return ask(draw, case, draw.choice(DATES), "custom:when", draw.some(instants, 2), draw.choice(instants))


@spice
def old_version(draw, case):
    found = target(draw, case)
    if not found:
        return False
    if draw.chance(0.5):
        found[1]["Version"] = "2008-10-17"
    else:
        del found[1]["Version"]
    team = case["request"]["context"].setdefault("aws:PrincipalTag/team", "blue")
    case["request"]["context"]["custom:text"] = draw.choice([team, "${aws:PrincipalTag/team}", "*"])
    wanted = draw.choice(["${aws:PrincipalTag/team}", "${aws:PrincipalTag/team}", "${*}"])
    found[2].setdefault("Condition", {}).setdefault(draw.choice(LIKE + STRINGS), {})["custom:text"] = wanted
    return True


@spice
def escapes(draw, case):
    wanted = draw.choice(["a${*}b", "a${?}b", "a${$}b", "${$}{aws:username}"])
    got = draw.choice(["a*b", "a?b", "a$b", "${aws:username}", wanted])
    return ask(draw, case, draw.choice(STRINGS + LIKE), "custom:text", wanted, got)


@spice
def every_address(draw, case):
    wanted = draw.choice(["0.0.0.0/0", ["0.0.0.0/0", "::/0"], "::/0"])
    return ask(draw, case, draw.choice(["IpAddress", "NotIpAddress"]), "custom:ip", wanted, draw.choice(["203.0.113.9", "2001:db8::9", "0.0.0.0"]))


@spice
def address_forms(draw, case):
    forms = ["2001:db8::1", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::2"]
    return ask(draw, case, draw.choice(["IpAddress", "NotIpAddress"]), "custom:ip", draw.choice(forms), draw.choice(forms))


@spice
def several_values(draw, case):
    operator = draw.choice(STRINGS + LIKE) + draw.choice(["", "IfExists"])
    return ask(draw, case, operator, "custom:many", draw.some(["a", "b", "c"], 2), draw.some(["a", "b", "d"]))


@spice
def no_values(draw, case):
    operator = draw.choice(["", "ForAnyValue:", "ForAllValues:"]) + draw.choice(STRINGS + LIKE)
    if draw.chance(0.3):
        operator = "Null"
    wanted = draw.choice(["true", "false"]) if operator == "Null" else ["a", "b"]
    return ask(draw, case, operator, "custom:many", wanted, [])


@spice
def empty_text(draw, case):
    operator = draw.choice(["ForAnyValue:", "ForAllValues:", ""]) + draw.choice(STRINGS + LIKE)
    return ask(draw, case, operator, "custom:many", draw.choice([["a"], [""], ["*"]]), draw.choice(["", [""]]) if ":" in operator else "")


@spice
def any_if_exists(draw, case):
    got = draw.choice([None, ["a"], ["z"]])
    return ask(draw, case, "ForAnyValue:" + draw.choice(STRINGS + LIKE) + "IfExists", "custom:many", ["a", "b"], got)


@spice
def number_forms(draw, case):
    forms = ["1e3", "1000", "10.0", "010", "1E-1", "0.1", "1"]
    return ask(draw, case, draw.choice(NUMERIC), "custom:number", draw.choice(forms), draw.choice(forms))


@spice
def not_of_the_type(draw, case):
    operator, wanted, got = draw.choice(
        [
            (draw.choice(NUMERIC), "10", draw.choice(["many", "10 apples"])),
            (draw.choice(NUMERIC), "ten", "10"),
            (draw.choice(DATES), "2026-01-01T00:00:00Z", "soon"),
            (draw.choice(DATES), "someday", "2026-01-01T00:00:00Z"),
            ("Bool", "true", "yes"),
            (draw.choice(["IpAddress", "NotIpAddress"]), "203.0.113.0/24", "example.com"),
            (draw.choice(["IpAddress", "NotIpAddress"]), "203.0.113.0/33", "203.0.113.9"),
        ]
    )
    return ask(draw, case, operator, "custom:typed", wanted, got)


@spice
def unresolved_variables(draw, case):
    variable = draw.choice(["${aws:PrincipalTag/none}", "x${aws:PrincipalTag/none}*", "${aws:TagKeys}"])
    case["request"]["context"]["aws:TagKeys"] = ["cost", "env"]
    if draw.chance(0.5):
        return set_resource(draw, case, [f"arn:aws:s3:::{variable}", "arn:aws:s3:::other"])
    return ask(draw, case, draw.choice(STRINGS + LIKE), "custom:text", [variable, "other"], draw.choice(["x", "other"]))


@spice
def default_forms(draw, case):
    form = draw.choice(
        [
            "${aws:PrincipalTag/none, 'x'}",
            "${aws:PrincipalTag/none, ''}",
            "${aws:TagKeys, 'x'}",
            "${custom:empty, 'x'}",
        ]
    )
    case["request"]["context"] |= {"aws:TagKeys": ["cost", "env"], "custom:empty": ""}
    return ask(draw, case, draw.choice(STRINGS + LIKE), "custom:text", form, draw.choice(["x", "", "y"]))


@spice
def variables_in_segments(draw, case):
    parts = case["request"]["resource"].split(":")
    if len(parts) < 6 or not parts[4]:
        return False
    case["request"]["context"].setdefault("aws:RequestedRegion", "eu-west-1")
    place, variable = draw.choice([(4, "${aws:PrincipalAccount}"), (3, "${aws:RequestedRegion}"), (4, "${aws:ResourceAccount}")])
    parts[place] = variable
    return set_resource(draw, case, ":".join(parts))


@spice
def case_of_segments(draw, case):
    parts = case["request"]["resource"].split(":")
    if len(parts) < 6 or parts[2] == "iam":
        return False
    place = draw.choice([1, 2] if not parts[3] else [1, 2, 3])
    parts[place] = parts[place].upper()
    return set_resource(draw, case, ":".join(parts))


@spice
def wildcards_in_types(draw, case):
    head, _, name = case["request"]["resource"].rpartition(":")
    if "/" not in name or head.endswith("s3::"):
        return False
    kind, _, rest = name.partition("/")
    return set_resource(draw, case, f"{head}:{draw.choice([kind[:-1] + '*', '*/' + rest, '?' + kind[1:] + '/' + rest, '*' + rest])}")


@spice
def stars_across_colons(draw, case):
    parts = case["request"]["resource"].split(":")
    if len(parts) < 7:
        return False
    pattern = draw.choice(
        [
            f"arn:aws:{parts[2]}:*:{parts[-2]}:{parts[-1]}",
            f"arn:aws:{parts[2]}:{parts[3]}:*:{parts[-1]}",
            f"arn:aws:{parts[2]}:eu-*:{parts[-1]}:*",
        ]
    )
    return set_resource(draw, case, pattern)


@spice
def short_arns(draw, case):
    service = case["request"]["resource"].split(":")[2] if ":" in case["request"]["resource"] else "sqs"
    found = [entry for entry in statements(case) if "Resource" in entry[2]]
    if not found or case["request"]["resource"] == "*":
        return False
    draw.choice(found)[2]["Resource"] = draw.choice([f"arn:aws:{service}", f"arn:aws:{service}:*", "arn:aws:*", "arn:*"])
    return True


@spice
def arns_in_part(draw, case):
    wanted = draw.choice(["*", "arn:aws:sns", "arn:aws:sns:*", "arn:aws:sns:eu-west-1:*", "topic"])
    got = draw.choice([f"arn:aws:sns:eu-west-1:{OWN}:topic", "topic", f"arn:aws:sqs:eu-west-1:{OWN}:q"])
    return ask(draw, case, draw.choice(ARNS), "custom:arn", wanted, got)


def same_account(case):
    request = case["request"]
    return request["resourceAccountId"] == OWN and isinstance(request["principal"], str) and request["principal"] != "*"


def is_session(case):
    return "assumed-role" in str(case["request"]["principal"])


@spice
def session_grants(draw, case):
    """A resource's policy grants the session itself, or its role, beside a session policy."""
    if not (same_account(case) and is_session(case)):
        return False
    case["sessionPolicies"] = [document(draw, case, generous=draw.chance(0.5))]
    if "resourcePolicy" not in case:
        case["resourcePolicy"] = document(draw, case, principals=True)
    found = draw.choice(list(statements(case, ("resourcePolicy",))))
    named = [case["request"]["principal"], f"arn:aws:iam::{OWN}:role/{ROLE_NAME}", "*", OWN]
    name_principal(found[2], {"AWS": draw.choice(named)})
    return True


def change_caller(draw, case, kind):
    if case["request"]["action"].startswith("sts:") or "sessionPolicies" in case or "permissionBoundaries" in case:
        return False
    caller = caller_of(kind, OWN)
    case["request"]["principal"] = caller["principal"]
    case["request"]["context"] |= caller["keys"]
    return True


@spice
def root_user(draw, case):
    return change_caller(draw, case, "root")


@spice
def federated_user(draw, case):
    """With or without a session policy; named by its session, by a user of its name, or not."""
    if not change_caller(draw, case, "federated-user"):
        return False
    if draw.chance(0.4):
        case["sessionPolicies"] = [document(draw, case, generous=True)]
    for _, _, one in statements(case, ("resourcePolicy",)):
        if draw.chance(0.7) and "Principal" in one:
            one["Principal"] = {"AWS": draw.choice([case["request"]["principal"], f"arn:aws:iam::{OWN}:user/fay", OWN])}
    return True


@spice
def foreign_to_organisation(draw, case):
    """A service, a web identity or nobody known, under the service control policies of an organisation."""
    principal = case["request"]["principal"]
    if isinstance(principal, str) and principal != "*":
        return False
    case["serviceControlPolicies"] = levels(draw, case)
    return True


@spice
def service_linked_role(draw, case):
    if not is_session(case) or not ("serviceControlPolicies" in case or "resourceControlPolicies" in case):
        return False
    role = "AWSServiceRoleForECS"
    arn = f"arn:aws:sts::{OWN}:assumed-role/{role}/{SESSION_NAME}"
    case["request"]["principal"] = arn
    case["request"]["context"]["aws:PrincipalArn"] = f"arn:aws:iam::{OWN}:role/aws-service-role/ecs.amazonaws.com/{role}"
    return True


@spice
def not_principal(draw, case):
    found = list(statements(case, ("resourcePolicy",)))
    principal = case["request"]["principal"]
    if not found or principal == "*" or isinstance(principal, dict):
        return False
    one = draw.choice(found)[2]
    named = [principal, OWN, f"arn:aws:iam::{OWN}:role/{ROLE_NAME}", f"arn:aws:iam::{OWN}:user/dev/bob"]
    one.pop("Principal", None)
    one["NotPrincipal"] = {"AWS": draw.some(named)}
    if draw.chance(0.8):
        one["Effect"] = "Deny"
    return True


@spice
def unique_ids(draw, case):
    found = list(statements(case, ("resourcePolicy",)))
    principal = case["request"]["principal"]
    if not found or not isinstance(principal, str) or not (":user/" in principal or is_session(case)):
        return False
    own = "AIDACKCEVSQ6C2EXAMPLE" if ":user/" in principal else "AROACKCEVSQ6C2EXAMPLE"
    case["request"]["context"]["aws:userid"] = own if own.startswith("AIDA") else f"{own}:{SESSION_NAME}"
    name_principal(draw.choice(found)[2], {"AWS": draw.choice([own, "AIDAIIIIIIIIIIIIIIIII"])})
    return True


@spice
def role_names(draw, case):
    """A session's role with a path, and with letters of another case."""
    found = list(statements(case, ("resourcePolicy",)))
    if not found or not is_session(case):
        return False
    named = draw.choice([f"role/{ROLE_NAME}", f"role/path/{ROLE_NAME}", f"role/{ROLE_NAME.upper()}", f"role/path/{ROLE_NAME}x"])
    name_principal(draw.choice(found)[2], {"AWS": f"arn:aws:iam::{OWN}:{named}"})
    if draw.chance(0.4):
        case["request"]["context"]["aws:PrincipalArn"] = f"arn:aws:iam::{OWN}:role/path/{ROLE_NAME}"
    return True


@spice
def providers_account(draw, case):
    """A trust policy that names the account of a web identity's provider, or a provider nearly of its name."""
    if "Federated" not in case["request"]["principal"] or "resourcePolicy" not in case:
        return False
    found = draw.choice(list(statements(case, ("resourcePolicy",))))
    found[2]["Effect"] = draw.choice(["Allow", "Deny"])
    name_principal(found[2], draw.choice([{"AWS": OWN}, {"AWS": OTHER}, {"Federated": PROVIDER[:-1]}, {"Federated": ISSUER}]))
    return True
