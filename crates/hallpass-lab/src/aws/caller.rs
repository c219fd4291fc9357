//! Who calls: a user by an access key, or a session by its token.

use std::sync::Arc;

use crate::identity::LabIdentity;
use crate::sessions::{Session, SessionPrincipal};
use crate::store::records::{AccessKey, Role, User};
use crate::world::World;

/// An authenticated caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The access key that signed.
    pub(crate) access_key_id: String,
    /// Who it is.
    pub(crate) principal: Principal,
    /// The session, where it is one.
    pub(crate) session: Option<Session>,
    arn: String,
    principal_arn: String,
    user_id: String,
}

/// The IAM entity behind a caller.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// A role, by a session.
    Role(Arc<Role>),
    /// A user.
    User(Arc<User>),
}

impl Caller {
    /// The user of an access key, as it stands at this moment; or why the key is none's.
    pub(crate) fn of_key(world: &World, key: &AccessKey) -> Result<Self, &'static str> {
        if !key.is_active {
            return Err("the access key is inactive");
        }
        Self::of_user(world, &key.user, key.id.clone(), None)
    }

    /// The holder of a session, as it stands at this moment; or why the session is none's. Whether
    /// the session has expired is for the caller of this to say.
    pub(crate) fn of_session(world: &World, session: Session) -> Result<Self, &'static str> {
        match session.principal.clone() {
            SessionPrincipal::User { user_id, user_name } => {
                let id = session.access_key_id.clone();
                let caller = Self::of_user(world, &user_name, id, Some(session))?;
                if caller.user_id == user_id {
                    Ok(caller)
                } else {
                    Err("the session's user is gone")
                }
            }
            SessionPrincipal::Role {
                role_id,
                role_name,
                session_name,
            } => {
                let role = world
                    .store
                    .read(|state| state.roles.get(&role_name.to_lowercase()).cloned())
                    .filter(|role| role.id == role_id)
                    .ok_or("the session's role is gone")?;
                Ok(Self::role(&world.identity, role, &session_name, session))
            }
        }
    }

    fn of_user(
        world: &World,
        name: &str,
        access_key_id: String,
        session: Option<Session>,
    ) -> Result<Self, &'static str> {
        let user = world
            .store
            .read(|state| state.users.get(&name.to_lowercase()).cloned())
            .ok_or("the key's user is gone")?;
        Ok(Self::user(&world.identity, access_key_id, user, session))
    }

    /// A user, by a long-lived key or by `GetSessionToken`.
    pub(crate) fn user(
        identity: &LabIdentity,
        access_key_id: String,
        user: Arc<User>,
        session: Option<Session>,
    ) -> Self {
        let arn = user_arn(identity, &user);
        Self {
            access_key_id,
            session,
            principal_arn: arn.clone(),
            arn,
            user_id: user.id.clone(),
            principal: Principal::User(user),
        }
    }

    /// A role session.
    pub(crate) fn role(
        identity: &LabIdentity,
        role: Arc<Role>,
        session_name: &str,
        session: Session,
    ) -> Self {
        Self {
            access_key_id: session.access_key_id.clone(),
            arn: identity.sts_arn(&format!("assumed-role/{}/{session_name}", role.name)),
            principal_arn: role_arn(identity, &role),
            user_id: format!("{}:{session_name}", role.id),
            session: Some(session),
            principal: Principal::Role(role),
        }
    }

    /// The ARN that `GetCallerIdentity` says: the user's, or the session's.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    /// The ARN of the IAM entity (`aws:PrincipalArn`): the user's, or the role's.
    pub(crate) fn principal_arn(&self) -> &str {
        &self.principal_arn
    }

    /// `aws:userid`: the user's ID, or the role's ID and the session's name.
    pub(crate) fn user_id(&self) -> &str {
        &self.user_id
    }
}

/// The ARN of a user, with its path.
pub(crate) fn user_arn(identity: &LabIdentity, user: &User) -> String {
    identity.iam_arn(&format!("user{}{}", user.path, user.name))
}

/// The ARN of a role, with its path.
pub(crate) fn role_arn(identity: &LabIdentity, role: &Role) -> String {
    identity.iam_arn(&format!("role{}{}", role.path, role.name))
}
