//! Stable codes of errors and findings.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A code: `area/kebab-name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code that the source writes; tidy checks its form and its page.
    pub const fn known(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash, such as `trust`.
    pub fn area(&self) -> &str {
        self.0.split_once('/').map_or("", |(area, _)| area)
    }

    /// The part behind the slash, such as `wildcard-in-string-equals`.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_kebab = |part: &str| {
            part.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        };
        match text.split_once('/') {
            Some((area, name)) if is_kebab(area) && is_kebab(name) => {
                Ok(Self(Cow::Owned(text.to_owned())))
            }
            _ => Err(CodeError(text.to_owned())),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a code: write it as in `trust/audience-missing`")]
pub struct CodeError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_area_and_kebab_name() {
        let code: Code = "trust/wildcard-in-string-equals".parse().unwrap();
        assert_eq!(
            (code.area(), code.name()),
            ("trust", "wildcard-in-string-equals")
        );
        for text in ["", "a", "a/", "/b", "A/b", "a/b--c", "a/b/c", "a b/c"] {
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }
}
