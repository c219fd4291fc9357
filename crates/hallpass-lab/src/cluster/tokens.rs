//! Tokens of service accounts.

use std::time::Duration;

use hallpass_oidc::KubernetesToken;
use hallpass_types::{Secret, ServiceAccountName};

use super::error::ClusterError;
use super::objects::{self, text};
use crate::chance;
use crate::world::World;

/// What a token is bound to: it ends with that. Each has its name and UID.
#[derive(Clone, Debug, Default)]
pub(super) enum Bound {
    Node(String, String),
    #[default]
    Nothing,
    Pod(String, String),
    Secret(String, String),
}

/// A token of an account, for `audiences`, bound to a pod (its name and UID) where one is given.
///
/// Whether the account is there is the caller's question: a token that is asked for by hand may be
/// one of an account that the cluster does not have, and then carries a UID of its own.
pub(crate) fn issue_token(
    world: &World,
    account: &ServiceAccountName,
    audiences: &[String],
    seconds: i64,
    pod: Option<(&str, &str)>,
) -> Result<Secret<String>, ClusterError> {
    let bound = pod.map_or(Bound::Nothing, |(name, uid)| {
        Bound::Pod(name.to_owned(), uid.to_owned())
    });
    issue_bound(world, account, audiences, seconds, bound)
}

/// A token of an account, bound to what is given.
pub(super) fn issue_bound(
    world: &World,
    account: &ServiceAccountName,
    audiences: &[String],
    seconds: i64,
    bound: Bound,
) -> Result<Secret<String>, ClusterError> {
    let account_uid = world
        .store
        .read(|state| objects::account(state, account).map(|object| object.head.uid.clone()));
    let mut token = KubernetesToken {
        issuer: world.identity.issuer_url(),
        account: account.clone(),
        account_uid: account_uid.unwrap_or_else(|| chance::uuid(&*world.chance)),
        audiences: audiences.to_vec(),
        pod: None,
        node: None,
        secret: None,
        issued: world.now_of("issuer"),
        lifetime: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
    };
    match bound {
        Bound::Node(name, uid) => token.node = Some((name, uid)),
        Bound::Nothing => {}
        Bound::Pod(name, uid) => {
            token.node = node_of(world, account, &name);
            token.pod = Some((name, uid));
        }
        Bound::Secret(name, uid) => token.secret = Some((name, uid)),
    }
    let claims = token.claims(&*world.chance);
    Ok(world.cluster.keys()?.current.sign(&claims)?)
}

/// The node that a pod runs on.
fn node_of(world: &World, account: &ServiceAccountName, pod: &str) -> Option<(String, String)> {
    world.store.read(|state| {
        let pod = objects::get(state, "", "pods", account.namespace(), pod)?;
        let node = objects::get(state, "", "nodes", "", text(&pod.body(), "/spec/nodeName"))?;
        Some((node.name.clone(), node.head.uid.clone()))
    })
}
