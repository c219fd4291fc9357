//! What a fresh cluster starts with: its keys, its administrator, a node, the first namespaces.

use std::sync::Arc;

use serde_json::{Value, json};

use super::access::ADMINISTRATOR_TOKEN;
use super::change::{Change, PROTECTED, Scene};
use super::keys::KeyRing;
use super::objects;
use super::request::Target;
use super::status::Status;
use super::volumes;
use crate::error::LabError;
use crate::store::records::Setting;
use crate::world::World;

/// Brings up the cluster: the one that the store has, or a fresh one.
pub(crate) async fn bootstrap(world: &Arc<World>) -> Result<(), LabError> {
    let keys = KeyRing::open(&world.store).await?;
    world.cluster.set_keys(keys);
    let is_there = world
        .store
        .read(|state| state.settings.contains_key(ADMINISTRATOR_TOKEN));
    if !is_there {
        populate(world).await?;
    }
    volumes::sweep(world);
    volumes::refresh(world).await;
    Ok(())
}

async fn populate(world: &World) -> Result<(), LabError> {
    let mut token = [0; 32];
    world.chance.fill(&mut token);
    let refused = |status: Status| LabError::Key {
        reason: status.message,
    };
    world
        .store
        .write(|tx| -> Result<(), LabError> {
            tx.put(Setting {
                name: ADMINISTRATOR_TOKEN.to_owned(),
                value: hex::encode(token),
            });
            let mut change = Change::new(tx, Scene::of(world));
            change
                .create(&Target::core("nodes", "", None), node(world))
                .map_err(refused)?;
            for name in PROTECTED {
                let namespace = json!({ "metadata": { "name": name } });
                change
                    .create(&Target::core("namespaces", "", None), namespace)
                    .map_err(refused)?;
                change.settle(name);
            }
            Ok(())
        })
        .await
}

/// The one node, named as EKS names its nodes.
fn node(world: &World) -> Value {
    let mut octets = [0; 2];
    world.chance.fill(&mut octets);
    let [third, fourth] = octets;
    let region = world.identity.region.to_string();
    // Amazon EC2 User Guide, "EC2 instance hostnames and domains".
    let domain = match region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        _ => format!("{region}.compute.internal"),
    };
    let address = format!("10.0.{third}.{fourth}");
    let name = format!("ip-10-0-{third}-{fourth}.{domain}");
    json!({
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": region,
            },
        },
        "status": {
            "addresses": [
                { "type": "InternalIP", "address": address },
                { "type": "Hostname", "address": name },
            ],
            "conditions": [{
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "lastTransitionTime": objects::time(world.now()),
            }],
        },
    })
}
