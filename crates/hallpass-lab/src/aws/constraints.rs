//! Constraints of parameters of the Query protocol, told in the words of AWS's own validation.

use crate::aws::error::ApiError;
use crate::aws::params::Params;

/// Collects what is wrong with the parameters, so that one error names it all, as AWS's does.
#[derive(Debug, Default)]
pub(crate) struct Constraints(Vec<String>);

impl Constraints {
    /// A required parameter; absent and empty are both faults.
    pub(crate) fn required<'a>(&mut self, params: &'a Params, name: &str) -> &'a str {
        if let Some(value) = params.get(name) {
            return value;
        }
        self.add("null", name, "Member must not be null");
        ""
    }

    /// The length in characters.
    pub(crate) fn length(&mut self, value: &str, name: &str, min: usize, max: usize) {
        let length = value.chars().count();
        if length > max {
            self.add(
                &quoted(value),
                name,
                &format!("Member must have length less than or equal to {max}"),
            );
        } else if length < min {
            self.add(
                &quoted(value),
                name,
                &format!("Member must have length greater than or equal to {min}"),
            );
        }
    }

    /// The characters: word characters and `=,.@-`.
    pub(crate) fn word(&mut self, value: &str, name: &str) {
        let is_word = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, '_' | '+' | '=' | ',' | '.' | '@' | '-')
        };
        if !value.chars().all(is_word) {
            self.add(
                &quoted(value),
                name,
                "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            );
        }
    }

    /// A number within bounds, or the default.
    pub(crate) fn number(
        &mut self,
        params: &Params,
        name: &str,
        (min, max): (i64, i64),
        default: i64,
    ) -> Result<i64, ApiError> {
        let value = params.number(name)?.unwrap_or(default);
        if value > max {
            self.add(
                &quoted(&value.to_string()),
                name,
                &format!("Member must have value less than or equal to {max}"),
            );
        } else if value < min {
            self.add(
                &quoted(&value.to_string()),
                name,
                &format!("Member must have value greater than or equal to {min}"),
            );
        }
        Ok(value)
    }

    /// The error that names all faults, if there are any.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        let count = self.0.len();
        let plural = if count == 1 { "error" } else { "errors" };
        if count == 0 {
            Ok(())
        } else {
            Err(ApiError::validation(format!(
                "{count} validation {plural} detected: {}",
                self.0.join("; ")
            )))
        }
    }

    fn add(&mut self, value: &str, name: &str, constraint: &str) {
        let mut characters = name.chars();
        let member: String = characters
            .next()
            .map(|first| first.to_ascii_lowercase())
            .into_iter()
            .chain(characters)
            .collect();
        self.0.push(format!(
            "Value {value} at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }
}

/// Long values are cut, so that an error is never larger than its cause.
fn quoted(value: &str) -> String {
    let mut short: String = value.chars().take(MAX_QUOTED).collect();
    if short.len() < value.len() {
        short.push_str("...");
    }
    format!("'{short}'")
}

const MAX_QUOTED: usize = 256;
