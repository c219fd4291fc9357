//! What AWS's services have: actions, resource types, condition keys, and what an action pattern matches.
//!
//! Source: Service Authorization Reference, by way of `data/services.txt` (`docs/service-data.md`). The
//! data is as old as [`VERSION`], and AWS adds to it each week: what is not here may exist. So an
//! unknown service is told apart from an unknown name of a known service, and nothing that decides a
//! request reads these tables.

mod condition_key;
mod expand;
mod nearest;
mod packed;
mod service;

pub use condition_key::{ConditionKey, ConditionKeyType, KeyKnowledge, condition_key, global_keys};
pub(crate) use expand::matches_action;
pub use expand::{Expansion, expand};
pub use nearest::{nearest_action, nearest_service};
pub use packed::{DATE, VERSION};
pub use service::{AccessLevel, Action, ResourceType, Service, Target, service, services};
