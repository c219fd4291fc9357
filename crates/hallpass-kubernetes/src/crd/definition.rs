//! A custom resource, as its definition tells it.

use std::sync::Arc;

use serde_json::Value;

use super::column::Column;
use super::faults::Faults;
use super::names::read_names;
use super::versions::read_versions;
use crate::cause::Cause;
use crate::schema::Schema;

/// A custom resource. It is read once; its versions are shared.
#[derive(Clone, Debug)]
pub struct CustomResource {
    /// The API group.
    pub group: Box<str>,
    /// What it is called.
    pub names: Names,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// Its versions, in the order of the definition.
    pub versions: Vec<Arc<Version>>,
    /// What the author of the definition is to know, for the answer's `Warning` headers.
    pub warnings: Vec<String>,
}

/// What a custom resource is called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The name in paths.
    pub plural: Box<str>,
    /// The name for one, an alias of clients.
    pub singular: Box<str>,
    /// The kind of its objects.
    pub kind: Box<str>,
    /// The kind of a list of them.
    pub list_kind: Box<str>,
    /// Aliases of clients.
    pub short_names: Vec<Box<str>>,
    /// Groups of resources that it belongs to, such as `all`.
    pub categories: Vec<Box<str>>,
}

/// A version of a custom resource.
#[derive(Clone, Debug)]
pub struct Version {
    /// The name, such as `v1alpha1`.
    pub name: Box<str>,
    /// Whether it can be asked for.
    pub is_served: bool,
    /// Whether objects are kept in it.
    pub is_storage: bool,
    /// The warning that requests for a deprecated version get.
    pub deprecation: Option<String>,
    /// What its objects are.
    pub schema: Arc<Schema>,
    /// Whether `status` is a subresource of its own.
    pub has_status: bool,
    /// The `scale` subresource.
    pub scale: Option<Scale>,
    /// The columns of its tables, beside the name; never empty.
    pub columns: Vec<Column>,
    /// The fields that field selectors may name, beside those of the metadata (`.spec.color`).
    pub selectable: Vec<Box<str>>,
}

/// Where the `scale` subresource has its values.
#[derive(Clone, Debug)]
pub struct Scale {
    /// The wanted replicas, such as `.spec.replicas`.
    pub spec_replicas: Box<str>,
    /// The replicas there are, such as `.status.replicas`.
    pub status_replicas: Box<str>,
    /// The selector of the pods, as text.
    pub label_selector: Option<Box<str>>,
}

impl CustomResource {
    /// Reads a definition in which [`set_defaults`](super::set_defaults) set the defaults; what is
    /// wrong with it, otherwise.
    pub fn parse(definition: &Value) -> Result<Self, Vec<Cause>> {
        let mut faults = Faults::default();
        let spec = definition.get("spec").unwrap_or(&Value::Null);
        let group = faults.text(spec, "group", "spec.group");
        let names = read_names(definition, spec, &group, &mut faults);
        let scope = faults.text(spec, "scope", "spec.scope");
        if !matches!(scope.as_ref(), "" | "Cluster" | "Namespaced") {
            let found = Value::String(scope.to_string());
            faults.add(Cause::unsupported(
                "spec.scope",
                &found,
                ["Cluster", "Namespaced"],
            ));
        }
        let versions = read_versions(spec, &mut faults);
        let (causes, warnings) = faults.into_parts();
        if !causes.is_empty() {
            return Err(causes);
        }
        Ok(Self {
            group,
            names,
            is_namespaced: scope.as_ref() == "Namespaced",
            versions,
            warnings,
        })
    }

    /// Reads a definition that takes another's place: some things of it never change.
    pub fn parse_update(old: &Value, definition: &Value) -> Result<Self, Vec<Cause>> {
        let mut causes = super::versions::unchanged(old, definition);
        match Self::parse(definition) {
            Ok(read) if causes.is_empty() => Ok(read),
            Ok(_) => Err(causes),
            Err(others) => {
                causes.extend(others);
                Err(causes)
            }
        }
    }

    /// The name of its definition: `runners.actions.summerwind.dev`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.names.plural, self.group)
    }

    /// The version of that name.
    pub fn version(&self, name: &str) -> Option<&Arc<Version>> {
        self.versions
            .iter()
            .find(|version| version.name.as_ref() == name)
    }

    /// The version that objects are kept in.
    pub fn storage(&self) -> Option<&Arc<Version>> {
        self.versions.iter().find(|version| version.is_storage)
    }
}
