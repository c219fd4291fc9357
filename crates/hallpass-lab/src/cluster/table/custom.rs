//! The columns that a custom resource definition names.

use serde_json::Value;

use super::super::objects::{elements, text};
use super::columns::{Cell, Column, age_column, name};
use super::json_path::JsonPath;

/// The columns of a version of a definition; the age, where it names none.
pub(super) fn columns(version: &Value) -> Vec<Column> {
    let mut columns = vec![name()];
    columns.extend(elements(version, "/additionalPrinterColumns").filter_map(column));
    if columns.len() == 1 {
        columns.push(age_column());
    }
    columns
}

fn column(given: &Value) -> Option<Column> {
    let kind = text(given, "/type");
    let path = JsonPath::parse(text(given, "/jsonPath"))?;
    let priority = given.get("priority").and_then(Value::as_i64);
    let column = Column::new(text(given, "/name"), Cell::Path(path, kind.to_owned()))
        .of_kind(kind)
        .formatted(text(given, "/format"))
        .described(text(given, "/description"))
        .with_priority(priority.unwrap_or_default());
    Some(column)
}
