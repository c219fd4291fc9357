//! Environment files: what a step writes to `GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_STATE` and `GITHUB_PATH`.
//!
//! A line is `name=value`, or `name<<DELIMITER` with the value in the lines that follow, up to a line that is the
//! delimiter. Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

/// A name with its value.
pub type Pair = (String, String);

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandFileError {
    /// It is too large.
    #[error("it is larger than {MAX_COMMAND_FILE} bytes")]
    TooLarge,
    /// A line is neither form.
    #[error("Invalid format '{0}'")]
    Format(String),
    /// A value has no end.
    #[error("Invalid value. Matching delimiter not found '{0}'")]
    Delimiter(String),
    /// A name is missing.
    #[error("Invalid format '{0}'. Name must not be empty")]
    Name(String),
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    Encoding,
}

/// Reads names and values.
pub fn parse_pairs(file: &[u8]) -> Result<Vec<Pair>, CommandFileError> {
    let text = text(file)?;
    let mut pairs = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if line.is_empty() {
            continue;
        }
        let equals = line.find('=');
        let heredoc = line.find("<<");
        match (equals, heredoc) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                let (name, value) = line.split_once('=').unwrap_or((line, ""));
                if name.is_empty() {
                    return Err(CommandFileError::Name(line.to_owned()));
                }
                pairs.push((name.to_owned(), value.to_owned()));
            }
            (_, Some(_)) => {
                let (name, delimiter) = line.split_once("<<").unwrap_or((line, ""));
                if name.is_empty() || delimiter.is_empty() {
                    return Err(CommandFileError::Name(line.to_owned()));
                }
                let (value, after) = until(rest, delimiter)
                    .ok_or_else(|| CommandFileError::Delimiter(delimiter.to_owned()))?;
                pairs.push((name.to_owned(), value));
                rest = after;
            }
            (_, None) => return Err(CommandFileError::Format(line.to_owned())),
        }
    }
    Ok(pairs)
}

/// Reads folders, one a line.
pub fn parse_paths(file: &[u8]) -> Result<Vec<String>, CommandFileError> {
    let mut rest = text(file)?;
    let mut paths = Vec::new();
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if !line.is_empty() {
            paths.push(line.to_owned());
        }
    }
    Ok(paths)
}

fn text(file: &[u8]) -> Result<&str, CommandFileError> {
    if file.len() > MAX_COMMAND_FILE {
        return Err(CommandFileError::TooLarge);
    }
    // Some shells write a mark of byte order first.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    std::str::from_utf8(file).map_err(|_| CommandFileError::Encoding)
}

/// The next line without its end, and what follows it.
fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

/// The lines before the delimiter, as they are, without the last line's end.
fn until<'a>(text: &'a str, delimiter: &str) -> Option<(String, &'a str)> {
    let mut value = String::new();
    let mut rest = text;
    let mut is_first = true;
    while let Some((line, after)) = next_line(rest) {
        if line == delimiter {
            return Some((value, after));
        }
        if !is_first {
            value.push('\n');
        }
        value.push_str(line);
        is_first = false;
        rest = after;
    }
    None
}

/// The largest environment file that is read; GitHub's bound for a job's outputs is 1 MiB, too.
pub const MAX_COMMAND_FILE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        for (file, wanted) in [
            ("", vec![]),
            ("a=b", vec![("a", "b")]),
            ("a=b\r\n\r\nc=\n", vec![("a", "b"), ("c", "")]),
            ("a=b=c<<d\n", vec![("a", "b=c<<d")]),
            (
                "a<<EOF\none\ntwo\nEOF\nb=1\n",
                vec![("a", "one\ntwo"), ("b", "1")],
            ),
            ("a<<EOF\nEOF", vec![("a", "")]),
            ("a<<E=F\nx\nE=F\n", vec![("a", "x")]),
            ("a<<E\n\n\nE\n", vec![("a", "\n")]),
            ("a<<E\n E\nE \nE\n", vec![("a", " E\nE ")]),
            ("\u{feff}a=1", vec![("a", "1")]),
            (" a = b ", vec![(" a ", " b ")]),
        ] {
            let pairs = parse_pairs(file.as_bytes()).unwrap();
            let pairs: Vec<(&str, &str)> = pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(pairs, wanted, "{file:?}");
        }
        assert_eq!(parse_paths(b"/a\r\n\n/b c\n").unwrap(), ["/a", "/b c"]);
    }

    #[test]
    fn refuses_what_the_runner_refuses() {
        for (file, wanted) in [
            ("word", CommandFileError::Format("word".to_owned())),
            ("=x", CommandFileError::Name("=x".to_owned())),
            ("<<EOF\nx\nEOF", CommandFileError::Name("<<EOF".to_owned())),
            ("a<<\nx\n", CommandFileError::Name("a<<".to_owned())),
            ("a<<EOF\nx\n", CommandFileError::Delimiter("EOF".to_owned())),
        ] {
            assert_eq!(parse_pairs(file.as_bytes()), Err(wanted), "{file:?}");
        }
        assert_eq!(parse_pairs(b"a=\xff"), Err(CommandFileError::Encoding));
        let large = vec![b'a'; MAX_COMMAND_FILE + 1];
        assert_eq!(parse_pairs(&large), Err(CommandFileError::TooLarge));
    }
}
