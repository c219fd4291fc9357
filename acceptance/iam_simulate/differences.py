"""Where hallpass and iam-simulate part: each row of docs/differences.md as a predicate over a case.

A predicate reads the case alone, as written, and both decisions. It holds only where the case has what
its row is about, so a disagreement without a row is found, and a row that no case needs any more as well.
"""

import re

from iam_simulate.cases import OWN
from iam_simulate.spices import statements

ROWS = {}


def row(function):
    ROWS[function.__name__.replace("_", "-")] = function
    return function


class Asked:
    """One condition of a case, beside what the request has."""

    def __init__(self, case, field, document, statement, operator, key, wanted):
        self.field, self.effect = field, statement["Effect"]
        self.version = document.get("Version", "2008-10-17")
        self.wanted = wanted if isinstance(wanted, list) else [wanted]
        context = {name.lower(): value for name, value in case["request"]["context"].items()}
        self.got = context.get(key.lower())
        qualifier, _, base = operator.lower().rpartition(":")
        self.qualifier = qualifier
        self.if_exists = base.endswith("ifexists")
        self.base = base.removesuffix("ifexists")

    @property
    def is_negated(self):
        return "not" in self.base

    @property
    def texts(self):
        got = self.got if isinstance(self.got, list) else [self.got]
        return [value for value in self.wanted + got if isinstance(value, str)]


def conditions(case):
    for field, document, statement in statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            for key, wanted in keys.items():
                yield Asked(case, field, document, statement, operator, key, wanted)


def resources(case):
    """Each resource with its field, document, statement and element."""
    for field, document, statement in statements(case):
        for element in ("Resource", "NotResource"):
            listed = statement.get(element, [])
            for text in [listed] if isinstance(listed, str) else listed:
                yield field, document, statement, element, text


def principals(case):
    """Each name under Principal and NotPrincipal of the resource's policy: element, kind, name, effect."""
    for _, _, statement in statements(case, ("resourcePolicy",)):
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element, {})
            for kind, names in ({"AWS": named} if isinstance(named, str) else named).items():
                for name in [names] if isinstance(names, str) else names:
                    yield element, kind, name, statement["Effect"]


def variables(text):
    return re.findall(r"\$\{([^}]*)\}", text)


def value_of(case, variable):
    """What a variable's key has in the request: None where it is absent."""
    context = {name.lower(): value for name, value in case["request"]["context"].items()}
    return context.get(variable.split(",")[0].strip().lower())


def caller(case):
    return case["request"]["principal"]


def is_epoch(text):
    return re.fullmatch(r"\d+", text) is not None


@row
def epoch_dates(case, ours, peer):
    return any(one.base.startswith("date") and any(map(is_epoch, one.texts)) for one in conditions(case))


@row
def version_2008(case, ours, peer):
    texts = [(one.version, text) for one in conditions(case) for text in one.wanted]
    texts += [(document.get("Version"), text) for _, document, _, _, text in resources(case)]
    return any(version != "2012-10-17" and variables(text) for version, text in texts)


@row
def escapes_under_string_equals(case, ours, peer):
    return any(
        one.base.startswith("string") and "like" not in one.base and {"*", "?", "$"} & set(variables(text))
        for one in conditions(case)
        for text in one.wanted
    )


@row
def every_ipv4_address(case, ours, peer):
    return any("ipaddress" in one.base and "0.0.0.0/0" in one.wanted for one in conditions(case))


@row
def forms_of_an_ipv6_address(case, ours, peer):
    return any(
        "ipaddress" in one.base and any(":" in text and "/" not in text for text in one.wanted)
        for one in conditions(case)
    )


@row
def several_values_without_set_operator(case, ours, peer):
    return any(isinstance(one.got, list) and not one.qualifier and one.base != "null" for one in conditions(case))


@row
def key_without_values(case, ours, peer):
    return any(one.got == [] for one in conditions(case))


@row
def empty_text_in_a_set(case, ours, peer):
    return any(one.qualifier and one.got in ("", [""]) for one in conditions(case))


@row
def any_value_if_exists(case, ours, peer):
    return any(one.qualifier == "foranyvalue" and one.if_exists and not one.got for one in conditions(case))


@row
def numbers_with_exponents(case, ours, peer):
    return any(
        one.base.startswith("numeric") and any(re.fullmatch(r"[\d.]+[eE]-?\d+", text) for text in one.texts)
        for one in conditions(case)
    )


TYPES = {
    "numeric": r"-?\d+(\.\d+)?([eE]-?\d+)?",
    "date": r"\d+|\d{4}-\d\d(-\d\d(T\d\d:\d\d:\d\dZ)?)?",
    "bool": r"(?i)true|false",
    "ip": r"[\d.]+(/([12]?\d|3[0-2]))?|(?i:[\da-f]*:[\da-f:]*(/\d+)?)",
    "notip": r"[\d.]+(/([12]?\d|3[0-2]))?|(?i:[\da-f]*:[\da-f:]*(/\d+)?)",
}


@row
def value_of_another_type(case, ours, peer):
    return any(
        one.base.startswith(kind) and not all(re.fullmatch(form, text) for text in one.texts)
        for one in conditions(case)
        for kind, form in TYPES.items()
    )


def is_unresolved(case, version, text):
    return version == "2012-10-17" and any(
        not isinstance(value_of(case, variable), str) and "," not in variable
        for variable in variables(text)
        if variable not in ("*", "?", "$")
    )


@row
def variable_without_value(case, ours, peer):
    """Only where it is to deny: elsewhere both sides match nothing."""
    values = [(one.version, one.effect == "Deny" and one.is_negated, text) for one in conditions(case) for text in one.wanted]
    values += [
        (document.get("Version"), element == "NotResource", text)
        for _, document, _, element, text in resources(case)
    ]
    return any(is_able and is_unresolved(case, version, text) for version, is_able, text in values)


@row
def default_of_a_present_key(case, ours, peer):
    """The key is there, without text or with several values, so its default does not stand for it."""
    return any(
        "," in variable and value_of(case, variable) is not None
        for one in conditions(case)
        for text in one.wanted
        for variable in variables(text)
    )


@row
def empty_default(case, ours, peer):
    return any(
        variable.endswith(", ''") for one in conditions(case) for text in one.wanted for variable in variables(text)
    )


@row
def variable_before_the_fifth_colon(case, ours, peer):
    """Only under NotResource: elsewhere both sides match nothing."""
    return any(
        element == "NotResource"
        and document.get("Version") == "2012-10-17"
        and "${" in "".join(re.sub(r"\$\{[^}]*\}", "${}", text).split(":")[:5])
        for _, document, _, element, text in resources(case)
    )


@row
def case_of_arn_segments(case, ours, peer):
    """All but the letters' case of the first segments is as in the request."""
    asked = case["request"]["resource"].split(":", 5)
    return any(
        text.split(":", 5)[5:] == asked[5:] and text.lower() == case["request"]["resource"].lower() and text not in case["request"]["resource"]
        for *_, text in resources(case)
    )


@row
def wildcard_in_resource_type(case, ours, peer):
    """A wildcard before the first `/` or `:` of the last segment, which is not S3's."""
    return any(
        re.search(r"[*?]", re.split(r"[/:]", text.split(":", 5)[5])[0]) and re.search(r"[/:]", text.split(":", 5)[5])
        for *_, text in resources(case)
        if text.count(":") >= 5 and not text.startswith("arn:aws:s3")
    )


@row
def star_across_colons(case, ours, peer):
    asked = case["request"]["resource"]
    return asked.count(":") > 5 and any(
        any(segment.endswith("*") for segment in text.split(":")[1:5]) and text.count(":") != asked.count(":")
        for *_, text in resources(case)
    )


@row
def incomplete_arn_in_condition(case, ours, peer):
    return any(one.base.startswith("arn") and any(text.count(":") < 5 for text in one.texts) for one in conditions(case))


@row
def incomplete_arn_of_a_resource(case, ours, peer):
    """In a control policy, which AWS Organizations checks itself, or to deny in a resource's policy."""
    return any(
        text != "*" and text.count(":") < 5
        for field, *_, text in resources(case)
        if field in ("resourcePolicy", "serviceControlPolicies", "resourceControlPolicies")
    )


@row
def session_named_beside_session_policy(case, ours, peer):
    return (
        "sessionPolicies" in case
        and case["request"]["resourceAccountId"] == OWN
        and ours == "Allow"
        and any(
            element == "Principal" and effect == "Allow" and name in (caller(case), "*")
            for element, _, name, effect in principals(case)
        )
    )


@row
def root_user_without_policies(case, ours, peer):
    return str(caller(case)).endswith(":root") and peer == "ImplicitDeny" and ours == "Allow"


@row
def federated_user_without_session_policy(case, ours, peer):
    return (
        "federated-user/" in str(caller(case)) and "sessionPolicies" not in case and (ours, peer) == ("ImplicitDeny", "Allow")
    )


@row
def federated_user_by_its_users_name(case, ours, peer):
    return "federated-user/fay" in str(caller(case)) and any(name.endswith(":user/fay") for _, _, name, _ in principals(case))


@row
def service_control_beyond_the_organisation(case, ours, peer):
    is_foreign = isinstance(caller(case), dict)
    return is_foreign and bool(case.get("serviceControlPolicies"))


@row
def service_linked_role(case, ours, peer):
    return "aws-service-role/" in str(case["request"]["context"].get("aws:PrincipalArn"))


@row
def not_principal_in_full(case, ours, peer):
    return any(element == "NotPrincipal" for element, *_ in principals(case))


@row
def principal_by_unique_id(case, ours, peer):
    return any(re.fullmatch(r"A[IR][DO]A[A-Z0-9]+", name) for _, _, name, _ in principals(case))


@row
def roles_path_and_case(case, ours, peer):
    known = case["request"]["context"].get("aws:PrincipalArn")
    return "assumed-role/" in str(caller(case)) and any(
        ":role/" in name and name != known and name.lower().rsplit("/", 1)[-1] == str(known).lower().rsplit("/", 1)[-1]
        for _, _, name, _ in principals(case)
    )


@row
def account_of_a_provider(case, ours, peer):
    return "Federated" in caller(case) and any(kind == "AWS" and OWN in name for _, kind, name, _ in principals(case))


@row
def endless_pattern(case, ours, peer):
    return peer == "time limit"
