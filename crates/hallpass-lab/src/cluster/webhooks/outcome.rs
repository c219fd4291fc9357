//! What comes of a call: a refusal in the API server's words, and a line for the event log.

use serde_json::{Value, json};

use super::super::admission::Review;
use super::super::objects::text;
use super::super::status::Status;
use super::configuration::Webhook;
use super::review::Verdict;
use crate::events::DecisionRecord;

/// The refusal of a webhook that said no.
pub(super) fn denial(webhook: &Webhook, verdict: &Verdict) -> Status {
    let name = &webhook.name;
    let (message, reason) = (
        text(&verdict.status, "/message"),
        text(&verdict.status, "/reason"),
    );
    let said = match (message, reason) {
        ("", "") => format!("admission webhook \"{name}\" denied the request without explanation"),
        ("", said) | (said, _) => {
            format!("admission webhook \"{name}\" denied the request: {said}")
        }
    };
    let code = verdict
        .status
        .get("code")
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code))
        .unwrap_or(400);
    Status::by_webhook(code, reason, said)
}

/// The refusal where the webhook could not be asked.
pub(super) fn failure(webhook: &Webhook, why: &str) -> Status {
    Status::internal(&format!(
        "failed calling webhook \"{}\": {why}",
        webhook.name
    ))
}

/// The refusal where nothing is to be stored, and the webhook might store something.
pub(super) fn no_dry_run(webhook: &Webhook) -> Status {
    Status::bad_request(format!(
        "admission webhook \"{}\" does not support dry run",
        webhook.name
    ))
}

/// For the event log.
pub(super) fn record(
    review: &Review<'_>,
    verb: &str,
    webhook: &Webhook,
    outcome: &Result<Verdict, String>,
) -> DecisionRecord {
    let name = &webhook.name;
    let (decision, summary) = match outcome {
        Ok(verdict) if verdict.is_allowed && verdict.patch.is_some() => {
            ("Allow", format!("the webhook `{name}` changed the object"))
        }
        Ok(verdict) if verdict.is_allowed => ("Allow", format!("the webhook `{name}` allowed it")),
        Ok(_) => ("ExplicitDeny", format!("the webhook `{name}` denied it")),
        Err(why) if webhook.fails_closed() => (
            "ExplicitDeny",
            format!(
                "the webhook `{name}` could not be called, and its failure policy is Fail: {why}"
            ),
        ),
        Err(why) => (
            "Allow",
            format!(
                "the webhook `{name}` could not be called, and its failure policy is Ignore: {why}"
            ),
        ),
    };
    let patch = outcome
        .as_ref()
        .ok()
        .and_then(|verdict| verdict.patch.clone());
    DecisionRecord {
        action: verb.to_owned(),
        resource: review.target.display(),
        decision,
        summary,
        explanation: match patch {
            // A patch may be as long as the object; the log keeps what people read.
            Some(patch) if patch.to_string().len() <= MAX_PATCH => json!([{ "patch": patch }]),
            Some(_) | None => json!([]),
        },
    }
}

const MAX_PATCH: usize = 16 << 10;
