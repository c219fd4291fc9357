//! The resources that are served at one moment, by group, version and plural name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwapOption;
use hallpass_kubernetes::crd::{CustomResource, Version};
use hallpass_kubernetes::{Schema, builtin};

use super::super::objects;
use super::built_in;
use super::definition;
use crate::store::State;

/// A resource that the cluster serves.
#[derive(Debug)]
pub(in super::super) struct Resource {
    /// The API group, empty for the core group.
    pub(in super::super) group: String,
    /// The version.
    pub(in super::super) version: String,
    /// The name in paths.
    pub(in super::super) plural: String,
    /// The name of one of them.
    pub(in super::super) singular: String,
    /// The kind of its objects.
    pub(in super::super) kind: String,
    /// The kind of a list of them.
    pub(in super::super) list_kind: String,
    /// Whether its objects live in namespaces.
    pub(in super::super) is_namespaced: bool,
    /// What kubectl calls it for short.
    pub(in super::super) short: Vec<String>,
    /// What kubectl calls many resources at once, such as `all`.
    pub(in super::super) categories: Vec<String>,
    /// What can be done with it.
    pub(in super::super) verbs: &'static [&'static str],
    /// Parts of its objects with verbs of their own.
    pub(in super::super) subresources: Vec<Subresource>,
    /// Where it comes from.
    pub(in super::super) origin: Origin,
}

/// A part of an object that has verbs of its own.
#[derive(Clone, Debug)]
pub(in super::super) struct Subresource {
    /// The name in paths, such as `status`.
    pub(in super::super) name: String,
    /// The group, version and kind of what is sent there, where it is not the object's own.
    pub(in super::super) kind: Option<(&'static str, &'static str, &'static str)>,
    /// What can be done with it.
    pub(in super::super) verbs: &'static [&'static str],
}

/// Where a resource comes from.
#[derive(Clone, Debug)]
pub(in super::super) enum Origin {
    /// Every cluster has it.
    BuiltIn,
    /// A version of a custom resource definition.
    Custom(Arc<Version>),
    /// A kind of the runner controllers, which are at home in the lab: served, with any fields,
    /// until its definition is applied.
    Implied,
}

impl Resource {
    /// `pods`, `runnerdeployments.actions.summerwind.dev`.
    pub(in super::super) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `v1`, `actions.summerwind.dev/v1alpha1`.
    pub(in super::super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// What its objects are; none where they may hold anything.
    pub(in super::super) fn schema(&self) -> Option<Arc<Schema>> {
        match &self.origin {
            Origin::BuiltIn => builtin::schema_of(&self.group, &self.version, &self.kind),
            Origin::Custom(version) => Some(Arc::clone(&version.schema)),
            Origin::Implied => None,
        }
    }

    /// The subresource of that name.
    pub(in super::super) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|one| one.name == name)
    }

    /// Whether it is a custom resource, defined or implied.
    pub(in super::super) const fn is_custom(&self) -> bool {
        match self.origin {
            Origin::BuiltIn => false,
            Origin::Custom(_) | Origin::Implied => true,
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(in super::super) struct Registry {
    /// By `group/version/plural`.
    resources: BTreeMap<String, Arc<Resource>>,
    /// Each group, with its versions, the preferred one first.
    groups: BTreeMap<String, Vec<String>>,
    /// Tells this registry from any other: what the definitions are that it was made from.
    pub(in super::super) fingerprint: String,
}

impl Registry {
    /// What a cluster with these objects serves.
    pub(in super::super) fn of(state: &State) -> Self {
        let fingerprint = fingerprint(state);
        let definitions = objects::list(state, DEFINITIONS.0, DEFINITIONS.1, "")
            .map(|object| object.body())
            .filter(definition::is_established)
            // What was stored was checked.
            .filter_map(|definition| CustomResource::parse(&definition).ok());
        Self::new(definitions, fingerprint)
    }

    fn new(definitions: impl Iterator<Item = CustomResource>, fingerprint: String) -> Self {
        let mut resources = BTreeMap::new();
        let mut defined = BTreeSet::new();
        for definition in definitions {
            for resource in definition::resources(&definition) {
                defined.insert(resource.qualified());
                resources.insert(key(&resource), Arc::new(resource));
            }
        }
        for resource in built_in::all() {
            if !defined.contains(&resource.qualified()) {
                resources.insert(key(resource), Arc::clone(resource));
            }
        }
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for resource in resources.values() {
            let versions = groups.entry(resource.group.clone()).or_default();
            if !versions.contains(&resource.version) {
                versions.push(resource.version.clone());
            }
        }
        for versions in groups.values_mut() {
            versions.sort_by_cached_key(|version| definition::priority(version));
        }
        Self {
            resources,
            groups,
            fingerprint,
        }
    }

    /// The resource of that name.
    pub(in super::super) fn find(
        &self,
        group: &str,
        version: &str,
        plural: &str,
    ) -> Option<&Arc<Resource>> {
        self.resources.get(&format!("{group}/{version}/{plural}"))
    }

    /// All resources.
    pub(in super::super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    /// The resources of a version of a group.
    pub(in super::super) fn of_version<'a>(
        &'a self,
        group: &str,
        version: &str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> + use<'a> {
        let prefix = format!("{group}/{version}/");
        self.resources
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(_, resource)| resource)
    }

    /// Each group, with its versions, the preferred one first.
    pub(in super::super) const fn groups(&self) -> &BTreeMap<String, Vec<String>> {
        &self.groups
    }
}

/// The registry as it was last made; made again when a definition has changed.
#[derive(Debug, Default)]
pub(in super::super) struct RegistryCache(ArcSwapOption<Registry>);

impl RegistryCache {
    /// The registry of this state.
    pub(in super::super) fn of(&self, state: &State) -> Arc<Registry> {
        let wanted = fingerprint(state);
        if let Some(known) = self
            .0
            .load_full()
            .filter(|known| known.fingerprint == wanted)
        {
            return known;
        }
        let fresh = Arc::new(Registry::of(state));
        self.0.store(Some(Arc::clone(&fresh)));
        fresh
    }
}

/// What is served before any definition.
pub(super) static BARE: LazyLock<Registry> =
    LazyLock::new(|| Registry::new(std::iter::empty(), String::new()));

fn fingerprint(state: &State) -> String {
    let mut said = String::new();
    for object in objects::list(state, DEFINITIONS.0, DEFINITIONS.1, "") {
        // Writing to a string does not fail.
        let _ = write!(said, "{} {} ", object.head.uid, object.head.version);
    }
    said
}

fn key(resource: &Resource) -> String {
    format!(
        "{}/{}/{}",
        resource.group, resource.version, resource.plural
    )
}

/// The group and the plural name of custom resource definitions.
pub(in super::super) const DEFINITIONS: (&str, &str) =
    ("apiextensions.k8s.io", "customresourcedefinitions");
