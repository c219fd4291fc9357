//! Workflow commands: what a step asks for in a line of its output.
//!
//! `::name key=value,key=value::message`, after white space, or the older `##[name key=value;]message`
//! anywhere in the line. Facts:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name, in lower case.
    pub name: String,
    /// Its properties.
    pub properties: Vec<(String, String)>,
    /// Its message.
    pub message: String,
}

impl Command {
    /// A property's value.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The command of a line, if it is one.
pub fn parse_command(line: &str) -> Option<Command> {
    current(line).or_else(|| legacy(line))
}

fn current(line: &str) -> Option<Command> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = match head.split_once(' ') {
        Some((name, properties)) => (name, properties),
        None => (head, ""),
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    Some(Command {
        name: name.to_ascii_lowercase(),
        properties: pairs(properties, ',', |text| {
            unescape(
                text,
                &[("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n")],
            )
        }),
        message: unescape(message, &[("%0D", "\r"), ("%0A", "\n")]),
    })
}

fn legacy(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (head, message) = rest.split_once(']')?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    if name.is_empty() {
        return None;
    }
    let escapes = &[("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]")];
    Some(Command {
        name: name.to_ascii_lowercase(),
        properties: pairs(properties, ';', |text| unescape(text, escapes)),
        message: unescape(message, escapes),
    })
}

fn pairs(text: &str, separator: char, unescape: impl Fn(&str) -> String) -> Vec<(String, String)> {
    text.split(separator)
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name = name.trim();
            (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), unescape(value)))
        })
        .collect()
}

/// The percent sign last, or an escaped escape would be read twice.
fn unescape(text: &str, escapes: &[(&str, &str)]) -> String {
    let mut plain = text.to_owned();
    for (escape, letter) in escapes {
        plain = plain.replace(escape, letter);
    }
    plain.replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands_as_the_runner_does() {
        for (line, wanted) in [
            ("::add-mask::s3cret", Some("add-mask [] s3cret")),
            ("  ::group::My title", Some("group [] My title")),
            ("::endgroup::", Some("endgroup [] ")),
            (
                "::error file=app.js,line=1,col=5,title=Bad%3A%2C::Missing%0Asemicolon 100%25",
                Some("error [file=app.js, line=1, col=5, title=Bad:,] Missing\nsemicolon 100%"),
            ),
            (
                "::set-output name=x::a::b",
                Some("set-output [name=x] a::b"),
            ),
            ("::ERROR::x", Some("error [] x")),
            (
                "text ##[warning file=a;line=2]careful%5D",
                Some("warning [file=a, line=2] careful]"),
            ),
            ("::error%250A::%250A", Some("error%250a [] %0A")),
            ("text ::error::x", None),
            (":: ::x", None),
            ("::::x", None),
            ("::nothing", None),
            ("", None),
        ] {
            let shown = parse_command(line).map(|command| {
                let pairs: Vec<String> = command
                    .properties
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!(
                    "{} [{}] {}",
                    command.name,
                    pairs.join(", "),
                    command.message
                )
            });
            assert_eq!(shown.as_deref(), wanted, "{line}");
        }
    }
}
