//! Who called, as records tell it.
//!
//! Source: CloudTrail User Guide, "CloudTrail userIdentity element".

use serde_json::{Map, Value, json};

use crate::aws::call::Call;
use crate::aws::caller::{Caller, Principal};
use crate::aws::front::Service;
use crate::aws::text::iso_8601;

/// Who called.
pub(super) struct Who {
    /// `userIdentity`.
    pub(super) identity: Value,
    /// The name that `LookupEvents` finds them by.
    pub(super) username: Option<String>,
}

/// Who made the call; nothing where nobody is known.
pub(super) fn of(call: &Call) -> Option<Who> {
    if let Some(caller) = &call.caller {
        return Some(Who {
            identity: of_caller(caller),
            username: Some(username(caller)),
        });
    }
    if let Some(web) = &call.web_identity {
        let identity = json!({
            "type": "WebIdentityUser",
            "principalId": format!("{}:{}:{}", web.provider, web.audience, web.subject),
            "userName": web.subject,
            "identityProvider": web.provider,
        });
        return Some(Who {
            identity,
            username: Some(web.subject.clone()),
        });
    }
    // The agent of the pods.
    (call.service == Service::EksAuth).then(|| Who {
        identity: json!({ "type": "AWSService", "invokedBy": "eks-auth.amazonaws.com" }),
        username: None,
    })
}

/// What the owner of a resource learns of a caller of another account.
pub(super) fn of_other_account(caller: &Caller) -> Value {
    json!({
        "type": "AWSAccount",
        "principalId": caller.user_id(),
        "accountId": caller.account().to_string(),
    })
}

fn of_caller(caller: &Caller) -> Value {
    let kind = match &caller.principal {
        Principal::Role(_) => "AssumedRole",
        Principal::User(_) => "IAMUser",
    };
    let mut identity = json!({
        "type": kind,
        "principalId": caller.user_id(),
        "arn": caller.arn(),
        "accountId": caller.account().to_string(),
        "accessKeyId": caller.access_key_id,
    });
    if let Some(fields) = identity.as_object_mut() {
        if let Principal::User(user) = &caller.principal {
            fields.insert("userName".to_owned(), json!(user.name));
        }
        if let Some(context) = session_context(caller) {
            fields.insert("sessionContext".to_owned(), context);
        }
    }
    identity
}

fn session_context(caller: &Caller) -> Option<Value> {
    let session = caller.session.as_ref()?;
    let mut context = Map::new();
    if let Principal::Role(role) = &caller.principal {
        let issuer = json!({
            "type": "Role",
            "principalId": role.id,
            "arn": caller.principal_arn(),
            "accountId": caller.account().to_string(),
            "userName": role.name,
        });
        context.insert("sessionIssuer".to_owned(), issuer);
    }
    if let Some(provider) = &session.federated_provider {
        let data = json!({ "federatedProvider": provider, "attributes": {} });
        context.insert("webIdFederationData".to_owned(), data);
    }
    let attributes = json!({
        "creationDate": iso_8601(session.issued),
        "mfaAuthenticated": "false",
    });
    context.insert("attributes".to_owned(), attributes);
    if let Some(source) = &session.source_identity {
        context.insert("sourceIdentity".to_owned(), json!(source));
    }
    Some(Value::Object(context))
}

/// A user's name, or a session's.
fn username(caller: &Caller) -> String {
    let arn = caller.arn();
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}
