//! The global condition keys of a request.
//!
//! Source: IAM User Guide, "AWS global condition context keys".

use hallpass_iam::Context;

use super::sides::Sides;
use crate::aws::call::Call;
use crate::aws::caller::{Caller, Principal};
use crate::aws::text::iso_8601;

/// What holds for every request, whatever it wants.
pub(super) fn global(call: &Call, caller: Option<&Caller>, sides: &Sides) -> Context {
    let mut context = Context::new();
    let identity = &call.identity;
    context.insert_one("aws:CurrentTime", iso_8601(call.now));
    context.insert_one("aws:EpochTime", call.now.as_second().to_string());
    context.insert_one("aws:RequestedRegion", identity.region.as_str());
    context.insert_one("aws:ResourceAccount", identity.account.as_str());
    context.insert_one("aws:PrincipalIsAWSService", "false");
    if let Some(peer) = call.peer {
        context.insert_one("aws:SourceIp", peer.address.ip().to_string());
        context.insert_one("aws:SecureTransport", peer.is_tls.to_string());
    }
    if let Some(agent) = &call.user_agent {
        context.insert_one("aws:UserAgent", agent.as_str());
    }
    if let Some(caller) = caller {
        principal(&mut context, caller);
    }
    sides.add_keys(&mut context);
    context
}

fn principal(context: &mut Context, caller: &Caller) {
    context.insert_one("aws:PrincipalArn", caller.principal_arn());
    context.insert_one("aws:PrincipalAccount", caller.account().as_str());
    context.insert_one("aws:userid", caller.user_id());
    let tags = match &caller.principal {
        Principal::User(user) => {
            context.insert_one("aws:PrincipalType", "User");
            context.insert_one("aws:username", user.name.as_str());
            &user.tags
        }
        Principal::Role(role) => {
            context.insert_one("aws:PrincipalType", "AssumedRole");
            &role.tags
        }
    };
    for (key, value) in tags {
        context.insert_one(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    let Some(session) = &caller.session else {
        return;
    };
    // A session tag replaces the role's tag of the same key (IAM User Guide, "Pass session tags").
    for (key, value) in &session.tags {
        context.insert_one(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    context.insert_one("aws:TokenIssueTime", iso_8601(session.issued));
    context.insert_one("aws:MultiFactorAuthPresent", "false");
    if let Some(source) = &session.source_identity {
        context.insert_one("aws:SourceIdentity", source.as_str());
    }
    if let Some(provider) = &session.federated_provider {
        context.insert_one("aws:FederatedProvider", provider.as_str());
    }
}
