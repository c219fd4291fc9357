//! Services, their actions and resource types. Lookups do not regard case, as IAM does not.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::condition_key::{ConditionKey, best_match};
use super::packed::{Content, SERVICES};

/// A service of AWS; its actions are read on first use.
#[derive(Debug)]
pub struct Service {
    prefix: &'static str,
    name: &'static str,
    supports_rcp: bool,
    packed: &'static str,
    content: OnceLock<Content>,
}

/// The service whose actions begin with that prefix.
pub fn service(prefix: &str) -> Option<&'static Service> {
    find(&SERVICES, prefix, |service| service.prefix)
}

/// All services, by prefix.
pub fn services() -> &'static [Service] {
    &SERVICES
}

impl Service {
    pub(super) const fn new(
        prefix: &'static str,
        name: &'static str,
        supports_rcp: bool,
        packed: &'static str,
    ) -> Self {
        Self {
            prefix,
            name,
            supports_rcp,
            packed,
            content: OnceLock::new(),
        }
    }

    /// What its actions begin with, such as `ecr`.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// AWS's name for it, such as `Amazon Elastic Container Registry`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether resource control policies have a say on it.
    pub fn supports_rcp(&self) -> bool {
        self.supports_rcp
    }

    /// Its actions, by name.
    pub fn actions(&self) -> &[Action] {
        &self.content().actions
    }

    /// The action of that name, which stands without the prefix.
    pub fn action(&self, name: &str) -> Option<&Action> {
        find(self.actions(), name, |action| action.name)
    }

    /// Its resource types, by name.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.content().types
    }

    /// The resource type of that name.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        find(self.resource_types(), name, |it| it.name)
    }

    /// Its condition keys, as AWS writes them: `ecr:ResourceTag/${TagKey}`. Some bear another prefix.
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.content().keys
    }

    /// The condition key that `key` is, with its variable part, if any, filled in.
    pub fn condition_key(&self, key: &str) -> Option<&ConditionKey> {
        best_match(self.condition_keys(), key)
    }

    fn content(&self) -> &Content {
        self.content
            .get_or_init(|| Content::read(self.prefix, self.packed))
    }
}

/// What an action does, by AWS's five levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names of things.
    List,
    /// Their content.
    Read,
    /// Tags alone.
    Tagging,
    /// Makes, changes, deletes.
    Write,
    /// Changes who may do what.
    PermissionsManagement,
}

impl AccessLevel {
    pub(super) fn of_letter(letter: &str) -> Option<Self> {
        Some(match letter {
            "L" => Self::List,
            "R" => Self::Read,
            "T" => Self::Tagging,
            "W" => Self::Write,
            "P" => Self::PermissionsManagement,
            _ => return None,
        })
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Tagging => "tagging",
            Self::Write => "write",
            Self::PermissionsManagement => "permissions management",
        })
    }
}

/// An action of a service.
#[derive(Debug)]
pub struct Action {
    pub(super) service: &'static str,
    pub(super) name: &'static str,
    pub(super) access_level: AccessLevel,
    pub(super) condition_keys: Arc<[&'static str]>,
    pub(super) targets: Vec<Target>,
}

impl Action {
    /// Its service's prefix.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Its name without the prefix, in AWS's case.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does.
    pub fn access_level(&self) -> AccessLevel {
        self.access_level
    }

    /// The resource types that it acts on. One without any takes only `*` as its resource.
    pub fn resource_types(&self) -> &[Target] {
        &self.targets
    }

    /// The condition keys that it has whatever the resource, as AWS writes them. Global keys are not
    /// listed, but for those about tags.
    pub fn condition_keys(&self) -> &[&'static str] {
        &self.condition_keys
    }

    /// Whether the reference lists the key, as it writes it, for this action: by itself, on one of its
    /// resource types, or for such a type whatever the action.
    pub fn lists_key(&self, key: &ConditionKey) -> bool {
        let types = super::service(self.service).map_or(&[][..], Service::resource_types);
        let of_type = |target: &Target| types.iter().find(|it| it.name == target.name);
        self.condition_keys.contains(&key.name())
            || self.targets.iter().any(|target| {
                target.condition_keys.contains(&key.name())
                    || of_type(target).is_some_and(|it| it.condition_keys.contains(&key.name()))
            })
    }
}

/// `ecr:PutImage`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

/// A resource type that an action acts on.
#[derive(Debug)]
pub struct Target {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) condition_keys: Arc<[&'static str]>,
}

impl Target {
    /// The resource type's name: [`Service::resource_type`] has its ARN.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a policy that limits the resource must name one of that type.
    pub fn is_required(&self) -> bool {
        self.is_required
    }

    /// The condition keys that the action has for this resource.
    pub fn condition_keys(&self) -> &[&'static str] {
        &self.condition_keys
    }
}

/// A type of resources.
#[derive(Debug)]
pub struct ResourceType {
    pub(super) name: &'static str,
    pub(super) arn: &'static str,
    pub(super) condition_keys: Arc<[&'static str]>,
}

impl ResourceType {
    /// Its name, such as `repository`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The form of its ARNs: `arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}`.
    pub fn arn(&self) -> &'static str {
        self.arn
    }

    /// The condition keys of all actions on such a resource.
    pub fn condition_keys(&self) -> &[&'static str] {
        &self.condition_keys
    }
}

/// The entry of that name; entries are sorted by name in lower case.
fn find<'a, T>(entries: &'a [T], name: &str, of: impl Fn(&T) -> &'static str) -> Option<&'a T> {
    let order = |entry: &T| compare(of(entry), name);
    let at = entries.binary_search_by(order).ok()?;
    entries.get(at)
}

fn compare(left: &str, right: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}
