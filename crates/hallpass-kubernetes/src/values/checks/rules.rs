//! What a value must satisfy, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

/// What a value must satisfy, beside being of its type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// The type, inside of a junctor only: elsewhere it is the schema's shape.
    pub(super) kinds: Vec<Box<str>>,
    pub(super) values: Vec<Value>,
    pub(super) minimum: Option<Limit>,
    pub(super) maximum: Option<Limit>,
    pub(super) multiple_of: Option<f64>,
    pub(super) lengths: Bounds,
    pub(super) items: Bounds,
    pub(super) properties: Bounds,
    pub(super) pattern: Option<(Box<str>, Arc<Regex>)>,
    pub(super) required: Vec<Box<str>>,
    pub(super) fields: BTreeMap<Box<str>, Rules>,
    pub(super) elements: Option<Box<Rules>>,
    pub(super) all_of: Vec<Rules>,
    pub(super) any_of: Vec<Rules>,
    pub(super) one_of: Vec<Rules>,
    pub(super) not: Option<Box<Rules>>,
}

/// A least or a greatest number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) number: f64,
    pub(super) is_exclusive: bool,
}

/// How many at least and at most.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}
