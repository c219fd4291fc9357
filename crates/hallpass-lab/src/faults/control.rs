//! What the control interface asks of the faults.

use std::sync::{Arc, Weak};
use std::time::Duration;

use hallpass_types::Timestamp;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::wish::{FaultWish, Shape};
use crate::clock::moved;
use crate::cluster;
use crate::github;
use crate::world::World;

/// Changes of the faults, in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FaultChanges {
    clear: Option<Clear>,
    seed: Option<u64>,
    set: Vec<String>,
}

/// Which faults end: all of the service, all of the kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Clear {
    service: Option<String>,
    kind: Option<String>,
}

impl FaultChanges {
    /// Makes the changes, all or none, and tells what is in force then.
    pub(crate) async fn make(self, world: &Arc<World>) -> Result<Value, String> {
        let wishes: Vec<FaultWish> = self
            .set
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()
            .map_err(|error: super::FaultWishError| error.to_string())?;
        if let Some(clear) = self.clear {
            world
                .faults
                .clear(clear.service.as_deref(), clear.kind.as_deref());
        }
        if let Some(seed) = self.seed {
            world.faults.set_seed(seed);
        }
        put_in_force(world, wishes).await?;
        Ok(world.faults.list())
    }
}

/// Puts faults in force. A rotation of keys is no state: it is done at once.
pub(crate) async fn put_in_force(world: &Arc<World>, wishes: Vec<FaultWish>) -> Result<(), String> {
    for wish in wishes {
        match wish.shape {
            Shape::KeyRotation(grace) => Signer::of(&wish.service).rotate(world, grace).await?,
            Shape::ClockSkew(_)
            | Shape::ExpiredCertificate
            | Shape::HalfResponse
            | Shape::InternalFailure
            | Shape::JwksUnreachable
            | Shape::Latency(_)
            | Shape::Reset
            | Shape::Throttle
            | Shape::Unavailable => world.faults.ask(wish),
        }
    }
    Ok(())
}

/// Who signs tokens.
#[derive(Clone, Copy, Debug)]
enum Signer {
    Cluster,
    Github,
}

impl Signer {
    fn of(service: &str) -> Self {
        match service {
            "github-issuer" => Self::Github,
            _ => Self::Cluster,
        }
    }

    /// Lets another key sign; the one before goes when `grace` is over.
    async fn rotate(self, world: &Arc<World>, grace: SignedDuration) -> Result<(), String> {
        match self {
            Self::Cluster => cluster::rotate_keys(world).await.map_err(said)?,
            Self::Github => github::rotate_keys(world).await.map_err(said)?,
        };
        if grace.is_zero() {
            return self.retire(world).await;
        }
        let end = moved(world.now(), grace);
        tokio::spawn(self.retire_at(Arc::downgrade(world), end));
        Ok(())
    }

    async fn retire(self, world: &Arc<World>) -> Result<(), String> {
        match self {
            Self::Cluster => cluster::retire_keys(world).await.map_err(said),
            Self::Github => github::retire_keys(world).await.map_err(said),
        }
    }

    /// Waits by the lab's clock, which somebody may turn; no longer than the lab lives.
    async fn retire_at(self, world: Weak<World>, end: Timestamp) {
        loop {
            tokio::time::sleep(TICK).await;
            let Some(world) = world.upgrade() else {
                return;
            };
            if world.now() >= end {
                // What fails here is the disk; the key then stays, as in a rotation that went wrong.
                let _ = self.retire(&world).await;
                return;
            }
        }
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

const TICK: Duration = Duration::from_millis(50);
