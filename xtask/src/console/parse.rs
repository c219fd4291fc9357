//! Console blocks out of Markdown.

use crate::Fault;

/// A command and what it must print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The command, as the shell takes it.
    pub command: String,
    /// The lines it must print, wildcards included.
    pub expected: Vec<String>,
    /// The line of the file on which the command stands.
    pub line: usize,
}

/// The steps of the page at `path`, in order, and what is wrong with its blocks.
pub fn steps(path: &str, text: &str) -> (Vec<Step>, Vec<Fault>) {
    let (mut found, mut faults): (Vec<Step>, Vec<Fault>) = (Vec::new(), Vec::new());
    let mut fence: Option<bool> = None;
    let mut has_command = false;
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let mut fault =
            |says: &str| faults.push(Fault::new("docs", format!("{path}:{line}"), says));
        match (fence, text.strip_prefix("```")) {
            (None, Some(info)) => {
                fence = Some(info == "console");
                has_command = false;
                if let Some(reason) = info.strip_prefix("console,ignore") {
                    if reason.trim().is_empty() {
                        fault("an ignored block gives its reason: `console,ignore REASON`");
                    }
                } else if info.starts_with("console") && info != "console" {
                    fault("a block's info is `console` or `console,ignore REASON`");
                }
            }
            (Some(_), Some("")) => fence = None,
            (Some(true), _) => {
                let step = found.last_mut().filter(|_| has_command);
                match (text.strip_prefix("$ "), text.strip_prefix("> "), step) {
                    (Some(command), ..) => {
                        has_command = true;
                        found.push(Step {
                            command: command.to_owned(),
                            expected: Vec::new(),
                            line,
                        });
                    }
                    (None, Some(more), Some(step)) if step.expected.is_empty() => {
                        step.command.push('\n');
                        step.command.push_str(more);
                    }
                    (None, _, Some(step)) => step.expected.push(text.to_owned()),
                    (None, _, None) => fault("a block opens with a command: `$ ...`"),
                }
            }
            _ => {}
        }
    }
    if fence.is_some() {
        faults.push(Fault::new("docs", path, "a fenced block is not closed"));
    }
    (found, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_commands_continuations_and_output() {
        let text = "a\n```console\n$ one \\\n>   two\nout\n\n$ three\n```\n```sh\n$ no\n```\n";
        let (found, faults) = steps("x.md", text);
        assert_eq!(faults, []);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].command, "one \\\n  two");
        assert_eq!(found[0].expected, ["out", ""]);
        assert_eq!((found[1].command.as_str(), found[1].line), ("three", 7));
    }

    #[test]
    fn an_ignored_block_must_give_a_reason() {
        let (found, faults) = steps("x.md", "```console,ignore\n$ a\n```\n");
        assert!(found.is_empty());
        assert!(
            faults[0]
                .to_string()
                .starts_with("x.md:1: docs: an ignored block")
        );
        assert_eq!(
            steps("x.md", "```console,ignore needs AWS\n$ a\n```\n").1,
            []
        );
    }

    #[test]
    fn refuses_unknown_info_output_without_command_and_open_fences() {
        for text in [
            "```console,x\n$ a\n```\n",
            "```console\nout\n```\n",
            "```console\n$ a\n",
        ] {
            assert_eq!(steps("x.md", text).1.len(), 1, "{text}");
        }
    }
}
