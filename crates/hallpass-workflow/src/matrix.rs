//! A matrix: its combinations, in GitHub's order.
//!
//! `exclude` takes away each combination that has all of an entry's values. `include` then adds an entry to
//! each combination none of whose own values it would change; where there is none, it is a combination of
//! its own. Facts: <https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations>.

use serde_json::{Map, Value};

use crate::expression::text_of;

/// One combination.
pub type Combination = Map<String, Value>;

/// The combinations of a matrix that is filled in.
pub fn combinations(matrix: &Value) -> Result<Vec<Combination>, String> {
    let Some(matrix) = matrix.as_object() else {
        return Err("it is no object".to_owned());
    };
    let mut product = vec![Combination::new()];
    let mut has_dimension = false;
    for (name, values) in matrix {
        if matches!(name.as_str(), "include" | "exclude") {
            continue;
        }
        let Some(values) = values.as_array() else {
            return Err(format!("`{name}` is no list"));
        };
        has_dimension = true;
        if product.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
            return Err(format!("it has more than {MAX_COMBINATIONS} combinations"));
        }
        product = product
            .iter()
            .flat_map(|combination| {
                values.iter().map(|value| {
                    let mut longer = combination.clone();
                    longer.insert(name.clone(), value.clone());
                    longer
                })
            })
            .collect();
    }
    if !has_dimension {
        product.clear();
    }
    let excluded = objects(matrix, "exclude")?;
    product.retain(|combination| !excluded.iter().any(|entry| matches(combination, entry)));
    include(&mut product, &objects(matrix, "include")?)?;
    Ok(product)
}

fn include(product: &mut Vec<Combination>, entries: &[&Combination]) -> Result<(), String> {
    let originals = product.clone();
    for entry in entries {
        let mut is_added = false;
        for (original, combination) in originals.iter().zip(product.iter_mut()) {
            let changes = entry
                .iter()
                .any(|(name, value)| original.get(name).is_some_and(|own| !same(own, value)));
            if !changes {
                is_added = true;
                for (name, value) in *entry {
                    combination.insert(name.clone(), value.clone());
                }
            }
        }
        if !is_added {
            product.push((*entry).clone());
        }
        if product.len() > MAX_COMBINATIONS {
            return Err(format!("it has more than {MAX_COMBINATIONS} combinations"));
        }
    }
    Ok(())
}

fn objects<'a>(matrix: &'a Combination, name: &str) -> Result<Vec<&'a Combination>, String> {
    let Some(list) = matrix.get(name) else {
        return Ok(Vec::new());
    };
    list.as_array()
        .and_then(|list| list.iter().map(Value::as_object).collect())
        .ok_or_else(|| format!("`{name}` is no list of objects"))
}

fn matches(combination: &Combination, entry: &Combination) -> bool {
    entry
        .iter()
        .all(|(name, value)| combination.get(name).is_some_and(|own| same(own, value)))
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            left == right
        }
        _ => text_of(left) == text_of(right),
    }
}

// GitHub's own bound for one run.
const MAX_COMBINATIONS: usize = 256;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(matrix: &Value) -> Vec<String> {
        combinations(matrix)
            .unwrap()
            .into_iter()
            .map(|combination| Value::Object(combination).to_string())
            .collect()
    }

    #[test]
    fn the_documented_example_comes_out_as_documented() {
        let matrix = json!({
            "fruit": ["apple", "pear"],
            "animal": ["cat", "dog"],
            "include": [
                { "color": "green" },
                { "color": "pink", "animal": "cat" },
                { "fruit": "apple", "shape": "circle" },
                { "fruit": "banana" },
                { "fruit": "banana", "animal": "cat" },
            ],
        });
        assert_eq!(
            shown(&matrix),
            [
                r#"{"fruit":"apple","animal":"cat","color":"pink","shape":"circle"}"#,
                r#"{"fruit":"apple","animal":"dog","color":"green","shape":"circle"}"#,
                r#"{"fruit":"pear","animal":"cat","color":"pink"}"#,
                r#"{"fruit":"pear","animal":"dog","color":"green"}"#,
                r#"{"fruit":"banana"}"#,
                r#"{"fruit":"banana","animal":"cat"}"#,
            ]
        );
    }

    #[test]
    fn excludes_by_part_and_includes_alone() {
        let matrix = json!({ "os": ["a", "b"], "v": [1, 2], "exclude": [{ "os": "a", "v": 1 }, { "v": "2" }] });
        assert_eq!(shown(&matrix), [r#"{"os":"b","v":1}"#]);
        let matrix = json!({ "include": [{ "site": "x" }, { "site": "y" }] });
        assert_eq!(shown(&matrix), [r#"{"site":"x"}"#, r#"{"site":"y"}"#]);
    }

    #[test]
    fn is_bounded_and_typed() {
        let many: Vec<u32> = (0..20).collect();
        assert!(combinations(&json!({ "a": many, "b": many })).is_err());
        assert!(combinations(&json!({ "a": "x" })).is_err());
        assert!(combinations(&json!({ "a": [1], "include": {} })).is_err());
        assert!(combinations(&json!([])).is_err());
    }
}
