//! What a value of the API may hold: one form for the built-in kinds and for custom resources.
//!
//! Sources: Kubernetes documentation, "Server-Side Apply" (merge strategies: list and map types),
//! "Extend the Kubernetes API with CustomResourceDefinitions" (structural schemas), "Update API
//! Objects in Place Using kubectl patch" (patch strategies).

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::builtin;
use crate::values::Rules;

/// The schema of a value.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// What it is for, in a sentence or more; empty where nobody said.
    pub description: Arc<str>,
    /// What it is made of.
    pub shape: Shape,
    /// Whether `null` is a value of it.
    pub is_nullable: bool,
    /// What stands where nothing is given.
    pub default: Option<Value>,
    /// Whether fields that the schema does not name are kept
    /// (`x-kubernetes-preserve-unknown-fields`).
    pub keeps_unknown: bool,
    /// Whether it is a whole object with `apiVersion`, `kind` and `metadata`
    /// (`x-kubernetes-embedded-resource`).
    pub is_embedded_resource: bool,
    /// What else a value must satisfy; custom resources only.
    pub checks: Option<Box<Checks>>,
}

impl Schema {
    /// The schema itself, or what it refers to.
    ///
    /// A reference to a type that is not built in is any value.
    pub fn resolve(&self) -> Resolved<'_> {
        let Shape::Reference(name) = self.shape else {
            return Resolved::Here(self);
        };
        Resolved::There(builtin::definition(name).unwrap_or_default())
    }
}

/// What [`Schema::resolve`] found; it is used as the schema that it holds.
#[derive(Clone, Debug)]
pub enum Resolved<'a> {
    /// The schema that was asked.
    Here(&'a Schema),
    /// A built-in type.
    There(Arc<Schema>),
}

impl Deref for Resolved<'_> {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        match self {
            Self::Here(schema) => schema,
            Self::There(schema) => schema,
        }
    }
}

/// What a value is made of.
#[derive(Clone, Debug, Default)]
pub enum Shape {
    /// Anything.
    #[default]
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer(Format),
    /// A whole number or a text (`x-kubernetes-int-or-string`).
    IntOrString,
    /// A list.
    List {
        /// What its elements are.
        items: Arc<Schema>,
        /// Who owns what of it under server-side apply.
        topology: ListTopology,
        /// How a strategic merge patch changes it; absent: it replaces the list.
        merge: Option<ListMerge>,
    },
    /// An object with keys of the user's choice.
    Map {
        /// What its values are.
        values: Arc<Schema>,
        /// Whether it has one owner as a whole (`x-kubernetes-map-type: atomic`).
        is_atomic: bool,
    },
    /// A number.
    Number(Format),
    /// A built-in type, by its name in OpenAPI (`io.k8s.api.core.v1.PodSpec`); types may contain
    /// themselves. [`Schema::resolve`] follows it.
    Reference(&'static str),
    /// A text.
    String(Format),
    /// An object with known fields.
    Struct {
        /// The fields.
        fields: BTreeMap<Box<str>, Schema>,
        /// Those that must be given.
        required: Vec<Box<str>>,
        /// Whether it has one owner as a whole (`x-kubernetes-map-type: atomic`).
        is_atomic: bool,
    },
}

/// The `format` of a number or text, such as `int32`, `byte`, `date-time`; empty for none.
pub type Format = Box<str>;

/// Who owns what of a list under server-side apply (`x-kubernetes-list-type`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListTopology {
    /// One owner has all of it.
    #[default]
    Atomic,
    /// Each element has its owners, and is told by these of its fields.
    Map(Vec<Box<str>>),
    /// Each value has its owners.
    Set,
}

/// How a strategic merge patch changes a list (`x-kubernetes-patch-strategy: merge`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMerge {
    /// The field that tells elements apart (`x-kubernetes-patch-merge-key`); empty for lists of
    /// scalars, which are merged as sets.
    pub key: Box<str>,
    /// Whether an element keeps only the fields that the patch's `$retainKeys` names.
    pub retains_keys: bool,
}

/// The value validations of a structural schema, as JSON Schema draft 4 has them.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The schema as it was written: keywords of value validation (`enum`, `minimum`, `pattern`,
    /// `anyOf` ...) and of Kubernetes (`x-kubernetes-validations`).
    pub keywords: serde_json::Map<String, Value>,
    /// The same, read.
    pub(crate) rules: Rules,
}
