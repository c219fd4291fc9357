//! The paths of a resource and what can be done at each.

use serde_json::{Map, Value, json};

use super::definitions::Definitions;
use super::operation::{Operation, path_parameter};
use super::{Dialect, Resource, Subresource};
use crate::builtin;

/// Adds the resource's paths.
pub(super) fn add(
    paths: &mut Map<String, Value>,
    definitions: &mut Definitions,
    resource: &Resource<'_>,
    dialect: Dialect,
) {
    Writer {
        paths,
        definitions,
        resource,
        dialect,
    }
    .add();
}

struct Writer<'a, 'b> {
    paths: &'a mut Map<String, Value>,
    definitions: &'a mut Definitions,
    resource: &'a Resource<'b>,
    dialect: Dialect,
}

/// Method, verb of discovery, action.
type Verb = (&'static str, &'static str, &'static str);

const COLLECTION: &[Verb] = &[
    ("get", "list", "list"),
    ("post", "create", "post"),
    ("delete", "deletecollection", "deletecollection"),
];
const OBJECT: &[Verb] = &[
    ("get", "get", "get"),
    ("put", "update", "put"),
    ("delete", "delete", "delete"),
    ("patch", "patch", "patch"),
];
const PART: &[Verb] = &[
    ("get", "get", "get"),
    ("put", "update", "put"),
    ("post", "create", "post"),
    ("patch", "patch", "patch"),
];

impl Writer<'_, '_> {
    fn add(&mut self) {
        let Resource {
            plural,
            is_namespaced,
            verbs,
            ref subresources,
            ..
        } = *self.resource;
        let base = self.resource.base();
        let collection = if is_namespaced {
            format!("{base}/namespaces/{{namespace}}/{plural}")
        } else {
            format!("{base}/{plural}")
        };
        let object = format!("{collection}/{{name}}");
        self.path(&collection, verbs, COLLECTION, None);
        self.path(&object, verbs, OBJECT, None);
        for part in subresources {
            let path = format!("{object}/{}", part.name);
            self.path(&path, part.verbs, PART, Some(part));
        }
        if is_namespaced && verbs.contains(&"list") {
            let path = format!("{base}/{plural}");
            self.path(&path, &["list"], COLLECTION, None);
        }
    }

    fn path(&mut self, path: &str, has: &[&str], verbs: &[Verb], part: Option<&Subresource<'_>>) {
        let mut made = Map::new();
        for (method, verb, action) in verbs.iter().filter(|(_, verb, _)| has.contains(verb)) {
            let operation = self.operation(path, verb, action, part);
            made.insert((*method).into(), operation.document(self.dialect));
        }
        if made.is_empty() {
            return;
        }
        let mut parameters = Vec::new();
        if path.contains("/{name}") {
            let about = format!("name of the {}", self.resource.kind);
            parameters.push(path_parameter("name", &about, self.dialect));
        }
        if path.contains("/{namespace}") {
            let about = "object name and auth scope, such as for teams and projects";
            parameters.push(path_parameter("namespace", about, self.dialect));
        }
        if !parameters.is_empty() {
            made.insert("parameters".into(), parameters.into());
        }
        self.paths.insert(path.to_owned(), made.into());
    }

    fn operation<'a>(
        &mut self,
        path: &str,
        verb: &str,
        action: &'static str,
        part: Option<&'a Subresource<'_>>,
    ) -> Operation<'a>
    where
        Self: 'a,
    {
        let resource = self.resource;
        let of_part = part.and_then(|part| part.kind);
        let kind = of_part.unwrap_or((resource.group, resource.version, resource.kind));
        let object = of_part
            .and_then(|(group, version, kind)| self.definitions.kind(group, version, kind))
            .unwrap_or_else(|| self.definitions.object(resource));
        let mut of_meta = |group: &str, kind: &str| self.definitions.kind(group, "v1", kind);
        let (body, answer) = match action {
            "list" => (None, self.definitions.list(resource)),
            "post" | "put" => (Some(object.clone()), object),
            "patch" => (Some(json!({"type": "object"})), object),
            "delete" | "deletecollection" => {
                let options = of_meta("meta.k8s.io", "DeleteOptions");
                (options, of_meta("", "Status").unwrap_or(object))
            }
            _ => (None, object),
        };
        Operation {
            action,
            id: id(resource, path, verb, part),
            kind,
            body,
            answer,
            is_custom: builtin::schema_of(resource.group, resource.version, resource.kind)
                .is_none(),
        }
    }
}

/// `listCoreV1NamespacedPod`: no other operation has that name.
fn id(resource: &Resource<'_>, path: &str, verb: &str, part: Option<&Subresource<'_>>) -> String {
    let group = if resource.group.is_empty() {
        "core"
    } else {
        resource.group.trim_end_matches(".k8s.io")
    };
    let verb = match verb {
        "deletecollection" => "deleteCollection",
        "get" => "read",
        "update" => "replace",
        other => other,
    };
    let mut id = verb.to_owned();
    for word in group.split(['.', '-']).chain([resource.version]) {
        id.push_str(&capitalized(word));
    }
    if path.contains("/{namespace}/") {
        id.push_str("Namespaced");
    }
    id.push_str(resource.kind);
    if let Some(part) = part {
        id.push_str(&capitalized(part.name));
    }
    if resource.is_namespaced && !path.contains("/{namespace}/") {
        id.push_str("ForAllNamespaces");
    }
    id
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
