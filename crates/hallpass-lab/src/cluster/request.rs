//! What a request to the API asks for: a verb, and the object or collection that it is about.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource URIs, verbs).

use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use super::resources::{self, Registry, Resource};
use super::status::Status;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Delete,
    DeleteCollection,
    Get,
    List,
    Patch,
    Update,
    Watch,
}

impl Verb {
    /// Whether it deletes.
    pub(super) const fn deletes(self) -> bool {
        matches!(self, Self::Delete | Self::DeleteCollection)
    }

    /// The word, as rules of RBAC have it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Get => "get",
            Self::List => "list",
            Self::Patch => "patch",
            Self::Update => "update",
            Self::Watch => "watch",
        }
    }
}

/// What it is done to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The API group, empty for the core group.
    pub(super) group: String,
    /// The version.
    pub(super) version: String,
    /// The plural name.
    pub(super) resource: String,
    /// The namespace; empty for cluster-scoped objects, and for a list over all namespaces.
    pub(super) namespace: String,
    /// The object's name; absent for a collection.
    pub(super) name: Option<String>,
    /// A part of the object with verbs of its own, such as `token`.
    pub(super) subresource: Option<String>,
    /// The resource, where the cluster was asked whether it serves it.
    pub(super) served: Option<Arc<Resource>>,
    /// Whether the cluster said that it does not serve it.
    pub(super) is_absent: bool,
}

impl Target {
    /// An object or collection of the core group.
    pub(super) fn core(resource: &str, namespace: &str, name: Option<&str>) -> Self {
        Self {
            group: String::new(),
            version: "v1".to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.map(str::to_owned),
            subresource: None,
            served: None,
            is_absent: false,
        }
    }

    /// An object or collection of a resource.
    pub(super) fn of(resource: &Arc<Resource>, namespace: &str, name: Option<&str>) -> Self {
        Self {
            group: resource.group.clone(),
            version: resource.version.clone(),
            resource: resource.plural.clone(),
            namespace: namespace.to_owned(),
            name: name.map(str::to_owned),
            subresource: None,
            served: Some(Arc::clone(resource)),
            is_absent: false,
        }
    }

    /// The same, as `registry` serves it.
    pub(super) fn resolve(mut self, registry: &Registry) -> Self {
        let found = registry.find(&self.group, &self.version, &self.resource);
        self.is_absent = found.is_none();
        self.served = found.map(Arc::clone);
        self
    }

    /// Reads a path below `/api` or `/apis`.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<String> = path
            .strip_prefix('/')?
            .split('/')
            .map(|part| {
                let decoded = percent_decode_str(part).decode_utf8().ok()?;
                (!decoded.is_empty() && !decoded.contains('/')).then(|| decoded.into_owned())
            })
            .collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, resource, rest) = match rest {
            ["namespaces", name, rest @ ("status" | "finalize")] => {
                ("", "namespaces", vec![*name, *rest])
            }
            ["namespaces", namespace, resource, rest @ ..] => {
                (*namespace, *resource, rest.to_vec())
            }
            [resource, rest @ ..] => ("", *resource, rest.to_vec()),
            [] => return None,
        };
        let (name, subresource) = match rest.as_slice() {
            [] => (None, None),
            [name] => (Some(*name), None),
            [name, subresource] => (Some(*name), Some(*subresource)),
            _ => return None,
        };
        Some(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.map(str::to_owned),
            subresource: subresource.map(str::to_owned),
            served: None,
            is_absent: false,
        })
    }

    /// The verb that `method` means here.
    pub(super) fn verb(&self, method: &Method, is_watch: bool) -> Result<Verb, Status> {
        let has_name = self.name.is_some();
        let verb = match *method {
            Method::GET | Method::HEAD if has_name => Verb::Get,
            Method::GET if is_watch => Verb::Watch,
            Method::GET | Method::HEAD => Verb::List,
            Method::POST if !has_name || self.subresource.is_some() => Verb::Create,
            Method::PUT if has_name => Verb::Update,
            Method::PATCH if has_name => Verb::Patch,
            Method::DELETE if has_name => Verb::Delete,
            Method::DELETE => Verb::DeleteCollection,
            _ => return Err(Status::method_not_allowed()),
        };
        Ok(verb)
    }

    /// The resource. An error where the cluster serves no such thing, or not in that place.
    pub(super) fn known(&self) -> Result<&Arc<Resource>, Status> {
        let resource = self
            .served
            .as_ref()
            .or_else(|| resources::built_in(&self.group, &self.version, &self.resource))
            .filter(|_| !self.is_absent)
            .ok_or_else(Status::no_such_path)?;
        let is_outside = self.namespace.is_empty();
        if resource.is_namespaced && is_outside && self.name.is_some()
            || !resource.is_namespaced && !is_outside
        {
            return Err(Status::no_such_path());
        }
        Ok(resource)
    }

    /// `pods`, `runnerdeployments.actions.summerwind.dev`.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.resource.clone()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }

    /// The namespace as access control sees it: a namespace is in itself.
    pub(super) fn scope(&self) -> &str {
        match (self.group.as_str(), self.resource.as_str(), &self.name) {
            ("", "namespaces", Some(name)) => name,
            _ => &self.namespace,
        }
    }

    /// `v1`, `actions.summerwind.dev/v1alpha1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The object's name; empty for a collection.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// As the event log names it: `pods/actions/runner-1`, `serviceaccounts/token/actions/ci`.
    pub(super) fn display(&self) -> String {
        let mut parts = vec![self.qualified()];
        parts.extend(self.subresource.clone());
        parts.extend((!self.namespace.is_empty()).then(|| self.namespace.clone()));
        parts.extend(self.name.clone());
        parts.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths() {
        for (path, shown) in [
            ("/api/v1/namespaces", "namespaces"),
            ("/api/v1/namespaces/a", "namespaces/a"),
            ("/api/v1/namespaces/a/status", "namespaces/status/a"),
            ("/api/v1/pods", "pods"),
            ("/api/v1/namespaces/a/pods/b", "pods/a/b"),
            (
                "/api/v1/namespaces/a/serviceaccounts/b/token",
                "serviceaccounts/token/a/b",
            ),
            (
                "/apis/actions.github.com/v1alpha1/namespaces/a/autoscalingrunnersets",
                "autoscalingrunnersets.actions.github.com/a",
            ),
        ] {
            assert_eq!(Target::parse(path).unwrap().display(), shown, "{path}");
        }
        for path in [
            "",
            "/api",
            "/api/v1",
            "/api/v1/",
            "/apis/a.b/v1",
            "/api/v1/pods/a/b/c",
            "/api/v1/namespaces/a/pods/x%2Fy",
            "/api/v1/namespaces//pods",
        ] {
            assert!(Target::parse(path).is_none(), "{path}");
        }
    }

    #[test]
    fn tells_what_is_served() {
        let known = |path| {
            Target::parse(path)
                .unwrap()
                .known()
                .map(|known| known.kind.clone())
        };
        assert_eq!(known("/api/v1/pods").unwrap(), "Pod");
        for path in [
            "/api/v1/widgets",
            "/api/v2/pods",
            "/api/v1/pods/a",
            "/api/v1/namespaces/a/nodes",
            "/apis/actions.github.com/v1/namespaces/a/ephemeralrunners",
            "/apis/example.com/v1/namespaces/a/widgets",
        ] {
            assert_eq!(known(path).unwrap_err().code, 404, "{path}");
        }
    }
}
