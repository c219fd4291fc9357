//! The ARNs of an organisation's resources.
//!
//! Source: Service Authorization Reference, "Resource types defined by AWS Organizations".

use hallpass_types::Partition;

use super::input::{is_account, is_root};
use crate::store::records::{ControlKind, Organization, OrganizationPolicy};

/// Makes the ARNs of one organisation.
#[derive(Debug)]
pub(super) struct Arns<'a> {
    partition: Partition,
    organization: &'a Organization,
}

impl<'a> Arns<'a> {
    /// Those of an organisation.
    pub(super) const fn of(partition: Partition, organization: &'a Organization) -> Self {
        Self {
            partition,
            organization,
        }
    }

    /// The organisation's own.
    pub(super) fn organization(&self) -> String {
        self.arn("organization", "")
    }

    /// A root's, a unit's or an account's, by the form of its ID.
    pub(super) fn node(&self, id: &str) -> String {
        let word = match id {
            _ if is_root(id) => "root",
            _ if is_account(id) => "account",
            _ => "ou",
        };
        self.arn(word, &format!("/{id}"))
    }

    /// A policy's.
    pub(super) fn policy(&self, policy: &OrganizationPolicy) -> String {
        let word = policy_word(policy.kind);
        let id = &policy.id;
        if policy.is_aws_managed {
            let partition = self.partition;
            return format!("arn:{partition}:organizations::aws:policy/{word}/{id}");
        }
        self.arn("policy", &format!("/{word}/{id}"))
    }

    /// One of a policy that is not there, whatever its kind.
    pub(super) fn absent_policy(&self, id: &str) -> String {
        self.arn("policy", &format!("/unknown/{id}"))
    }

    fn arn(&self, word: &str, rest: &str) -> String {
        format!(
            "arn:{}:organizations::{}:{word}/{}{rest}",
            self.partition, self.organization.management_account, self.organization.id
        )
    }
}

const fn policy_word(kind: ControlKind) -> &'static str {
    match kind {
        ControlKind::Resource => "resource_control_policy",
        ControlKind::Service => "service_control_policy",
    }
}
