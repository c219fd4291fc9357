//! `hallpass rules`: every code explained, offline.

use clap::Args;
use serde_json::json;

use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// Which code.
#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    /// The code, such as `trust/audience-missing`; without it, all codes are listed.
    code: Option<String>,
}

/// No page has that code.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is no code `{code}`{}", nearest.map_or_else(String::new, |near| format!(", the nearest is `{near}`")))]
#[diagnostic(code("cli/unknown-code"), help("`hallpass rules` lists all codes"))]
struct UnknownCode {
    code: String,
    nearest: Option<&'static str>,
}

/// Runs the command.
pub(crate) fn run(arguments: &RulesArguments, format: Format) -> Result<u8, Failure> {
    let Some(code) = &arguments.code else {
        list(format);
        return Ok(exit::DONE);
    };
    let Some(page) = page(code) else {
        return Err(unknown(code));
    };
    match format {
        Format::Json => print_json(&json!({ "code": code, "page": page })),
        Format::Human | Format::Plain => print(page.trim_end()),
    }
    Ok(exit::DONE)
}

/// The page of a code.
pub(crate) fn page(code: &str) -> Option<&'static str> {
    let found = PAGES.iter().find(|(known, _)| *known == code);
    found.map(|(_, page)| *page)
}

/// What is said of a code without a page.
pub(crate) fn unknown(code: &str) -> Failure {
    Failure::usage(UnknownCode {
        code: code.to_owned(),
        nearest: nearest(code),
    })
}

fn list(format: Format) {
    if format == Format::Json {
        let codes: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
        print_json(&codes);
        return;
    }
    for (code, page) in PAGES {
        print(&format!("{code:<40} {}", first_sentence(page)));
    }
}

/// The first line of text below the page's headings.
pub(crate) fn first_sentence(page: &str) -> &str {
    page.lines()
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default()
}

/// The code that shares the longest start with the word; none where nothing is shared.
fn nearest(word: &str) -> Option<&'static str> {
    let shared = |code: &str| {
        code.chars()
            .zip(word.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    PAGES
        .iter()
        .map(|(code, _)| *code)
        .max_by_key(|code| shared(code))
        .filter(|code| shared(code) > 2)
}

// The pages of docs/codes, gathered by the build script.
include!(concat!(env!("OUT_DIR"), "/pages.rs"));
