//! Built-in equivalents of the three actions that the way from a workflow to ECR needs, for when no checkout
//! of them is given. Each says in the log that it is one.

mod account;
mod checkout;
mod credentials;
mod ecr_login;

use std::collections::BTreeMap;

use hallpass_workflow::Use;

use crate::error::RunError;
use crate::runner::{Done, Runner};

/// An action that has an equivalent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    Checkout,
    ConfigureCredentials,
    EcrLogin,
}

/// A step's call of one.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) inputs: &'a [(String, String)],
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) uses: &'a Use,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct BuiltInDone {
    pub(crate) done: Done,
    /// Registries to log out of at the job's end.
    pub(crate) log_out: Option<Vec<String>>,
}

impl BuiltIn {
    /// The equivalent of an action.
    pub(crate) fn of(owner: &str, repository: &str) -> Option<Self> {
        match (
            owner.to_ascii_lowercase().as_str(),
            repository.to_ascii_lowercase().as_str(),
        ) {
            ("actions", "checkout") => Some(Self::Checkout),
            ("aws-actions", "configure-aws-credentials") => Some(Self::ConfigureCredentials),
            ("aws-actions", "amazon-ecr-login") => Some(Self::EcrLogin),
            _ => None,
        }
    }
}

impl Call<'_> {
    /// An input, if it is given and not empty.
    pub(crate) fn input(&self, name: &str) -> Option<&str> {
        self.inputs
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// An input that is `true` or `false`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.input(name)
            .map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    /// A variable, if it is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// Runs an equivalent.
pub(crate) async fn run(
    runner: &mut Runner<'_>,
    built_in: BuiltIn,
    call: &Call<'_>,
) -> Result<BuiltInDone, RunError> {
    runner.show(&format!(
        "(built-in equivalent of {}, because no checkout of it was given)",
        call.uses
    ));
    match built_in {
        BuiltIn::Checkout => Ok(plain(checkout::run(runner, call))),
        BuiltIn::ConfigureCredentials => Ok(plain(credentials::run(runner, call).await)),
        BuiltIn::EcrLogin => ecr_login::run(runner, call).await,
    }
}

fn plain(done: Done) -> BuiltInDone {
    BuiltInDone {
        done,
        log_out: None,
    }
}
