//! The story as it is told: to a person line by line, to a program as one document.

use std::time::Duration;

use serde::Serialize;

use super::explanation::{FailedCondition, Reason};
use crate::cli::Format;
use crate::output::{self, print, print_json};

/// What has happened so far.
#[derive(Debug, Serialize)]
pub(crate) struct Story {
    parts: Vec<Part>,
    seconds: f64,
    #[serde(skip)]
    format: Format,
    #[serde(skip)]
    progress: Option<indicatif::ProgressBar>,
}

#[derive(Debug, Serialize)]
struct Part {
    title: String,
    steps: Vec<Line>,
}

/// One thing that happened.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    outcome: Outcome,
    /// What the story promised, where it promised something.
    #[serde(skip_serializing_if = "Option::is_none")]
    promised: Option<Outcome>,
    detail: String,
    /// What the engine says of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Reason>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It worked.
    Works,
}

impl Story {
    /// A story that has not begun.
    pub(crate) fn new(format: Format) -> Self {
        let progress = (format == Format::Human).then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(80));
            bar
        });
        Self {
            parts: Vec::new(),
            seconds: 0.0,
            format,
            progress,
        }
    }

    /// Begins a part.
    pub(crate) fn part(&mut self, title: &str) {
        self.tell(&format!("\n{title}"));
        self.parts.push(Part {
            title: title.to_owned(),
            steps: Vec::new(),
        });
    }

    /// Says what is about to be done, to who watches a terminal.
    pub(crate) fn doing(&self, what: &str) {
        if let Some(progress) = &self.progress {
            progress.set_message(what.to_owned());
        }
    }

    /// Tells what was done.
    pub(crate) fn done(&mut self, name: &str, detail: impl Into<String>) {
        self.add(name, Outcome::Done, None, detail.into(), None);
    }

    /// Tells how an attempt went, against what was promised.
    pub(crate) fn attempt(
        &mut self,
        name: &str,
        promised: Outcome,
        outcome: Outcome,
        detail: impl Into<String>,
        because: Option<Reason>,
    ) {
        self.add(name, outcome, Some(promised), detail.into(), because);
    }

    fn add(
        &mut self,
        name: &str,
        outcome: Outcome,
        promised: Option<Outcome>,
        detail: String,
        because: Option<Reason>,
    ) {
        let mark = self.mark(outcome);
        if promised.is_some() {
            self.tell(&format!("  {mark} {name}"));
            if outcome == Outcome::Refused {
                self.tell(&format!("{INDENT}{detail}"));
            }
        } else {
            self.tell(&format!("  {mark} {name:<27} {detail}"));
        }
        if let Some(reason) = &because {
            self.tell_reason(reason);
        }
        if promised.is_some_and(|promised| promised != outcome) {
            self.tell(&format!(
                "{INDENT}this is not what should have happened: please report it"
            ));
        }
        if let Some(part) = self.parts.last_mut() {
            part.steps.push(Line {
                name: name.to_owned(),
                outcome,
                promised,
                detail,
                because,
            });
        }
    }

    /// Whether every attempt went as promised.
    pub(crate) fn is_as_promised(&self) -> bool {
        self.parts.iter().flat_map(|part| &part.steps).all(|line| {
            line.promised
                .is_none_or(|promised| promised == line.outcome)
        })
    }

    /// Ends the story; for a program, prints it.
    pub(crate) fn finish(&mut self, took: Duration) {
        self.seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        if let Some(progress) = self.progress.take() {
            progress.finish_and_clear();
        }
        match self.format {
            Format::Json => print_json(self),
            Format::Human | Format::Plain => {
                print(&format!("\nAll of it took {:.1} s.", self.seconds));
            }
        }
    }

    /// The condition that refused, wanted above got, so that the eye finds the difference.
    fn tell_reason(&self, reason: &Reason) {
        let Some(condition) = &reason.condition else {
            self.tell(&format!("{INDENT}because {}", reason.summary));
            return;
        };
        let FailedCondition {
            statement,
            policy,
            operator,
            key,
            wanted,
            got,
        } = condition;
        self.tell(&format!(
            "{INDENT}because of {statement} in the {policy}: {operator} {key}"
        ));
        self.tell(&format!("{INDENT}  wanted {}", wanted.join(", ")));
        let got = if got.is_empty() {
            "nothing: the request lacks the key".to_owned()
        } else {
            got.join(", ")
        };
        self.tell(&format!("{INDENT}  got    {got}"));
    }

    /// The outcome in its column, in colour where the terminal shows it.
    fn mark(&self, outcome: Outcome) -> String {
        let (word, colour) = match outcome {
            Outcome::Done => ("done   ", "32"),
            Outcome::Refused => ("refused", "33"),
            Outcome::Works => ("works  ", "32"),
        };
        if output::has_colour(self.format) {
            format!("\x1b[{colour}m{word}\x1b[0m")
        } else {
            word.to_owned()
        }
    }

    fn tell(&self, line: &str) {
        if self.format == Format::Json {
            return;
        }
        match &self.progress {
            Some(progress) => progress.suspend(|| output::print(line)),
            None => output::print(line),
        }
    }
}

// As wide as the column of outcomes.
const INDENT: &str = "          ";
