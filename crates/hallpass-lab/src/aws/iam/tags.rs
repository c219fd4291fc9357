//! Tags of users, roles, policies and providers.
//!
//! Source: IAM User Guide, "Tags for AWS Identity and Access Management resources": at most fifty; keys
//! of users and roles differ by more than case, those of other resources by case too.

use std::sync::Arc;

use super::entity::{self, Entity};
use super::names;
use super::permission::Permission;
use super::wire::write_all_tags;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::identity::LabIdentity;
use crate::store::AccountState;
use crate::store::records::{AccountRecord, Role, Tags, User};

/// What may have tags.
pub(super) trait Tagged: AccountRecord + Clone {
    /// Whether keys that differ by case alone are two keys.
    const HAS_CASE: bool;

    /// Which one the parameters name.
    fn target(params: &Params) -> Result<String, ApiError>;
    /// The one of that name or ARN.
    fn find_tagged(
        state: &AccountState,
        identity: &LabIdentity,
        target: &str,
    ) -> Result<Arc<Self>, ApiError>;
    /// The ARN of the one, there or not.
    fn tagged_arn(state: &AccountState, identity: &LabIdentity, target: &str) -> String;
    /// The tags.
    fn tags_of(&self) -> &Tags;
    /// The tags, to change; refuses where nobody of the account may.
    fn tags_of_mut(&mut self) -> Result<&mut Tags, ApiError>;
}

macro_rules! tagged_entity {
    ($record:ty) => {
        impl Tagged for $record {
            const HAS_CASE: bool = false;

            fn target(params: &Params) -> Result<String, ApiError> {
                names::name(params, Self::PARAMETER, Self::LONGEST_NAME)
            }

            fn find_tagged(
                state: &AccountState,
                _identity: &LabIdentity,
                target: &str,
            ) -> Result<Arc<Self>, ApiError> {
                entity::find(state, target)
            }

            fn tagged_arn(state: &AccountState, identity: &LabIdentity, target: &str) -> String {
                entity::look_up::<Self>(state, target).map_or_else(
                    || entity::arn(identity, Self::WORD, "/", target),
                    |found| found.arn(identity),
                )
            }

            fn tags_of(&self) -> &Tags {
                &self.tags
            }

            fn tags_of_mut(&mut self) -> Result<&mut Tags, ApiError> {
                Ok(&mut self.tags)
            }
        }
    };
}

tagged_entity!(Role);
tagged_entity!(User);

/// `TagUser`, `TagRole`, `TagPolicy`, `TagOpenIDConnectProvider`.
pub(super) async fn tag<T: Tagged>(call: &mut Call) -> Result<Answer, ApiError> {
    let target = T::target(call.params()?)?;
    let added = read(call.params()?, T::HAS_CASE)?;
    permit::<T>(call, &target, |permission| {
        permission.with_request_tags(&added)
    })?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let mut tagged = T::clone(&*T::find_tagged(tx.state(), &identity, &target)?);
            add(tagged.tags_of_mut()?, added, T::HAS_CASE)?;
            tx.put(tagged);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `UntagUser`, `UntagRole`, `UntagPolicy`, `UntagOpenIDConnectProvider`.
pub(super) async fn untag<T: Tagged>(call: &mut Call) -> Result<Answer, ApiError> {
    let target = T::target(call.params()?)?;
    let keys: Vec<String> = call
        .params()?
        .list("TagKeys")
        .into_iter()
        .map(str::to_owned)
        .collect();
    if keys.len() > MAX_TAGS {
        return Err(too_many("tagKeys"));
    }
    permit::<T>(call, &target, |permission| permission.with_tag_keys(&keys))?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let mut tagged = T::clone(&*T::find_tagged(tx.state(), &identity, &target)?);
            let is_named = |key: &String| keys.iter().any(|named| same(named, key, T::HAS_CASE));
            tagged.tags_of_mut()?.retain(|key, _| !is_named(key));
            tx.put(tagged);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `ListUserTags`, `ListRoleTags`, `ListPolicyTags`, `ListOpenIDConnectProviderTags`.
pub(super) fn list<T: Tagged>(call: &mut Call) -> Result<Answer, ApiError> {
    let target = T::target(call.params()?)?;
    permit::<T>(call, &target, |permission| permission)?;
    let tagged = call
        .store()
        .read(|state| T::find_tagged(state, &call.identity, &target))?;
    let page = Page::cut(call.params()?, tagged.tags_of(), |(key, _)| (*key).clone())?;
    Ok(Answer::xml(|xml| {
        write_all_tags(xml, page.items.iter().copied());
        page.write_end(xml);
    }))
}

/// The `Tags` of a request, each within IAM's limits, no key twice.
pub(super) fn read(params: &Params, has_case: bool) -> Result<Vec<(String, String)>, ApiError> {
    let tags = params.tags("Tags")?;
    if tags.len() > MAX_TAGS {
        return Err(too_many("tags"));
    }
    for (number, (key, value)) in tags.iter().enumerate() {
        check(number, "key", key)?;
        check(number, "value", value)?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(ApiError::new(
                400,
                "InvalidInput",
                "Tag keys starting with 'aws:' are reserved for system use",
            ));
        }
        let earlier = tags.iter().take(number);
        if earlier
            .into_iter()
            .any(|(other, _)| same(other, key, has_case))
        {
            return Err(ApiError::new(
                400,
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    Ok(tags)
}

/// Adds tags to those that are there; one of the same key is replaced.
pub(super) fn add(
    tags: &mut Tags,
    added: Vec<(String, String)>,
    has_case: bool,
) -> Result<(), ApiError> {
    for (key, value) in added {
        tags.retain(|known, _| !same(known, &key, has_case));
        tags.insert(key, value);
    }
    if tags.len() > MAX_TAGS {
        return Err(ApiError::limit_exceeded(
            "The number of tags has reached the maximum limit.",
        ));
    }
    Ok(())
}

fn permit<T: Tagged>(
    call: &mut Call,
    target: &str,
    more: impl FnOnce(Permission) -> Permission,
) -> Result<(), ApiError> {
    let identity = Arc::clone(&call.identity);
    let permission = call.store().read(|state| {
        let permission = Permission::on(T::tagged_arn(state, &identity, target));
        match T::find_tagged(state, &identity, target) {
            Ok(tagged) => permission.with_resource_tags(tagged.tags_of()),
            Err(_) => permission,
        }
    });
    more(permission).ask(call)
}

fn check(number: usize, part: &str, text: &str) -> Result<(), ApiError> {
    let is_fit = |c: char| c.is_alphanumeric() || is_separator(c) || "_.:/=+-@".contains(c);
    if text.chars().all(is_fit) {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{text}' at 'tags.{}.member.{part}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]{}",
        number + 1,
        if part == "key" { "+" } else { "*" }
    )))
}

/// Unicode's category Z: white space that is no control character.
fn is_separator(character: char) -> bool {
    character.is_whitespace() && !character.is_control()
}

fn same(left: &str, right: &str, has_case: bool) -> bool {
    if has_case {
        left == right
    } else {
        left.to_lowercase() == right.to_lowercase()
    }
}

fn too_many(member: &str) -> ApiError {
    ApiError::validation(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {MAX_TAGS}"
    ))
}

const MAX_TAGS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    fn request(tags: &[(&str, &str)]) -> Params {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (number, (key, value)) in tags.iter().enumerate() {
            form.append_pair(&format!("Tags.member.{}.Key", number + 1), key);
            form.append_pair(&format!("Tags.member.{}.Value", number + 1), value);
        }
        Params::parse(form.finish().as_bytes()).unwrap()
    }

    #[test]
    fn keys_of_users_differ_by_more_than_case() {
        let mut tags = Tags::from([tag("Team", "a")]);
        add(&mut tags, vec![tag("team", "b")], false).unwrap();
        assert_eq!(tags, Tags::from([tag("team", "b")]));
        add(&mut tags, vec![tag("TEAM", "c")], true).unwrap();
        assert_eq!(tags.len(), 2);
    }

    #[test]
    fn fifty_tags_fit() {
        let many = |count: usize| (0..count).map(|n| tag(&n.to_string(), "")).collect();
        let mut tags = Tags::new();
        add(&mut tags, many(50), false).unwrap();
        let refused = add(&mut tags, vec![tag("one more", "")], false).unwrap_err();
        assert_eq!(refused.code, "LimitExceeded");
    }

    #[test]
    fn a_request_is_held_to_iams_characters() {
        for (tags, code) in [
            (vec![("k", "a<b")], "ValidationError"),
            (vec![("k\n", "")], "ValidationError"),
            (vec![("aws:k", "")], "InvalidInput"),
            (vec![("k", "1"), ("K", "2")], "InvalidInput"),
            (vec![("", "1")], "ValidationError"),
        ] {
            assert_eq!(
                read(&request(&tags), false).unwrap_err().code,
                code,
                "{tags:?}"
            );
        }
        let fit = [("k", "a+b=c @ä/:.-_"), ("K", "")];
        assert_eq!(read(&request(&fit), true).unwrap().len(), 2);
    }
}
