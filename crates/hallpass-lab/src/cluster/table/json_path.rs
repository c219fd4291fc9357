//! Paths into an object, as the columns of a custom resource name their cells.
//!
//! The part of JSONPath that definitions use: fields, indices, `*`, and filters that compare a field
//! with a text. Source: Kubernetes documentation, "JSONPath Support", "Additional printer columns".

use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::age::age;

/// A path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    All,
    Field(String),
    /// Elements whose field (a path itself) is that text, or is not.
    Filter(Vec<String>, bool, String),
    Index(i64),
}

impl JsonPath {
    /// Reads a path such as `.status.conditions[?(@.type=="Ready")].status`.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('$').unwrap_or(text);
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if steps.len() >= MAX_STEPS {
                return None;
            }
            let step;
            (step, rest) = if let Some(inside) = rest.strip_prefix('[') {
                let end = closing(inside)?;
                let (inside, after) = inside.split_at_checked(end)?;
                (bracket(inside)?, after.strip_prefix(']')?)
            } else {
                let after = rest.strip_prefix('.')?;
                let (name, after) = field(after);
                match name.as_str() {
                    "" => return None,
                    "*" => (Step::All, after),
                    _ => (Step::Field(name), after),
                }
            };
            steps.push(step);
        }
        Some(Self(steps))
    }

    /// What it leads to.
    pub(in super::super) fn find<'a>(&self, object: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![object];
        for step in &self.0 {
            found = found
                .into_iter()
                .flat_map(|value| step.of(value))
                .take(MAX_FOUND)
                .collect();
        }
        found
    }

    /// The cell of a column of that type.
    pub(super) fn cell(&self, object: &Value, kind: &str, now: Timestamp) -> Value {
        let found = self.find(object);
        let Some(first) = found.first() else {
            return Value::Null;
        };
        match kind {
            "boolean" => first.as_bool().map_or(Value::Null, Value::from),
            "date" => first
                .as_str()
                .map_or(Value::Null, |time| json!(age(time, now))),
            "integer" => first.as_i64().map_or(Value::Null, Value::from),
            "number" => first.as_f64().map_or(Value::Null, Value::from),
            _ => {
                let shown: Vec<_> = found.iter().map(|value| shown(value)).collect();
                json!(shown.join(","))
            }
        }
    }
}

impl Step {
    fn of<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::All, Value::Array(list)) => list.iter().collect(),
            (Self::All, Value::Object(fields)) => fields.values().collect(),
            (Self::Field(name), Value::Object(fields)) => fields.get(name).into_iter().collect(),
            (Self::Filter(path, is_equal, wanted), Value::Array(list)) => list
                .iter()
                .filter(|element| {
                    let found = path
                        .iter()
                        .try_fold(*element, |value, name| value.get(name));
                    found.is_some_and(|found| (shown(found) == *wanted) == *is_equal)
                })
                .collect(),
            (Self::Index(index), Value::Array(list)) => {
                let place = if *index < 0 {
                    i64::try_from(list.len()).ok().map(|len| len + index)
                } else {
                    Some(*index)
                };
                place
                    .and_then(|place| list.get(usize::try_from(place).ok()?))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A value as a cell shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field's name, in which `\` takes the meaning of the letter behind it, and what follows it.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '.' | '[' => return (name, text.split_at(at).1),
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            _ => name.push(letter),
        }
    }
    (name, "")
}

/// Where the bracket ends: not within quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, ']') => return Some(at),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket(inside: &str) -> Option<Step> {
    let inside = inside.trim();
    if inside == "*" {
        return Some(Step::All);
    }
    if let Some(name) = unquoted(inside) {
        return Some(Step::Field(name.replace("\\.", ".")));
    }
    if let Some(filter) = inside.strip_prefix("?(") {
        let filter = filter.strip_suffix(')')?;
        let (path, is_equal, wanted) = match (filter.split_once("=="), filter.split_once("!=")) {
            (Some((path, wanted)), _) => (path, true, wanted),
            (None, Some((path, wanted))) => (path, false, wanted),
            (None, None) => return None,
        };
        let path = path.trim().strip_prefix("@.")?;
        let path = path.split('.').map(str::to_owned).collect();
        let wanted = wanted.trim();
        let wanted = unquoted(wanted).unwrap_or(wanted).to_owned();
        return Some(Step::Filter(path, is_equal, wanted));
    }
    inside.parse().ok().map(Step::Index)
}

fn unquoted(text: &str) -> Option<&str> {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

const MAX_STEPS: usize = 64;
const MAX_FOUND: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_definitions_want() {
        let object = json!({
            "spec": { "n": 3, "on": true, "list": [{ "a": "x" }, { "a": "y" }] },
            "status": { "conditions": [
                { "type": "Ready", "status": "False" },
                { "type": "Done", "status": "True" },
            ] },
            "metadata": { "labels": { "a.b/c": "label" } },
        });
        let cell = |path: &str, kind: &str| {
            JsonPath::parse(path)
                .unwrap()
                .cell(&object, kind, Timestamp::UNIX_EPOCH)
        };
        assert_eq!(cell(".spec.n", "integer"), json!(3));
        assert_eq!(cell(".spec.on", "boolean"), json!(true));
        assert_eq!(cell(".spec.on", "integer"), Value::Null);
        assert_eq!(cell(".spec.list[*].a", "string"), json!("x,y"));
        assert_eq!(cell(".spec.list[0].a", "string"), json!("x"));
        assert_eq!(cell(".spec.list[-1].a", "string"), json!("y"));
        assert_eq!(cell(".spec.list[7].a", "string"), Value::Null);
        let ready = r#".status.conditions[?(@.type=="Ready")].status"#;
        assert_eq!(cell(ready, "string"), json!("False"));
        let other = ".status.conditions[?(@.type!='Ready')].status";
        assert_eq!(cell(other, "string"), json!("True"));
        assert_eq!(cell(r".metadata.labels.a\.b/c", "string"), json!("label"));
        assert_eq!(
            cell(r"$.metadata.labels['a\.b/c']", "string"),
            json!("label")
        );
    }

    #[test]
    fn what_is_no_path_is_none() {
        for text in [
            "spec",
            ".",
            ".a..b",
            ".a[",
            ".a[x]",
            ".a[?(@.b)]",
            &".a".repeat(65),
        ] {
            assert_eq!(JsonPath::parse(text), None, "{text}");
        }
    }
}
