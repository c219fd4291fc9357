//! The serialized form of a result: one for files and for lines. `vectors/README.md` describes it.

use hallpass_iam::{Case, Decision};
use miette::Diagnostic;
use serde_json::{Value, json};

/// What became of a case that could be used.
pub(super) fn decided(case: &Case, decision: &Decision) -> Value {
    json!({
        "name": case.name(),
        "decision": decision.outcome().as_str(),
        "layer": decision.layer().as_str(),
        "summary": decision.summary(),
        "explanation": decision.to_json(),
    })
}

/// What became of one that could not.
pub(super) fn refused(name: Option<&str>, error: &dyn Diagnostic) -> Value {
    json!({
        "name": name,
        "error": {
            "code": error.code().map(|code| code.to_string()),
            "message": error.to_string(),
            "help": error.help().map(|help| help.to_string()),
        },
    })
}
