//! What the command says: the lines that change, what that means, and what the log cannot show.

use std::io::{self, IsTerminal as _};

use hallpass_iam::{Comparison, Tightened, UseLog};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::super::diff;
use crate::cli::Format;
use crate::environment;
use crate::output::print_error;

/// A narrowed policy and how it differs.
pub(super) struct Shown<'a> {
    pub(super) before: &'a str,
    pub(super) after: &'a str,
    pub(super) name: &'a str,
    pub(super) narrowed: &'a Tightened,
    pub(super) meaning: &'a Comparison,
}

impl Shown<'_> {
    /// Explains on standard error: standard output is the policy's.
    pub(super) fn explain(&self, format: Format) {
        let has_colour = format == Format::Human
            && io::stderr().is_terminal()
            && !environment::is_colour_unwanted();
        if self.before == self.after {
            print_error("nothing to narrow: all that the policy allows was used");
        } else {
            print_error(self.lines(has_colour).trim_end());
        }
        for line in diff::lines(self.meaning, [self.name, "the narrowed policy"], has_colour) {
            print_error(&line);
        }
        for (used, count) in &self.narrowed.not_allowed {
            let on = used
                .resource
                .as_ref()
                .map_or_else(String::new, |it| format!(" on {it}"));
            print_error(&format!(
                "used and not allowed by this policy: {}{on} (seen {count}x)",
                used.action
            ));
        }
        for note in &self.narrowed.notes {
            print_error(&format!("note: {note}"));
        }
        for caveat in &self.narrowed.caveats {
            print_error(&format!("beware: {caveat}"));
        }
    }

    /// All of it as one document.
    pub(super) fn to_json(&self, log: &UseLog) -> Value {
        let not_allowed: Vec<Value> = self
            .narrowed
            .not_allowed
            .iter()
            .map(|(used, count)| {
                json!({ "action": used.action, "resource": used.resource, "count": count })
            })
            .collect();
        let uses: Vec<Value> = log
            .uses()
            .map(|(used, count)| {
                json!({ "action": used.action, "resource": used.resource, "count": count })
            })
            .collect();
        json!({
            "policy": self.narrowed.policy,
            "changed": self.before != self.after,
            "events": log.events(),
            "used": uses,
            "notAllowed": not_allowed,
            "notes": self.narrowed.notes,
            "caveats": self.narrowed.caveats,
            "meaning": self.meaning.to_json(),
        })
    }

    /// The lines that change, both documents being written alike.
    fn lines(&self, has_colour: bool) -> String {
        let changes = TextDiff::from_lines(self.before, self.after);
        let mut text = String::new();
        for change in changes.iter_all_changes() {
            let line = change.value().trim_end_matches('\n');
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ('-', diff::RED),
                ChangeTag::Equal => (' ', ""),
                ChangeTag::Insert => ('+', diff::GREEN),
            };
            if has_colour && !colour.is_empty() {
                text.push_str(colour);
                text.push(sign);
                text.push_str(line);
                text.push_str(diff::RESET);
            } else {
                text.push(sign);
                text.push_str(line);
            }
            text.push('\n');
        }
        text
    }
}
