//! The whole documents.

use serde_json::{Map, Value, json};

use super::definitions::Definitions;
use super::{Dialect, Resource, gnostic, paths};

/// The version of Kubernetes whose kinds these are.
const VERSION: &str = "v1.35.0";

/// The version 2 document of all that is served.
pub fn v2(resources: &[Resource<'_>]) -> Value {
    let (paths, definitions) = contents(resources, resources, Dialect::V2);
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": paths,
        "definitions": definitions,
        "securityDefinitions": {"BearerToken": {
            "description": "Bearer Token authentication",
            "type": "apiKey",
            "name": "authorization",
            "in": "header",
        }},
        "security": [{"BearerToken": []}],
    })
}

/// The version 2 document as [`V2_PROTOBUF`](super::V2_PROTOBUF).
pub fn v2_protobuf(resources: &[Resource<'_>]) -> Vec<u8> {
    gnostic::encode(&v2(resources))
}

/// The version 3 document of one group and version.
pub fn v3(resources: &[Resource<'_>], group: &str, version: &str) -> Value {
    let is_it = |it: &&Resource<'_>| it.group == group && it.version == version;
    let wanted: Vec<Resource<'_>> = resources.iter().filter(is_it).cloned().collect();
    let (paths, definitions) = contents(&wanted, resources, Dialect::V3);
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"BearerToken": {
                "description": "Bearer Token authentication",
                "type": "apiKey",
                "name": "authorization",
                "in": "header",
            }},
        },
    })
}

fn contents(
    wanted: &[Resource<'_>],
    all: &[Resource<'_>],
    dialect: Dialect,
) -> (Map<String, Value>, Value) {
    let mut definitions = Definitions::new(dialect, all);
    let mut made = Map::new();
    for resource in wanted {
        paths::add(&mut made, &mut definitions, resource, dialect);
    }
    made.sort_keys();
    (made, definitions.into_value())
}
