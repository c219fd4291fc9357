//! Which question is answered how.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::answer::Answer;
use super::super::objects::{self, text};
use super::super::request::Target;
use super::super::status::Status;
use super::super::validate;
use super::{access, rules, token};
use crate::world::World;

/// Whether the resource is such a question.
pub(in super::super) fn is_review(target: &Target) -> bool {
    matches!(
        target.group.as_str(),
        "authentication.k8s.io" | "authorization.k8s.io"
    )
}

/// Answers one.
pub(in super::super) fn answer(
    world: &Arc<World>,
    caller: &Caller,
    target: &Target,
    body: Value,
) -> Result<Answer, Status> {
    let mut review = validate::typed(target, body)?;
    let status = match text(&review, "/kind") {
        "LocalSubjectAccessReview" => access::local(world, target, &mut review)?,
        "SelfSubjectAccessReview" => access::of_self(world, caller, &review)?,
        "SelfSubjectReview" => json!({ "userInfo": caller.to_json() }),
        "SelfSubjectRulesReview" => rules::answer(world, caller, &review)?,
        "SubjectAccessReview" => access::of_subject(world, &review)?,
        "TokenReview" => token::answer(world, &review)?,
        _ => return Err(Status::no_such_path()),
    };
    let now = objects::time(world.now());
    if let Some(fields) = review.as_object_mut() {
        fields.insert("metadata".to_owned(), json!({ "creationTimestamp": null }));
        if fields.get("kind").and_then(Value::as_str) == Some("SelfSubjectReview") {
            fields.insert("metadata".to_owned(), json!({ "creationTimestamp": now }));
        }
        fields.insert("status".to_owned(), status);
    }
    Ok(Answer::Created(review))
}
