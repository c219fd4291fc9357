//! kube-rs against the lab's cluster: `kube-client SCENARIO`, with the cluster of `KUBECONFIG`.
//!
//! Each scenario makes a namespace of its own, and ends with an error at the first thing that is not
//! as a Kubernetes API server has it.

mod access;
mod controller;
mod objects;
mod room;
mod watching;

use anyhow::{Result, bail};
use kube::Client;

#[tokio::main]
async fn main() -> Result<()> {
    let Some(scenario) = std::env::args().nth(1) else {
        bail!("which scenario?");
    };
    let client = Client::try_default().await?;
    match scenario.as_str() {
        "discovery" => access::discovery(client).await,
        "token" => access::token(client).await,
        "changes" => objects::changes(client).await,
        "patches" => objects::patches(client).await,
        "server-side-apply" => objects::server_side_apply(client).await,
        "pages" => objects::pages(client).await,
        "watcher" => watching::watcher(client).await,
        "streaming-list" => watching::streaming_list(client).await,
        "metadata" => watching::metadata(client).await,
        "reflector" => watching::reflector(client).await,
        "controller" => controller::controller(client).await,
        "finalizer" => controller::finalizer(client).await,
        other => bail!("there is no scenario `{other}`"),
    }
}
