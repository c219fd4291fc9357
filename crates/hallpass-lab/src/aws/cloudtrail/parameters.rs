//! `requestParameters` and `responseElements`: forms and XML as JSON, without secrets, within bounds.

use std::collections::BTreeMap;

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::entry::Told;
use crate::aws::params::Params;

/// Parameters that no record has: tokens, contents of layers.
pub(super) const DROPPED: &[&str] = &["WebIdentityToken", "layerPartBlob"];

/// What was told, as a record has it; null where nothing was.
pub(super) fn shown(told: &Told) -> Value {
    match told {
        Told::Json(value) => without_secrets(value),
        Told::Nothing => Value::Null,
        Told::Query(params) => of_params(params),
        Told::Xml(text) => without_secrets(&of_xml(text)),
    }
}

/// A copy within the bounds of a record: CloudTrail cuts texts of more than a kilobyte, and leaves out
/// what is past its size.
pub(super) fn bounded(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => {
            Value::String(text.chars().take(MAX_TEXT).collect())
        }
        Value::Array(items) => Value::Array(items.iter().take(MAX_ITEMS).map(bounded).collect()),
        Value::Object(fields) => {
            let fields = fields.iter().take(MAX_ITEMS);
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), bounded(value)))
                    .collect(),
            )
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, value) in fields {
                if SECRETS.contains(&name.as_str()) {
                    continue;
                }
                let value = if HIDDEN.contains(&name.as_str()) && value.is_string() {
                    Value::from("HIDDEN_DUE_TO_SECURITY_REASONS")
                } else {
                    without_secrets(value)
                };
                kept.insert(name.clone(), value);
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(without_secrets).collect()),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A form in the making of its JSON.
#[derive(Default)]
struct Node {
    text: Option<String>,
    below: BTreeMap<String, Node>,
}

fn of_params(params: &Params) -> Value {
    let mut root = Node::default();
    for (name, value) in params.iter().take(MAX_ITEMS) {
        if matches!(name, "Action" | "Version") || name.starts_with("X-Amz-") {
            continue;
        }
        if DROPPED.contains(&name) {
            continue;
        }
        let mut node = &mut root;
        for part in name.splitn(MAX_DEPTH, '.') {
            node = node.below.entry(part.to_owned()).or_default();
        }
        node.text = Some(value.chars().take(MAX_TEXT).collect());
    }
    if root.below.is_empty() {
        return Value::Null;
    }
    root.into_value("")
}

impl Node {
    fn into_value(mut self, name: &str) -> Value {
        if let Some(text) = self.text {
            return match text.parse::<i64>() {
                Ok(number) if NUMBERS.contains(&name) => Value::from(number),
                Ok(_) | Err(_) => Value::String(text),
            };
        }
        let is_list = self.below.len() == 1 && self.below.contains_key("member");
        if let Some(members) = self.below.remove("member").filter(|_| is_list) {
            let mut items: Vec<(u64, Self)> = members
                .below
                .into_iter()
                .map(|(index, node)| (index.parse().unwrap_or_default(), node))
                .collect();
            items.sort_by_key(|(index, _)| *index);
            let items = items.into_iter().map(|(_, node)| node.into_value(""));
            return Value::Array(items.collect());
        }
        let fields = self.below.into_iter().map(|(name, node)| {
            let value = node.into_value(&name);
            (lowered(&name), value)
        });
        Value::Object(fields.collect())
    }
}

/// An element whose end is still to come.
#[derive(Default)]
struct Open {
    name: String,
    children: Vec<(String, Value)>,
    text: String,
}

/// The lab's own XML, of which each element is a text, a list of `member`s or a structure.
fn of_xml(text: &str) -> Value {
    let mut reader = Reader::from_str(text);
    let mut stack = vec![Open::default()];
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                stack.push(Open {
                    name,
                    ..Open::default()
                });
            }
            Event::Text(part) => {
                if let Some(open) = stack.last_mut() {
                    open.text.push_str(&part);
                }
            }
            Event::GeneralRef(part) => {
                if let Some(open) = stack.last_mut() {
                    open.text
                        .push_str(quick_xml::escape::resolve_xml_entity(&part).unwrap_or_default());
                }
            }
            Event::End(_) => {
                let Some(done) = stack.pop() else {
                    break;
                };
                let value = element(done.children, done.text);
                if let Some(above) = stack.last_mut() {
                    above.children.push((done.name, value));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let root = stack.into_iter().next().unwrap_or_default();
    bounded(&element(root.children, String::new()))
}

fn element(children: Vec<(String, Value)>, text: String) -> Value {
    if children.is_empty() {
        return Value::String(text);
    }
    if children.iter().all(|(name, _)| name == "member") {
        return Value::Array(children.into_iter().map(|(_, value)| value).collect());
    }
    let fields = children
        .into_iter()
        .map(|(name, value)| (lowered(&name), value));
    Value::Object(fields.collect())
}

fn lowered(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Left out of answers: of new keys and sessions, CloudTrail has the ID alone.
const SECRETS: &[&str] = &["secretAccessKey", "sessionToken", "authorizationToken"];
/// Named, and hidden.
const HIDDEN: &[&str] = &["token"];
/// Numbers, where other parameters that look like one are names.
const NUMBERS: &[&str] = &["DurationSeconds", "MaxItems", "MaxSessionDuration"];
// A policy document is some kilobytes; CloudTrail cuts `requestParameters` at a hundred.
const MAX_TEXT: usize = 16 << 10;
const MAX_ITEMS: usize = 200;
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_becomes_json() {
        let form = b"Action=AssumeRole&Version=2011-06-15&RoleArn=a&DurationSeconds=900&RoleSessionName=12&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&TransitiveTagKeys.member.1=k&WebIdentityToken=secret";
        let params = Params::parse(form).unwrap();
        let wanted = json!({
            "durationSeconds": 900,
            "roleArn": "a",
            "roleSessionName": "12",
            "tags": [{ "key": "k", "value": "v" }, { "key": "l" }],
            "transitiveTagKeys": ["k"],
        });
        assert_eq!(of_params(&params), wanted);
        let none = Params::parse(b"Action=GetCallerIdentity&Version=2011-06-15").unwrap();
        assert_eq!(of_params(&none), Value::Null);
    }

    #[test]
    fn an_answer_becomes_json_without_its_secrets() {
        let text = "<AccessKey><UserName>a&amp;b</UserName><SecretAccessKey>s</SecretAccessKey></AccessKey><Tags><member><Key>k</Key></member><member><Key>l</Key></member></Tags>";
        let wanted = json!({
            "accessKey": { "userName": "a&b" },
            "tags": [{ "key": "k" }, { "key": "l" }],
        });
        assert_eq!(shown(&Told::Xml(text.to_owned())), wanted);
        let told =
            json!({ "token": "t", "credentials": { "accessKeyId": "A", "secretAccessKey": "s" } });
        let wanted = json!({ "token": "HIDDEN_DUE_TO_SECURITY_REASONS", "credentials": { "accessKeyId": "A" } });
        assert_eq!(shown(&Told::Json(told)), wanted);
    }
}
