//! A set of fields, as a tree of their paths.

use std::collections::BTreeMap;

use super::element::PathElement;

/// A set of fields. An object and the fields in it are members each for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// INVARIANT: each is a member or has members below.
    nodes: BTreeMap<PathElement, Node>,
}

/// What a set has of a path and below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) is_member: bool,
    pub(super) below: FieldSet,
}

impl FieldSet {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds the path.
    pub fn insert(&mut self, path: &[PathElement]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let node = self.nodes.entry(first.clone()).or_default();
        if rest.is_empty() {
            node.is_member = true;
        } else {
            node.below.insert(rest);
        }
    }

    /// Whether the path is in it.
    pub fn contains(&self, path: &[PathElement]) -> bool {
        match path {
            [] => false,
            [last] => self.nodes.get(last).is_some_and(|node| node.is_member),
            [first, rest @ ..] => self
                .nodes
                .get(first)
                .is_some_and(|node| node.below.contains(rest)),
        }
    }

    /// The paths in it, in order.
    pub fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut paths = Vec::new();
        self.gather(&mut Vec::new(), &mut paths);
        paths
    }

    fn gather(&self, path: &mut Vec<PathElement>, paths: &mut Vec<Vec<PathElement>>) {
        for (element, node) in &self.nodes {
            path.push(element.clone());
            if node.is_member {
                paths.push(path.clone());
            }
            node.below.gather(path, paths);
            path.pop();
        }
    }

    /// What is in one of them.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.extend(other);
        both
    }

    /// Adds what is in the other.
    pub fn extend(&mut self, other: &Self) {
        for (element, node) in &other.nodes {
            match self.nodes.get_mut(element) {
                Some(own) => {
                    own.is_member |= node.is_member;
                    own.below.extend(&node.below);
                }
                None => {
                    self.nodes.insert(element.clone(), node.clone());
                }
            }
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combined(other, |own, other| own && other, false)
    }

    /// What is in this one alone.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combined(other, |own, other| own && !other, true)
    }

    fn combined(&self, other: &Self, rule: fn(bool, bool) -> bool, keeps_rest: bool) -> Self {
        let mut combined = Self::default();
        for (element, node) in &self.nodes {
            match other.nodes.get(element) {
                Some(other) => {
                    let is_member = rule(node.is_member, other.is_member);
                    let below = node.below.combined(&other.below, rule, keeps_rest);
                    combined.put(element.clone(), is_member, below);
                }
                None if keeps_rest => {
                    combined.nodes.insert(element.clone(), node.clone());
                }
                None => {}
            }
        }
        combined
    }

    /// Puts what is known of an element; nothing, if nothing of it is in the set.
    pub(super) fn put(&mut self, element: PathElement, is_member: bool, below: Self) {
        if is_member || !below.is_empty() {
            self.nodes.insert(element, Node { is_member, below });
        }
    }

    pub(super) fn get(&self, element: &PathElement) -> Option<&Node> {
        self.nodes.get(element)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathElement, &Node)> {
        self.nodes.iter()
    }

    /// Takes a field of the object and all below it out of the set.
    pub(super) fn cut(&mut self, name: &str) {
        self.nodes.remove(&PathElement::Field(name.into()));
    }

    /// Takes out what nobody manages: what tells the object, and what the API server keeps.
    pub(super) fn strip(&mut self) {
        const OF_METADATA: [&str; 9] = [
            "clusterName",
            "creationTimestamp",
            "generation",
            "managedFields",
            "name",
            "namespace",
            "resourceVersion",
            "selfLink",
            "uid",
        ];
        self.cut("apiVersion");
        self.cut("kind");
        let metadata = PathElement::Field("metadata".into());
        if let Some(mut node) = self.nodes.remove(&metadata) {
            for name in OF_METADATA {
                node.below.cut(name);
            }
            self.put(metadata, false, node.below);
        }
    }
}

impl FromIterator<Vec<PathElement>> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Vec<PathElement>>>(paths: I) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(&path);
        }
        set
    }
}
