//! The secret behind an access key, and the caller behind the secret.

use std::sync::Arc;

use hallpass_types::{Secret, Timestamp};

use super::fault::Fault;
use super::scope::SignedRequest;
use crate::aws::call::Call;
use crate::aws::caller::Caller;
use crate::sessions::Session;
use crate::store::StoreFailed;
use crate::store::records::{AccessKey, LastUsed};
use crate::world::World;

/// A credential that a request claims to be signed with.
pub(super) struct Credential {
    pub(super) secret: Secret<String>,
    region: String,
    holder: Holder,
}

enum Holder {
    Key(Arc<AccessKey>),
    Session(Box<Session>),
}

/// Looks the access key up; that the request was signed with it is still to be shown.
pub(super) fn find(world: &World, signed: &SignedRequest) -> Result<Credential, Fault> {
    let id = &signed.access_key_id;
    let (secret, holder) = if let Some(token) = &signed.session_token {
        let session = world
            .sealer
            .open_session(token)
            .ok_or(Fault::BadCredentials(
                "the session token is none of this lab's",
            ))?;
        if session.access_key_id != *id {
            return Err(Fault::BadCredentials(
                "the session token belongs to another access key",
            ));
        }
        (
            world.sealer.secret_of(id),
            Holder::Session(Box::new(session)),
        )
    } else {
        let key = world
            .store
            .read(|state| state.access_keys.get(id).cloned())
            .ok_or(Fault::BadCredentials(if id.starts_with("ASIA") {
                "a temporary access key came without its session token"
            } else {
                "there is no such access key"
            }))?;
        (key.secret.clone(), Holder::Key(key))
    };
    Ok(Credential {
        secret,
        region: signed.scope.region.clone(),
        holder,
    })
}

impl Credential {
    /// The caller, now that the signature has been verified.
    pub(super) fn into_caller(self, call: &Call) -> Result<Caller, Fault> {
        match self.holder {
            Holder::Key(key) => {
                let caller = Caller::of_key(&call.world, &key).map_err(Fault::BadCredentials)?;
                note_use(call, &key, self.region);
                Ok(caller)
            }
            Holder::Session(session) if session.expires <= call.now => Err(Fault::Expired),
            Holder::Session(session) => {
                Caller::of_session(&call.world, *session).map_err(Fault::BadCredentials)
            }
        }
    }
}

/// Notes the use of a key, at most once a minute: AWS's own record is no finer, and a write a call
/// would make every call wait for the disk.
fn note_use(call: &Call, key: &AccessKey, region: String) {
    let service = call.service.name();
    let is_noted = |used: &LastUsed, now: Timestamp| {
        used.service == service
            && used.region == region
            && now.as_second() - used.at.as_second() < NOTE_SECONDS
    };
    if key
        .last_used
        .as_ref()
        .is_some_and(|used| is_noted(used, call.now))
    {
        return;
    }
    let world = Arc::clone(&call.world);
    let used = LastUsed {
        at: call.now,
        service: service.to_owned(),
        region,
    };
    let id = key.id.clone();
    tokio::spawn(async move {
        // A use that cannot be noted must not fail the call that it belongs to.
        let _: Result<(), StoreFailed> = world
            .store
            .write(|tx| {
                if let Some(key) = tx.state().access_keys.get(&id) {
                    let mut key = AccessKey::clone(key);
                    key.last_used = Some(used);
                    tx.put(key);
                }
                Ok(())
            })
            .await;
    });
}

const NOTE_SECONDS: i64 = 60;
