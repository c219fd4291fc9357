//! The keys of the issuer: one that signs, and the last ones that did.
//!
//! GitHub publishes its keys with a certificate each (`x5c`, `x5t`; RFC 7517, sections 4.7 and 4.8), and
//! a token's header names the certificate beside the key. The lab rotates when it is asked to.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hallpass_oidc::{Algorithm, SigningKey};
use hallpass_types::{Secret, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::LabError;
use crate::store::Store;
use crate::store::records::Setting;
use crate::world::World;

/// The keys in force.
#[derive(Debug)]
pub(super) struct KeyRing {
    current: SigningKey,
    header: Map<String, Value>,
    /// The public keys, as the issuer publishes them.
    pub(super) jwks: Value,
}

impl KeyRing {
    /// The keys that the store has; made where it has none.
    pub(super) async fn open(store: &Store, now: Timestamp) -> Result<Self, LabError> {
        let recorded = store.read(|state| {
            let setting = state.settings.get(SETTING)?;
            Some(setting.value.clone())
        });
        if let Some(text) = recorded {
            let record = serde_json::from_str::<Record>(&text).map_err(|error| fault(&error))?;
            return Self::of(&record);
        }
        let record = Record {
            current: Current::make(now).await?,
            retired: Vec::new(),
        };
        write(store, &record).await?;
        Self::of(&record)
    }

    /// A token over these claims.
    pub(super) fn sign(&self, claims: &Value) -> Result<Secret<String>, LabError> {
        let signed = self.current.sign_with(&self.header, claims);
        signed.map_err(|error| fault(&error))
    }

    fn of(record: &Record) -> Result<Self, LabError> {
        let der = STANDARD
            .decode(&record.current.key)
            .map_err(|error| fault(&error))?;
        let current = SigningKey::from_pkcs8(Algorithm::Rs256, &Secret::new(der))
            .map_err(|error| fault(&error))?;
        let certificate = STANDARD
            .decode(&record.current.certificate)
            .map_err(|error| fault(&error))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate));
        let mut jwk = current.jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("x5c".to_owned(), json!([record.current.certificate]));
            members.insert("x5t".to_owned(), json!(thumbprint));
        }
        let keys: Vec<Value> = std::iter::once(jwk)
            .chain(record.retired.iter().cloned())
            .collect();
        let header = [("typ", json!("JWT")), ("x5t", json!(thumbprint))];
        Ok(Self {
            current,
            header: header
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
            jwks: json!({ "keys": keys }),
        })
    }
}

/// Lets another key sign from here on, and gives its `kid`.
pub(crate) async fn rotate_keys(world: &Arc<World>) -> Result<String, LabError> {
    let _alone = world.github.rotation.lock().await;
    let retired = world
        .github
        .keys()?
        .jwks
        .get("keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MAX_RETIRED)
        .cloned()
        .collect();
    let record = Record {
        current: Current::make(world.now()).await?,
        retired,
    };
    let keys = KeyRing::of(&record)?;
    let kid = keys.current.kid().to_owned();
    write(&world.store, &record).await?;
    world.github.set_keys(keys);
    Ok(kid)
}

/// Takes the keys that sign no more out of what the issuer publishes.
pub(crate) async fn retire_keys(world: &Arc<World>) -> Result<(), LabError> {
    let _alone = world.github.rotation.lock().await;
    let kept = world.store.read(|state| {
        let setting = state.settings.get(SETTING)?;
        Some(setting.value.clone())
    });
    let mut record: Record =
        serde_json::from_str(&kept.unwrap_or_default()).map_err(|error| fault(&error))?;
    record.retired.clear();
    let keys = KeyRing::of(&record)?;
    write(&world.store, &record).await?;
    world.github.set_keys(keys);
    Ok(())
}

/// The keys at rest. Of a key that signs no more only the public half is kept.
#[derive(Deserialize, Serialize)]
struct Record {
    current: Current,
    retired: Vec<Value>,
}

/// The key that signs, as PKCS#8, and its certificate; both DER, base64.
#[derive(Deserialize, Serialize)]
struct Current {
    key: String,
    certificate: String,
}

impl Current {
    /// Made on a thread that may take its time.
    async fn make(now: Timestamp) -> Result<Self, LabError> {
        let made = tokio::task::spawn_blocking(move || -> Result<Self, LabError> {
            let key = SigningKey::generate(Algorithm::Rs256).map_err(|error| fault(&error))?;
            let der = key.to_pkcs8().map_err(|error| fault(&error))?;
            Ok(Self {
                certificate: STANDARD.encode(certificate(der.expose(), now)?),
                key: STANDARD.encode(der.expose()),
            })
        });
        made.await.unwrap_or_else(|error| Err(fault(&error)))
    }
}

/// A certificate of the key for itself, for two years, as GitHub's are.
fn certificate(pkcs8: &[u8], now: Timestamp) -> Result<Vec<u8>, LabError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
    let key = KeyPair::from_der_and_sign_algo(&key, &rcgen::PKCS_RSA_SHA256)
        .map_err(|error| fault(&error))?;
    let mut parameters = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, ISSUER_NAME);
    parameters.distinguished_name = name;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let from = Duration::from_secs(now.as_second().try_into().unwrap_or_default());
    parameters.not_before = epoch + from;
    parameters.not_after = epoch + from + TWO_YEARS;
    let certificate = parameters
        .self_signed(&key)
        .map_err(|error| fault(&error))?;
    Ok(certificate.der().to_vec())
}

async fn write(store: &Store, record: &Record) -> Result<(), LabError> {
    let value = serde_json::to_string(record).map_err(|error| fault(&error))?;
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

fn fault(error: &dyn std::fmt::Display) -> LabError {
    LabError::Key {
        reason: format!("GitHub's signing key: {error}"),
    }
}

const SETTING: &str = "github-keys";
const ISSUER_NAME: &str = "token.actions.githubusercontent.com";
const TWO_YEARS: Duration = Duration::from_hours(2 * 365 * 24);
// Tokens live five minutes; two survive a rotation in haste.
const MAX_RETIRED: usize = 2;
