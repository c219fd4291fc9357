//! What pushing to and pulling from ECR needs, and what a policy allows of it.
//!
//! Source: Amazon ECR User Guide, "IAM permissions for pushing an image to a private repository" and
//! "Private registry authentication".

use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::policy::{Policy, PolicyKind};
use crate::principal::Caller;
use crate::request::Request;
use crate::syntax::{Document, Effect};

/// The login, which is about no repository.
pub(super) const LOGIN: &str = "ecr:GetAuthorizationToken";

/// What a push needs, in its order.
pub(super) const PUSH: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];

/// What a pull needs, in its order.
pub(super) const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// What a policy may allow, whatever its conditions: those of an `Allow` are taken as met, and a `Deny`
/// under conditions as not applying.
#[derive(Debug)]
pub(super) struct Reach(Policy);

impl Reach {
    /// Of a policy of the caller's own.
    pub(super) fn new(document: &Document) -> Self {
        let mut open = document.clone();
        open.statements.retain(|statement| {
            statement.effect == Effect::Allow || statement.conditions.is_empty()
        });
        for statement in &mut open.statements {
            statement.conditions.clear();
        }
        Self(Policy::compile("the policy", PolicyKind::Identity, &open))
    }

    /// Whether it may allow the action on the resource.
    pub(super) fn allows(&self, action: &str, resource: &str) -> bool {
        let request = Request {
            caller: Caller::User {
                arn: "arn:aws:iam::111122223333:user/anyone",
            },
            action,
            resource,
            resource_account: Some("111122223333"),
            context: &Context::new(),
        };
        let policies = PolicySet {
            identity: vec![&self.0],
            ..PolicySet::default()
        };
        decide(&request, &policies) == Outcome::Allow
    }
}

/// A repository that the resource pattern matches; none if it is about other services.
pub(super) fn repository(pattern: &str) -> Option<String> {
    if pattern == "*" {
        return Some("arn:aws:ecr:us-east-1:111122223333:repository/any".to_owned());
    }
    let mut segments = pattern.splitn(6, ':');
    let mut segment = |any: &str| {
        let given = segments.next().unwrap_or("*");
        if given == "*" {
            any.to_owned()
        } else {
            given.replace('*', "any").replace('?', "x")
        }
    };
    let arn = [
        segment("arn"),
        segment("aws"),
        segment("ecr"),
        segment("us-east-1"),
        segment("111122223333"),
        segment("repository/any"),
    ];
    let is_repository = matches!(&arn, [_, _, service, _, _, name] if service == "ecr" && name.starts_with("repository/"));
    is_repository.then(|| arn.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_a_pattern() {
        for (pattern, expected) in [
            (
                "*",
                Some("arn:aws:ecr:us-east-1:111122223333:repository/any"),
            ),
            (
                "arn:aws:ecr:*",
                Some("arn:aws:ecr:us-east-1:111122223333:repository/any"),
            ),
            (
                "arn:aws:ecr:eu-*:1:repository/a?/*",
                Some("arn:aws:ecr:eu-any:1:repository/ax/any"),
            ),
            ("arn:aws:s3:::b", None),
            ("arn:aws:ecr:*:*:app", None),
        ] {
            assert_eq!(repository(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
