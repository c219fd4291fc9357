"""The definitions of actions-runner-controller, as large and as deep as the published files.

The controller's own fields are named here; the pod templates inside are expanded from the OpenAPI
document of the lab itself, in the way of controller-gen.
"""

from __future__ import annotations

import copy

QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
INT_OR_STRING = {
    "anyOf": [{"type": "integer"}, {"type": "string"}],
    "x-kubernetes-int-or-string": True,
}
TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
METADATA = {
    "type": "object",
    "properties": {
        "annotations": TEXTS, "labels": TEXTS, "name": TEXT, "namespace": TEXT,
        "finalizers": {"type": "array", "items": TEXT},
    },
}
KEPT = (
    "description", "type", "format", "default", "required", "x-kubernetes-map-type",
    "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
)


def expanded(name: str, components: dict) -> dict:
    """The type of that name, all that it refers to in place."""
    last = name.rsplit(".", 1)[-1]
    if last == "Quantity":
        return INT_OR_STRING | {"pattern": QUANTITY}
    if last == "IntOrString":
        return INT_OR_STRING
    if last == "ObjectMeta":
        return METADATA
    if last == "Time":
        return {"type": "string", "format": "date-time"}
    return written(components[name], components)


def written(schema: dict, components: dict) -> dict:
    refers = schema.get("$ref") or next(
        (one["$ref"] for one in schema.get("allOf", []) if "$ref" in one), None
    )
    own = {key: schema[key] for key in KEPT if key in schema}
    if refers:
        own.pop("default", None)
        return expanded(refers.rsplit("/", 1)[-1], components) | own
    if "properties" in schema:
        fields = schema["properties"].items()
        own["properties"] = {name: written(field, components) for name, field in fields}
    if isinstance(schema.get("additionalProperties"), dict):
        own["additionalProperties"] = written(schema["additionalProperties"], components)
    if "items" in schema:
        own["items"] = written(schema["items"], components)
        own.setdefault("x-kubernetes-list-type", "atomic")
        for key in own.get("x-kubernetes-list-map-keys", []):
            # Controller-gen gives keys that may be left out an empty default.
            if key not in own["items"].get("required", []):
                own["items"]["properties"][key].setdefault("default", "")
    if "type" not in own:
        own["x-kubernetes-preserve-unknown-fields"] = True
    return own


def template(components: dict) -> dict:
    return expanded("io.k8s.api.core.v1.PodTemplateSpec", components)


def runner_spec(components: dict) -> dict:
    """What a runner of the older controller is: its own fields beside most of a pod's."""
    pod = expanded("io.k8s.api.core.v1.PodSpec", components)["properties"]
    container = pod["containers"]["items"]["properties"]
    fields = {name: copy.deepcopy(pod[name]) for name in pod if name not in ("os", "hostname")}
    for name in ("env", "envFrom", "imagePullPolicy", "resources", "volumeMounts"):
        fields[name] = copy.deepcopy(container[name])
    name = {"type": "string", "pattern": "^[^/]+$"}
    fields |= {
        "containerMode": TEXT, "dockerdWithinRunnerContainer": {"type": "boolean"},
        "dockerEnabled": {"type": "boolean"}, "enterprise": name, "organization": name,
        "ephemeral": {"type": "boolean"}, "group": TEXT, "image": TEXT,
        "labels": {"type": "array", "items": TEXT},
        "repository": {"type": "string", "pattern": "^[^/]+/[^/]+$"},
        "sidecarContainers": copy.deepcopy(pod["containers"]), "workDir": TEXT,
    }
    return {"type": "object", "properties": fields}


def runner_deployment(components: dict) -> dict:
    spec = {"type": "object", "properties": {
        "replicas": {"type": "integer", "nullable": True},
        "template": {"type": "object", "properties": {
            "metadata": METADATA, "spec": runner_spec(components)}},
    }}
    columns = [
        (".spec.template.spec.repository", "Repository", "string"),
        (".spec.replicas", "Desired", "number"),
        (".status.replicas", "Current", "number"),
        (".metadata.creationTimestamp", "Age", "date"),
    ]
    return definition("actions.summerwind.dev", "RunnerDeployment", spec, columns)


def autoscaling_runner_set(components: dict) -> dict:
    spec = {"type": "object", "properties": {
        "githubConfigUrl": TEXT, "githubConfigSecret": TEXT, "runnerGroup": TEXT,
        "runnerScaleSetName": TEXT, "template": template(components),
        "listenerTemplate": template(components),
        "maxRunners": {"type": "integer", "minimum": 0},
        "minRunners": {"type": "integer", "minimum": 0},
    }}
    columns = [
        (".spec.minRunners", "Minimum Runners", "integer"),
        (".spec.maxRunners", "Maximum Runners", "integer"),
    ]
    return definition("actions.github.com", "AutoscalingRunnerSet", spec, columns)


def definition(group: str, kind: str, spec: dict, columns: list) -> dict:
    plural = f"{kind.lower()}s"
    schema = {
        "type": "object",
        "description": f"{kind} is the Schema for the {plural} API",
        "properties": {
            "apiVersion": TEXT, "kind": TEXT, "metadata": {"type": "object"}, "spec": spec,
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
        },
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "creationTimestamp": None},
        "spec": {
            "group": group, "scope": "Namespaced", "preserveUnknownFields": False,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural,
                      "singular": kind.lower()},
            "versions": [{
                "name": "v1alpha1", "served": True, "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"jsonPath": path, "name": name, "type": kind} for path, name, kind in columns
                ],
                "schema": {"openAPIV3Schema": schema},
            }],
        },
        "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []},
    }
