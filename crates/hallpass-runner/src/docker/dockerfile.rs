//! Reading a Dockerfile: its instructions, one a logical line.
//!
//! Facts: <https://docs.docker.com/reference/dockerfile/>.

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    /// Its word, in capitals.
    pub(super) word: String,
    /// What follows.
    pub(super) rest: String,
}

/// The instructions of a Dockerfile.
pub(super) fn parse(text: &str) -> Result<Vec<Instruction>, String> {
    let escape = escape(text);
    let mut instructions = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let trimmed = line.trim();
        // Comments and empty lines within a continued instruction are none of it.
        if trimmed.starts_with('#') || (trimmed.is_empty() && open.is_some()) {
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let (start, mut whole) = open.take().unwrap_or_else(|| (number, String::new()));
        if let Some(part) = line.trim_end().strip_suffix(escape) {
            whole.push_str(part);
            open = Some((start, whole));
        } else {
            whole.push_str(line);
            instructions.push(instruction(start, &whole)?);
        }
        if instructions.len() > MAX_INSTRUCTIONS {
            return Err(format!("it has more than {MAX_INSTRUCTIONS} instructions"));
        }
    }
    if let Some((start, whole)) = open {
        instructions.push(instruction(start, &whole)?);
    }
    match instructions.iter().find(|one| one.word != "ARG") {
        None => Err("the Dockerfile is empty".to_owned()),
        Some(first) if first.word != "FROM" => Err(format!(
            "line {}: no build stage in current context: `FROM` comes first",
            first.line
        )),
        Some(_) => Ok(instructions),
    }
}

fn instruction(line: usize, text: &str) -> Result<Instruction, String> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    if rest.contains("<<") && matches!(word.to_ascii_uppercase().as_str(), "COPY" | "ADD" | "RUN") {
        return Err(format!(
            "line {line}: here-documents are not known to this shim"
        ));
    }
    if rest.is_empty() {
        return Err(format!("line {line}: `{word}` requires arguments"));
    }
    Ok(Instruction {
        line,
        word: word.to_ascii_uppercase(),
        rest: rest.to_owned(),
    })
}

/// The directive `# escape=` may stand before all else.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some(comment) = line.trim().strip_prefix('#') else {
            break;
        };
        let Some((name, value)) = comment.split_once('=') else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// A list: as JSON, else a command line for a shell.
pub(super) fn command(rest: &str) -> Vec<String> {
    json_list(rest).unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned(), rest.to_owned()])
}

/// `["a", "b"]`.
pub(super) fn json_list(rest: &str) -> Option<Vec<String>> {
    rest.starts_with('[')
        .then(|| serde_json::from_str(rest).ok())
        .flatten()
}

/// Words at white space; quotes hold together, and go.
pub(super) fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_open = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '"' | '\'') => {
                quote = Some(letter);
                is_open = true;
            }
            (Some(open), _) if open == letter => quote = None,
            (None | Some('"'), '\\') => {
                is_open = true;
                match letters.next() {
                    // A variable's own escape is read later.
                    Some('$') => word.push_str("\\$"),
                    Some(letter) => word.push(letter),
                    None => {}
                }
            }
            (None, _) if letter.is_whitespace() => {
                if is_open {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            _ => {
                word.push(letter);
                is_open = true;
            }
        }
    }
    if quote.is_some() {
        return Err(format!("`{text}` has a quote without its end"));
    }
    if is_open {
        words.push(word);
    }
    Ok(words)
}

/// `NAME=VALUE NAME=VALUE`, or the older `NAME VALUE`.
pub(super) fn pairs(rest: &str) -> Result<Vec<(String, String)>, String> {
    let words = words(rest)?;
    let first = words.first().map(String::as_str).unwrap_or_default();
    if !first.contains('=') {
        let (name, value) = rest
            .split_once(char::is_whitespace)
            .ok_or_else(|| format!("`{rest}` has no value"))?;
        return Ok(vec![(name.to_owned(), value.trim().to_owned())]);
    }
    words
        .into_iter()
        .map(|word| {
            word.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| format!("`{word}` is no `NAME=VALUE`"))
        })
        .collect()
}

const MAX_INSTRUCTIONS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_read() {
        let text = "# syntax=docker/dockerfile:1\nARG V=1\nfrom scratch\n\nLABEL a=b \\\n  # in between\n\n  c=\"d e\"\nCOPY x /\n";
        let shown: Vec<String> = parse(text)
            .unwrap()
            .iter()
            .map(|one| format!("{} {} {}", one.line, one.word, one.rest))
            .collect();
        assert_eq!(
            shown,
            [
                "2 ARG V=1",
                "3 FROM scratch",
                "5 LABEL a=b   c=\"d e\"",
                "9 COPY x /"
            ]
        );
    }

    #[test]
    fn the_forms_of_values_are_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs("a=b c=\"d e\" f='g'").unwrap(),
            [pair("a", "b"), pair("c", "d e"), pair("f", "g")]
        );
        assert_eq!(pairs("a b c").unwrap(), [pair("a", "b c")]);
        assert_eq!(command("[\"/a\", \"b\"]"), ["/a", "b"]);
        assert_eq!(command("a b"), ["/bin/sh", "-c", "a b"]);
        assert!(pairs("a=\"b").is_err());
        assert!(pairs("a").is_err());
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, says) in [
            ("", "is empty"),
            ("# x", "is empty"),
            ("COPY a b\nFROM scratch", "line 1: no build stage"),
            ("FROM scratch\nCOPY", "line 2: `COPY` requires arguments"),
            ("FROM scratch\nCOPY <<EOF /x\n", "line 2: here-documents"),
        ] {
            assert!(parse(text).unwrap_err().contains(says), "{text}");
        }
    }
}
