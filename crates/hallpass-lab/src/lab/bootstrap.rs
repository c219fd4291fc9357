//! What a fresh lab starts with: its place in the world, its keys, its administrator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use hallpass_types::{Chance, Partition, Region};

use crate::aws::iam::aws_managed;
use crate::chance;
use crate::config::Config;
use crate::error::LabError;
use crate::identity::LabIdentity;
use crate::store::records::{AccessKey, Setting, User};
use crate::store::{FIRST_ACCOUNT, Store};
use crate::world::World;

/// The folder's place in the world, fixed at the first start.
pub(super) async fn identity(
    store: &Store,
    config: &Config,
    chance: &dyn Chance,
) -> Result<LabIdentity, LabError> {
    let partition = config
        .partition
        .or_else(|| config.region.as_ref().map(Region::partition))
        .unwrap_or_default();
    let region = config.region.clone().or_else(|| default_region(partition));
    let account = match config.account {
        Some(account) => Some(account),
        None => DEFAULT_ACCOUNT.parse().ok(),
    };
    let missing = |field| LabError::Key {
        reason: format!("the lab's {field} is not recorded"),
    };
    let issuer_id = chance::from_alphabet(chance, chance::HEX, 32);
    Ok(LabIdentity {
        partition: fixed(store, "partition", config.partition, Some(partition))
            .await?
            .ok_or_else(|| missing("partition"))?,
        region: fixed(store, "region", config.region.clone(), region)
            .await?
            .ok_or_else(|| missing("region"))?,
        account: fixed(store, FIRST_ACCOUNT, config.account, account)
            .await?
            .ok_or_else(|| missing("account"))?,
        issuer_id: fixed(store, "issuer-id", None, Some(issuer_id))
            .await?
            .ok_or_else(|| missing("issuer"))?,
    })
}

/// A value that is fixed once: the recorded one, which a different wish may not change.
async fn fixed<T: FromStr + Display + PartialEq>(
    store: &Store,
    field: &'static str,
    wanted: Option<T>,
    default: Option<T>,
) -> Result<Option<T>, LabError> {
    let recorded = store.read(|state| state.settings.get(field).map(|s| s.value.clone()));
    let Some(text) = recorded else {
        if let Some(value) = &default {
            put(store, field, value.to_string()).await?;
        }
        return Ok(default);
    };
    match wanted {
        Some(wanted) if wanted.to_string() != text => Err(LabError::OtherSettings {
            field,
            found: text,
            wanted: wanted.to_string(),
        }),
        _ => Ok(text.parse().ok()),
    }
}

/// The key that seals sessions and logins.
pub(super) async fn sealing_key(store: &Store, chance: &dyn Chance) -> Result<Vec<u8>, LabError> {
    let recorded = store.read(|state| {
        state
            .settings
            .get("sealing-key")
            .map(|setting| setting.value.clone())
    });
    if let Some(text) = recorded {
        return hex::decode(text).map_err(|error| LabError::Key {
            reason: error.to_string(),
        });
    }
    let mut key = vec![0; 32];
    chance.fill(&mut key);
    put(store, "sealing-key", hex::encode(&key)).await?;
    Ok(key)
}

/// AWS's managed policies, and an administrator with an access key.
pub(super) async fn account(world: &World) -> Result<(), LabError> {
    let is_there = world
        .store
        .of(world.identity.account)
        .read(|state| state.users.contains_key(ADMINISTRATOR));
    if is_there {
        return Ok(());
    }
    let now = world.now();
    let partition = world.identity.partition;
    let user = User {
        name: ADMINISTRATOR.to_owned(),
        path: "/".to_owned(),
        id: chance::iam_id(&*world.chance, "AIDA"),
        created: now,
        inline: BTreeMap::new(),
        attached: BTreeSet::from([format!(
            "arn:{partition}:iam::aws:policy/AdministratorAccess"
        )]),
        boundary: None,
        tags: BTreeMap::new(),
    };
    let key = AccessKey {
        id: chance::access_key_id(&*world.chance, "AKIA", world.identity.account),
        user: ADMINISTRATOR.to_owned(),
        secret: hallpass_types::Secret::new(chance::secret_key(&*world.chance)),
        is_active: true,
        created: now,
        last_used: None,
    };
    world
        .store
        .write(|tx| {
            tx.put(Setting {
                name: ADMINISTRATOR_KEY.to_owned(),
                value: key.id.clone(),
            });
            let mut tx = tx.account(world.identity.account);
            for policy in aws_managed(partition) {
                tx.put(policy);
            }
            tx.put(user);
            tx.put(key);
            Ok(())
        })
        .await
}

async fn put(store: &Store, name: &str, value: String) -> Result<(), LabError> {
    store
        .write(|tx| {
            tx.put(Setting {
                name: name.to_owned(),
                value,
            });
            Ok(())
        })
        .await
}

fn default_region(partition: Partition) -> Option<Region> {
    partition.default_region().parse().ok()
}

/// The user that `hallpass lab env` hands the key of.
pub(super) const ADMINISTRATOR: &str = "lab-administrator";
/// The setting that names the administrator's first access key.
pub(crate) const ADMINISTRATOR_KEY: &str = "administrator-key";
const DEFAULT_ACCOUNT: &str = "111122223333";
