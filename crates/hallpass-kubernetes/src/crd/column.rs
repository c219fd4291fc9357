//! The columns of a resource's tables, and the small part of JSONPath that they use.
//!
//! Source: Kubernetes documentation, "JSONPath Support"; columns know fields, indexes, all elements,
//! and filters by a comparison.

use serde_json::{Value, json};
use thiserror::Error;

use super::faults::Faults;
use super::path::Path;
use crate::cause::Cause;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The heading.
    pub name: Box<str>,
    /// `integer`, `number`, `string`, `boolean` or `date`.
    pub kind: Box<str>,
    /// What a text means, such as `name`; empty for nothing.
    pub format: Box<str>,
    /// What it is for.
    pub description: Box<str>,
    /// 0 for what is always shown; more for `-o wide`.
    pub priority: i64,
    /// Where an object has its value.
    pub path: JsonPath,
}

impl Column {
    /// The column that a resource without columns has.
    fn age() -> Self {
        Self {
            name: "Age".into(),
            kind: "date".into(),
            format: Box::default(),
            description: "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata".into(),
            priority: 0,
            path: JsonPath {
                text: ".metadata.creationTimestamp".into(),
                steps: vec![
                    Step::Field("metadata".into()),
                    Step::Field("creationTimestamp".into()),
                ],
            },
        }
    }
}

/// Reads `additionalPrinterColumns`.
pub(super) fn read_columns(version: &Value, at: &Path<'_>, faults: &mut Faults) -> Vec<Column> {
    let path = at.child("additionalPrinterColumns");
    let columns = match version.get("additionalPrinterColumns") {
        None | Some(Value::Null) => return vec![Column::age()],
        Some(Value::Array(columns)) if columns.is_empty() => return vec![Column::age()],
        Some(Value::Array(columns)) => columns,
        Some(other) => {
            faults.mistyped(path, "array", other);
            return Vec::new();
        }
    };
    let columns = columns.iter().enumerate();
    columns
        .filter_map(|(index, column)| read_column(column, &path.index(index), faults))
        .collect()
}

fn read_column(column: &Value, at: &Path<'_>, faults: &mut Faults) -> Option<Column> {
    const KINDS: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
    let kind = faults.text(column, "type", &at.child("type").to_string());
    if !kind.is_empty() && !KINDS.contains(&kind.as_ref()) {
        let found = Value::String(kind.to_string());
        faults.add(Cause::unsupported(at.child("type"), &found, KINDS));
    }
    let text = faults.text(column, "jsonPath", &at.child("jsonPath").to_string());
    let path = match JsonPath::parse(&text) {
        Ok(path) => Some(path),
        Err(_) if text.is_empty() => None,
        Err(error) => {
            let found = Value::String(text.to_string());
            let detail = format!("is an invalid JSONPath: {error}");
            faults.add(Cause::invalid(at.child("jsonPath"), &found, &detail));
            None
        }
    };
    Some(Column {
        name: faults.text(column, "name", &at.child("name").to_string()),
        kind,
        format: faults
            .optional_text(column, "format", at.child("format"))
            .unwrap_or_default(),
        description: faults
            .optional_text(column, "description", at.child("description"))
            .unwrap_or_default(),
        priority: column.get("priority").and_then(Value::as_i64).unwrap_or(0),
        path: path?,
    })
}

/// A path to values in an object.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    text: Box<str>,
    steps: Vec<Step>,
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum JsonPathError {
    /// It does not begin with a dot.
    #[error("it must begin with `.`")]
    Start,
    /// A bracket is not closed, or holds what is not known here.
    #[error("`[...]` holds a name in quotes, an index, `*` or `?(@.field == value)`")]
    Bracket,
    /// A dot without a name.
    #[error("a name must follow `.`")]
    Name,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    All,
    Field(Box<str>),
    Filter {
        path: Vec<Step>,
        comparison: Comparison,
        value: Value,
    },
    Index(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Exists,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    NotEqual,
}

impl JsonPath {
    /// Reads a path: `.status.conditions[?(@.type=="Ready")].status`.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        let inner = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(text);
        let inner = inner.strip_prefix('$').unwrap_or(inner);
        if !inner.starts_with(['.', '[']) {
            return Err(JsonPathError::Start);
        }
        Ok(Self {
            text: text.into(),
            steps: steps(inner)?,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The values that the path leads to, in their order.
    pub fn find<'a>(&self, object: &'a Value) -> Vec<&'a Value> {
        follow(&self.steps, vec![object])
    }
}

fn follow<'a>(steps: &[Step], start: Vec<&'a Value>) -> Vec<&'a Value> {
    let mut found = start;
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|value| one_step(step, value))
            .collect();
    }
    found
}

fn one_step<'a>(step: &Step, value: &'a Value) -> Vec<&'a Value> {
    match (step, value) {
        (Step::All, Value::Array(items)) => items.iter().collect(),
        (Step::All, Value::Object(fields)) => fields.values().collect(),
        (Step::Field(name), Value::Object(fields)) => {
            fields.get(name.as_ref()).into_iter().collect()
        }
        (Step::Index(index), Value::Array(items)) => {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let index = if *index < 0 { length + index } else { *index };
            let index = usize::try_from(index).ok();
            index
                .and_then(|index| items.get(index))
                .into_iter()
                .collect()
        }
        (
            Step::Filter {
                path,
                comparison,
                value: wanted,
            },
            Value::Array(items),
        ) => items
            .iter()
            .filter(|item| {
                let found = follow(path, vec![item]);
                found
                    .first()
                    .is_some_and(|found| comparison.holds(found, wanted))
            })
            .collect(),
        _ => Vec::new(),
    }
}

impl Comparison {
    fn holds(self, found: &Value, wanted: &Value) -> bool {
        let order = match (found, wanted) {
            (Value::String(found), Value::String(wanted)) => Some(found.cmp(wanted)),
            (found, wanted) => found
                .as_f64()
                .zip(wanted.as_f64())
                .and_then(|(found, wanted)| found.partial_cmp(&wanted)),
        };
        match self {
            Self::Equal => found == wanted || order.is_some_and(std::cmp::Ordering::is_eq),
            Self::Exists => true,
            Self::NotEqual => found != wanted && !order.is_some_and(std::cmp::Ordering::is_eq),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        }
    }
}

fn steps(text: &str) -> Result<Vec<Step>, JsonPathError> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            if after.starts_with('[') {
                rest = after;
                continue;
            }
            let (name, after) = read_name(after);
            if name.is_empty() {
                return Err(JsonPathError::Name);
            }
            steps.push(match name.as_str() {
                "*" => Step::All,
                name => Step::Field(name.into()),
            });
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = read_bracket(after)?;
            steps.push(bracket(inside.trim())?);
            rest = after;
        } else {
            return Err(JsonPathError::Start);
        }
    }
    Ok(steps)
}

/// A name to the next dot or bracket that no backslash stands before, and what follows.
fn read_name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return (name, text.get(at..).unwrap_or_default()),
            other => name.push(other),
        }
    }
    (name, "")
}

/// What stands before the bracket that closes, quotes and inner brackets minded, and what follows.
fn read_bracket(text: &str) -> Result<(&str, &str), JsonPathError> {
    let (mut depth, mut quote) = (0, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') if depth > 0 => depth -= 1,
            (None, ']') => {
                let inside = text.get(..at).unwrap_or_default();
                return Ok((inside, text.get(at + 1..).unwrap_or_default()));
            }
            _ => {}
        }
    }
    Err(JsonPathError::Bracket)
}

fn bracket(inside: &str) -> Result<Step, JsonPathError> {
    if inside == "*" {
        return Ok(Step::All);
    }
    if let Some(name) = unquoted(inside) {
        return Ok(Step::Field(name.into()));
    }
    if let Some(filter) = inside
        .strip_prefix("?(")
        .and_then(|filter| filter.strip_suffix(')'))
    {
        return read_filter(filter.trim());
    }
    let index = inside.parse().map_err(|_| JsonPathError::Bracket)?;
    Ok(Step::Index(index))
}

fn read_filter(filter: &str) -> Result<Step, JsonPathError> {
    const SIGNS: [(&str, Comparison); 6] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::Greater),
        ("<", Comparison::Less),
    ];
    let split = SIGNS
        .iter()
        .find_map(|(sign, comparison)| Some((filter.split_once(sign)?, *comparison)));
    let ((path, value), comparison) = split.unwrap_or(((filter, ""), Comparison::Exists));
    let path = path
        .trim()
        .strip_prefix('@')
        .ok_or(JsonPathError::Bracket)?;
    let value = value.trim();
    let value = match (unquoted(value), comparison) {
        (_, Comparison::Exists) => Value::Null,
        (Some(text), _) => json!(text),
        (None, _) => serde_json::from_str(value).map_err(|_| JsonPathError::Bracket)?,
    };
    Ok(Step::Filter {
        path: steps(path)?,
        comparison,
        value,
    })
}

fn unquoted(text: &str) -> Option<&str> {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_columns_use() {
        let object = json!({
            "spec": {"replicas": 3, "labels": ["a", "b"], "a.b": 1, "list": [{"n": 1}, {"n": 2}]},
            "status": {"conditions": [
                {"type": "Ready", "status": "True"},
                {"type": "Done", "status": "False"},
            ]},
            "metadata": {"annotations": {"x.dev/y": "z"}},
        });
        let cases = [
            (".spec.replicas", json!([3])),
            ("{.spec.replicas}", json!([3])),
            ("$.spec.replicas", json!([3])),
            (".spec.labels", json!([["a", "b"]])),
            (".spec.labels[0]", json!(["a"])),
            (".spec.labels[-1]", json!(["b"])),
            (".spec.labels[*]", json!(["a", "b"])),
            (".spec['a.b']", json!([1])),
            (".spec.a\\.b", json!([1])),
            (".spec.list[*].n", json!([1, 2])),
            (".spec.list[?(@.n > 1)].n", json!([2])),
            (
                ".status.conditions[?(@.type==\"Ready\")].status",
                json!(["True"]),
            ),
            (
                ".status.conditions[?(@.type != 'Ready')].status",
                json!(["False"]),
            ),
            (".metadata.annotations['x\\.dev/y']", json!([])),
            (".metadata.annotations['x.dev/y']", json!(["z"])),
            (".missing.field", json!([])),
        ];
        for (path, wanted) in cases {
            let found = JsonPath::parse(path).unwrap();
            assert_eq!(json!(found.find(&object)), wanted, "{path}");
        }
    }

    #[test]
    fn refuses_what_is_no_path() {
        for text in [
            "",
            "spec",
            ".",
            ".a..b",
            ".a[",
            ".a[x]",
            ".a[?(b==1)]",
            ".a[?(@.b==)]",
        ] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
    }
}
