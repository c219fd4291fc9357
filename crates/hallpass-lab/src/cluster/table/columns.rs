//! Columns, and what most of them have in common.

use hallpass_kubernetes::crd::JsonPath;
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::super::objects::text;
use super::age::age;
use super::custom;

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    name: String,
    kind: String,
    format: String,
    description: String,
    /// 0 for those that are always shown.
    priority: i64,
    cell: Cell,
}

/// Where a cell comes from.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// How long ago the object was made.
    Age,
    /// What a function finds.
    Found(fn(&Value, Timestamp) -> Value),
    /// What a column of a custom resource names, by its path and type.
    Path(JsonPath, String),
    /// Text at a JSON pointer.
    Text(&'static str),
}

impl Column {
    /// A column of text.
    pub(super) fn new(name: &str, cell: Cell) -> Self {
        Self {
            name: name.to_owned(),
            kind: "string".to_owned(),
            format: String::new(),
            description: String::new(),
            priority: 0,
            cell,
        }
    }

    pub(super) fn of_kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    pub(super) fn formatted(mut self, format: &str) -> Self {
        format.clone_into(&mut self.format);
        self
    }

    pub(super) fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    pub(super) const fn with_priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// A column that only `-o wide` shows.
    pub(super) const fn wide(self) -> Self {
        self.with_priority(1)
    }

    /// As the table tells of it.
    pub(super) fn definition(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        })
    }

    /// Its cell in an object's row.
    pub(super) fn cell(&self, object: &Value, now: Timestamp) -> Value {
        match &self.cell {
            Cell::Age => json!(age(text(object, "/metadata/creationTimestamp"), now)),
            Cell::Found(find) => find(object, now),
            Cell::Path(path, kind) => custom::cell(path, kind, object, now),
            Cell::Text(pointer) => json!(text(object, pointer)),
        }
    }
}

/// The name.
pub(super) fn name() -> Column {
    Column::new("Name", Cell::Text("/metadata/name"))
        .formatted("name")
        .described("Name must be unique within a namespace.")
}

/// The age.
pub(super) fn age_column() -> Column {
    Column::new("Age", Cell::Age).described("How long ago the object was created.")
}

/// The time of its making, for kinds that have nothing else to show.
pub(super) fn created() -> Column {
    Column::new("Created At", Cell::Text("/metadata/creationTimestamp"))
        .of_kind("date")
        .described("When the object was created.")
}

/// Of resources that say nothing of their columns.
pub(super) fn plain() -> Vec<Column> {
    vec![name(), age_column()]
}
