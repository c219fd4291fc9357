//! Variables in a Dockerfile: `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}`.

use std::collections::BTreeMap;

/// Replaces variables; `\$` is a dollar sign. An unknown form is an error.
pub(super) fn replace(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let mut replaced = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.next_if_eq(&'$').is_some() => replaced.push('$'),
            '$' => {
                let is_braced = letters.next_if_eq(&'{').is_some();
                let mut name = String::new();
                while let Some(letter) =
                    letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                {
                    name.push(letter);
                }
                let value = variables.get(&name);
                if !is_braced {
                    match value {
                        _ if name.is_empty() => replaced.push('$'),
                        Some(value) => replaced.push_str(value),
                        None => {}
                    }
                    continue;
                }
                let mut form = String::new();
                let mut is_closed = false;
                for letter in letters.by_ref() {
                    if letter == '}' {
                        is_closed = true;
                        break;
                    }
                    form.push(letter);
                }
                if !is_closed || name.is_empty() {
                    return Err(format!("`{text}` has a variable that is none"));
                }
                let is_set = value.is_some_and(|value| !value.is_empty());
                match form.split_at_checked(2) {
                    None if form.is_empty() => replaced.push_str(value.map_or("", String::as_str)),
                    Some((":-", word)) => {
                        replaced.push_str(if is_set {
                            value.map_or("", String::as_str)
                        } else {
                            word
                        });
                    }
                    Some((":+", word)) => replaced.push_str(if is_set { word } else { "" }),
                    _ => {
                        return Err(format!(
                            "`{text}` has a form of variable that is not known here"
                        ));
                    }
                }
            }
            _ => replaced.push(letter),
        }
        if replaced.len() > MAX_TEXT {
            return Err("a text grows too large".to_owned());
        }
    }
    Ok(replaced)
}

const MAX_TEXT: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let variables = BTreeMap::from([
            ("A".to_owned(), "x".to_owned()),
            ("E".to_owned(), String::new()),
        ]);
        for (text, wanted) in [
            ("$A-${A}", "x-x"),
            ("$B|${B}", "|"),
            ("${B:-y}${A:-y}${E:-z}", "yxz"),
            ("${A:+y}${B:+y}", "y"),
            ("\\$A $", "$A $"),
        ] {
            assert_eq!(replace(text, &variables).as_deref(), Ok(wanted), "{text}");
        }
        assert!(replace("${A", &variables).is_err());
        assert!(replace("${A%b}", &variables).is_err());
    }
}
