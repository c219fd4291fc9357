//! What a fresh cluster starts with: its keys, its administrator, a node, the first namespaces.

use std::sync::Arc;

use serde_json::{Value, json};

use super::access::ADMINISTRATOR_TOKEN;
use super::change::{PROTECTED, latest_version};
use super::keys::KeyRing;
use super::objects;
use super::operate::{Course, Operation, Payload};
use super::rbac;
use super::request::{Target, Verb};
use super::resources::built_in;
use super::volumes;
use crate::error::LabError;
use crate::store::records::Setting;
use crate::world::World;

/// Brings up the cluster: the one that the store has, or a fresh one.
pub(crate) async fn bootstrap(world: &Arc<World>, root_certificate: &str) -> Result<(), LabError> {
    let keys = KeyRing::open(&world.store).await?;
    world.cluster.set_keys(keys);
    let root_certificate = root_certificate.to_owned();
    world.cluster.set_root_certificate(root_certificate);
    world
        .cluster
        .history
        .begin(world.store.read(latest_version));
    let is_there = world
        .store
        .read(|state| state.settings.contains_key(ADMINISTRATOR_TOKEN));
    make_roles(world).await?;
    if !is_there {
        populate(world).await?;
    }
    volumes::sweep(world);
    volumes::refresh(world).await;
    Ok(())
}

async fn populate(world: &Arc<World>) -> Result<(), LabError> {
    make(world, Target::core("nodes", "", None), node(world)).await?;
    for name in PROTECTED {
        let namespace = json!({ "metadata": { "name": name } });
        make(world, Target::core("namespaces", "", None), namespace).await?;
    }
    let mut token = [0; 32];
    world.chance.fill(&mut token);
    // Last: a start that was cut short is begun again.
    world
        .store
        .write(|tx| -> Result<(), LabError> {
            tx.put(Setting {
                name: ADMINISTRATOR_TOKEN.to_owned(),
                value: hex::encode(token),
            });
            Ok(())
        })
        .await
}

/// The default roles and bindings, as far as they are not there.
async fn make_roles(world: &Arc<World>) -> Result<(), LabError> {
    for (plural, object) in world.store.read(rbac::missing_defaults)? {
        let resource = built_in("rbac.authorization.k8s.io", "v1", plural);
        if let Some(resource) = resource {
            make(world, Target::of(resource, "", None), object).await?;
        }
    }
    Ok(())
}

async fn make(world: &Arc<World>, target: Target, object: Value) -> Result<(), LabError> {
    let operation = Operation::own(Verb::Create, target, Payload::Object(object));
    let made = operation.create(world, &mut Course::new(false)).await;
    match made {
        // An earlier start had come so far.
        Err(status) if status.reason != "AlreadyExists" => Err(LabError::Key {
            reason: status.message,
        }),
        Ok(_) | Err(_) => Ok(()),
    }
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
