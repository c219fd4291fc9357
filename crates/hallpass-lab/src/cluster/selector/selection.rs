//! Reading a selector, and asking an object.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::request::Target;
use super::super::status::Status;
use super::fields::{self, Field, Place};
use crate::store::records::KubernetesObject;

/// Which objects of a collection are asked for.
#[derive(Debug, Default)]
pub(in super::super) struct Selector {
    labels: Vec<(String, Test)>,
    fields: Vec<(Field, Test)>,
}

#[derive(Debug)]
enum Test {
    Above(i64),
    Absent,
    Below(i64),
    In(Vec<String>),
    NotIn(Vec<String>),
    Present,
}

impl Selector {
    /// Reads `labelSelector` and `fieldSelector` for the target's resource.
    pub(in super::super) fn parse(
        target: &Target,
        labels: &str,
        fields: &str,
    ) -> Result<Self, Status> {
        let labels = requirements(labels)
            .into_iter()
            .map(|text| label_test(text).ok_or_else(|| unreadable(text)))
            .collect::<Result<_, _>>()?;
        let fields = fields::terms(fields)
            .iter()
            .map(|term| field_test(target, term))
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether it takes all.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether the object is asked for.
    pub(in super::super) fn takes(&self, object: &KubernetesObject) -> bool {
        self.takes_by_name(object) && self.takes_by_label(object) && self.takes_by_field(object)
    }

    fn takes_by_name(&self, object: &KubernetesObject) -> bool {
        self.fields.iter().all(|(field, test)| match &field.place {
            Place::Name => test.holds(Some(&object.name)),
            Place::Namespace => test.holds(Some(&object.namespace)),
            Place::At(_) => true,
        })
    }

    fn takes_by_label(&self, object: &KubernetesObject) -> bool {
        if self.labels.is_empty() {
            return true;
        }
        let Labelled { metadata } = serde_json::from_str(object.text()).unwrap_or_default();
        let labels = metadata.labels.unwrap_or_default();
        self.labels
            .iter()
            .all(|(key, test)| test.holds(labels.get(key).map(String::as_str)))
    }

    fn takes_by_field(&self, object: &KubernetesObject) -> bool {
        let mut wanted = self
            .fields
            .iter()
            .filter_map(|(field, test)| match &field.place {
                Place::At(pointers) => Some((pointers, test)),
                Place::Name | Place::Namespace => None,
            })
            .peekable();
        if wanted.peek().is_none() {
            return true;
        }
        let body = object.body();
        wanted.all(|(pointers, test)| {
            // A field that is not there counts as empty.
            let found = pointers.iter().find_map(|pointer| body.pointer(pointer));
            test.holds(Some(&fields::shown(found)))
        })
    }
}

/// No more of an object than its labels.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Labelled {
    metadata: Labels,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels {
    labels: Option<BTreeMap<String, String>>,
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_in =
            |values: &[String]| value.is_some_and(|value| values.iter().any(|one| one == value));
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Above(limit) => number().is_some_and(|number| number > *limit),
            Self::Absent => value.is_none(),
            Self::Below(limit) => number().is_some_and(|number| number < *limit),
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
    } else if let Some((key, limit)) = requirement.split_once('>') {
        (key, Test::Above(limit.trim().parse().ok()?))
    } else if let Some((key, limit)) = requirement.split_once('<') {
        (key, Test::Below(limit.trim().parse().ok()?))
    } else if let Some(key) = requirement.strip_prefix('!') {
        (key, Test::Absent)
    } else {
        (requirement, Test::Present)
    };
    let key = key.trim();
    let are_values = match &test {
        Test::In(values) | Test::NotIn(values) => values
            .iter()
            .all(|value| super::super::names::is_label_value(value)),
        Test::Above(_) | Test::Absent | Test::Below(_) | Test::Present => true,
    };
    (super::super::names::is_qualified(key) && are_values).then(|| (key.to_owned(), test))
}

fn field_test(target: &Target, term: &str) -> Result<(Field, Test), Status> {
    let (name, is_equal, value) = fields::split(term).ok_or_else(|| unreadable(term))?;
    let field = Field::of(target, &name)
        .ok_or_else(|| Status::bad_request(format!("field label not supported: {name}")))?;
    let test = if is_equal {
        Test::In(vec![value])
    } else {
        Test::NotIn(vec![value])
    };
    Ok((field, test))
}

fn unreadable(text: &str) -> Status {
    Status::bad_request(format!("unable to parse requirement: {text}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(path: &str) -> Target {
        Target::parse(path).unwrap()
    }

    #[test]
    fn selects_by_label_and_by_field() {
        let object = json!({
            "metadata": { "name": "a", "labels": { "app": "ci", "x.io/tier": "one", "n": "5" } },
            "spec": { "nodeName": "n", "hostNetwork": true },
        });
        let object = KubernetesObject::new("", "pods", "ns", "a", &object);
        let pods = target("/api/v1/pods");
        for (labels, fields, takes) in [
            ("", "", true),
            ("app=ci", "metadata.name=a", true),
            ("app==ci,x.io/tier in (one, two)", "spec.nodeName==n", true),
            ("app!=ci", "", false),
            ("missing!=ci,missing notin (a,b)", "", true),
            ("app,!missing", "", true),
            ("!app", "", false),
            ("missing", "", false),
            ("n>4,n<6", "", true),
            ("n>5", "", false),
            ("app>1", "", false),
            ("", "metadata.name!=a", false),
            ("", "metadata.namespace=ns", true),
            ("", "status.phase=Running", false),
            ("", "status.phase=,spec.hostNetwork=true", true),
        ] {
            let selector = Selector::parse(&pods, labels, fields).unwrap();
            assert_eq!(selector.takes(&object), takes, "{labels:?} {fields:?}");
        }
    }

    #[test]
    fn each_resource_has_its_own_fields() {
        let event = json!({
            "metadata": { "name": "e" },
            "involvedObject": { "name": "p", "kind": "Pod" },
            "type": "Warning",
            "source": { "component": "kubelet" },
        });
        let event = KubernetesObject::new("", "events", "n", "e", &event);
        let events = target("/api/v1/events");
        let fields = "involvedObject.name=p,involvedObject.kind=Pod,type=Warning,source=kubelet";
        let selector = Selector::parse(&events, "", fields).unwrap();
        assert!(selector.takes(&event));
        for path in ["/api/v1/secrets", "/api/v1/pods"] {
            assert!(
                Selector::parse(&target(path), "", fields).is_err(),
                "{path}"
            );
        }
        assert!(Selector::parse(&target("/api/v1/secrets"), "", "type=Opaque").is_ok());
    }

    #[test]
    fn a_field_may_be_any_text() {
        let object = KubernetesObject::new(
            "",
            "events",
            "n",
            "e",
            &json!({ "metadata": {}, "reason": "a,b=c\\d" }),
        );
        let fields = "reason=a\\,b\\=c\\\\d";
        let selector = Selector::parse(&target("/api/v1/events"), "", fields).unwrap();
        assert!(selector.takes(&object));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (labels, fields) in [
            ("a b", ""),
            ("app near (x)", ""),
            ("=x", ""),
            ("a=b c", ""),
            ("a>b", ""),
            ("", "metadata.name"),
            ("", "spec.unknown=1"),
            ("", "metadata.name=a\\"),
        ] {
            let pods = target("/api/v1/pods");
            let refused = Selector::parse(&pods, labels, fields).unwrap_err();
            assert_eq!(refused.code, 400, "{labels:?} {fields:?}");
        }
    }
}
