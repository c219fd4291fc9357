//! Condition keys: their types, and what is known of a key that a policy names.
//!
//! Sources: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference.

use super::nearest::nearest;
use super::packed::{FOREIGN_KEYS, GLOBAL_KEYS};
use super::service::{Service, service};
use crate::federation;

/// A condition key as the reference writes it.
#[derive(Clone, Debug)]
pub struct ConditionKey {
    name: &'static str,
    kind: ConditionKeyType,
}

/// The type of a key's values, which says which operators suit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionKeyType {
    /// One ARN.
    Arn,
    /// Any number of ARNs.
    ArrayOfArn,
    /// Any number of booleans.
    ArrayOfBool,
    /// Any number of texts.
    ArrayOfString,
    /// `true` or `false`.
    Bool,
    /// A point in time.
    Date,
    /// An address.
    IpAddress,
    /// A number.
    Numeric,
    /// One text.
    String,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKnowledge {
    /// A claim of an identity provider's token; no type where AWS does not offer it, so that it is never
    /// there. [`federation`](crate::federation) tells more.
    Federated(Option<ConditionKeyType>),
    /// A global key.
    Global(ConditionKeyType),
    /// A key of a service.
    Service {
        /// Its type.
        kind: ConditionKeyType,
        /// Whether the reference lists it for the action; nothing where the action is not known.
        is_listed: Option<bool>,
    },
    /// The service is known, or the key is global by its prefix; no such key is.
    Unknown {
        /// The known key that is written almost so.
        nearest: Option<&'static str>,
    },
    /// No service and no provider has the prefix.
    UnknownService,
}

/// What is known of a key, for requests of an action (`ecr:PutImage`) if one is given.
pub fn condition_key(action: Option<&str>, key: &str) -> KeyKnowledge {
    let Some((prefix, _)) = key.split_once(':') else {
        return KeyKnowledge::UnknownService;
    };
    if let Some(known) = best_match(GLOBAL_KEYS, key) {
        return KeyKnowledge::Global(known.kind);
    }
    if federation::is_claim_key(key) {
        return KeyKnowledge::Federated(federation::claim_type(key));
    }
    let acting = action.and_then(|action| {
        let (prefix, name) = action.split_once(':')?;
        let service = service(prefix)?;
        Some((service, service.action(name)?))
    });
    let owners: Vec<&Service> = acting
        .map(|(service, _)| service)
        .into_iter()
        .chain(service(prefix))
        .chain(foreign_owners(prefix))
        .collect();
    for owner in &owners {
        if let Some(known) = owner.condition_key(key) {
            let is_listed = acting.map(|(_, action)| action.lists_key(known));
            return KeyKnowledge::Service {
                kind: known.kind,
                is_listed,
            };
        }
    }
    let is_global = prefix.eq_ignore_ascii_case("aws");
    let is_known =
        is_global || service(prefix).is_some() || foreign_owners(prefix).next().is_some();
    if !is_known {
        return KeyKnowledge::UnknownService;
    }
    let global = GLOBAL_KEYS.iter().filter(|_| is_global);
    let owned = owners.iter().flat_map(|owner| owner.condition_keys());
    KeyKnowledge::Unknown {
        nearest: nearest(key, global.chain(owned).map(ConditionKey::name)),
    }
}

/// The keys that are there whatever the service.
pub fn global_keys() -> &'static [ConditionKey] {
    GLOBAL_KEYS
}

fn foreign_owners(prefix: &str) -> impl Iterator<Item = &'static Service> {
    let entries = FOREIGN_KEYS.iter();
    entries
        .filter(move |(foreign, _)| foreign.eq_ignore_ascii_case(prefix))
        .flat_map(|(_, owners)| owners.iter())
        .filter_map(|owner| service(owner))
}

impl ConditionKey {
    pub(crate) const fn new(name: &'static str, kind: ConditionKeyType) -> Self {
        Self { name, kind }
    }

    /// Its name as the reference writes it, a variable part as `${TagKey}` or `<key>`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type of its values.
    pub fn kind(&self) -> ConditionKeyType {
        self.kind
    }

    /// Whether `key` is this key, with something in place of the variable part.
    pub fn is(&self, key: &str) -> bool {
        let Some((before, after)) = self.around_variable() else {
            return self.name.eq_ignore_ascii_case(key);
        };
        let middle = key.len().checked_sub(before.len() + after.len());
        let start = key.get(..before.len());
        let end = key.get(key.len().saturating_sub(after.len())..);
        middle.is_some_and(|length| length > 0)
            && start.is_some_and(|start| start.eq_ignore_ascii_case(before))
            && end.is_some_and(|end| end.eq_ignore_ascii_case(after))
    }

    /// What stands before and after the variable part. No key has two.
    fn around_variable(&self) -> Option<(&'static str, &'static str)> {
        let cut = |open: &str, close: &str| {
            let (before, rest) = self.name.split_once(open)?;
            Some((before, rest.split_once(close)?.1))
        };
        cut("${", "}").or_else(|| cut("<", ">"))
    }
}

impl ConditionKeyType {
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "Arn" => Self::Arn,
            "ArrayOfArn" => Self::ArrayOfArn,
            "ArrayOfBool" => Self::ArrayOfBool,
            "ArrayOfString" => Self::ArrayOfString,
            "Bool" => Self::Bool,
            "Date" => Self::Date,
            "IpAddress" => Self::IpAddress,
            "Numeric" => Self::Numeric,
            "String" => Self::String,
            _ => return None,
        })
    }

    /// Whether a request may have any number of values of the key, so that set operators suit it.
    pub fn is_multivalued(self) -> bool {
        match self {
            Self::ArrayOfArn | Self::ArrayOfBool | Self::ArrayOfString => true,
            Self::Arn
            | Self::Bool
            | Self::Date
            | Self::IpAddress
            | Self::Numeric
            | Self::String => false,
        }
    }

    /// The type of one value.
    #[must_use]
    pub fn element(self) -> Self {
        match self {
            Self::Arn | Self::ArrayOfArn => Self::Arn,
            Self::ArrayOfBool | Self::Bool => Self::Bool,
            Self::ArrayOfString | Self::String => Self::String,
            Self::Date | Self::IpAddress | Self::Numeric => self,
        }
    }
}

/// The key that `key` is; where several with a variable part fit, the one that says most.
pub(super) fn best_match<'a>(keys: &'a [ConditionKey], key: &str) -> Option<&'a ConditionKey> {
    let fixed = |known: &&ConditionKey| {
        let parts = known.around_variable();
        parts.map_or(usize::MAX, |(before, after)| before.len() + after.len())
    };
    keys.iter().filter(|known| known.is(key)).max_by_key(fixed)
}
