//! Measures one policy engine over the cases of a file, on one thread, warm.
//!
//! `bench-policy ENGINE CASES`: a line of JSON a case, and one of the peak memory. `bench-policy ENGINE
//! CASES start` decides the first case once and exits, for whoever measures how long that takes.

mod case;
mod hallpass;
mod iam_rs;
mod rate;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::case::Case;

/// What an engine does with a case: it reads and compiles, and then hands out its work.
type Engine = fn(&Case, &mut dyn FnMut(&str, &mut dyn FnMut())) -> Result<&'static str>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, path, rest @ ..] = arguments.as_slice() else {
        bail!("usage: bench-policy hallpass|iam-rs CASES [start]");
    };
    let engine: Engine = match engine.as_str() {
        "hallpass" => hallpass::run,
        "iam-rs" => iam_rs::run,
        other => bail!("unknown engine `{other}`"),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    let cases = case::read(&text)?;
    if rest.first().is_some_and(|word| word == "start") {
        let first = cases.first().context("there is a case")?;
        engine(first, &mut |what, work| {
            if what == "decide" {
                work();
            }
        })?;
        return Ok(());
    }
    for case in &cases {
        let mut line = json!({ "name": case.name });
        let decision = engine(case, &mut |what, work| {
            if case.measure.iter().any(|wanted| wanted == what) {
                line[what] = json!(rate::per_second(work));
            }
        })?;
        line["decision"] = json!(decision);
        println!("{line}");
    }
    println!("{}", json!({ "peak_mib": rate::peak_mib() }));
    Ok(())
}
