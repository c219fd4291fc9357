//! Tokens of service accounts.

use std::time::Duration;

use hallpass_oidc::KubernetesToken;
use hallpass_types::{Secret, ServiceAccountName};

use super::error::ClusterError;
use super::objects::{self, text};
use crate::chance;
use crate::world::World;

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
    let (account_uid, node) = world.store.read(|state| {
        let uid = objects::account(state, account).map(|object| object.head.uid.clone());
        let node = pod.and_then(|(name, _)| {
            let pod = objects::get(state, "", "pods", account.namespace(), name)?;
            let node = objects::get(state, "", "nodes", "", text(&pod.body(), "/spec/nodeName"))?;
            Some((node.name.clone(), node.head.uid.clone()))
        });
        (uid, node)
    });
    let token = KubernetesToken {
        issuer: world.identity.issuer_url(),
        account: account.clone(),
        account_uid: account_uid.unwrap_or_else(|| chance::uuid(&*world.chance)),
        audiences: audiences.to_vec(),
        pod: pod.map(|(name, uid)| (name.to_owned(), uid.to_owned())),
        node,
        issued: world.now_of("issuer"),
        lifetime: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
    };
    let claims = token.claims(&*world.chance);
    Ok(world.cluster.keys()?.current.sign(&claims)?)
}
