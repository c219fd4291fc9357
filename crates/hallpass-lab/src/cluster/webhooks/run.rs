//! The two phases: webhooks that may change an object, one after the other; and webhooks that may
//! only refuse it, all at once.

use std::sync::Arc;

use futures_util::future::join_all;

use super::super::admission::Review;
use super::super::notes::Notes;
use super::super::resources::Resource;
use super::super::status::Status;
use super::configuration::{Webhook, all_of, is_any};
use super::outcome::{denial, failure, no_dry_run, record};
use super::review::{Verdict, question, verdict};
use super::{call, matching};
use crate::chance;

/// The first phase.
pub(in super::super) async fn mutate(
    review: &mut Review<'_>,
    notes: &mut Notes,
) -> Result<(), Status> {
    let webhooks = concerned(review, MUTATING, |_| true);
    // How often the object had changed when each webhook was done with it.
    let mut seen: Vec<(Webhook, u32)> = Vec::new();
    let mut changes = 0_u32;
    for (webhook, version) in webhooks {
        changes += u32::from(mutate_by(review, &webhook, &version, notes).await?);
        seen.push((webhook, changes));
    }
    // Once more for those that want to see what others have done after them.
    for (webhook, before) in seen {
        if !webhook.is_reinvoked() || before == changes {
            continue;
        }
        // What it selects may no longer hold.
        let name = webhook.name.clone();
        let again = concerned(review, MUTATING, |other| other.name == name);
        for (webhook, version) in again {
            changes += u32::from(mutate_by(review, &webhook, &version, notes).await?);
        }
    }
    Ok(())
}

/// The second phase.
pub(in super::super) async fn validate(
    review: &Review<'_>,
    notes: &mut Notes,
) -> Result<(), Status> {
    let webhooks = concerned(review, VALIDATING, |_| true);
    let calls = webhooks
        .iter()
        .map(|(webhook, version)| ask(review, webhook, version));
    let mut refusal = None;
    for ((webhook, _), outcome) in webhooks.iter().zip(join_all(calls).await) {
        let outcome = outcome?;
        let settled = settle(review, "validate", webhook, outcome, notes);
        if let Err(status) = settled {
            refusal.get_or_insert(status);
        }
    }
    refusal.map_or(Ok(()), Err)
}

/// The webhooks that want to see the request, each with the version that it wants to see.
fn concerned(
    review: &Review<'_>,
    kind: &str,
    is_meant: impl Fn(&Webhook) -> bool,
) -> Vec<(Webhook, Arc<Resource>)> {
    let world = review.world;
    world.store.read(|state| {
        // Most labs have none.
        if !is_any(state, kind) {
            return Vec::new();
        }
        let registry = world.cluster.registry(state);
        all_of(state, kind)
            .into_iter()
            .filter(is_meant)
            .filter_map(|webhook| {
                let version = matching::wanted(state, &registry, &webhook, review)?;
                Some((webhook, version))
            })
            .collect()
    })
}

/// Lets a webhook change the object; whether it has.
async fn mutate_by(
    review: &mut Review<'_>,
    webhook: &Webhook,
    version: &Resource,
    notes: &mut Notes,
) -> Result<bool, Status> {
    let outcome = ask(review, webhook, version).await?;
    let Some(verdict) = settle(review, "mutate", webhook, outcome, notes)? else {
        return Ok(false);
    };
    let (Some(patch), Some(object)) = (verdict.patch, &mut review.object) else {
        return Ok(false);
    };
    let before = object.clone();
    hallpass_kubernetes::patch::json(object, &patch).map_err(|error| Status::internal(&error))?;
    Ok(*object != before)
}

async fn ask(
    review: &Review<'_>,
    webhook: &Webhook,
    version: &Resource,
) -> Result<Result<Verdict, String>, Status> {
    if review.is_dry_run && !webhook.supports_dry_run() {
        return Err(no_dry_run(webhook));
    }
    let uid = chance::uuid(&*review.world.chance);
    let question = question(review, version, &uid);
    let answer = call::ask(review.world, webhook, &question).await;
    Ok(answer.and_then(|answer| verdict(&answer, &uid)))
}

/// What comes of an outcome: the verdict; none where the webhook's failure counts for nothing.
fn settle(
    review: &Review<'_>,
    verb: &str,
    webhook: &Webhook,
    outcome: Result<Verdict, String>,
    notes: &mut Notes,
) -> Result<Option<Verdict>, Status> {
    notes
        .decisions
        .push(record(review, verb, webhook, &outcome));
    match outcome {
        Ok(mut verdict) => {
            notes.warnings.append(&mut verdict.warnings);
            if verdict.is_allowed {
                Ok(Some(verdict))
            } else {
                Err(denial(webhook, &verdict))
            }
        }
        Err(why) if webhook.fails_closed() => Err(failure(webhook, &why)),
        Err(_) => Ok(None),
    }
}

const MUTATING: &str = "mutatingwebhookconfigurations";
const VALIDATING: &str = "validatingwebhookconfigurations";
