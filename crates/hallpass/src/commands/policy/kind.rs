//! What a document is for, as the command line names it.

use clap::ValueEnum;
use hallpass_iam::PolicyKind;

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Kind {
    /// A permissions boundary.
    Boundary,
    /// Of a user, group or role.
    Identity,
    /// A resource control policy.
    Rcp,
    /// Of a resource, such as a repository.
    Resource,
    /// A service control policy.
    Scp,
    /// Passed when a session is made.
    Session,
    /// Of a role: who may assume it.
    Trust,
}

impl Kind {
    /// As the engine names it.
    pub(in crate::commands) const fn policy_kind(self) -> PolicyKind {
        match self {
            Self::Boundary => PolicyKind::Boundary,
            Self::Identity => PolicyKind::Identity,
            Self::Rcp => PolicyKind::ResourceControl,
            Self::Resource => PolicyKind::Resource,
            Self::Scp => PolicyKind::ServiceControl,
            Self::Session => PolicyKind::Session,
            Self::Trust => PolicyKind::Trust,
        }
    }

    /// As a person writes it.
    pub(in crate::commands) const fn word(kind: PolicyKind) -> &'static str {
        match kind {
            PolicyKind::Boundary => "boundary",
            PolicyKind::Identity => "identity",
            PolicyKind::Resource => "resource",
            PolicyKind::ResourceControl => "rcp",
            PolicyKind::ServiceControl => "scp",
            PolicyKind::Session => "session",
            PolicyKind::Trust => "trust",
        }
    }
}
