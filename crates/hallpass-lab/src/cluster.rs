//! The cluster, first storey. Stub.
use crate::error::LabError;
use crate::world::World;
use axum::Router;
use hallpass_types::{Secret, ServiceAccountName};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;
pub(crate) async fn bootstrap(_w: &World) -> Result<(), LabError> {
    unimplemented!()
}
pub(crate) fn kubeconfig(_w: &World, _a: SocketAddr, _ca_pem: &str) -> String {
    unimplemented!()
}
pub(crate) fn router(_w: Arc<World>) -> Router {
    unimplemented!()
}
pub(crate) async fn keep_tokens_fresh(_w: Arc<World>, _s: watch::Receiver<bool>) {
    unimplemented!()
}
#[derive(Debug, thiserror::Error)]
#[error("")]
pub(crate) struct ClusterError;
pub(crate) fn issue_token(
    _w: &World,
    _a: &ServiceAccountName,
    _aud: &[String],
    _seconds: i64,
    _pod: Option<(&str, &str)>,
) -> Result<Secret<String>, ClusterError> {
    unimplemented!()
}
pub(crate) async fn rotate_keys(_w: &World) -> Result<String, ClusterError> {
    unimplemented!()
}
pub(crate) fn pod_environment(
    _w: &World,
    _namespace: &str,
    _name: &str,
) -> Option<BTreeMap<String, String>> {
    unimplemented!()
}
