//! Whose is this token?

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::access::by_token;
use super::super::objects::{elements, text};
use super::super::status::{Cause, Status};
use crate::world::World;

/// The user of the token, where it is one that the cluster takes.
pub(super) fn answer(world: &Arc<World>, review: &Value) -> Result<Value, Status> {
    let token = text(review, "/spec/token");
    if token.is_empty() {
        let cause = Cause::required("spec.token", "");
        return Err(Status::invalid(
            "authentication.k8s.io",
            "TokenReview",
            "",
            &[cause],
        ));
    }
    let mut audiences: Vec<String> = elements(review, "/spec/audiences")
        .filter_map(|audience| Some(audience.as_str()?.to_owned()))
        .collect();
    if audiences.is_empty() {
        audiences.push(world.identity.issuer_url());
    }
    Ok(match by_token(world, token, &audiences) {
        Ok((caller, audiences)) => json!({
            "authenticated": true,
            "user": caller.to_json(),
            "audiences": audiences,
        }),
        Err(why) => json!({
            "user": {},
            "error": format!("[invalid bearer token, {why}]"),
        }),
    })
}
