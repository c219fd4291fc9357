//! The secret behind an access key, and the caller behind the secret.

use std::sync::Arc;

use hallpass_types::{AccountId, Secret};

use super::fault::Fault;
use super::last_used;
use super::scope::SignedRequest;
use crate::aws::call::Call;
use crate::aws::caller::{self, Caller, Principal};
use crate::sessions::Session;
use crate::store::records::AccessKey;
use crate::world::World;

/// A credential that a request claims to be signed with.
pub(super) struct Credential {
    pub(super) secret: Secret<String>,
    region: String,
    holder: Holder,
}

enum Holder {
    Key(AccountId, Arc<AccessKey>),
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
        let (account, key) = caller::access_key(world, id).ok_or(Fault::BadCredentials(
            if id.starts_with("ASIA") {
                "a temporary access key came without its session token"
            } else {
                "there is no such access key"
            },
        ))?;
        (key.secret.clone(), Holder::Key(account, key))
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
            Holder::Key(account, key) => {
                let caller =
                    Caller::of_key(&call.world, account, &key).map_err(Fault::BadCredentials)?;
                last_used::note_key(call, account, &key, &self.region);
                Ok(caller)
            }
            Holder::Session(session) if session.expires <= call.now => Err(Fault::Expired),
            Holder::Session(session) => {
                let caller =
                    Caller::of_session(&call.world, *session).map_err(Fault::BadCredentials)?;
                if let Principal::Role(role) = &caller.principal {
                    last_used::note_role(call, caller.account(), role, &self.region);
                }
                Ok(caller)
            }
        }
    }
}
