//! A step's output: each line is masked and shown, or is a command and is done.

use hallpass_workflow::{Command, Masks, parse_command};

use crate::listener::{Level, Listener};
use crate::report::Annotation;

/// What a step has asked for by its output.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) outputs: Vec<(String, String)>,
    pub(crate) states: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) paths: Vec<String>,
    /// A command that is refused fails the step.
    pub(crate) is_refused: bool,
}

/// A step's output.
pub(crate) struct Log<'a> {
    pub(crate) masks: &'a mut Masks,
    pub(crate) listener: &'a mut dyn Listener,
    pub(crate) annotations: &'a mut Vec<Annotation>,
    /// `ACTIONS_ALLOW_UNSECURE_COMMANDS`.
    pub(crate) allows_unsecure: bool,
    pub(crate) is_debug: bool,
    pub(crate) asked: Asked,
    stopped: Option<String>,
    lines: usize,
}

impl<'a> Log<'a> {
    pub(crate) fn new(
        masks: &'a mut Masks,
        listener: &'a mut dyn Listener,
        annotations: &'a mut Vec<Annotation>,
    ) -> Self {
        Self {
            masks,
            listener,
            annotations,
            allows_unsecure: false,
            is_debug: false,
            asked: Asked::default(),
            stopped: None,
            lines: 0,
        }
    }

    /// A line of the output.
    pub(crate) fn line(&mut self, line: &str) {
        let command = parse_command(line);
        if let Some(token) = &self.stopped {
            if command.is_some_and(|command| command.name == token.to_ascii_lowercase()) {
                self.stopped = None;
            } else {
                self.show(line);
            }
            return;
        }
        match command {
            Some(command) if self.obey(&command) => {}
            _ => self.show(line),
        }
    }

    /// A remark of our own, or of the step.
    pub(crate) fn remark(&mut self, level: Level, message: &str) {
        self.annotate(Annotation {
            level,
            message: message.to_owned(),
            file: None,
            line: None,
            column: None,
            title: None,
        });
    }

    pub(crate) fn show(&mut self, line: &str) {
        self.lines += 1;
        if self.lines <= MAX_LINES {
            let line = self.masks.apply(line);
            self.listener.line(&line);
        } else if self.lines == MAX_LINES + 1 {
            self.listener.line(&format!(
                "(the step has written more than {MAX_LINES} lines; the rest is not shown)"
            ));
        }
    }

    /// Does what a command says; whether there is such a command.
    fn obey(&mut self, command: &Command) -> bool {
        let named = |command: &Command| command.property("name").map(str::to_owned);
        match command.name.as_str() {
            "add-mask" => self.masks.add(&command.message),
            "group" => {
                let title = self.masks.apply(&command.message);
                self.listener.group_begins(&title);
            }
            "endgroup" => self.listener.group_ends(),
            "debug" => {
                if self.is_debug {
                    self.annotation(Level::Debug, command);
                }
            }
            "notice" => self.annotation(Level::Notice, command),
            "warning" => self.annotation(Level::Warning, command),
            "error" => self.annotation(Level::Error, command),
            "stop-commands" => self.stop(&command.message),
            "set-output" | "save-state" => {
                self.remark(
                    Level::Warning,
                    &format!(
                        "The `{}` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/",
                        command.name
                    ),
                );
                let pair = named(command).map(|name| (name, command.message.clone()));
                if command.name == "set-output" {
                    self.asked.outputs.extend(pair);
                } else {
                    self.asked.states.extend(pair);
                }
            }
            "set-env" | "add-path" if !self.allows_unsecure => {
                self.asked.is_refused = true;
                self.remark(
                    Level::Error,
                    &format!(
                        "The `{}` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/",
                        command.name
                    ),
                );
            }
            "set-env" => self
                .asked
                .environment
                .extend(named(command).map(|name| (name, command.message.clone()))),
            "add-path" => self.asked.paths.push(command.message.clone()),
            // They colour the log of GitHub's page.
            "add-matcher" | "remove-matcher" | "echo" => {}
            _ => return false,
        }
        true
    }

    fn stop(&mut self, token: &str) {
        // A token that is a command's name would let the output go on unseen.
        let is_name = KNOWN.iter().any(|known| token.eq_ignore_ascii_case(known));
        if token.is_empty() || is_name {
            self.asked.is_refused = true;
            self.remark(
                Level::Error,
                "Invalid value for token: a `stop-commands` token is a text that is no command's name",
            );
        } else {
            self.masks.add(token);
            self.stopped = Some(token.to_owned());
        }
    }

    fn annotation(&mut self, level: Level, command: &Command) {
        let text = |name: &str| command.property(name).map(str::to_owned);
        let number = |name: &str| command.property(name).and_then(|text| text.parse().ok());
        self.annotate(Annotation {
            level,
            message: command.message.clone(),
            file: text("file"),
            line: number("line"),
            column: number("col"),
            title: text("title"),
        });
    }

    fn annotate(&mut self, annotation: Annotation) {
        let mask = |text: Option<String>| text.map(|text| self.masks.apply(&text));
        let annotation = Annotation {
            message: self.masks.apply(&annotation.message),
            file: mask(annotation.file),
            title: mask(annotation.title),
            ..annotation
        };
        self.listener.annotation(&annotation);
        if self.annotations.len() < MAX_ANNOTATIONS && annotation.level != Level::Debug {
            self.annotations.push(annotation);
        }
    }
}

const KNOWN: &[&str] = &[
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "pause-logging",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];
const MAX_LINES: usize = 100_000;
const MAX_ANNOTATIONS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Conclusion;

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Listener for Heard {
        fn job_begins(&mut self, _: &str, _: &str) {}
        fn job_ends(&mut self, _: &str, _: Conclusion) {}
        fn step_begins(&mut self, _: &str) {}
        fn line(&mut self, line: &str) {
            self.0.push(line.to_owned());
        }
        fn annotation(&mut self, annotation: &Annotation) {
            self.0
                .push(format!("{:?} {}", annotation.level, annotation.message));
        }
        fn group_begins(&mut self, title: &str) {
            self.0.push(format!("[{title}"));
        }
        fn group_ends(&mut self) {
            self.0.push("]".to_owned());
        }
        fn step_ends(&mut self, _: &str, _: Conclusion, _: Conclusion) {}
        fn note(&mut self, _: &str) {}
    }

    fn hear(lines: &[&str]) -> (Vec<String>, Asked) {
        let (mut heard, mut masks, mut annotations) =
            (Heard::default(), Masks::default(), Vec::new());
        let mut log = Log::new(&mut masks, &mut heard, &mut annotations);
        for line in lines {
            log.line(line);
        }
        let asked = log.asked;
        (heard.0, asked)
    }

    #[test]
    fn commands_are_done_and_lines_are_masked() {
        let (heard, asked) = hear(&[
            "::add-mask::hunter2",
            "the password is hunter2",
            "::group::about hunter2",
            "::endgroup::",
            "::error file=a.js,line=3::hunter2 is wrong",
            "::debug::unseen",
            "::set-output name=a::1",
            "::unknown::x",
        ]);
        assert_eq!(
            heard[..4],
            [
                "the password is ***",
                "[about ***",
                "]",
                "Error *** is wrong"
            ]
        );
        assert!(heard[4].starts_with("Warning The `set-output` command is deprecated"));
        assert_eq!(heard[5], "::unknown::x");
        assert_eq!(asked.outputs, [("a".to_owned(), "1".to_owned())]);
        assert!(!asked.is_refused);
    }

    #[test]
    fn commands_stop_until_the_token() {
        let (heard, asked) = hear(&[
            "::stop-commands::t0ken",
            "::set-output name=a::1",
            "::other::",
            "::T0ken::",
            "::warning::w",
        ]);
        assert_eq!(heard, ["::set-output name=a::1", "::other::", "Warning w"]);
        assert!(asked.outputs.is_empty());
    }

    #[test]
    fn commands_that_anyone_could_print_are_refused() {
        for line in [
            "::set-env name=A::b",
            "::add-path::/x",
            "::stop-commands::error",
            "::stop-commands::",
        ] {
            let (_, asked) = hear(&[line]);
            assert!(asked.is_refused, "{line}");
            assert!(asked.environment.is_empty() && asked.paths.is_empty());
        }
    }
}
