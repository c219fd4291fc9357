//! `cargo xtask tidy | gen [--check] | docs`.

use std::process::ExitCode;

use xtask::{Fault, console, generate, tidy, tree::Tree};

const USAGE: &str = "usage: cargo xtask tidy | gen [--check] | docs

  tidy          holds the rules of the tree: floors, module docs, sizes, codes and their pages
  gen           writes docs/reference from the binary's help and the code pages
  gen --check   says what `gen` would change
  docs          runs the console blocks of README.md and docs/guide, and compares what they print

`gen` and `docs` drive the built binary: target/release/hallpass, or what HALLPASS_BIN names.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tree = Tree::of_this_workspace();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy::check(&tree),
        ["gen"] => generate::write(&tree),
        ["gen", "--check"] => generate::check(&tree),
        ["docs"] => console::check(&tree),
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(faults) => report(&faults),
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::from(3)
        }
    }
}

fn report(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        say(&fault.to_string());
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        say(&format!("{} faults", faults.len()));
        ExitCode::FAILURE
    }
}

#[expect(clippy::print_stderr, reason = "the one place where xtask speaks")]
fn say(line: &str) {
    eprintln!("{line}");
}
