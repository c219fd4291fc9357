//! Who changes an object, and why an apply was not carried out.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::cause::quoted;

/// Who changes an object, and through what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// The version that the object is written in, such as `apps/v1`.
    pub api_version: &'a str,
    /// The subresource that the change goes through, such as `status`; empty for the object itself.
    pub subresource: &'a str,
    /// Fields at the top of the object that a change through this endpoint leaves alone: `status` for
    /// an object that has it as a subresource; `spec` and `metadata` for that subresource.
    pub ignores: &'a [&'a str],
    /// The time, in RFC 3339 by the second.
    pub now: &'a str,
}

/// Why an apply was not carried out.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// Others manage fields that would change: the answer is 409, with a cause for each.
    #[error("{}", conflict_message(.0))]
    Conflicts(Vec<Conflict>),
    /// The applied configuration says who manages it: the answer is 400.
    #[error("metadata.managedFields must be nil")]
    ManagedFieldsGiven,
    /// The applied configuration is not of the type of its kind: the answer is 400.
    #[error("failed to create typed patch object ({name}; {api_version}, Kind={kind}): {why}")]
    Mistyped {
        /// The object, with its namespace where it has one: `default/web`.
        name: String,
        /// The version that it is written in.
        api_version: String,
        /// Its kind.
        kind: String,
        /// What is wrong, and where.
        why: String,
    },
}

/// A field that another manages and that would change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Who manages it: `"kubectl-client-side-apply" using apps/v1`.
    pub manager: String,
    /// The field: `.spec.replicas`.
    pub path: String,
}

impl Conflict {
    /// The `reason` of its cause in a `Status`; the cause's `field` is the path.
    pub const REASON: &'static str = "FieldManagerConflict";

    /// The `message` of its cause.
    pub fn message(&self) -> String {
        format!("conflict with {}", self.manager)
    }

    /// A manager in messages.
    pub(super) fn manager_of(
        manager: &str,
        subresource: &str,
        is_update: bool,
        api_version: &str,
    ) -> String {
        let mut said = quoted(manager);
        if !subresource.is_empty() {
            said.push_str(" with subresource ");
            said.push_str(&quoted(subresource));
        }
        if is_update {
            said.push_str(" using ");
            said.push_str(api_version);
        }
        said
    }
}

fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [Conflict { manager, path }] = conflicts {
        return format!("Apply failed with 1 conflict: conflict with {manager}: {path}");
    }
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Conflict { manager, path } in conflicts {
        paths.entry(manager).or_default().push(path);
    }
    let mut lines = Vec::new();
    for (manager, paths) in &paths {
        lines.push(format!("conflicts with {manager}:"));
        lines.extend(paths.iter().map(|path| format!("- {path}")));
    }
    let (count, lines) = (conflicts.len(), lines.join("\n"));
    format!("Apply failed with {count} conflicts: {lines}")
}
