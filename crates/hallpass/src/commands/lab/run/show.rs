//! How a run is shown while it goes on.

use hallpass_runner::{Annotation, Conclusion, Level, Listener};

use crate::cli::Format;
use crate::output::{print, print_error};

/// Shows a run: its log is the answer for people, and beside the answer for programs.
#[derive(Debug)]
pub(super) struct Show {
    format: Format,
    depth: usize,
}

impl Show {
    pub(super) fn new(format: Format) -> Self {
        Self { format, depth: 0 }
    }

    fn say(&self, line: &str) {
        match self.format {
            Format::Human | Format::Plain => print(line),
            Format::Json => print_error(line),
        }
    }

    fn inside(&self, line: &str) {
        self.say(&format!("{}{line}", "  ".repeat(self.depth + 1)));
    }
}

impl Listener for Show {
    fn job_begins(&mut self, name: &str, runner: &str) {
        self.say(&format!("job {name}, on {runner}"));
    }

    fn job_ends(&mut self, name: &str, conclusion: Conclusion) {
        self.say(&format!("job {name}: {}", conclusion.as_str()));
    }

    fn step_begins(&mut self, name: &str) {
        self.depth = 0;
        self.say(&format!("step {name}"));
    }

    fn line(&mut self, line: &str) {
        self.inside(line);
    }

    fn annotation(&mut self, annotation: &Annotation) {
        let word = match annotation.level {
            Level::Debug => "Debug",
            Level::Error => "Error",
            Level::Notice => "Notice",
            Level::Warning => "Warning",
        };
        let place = match (&annotation.file, annotation.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: "),
            (Some(file), None) => format!("{file}: "),
            (None, _) => String::new(),
        };
        let mut lines = annotation.message.lines();
        let first = lines.next().unwrap_or_default();
        self.inside(&format!("{word}: {place}{first}"));
        for line in lines {
            self.inside(line);
        }
    }

    fn group_begins(&mut self, title: &str) {
        self.inside(title);
        self.depth = (self.depth + 1).min(MAX_DEPTH);
    }

    fn group_ends(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn step_ends(&mut self, name: &str, outcome: Conclusion, conclusion: Conclusion) {
        self.depth = 0;
        let line = match (outcome, conclusion) {
            (Conclusion::Success, _) => return,
            (Conclusion::Skipped, _) => format!("step {name}: skipped"),
            (Conclusion::Failure, Conclusion::Success) => {
                format!("step {name}: failure, which is allowed (continue-on-error)")
            }
            (other, _) => format!("step {name}: {}", other.as_str()),
        };
        self.say(&line);
    }

    fn note(&mut self, note: &str) {
        print_error(&format!("note: {note}"));
    }
}

// As deep as GitHub nests composite actions.
const MAX_DEPTH: usize = 10;
