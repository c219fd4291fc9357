//! The shim's command line: the few commands of docker's that it knows.

/// Options of a command, and what follows them.
#[derive(Debug, Default)]
pub(super) struct Words {
    options: Vec<(String, String)>,
    pub(super) rest: Vec<String>,
}

impl Words {
    /// Reads a command line: `valued` options take a value, `flags` do not; others are refused.
    pub(super) fn parse(words: &[String], valued: &[&str], flags: &[&str]) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.rest.extend(words.by_ref().cloned());
                break;
            }
            if word == "-" || !word.starts_with('-') {
                parsed.rest.push(word.clone());
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            if flags.contains(&name) {
                parsed
                    .options
                    .push((name.to_owned(), value.unwrap_or_else(|| "true".to_owned())));
            } else if valued.contains(&name) {
                let value = match value {
                    Some(value) => value,
                    None => words
                        .next()
                        .cloned()
                        .ok_or_else(|| format!("flag needs an argument: {name}"))?,
                };
                parsed.options.push((name.to_owned(), value));
            } else {
                return Err(format!(
                    "unknown flag: {name} (this is a shim of hallpass, which knows a few of docker's)"
                ));
            }
        }
        Ok(parsed)
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.last(names).is_some_and(|value| value != "false")
    }

    pub(super) fn last(&self, names: &[&str]) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, names: &[&str]) -> Vec<&str> {
        self.options
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The only word, or what is wrong.
    pub(super) fn only(&self, command: &str) -> Result<&str, String> {
        match self.rest.as_slice() {
            [only] => Ok(only),
            other => Err(format!(
                "\"docker {command}\" requires exactly 1 argument, not {}",
                other.len()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Words, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Words::parse(&words, &["-t", "--tag"], &["-q"])
    }

    #[test]
    fn options_stand_anywhere() {
        let words = parse(". -q --tag a -t=b x").unwrap();
        assert_eq!(words.rest, [".", "x"]);
        assert_eq!(words.all(&["-t", "--tag"]), ["a", "b"]);
        assert!(words.has(&["-q"]));
        assert_eq!(parse("-- -q").unwrap().rest, ["-q"]);
        assert!(parse("--squash").is_err());
        assert!(parse("-t").is_err());
    }
}
