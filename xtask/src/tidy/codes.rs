//! Codes and their pages: every code written in the source has one page, every page a code.

use std::collections::BTreeMap;

use crate::Fault;
use crate::source::{Strings, line_at, shipped};

/// A code as the source writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeUse {
    /// The code.
    pub code: String,
    /// Where it is written: path and line.
    pub at: String,
}

/// A page of `docs/codes`.
#[derive(Clone, Debug)]
pub struct CodePage {
    /// The page's path from the root.
    pub path: String,
    /// The page.
    pub text: String,
}

/// The sections of a page, in this order.
const SECTIONS: &[&str] = &["## What it means", "## Cause", "## Fix"];

/// The codes written in the source file at `path`, tests left out, and what is wrong with them.
pub fn codes_in(path: &str, text: &str) -> (Vec<CodeUse>, Vec<Fault>) {
    let seen = shipped(text, Strings::Kept);
    let (mut uses, mut faults) = (Vec::new(), Vec::new());
    for (start, after) in calls(&seen) {
        let at = format!("{path}:{}", line_at(&seen, start));
        match literal(after) {
            Some(code) if is_code(code) => {
                let code = code.to_owned();
                uses.push(CodeUse { code, at });
            }
            _ if is_in_diagnostic(seen.get(..start).unwrap_or_default()) => {
                let says = "a diagnostic's code is written `code(\"area/kebab-name\")`";
                faults.push(Fault::new("codes", at, says));
            }
            _ => {}
        }
    }
    for (start, _) in seen.match_indices("\".parse::<Code>()") {
        let before = seen.get(..start).unwrap_or_default();
        let code = before.rsplit('"').next().unwrap_or_default().to_owned();
        let at = format!("{path}:{}", line_at(&seen, start));
        uses.push(CodeUse { code, at });
    }
    (uses, faults)
}

/// What is wrong between the codes of the source and the pages.
pub fn code_pages(uses: &[CodeUse], pages: &[CodePage]) -> Vec<Fault> {
    let mut written: BTreeMap<&str, &str> = BTreeMap::new();
    for CodeUse { code, at } in uses {
        written.entry(code).or_insert(at);
    }
    let mut faults = Vec::new();
    let mut known = BTreeMap::new();
    for page in pages {
        let code = page
            .path
            .trim_start_matches("docs/codes/")
            .trim_end_matches(".md");
        known.insert(code, page);
        faults.extend(page_faults(code, page));
        if !written.contains_key(code) {
            let says = format!("no source file writes the code `{code}`");
            faults.push(Fault::new("codes", &page.path, says));
        }
    }
    for (code, at) in written {
        if !known.contains_key(code) {
            let says = format!("the code `{code}` has no page docs/codes/{code}.md");
            faults.push(Fault::new("codes", at, says));
        }
    }
    faults
}

fn page_faults(code: &str, page: &CodePage) -> Vec<Fault> {
    let fault = |says: String| Fault::new("codes", &page.path, says);
    let mut faults = Vec::new();
    if page.text.lines().next() != Some(format!("# {code}").as_str()) {
        faults.push(fault(format!("does not open with `# {code}`")));
    }
    let headings: Vec<&str> = page
        .text
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    if !headings.starts_with(SECTIONS) {
        faults.push(fault(format!(
            "does not have the sections {}",
            SECTIONS.join(", ")
        )));
    }
    if first_sentence(&page.text).is_empty() {
        faults.push(fault("says nothing under `## What it means`".to_owned()));
    }
    faults
}

/// The first sentence under a page's first heading of the second level.
pub fn first_sentence(page: &str) -> String {
    let body: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with("## "))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = body.join(" ");
    match paragraph.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => paragraph,
    }
}

/// Each `code(` and `Code::...(` in `seen`: its offset, and what follows the bracket.
fn calls(seen: &str) -> impl Iterator<Item = (usize, &str)> {
    seen.match_indices('(').filter_map(|(bracket, _)| {
        let before = seen.get(..bracket)?;
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
        let start = before
            .char_indices()
            .rev()
            .take_while(|&(_, letter)| is_part(letter))
            .last()
            .map(|(at, _)| at)?;
        let callee = before.get(start..)?;
        (callee == "code" || callee.starts_with("Code::"))
            .then_some((start, seen.get(bracket + 1..)?))
    })
}

/// The string literal at the start of `after`.
fn literal(after: &str) -> Option<&str> {
    let (text, _) = after.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(text)
}

/// Whether the innermost attribute opened before this point, and not yet closed, is `diagnostic`.
fn is_in_diagnostic(before: &str) -> bool {
    before
        .rsplit_once("#[")
        .is_some_and(|(_, inside)| inside.starts_with("diagnostic(") && !inside.contains(")]"))
}

fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_kebab = |part: &str| part.split('-').all(is_word);
    matches!(text.split_once('/'), Some((area, name)) if is_kebab(area) && is_kebab(name))
}
