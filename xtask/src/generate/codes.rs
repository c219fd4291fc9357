//! The index of codes: each with the first sentence of its page.

use std::fmt::Write as _;

use crate::tidy::{CodePage, first_sentence};

const HEAD: &str = "<!-- Written by `cargo xtask gen`; edit the pages in docs/codes instead. -->
# Codes

Every error and finding carries a code. Its page says what it means, what causes it, and how to fix it.
";

/// The index over `pages`, which are in the order of their paths.
pub fn codes_page(pages: &[CodePage]) -> String {
    let mut out = HEAD.to_owned();
    let mut area = "";
    for page in pages {
        let code = page
            .path
            .trim_start_matches("docs/codes/")
            .trim_end_matches(".md");
        let page_area = code.split('/').next().unwrap_or(code);
        if page_area != area {
            area = page_area;
            let _ = write!(out, "\n## {area}\n\n| code | meaning |\n|---|---|\n");
        }
        let meaning = first_sentence(&page.text).replace('|', "\\|");
        let _ = writeln!(out, "| [`{code}`](../codes/{code}.md) | {meaning} |");
    }
    out
}
