//! The packed text of each type, written by `build.rs`, and its reader.
//!
//! The first line is the type's: form and description; each other one is a field: name (`!` where it
//! must be given), value, tag, options, description, separated by tabs. A description is told by where
//! it starts among [`TEXTS`] and its length; a type by its number. What a program wrote is read without
//! complaint: a number that names nothing is left out, and the tests hold that each one names something.

use std::sync::{Arc, OnceLock};

use super::kind::Kind;
use super::shape;
use crate::Schema;
use crate::protobuf::Layout;

include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// A built-in type.
#[derive(Debug)]
pub(crate) struct Type {
    name: &'static str,
    packed: &'static str,
    schema: OnceLock<Arc<Schema>>,
    layout: OnceLock<Layout>,
}

/// What a type is in JSON and in the binary format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// An object with fields that has one owner as a whole.
    Atomic,
    /// A whole number or a text.
    IntOrString,
    /// Any value; a message with its JSON text.
    Json,
    /// A time to the microsecond.
    MicroTime,
    /// A schema or a list of schemas.
    PropsOrArray,
    /// A schema, or whether anything is allowed.
    PropsOrBool,
    /// A schema or a list of texts.
    PropsOrStrings,
    /// A quantity such as `100m`; a message with its text.
    Quantity,
    /// An object of any fields; a message with its JSON text.
    Raw,
    /// An object with fields.
    Struct,
    /// A time to the second.
    Time,
}

/// A field of a type.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The name in JSON.
    pub(crate) name: &'static str,
    /// Whether it must be given.
    pub(crate) is_required: bool,
    /// What it holds.
    pub(crate) value: Value,
    /// Its tag in the binary format, and those of the messages around it that JSON does not know;
    /// the outermost first. Empty where the binary format has no such field.
    pub(crate) tags: Vec<u32>,
    /// Whether the binary format wraps its lists into messages.
    pub(crate) wraps_lists: bool,
    /// `merge=`, `list=`, `default=`, `atomic` and `zero`, as `docs/kubernetes-schemas.md` tells.
    pub(crate) options: &'static str,
    /// What it is for.
    pub(crate) description: &'static str,
}

/// What a field holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Boolean,
    Byte,
    Double,
    Int32,
    Int64,
    List(Box<Value>),
    Map(Box<Value>),
    String,
    Type(&'static Type),
}

/// The type of that name.
pub(crate) fn find(name: &str) -> Option<&'static Type> {
    let place = TYPES.binary_search_by(|it| it.name.cmp(name)).ok()?;
    TYPES.get(place)
}

impl Type {
    const fn new(name: &'static str, packed: &'static str) -> Self {
        Self {
            name,
            packed,
            schema: OnceLock::new(),
            layout: OnceLock::new(),
        }
    }

    /// The name in OpenAPI.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What it is.
    pub(crate) fn form(&self) -> Form {
        let head = self.packed.lines().next().unwrap_or_default();
        match head.split('\t').next().unwrap_or_default() {
            "atomic" => Form::Atomic,
            "int-or-string" => Form::IntOrString,
            "json" => Form::Json,
            "micro-time" => Form::MicroTime,
            "props-or-array" => Form::PropsOrArray,
            "props-or-bool" => Form::PropsOrBool,
            "props-or-strings" => Form::PropsOrStrings,
            "quantity" => Form::Quantity,
            "raw" => Form::Raw,
            "time" => Form::Time,
            _ => Form::Struct,
        }
    }

    /// What it is for.
    pub(crate) fn description(&self) -> &'static str {
        let head = self.packed.lines().next().unwrap_or_default();
        text(head.split('\t').nth(1).unwrap_or_default())
    }

    /// Its fields, by name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        self.packed.lines().skip(1).filter_map(field)
    }

    /// Its schema.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        Arc::clone(self.schema.get_or_init(|| Arc::new(shape::schema(self))))
    }

    /// Which of its fields has which tag.
    pub(crate) fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| Layout::new(self.fields()))
    }
}

impl Field {
    /// Whether a zero is no value of it for JSON.
    pub(crate) fn omits_zero(&self) -> bool {
        self.options.split(' ').any(|option| option == "zero")
    }
}

fn field(line: &'static str) -> Option<Field> {
    let mut parts = line.split('\t');
    let name = parts.next()?;
    let value = value(parts.next()?)?;
    let tag = parts.next()?;
    Some(Field {
        name: name.trim_end_matches('!'),
        is_required: name.ends_with('!'),
        value,
        tags: tag
            .trim_end_matches('*')
            .split('.')
            .filter_map(|tag| tag.parse().ok())
            .collect(),
        wraps_lists: tag.ends_with('*'),
        options: parts.next()?,
        description: text(parts.next()?),
    })
}

fn value(told: &'static str) -> Option<Value> {
    let inside = |open, close| told.strip_prefix(open)?.strip_suffix(close);
    if let Some(items) = inside('[', ']') {
        return Some(Value::List(Box::new(value(items)?)));
    }
    if let Some(values) = inside('{', '}') {
        return Some(Value::Map(Box::new(value(values)?)));
    }
    Some(match told {
        "boolean" => Value::Boolean,
        "byte" => Value::Byte,
        "double" => Value::Double,
        "int32" => Value::Int32,
        "int64" => Value::Int64,
        "string" => Value::String,
        _ => Value::Type(TYPES.get(told.strip_prefix('#')?.parse::<usize>().ok()?)?),
    })
}

fn text(place: &str) -> &'static str {
    let found = place.split_once(' ').and_then(|(start, length)| {
        let start = start.parse::<usize>().ok()?;
        TEXTS.get(start..start.checked_add(length.parse().ok()?)?)
    });
    found.unwrap_or_default()
}
