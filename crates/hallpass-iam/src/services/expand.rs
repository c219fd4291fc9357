//! The known actions that an action pattern matches.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Action".

use super::nearest::nearest_service;
use super::service::{Action, Service, service, services};
use crate::context::Context;
use crate::pattern::Pattern;
use crate::variable::Special;

/// What a pattern matches, as far as is known.
#[derive(Clone, Debug)]
pub enum Expansion {
    /// The known actions that it matches, by service and name. None means that the data has none, not
    /// that AWS has none.
    Known(Vec<&'static Action>),
    /// It is for one service, of which nothing is known.
    UnknownService {
        /// The known service that is written almost so.
        nearest: Option<&'static str>,
    },
}

impl Expansion {
    /// The known actions; none where the service is unknown.
    pub fn actions(&self) -> &[&'static Action] {
        match self {
            Self::Known(actions) => actions,
            Self::UnknownService { .. } => &[],
        }
    }
}

/// The known actions that a pattern such as `ecr:*Image*` matches. Case is not regarded.
pub fn expand(pattern: &str) -> Expansion {
    let (prefix, name) = match pattern.split_once(':') {
        Some((prefix, name)) if !prefix.contains(['*', '?']) => (prefix, name),
        _ => return Expansion::Known(across_services(pattern)),
    };
    let Some(service) = service(prefix) else {
        return Expansion::UnknownService {
            nearest: nearest_service(prefix).map(Service::prefix),
        };
    };
    let glob = glob(name);
    let actions = service.actions().iter();
    Expansion::Known(
        actions
            .filter(|action| glob.matches(action.name(), &Context::new()))
            .collect(),
    )
}

/// A pattern whose wildcards may reach across the colon.
fn across_services(pattern: &str) -> Vec<&'static Action> {
    let glob = glob(pattern);
    let actions = services().iter().flat_map(Service::actions);
    actions
        .filter(|action| glob.matches(&action.to_string(), &Context::new()))
        .collect()
}

/// Whether the pattern matches the action, both with prefix.
pub(crate) fn matches_action(pattern: &str, action: &str) -> bool {
    glob(pattern).matches(action, &Context::new())
}

fn glob(pattern: &str) -> Pattern {
    let special = Special {
        wildcards: true,
        variables: false,
    };
    Pattern::new(pattern, special).ignoring_case()
}
