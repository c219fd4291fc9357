//! The keys of the cluster's issuer: one that signs, and the last ones that did.
//!
//! EKS rotates the key that signs, and goes on publishing the one before for as long as tokens signed
//! with it live. The lab rotates when it is asked to.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_oidc::{Algorithm, KeySet, SigningKey};
use hallpass_types::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ClusterError;
use super::volumes;
use crate::store::Store;
use crate::store::records::Setting;
use crate::world::World;

/// The keys in force.
#[derive(Debug)]
pub(crate) struct KeyRing {
    /// Signs.
    pub(super) current: SigningKey,
    /// The public keys, as the issuer publishes them.
    pub(super) jwks: Value,
    /// The same, to verify with.
    pub(super) public: KeySet,
}

impl KeyRing {
    /// The keys that the store has; made where it has none.
    pub(super) async fn open(store: &Store) -> Result<Self, ClusterError> {
        let recorded = store.read(|state| {
            let setting = state.settings.get(SETTING)?;
            Some(setting.value.clone())
        });
        if let Some(text) = recorded {
            let record = serde_json::from_str::<Record>(&text)
                .map_err(|error| ClusterError::Record(error.to_string()))?;
            return Self::of(&record);
        }
        let record = Record {
            current: new_key().await?,
            retired: Vec::new(),
        };
        write(store, &record).await?;
        Self::of(&record)
    }

    fn of(record: &Record) -> Result<Self, ClusterError> {
        let der = STANDARD
            .decode(&record.current)
            .map_err(|error| ClusterError::Record(error.to_string()))?;
        let current = SigningKey::from_pkcs8(Algorithm::Rs256, &Secret::new(der))?;
        let keys: Vec<Value> = std::iter::once(current.jwk())
            .chain(record.retired.iter().cloned())
            .collect();
        let jwks = json!({ "keys": keys });
        let public = KeySet::parse(jwks.to_string().as_bytes())
            .map_err(|error| ClusterError::Record(error.to_string()))?;
        Ok(Self {
            current,
            jwks,
            public,
        })
    }
}

/// Lets another key sign from here on, and gives its `kid`. Tokens in running pods are issued again.
pub(crate) async fn rotate_keys(world: &Arc<World>) -> Result<String, ClusterError> {
    let _alone = world.cluster.rotation.lock().await;
    let published = world.cluster.keys()?.jwks.clone();
    let retired = published
        .get("keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MAX_RETIRED)
        .cloned()
        .collect();
    let record = Record {
        current: new_key().await?,
        retired,
    };
    let keys = KeyRing::of(&record)?;
    let kid = keys.current.kid().to_owned();
    write(&world.store, &record).await?;
    world.cluster.set_keys(keys);
    volumes::refresh(world).await;
    Ok(kid)
}

/// Takes the keys that sign no more out of what the issuer publishes.
pub(crate) async fn retire_keys(world: &Arc<World>) -> Result<(), ClusterError> {
    let _alone = world.cluster.rotation.lock().await;
    let current = STANDARD.encode(world.cluster.keys()?.current.to_pkcs8()?.expose());
    let record = Record {
        current,
        retired: Vec::new(),
    };
    let keys = KeyRing::of(&record)?;
    write(&world.store, &record).await?;
    world.cluster.set_keys(keys);
    Ok(())
}

/// A key as the store keeps it; made on a thread that may take its time.
async fn new_key() -> Result<String, ClusterError> {
    let made = tokio::task::spawn_blocking(|| -> Result<String, ClusterError> {
        let key = SigningKey::generate(Algorithm::Rs256)?;
        Ok(STANDARD.encode(key.to_pkcs8()?.expose()))
    });
    made.await
        .unwrap_or_else(|error| Err(ClusterError::Record(error.to_string())))
}

async fn write(store: &Store, record: &Record) -> Result<(), ClusterError> {
    let value =
        serde_json::to_string(record).map_err(|error| ClusterError::Record(error.to_string()))?;
    store
        .write(|tx| {
            tx.put(Setting {
                name: SETTING.to_owned(),
                value,
            });
            Ok(())
        })
        .await
}

/// The keys at rest. Of a key that signs no more only the public half is kept.
#[derive(Deserialize, Serialize)]
struct Record {
    current: String,
    retired: Vec<Value>,
}

const SETTING: &str = "cluster-keys";
// Tokens live a day at most in pods, so one would do; two survive a rotation in haste.
const MAX_RETIRED: usize = 2;
