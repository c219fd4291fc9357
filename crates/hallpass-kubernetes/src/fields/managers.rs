//! `metadata.managedFields`: read, written, kept short.
//!
//! Source: Kubernetes API reference, "ObjectMeta", `managedFields`.

use serde_json::{Map, Value, json};

use super::request::Conflict;
use super::set::FieldSet;

/// So many managers that changed an object by updates have an entry of their own.
const MOST_UPDATERS: usize = 10;

/// The manager that stands for those whose entries were merged.
const ANCIENT: &str = "ancient-changes";

/// Who manages what of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Managers {
    pub(super) entries: Vec<Entry>,
}

/// What one manager has by one kind of change.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) manager: String,
    pub(super) is_apply: bool,
    pub(super) api_version: String,
    pub(super) subresource: String,
    pub(super) time: Option<String>,
    pub(super) set: FieldSet,
}

impl Entry {
    /// Whether it is the entry of the same manager by the same kind of change. The version of an
    /// applied configuration does not tell entries apart: each apply takes the last one's place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.is_apply == other.is_apply
            && self.manager == other.manager
            && self.subresource == other.subresource
            && (self.is_apply || self.api_version == other.api_version)
    }

    /// The manager as conflicts tell it.
    pub(super) fn printed(&self) -> String {
        Conflict::manager_of(
            &self.manager,
            &self.subresource,
            !self.is_apply,
            &self.api_version,
        )
    }

    fn read(entry: &Value) -> Option<Self> {
        let text = |name: &str| match entry.get(name) {
            None | Some(Value::Null) => Some(String::new()),
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => None,
        };
        let is_apply = match text("operation")?.as_str() {
            "Apply" => true,
            "Update" => false,
            _ => return None,
        };
        if text("fieldsType")? != "FieldsV1" {
            return None;
        }
        let set = match entry.get("fieldsV1") {
            None | Some(Value::Null) => FieldSet::default(),
            Some(fields) => FieldSet::from_fields_v1(fields).ok()?,
        };
        Some(Self {
            manager: text("manager")?,
            is_apply,
            api_version: text("apiVersion")?,
            subresource: text("subresource")?,
            time: Some(text("time")?).filter(|time| !time.is_empty()),
            set,
        })
    }

    fn written(&self) -> Value {
        let operation = if self.is_apply { "Apply" } else { "Update" };
        let mut entry = Map::new();
        entry.insert("apiVersion".to_owned(), json!(self.api_version));
        entry.insert("fieldsType".to_owned(), json!("FieldsV1"));
        entry.insert("fieldsV1".to_owned(), self.set.to_fields_v1());
        entry.insert("manager".to_owned(), json!(self.manager));
        entry.insert("operation".to_owned(), json!(operation));
        if !self.subresource.is_empty() {
            entry.insert("subresource".to_owned(), json!(self.subresource));
        }
        if let Some(time) = &self.time {
            entry.insert("time".to_owned(), json!(time));
        }
        Value::Object(entry)
    }
}

impl Managers {
    /// Those of an object; none, if what stands there cannot be read.
    pub(super) fn of(object: &Value) -> Self {
        Self::read(object).unwrap_or_default()
    }

    /// Those of an object; absent, if what stands there cannot be read.
    pub(super) fn read(object: &Value) -> Option<Self> {
        let written = object.pointer("/metadata/managedFields");
        let Some(Value::Array(written)) = written else {
            return written.is_none_or(Value::is_null).then(Self::default);
        };
        let entries = written.iter().map(Entry::read);
        let entries: Option<Vec<Entry>> = entries.collect();
        Some(Self { entries: entries? })
    }

    /// Writes them into the object, in the API server's order, and drops those that have nothing.
    pub(super) fn write(mut self, object: &mut Value) {
        self.entries.retain(|entry| !entry.set.is_empty());
        self.shorten();
        let order = |entry: &Entry| {
            (
                !entry.is_apply,
                entry.time.clone(),
                entry.manager.clone(),
                entry.api_version.clone(),
                entry.subresource.clone(),
            )
        };
        self.entries.sort_by_key(order);
        let Some(Value::Object(metadata)) = object.get_mut("metadata") else {
            return;
        };
        if self.entries.is_empty() {
            metadata.shift_remove("managedFields");
            return;
        }
        let entries = self.entries.iter().map(Entry::written).collect();
        metadata.insert("managedFields".to_owned(), Value::Array(entries));
    }

    /// The entry that is of the same manager and kind of change.
    pub(super) fn same_as(&self, entry: &Entry) -> Option<&Entry> {
        self.entries.iter().find(|other| other.is_same(entry))
    }

    /// Puts the entry in the place of the one of the same manager and kind of change.
    pub(super) fn put(&mut self, entry: Entry) {
        self.entries.retain(|other| !other.is_same(&entry));
        self.entries.push(entry);
    }

    /// Merges the oldest updates, so that an object does not grow with each client it met.
    fn shorten(&mut self) {
        loop {
            let updates = self.entries.iter().filter(|entry| !entry.is_apply);
            if updates.count() <= MOST_UPDATERS {
                return;
            }
            let oldest = self
                .entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| !entry.is_apply && entry.manager != ANCIENT)
                .min_by_key(|(_, entry)| (entry.time.clone(), entry.manager.clone()))
                .map(|(index, _)| index);
            let Some(oldest) = oldest else {
                return;
            };
            let mut merged = self.entries.remove(oldest);
            ANCIENT.clone_into(&mut merged.manager);
            merged.subresource.clear();
            if let Some(others) = self.same_as(&merged) {
                merged.set.extend(&others.set);
                merged.time = merged.time.max(others.time.clone());
            }
            self.put(merged);
        }
    }
}

/// Whether the client asks to forget who manages what: an empty list, or one empty entry.
pub(super) fn is_reset(object: &Value) -> bool {
    match object.pointer("/metadata/managedFields") {
        Some(Value::Array(entries)) => match entries.as_slice() {
            [] => true,
            [Value::Object(one)] => one.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// The object without `managedFields`.
pub(super) fn without_managers(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.shift_remove("managedFields");
    }
    object
}
