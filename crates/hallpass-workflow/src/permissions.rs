//! What a job's token may do.
//!
//! A job's `permissions:` replace the workflow's, they are not added to them; what a mapping does not name is
//! `none`. Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>.

use github_actions_models::common;

/// What `permissions:` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// These scopes, with `read`, `write` or `none`; all others have none.
    Named(Vec<(String, &'static str)>),
    /// `read-all`.
    ReadAll,
    /// `write-all`.
    WriteAll,
}

impl Permissions {
    /// What was written; none where nothing was.
    pub(crate) fn new(permissions: &common::Permissions) -> Option<Self> {
        match permissions {
            common::Permissions::Base(common::BasePermission::Default) => None,
            common::Permissions::Base(common::BasePermission::ReadAll) => Some(Self::ReadAll),
            common::Permissions::Base(common::BasePermission::WriteAll) => Some(Self::WriteAll),
            common::Permissions::Explicit(scopes) => Some(Self::Named(
                scopes
                    .iter()
                    .map(|(scope, level)| (scope.clone(), word(level)))
                    .collect(),
            )),
        }
    }

    /// Whether the job may ask for an OpenID Connect token. `read-all` does not say so, for a token is not
    /// read; and neither does saying nothing.
    pub fn allow_id_token(&self) -> bool {
        match self {
            Self::Named(scopes) => scopes
                .iter()
                .any(|(scope, level)| scope == "id-token" && *level == "write"),
            Self::ReadAll => false,
            Self::WriteAll => true,
        }
    }
}

fn word(level: &common::Permission) -> &'static str {
    match level {
        common::Permission::Read => "read",
        common::Permission::Write => "write",
        common::Permission::None => "none",
    }
}
