//! Why the lab refused: read from its event log by the request's ID.

use std::path::Path;
use std::time::Duration;

use hallpass_lab::EVENT_FILE;
use serde_json::Value;

/// The reason of a refused request, in the engine's words; absent where the log does not tell.
pub(crate) async fn of(folder: &Path, request_id: &str) -> Option<String> {
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

fn reason(event: &Value) -> Option<String> {
    let denied = event
        .get("decisions")?
        .as_array()?
        .iter()
        .find(|decision| decision.get("decision").and_then(Value::as_str) != Some("Allow"))
        .and_then(|decision| decision.get("summary"))
        .and_then(Value::as_str);
    let detail = event.pointer("/error/detail").and_then(Value::as_str);
    denied.or(detail).map(str::to_owned)
}
