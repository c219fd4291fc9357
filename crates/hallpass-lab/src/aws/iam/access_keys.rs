//! Access keys: two at most a user, active or not, with their last use.

use std::sync::Arc;

use hallpass_types::Secret;

use super::documents::exceeded;
use super::entity::{Entity as _, allowed, find, permit};
use super::names;
use super::permission::Permission;
use super::users::{keys_of, named_or_caller};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::chance;
use crate::store::AccountState;
use crate::store::records::{AccessKey, User};

/// `CreateAccessKey`: the one answer that tells the secret.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    permit::<User>(call, &name, |permission| permission)?;
    let id = chance::access_key_id(&*call.world.chance, "AKIA", call.identity.account);
    let secret = Secret::new(chance::secret_key(&*call.world.chance));
    let created = call.now;
    let user_name = call
        .store()
        .write(|tx| {
            let user = find::<User>(tx.state(), &name)?;
            if keys_of(tx.state(), &user).count() >= KEYS_PER_USER {
                return Err(exceeded("AccessKeysPerUser", KEYS_PER_USER));
            }
            tx.put(AccessKey {
                id: id.clone(),
                user: user.name.clone(),
                secret: secret.clone(),
                is_active: true,
                created,
                last_used: None,
            });
            Ok(user.name.clone())
        })
        .await?;
    Ok(Answer::xml(|xml| {
        xml.element("AccessKey", |xml| {
            xml.text("UserName", user_name)
                .text("AccessKeyId", &id)
                .text("Status", "Active")
                .text("SecretAccessKey", secret.expose())
                .time("CreateDate", created);
        });
    }))
}

/// `ListAccessKeys`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    let user = allowed::<User>(call, &name)?;
    let keys: Vec<Arc<AccessKey>> = call
        .store()
        .read(|state| keys_of(state, &user).cloned().collect());
    let page = Page::cut(call.params()?, keys, |key| key.id.clone())?;
    Ok(Answer::xml(|xml| {
        xml.list("AccessKeyMetadata", &page.items, |xml, key| {
            xml.text("UserName", &key.user)
                .text("AccessKeyId", &key.id)
                .text("Status", status(key))
                .time("CreateDate", key.created);
        });
        page.write_end(xml);
    }))
}

/// `UpdateAccessKey`: active or not.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    let id = key_id(call.params()?)?;
    let status = names::required(call.params()?, "Status", (1, 64))?;
    let is_active = names::one_of(status, "Status", &["Active", "Inactive"])? == "Active";
    permit::<User>(call, &name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let key = key_of(tx.state(), &name, &id)?;
            tx.put(AccessKey {
                is_active,
                ..AccessKey::clone(&key)
            });
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeleteAccessKey`.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    let id = key_id(call.params()?)?;
    permit::<User>(call, &name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let key = key_of(tx.state(), &name, &id)?;
            tx.delete::<AccessKey>(&key.id);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `GetAccessKeyLastUsed`.
pub(super) fn get_last_used(call: &mut Call) -> Result<Answer, ApiError> {
    let id = key_id(call.params()?)?;
    let identity = call.identity.clone();
    let (key, owner) = call.store().read(|state| {
        let key = state.access_keys.get(&id).cloned();
        let owner = key
            .as_ref()
            .and_then(|key| find::<User>(state, &key.user).ok())
            .map(|user| user.arn(&identity));
        (key, owner)
    });
    Permission::on(owner.unwrap_or_else(|| identity.iam_arn("user/*"))).ask(call)?;
    let key = key.ok_or_else(|| absent(&id))?;
    Ok(Answer::xml(|xml| {
        xml.text("UserName", &key.user);
        xml.element("AccessKeyLastUsed", |xml| match &key.last_used {
            Some(used) => {
                xml.time("LastUsedDate", used.at)
                    .text("ServiceName", &used.service)
                    .text("Region", &used.region);
            }
            None => {
                xml.text("ServiceName", "N/A").text("Region", "N/A");
            }
        });
    }))
}

/// The key of that ID, if it is that user's.
fn key_of(state: &AccountState, name: &str, id: &str) -> Result<Arc<AccessKey>, ApiError> {
    let user = find::<User>(state, name)?;
    keys_of(state, &user)
        .find(|key| key.id == id)
        .cloned()
        .ok_or_else(|| absent(id))
}

fn key_id(params: &Params) -> Result<String, ApiError> {
    let id = names::required(params, "AccessKeyId", (16, 128))?;
    if id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Ok(id.to_owned());
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{id}' at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+"
    )))
}

fn absent(id: &str) -> ApiError {
    ApiError::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

const fn status(key: &AccessKey) -> &'static str {
    if key.is_active { "Active" } else { "Inactive" }
}

/// Access keys a user may have.
pub(super) const KEYS_PER_USER: usize = 2;
