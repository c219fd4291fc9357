//! The policies that AWS keeps in each organisation: they allow everything, so that a kind of policy that
//! is enabled takes nothing away by itself.
//!
//! Source: AWS Organizations User Guide, "SCP evaluation" and "Resource control policy examples".

use std::collections::BTreeSet;

use crate::store::records::{ControlKind, OrganizationPolicy, PolicyText, Tags};

/// The policies, attached to nothing.
pub(super) fn all() -> [OrganizationPolicy; 2] {
    [ControlKind::Resource, ControlKind::Service].map(|kind| OrganizationPolicy {
        id: id(kind).to_owned(),
        name: name(kind).to_owned(),
        description: match kind {
            ControlKind::Resource => "Allows access to every resource",
            ControlKind::Service => "Allows access to every operation",
        }
        .to_owned(),
        kind,
        content: PolicyText::new(match kind {
            ControlKind::Resource => RESOURCE,
            ControlKind::Service => SERVICE,
        }),
        targets: BTreeSet::new(),
        is_aws_managed: true,
        tags: Tags::new(),
    })
}

/// The ID of the policy of a kind.
pub(super) const fn id(kind: ControlKind) -> &'static str {
    match kind {
        ControlKind::Resource => "p-RCPFullAWSAccess",
        ControlKind::Service => "p-FullAWSAccess",
    }
}

const fn name(kind: ControlKind) -> &'static str {
    match kind {
        ControlKind::Resource => "RCPFullAWSAccess",
        ControlKind::Service => "FullAWSAccess",
    }
}

const SERVICE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;
const RESOURCE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;

#[cfg(test)]
mod tests {
    use hallpass_iam::{Document, validate};

    use super::*;

    #[test]
    fn each_is_a_policy_of_its_kind() {
        for policy in all() {
            let document = Document::parse(policy.content.as_str()).unwrap();
            validate(&document, policy.kind.policy_kind()).unwrap();
        }
    }
}
