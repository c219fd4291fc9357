//! Who calls: a user by an access key, or a session by its token.

use std::sync::Arc;

use hallpass_types::{AccountId, Arn};

use crate::chance;
use crate::identity::LabIdentity;
use crate::sessions::{Session, SessionPrincipal};
use crate::store::AccountState;
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
    account: AccountId,
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
    pub(crate) fn of_key(
        world: &World,
        account: AccountId,
        key: &AccessKey,
    ) -> Result<Self, &'static str> {
        if !key.is_active {
            return Err("the access key is inactive");
        }
        Self::of_user(world, account, &key.user, key.id.clone(), None)
    }

    /// The holder of a session, as it stands at this moment; or why the session is none's. Whether
    /// the session has expired is for the caller of this to say.
    pub(crate) fn of_session(world: &World, session: Session) -> Result<Self, &'static str> {
        let account = match &session.account {
            None => world.identity.account,
            Some(account) => account
                .parse()
                .map_err(|_| "the session is of no account")?,
        };
        match session.principal.clone() {
            SessionPrincipal::User { user_id, user_name } => {
                let id = session.access_key_id.clone();
                let caller = Self::of_user(world, account, &user_name, id, Some(session))?;
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
                let role = found(world, account, |state| {
                    state.roles.get(&role_name.to_lowercase()).cloned()
                })?
                .filter(|role| role.id == role_id)
                .ok_or("the session's role is gone")?;
                let identity = world.identity_of(account);
                Ok(Self::role(&identity, role, &session_name, session))
            }
        }
    }

    fn of_user(
        world: &World,
        account: AccountId,
        name: &str,
        access_key_id: String,
        session: Option<Session>,
    ) -> Result<Self, &'static str> {
        let user = found(world, account, |state| {
            state.users.get(&name.to_lowercase()).cloned()
        })?
        .ok_or("the key's user is gone")?;
        let identity = world.identity_of(account);
        Ok(Self::user(&identity, access_key_id, user, session))
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
            account: identity.account,
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
            account: identity.account,
            arn: identity.sts_arn(&format!("assumed-role/{}/{session_name}", role.name)),
            principal_arn: role_arn(identity, &role),
            user_id: format!("{}:{session_name}", role.id),
            session: Some(session),
            principal: Principal::Role(role),
        }
    }

    /// The account of the user or role.
    pub(crate) const fn account(&self) -> AccountId {
        self.account
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

/// An access key of that ID, and its account: the one that the ID tells, or for IDs that were made
/// before they told it, the lab's own.
pub(crate) fn access_key(world: &World, id: &str) -> Option<(AccountId, Arc<AccessKey>)> {
    let first = world.identity.account;
    world.store.read(|state| {
        let told = chance::account_of_key_id(id).into_iter();
        told.chain([first]).find_map(|account| {
            let key = state.account(account).access_keys.get(id)?;
            Some((account, Arc::clone(key)))
        })
    })
}

/// What `look` finds in an account; a closed account lets nobody in.
fn found<T>(
    world: &World,
    account: AccountId,
    look: impl FnOnce(&AccountState) -> Option<T>,
) -> Result<Option<T>, &'static str> {
    world.store.read(|state| {
        if state.is_closed(account) {
            Err("the account is closed")
        } else {
            Ok(look(state.account(account)))
        }
    })
}

/// The ARN of a user, with its path.
pub(crate) fn user_arn(identity: &LabIdentity, user: &User) -> String {
    identity.iam_arn(&format!("user{}{}", user.path, user.name))
}

/// The ARN of a role, with its path.
pub(crate) fn role_arn(identity: &LabIdentity, role: &Role) -> String {
    identity.iam_arn(&format!("role{}{}", role.path, role.name))
}

/// The role of an ARN, in whatever account of the lab it is; closed accounts have none.
pub(crate) fn role_of_arn(world: &World, text: &str) -> Option<(AccountId, Arc<Role>)> {
    let arn: Arn = text.parse().ok()?;
    let account: AccountId = arn.account().parse().ok()?;
    let name = arn.resource().strip_prefix("role/")?.rsplit('/').next()?;
    let look = |state: &AccountState| state.roles.get(&name.to_lowercase()).cloned();
    let role = found(world, account, look).ok()??;
    (role_arn(&world.identity_of(account), &role) == text).then_some((account, role))
}
