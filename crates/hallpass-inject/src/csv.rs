//! One CSV record, read as Go's `encoding/csv` reads it: the form of `skip-containers`.
//!
//! Source: RFC 4180, and the documentation of Go's `csv.Reader` with its defaults (comma, strict
//! quotes, leading spaces kept, empty lines passed over, `\r\n` read as `\n`).

/// The fields of the first record; the reason where there is none.
pub(crate) fn first_record(text: &str) -> Result<Vec<String>, &'static str> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches('\n');
    // A lone carriage return is dropped at the end of the text only.
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("it is empty");
    }
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(rest)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// A field up to its comma or the end of its line.
fn plain_field(text: &str) -> Result<(String, &str), &'static str> {
    let end = text.find([',', '\n']).unwrap_or(text.len());
    let (field, after) = text.split_at_checked(end).unwrap_or((text, ""));
    if field.contains('"') {
        return Err("a quote stands inside an unquoted name");
    }
    Ok((field.to_owned(), after))
}

/// A field after its opening quote; a doubled quote stands for one.
fn quoted_field(text: &str) -> Result<(String, &str), &'static str> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or("a quote is not closed")?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None if after.is_empty() || after.starts_with([',', '\n']) => {
                return Ok((field, after));
            }
            None => return Err("a name goes on after its closing quote"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_record_only() {
        for (text, fields) in [
            ("a", vec!["a"]),
            ("a,b", vec!["a", "b"]),
            ("a, b", vec!["a", " b"]),
            ("a,", vec!["a", ""]),
            (",", vec!["", ""]),
            ("\n\na,b\nc", vec!["a", "b"]),
            ("a\r\nb", vec!["a"]),
            ("a\r", vec!["a"]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"a\"\"b\"", vec!["a\"b"]),
            ("\"a\nb\",c", vec!["a\nb", "c"]),
            ("\"\"", vec![""]),
        ] {
            assert_eq!(first_record(text).unwrap(), fields, "{text:?}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in ["", "\n", "a\"b", "\"a", "\"a\"b", "a,b\"", " \"a\""] {
            assert!(first_record(text).is_err(), "{text:?}");
        }
    }
}
