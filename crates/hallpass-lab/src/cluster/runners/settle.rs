//! One object after the other, until none is left that has been touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::objects;
use super::super::operate::Course;
use super::hands::Hands;
use super::kind::{
    ALL, AUTOSCALING_RUNNER_SET, EPHEMERAL_RUNNER, EPHEMERAL_RUNNER_SET,
    HORIZONTAL_RUNNER_AUTOSCALER, Kind, RUNNER, RUNNER_DEPLOYMENT, RUNNER_REPLICA_SET, RUNNER_SET,
};
use super::{deployment, ephemeral, legacy, runner_set, scale_set};
use crate::world::World;

/// Brings the runner objects that were touched to what they ask for.
pub(in super::super) async fn settle(world: &Arc<World>, course: &mut Course) {
    if course.touched.runners.is_empty() && course.touched.accounts.is_empty() {
        return;
    }
    let _turn = world.cluster.settling.lock().await;
    let mut hands = Hands {
        world,
        course,
        waiting: None,
    };
    wake(&mut hands);
    hands.settle().await;
}

/// Where a service account has come, pods that were refused for want of it are tried again.
fn wake(hands: &mut Hands<'_>) {
    let namespaces = std::mem::take(&mut hands.course.touched.accounts);
    for namespace in &namespaces {
        let found: Vec<_> = hands.world.store.read(|state| {
            let all = ALL
                .iter()
                .flat_map(|kind| objects::list(state, kind.group, kind.plural, namespace));
            all.map(|object| {
                (
                    object.group.clone(),
                    object.resource.clone(),
                    object.namespace.clone(),
                    object.name.clone(),
                )
            })
            .collect()
        });
        hands.course.touched.runners.extend(found);
    }
    hands.course.touched.accounts = namespaces;
}

impl Hands<'_> {
    /// Settles what was touched, the nearest to pods first.
    pub(super) async fn settle(&mut self) {
        let mut queue: BTreeMap<(u8, String, String), Kind> = BTreeMap::new();
        // Each object settles in a handful of steps; the bound only keeps a fault of ours from
        // going on for ever.
        for _ in 0..MAX_STEPS {
            for (group, plural, namespace, name) in std::mem::take(&mut self.course.touched.runners)
            {
                if let Some(kind) = Kind::of(&group, &plural) {
                    queue.insert((kind.distance, namespace, format!("{plural}/{name}")), kind);
                }
            }
            let Some(((_, namespace, name), kind)) = queue.pop_first() else {
                return;
            };
            let name = name.split_once('/').map_or(name.as_str(), |(_, name)| name);
            self.settle_one(kind, &namespace, name).await;
        }
    }

    async fn settle_one(&mut self, kind: Kind, namespace: &str, name: &str) {
        let Some(object) = self.find(kind, namespace, name) else {
            return;
        };
        match kind {
            AUTOSCALING_RUNNER_SET => scale_set::settle(self, &object).await,
            EPHEMERAL_RUNNER => ephemeral::settle_runner(self, &object).await,
            EPHEMERAL_RUNNER_SET => ephemeral::settle_set(self, &object).await,
            HORIZONTAL_RUNNER_AUTOSCALER => deployment::settle_autoscaler(self, &object).await,
            RUNNER => legacy::settle_runner(self, &object).await,
            RUNNER_DEPLOYMENT => deployment::settle(self, &object).await,
            RUNNER_REPLICA_SET => legacy::settle_set(self, &object).await,
            RUNNER_SET => runner_set::settle(self, &object).await,
            // A listener only shows that the controller has one.
            _ => {}
        }
    }
}

const MAX_STEPS: usize = 100_000;
