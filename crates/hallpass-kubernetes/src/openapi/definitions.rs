//! The types that a document defines: those of the resources, and all that these are made of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Dialect, Resource, schema};
use crate::builtin::{self, Form, Kind};
use crate::{Schema, Shape};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const LIST_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an object. \
    Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values.";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. \
    Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase.";

/// The types of a document, by name.
#[derive(Debug)]
pub(super) struct Definitions {
    dialect: Dialect,
    made: BTreeMap<String, Map<String, Value>>,
    /// Which groups and versions are served: `DeleteOptions` is a kind of each.
    served: BTreeSet<(String, String)>,
}

impl Definitions {
    pub(super) fn new(dialect: Dialect, resources: &[Resource<'_>]) -> Self {
        let served = resources.iter();
        Self {
            dialect,
            made: BTreeMap::new(),
            served: served
                .map(|it| (it.group.to_owned(), it.version.to_owned()))
                .collect(),
        }
    }

    /// A reference to the type of the resource's objects, which is defined with all that it is made of.
    pub(super) fn object(&mut self, resource: &Resource<'_>) -> Value {
        let Resource {
            group,
            version,
            kind,
            ..
        } = *resource;
        if let Some(reference) = self.kind(group, version, kind) {
            return reference;
        }
        let name = custom_name(group, version, kind);
        if !self.made.contains_key(&name) {
            let schema = resource.schema.as_deref();
            let mut made = schema.map_or_else(anything, |it| schema::document(it, self.dialect));
            if let Some(schema) = schema {
                self.follow(schema);
            }
            self.with_meta(&mut made, OBJECT_META);
            made.insert(
                "x-kubernetes-group-version-kind".into(),
                json!([{"group": group, "kind": kind, "version": version}]),
            );
            self.made.insert(name.clone(), made);
        }
        schema::reference(&name, self.dialect)
    }

    /// The same for lists of them.
    pub(super) fn list(&mut self, resource: &Resource<'_>) -> Value {
        let Resource {
            group,
            version,
            kind,
            list_kind,
            ..
        } = *resource;
        if let Some(reference) = self.kind(group, version, list_kind) {
            return reference;
        }
        let items = self.object(resource);
        let name = custom_name(group, version, list_kind);
        if !self.made.contains_key(&name) {
            let about = format!("List of {}.", resource.plural);
            let mut made = Map::new();
            made.insert(
                "description".into(),
                format!("{list_kind} is a list of {kind}").into(),
            );
            made.insert("type".into(), "object".into());
            made.insert("required".into(), json!(["items"]));
            made.insert(
                "properties".into(),
                json!({"items": {"description": about, "type": "array", "items": items}}),
            );
            self.with_meta(&mut made, LIST_META);
            made.insert(
                "x-kubernetes-group-version-kind".into(),
                json!([{"group": group, "kind": list_kind, "version": version}]),
            );
            self.made.insert(name.clone(), made);
        }
        schema::reference(&name, self.dialect)
    }

    /// The same for a kind of the API server's own; absent where it is none.
    pub(super) fn kind(&mut self, group: &str, version: &str, kind: &str) -> Option<Value> {
        let is_it = |it: &&Kind| it.group == group && it.version == version && it.kind == kind;
        let found = builtin::kinds().iter().find(is_it)?;
        self.define(found.definition);
        Some(schema::reference(found.definition, self.dialect))
    }

    /// All of them, by name.
    pub(super) fn into_value(self) -> Value {
        let all = self.made.into_iter().map(|(name, it)| (name, it.into()));
        Value::Object(all.collect())
    }

    /// Defines a built-in type and all that it is made of.
    fn define(&mut self, name: &str) {
        let mut left = vec![name.to_owned()];
        while let Some(name) = left.pop() {
            if self.made.contains_key(&name) {
                continue;
            }
            let Some(found) = builtin::find(&name) else {
                continue;
            };
            let schema = found.schema();
            let mut made = schema::document(&schema, self.dialect);
            self.special(&mut made, found.form());
            let kinds = self.kinds(&name);
            if !kinds.is_empty() {
                made.insert("x-kubernetes-group-version-kind".into(), kinds.into());
            }
            self.made.insert(name, made);
            references(&schema, &mut left);
        }
    }

    fn follow(&mut self, schema: &Schema) {
        let mut names = Vec::new();
        references(schema, &mut names);
        for name in names {
            self.define(&name);
        }
    }

    /// What the versions of OpenAPI say of types that have no shape of theirs.
    fn special(&self, made: &mut Map<String, Value>, form: Form) {
        let is = |own: Value| own.as_object().cloned().unwrap_or_default();
        let own = match (form, self.dialect) {
            (Form::IntOrString, Dialect::V2) => {
                is(json!({"type": "string", "format": "int-or-string"}))
            }
            (Form::IntOrString, Dialect::V3) => is(
                json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
            ),
            (Form::Quantity, Dialect::V2) => is(json!({"type": "string"})),
            (Form::Quantity, Dialect::V3) => {
                is(json!({"oneOf": [{"type": "string"}, {"type": "number"}]}))
            }
            (Form::Raw, Dialect::V2 | Dialect::V3) => is(json!({"type": "object"})),
            (Form::Json, Dialect::V2 | Dialect::V3) => Map::new(),
            (
                Form::Atomic
                | Form::MicroTime
                | Form::PropsOrArray
                | Form::PropsOrBool
                | Form::PropsOrStrings
                | Form::Struct
                | Form::Time,
                Dialect::V2 | Dialect::V3,
            ) => return,
        };
        made.retain(|name, _| name == "description");
        made.extend(own);
    }

    /// The kinds of which objects are of that type.
    fn kinds(&self, definition: &str) -> Vec<Value> {
        let of_group = |group: &str, version: &str, kind: &str| json!({"group": group, "kind": kind, "version": version});
        let mut kinds = Vec::new();
        let found = builtin::kinds().iter();
        for kind in found.filter(|it| it.definition == definition) {
            if matches!(kind.kind, "DeleteOptions" | "WatchEvent") {
                let served = self.served.iter();
                kinds.extend(served.map(|(group, version)| of_group(group, version, kind.kind)));
            } else {
                kinds.push(of_group(kind.group, kind.version, kind.kind));
            }
        }
        kinds
    }

    /// The fields that each object has, as the API server knows them.
    fn with_meta(&mut self, made: &mut Map<String, Value>, meta: &str) {
        self.define(meta);
        let own = made.entry("properties").or_insert_with(|| json!({}));
        let Some(own) = own.as_object_mut() else {
            return;
        };
        let about = if meta == OBJECT_META {
            "Standard object's metadata."
        } else {
            "Standard list metadata."
        };
        let metadata = Schema {
            description: about.into(),
            shape: Shape::Reference(builtin::find(meta).map_or("", |it| it.name())),
            ..Schema::default()
        };
        own.insert(
            "apiVersion".into(),
            json!({"description": API_VERSION, "type": "string"}),
        );
        own.insert(
            "kind".into(),
            json!({"description": KIND, "type": "string"}),
        );
        own.insert(
            "metadata".into(),
            schema::document(&metadata, self.dialect).into(),
        );
        own.sort_keys();
    }
}

/// A type of which nothing is known.
fn anything() -> Map<String, Value> {
    let mut made = Map::new();
    made.insert("type".into(), "object".into());
    made.insert("x-kubernetes-preserve-unknown-fields".into(), true.into());
    made
}

/// `dev.summerwind.actions.v1alpha1.Runner`: the group's names the other way round.
fn custom_name(group: &str, version: &str, kind: &str) -> String {
    let mut parts: Vec<&str> = group.split('.').rev().collect();
    parts.extend([version, kind]);
    parts.join(".")
}

/// The types that a schema refers to.
fn references(schema: &Schema, names: &mut Vec<String>) {
    let mut left = vec![schema];
    while let Some(schema) = left.pop() {
        match &schema.shape {
            Shape::List { items, .. } => left.push(items),
            Shape::Map { values, .. } => left.push(values),
            Shape::Reference(name) => names.push((*name).to_owned()),
            Shape::Struct { fields, .. } => left.extend(fields.values()),
            Shape::Any
            | Shape::Boolean
            | Shape::IntOrString
            | Shape::Integer(_)
            | Shape::Number(_)
            | Shape::String(_) => {}
        }
    }
}
