//! A structural schema, read: what it says becomes a [`Schema`], what it may not say a fault.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! specifying a structural schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::faults::Faults;
use super::junctors::check_junctors;
use super::lists::{is_true, read_map_type, read_topology};
use super::path::Path;
use crate::cause::{Cause, quoted};
use crate::schema::{Checks, Format, Schema, Shape};
use crate::values::{self, CheckBuilder};

/// The type of `metadata` of every object.
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Keywords that are no part of the structure, and are kept as they were written.
const VALIDATION: [&str; 20] = [
    "allOf",
    "anyOf",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "title",
];

/// Keywords of JSON schema that no definition may use, and what is said of them.
const UNSUPPORTED: [(&str, &str); 6] = [
    ("$ref", "$ref is not supported"),
    ("additionalItems", "additionalItems is not supported"),
    ("definitions", "definitions is not supported"),
    ("dependencies", "dependencies is not supported"),
    ("id", "id is not supported"),
    ("patternProperties", "patternProperties is not supported"),
];

/// Reads structural schemas.
pub(super) struct Reader<'f> {
    pub(super) faults: &'f mut Faults,
    pub(super) checks: CheckBuilder,
}

/// Where in another schema a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Element,
    Field,
    Items,
    Root,
}

impl Reader<'_> {
    /// Reads the schema of a version's objects.
    pub(super) fn root(&mut self, schema: &Value, at: &Path<'_>) -> Schema {
        let mut read = self.read(schema, at, Role::Root);
        let kind = schema.get("type").cloned().unwrap_or_default();
        if kind.as_str().is_some_and(|kind| kind != "object") {
            let detail = "must be object at the root";
            let path = at.child("type");
            self.faults.add(Cause::invalid(path, &kind, detail));
        }
        let properties = schema.get("properties");
        if let Some(metadata) = properties.and_then(|fields| fields.get("metadata")) {
            self.metadata(metadata, at);
        }
        for name in ["apiVersion", "kind"] {
            let kind = properties.and_then(|fields| fields.get(name)?.get("type"));
            if let Some(kind) = kind.filter(|kind| kind.as_str() != Some("string")) {
                let (fields, detail) = (at.child("properties"), "must be string");
                let field = fields.key(name);
                self.faults
                    .add(Cause::invalid(field.child("type"), kind, detail));
            }
        }
        self.whole_object(&mut read, schema);
        read
    }

    fn read(&mut self, schema: &Value, at: &Path<'_>, role: Role) -> Schema {
        let Value::Object(keywords) = schema else {
            self.faults.mistyped(at, "object", schema);
            return Schema::default();
        };
        self.unsupported(keywords, at);
        check_junctors(keywords, at, self.faults);
        let mut read = Schema {
            description: keywords
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            shape: self.shape(keywords, at, role),
            is_nullable: is_true(keywords, "nullable"),
            default: None,
            keeps_unknown: is_true(keywords, "x-kubernetes-preserve-unknown-fields"),
            is_embedded_resource: is_true(keywords, "x-kubernetes-embedded-resource"),
            checks: self.checks_of(keywords, at),
        };
        if read.is_embedded_resource {
            self.embedded(keywords, at);
            self.whole_object(&mut read, schema);
        }
        if let Some(default) = keywords.get("default") {
            self.default(default, &read, at);
            read.default = Some(default.clone());
        }
        read
    }

    fn shape(&mut self, keywords: &Map<String, Value>, at: &Path<'_>, role: Role) -> Shape {
        let kind_at = at.child("type");
        let kind = match keywords.get("type") {
            None | Some(Value::Null) => "",
            Some(Value::String(kind)) => kind.as_str(),
            Some(other) => {
                self.faults.mistyped(kind_at, "string", other);
                return Shape::Any;
            }
        };
        let is_int_or_string = is_true(keywords, "x-kubernetes-int-or-string");
        let keeps_unknown = is_true(keywords, "x-kubernetes-preserve-unknown-fields");
        if is_int_or_string {
            if !kind.is_empty() {
                let found = Value::String(kind.to_owned());
                let detail = "must be empty if x-kubernetes-int-or-string is true";
                self.faults.add(Cause::invalid(kind_at, &found, detail));
            }
            return Shape::IntOrString;
        }
        let topology = read_topology(keywords, at, self.faults);
        let is_atomic = read_map_type(keywords, at, self.faults);
        match kind {
            "" => {
                if !keeps_unknown {
                    self.faults
                        .add(Cause::required(kind_at, role.without_type()));
                }
                Shape::Any
            }
            "boolean" => Shape::Boolean,
            "integer" => Shape::Integer(self.format(keywords, at)),
            "number" => Shape::Number(self.format(keywords, at)),
            "string" => Shape::String(self.format(keywords, at)),
            "array" => Shape::List {
                items: Arc::new(self.items(keywords, at)),
                topology,
                merge: None,
            },
            "object" => self.object(keywords, at, is_atomic),
            other => {
                let found = Value::String(other.to_owned());
                let known = ["array", "boolean", "integer", "number", "object", "string"];
                self.faults.add(Cause::unsupported(kind_at, &found, known));
                Shape::Any
            }
        }
    }

    fn items(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) -> Schema {
        let items_at = at.child("items");
        match keywords.get("items") {
            None | Some(Value::Null) => {
                let cause = Cause::required(items_at, "must be specified");
                self.faults.add(cause);
                Schema::default()
            }
            Some(Value::Array(_)) => {
                let detail = "items must be a schema object and not an array";
                self.faults.add(Cause::forbidden(items_at, detail));
                Schema::default()
            }
            Some(items) => self.read(items, &items_at, Role::Items),
        }
    }

    fn object(&mut self, keywords: &Map<String, Value>, at: &Path<'_>, is_atomic: bool) -> Shape {
        let more_at = at.child("additionalProperties");
        let properties = keywords
            .get("properties")
            .and_then(Value::as_object)
            .filter(|fields| !fields.is_empty());
        match keywords.get("additionalProperties") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(false)) => {
                let detail = "additionalProperties cannot be set to false";
                self.faults.add(Cause::forbidden(more_at, detail));
            }
            Some(_) if properties.is_some() => {
                let detail = "additionalProperties and properties are mutual exclusive";
                self.faults.add(Cause::forbidden(more_at, detail));
            }
            Some(more) => {
                let values = match more {
                    Value::Bool(_) => Schema::default(),
                    more => self.read(more, &more_at, Role::Element),
                };
                return Shape::Map {
                    values: Arc::new(values),
                    is_atomic,
                };
            }
        }
        let mut fields = BTreeMap::new();
        let fields_at = at.child("properties");
        for (name, field) in properties.into_iter().flatten() {
            let read = self.read(field, &fields_at.key(name), Role::Field);
            fields.insert(name.as_str().into(), read);
        }
        Shape::Struct {
            fields,
            required: self.required(keywords, at),
            is_atomic,
        }
    }

    fn required(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) -> Vec<Box<str>> {
        match keywords.get("required") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(names)) if names.iter().all(Value::is_string) => names
                .iter()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect(),
            Some(other) => {
                let cause = Cause::invalid(at.child("required"), other, "must be a list of texts");
                self.faults.add(cause);
                Vec::new()
            }
        }
    }

    fn format(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) -> Format {
        let path = at.child("format");
        let format = match keywords.get("format") {
            None | Some(Value::Null) => return Format::default(),
            Some(Value::String(format)) => format.as_str(),
            Some(other) => {
                self.faults.mistyped(path, "string", other);
                return Format::default();
            }
        };
        if !values::is_known_format(format) {
            let format = quoted(format);
            self.faults
                .warn(format!("{path}: unrecognized format {format}"));
        }
        format.into()
    }

    fn checks_of(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) -> Option<Box<Checks>> {
        let mut kept = Map::new();
        for keyword in VALIDATION {
            if let Some(value) = keywords.get(keyword).filter(|value| !value.is_null()) {
                kept.insert(keyword.to_owned(), value.clone());
            }
        }
        if let Some(rules) = keywords.get("x-kubernetes-validations") {
            kept.insert("x-kubernetes-validations".to_owned(), rules.clone());
            self.faults.warn(format!(
                "{at}.x-kubernetes-validations: rules in CEL are kept, but not evaluated here"
            ));
        }
        if kept.is_empty() {
            return None;
        }
        let (rules, faults) = self.checks.rules(&kept);
        for fault in faults {
            let path = at.child(&fault.path).to_string();
            self.faults
                .add(Cause::invalid(path, &fault.value, &fault.detail));
        }
        Some(Box::new(Checks {
            keywords: kept,
            rules,
        }))
    }

    fn unsupported(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) {
        for (keyword, detail) in UNSUPPORTED {
            if keywords.get(keyword).is_some_and(|value| !value.is_null()) {
                self.faults.add(Cause::forbidden(at.child(keyword), detail));
            }
        }
        if is_true(keywords, "uniqueItems") {
            let detail =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            let path = at.child("uniqueItems");
            self.faults.add(Cause::forbidden(path, detail));
        }
        let keyword = "x-kubernetes-preserve-unknown-fields";
        if keywords.get(keyword) == Some(&Value::Bool(false)) {
            let detail = "must be true or undefined";
            let cause = Cause::invalid(at.child(keyword), &Value::Bool(false), detail);
            self.faults.add(cause);
        }
    }

    fn embedded(&mut self, keywords: &Map<String, Value>, at: &Path<'_>) {
        let kind = keywords.get("type").cloned().unwrap_or_default();
        if kind.as_str() != Some("object") {
            let detail = "must be object if x-kubernetes-embedded-resource is true";
            let path = at.child("type");
            self.faults.add(Cause::invalid(path, &kind, detail));
        }
        let keeps_unknown = is_true(keywords, "x-kubernetes-preserve-unknown-fields");
        if !keeps_unknown && keywords.get("properties").is_none() {
            let detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
            let path = at.child("properties");
            self.faults.add(Cause::required(path, detail));
        }
    }

    fn metadata(&mut self, metadata: &Value, at: &Path<'_>) {
        let fields_at = at.child("properties");
        let at = fields_at.key("metadata");
        let kind = metadata.get("type").cloned().unwrap_or_default();
        if kind.as_str().is_some_and(|kind| kind != "object") {
            let detail = "must be object if specified";
            let path = at.child("type");
            self.faults.add(Cause::invalid(path, &kind, detail));
        }
        let names = metadata.get("properties").and_then(Value::as_object);
        let has_others = names
            .into_iter()
            .flatten()
            .any(|(name, _)| !matches!(name.as_str(), "generateName" | "name"));
        if has_others {
            let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            self.faults.add(Cause::forbidden(at, detail));
        }
    }

    /// Adds the fields that every object has.
    fn whole_object(&mut self, read: &mut Schema, written: &Value) {
        if matches!(read.shape, Shape::Any) {
            read.shape = Shape::Struct {
                fields: BTreeMap::new(),
                required: Vec::new(),
                is_atomic: false,
            };
        }
        let Shape::Struct { fields, .. } = &mut read.shape else {
            return;
        };
        for name in ["apiVersion", "kind"] {
            fields.entry(name.into()).or_insert_with(|| Schema {
                shape: Shape::String(Format::default()),
                ..Schema::default()
            });
        }
        // What the author says of names is checked beside what every object's metadata is.
        let names = written.pointer("/properties/metadata");
        let checks = names.and_then(|metadata| {
            let mut keywords = Map::new();
            keywords.insert("allOf".to_owned(), Value::Array(vec![metadata.clone()]));
            let is_said = metadata.get("properties").is_some();
            let (rules, _) = self.checks.rules(&keywords);
            is_said.then(|| Box::new(Checks { keywords, rules }))
        });
        let metadata = Schema {
            shape: Shape::Reference(OBJECT_META),
            checks,
            ..Schema::default()
        };
        fields.insert("metadata".into(), metadata);
    }

    /// A default must be what the schema says, nested defaults included.
    fn default(&mut self, default: &Value, schema: &Schema, at: &Path<'_>) {
        let at = at.child("default");
        let mut pruned = default.clone();
        values::prune(&mut pruned, schema);
        if pruned != *default {
            let detail = "must not have unknown fields";
            self.faults.add(Cause::invalid(at, default, detail));
        }
        values::set_defaults(&mut pruned, schema);
        for cause in values::validate(&pruned, schema) {
            let (field, message) = match cause.field.as_str() {
                // The value itself has no name of its own.
                "<nil>" => (
                    at.to_string(),
                    cause.message.replacen(":  in body", ": default in body", 1),
                ),
                field => (format!("{at}.{field}"), cause.message),
            };
            let reason = cause.reason;
            self.faults.add(Cause {
                field,
                message,
                reason,
            });
        }
        if default.is_null() && !schema.is_nullable {
            self.faults.mistyped(at, "nullable", default);
        }
    }
}

impl Role {
    fn without_type(self) -> &'static str {
        match self {
            Self::Element | Self::Field => "must not be empty for specified object fields",
            Self::Items => "must not be empty for specified array items",
            Self::Root => "must not be empty at the root",
        }
    }
}
