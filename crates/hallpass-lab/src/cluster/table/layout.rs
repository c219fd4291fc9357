//! How the objects of a resource become rows.

use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::super::resources::{Origin, Resource};
use super::columns::{self, Column};
use super::{built_in, custom};

/// How the objects of a resource are shown.
#[derive(Clone, Debug)]
pub(in super::super) struct Layout {
    columns: Vec<Column>,
    rows_hold: RowObject,
}

/// What a row holds of its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum RowObject {
    #[default]
    Metadata,
    Nothing,
    Object,
}

impl RowObject {
    /// Reads the parameter `includeObject`.
    pub(in super::super) fn parse(word: &str) -> Self {
        match word {
            "None" => Self::Nothing,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

impl Layout {
    /// Of a resource.
    pub(in super::super) fn of(resource: &Resource, rows_hold: RowObject) -> Self {
        let columns = match &resource.origin {
            Origin::BuiltIn => built_in::columns(&resource.group, &resource.plural),
            Origin::Custom(version) => custom::columns(version),
            Origin::Implied => columns::plain(),
        };
        Self { columns, rows_hold }
    }

    /// The table of these objects, with the metadata of their list.
    pub(in super::super) fn table(
        &self,
        objects: impl Iterator<Item = Value>,
        metadata: &Value,
        now: Timestamp,
    ) -> Value {
        let rows: Vec<_> = objects.map(|object| self.row(&object, now)).collect();
        json!({
            "kind": "Table",
            "apiVersion": META,
            "metadata": metadata,
            "columnDefinitions": self.columns.iter().map(Column::definition).collect::<Vec<_>>(),
            "rows": rows,
        })
    }

    /// The table of one object, as the object's own metadata have it.
    pub(in super::super) fn table_of_one(&self, object: &Value, now: Timestamp) -> Value {
        let version = object.pointer("/metadata/resourceVersion");
        let metadata = match version {
            Some(version) => json!({ "resourceVersion": version }),
            None => json!({}),
        };
        self.table(std::iter::once(object.clone()), &metadata, now)
    }

    fn row(&self, object: &Value, now: Timestamp) -> Value {
        let cells: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.cell(object, now))
            .collect();
        match self.rows_hold {
            RowObject::Metadata => json!({ "cells": cells, "object": metadata_of(object) }),
            RowObject::Nothing => json!({ "cells": cells }),
            RowObject::Object => json!({ "cells": cells, "object": object }),
        }
    }
}

/// An object's metadata alone: `PartialObjectMetadata`.
pub(in super::super) fn metadata_of(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": META,
        "metadata": object.get("metadata"),
    })
}

/// The group version of tables and of partial metadata.
pub(in super::super) const META: &str = "meta.k8s.io/v1";
