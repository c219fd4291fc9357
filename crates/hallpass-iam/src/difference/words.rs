//! A difference in one sentence.

use crate::evaluate::Outcome;

use super::class::{Difference, Place};

impl Difference {
    /// What the second document does: `allows ecr:PutImage on ..., if ... (statement 0 of b.json)`. The
    /// names are those of the documents.
    pub fn sentence(&self, first: &str, second: &str) -> String {
        let mut sentence = format!("{} {}", self.verb(), listed(&self.actions));
        if !self.resources.is_empty() {
            sentence.push_str(" on ");
            sentence.push_str(&listed(&self.resources));
        }
        if !self.principals.is_empty() {
            sentence.push_str(" to ");
            sentence.push_str(&listed(&self.principals));
        }
        for condition in &self.conditions {
            sentence.push_str(", ");
            sentence.push_str(condition);
        }
        let because: Vec<String> = [
            self.before_statement.as_ref().map(|it| it.named(first)),
            self.after_statement.as_ref().map(|it| it.named(second)),
        ]
        .into_iter()
        .flatten()
        .collect();
        format!("{sentence} ({})", because.join("; "))
    }

    const fn verb(&self) -> &'static str {
        match (self.before, self.after) {
            (Outcome::ExplicitDeny, Outcome::Allow) => "allows what was denied:",
            (_, Outcome::Allow) => "allows",
            (Outcome::Allow, Outcome::ExplicitDeny) => "denies what was allowed:",
            (_, Outcome::ExplicitDeny) => "denies, whatever else may allow it,",
            (Outcome::Allow, Outcome::ImplicitDeny) => "no longer allows",
            (_, Outcome::ImplicitDeny) => "no longer denies",
        }
    }
}

impl Place {
    fn named(&self, document: &str) -> String {
        let sid = self
            .sid
            .as_ref()
            .map_or_else(String::new, |sid| format!(" {sid}"));
        format!("statement {}{sid} of {document}", self.index)
    }
}

fn listed(list: &[String]) -> String {
    let shown: Vec<&str> = list.iter().take(MAX_SHOWN).map(String::as_str).collect();
    match list.len().saturating_sub(MAX_SHOWN) {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

const MAX_SHOWN: usize = 8;
