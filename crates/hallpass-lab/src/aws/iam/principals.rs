//! The principals of a stored policy: they must exist, and they follow their entity.
//!
//! IAM binds a principal of the account to the entity's unique ID and shows its ARN. So a renamed user
//! keeps its trust, and one that is deleted and made again does not get its predecessor's: the policy
//! then shows the ID that is gone.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", IAM user and role principals.

use hallpass_diag::Span;
use hallpass_iam::{Document, Principals};
use hallpass_types::{AccountId, Arn};

use super::documents::CheckedDocument;
use super::entity::{Entity, look_up};
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::records::{PolicyText, Repository, Role, User};
use crate::store::{AccountState, AccountTransaction, State, Transaction};

/// The document with its principals bound: unique IDs as ARNs, and none that is not there.
pub(super) fn bind(
    state: &State,
    identity: &LabIdentity,
    checked: &CheckedDocument,
) -> Result<PolicyText, ApiError> {
    let mut changes = Vec::new();
    for (principal, span) in aws_principals(&checked.document) {
        let invalid = || {
            ApiError::malformed_policy(format!(
                "Invalid principal in policy: \"AWS\":\"{principal}\""
            ))
        };
        if is_unique_id(principal) {
            let arn = arn_of_id(state, identity, principal).ok_or_else(invalid)?;
            changes.push((span, arn));
        } else if !is_there(state, identity, principal) {
            return Err(invalid());
        }
    }
    Ok(PolicyText::new(rewritten(&checked.text, &changes)))
}

/// Lets every stored policy that names `old` name `new` instead, in whatever account.
pub(super) fn rename(tx: &mut Transaction<'_>, old: &str, new: &str) {
    if old == new {
        return;
    }
    let accounts: Vec<AccountId> = tx.state().accounts().map(|(account, _)| account).collect();
    for account in accounts {
        rename_in(&mut tx.account(account), old, new);
    }
}

fn rename_in(tx: &mut AccountTransaction<'_, '_>, old: &str, new: &str) {
    let roles: Vec<Role> = tx
        .state()
        .roles
        .values()
        .filter_map(|role| {
            let trust = renamed(&role.trust, old, new)?;
            Some(Role {
                trust,
                ..Role::clone(role)
            })
        })
        .collect();
    let repositories: Vec<Repository> = tx
        .state()
        .repositories
        .values()
        .filter_map(|repository| {
            let policy = renamed(repository.policy.as_ref()?, old, new)?;
            Some(Repository {
                policy: Some(policy),
                ..Repository::clone(repository)
            })
        })
        .collect();
    for role in roles {
        tx.put(role);
    }
    for repository in repositories {
        tx.put(repository);
    }
}

fn renamed(text: &PolicyText, old: &str, new: &str) -> Option<PolicyText> {
    if !text.as_str().contains(old) {
        return None;
    }
    let document = Document::parse(text.as_str()).ok()?;
    let changes: Vec<(Span, String)> = aws_principals(&document)
        .filter(|(principal, _)| *principal == old)
        .map(|(_, span)| (span, new.to_owned()))
        .collect();
    (!changes.is_empty()).then(|| PolicyText::new(rewritten(text.as_str(), &changes)))
}

fn aws_principals(document: &Document) -> impl Iterator<Item = (&str, Span)> {
    document
        .statements()
        .iter()
        .filter_map(|statement| match &statement.principal.as_ref()?.value {
            Principals::Everyone => None,
            Principals::Listed { aws, .. } => Some(aws),
        })
        .flatten()
        .map(|text| (text.text.as_str(), text.span))
}

/// The text with each span, which holds a JSON string, replaced. Spans stand in the text's order.
fn rewritten(text: &str, changes: &[(Span, String)]) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in changes {
        whole.push_str(text.get(at..span.start).unwrap_or_default());
        whole.push_str(&serde_json::Value::from(new.as_str()).to_string());
        at = span.end;
    }
    whole.push_str(text.get(at..).unwrap_or_default());
    whole
}

fn is_unique_id(principal: &str) -> bool {
    principal.starts_with("AIDA") || principal.starts_with("AROA")
}

fn arn_of_id(state: &State, identity: &LabIdentity, id: &str) -> Option<String> {
    state.accounts().find_map(|(account, state)| {
        let identity = identity.of_account(account);
        let user = state.users.values().find(|user| user.id == id);
        let role = state.roles.values().find(|role| role.id == id);
        user.map(|user| user.arn(&identity))
            .or_else(|| role.map(|role| role.arn(&identity)))
    })
}

/// Whether a principal of one of the lab's accounts is there. Of other accounts the lab knows nothing.
fn is_there(state: &State, identity: &LabIdentity, principal: &str) -> bool {
    let Ok(arn) = principal.parse::<Arn>() else {
        return true;
    };
    if arn.partition() != identity.partition.as_str() {
        return false;
    }
    let Some(account) = arn
        .account()
        .parse()
        .ok()
        .filter(|id| state.is_account(*id))
    else {
        return true;
    };
    let (state, identity) = (state.account(account), &identity.of_account(account));
    let (kind, rest) = arn.resource_parts();
    let name = rest.rsplit('/').next().unwrap_or_default();
    match (arn.service(), kind) {
        ("iam", "") => rest == "root",
        ("iam", "role") => is_at::<Role>(state, identity, name, principal),
        ("iam", "user") => is_at::<User>(state, identity, name, principal),
        ("sts", "assumed-role") => rest
            .split_once('/')
            .is_some_and(|(role, _)| look_up::<Role>(state, role).is_some()),
        ("sts", "federated-user") => true,
        _ => false,
    }
}

fn is_at<E: Entity>(state: &AccountState, identity: &LabIdentity, name: &str, arn: &str) -> bool {
    look_up::<E>(state, name).is_some_and(|entity| entity.arn(identity) == arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "arn:aws:iam::111122223333:user/a";
    const NEW: &str = "arn:aws:iam::111122223333:user/b";

    fn trust(principal: &str, condition: &str) -> PolicyText {
        PolicyText::new(format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": {principal}}}, "Action": "sts:AssumeRole", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "{condition}"}}}}}}}}"#
        ))
    }

    #[test]
    fn a_principal_follows_its_entity_and_nothing_else_changes() {
        let before = trust(&format!(r#"["{OLD}", "111122223333", "{OLD}"]"#), OLD);
        let after = trust(&format!(r#"["{NEW}", "111122223333", "{NEW}"]"#), OLD);
        let renamed_once = renamed(&before, OLD, NEW).unwrap();
        assert_eq!(renamed_once.as_str(), after.as_str());
        assert!(renamed(&after, OLD, NEW).is_none());
    }

    #[test]
    fn a_name_that_begins_like_another_is_another() {
        let longer = trust(&format!(r#""{OLD}bc""#), "*");
        assert!(renamed(&longer, OLD, NEW).is_none());
    }
}
