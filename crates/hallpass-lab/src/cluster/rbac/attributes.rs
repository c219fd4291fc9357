//! What somebody wants to do, as rules see it.

use super::super::access::Caller;
use super::super::request::{Target, Verb};
use super::super::status::Status;

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Attributes {
    /// The verb.
    pub(in super::super) verb: String,
    /// To what.
    pub(in super::super) what: What,
}

/// To what something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum What {
    /// A path that names no object, such as `/healthz`.
    Path(String),
    /// An object or a collection.
    Resource {
        group: String,
        resource: String,
        subresource: String,
        namespace: String,
        name: String,
    },
}

impl Attributes {
    /// Of a request about objects. A list of the one object of a name counts as being about it.
    pub(in super::super) fn of(verb: Verb, target: &Target, listed_name: Option<&str>) -> Self {
        Self {
            verb: verb.as_str().to_owned(),
            what: What::Resource {
                group: target.group.clone(),
                resource: target.resource.clone(),
                subresource: target.subresource.clone().unwrap_or_default(),
                namespace: target.scope().to_owned(),
                name: target
                    .name
                    .as_deref()
                    .or(listed_name)
                    .unwrap_or_default()
                    .to_owned(),
            },
        }
    }

    /// Of a request for a path.
    pub(in super::super) fn of_path(method: &http::Method, path: &str) -> Self {
        Self {
            verb: method.as_str().to_ascii_lowercase(),
            what: What::Path(path.to_owned()),
        }
    }

    /// The namespace; empty at the cluster's scope.
    pub(in super::super) fn namespace(&self) -> &str {
        match &self.what {
            What::Path(_) => "",
            What::Resource { namespace, .. } => namespace,
        }
    }

    /// As the event log names what it is about.
    pub(super) fn display(&self) -> String {
        let What::Resource {
            group,
            resource,
            subresource,
            namespace,
            name,
        } = &self.what
        else {
            return match &self.what {
                What::Path(path) => path.chars().take(MAX_SHOWN).collect(),
                What::Resource { .. } => String::new(),
            };
        };
        let qualified = qualified(group, resource);
        [&qualified, subresource, namespace, name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join("/")
            .chars()
            .take(MAX_SHOWN)
            .collect()
    }

    /// The refusal; `reason` is what the authorizer knows besides.
    pub(super) fn refusal(&self, caller: &Caller, reason: &str) -> Status {
        let with_reason = |why: String| {
            if reason.is_empty() {
                why
            } else {
                format!("{why}: {reason}")
            }
        };
        let user = &caller.name;
        match &self.what {
            What::Path(path) => Status::forbidden_path(&with_reason(format!(
                "User \"{user}\" cannot {} path \"{path}\"",
                self.verb
            ))),
            What::Resource {
                group,
                resource,
                subresource,
                namespace,
                name,
            } => {
                let part = match subresource.as_str() {
                    "" => resource.clone(),
                    subresource => format!("{resource}/{subresource}"),
                };
                let scope = match namespace.as_str() {
                    "" => "at the cluster scope".to_owned(),
                    namespace => format!("in the namespace \"{namespace}\""),
                };
                let why = with_reason(format!(
                    "User \"{user}\" cannot {} resource \"{part}\" in API group \"{group}\" {scope}",
                    self.verb
                ));
                Status::forbidden(&qualified(group, resource), name, &why)
            }
        }
    }
}

fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}.{group}")
    }
}

// More than any honest path.
const MAX_SHOWN: usize = 512;
