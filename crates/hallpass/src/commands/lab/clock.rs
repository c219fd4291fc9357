//! `hallpass lab clock`.

use std::path::Path;

use clap::Args;
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// What to do to the clock.
#[derive(Debug, Args)]
pub(crate) struct ClockArguments {
    /// `+1h` or `-5m` turns it, `set TIME` puts it to a time of RFC 3339, `reset` takes it back to the
    /// machine's; nothing shows it.
    #[arg(value_name = "CHANGE", allow_hyphen_values = true)]
    change: Option<String>,
    /// The time for `set`.
    #[arg(value_name = "TIME")]
    time: Option<String>,
}

/// The change is none.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{change}` is no change of the clock")]
#[diagnostic(
    code("lab/clock-change"),
    help("write `+1h`, `-5m`, `set 2026-11-24T09:00:00Z`, or `reset`")
)]
struct NoChange {
    change: String,
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &ClockArguments,
    format: Format,
) -> Result<u8, Failure> {
    let words = [&arguments.change, &arguments.time];
    let words: Vec<String> = words.into_iter().flatten().cloned().collect();
    let wish = wish(&words).map_err(Failure::usage)?;
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    let clock = match wish {
        None => lab.get("clock").await,
        Some(wish) => lab.post("clock", &wish).await,
    };
    let clock = clock.map_err(Failure::unknown)?;
    if format == Format::Json {
        print_json(&clock);
        return Ok(exit::DONE);
    }
    let text = |name: &str| clock.get(name).and_then(Value::as_str).unwrap_or_default();
    let difference = match clock.get("shiftMillis").and_then(Value::as_i64) {
        None | Some(0) => "as the machine".to_owned(),
        Some(1..) => format!("{} ahead of the machine", text("shift")),
        Some(_) => format!(
            "{} behind the machine",
            text("shift").trim_end_matches(" ago")
        ),
    };
    print(&format!("{} ({difference})", text("lab")));
    Ok(exit::DONE)
}

fn wish(change: &[String]) -> Result<Option<Value>, NoChange> {
    let words: Vec<&str> = change.iter().map(String::as_str).collect();
    let none = || NoChange {
        change: change.join(" "),
    };
    match words.as_slice() {
        [] => Ok(None),
        ["reset"] => Ok(Some(json!("reset"))),
        ["set", time] => {
            let time: Timestamp = time.parse().map_err(|_| none())?;
            Ok(Some(json!({ "set": time })))
        }
        [by] if by.starts_with(['+', '-']) => Ok(Some(json!({ "by": by }))),
        _ => Err(none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_few_forms() {
        let of = |change: &str| {
            let words: Vec<String> = change.split_whitespace().map(str::to_owned).collect();
            wish(&words)
        };
        assert_eq!(of("").unwrap(), None);
        assert_eq!(of("+1h").unwrap(), Some(json!({ "by": "+1h" })));
        assert_eq!(of("reset").unwrap(), Some(json!("reset")));
        assert!(of("set 2026-11-24T09:00:00Z").unwrap().is_some());
        for change in ["1h", "set", "set tomorrow", "reset now", "+1h -1h"] {
            assert!(of(change).is_err(), "{change}");
        }
    }
}
