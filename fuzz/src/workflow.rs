//! Workflows: their files, their expressions, and what their steps write.

use hallpass_workflow::{
    Action, Masks, Scope, Status, Workflow, combinations, evaluate, fill, holds, order, parse_command,
    parse_pairs, parse_paths,
};
use serde_json::{Map, Value, json};

/// An expression has a value or a reason, and the same each time.
pub fn workflow_expression(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Value::Object(contexts) = json!({
        "github": { "event": { "labels": [{ "name": "a" }, { "name": "b" }], "number": 7 } },
        "env": { "A": "x" },
        "matrix": { "v": [1, 2.5, null, true] },
    }) else {
        return;
    };
    let scope = scope(&contexts);
    let value = evaluate(text, &scope);
    assert_eq!(value, evaluate(text, &scope));
    let _ = fill(text, &scope);
    let _ = holds(Some(text), &scope);
}

fn scope(contexts: &Map<String, Value>) -> Scope<'_> {
    Scope {
        contexts,
        status: Status::Success,
        files: None,
    }
}

/// A workflow that can be read can be planned.
pub fn workflow_files(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(workflow) = Workflow::parse("w.yml", &text) {
        let _ = order(&workflow);
        for job in &workflow.jobs {
            if let Some(matrix) = &job.matrix {
                let _ = combinations(matrix);
            }
        }
    }
    let _ = Action::parse("action.yml", &text);
}

/// What has been masked is not shown.
pub fn workflow_output(input: &[u8]) {
    let _ = parse_pairs(input);
    let _ = parse_paths(input);
    let text = String::from_utf8_lossy(input);
    let mut masks = Masks::default();
    for line in text.lines() {
        if let Some(command) = parse_command(line)
            && command.name == "add-mask"
        {
            masks.add(&command.message);
        }
    }
    let _ = masks.apply(&text);
}
