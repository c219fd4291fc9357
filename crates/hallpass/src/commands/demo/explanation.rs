//! Why the lab refused: read from its event log by the request's ID.

use std::path::Path;
use std::time::Duration;

use hallpass_lab::EVENT_FILE;
use serde::Serialize;
use serde_json::Value;

/// The reason of a refusal, as the lab's policy engine gives it.
#[derive(Debug, Serialize)]
pub(crate) struct Reason {
    /// One sentence.
    pub(crate) summary: String,
    /// The condition that refused, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<FailedCondition>,
}

/// A condition that was not met.
#[derive(Debug, Serialize)]
pub(crate) struct FailedCondition {
    /// The statement, by its `Sid` or its number.
    pub(crate) statement: String,
    /// The policy.
    pub(crate) policy: String,
    /// The operator, such as `StringEquals`.
    pub(crate) operator: String,
    /// The condition key.
    pub(crate) key: String,
    /// The values that would have done.
    pub(crate) wanted: Vec<String>,
    /// The request's values; empty where it lacks the key.
    pub(crate) got: Vec<String>,
}

/// The reason of a refused request; absent where the log does not tell.
pub(crate) async fn of(folder: &Path, request_id: &str) -> Option<Reason> {
    let path = folder.join(EVENT_FILE);
    // The log is written behind the answer, by a moment.
    for _ in 0..50 {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(line) = text.lines().rev().find(|line| line.contains(request_id)) {
            return reason(&serde_json::from_str(line).ok()?);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}

fn reason(event: &Value) -> Option<Reason> {
    let denied = event
        .get("decisions")?
        .as_array()?
        .iter()
        .find(|decision| decision.get("decision").and_then(Value::as_str) != Some("Allow"));
    let Some(denied) = denied else {
        let summary = event.pointer("/error/detail")?.as_str()?.to_owned();
        return Some(Reason {
            summary,
            condition: None,
        });
    };
    Some(Reason {
        summary: text(denied, "summary"),
        condition: denied
            .get("explanation")
            .and_then(Value::as_array)
            .and_then(|statements| statements.iter().find_map(condition)),
    })
}

fn condition(statement: &Value) -> Option<FailedCondition> {
    let failed = statement.get("failed")?;
    if text(failed, "part") != "Condition" {
        return None;
    }
    Some(FailedCondition {
        statement: statement.get("sid").and_then(Value::as_str).map_or_else(
            || {
                format!(
                    "statement {}",
                    statement.get("statement").unwrap_or(&Value::Null)
                )
            },
            str::to_owned,
        ),
        policy: text(statement, "policy"),
        operator: text(failed, "operator"),
        key: text(failed, "key"),
        wanted: texts(failed, "wanted"),
        got: texts(failed, "got"),
    })
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
