//! The condition keys that AWS puts into every request and that follow from the case itself.
//!
//! Source: IAM User Guide, "AWS global condition context keys" (each key's availability), and "IAM
//! policy elements: Variables and tags", the table of principal key values. The time, the address, tags
//! and the organisation do not follow from a case: who wants them writes them down.

use crate::context::Context;

use super::principal::Principal;

impl Principal {
    /// Adds the keys that AWS puts into a request of the principal, as far as they follow from its name
    /// and from the resource's account. Keys that the context has stay as they are.
    pub fn add_keys(&self, context: &mut Context, resource_account: Option<&str>) {
        let given = context.clone();
        let is_given = |key: &str| given.get(key).is_some();
        fill(context, is_given, self, resource_account);
    }
}

/// Adds each key that the case does not give; `given` tells of a key in lower case whether it does.
pub(super) fn fill(
    context: &mut Context,
    given: impl Fn(&str) -> bool,
    principal: &Principal,
    resource_account: Option<&str>,
) {
    let mut fill = |key: &str, value: &str| {
        if !given(&key.to_ascii_lowercase()) {
            context.insert_one(key, value);
        }
    };
    if let Some(account) = resource_account {
        fill("aws:ResourceAccount", account);
    }
    let arn = match principal {
        // A token stands in place of a signature, and of the keys that a signature brings.
        Principal::Federated(_) => return,
        // "Anonymous requests" bring these two, and no others of the principal.
        Principal::Anonymous => {
            fill("aws:PrincipalAccount", "anonymous");
            fill("aws:PrincipalType", "Anonymous");
            return;
        }
        Principal::Service(name) => {
            fill("aws:PrincipalIsAWSService", "true");
            fill("aws:PrincipalServiceName", name);
            return;
        }
        Principal::FederatedUser(arn) => {
            fill("aws:PrincipalType", "FederatedUser");
            arn.clone()
        }
        // "For IAM roles, the request context returns the ARN of the role".
        Principal::RoleSession { role_arn, .. } => {
            fill("aws:PrincipalType", "AssumedRole");
            role_arn.clone()
        }
        Principal::Root { account, partition } => {
            fill("aws:PrincipalType", "Account");
            format!("arn:{partition}:iam::{account}:root")
        }
        Principal::User(arn) => {
            fill("aws:PrincipalType", "User");
            fill("aws:username", arn.rsplit('/').next().unwrap_or(arn));
            arn.clone()
        }
    };
    fill("aws:PrincipalArn", &arn);
    if let Some(account) = principal.caller().account() {
        fill("aws:PrincipalAccount", account);
    }
    fill("aws:PrincipalIsAWSService", "false");
}
