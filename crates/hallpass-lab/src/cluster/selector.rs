//! Selectors of a list: by label, and by the few fields that every object has.
//!
//! Source: Kubernetes documentation, "Labels and Selectors" and "Field Selectors". A selector that is
//! not understood is refused: to pass it over would show more than was asked for.

use serde_json::Value;

use super::status::Status;

/// Which objects of a collection are asked for.
#[derive(Debug, Default)]
pub(super) struct Selector {
    labels: Vec<(String, Test)>,
    fields: Vec<(&'static str, Test)>,
}

#[derive(Debug)]
enum Test {
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Present,
}

impl Selector {
    /// Reads `labelSelector` and `fieldSelector`.
    pub(super) fn parse(labels: &str, fields: &str) -> Result<Self, Status> {
        let labels = requirements(labels)
            .into_iter()
            .map(|text| label_test(text).ok_or_else(|| unreadable(text)))
            .collect::<Result<_, _>>()?;
        let fields = requirements(fields)
            .into_iter()
            .map(field_test)
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether the object is asked for.
    pub(super) fn takes(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        let by_label = self.labels.iter().all(|(key, test)| {
            test.holds(
                labels
                    .and_then(|labels| labels.get(key))
                    .and_then(Value::as_str),
            )
        });
        let by_field = self.fields.iter().all(|(pointer, test)| {
            // A field that is not there counts as empty.
            let value = object.pointer(pointer).and_then(Value::as_str);
            test.holds(Some(value.unwrap_or_default()))
        });
        by_label && by_field
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_in =
            |values: &[String]| value.is_some_and(|value| values.iter().any(|one| one == value));
        match self {
            Self::Absent => value.is_none(),
            Self::In(values) => is_in(values),
            Self::NotIn(values) => !is_in(values),
            Self::Present => value.is_some(),
        }
    }
}

/// Splits at the commas that stand outside parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .collect()
}

fn label_test(requirement: &str) -> Option<(String, Test)> {
    let (key, test) = if let Some((key, value)) = requirement.split_once("!=") {
        (key, Test::NotIn(vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = requirement
        .split_once("==")
        .or_else(|| requirement.split_once('='))
    {
        (key, Test::In(vec![value.trim().to_owned()]))
    } else if let Some(list) = requirement.strip_suffix(')') {
        let (head, list) = list.split_once('(')?;
        let values = list
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        match word {
            "in" => (key, Test::In(values)),
            "notin" => (key, Test::NotIn(values)),
            _ => return None,
        }
    } else if let Some(key) = requirement.strip_prefix('!') {
        (key, Test::Absent)
    } else {
        (requirement, Test::Present)
    };
    let key = key.trim();
    super::names::is_qualified(key).then(|| (key.to_owned(), test))
}

fn field_test(requirement: &str) -> Result<(&'static str, Test), Status> {
    let (name, test) = if let Some((name, value)) = requirement.split_once("!=") {
        (name, Test::NotIn(vec![value.to_owned()]))
    } else if let Some((name, value)) = requirement
        .split_once("==")
        .or_else(|| requirement.split_once('='))
    {
        (name, Test::In(vec![value.to_owned()]))
    } else {
        return Err(unreadable(requirement));
    };
    let pointer = FIELDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, pointer)| *pointer)
        .ok_or_else(|| Status::bad_request(format!("field label not supported: {name}")))?;
    Ok((pointer, test))
}

fn unreadable(text: &str) -> Status {
    Status::bad_request(format!("unable to parse requirement: {text}"))
}

const FIELDS: &[(&str, &str)] = &[
    ("metadata.name", "/metadata/name"),
    ("metadata.namespace", "/metadata/namespace"),
    ("spec.nodeName", "/spec/nodeName"),
    ("spec.serviceAccountName", "/spec/serviceAccountName"),
    ("status.phase", "/status/phase"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selects_by_label_and_by_field() {
        let object = json!({
            "metadata": { "name": "a", "labels": { "app": "ci", "x.io/tier": "one" } },
            "spec": { "nodeName": "n" },
        });
        for (labels, fields, takes) in [
            ("", "", true),
            ("app=ci", "metadata.name=a", true),
            ("app==ci,x.io/tier in (one, two)", "spec.nodeName==n", true),
            ("app!=ci", "", false),
            ("missing!=ci,missing notin (a,b)", "", true),
            ("app,!missing", "", true),
            ("!app", "", false),
            ("missing", "", false),
            ("", "metadata.name!=a", false),
            ("", "status.phase=Running", false),
        ] {
            let selector = Selector::parse(labels, fields).unwrap();
            assert_eq!(selector.takes(&object), takes, "{labels:?} {fields:?}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (labels, fields) in [
            ("a b", ""),
            ("app near (x)", ""),
            ("=x", ""),
            ("", "metadata.name"),
            ("", "spec.unknown=1"),
        ] {
            let refused = Selector::parse(labels, fields).unwrap_err();
            assert_eq!(refused.code, 400, "{labels:?} {fields:?}");
        }
    }
}
