//! Where secrets come from: a file, the environment, standard input, and arguments for those who must.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use hallpass_types::Secret;
use hallpass_workflow::{MAX_COMMAND_FILE, parse_pairs};

use super::arguments::RunArguments;
use crate::environment;
use crate::output::Failure;

/// Why an argument cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum ArgumentError {
    /// A file of secrets, or of an event, cannot be used.
    #[error("`{}` cannot be used: {reason}", path.display())]
    #[diagnostic(
        code("run/argument-file"),
        help("a file of secrets has a line `NAME=VALUE` for each, an event's file a JSON object")
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A secret's value is nowhere.
    #[error("the value of secret `{name}` is neither in the environment nor on standard input")]
    #[diagnostic(
        code("run/no-secret"),
        help(
            "set the variable of that name, pipe the value in, or write it into a file for `--secret-file`"
        )
    )]
    NoSecret {
        /// Its name.
        name: String,
    },
    /// It is no `NAME=VALUE`.
    #[error("`{text}` is no `NAME=VALUE`")]
    #[diagnostic(
        code("run/argument"),
        help("write the name, an equals sign and the value")
    )]
    Pair {
        /// What it is.
        text: String,
    },
}

/// The secrets of the arguments.
pub(super) fn gather(
    arguments: &RunArguments,
) -> Result<BTreeMap<String, Secret<String>>, Failure> {
    let mut secrets = BTreeMap::new();
    if let Some(path) = &arguments.secret_file {
        let fault = |reason: String| {
            Failure::usage(ArgumentError::File {
                path: path.clone(),
                reason,
            })
        };
        let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        for (name, value) in parse_pairs(&bytes).map_err(|error| fault(error.to_string()))? {
            if !name.starts_with('#') {
                secrets.insert(name.trim().to_owned(), Secret::new(value));
            }
        }
    }
    let mut is_input_used = false;
    for text in &arguments.secrets {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text.as_str(), environment::value(text)),
        };
        let value = match value {
            Some(value) => Some(value),
            None if is_input_used => None,
            None => {
                is_input_used = true;
                input()
            }
        };
        let value = value.ok_or_else(|| {
            Failure::usage(ArgumentError::NoSecret {
                name: name.to_owned(),
            })
        })?;
        secrets.insert(name.to_owned(), Secret::new(value));
    }
    // Names of secrets have no case.
    Ok(secrets
        .into_iter()
        .map(|(name, value)| (name.to_uppercase(), value))
        .collect())
}

/// `NAME=VALUE`s.
pub(super) fn pairs(texts: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    texts
        .iter()
        .map(|text| {
            text.split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .ok_or_else(|| Failure::usage(ArgumentError::Pair { text: text.clone() }))
        })
        .collect()
}

fn input() -> Option<String> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_COMMAND_FILE as u64)
        .read_to_string(&mut text)
        .ok()?;
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.is_empty()).then(|| text.to_owned())
}
