//! A line of the lab's event log: a call with each decision that it took.

use hallpass_types::Timestamp;
use serde_json::Value;

use super::log::{UseFilter, UseLog};

/// Adds what the line tells; whether it is one.
pub(super) fn add(log: &mut UseLog, line: &Value, filter: &UseFilter) -> bool {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(decisions) = line.get("decisions").and_then(Value::as_array) else {
        return false;
    };
    if text(line, "operation").is_none() {
        return false;
    }
    log.is_of_lab = true;
    let time = text(line, "time").and_then(|time| time.parse::<Timestamp>().ok());
    let caller = text(line, "caller").unwrap_or_default();
    if !filter.is_of(&[&caller]) || !filter.is_since(time) {
        log.left_out += 1;
        return true;
    }
    let allowed = decisions
        .iter()
        .filter(|decision| text(decision, "decision").as_deref() == Some("Allow"));
    let mut is_used = false;
    for decision in allowed {
        if let Some(action) = text(decision, "action") {
            log.note_use(&action, text(decision, "resource").as_deref());
            is_used = true;
        }
    }
    if is_used {
        log.note(time, role_of(&caller));
    } else if !decisions.is_empty() {
        log.refused += 1;
    }
    true
}

/// The session's role is the caller that policies are of.
fn role_of(caller: &str) -> &str {
    match caller.split_once(":assumed-role/") {
        Some(_) => caller.rsplit_once('/').map_or(caller, |(role, _)| role),
        None => caller,
    }
}
