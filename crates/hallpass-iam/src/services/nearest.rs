//! The known name that is written almost as a wrong one.

use super::service::{Action, Service, services};

/// The service whose prefix is written almost so.
pub fn nearest_service(prefix: &str) -> Option<&'static Service> {
    let name = nearest(prefix, services().iter().map(Service::prefix))?;
    super::service(name)
}

/// The action of the service whose name is written almost so.
pub fn nearest_action<'a>(service: &'a Service, name: &str) -> Option<&'a Action> {
    let name = nearest(name, service.actions().iter().map(Action::name))?;
    service.action(name)
}

/// The name with the fewest letters to change, add, drop or swap; none where that is a third of them.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > MOST_BYTES {
        return None;
    }
    let wrong = wrong.to_ascii_lowercase();
    let most = wrong.len().div_ceil(3).min(MOST_EDITS);
    names
        .filter(|name| name.len().abs_diff(wrong.len()) <= most)
        .map(|name| (distance(&wrong, &name.to_ascii_lowercase()), name))
        .filter(|(edits, _)| *edits <= most)
        // Nobody misspells the first letter, if another name will do.
        .min_by_key(|(edits, name)| (*edits, !starts_alike(name, &wrong), *name))
        .map(|(_, name)| name)
}

fn starts_alike(left: &str, right: &str) -> bool {
    let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    first(left) == first(right)
}

/// Letters to change, add, drop or swap with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, letter) in left.chars().enumerate() {
        let mut next = vec![row + 1];
        for (column, &other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let change = at(&last, column).saturating_add(usize::from(letter != other));
            let add_or_drop = at(&last, column + 1)
                .min(at(&next, column))
                .saturating_add(1);
            let neighbours = (previous, column.checked_sub(1).and_then(|it| right.get(it)));
            let is_swap = neighbours == (Some(other), Some(&letter));
            let swap = if is_swap {
                at(&before, column.saturating_sub(1)).saturating_add(1)
            } else {
                usize::MAX
            };
            next.push(change.min(add_or_drop).min(swap));
        }
        before = std::mem::replace(&mut last, next);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

/// Longer than any name that AWS has.
const MOST_BYTES: usize = 200;
/// More than this is another name.
const MOST_EDITS: usize = 4;
