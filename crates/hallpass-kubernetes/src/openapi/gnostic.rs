//! The version 2 document in the binary form that kubectl asks for: the message `Document` of gnostic.
//!
//! Source: gnostic, `openapiv2/OpenAPIv2.proto` (the messages and their tags). A value of any kind is
//! there as YAML, of which JSON is a part.

use serde_json::{Map, Value};

use crate::protobuf::Writer;

/// The document, which [`super::v2`] made.
pub(super) fn encode(document: &Value) -> Vec<u8> {
    let mut out = Writer::default();
    text(&mut out, 1, document, "swagger");
    message(&mut out, 2, document.get("info"), |out, info| {
        text(out, 1, info, "title");
        text(out, 2, info, "version");
    });
    message(&mut out, 8, document.get("paths"), |out, paths| {
        named(out, 2, paths, path);
    });
    message(&mut out, 9, document.get("definitions"), |out, all| {
        named(out, 1, all, schema);
    });
    for requirement in list(document, "security") {
        message(&mut out, 12, Some(requirement), |out, it| {
            named(out, 1, it, |out, scopes| strings(out, 1, Some(scopes)));
        });
    }
    message(
        &mut out,
        13,
        document.get("securityDefinitions"),
        |out, all| {
            named(out, 1, all, |out, it| {
                message(out, 2, Some(it), |out, key| {
                    text(out, 1, key, "type");
                    text(out, 2, key, "name");
                    text(out, 3, key, "in");
                    text(out, 4, key, "description");
                });
            });
        },
    );
    out.into_bytes()
}

fn path(out: &mut Writer, path: &Value) {
    for (tag, method) in [
        (2, "get"),
        (3, "put"),
        (4, "post"),
        (5, "delete"),
        (8, "patch"),
    ] {
        message(out, tag, path.get(method), operation);
    }
    parameters(out, 9, path);
}

fn operation(out: &mut Writer, operation: &Value) {
    text(out, 5, operation, "operationId");
    strings(out, 6, operation.get("produces"));
    strings(out, 7, operation.get("consumes"));
    parameters(out, 8, operation);
    message(out, 9, operation.get("responses"), |out, responses| {
        named(out, 1, responses, |out, response| {
            message(out, 1, Some(response), |out, response| {
                text(out, 1, response, "description");
                message(out, 2, response.get("schema"), |out, it| {
                    message(out, 1, Some(it), schema);
                });
            });
        });
    });
    strings(out, 10, operation.get("schemes"));
    extensions(out, 13, operation);
}

fn parameters(out: &mut Writer, tag: u32, of: &Value) {
    for parameter in list(of, "parameters") {
        message(out, tag, Some(parameter), |out, it| {
            message(out, 1, Some(it), self::parameter);
        });
    }
}

fn parameter(out: &mut Writer, parameter: &Value) {
    let place = parameter.get("in").and_then(Value::as_str);
    if place == Some("body") {
        message(out, 1, Some(parameter), |out, body| {
            text(out, 2, body, "name");
            text(out, 3, body, "in");
            flag(out, 4, body, "required");
            message(out, 5, body.get("schema"), schema);
        });
        return;
    }
    let is_in_path = place == Some("path");
    message(out, 2, Some(parameter), |out, it| {
        message(out, if is_in_path { 4 } else { 3 }, Some(it), |out, it| {
            flag(out, 1, it, "required");
            text(out, 2, it, "in");
            text(out, 3, it, "description");
            text(out, 4, it, "name");
            text(out, if is_in_path { 5 } else { 6 }, it, "type");
            flag(out, if is_in_path { 19 } else { 20 }, it, "uniqueItems");
        });
    });
}

fn schema(out: &mut Writer, schema: &Value) {
    text(out, 1, schema, "$ref");
    text(out, 2, schema, "format");
    text(out, 3, schema, "title");
    text(out, 4, schema, "description");
    any(out, 5, schema.get("default"));
    for (tag, name) in [(6, "multipleOf"), (7, "maximum"), (9, "minimum")] {
        if let Some(number) = schema.get(name).and_then(Value::as_f64) {
            out.double(tag, number);
        }
    }
    flag(out, 8, schema, "exclusiveMaximum");
    flag(out, 10, schema, "exclusiveMinimum");
    text(out, 13, schema, "pattern");
    flag(out, 16, schema, "uniqueItems");
    for (tag, name) in [
        (11, "maxLength"),
        (12, "minLength"),
        (14, "maxItems"),
        (15, "minItems"),
        (17, "maxProperties"),
        (18, "minProperties"),
    ] {
        if let Some(number) = schema.get(name).and_then(Value::as_u64) {
            out.varint(tag, number);
        }
    }
    strings(out, 19, schema.get("required"));
    for value in list(schema, "enum") {
        any(out, 20, Some(value));
    }
    message(out, 21, schema.get("additionalProperties"), |out, it| {
        message(out, 1, Some(it), self::schema);
    });
    message(out, 22, schema.get("type"), |out, it| {
        out.text(1, it.as_str().unwrap_or_default());
    });
    message(out, 23, schema.get("items"), |out, it| {
        message(out, 1, Some(it), self::schema);
    });
    message(out, 25, schema.get("properties"), |out, all| {
        named(out, 1, all, self::schema);
    });
    extensions(out, 31, schema);
}

fn extensions(out: &mut Writer, tag: u32, of: &Value) {
    for (name, value) in members(of).filter(|(name, _)| name.starts_with("x-")) {
        message(out, tag, Some(value), |out, value| {
            out.text(1, name);
            any(out, 2, Some(value));
        });
    }
}

fn any(out: &mut Writer, tag: u32, value: Option<&Value>) {
    message(out, tag, value, |out, value| {
        out.text(2, &value.to_string());
    });
}

/// Each member as a message of its name and its value.
fn named(out: &mut Writer, tag: u32, of: &Value, write: fn(&mut Writer, &Value)) {
    for (name, value) in members(of) {
        message(out, tag, Some(value), |out, value| {
            out.text(1, name);
            message(out, 2, Some(value), write);
        });
    }
}

fn message(
    out: &mut Writer,
    tag: u32,
    of: Option<&Value>,
    write: impl FnOnce(&mut Writer, &Value),
) {
    if let Some(of) = of {
        out.message(tag, |out| write(out, of));
    }
}

fn text(out: &mut Writer, tag: u32, of: &Value, name: &str) {
    if let Some(text) = of.get(name).and_then(Value::as_str) {
        out.text(tag, text);
    }
}

fn flag(out: &mut Writer, tag: u32, of: &Value, name: &str) {
    if of.get(name).and_then(Value::as_bool) == Some(true) {
        out.varint(tag, 1);
    }
}

fn strings(out: &mut Writer, tag: u32, of: Option<&Value>) {
    let all = of.and_then(Value::as_array).into_iter().flatten();
    for text in all.filter_map(Value::as_str) {
        out.text(tag, text);
    }
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn members(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().into_iter().flat_map(Map::iter)
}
