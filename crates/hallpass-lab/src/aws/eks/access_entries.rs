//! Access entries: which IAM principals the cluster lets in, and as whom.
//!
//! Source: Amazon EKS User Guide, "Create access entries".

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_types::Arn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access_policies::CLUSTER_ADMIN;
use super::fault;
use super::input::{ask, ask_of_cluster, check_cluster, check_tags, pairs, short};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::chance;
use crate::error::LabError;
use crate::identity::{CLUSTER, LabIdentity};
use crate::store::State;
use crate::store::records::{AccessEntry, AssociatedPolicy, Setting, Tags};
use crate::world::World;

/// Lets the account's administrator in, as whoever makes a cluster gets in
/// (`bootstrapClusterCreatorAdminPermissions`); once, so that it may be taken away.
pub(crate) async fn bootstrap(world: &World, administrator: &str) -> Result<(), LabError> {
    let is_done = |state: &State| state.settings.contains_key(CREATED);
    if world.store.read(is_done) {
        return Ok(());
    }
    let now = world.now();
    let policy = AssociatedPolicy {
        namespaces: None,
        associated: now,
        modified: now,
    };
    let arn = super::access_policies::arn(&world.identity, CLUSTER_ADMIN);
    let entry = AccessEntry {
        principal_arn: administrator.to_owned(),
        uuid: chance::uuid(&*world.chance),
        username: None,
        groups: Vec::new(),
        policies: BTreeMap::from([(arn, policy)]),
        tags: Tags::new(),
        created: now,
        modified: now,
        request_token: None,
    };
    world
        .store
        .write(|tx| {
            tx.put(Setting {
                name: CREATED.to_owned(),
                value: now.to_string(),
            });
            tx.put(entry);
            Ok(())
        })
        .await
}

/// When the cluster was made, as EKS says it.
pub(super) fn created(call: &Call) -> Value {
    let text = call
        .world
        .store
        .read(|state| Some(state.settings.get(CREATED)?.value.clone()));
    text.and_then(|text| text.parse().ok())
        .map_or(Value::Null, epoch)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    #[serde(default)]
    principal_arn: String,
    kubernetes_groups: Option<Vec<String>>,
    tags: Option<Tags>,
    client_request_token: Option<String>,
    username: Option<String>,
    r#type: Option<String>,
}

/// `CreateAccessEntry`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Create = call.take_json()?;
    let tags = input.tags.unwrap_or_default();
    let groups = input.kubernetes_groups.unwrap_or_default();
    let kind = input.r#type.unwrap_or_else(|| STANDARD.to_owned());
    let asked = pairs(&tags);
    ask_of_cluster(call, &input.name, |wanted| {
        let mut wanted = wanted
            .with_request_tags(&asked)
            .with("eks:principalArn", &input.principal_arn)
            .with("eks:accessEntryType", &kind);
        let groups = ("eks:kubernetesGroups".to_owned(), groups.clone());
        wanted.context.push(groups);
        match &input.username {
            Some(username) => wanted.with("eks:username", username),
            None => wanted,
        }
    })?;
    check_tags(&tags)?;
    if kind != STANDARD {
        return Err(fault::parameter(
            "the lab's cluster has entries of type STANDARD only",
        ));
    }
    check_principal(&input.principal_arn)?;
    check_names(input.username.as_deref(), &groups)?;
    let entry = AccessEntry {
        principal_arn: input.principal_arn,
        uuid: chance::uuid(&*call.world.chance),
        username: input.username,
        groups,
        policies: BTreeMap::new(),
        tags,
        created: call.now,
        modified: call.now,
        request_token: input.client_request_token,
    };
    let made = call.world.store.write(|tx| keep(tx, entry)).await?;
    Ok(answer(&call.world.identity, &made))
}

fn keep(
    tx: &mut crate::store::Transaction<'_>,
    entry: AccessEntry,
) -> Result<Arc<AccessEntry>, ApiError> {
    let entries = &tx.state().access_entries;
    if let Some(old) = entries.get(&entry.principal_arn) {
        let is_again = old.request_token.is_some() && old.request_token == entry.request_token;
        return if is_again {
            Ok(Arc::clone(old))
        } else {
            Err(fault::in_use(
                "The specified access entry resource is already in use on this cluster.",
            ))
        };
    }
    if entries.len() >= ENTRIES {
        return Err(fault::limit("a cluster has at most 5,000 access entries"));
    }
    tx.put(entry.clone());
    Ok(Arc::new(entry))
}

/// What names an entry.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    principal_arn: String,
}

/// `DescribeAccessEntry`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Named = call.take_json()?;
    let entry = permitted(call, &input.name, &input.principal_arn, |wanted| wanted)?;
    Ok(answer(&call.world.identity, &entry))
}

/// `DeleteAccessEntry`.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Named = call.take_json()?;
    let entry = permitted(call, &input.name, &input.principal_arn, |wanted| wanted)?;
    call.world
        .store
        .write(|tx| {
            tx.delete::<AccessEntry>(&entry.principal_arn)
                .map(drop)
                .ok_or_else(|| absent(&entry.principal_arn))
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    name: String,
    principal_arn: String,
    kubernetes_groups: Option<Vec<String>>,
    username: Option<String>,
}

/// `UpdateAccessEntry`.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Update = call.take_json()?;
    permitted(call, &input.name, &input.principal_arn, |wanted| wanted)?;
    let groups = input.kubernetes_groups;
    check_names(
        input.username.as_deref(),
        groups.as_deref().unwrap_or_default(),
    )?;
    let entry = change(call, &input.principal_arn, |entry| {
        if let Some(groups) = groups {
            entry.groups = groups;
        }
        if let Some(username) = input.username {
            entry.username = Some(username);
        }
        Ok(())
    })
    .await?;
    Ok(answer(&call.world.identity, &entry))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    associated_policy_arn: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListAccessEntries`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Listed = call.take_json()?;
    ask_of_cluster(call, &input.name, |wanted| wanted)?;
    let wanted = input.associated_policy_arn.as_ref();
    let found: Vec<(String, Value)> = call.world.store.read(|state| {
        let all = state.access_entries.values();
        all.filter(|entry| wanted.is_none_or(|arn| entry.policies.contains_key(arn)))
            .map(|entry| (entry.principal_arn.clone(), json!(entry.principal_arn)))
            .collect()
    });
    input.paging.answer("accessEntries", found)
}

/// The entry that a call names, if the caller may carry out the operation on it.
pub(super) fn permitted(
    call: &mut Call,
    cluster: &str,
    principal: &str,
    with: impl FnOnce(Wanted<'_>) -> Wanted<'_>,
) -> Result<Arc<AccessEntry>, ApiError> {
    let found = check_cluster(call, cluster).ok().and_then(|()| {
        let read = |state: &State| state.access_entries.get(principal).cloned();
        call.world.store.read(read)
    });
    let uuid = found.as_ref().map_or("*", |entry| &entry.uuid);
    let arn = entry_arn(&call.identity, cluster, principal, uuid);
    let tags = found.as_ref().map(|entry| entry.tags.clone());
    ask(call, &arn, tags.as_ref(), with)?;
    check_cluster(call, cluster)?;
    found.ok_or_else(|| absent(principal))
}

/// Changes an entry.
pub(super) async fn change(
    call: &Call,
    principal: &str,
    work: impl FnOnce(&mut AccessEntry) -> Result<(), ApiError>,
) -> Result<AccessEntry, ApiError> {
    call.world
        .store
        .write(|tx| {
            let old = tx.state().access_entries.get(principal);
            let mut entry = AccessEntry::clone(old.ok_or_else(|| absent(principal))?);
            work(&mut entry)?;
            entry.modified = call.now;
            tx.put(entry.clone());
            Ok(entry)
        })
        .await
}

fn answer(identity: &LabIdentity, entry: &AccessEntry) -> Answer {
    Answer::Json(json!({ "accessEntry": {
        "clusterName": CLUSTER,
        "principalArn": entry.principal_arn,
        "kubernetesGroups": entry.groups,
        "accessEntryArn": entry_arn(identity, CLUSTER, &entry.principal_arn, &entry.uuid),
        "createdAt": epoch(entry.created),
        "modifiedAt": epoch(entry.modified),
        "tags": entry.tags,
        "username": username(entry),
        "type": STANDARD,
    } }))
}

/// The name in the cluster; of a role, with a place for the session's.
pub(super) fn username(entry: &AccessEntry) -> String {
    if let Some(username) = &entry.username {
        return username.clone();
    }
    let role = entry.principal_arn.parse::<Arn>().ok().and_then(|arn| {
        let name = arn
            .resource()
            .strip_prefix("role/")?
            .rsplit('/')
            .next()?
            .to_owned();
        let (partition, account) = (arn.partition(), arn.account());
        Some(format!(
            "arn:{partition}:sts::{account}:assumed-role/{name}/{SESSION}"
        ))
    });
    role.unwrap_or_else(|| entry.principal_arn.clone())
}

/// `access-entry/CLUSTER/role/ACCOUNT/NAME/UUID`.
fn entry_arn(identity: &LabIdentity, cluster: &str, principal: &str, uuid: &str) -> String {
    let (account, resource) = principal.parse::<Arn>().map_or_else(
        |_| (String::new(), short(principal)),
        |arn| (arn.account().to_owned(), arn.resource().to_owned()),
    );
    let (kind, name) = resource.split_once('/').unwrap_or(("user", &resource));
    identity.eks_arn(&format!(
        "access-entry/{cluster}/{kind}/{account}/{name}/{uuid}"
    ))
}

fn check_principal(text: &str) -> Result<(), ApiError> {
    let arn: Option<Arn> = text.parse().ok();
    let is_principal = arn.is_some_and(|arn| {
        let resource = arn.resource();
        arn.service() == "iam" && (resource.starts_with("role/") || resource.starts_with("user/"))
    });
    if is_principal {
        return Ok(());
    }
    Err(fault::parameter(
        "The principalArn parameter format is not valid: it must be the ARN of an IAM role or user",
    ))
}

/// Names that the cluster keeps for itself are nobody's to give.
fn check_names(username: Option<&str>, groups: &[String]) -> Result<(), ApiError> {
    let names = username
        .into_iter()
        .chain(groups.iter().map(String::as_str));
    for name in names {
        let is_kept = ["system:", "eks:", "aws:", "amazon:", "iam:"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        if is_kept {
            return Err(fault::parameter(format!(
                "The kubernetes user or group name {} is invalid, it cannot start with system:, eks:, aws:, amazon: or iam:",
                short(name)
            )));
        }
        if name.is_empty() || name.len() > 1024 {
            return Err(fault::parameter(
                "a name in the cluster has 1 to 1024 characters",
            ));
        }
    }
    Ok(())
}

fn absent(principal: &str) -> ApiError {
    fault::not_found(format!(
        "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'. ({})",
        short(principal)
    ))
}

const CREATED: &str = "eks-cluster-created";
const STANDARD: &str = "STANDARD";
/// Where the name of a role's session goes.
pub(super) const SESSION: &str = "{{SessionName}}";
const ENTRIES: usize = 5000;
