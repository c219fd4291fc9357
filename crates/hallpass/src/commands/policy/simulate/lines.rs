//! Cases as a stream: a case a line in, a result a line out, in constant memory.

use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};

use hallpass_iam::{Case, CaseError, MAX_CASE_BYTES};

use super::result;
use crate::exit;
use crate::output::Failure;

/// A line that cannot be read as a text.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the line is not UTF-8: byte {at} begins no character")]
#[diagnostic(code("policy/not-utf8"), help("write the case as UTF-8"))]
struct NotUtf8 {
    at: usize,
}

/// Standard input or output broke down.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{stream} broke off")]
#[diagnostic(
    code("case/stream"),
    help("the results that were written are whole; run the rest again")
)]
struct StreamError {
    stream: &'static str,
    source: io::Error,
}

/// Runs over standard input.
pub(super) fn run(is_filled: bool) -> Result<u8, Failure> {
    let input = BufReader::with_capacity(BUFFER, io::stdin().lock());
    let output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    match copy(input, output, is_filled) {
        Ok(is_all_usable) => Ok(if is_all_usable {
            exit::DONE
        } else {
            exit::USAGE
        }),
        // A reader who has seen enough is no error.
        Err(error) if error.source.kind() == io::ErrorKind::BrokenPipe => Ok(exit::DONE),
        Err(error) => Err(Failure::unknown(error)),
    }
}

/// Decides each line; tells whether all of them were cases.
fn copy<R: io::Read>(
    mut input: BufReader<R>,
    mut output: impl Write,
    is_filled: bool,
) -> Result<bool, StreamError> {
    let reading = |source| StreamError {
        stream: "standard input",
        source,
    };
    let writing = |source| StreamError {
        stream: "standard output",
        source,
    };
    let mut is_all_usable = true;
    let mut line = Vec::new();
    while let Some(length) = read_line(&mut input, &mut line).map_err(reading)? {
        if line.trim_ascii().is_empty() && length <= MAX_CASE_BYTES {
            continue;
        }
        let answer = answer(&line, length, is_filled);
        is_all_usable &= answer.is_ok();
        let (Ok(value) | Err(value)) = answer;
        serde_json::to_writer(&mut output, &value).map_err(|error| writing(error.into()))?;
        output.write_all(b"\n").map_err(writing)?;
        // Whoever sends a case and waits for its result gets it; whoever sends many at once does not
        // pay for each.
        if input.buffer().is_empty() {
            output.flush().map_err(writing)?;
        }
    }
    output.flush().map_err(writing)?;
    Ok(is_all_usable)
}

/// The result of one line, or the error that takes its place.
fn answer(
    line: &[u8],
    length: usize,
    is_filled: bool,
) -> Result<serde_json::Value, serde_json::Value> {
    if length > MAX_CASE_BYTES {
        return Err(result::refused(None, &CaseError::TooLarge { length }));
    }
    let text = std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        result::refused(None, &NotUtf8 { at })
    })?;
    match Case::parse(text) {
        Ok(mut case) => {
            if is_filled {
                case.fill_keys();
            }
            Ok(result::decided(&case, &case.explain()))
        }
        Err(error) => Err(result::refused(Case::name_in(text).as_deref(), &error)),
    }
}

/// Reads a line into `line`, no more of it than a case may have; tells its whole length, or nothing at
/// the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
    line.clear();
    // One byte more than is taken, and the line's end.
    let limit = MAX_CASE_BYTES as u64 + 2;
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.pop_if(|byte| *byte == b'\n').is_some() {
        line.pop_if(|byte| *byte == b'\r');
        return Ok(Some(line.len()));
    }
    let mut length = line.len();
    while length > MAX_CASE_BYTES {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let rest = end.unwrap_or(buffer.len());
        let is_over = end.is_some() || buffer.is_empty();
        input.consume(rest + usize::from(end.is_some()));
        length += rest;
        if is_over {
            break;
        }
    }
    Ok(Some(length))
}

const BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn results(input: &[u8]) -> (bool, Vec<serde_json::Value>) {
        let mut output = Vec::new();
        let is_all_usable = copy(BufReader::with_capacity(7, input), &mut output, false).unwrap();
        let lines = output
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let values = lines
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        (is_all_usable, values)
    }

    #[test]
    fn a_result_stands_for_each_line_in_order() {
        let case =
            r#"{"name": "a", "request": {"principal": "*", "action": "a:B", "resource": "*"}}"#;
        let mut input = format!("{case}\r\n\n  \n{{\"name\": \"b\"}}\nnonsense\n").into_bytes();
        input.extend(b"\xff\n");
        input.extend(case.as_bytes());
        let (is_all_usable, values) = results(&input);
        assert!(!is_all_usable);
        let told: Vec<&str> = values
            .iter()
            .map(|value| {
                let decision = value["decision"].as_str();
                decision.or(value["error"]["code"].as_str()).unwrap()
            })
            .collect();
        assert_eq!(
            told,
            [
                "ImplicitDeny",
                "case/missing-field",
                "case/syntax",
                "policy/not-utf8",
                "ImplicitDeny"
            ]
        );
        assert_eq!(values[1]["name"], "b");
        assert!(values[2]["name"].is_null());
    }

    #[test]
    fn a_line_that_is_too_long_is_one_error_and_the_next_is_read() {
        let case = r#"{"request": {"principal": "*", "action": "a:B", "resource": "*"}}"#;
        for extra in [0, 1, 2, 3, 100_000] {
            let long = " ".repeat(MAX_CASE_BYTES + extra);
            let (_, values) = results(format!("{long}\n{case}\n").as_bytes());
            let errors = usize::from(extra > 0);
            assert_eq!(values.len(), errors + 1, "{extra}");
            if extra > 0 {
                assert_eq!(values[0]["error"]["code"], "case/too-large");
                let message = values[0]["error"]["message"].as_str().unwrap();
                assert!(
                    message.contains(&(MAX_CASE_BYTES + extra).to_string()),
                    "{message}"
                );
            }
            assert_eq!(values[errors]["decision"], "ImplicitDeny");
        }
    }
}
