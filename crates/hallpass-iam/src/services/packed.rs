//! The packed text of a service, written by `build.rs`, and its reader.
//!
//! Four parts, separated by 0x1F, each of lines: condition keys (`TYPE NAME`); resource types (name,
//! ARN, list); lists of keys (their numbers); actions (first letter of the access level and name, list,
//! types by number with `!` where required, and for types with keys of their own `TYPE LIST`). Lists are
//! told by number. What a program wrote is read without complaint: a number that names nothing is left
//! out, and the tests hold that each one names something.

use std::sync::Arc;

use super::condition_key::{ConditionKey, ConditionKeyType};
use super::service::{AccessLevel, Action, ResourceType, Service, Target};

include!(concat!(env!("OUT_DIR"), "/services.rs"));

/// All that is packed of a service.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) keys: Vec<ConditionKey>,
    pub(super) types: Vec<ResourceType>,
    pub(super) actions: Vec<Action>,
}

impl Content {
    pub(super) fn read(service: &'static str, packed: &'static str) -> Self {
        let mut parts = packed.split('\x1f');
        let mut lines = || parts.next().unwrap_or_default().lines();
        let keys: Vec<ConditionKey> = lines()
            .filter_map(|line| {
                let (kind, name) = line.split_once(' ')?;
                Some(ConditionKey::new(name, ConditionKeyType::of_name(kind)?))
            })
            .collect();
        let types: Vec<&str> = lines().collect();
        // The first list is the empty one, and `lines` would drop it where it is the only one.
        let lists: Vec<Arc<[&'static str]>> = parts
            .next()
            .unwrap_or_default()
            .split('\n')
            .map(|list| {
                let numbers = list.split_ascii_whitespace();
                let keys = numbers.filter_map(|number| keys.get(number.parse::<usize>().ok()?));
                keys.map(ConditionKey::name).collect()
            })
            .collect();
        let types: Vec<ResourceType> = types
            .into_iter()
            .filter_map(|line| resource_type(line, &lists))
            .collect();
        let actions = parts.next().unwrap_or_default().lines();
        let actions = actions
            .filter_map(|line| action(service, line, &types, &lists))
            .collect();
        Self {
            keys,
            types,
            actions,
        }
    }
}

fn resource_type(line: &'static str, lists: &[Arc<[&'static str]>]) -> Option<ResourceType> {
    let mut fields = line.split('\t');
    Some(ResourceType {
        name: fields.next()?,
        arn: fields.next()?,
        condition_keys: list(fields.next()?, lists)?,
    })
}

fn action(
    service: &'static str,
    line: &'static str,
    types: &[ResourceType],
    lists: &[Arc<[&'static str]>],
) -> Option<Action> {
    let mut fields = line.split('\t');
    let first = fields.next()?;
    let name = first.get(1..)?;
    let condition_keys = list(fields.next()?, lists)?;
    let targets = fields.next()?.split(',');
    let mut targets: Vec<Target> = targets
        .filter_map(|target| {
            let number = target.trim_end_matches('!');
            Some(Target {
                name: types.get(number.parse::<usize>().ok()?)?.name,
                is_required: number.len() < target.len(),
                condition_keys: Arc::from([]),
            })
        })
        .collect();
    for own in fields {
        let (number, keys) = own.split_once(' ')?;
        let name = types.get(number.parse::<usize>().ok()?)?.name;
        let target = targets.iter_mut().find(|target| target.name == name)?;
        target.condition_keys = list(keys, lists)?;
    }
    Some(Action {
        service,
        name,
        access_level: AccessLevel::of_letter(first.get(..1)?)?,
        condition_keys,
        targets,
    })
}

fn list(number: &str, lists: &[Arc<[&'static str]>]) -> Option<Arc<[&'static str]>> {
    lists.get(number.parse::<usize>().ok()?).cloned()
}
