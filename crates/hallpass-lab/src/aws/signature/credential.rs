//! The secret behind an access key, and the caller behind the secret.

use std::sync::Arc;

use hallpass_types::Secret;

use super::fault::Fault;
use super::last_used;
use super::scope::SignedRequest;
use crate::aws::call::Call;
use crate::aws::caller::Caller;
use crate::sessions::{Session, SessionPrincipal};
use crate::store::records::AccessKey;
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
                if !key.is_active {
                    return Err(Fault::BadCredentials("the access key is inactive"));
                }
                last_used::note_key(call, &key, &self.region);
                user_caller(call, &key.user, key.id.clone(), None)
            }
            Holder::Session(session) => session_caller(call, *session, &self.region),
        }
    }
}

fn session_caller(call: &Call, session: Session, region: &str) -> Result<Caller, Fault> {
    if session.expires <= call.now {
        return Err(Fault::Expired);
    }
    let identity = &call.world.identity;
    match session.principal.clone() {
        SessionPrincipal::User { user_id, user_name } => {
            let id = session.access_key_id.clone();
            let caller = user_caller(call, &user_name, id, Some(session))?;
            if caller.user_id() == user_id {
                Ok(caller)
            } else {
                Err(Fault::BadCredentials("the session's user is gone"))
            }
        }
        SessionPrincipal::Role {
            role_id,
            role_name,
            session_name,
        } => {
            let role = call
                .world
                .store
                .read(|state| state.roles.get(&role_name.to_lowercase()).cloned())
                .filter(|role| role.id == role_id)
                .ok_or(Fault::BadCredentials("the session's role is gone"))?;
            last_used::note_role(call, &role, region);
            Ok(Caller::role(identity, role, &session_name, session))
        }
    }
}

fn user_caller(
    call: &Call,
    name: &str,
    access_key_id: String,
    session: Option<Session>,
) -> Result<Caller, Fault> {
    let user = call
        .world
        .store
        .read(|state| state.users.get(&name.to_lowercase()).cloned())
        .ok_or(Fault::BadCredentials("the key's user is gone"))?;
    Ok(Caller::user(
        &call.world.identity,
        access_key_id,
        user,
        session,
    ))
}
