//! Strangers' tokens, drafted from what the policy's patterns leave open.

use super::door::{Door, Pattern};
use super::glob::Glob;
use super::shape::{Aligned, GITHUB, JOB_WORKFLOW, REPOSITORY, Shape};
use super::stranger::Intrusion;
use super::token::Draft;

/// Drafts of tokens whose subject the pattern leaves room for, the farthest stranger first.
pub(super) fn strangers(door: &Door<'_>, pattern: &Pattern<'_>) -> Vec<(Intrusion, Draft)> {
    let Some(shape) = Shape::of(door.provider.family, pattern.text) else {
        let subject = pattern.glob.filled(door.word);
        let draft = door.draft(subject, Vec::new(), 0, String::new());
        return vec![(Intrusion::Subject, draft)];
    };
    let aligned = shape.align(&pattern.glob);
    let mut all = Vec::new();
    for tier in 0..=shape.places.len() {
        for aligned in &aligned {
            of_subject(door, shape, aligned, tier, &mut all);
        }
    }
    all
}

/// Drafts of GitHub's tokens whose other claim the pattern leaves room for.
pub(super) fn strangers_by(
    door: &Door<'_>,
    claim: &str,
    pattern: &Pattern<'_>,
) -> Vec<(Intrusion, Draft)> {
    let shape = if claim == "repository" {
        &REPOSITORY
    } else {
        &JOB_WORKFLOW
    };
    let mut all = Vec::new();
    if !door.provider.family.is_github() || !pattern.glob.is_open() {
        return all;
    }
    let aligned = shape.align(&pattern.glob);
    for tier in 0..shape.places.len() {
        for aligned in &aligned {
            let Some(places) = places(door, shape, aligned, tier) else {
                continue;
            };
            let workflow = aligned.context.as_ref().and_then(|glob| {
                let contexts = door.contexts(shape, Some(glob));
                Some(shape.compose(&places, contexts.first()?))
            });
            for context in door.contexts(&GITHUB, Some(&Glob::everything())) {
                let subject = GITHUB.compose(&places, &context);
                let draft = Draft {
                    job_workflow: workflow.clone(),
                    ..door.draft(subject, places.clone(), tier, context)
                };
                all.extend(outside(shape, tier).map(|why| (why, draft)));
            }
        }
    }
    all
}

/// Strangers whose first `tier` places are the policy's own, and the next is not.
fn of_subject(
    door: &Door<'_>,
    shape: &Shape,
    aligned: &Aligned,
    tier: usize,
    all: &mut Vec<(Intrusion, Draft)>,
) {
    let Some(places) = places(door, shape, aligned, tier) else {
        return;
    };
    let draft = |context: String| {
        let subject = shape.compose(&places, &context);
        door.draft(subject, places.clone(), tier, context)
    };
    let context = aligned.context.as_ref();
    if let Some(why) = outside(shape, tier) {
        let contexts = door.contexts(shape, context).into_iter();
        all.extend(contexts.map(|context| (why, draft(context))));
    } else if let Some(glob) = context.filter(|glob| glob.is_open()) {
        // A context that is given in full is the policy's own, as are the places.
        let telling = door.telling(shape, glob).into_iter();
        all.extend(telling.map(|(kind, context)| (Intrusion::Context { kind }, draft(context))));
    }
}

/// What is a stranger's of a token whose first `tier` places are the policy's own; none where all are.
fn outside(shape: &Shape, tier: usize) -> Option<Intrusion> {
    let part = shape.places.get(tier)?;
    Some(Intrusion::Place {
        kind: part.kind,
        is_outside: tier == 0,
    })
}

/// Names for the places; none where the pattern leaves no room for a stranger's.
fn places(door: &Door<'_>, shape: &Shape, aligned: &Aligned, tier: usize) -> Option<Vec<String>> {
    let mut letters = aligned.places.iter().flat_map(Glob::letters);
    let has_ids = door.provider.family.is_github() && letters.any(|letter| letter == '@');
    let named = aligned.places.iter().zip(shape.places).enumerate();
    named
        .map(|(index, (place, part))| {
            let is_stranger = index == tier;
            if is_stranger && !is_name_open(place, has_ids) {
                return None;
            }
            let name = if is_stranger {
                place.filled(door.word)
            } else if index < tier {
                door.own_place(index, place)
            } else {
                place.filled("x")
            };
            let name = if has_ids {
                with_id(&name, is_stranger)
            } else {
                name
            };
            (part.takes(&name) && place.matches(&name)).then_some(name)
        })
        .collect()
}

/// Whether a name is left open; an ID alone, behind a name that is given, is none.
fn is_name_open(place: &Glob, has_ids: bool) -> bool {
    let is_name_given = has_ids
        && place
            .filled_plainly("\n")
            .split_once('@')
            .is_some_and(|(name, _)| !name.contains('\n'));
    place.is_open() && !is_name_given
}

/// A name with an ID in digits, where it lacks one.
fn with_id(name: &str, is_stranger: bool) -> String {
    let id = if is_stranger { "666" } else { "1" };
    match name.split_once('@') {
        Some((_, own)) if !own.is_empty() && own.bytes().all(|it| it.is_ascii_digit()) => {
            name.to_owned()
        }
        Some((name, _)) => format!("{name}@{id}"),
        None => format!("{name}@{id}"),
    }
}
