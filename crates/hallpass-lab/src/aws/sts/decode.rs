//! `DecodeAuthorizationMessage`: the reason of a denial, for those who may see it.
//!
//! IAM, STS and ECR put no encoded message into their errors, so the lab hands it out in a response
//! header, where clients that look for AWS's own text find nothing changed.

use hallpass_types::AccountId;
use serde_json::json;

use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::Caller;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::events::DecisionRecord;
use crate::world::World;

/// Encodes the reason of a denial.
pub(crate) fn encode_denial(world: &World, caller: &Caller, decision: &DecisionRecord) -> String {
    let message = json!({
        "allowed": false,
        "explicitDeny": decision.decision == "ExplicitDeny",
        "matchedStatements": { "items": [] },
        "failures": { "items": [] },
        "context": {
            "principal": { "arn": caller.arn() },
            "action": decision.action,
            "resource": decision.resource,
            "conditions": { "items": [] },
        },
        "summary": decision.summary,
    });
    let purpose = purpose(caller.account());
    world
        .sealer
        .seal(&purpose, message.to_string().into_bytes(), &*world.chance)
}

/// `DecodeAuthorizationMessage`.
pub(super) fn decode_authorization_message(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?;
    let mut faults = Constraints::default();
    let encoded = faults.required(params, "EncodedMessage").to_owned();
    if params.get("EncodedMessage").is_some() {
        faults.length(&encoded, "EncodedMessage", 1, 10_240);
    }
    faults.finish()?;
    call.authorize(&Wanted::new("sts:DecodeAuthorizationMessage", "*"))?;
    let account = call.caller()?.account();
    let message = call
        .world
        .sealer
        .open(&purpose(account), &encoded)
        .and_then(|plain| String::from_utf8(plain).ok())
        .ok_or_else(|| {
            ApiError::new(
                400,
                "InvalidAuthorizationMessageException",
                "Message is not valid.",
            )
        })?;
    Ok(Answer::xml(|xml| {
        xml.text("DecodedMessage", message);
    }))
}

/// A message tells of an account's policies, and opens for that account alone.
fn purpose(account: AccountId) -> String {
    format!("authorization-message of {account}")
}
