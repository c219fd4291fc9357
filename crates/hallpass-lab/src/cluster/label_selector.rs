//! Label selectors as objects have them: `matchLabels` and `matchExpressions`.
//!
//! Source: Kubernetes API reference, `LabelSelector` (meta/v1).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A selector. An empty one takes all.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LabelSelector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Debug, Deserialize)]
struct Expression {
    key: String,
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Deserialize)]
enum Operator {
    DoesNotExist,
    Exists,
    In,
    NotIn,
}

impl LabelSelector {
    /// Reads one; `null` is an empty one.
    pub(super) fn read(selector: &Value) -> Result<Self, String> {
        if selector.is_null() {
            return Ok(Self::default());
        }
        Self::deserialize(selector).map_err(|error| error.to_string())
    }

    /// Whether it takes what has these labels.
    pub(super) fn takes(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|one| one.holds(labels))
    }
}

impl Expression {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let is_in = value.is_some_and(|value| self.values.contains(value));
        match self.operator {
            Operator::DoesNotExist => value.is_none(),
            Operator::Exists => value.is_some(),
            Operator::In => is_in,
            Operator::NotIn => !is_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_of_a_selector_must_hold() {
        let labels = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        for (selector, takes) in [
            (json!(null), true),
            (json!({}), true),
            (json!({ "matchLabels": { "a": "1" } }), true),
            (json!({ "matchLabels": { "a": "2" } }), false),
            (
                json!({ "matchExpressions": [{ "key": "a", "operator": "In", "values": ["1"] }] }),
                true,
            ),
            (
                json!({ "matchExpressions": [{ "key": "a", "operator": "NotIn", "values": ["1"] }] }),
                false,
            ),
            // What is not there is not in.
            (
                json!({ "matchExpressions": [{ "key": "b", "operator": "NotIn", "values": ["1"] }] }),
                true,
            ),
            (
                json!({ "matchExpressions": [{ "key": "a", "operator": "Exists" }] }),
                true,
            ),
            (
                json!({ "matchExpressions": [{ "key": "a", "operator": "DoesNotExist" }] }),
                false,
            ),
            (
                json!({
                    "matchLabels": { "a": "1" },
                    "matchExpressions": [{ "key": "b", "operator": "Exists" }],
                }),
                false,
            ),
        ] {
            let read = LabelSelector::read(&selector).unwrap();
            assert_eq!(read.takes(&labels), takes, "{selector}");
        }
        assert!(LabelSelector::read(&json!({ "matchLabels": 1 })).is_err());
    }
}
