//! A `pattern` of a schema, compiled: the syntax is RE2's, as Go has it.
//!
//! Source: RE2's syntax page. Where Rust's engine of the same kind reads a character otherwise, it is
//! written out: the Perl classes are ASCII in RE2, and inside of brackets `[`, `&` and `~` stand for
//! themselves.

use regex::{Regex, RegexBuilder};

/// The room of one compiled pattern: as much as a schema's longest need, and no more than a server
/// can hold some hundred of.
const MOST_BYTES: usize = 1 << 19;

/// Compiles it; what is wrong, where it cannot be.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translated(pattern))
        .size_limit(MOST_BYTES)
        .dfa_size_limit(MOST_BYTES)
        .build()
        .map_err(|error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or("it cannot be read");
            last.trim_start_matches("error: ").to_owned()
        })
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    let mut is_in_class = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('Q') if !is_in_class => quote(&mut rest, &mut out),
                Some(escaped) => escape(escaped, is_in_class, &mut out),
                None => out.push('\\'),
            },
            '[' if is_in_class => match rest.peek() {
                Some(':') => posix(&mut rest, &mut out),
                _ => out.push_str("\\["),
            },
            '[' => {
                is_in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // First in the brackets it is a member.
                if rest.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' if is_in_class => {
                is_in_class = false;
                out.push(']');
            }
            '&' | '~' if is_in_class => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// `[:alpha:]`, whose opening bracket has been read.
fn posix(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    for character in rest.by_ref() {
        out.push(character);
        if character == ']' {
            return;
        }
    }
}

/// `\Q...\E`, whose opening has been read.
fn quote(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(character) = rest.next() {
        if character == '\\' && rest.next_if_eq(&'E').is_some() {
            break;
        }
        text.push(character);
    }
    out.push_str(&regex::escape(&text));
}

fn escape(escaped: char, is_in_class: bool, out: &mut String) {
    match escaped {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[\\t\\n\\f\\r ]"),
        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
        'b' if !is_in_class => out.push_str("(?-u:\\b)"),
        other => {
            out.push('\\');
            out.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_patterns_as_re2_does() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d+$", "\u{664}", false),
            (r"^\w+$", "\u{e9}", false),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[[]x[]]$", "[x]", true),
            (r"^[^]]$", "]", false),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[a~~b]+$", "a~b", true),
            (r"^[[:alpha:]_]+$", "a_b", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"\bfoo\b", "a foo b", true),
        ];
        for (pattern, text, wanted) in cases {
            let compiled = compile(pattern).unwrap();
            assert_eq!(compiled.is_match(text), wanted, "{pattern} on {text}");
        }
    }

    #[test]
    fn refuses_what_re2_refuses_and_what_is_too_large() {
        for pattern in ["(", "a(?=b)", r"(a)\1", "[z-a]", "(?:a{1000}){1000}"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
