//! The columns that a custom resource definition names.

use hallpass_kubernetes::crd::{self, JsonPath, Version};
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::age::age;
use super::columns::{Cell, Column, name};

/// The columns of a version of a definition.
pub(super) fn columns(version: &Version) -> Vec<Column> {
    let own = version.columns.iter().map(column);
    std::iter::once(name()).chain(own).collect()
}

fn column(given: &crd::Column) -> Column {
    let cell = Cell::Path(given.path.clone(), given.kind.to_string());
    Column::new(&given.name, cell)
        .of_kind(&given.kind)
        .formatted(&given.format)
        .described(&given.description)
        .with_priority(given.priority)
}

/// The cell of a column of that type.
pub(super) fn cell(path: &JsonPath, kind: &str, object: &Value, now: Timestamp) -> Value {
    let found = path.find(object);
    let Some(first) = found.first() else {
        return Value::Null;
    };
    match kind {
        "boolean" => first.as_bool().map_or(Value::Null, Value::from),
        "date" => match first.as_str() {
            Some(time) => json!(age(time, now)),
            None => Value::Null,
        },
        "integer" => first.as_i64().map_or(Value::Null, Value::from),
        "number" => first.as_f64().map_or(Value::Null, Value::from),
        _ => {
            let shown: Vec<_> = found.iter().map(|value| shown(value)).collect();
            json!(shown.join(","))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_of_its_columns_type() {
        let object = json!({ "n": 3, "list": [{ "a": "x" }, { "a": "y" }] });
        let cell = |path: &str, kind: &str| {
            let path = JsonPath::parse(path).unwrap();
            cell(&path, kind, &object, Timestamp::UNIX_EPOCH)
        };
        assert_eq!(cell(".n", "integer"), json!(3));
        assert_eq!(cell(".n", "string"), json!("3"));
        assert_eq!(cell(".n", "boolean"), Value::Null);
        assert_eq!(cell(".list[*].a", "string"), json!("x,y"));
        assert_eq!(cell(".none", "string"), Value::Null);
    }
}
