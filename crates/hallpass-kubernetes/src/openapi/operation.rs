//! One operation of a path: its parameters, what is sent and what comes back.

use serde_json::{Map, Value, json};

use super::Dialect;

const JSON: &str = "application/json";
/// What objects and lists come in.
const MEDIA_TYPES: &[&str] = &[
    JSON,
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
];
const PATCH_TYPES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
];
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// An operation.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    /// What it does, as `x-kubernetes-action` names it.
    pub(super) action: &'a str,
    /// Its name.
    pub(super) id: String,
    /// The group, version and kind of the objects.
    pub(super) kind: (&'a str, &'a str, &'a str),
    /// What is sent; absent where nothing is.
    pub(super) body: Option<Value>,
    /// What comes back.
    pub(super) answer: Value,
    /// Whether the objects are of a custom kind, which has no strategic patches.
    pub(super) is_custom: bool,
}

impl Operation<'_> {
    pub(super) fn document(self, dialect: Dialect) -> Value {
        let (group, version, kind) = self.kind;
        let mut made = Map::new();
        made.insert("operationId".into(), self.id.into());
        let mut parameters: Vec<Value> = parameters(self.action)
            .iter()
            .map(|it| it.document(dialect))
            .collect();
        let sends = media_types(self.action, self.is_custom);
        let mut responses = Map::new();
        for (code, about) in answers(self.action) {
            responses.insert((*code).into(), answer(about, &self.answer, dialect));
        }
        responses.insert("401".into(), json!({"description": "Unauthorized"}));
        match dialect {
            Dialect::V2 => {
                if let Some(body) = self.body {
                    let is_required = self.action != "delete" && self.action != "deletecollection";
                    parameters.insert(
                        0,
                        json!({"name": "body", "in": "body", "required": is_required, "schema": body}),
                    );
                }
                made.insert("consumes".into(), json!(sends));
                made.insert("produces".into(), json!(MEDIA_TYPES));
                made.insert("schemes".into(), json!(["https"]));
            }
            Dialect::V3 => {
                if let Some(body) = self.body {
                    made.insert(
                        "requestBody".into(),
                        json!({"content": content(&sends, &body)}),
                    );
                }
            }
        }
        if !parameters.is_empty() {
            made.insert("parameters".into(), parameters.into());
        }
        made.insert("responses".into(), responses.into());
        made.insert("x-kubernetes-action".into(), self.action.into());
        made.insert(
            "x-kubernetes-group-version-kind".into(),
            json!({"group": group, "kind": kind, "version": version}),
        );
        made.into()
    }
}

/// A parameter of a path, which every operation below it has.
pub(super) fn path_parameter(name: &str, about: &str, dialect: Dialect) -> Value {
    match dialect {
        Dialect::V2 => json!({
            "name": name, "in": "path", "required": true, "type": "string", "uniqueItems": true,
            "description": about,
        }),
        Dialect::V3 => json!({
            "name": name, "in": "path", "required": true, "description": about,
            "schema": {"type": "string", "uniqueItems": true},
        }),
    }
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
struct Parameter(&'static str, &'static str, &'static str);

impl Parameter {
    fn document(self, dialect: Dialect) -> Value {
        let Self(name, kind, about) = self;
        match dialect {
            Dialect::V2 => json!({
                "name": name, "in": "query", "type": kind, "uniqueItems": true, "description": about,
            }),
            Dialect::V3 => json!({
                "name": name, "in": "query", "description": about,
                "schema": {"type": kind, "uniqueItems": true},
            }),
        }
    }
}

const PRETTY: Parameter = Parameter(
    "pretty",
    "string",
    "If 'true', then the output is pretty printed.",
);
const DRY_RUN: Parameter = Parameter(
    "dryRun",
    "string",
    "When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed",
);
const FIELD_MANAGER: Parameter = Parameter(
    "fieldManager",
    "string",
    "fieldManager is a name associated with the actor or entity that is making these changes.",
);
const FIELD_VALIDATION: Parameter = Parameter(
    "fieldValidation",
    "string",
    "fieldValidation instructs the server on how to handle objects in the request containing unknown or duplicate fields. Valid values are: Ignore, Warn, Strict.",
);
const FORCE: Parameter = Parameter(
    "force",
    "boolean",
    "Force is going to \"force\" Apply requests. It means user will re-acquire conflicting fields owned by other people.",
);
const GRACE: Parameter = Parameter(
    "gracePeriodSeconds",
    "integer",
    "The duration in seconds before the object should be deleted. The value zero indicates delete immediately.",
);
const PROPAGATION: Parameter = Parameter(
    "propagationPolicy",
    "string",
    "Whether and how garbage collection will be performed. Acceptable values are: 'Orphan', 'Background', 'Foreground'.",
);
const LIST: &[Parameter] = &[
    Parameter(
        "allowWatchBookmarks",
        "boolean",
        "allowWatchBookmarks requests watch events with type \"BOOKMARK\".",
    ),
    Parameter(
        "continue",
        "string",
        "The continue option should be set when retrieving more results from the server.",
    ),
    Parameter(
        "fieldSelector",
        "string",
        "A selector to restrict the list of returned objects by their fields.",
    ),
    Parameter(
        "labelSelector",
        "string",
        "A selector to restrict the list of returned objects by their labels.",
    ),
    Parameter(
        "limit",
        "integer",
        "limit is a maximum number of responses to return for a list call.",
    ),
    PRETTY,
    Parameter(
        "resourceVersion",
        "string",
        "resourceVersion sets a constraint on what resource versions a request may be served from.",
    ),
    Parameter(
        "resourceVersionMatch",
        "string",
        "resourceVersionMatch determines how resourceVersion is applied to list calls.",
    ),
    Parameter(
        "sendInitialEvents",
        "boolean",
        "sendInitialEvents may be set together with watch: the watch begins with synthetic events.",
    ),
    Parameter(
        "timeoutSeconds",
        "integer",
        "Timeout for the list/watch call.",
    ),
    Parameter(
        "watch",
        "boolean",
        "Watch for changes to the described resources and return them as a stream of add, update, and remove notifications.",
    ),
];

fn parameters(action: &str) -> Vec<Parameter> {
    match action {
        "list" => LIST.to_vec(),
        "post" | "put" => vec![DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, PRETTY],
        "patch" => vec![DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE, PRETTY],
        "delete" => vec![DRY_RUN, GRACE, PRETTY, PROPAGATION],
        "deletecollection" => [&[DRY_RUN, GRACE, PROPAGATION], LIST].concat(),
        _ => vec![PRETTY],
    }
}

/// What a request may be written in.
fn media_types(action: &str, is_custom: bool) -> Vec<&'static str> {
    match action {
        "patch" if is_custom => PATCH_TYPES.to_vec(),
        "patch" => [PATCH_TYPES, &[STRATEGIC]].concat(),
        _ => vec!["*/*"],
    }
}

fn answers(action: &str) -> &'static [(&'static str, &'static str)] {
    match action {
        "post" => &[("200", "OK"), ("201", "Created"), ("202", "Accepted")],
        "patch" | "put" => &[("200", "OK"), ("201", "Created")],
        "delete" => &[("200", "OK"), ("202", "Accepted")],
        _ => &[("200", "OK")],
    }
}

fn answer(about: &str, schema: &Value, dialect: Dialect) -> Value {
    match dialect {
        Dialect::V2 => json!({"description": about, "schema": schema}),
        Dialect::V3 => json!({"description": about, "content": content(MEDIA_TYPES, schema)}),
    }
}

fn content(types: &[&str], schema: &Value) -> Value {
    let types = types
        .iter()
        .map(|it| ((*it).to_owned(), json!({"schema": schema})));
    Value::Object(types.collect())
}
