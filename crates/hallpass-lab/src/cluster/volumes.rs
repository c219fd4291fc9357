//! Projected tokens of running pods, as files: what a kubelet does.
//!
//! A token is issued for the pod, put in place in one step, and issued again when 80% of its life or
//! 24 hours are over, or when the issuer signs with another key. The webhook's token of a pod stands
//! in `cluster/pods/NAMESPACE/POD/token`; those of other volumes below `volumes` beside it.
//! Source: Kubernetes documentation, "Configure Service Accounts for Pods" (token volume projection);
//! k8s.io/kubernetes' `pkg/kubelet/token` (when a token is renewed) and `pkg/volume/projected` (who
//! may read it).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hallpass_types::{ServiceAccountName, Timestamp};
use serde_json::Value;
use tokio::sync::watch;

use super::objects::{self, elements, text};
use super::tokens::issue_token;
use crate::files;
use crate::listen;
use crate::store::State;
use crate::world::World;

/// The token files in place.
#[derive(Debug, Default)]
pub(crate) struct TokenFiles(BTreeMap<PathBuf, Held>);

#[derive(Debug)]
struct Held {
    pod_uid: String,
    kid: String,
    issued: Timestamp,
    refresh_at: Timestamp,
}

/// When the next token must be renewed, in seconds of the epoch; 0 for at once.
#[derive(Debug, Default)]
pub(crate) struct Due(AtomicI64);

/// A token that a pod's volume asks for.
#[derive(Debug)]
pub(super) struct Projection {
    /// The volume's name.
    pub(super) volume: String,
    /// The token's path in the volume.
    pub(super) path: String,
    audience: Option<String>,
    seconds: i64,
    mode: u32,
}

impl Projection {
    /// The tokens that a pod asks for.
    pub(super) fn all_of(pod: &Value) -> Vec<Self> {
        let mut all = Vec::new();
        for volume in elements(pod, "/spec/volumes") {
            let mode = mode(pod, volume);
            for source in elements(volume, "/projected/sources") {
                let Some(token) = source.get("serviceAccountToken") else {
                    continue;
                };
                let audience = text(token, "/audience");
                all.push(Self {
                    volume: text(volume, "/name").to_owned(),
                    path: text(token, "/path").to_owned(),
                    audience: (!audience.is_empty()).then(|| audience.to_owned()),
                    seconds: token
                        .get("expirationSeconds")
                        .and_then(Value::as_i64)
                        .unwrap_or(DEFAULT_SECONDS),
                    mode,
                });
            }
        }
        all
    }

    /// Its file on the lab's disk. The parts were validated when the pod was created: they lead
    /// nowhere else.
    pub(super) fn file(&self, folder: &Path, namespace: &str, pod: &str) -> PathBuf {
        let pod = root(folder).join(namespace).join(pod);
        if (self.volume.as_str(), self.path.as_str()) == ("aws-iam-token", "token") {
            pod.join("token")
        } else {
            pod.join("volumes").join(&self.volume).join(&self.path)
        }
    }
}

/// Keeps the tokens of running pods fresh until the lab stops.
pub(crate) async fn keep_tokens_fresh(world: Arc<World>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = listen::stopped(&mut stop) => return,
            () = tokio::time::sleep(TICK) => {}
        }
        if world.now().as_second() >= world.cluster.due.0.load(Ordering::Relaxed) {
            refresh(&world).await;
        }
    }
}

/// Brings the files to what the pods ask for, on a thread that may wait for the disk.
pub(crate) async fn refresh(world: &Arc<World>) {
    let world = Arc::clone(world);
    // A panic in there is a fault of one refresh; the next one tries again.
    let _ = tokio::task::spawn_blocking(move || synchronize(&world)).await;
}

/// Removes what an earlier run has left of pods that are gone.
pub(super) fn sweep(world: &World) {
    let live: BTreeSet<PathBuf> = world.store.read(|state| {
        objects::list(state, "", "pods", "")
            .map(|pod| root(&world.folder).join(&pod.namespace).join(&pod.name))
            .collect()
    });
    let inside = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    for namespace in inside(&root(&world.folder)) {
        for pod in inside(&namespace.path()) {
            if !live.contains(&pod.path()) {
                let _ = fs::remove_dir_all(pod.path());
            }
        }
    }
}

/// What a file must hold.
struct Wanted {
    account: ServiceAccountName,
    pod: String,
    pod_uid: String,
    projection: Projection,
}

fn synchronize(world: &World) {
    let Ok(keys) = world.cluster.keys() else {
        return;
    };
    let kid = keys.current.kid();
    let mut held = world
        .cluster
        .token_files
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let now = world.now();
    let wanted = world.store.read(|state| wanted(state, &world.folder));
    held.0.retain(|path, _| {
        let is_wanted = wanted.contains_key(path);
        if !is_wanted {
            remove(&root(&world.folder), path);
        }
        is_wanted
    });
    // With nothing to renew, whoever changes a pod asks by itself.
    let mut due = Timestamp::MAX;
    for (path, wanted) in wanted {
        let is_current = held.0.get(&path).is_some_and(|held| {
            // The lab's clock may have been turned back before the token's beginning.
            let is_in_time = held.issued <= now && now < held.refresh_at;
            held.kid == kid && held.pod_uid == wanted.pod_uid && is_in_time
        });
        if !is_current {
            match write(world, &path, &wanted) {
                Some(refresh_at) => {
                    let pod_uid = wanted.pod_uid.clone();
                    let kid = kid.to_owned();
                    let entry = Held {
                        pod_uid,
                        kid,
                        issued: now,
                        refresh_at,
                    };
                    held.0.insert(path.clone(), entry);
                }
                // The account is gone, or the disk is full: the old token stays, as with a kubelet.
                None => {
                    held.0.remove(&path);
                }
            }
        }
        let next = held.0.get(&path).map(|held| held.refresh_at);
        due = due.min(next.unwrap_or_else(|| after(now, RETRY_SECONDS)));
    }
    world
        .cluster
        .due
        .0
        .store(due.as_second(), Ordering::Relaxed);
}

fn wanted(state: &State, folder: &Path) -> BTreeMap<PathBuf, Wanted> {
    let mut all = BTreeMap::new();
    for pod in objects::list(state, "", "pods", "") {
        let body = pod.body();
        let account = text(&body, "/spec/serviceAccountName");
        let Ok(account) = ServiceAccountName::new(&pod.namespace, account) else {
            continue;
        };
        for projection in Projection::all_of(&body) {
            let path = projection.file(folder, &pod.namespace, &pod.name);
            let wanted = Wanted {
                account: account.clone(),
                pod: pod.name.clone(),
                pod_uid: pod.head.uid.clone(),
                projection,
            };
            all.insert(path, wanted);
        }
    }
    all
}

/// Issues a token and puts it in place; gives the time at which it must be renewed.
fn write(world: &World, path: &Path, wanted: &Wanted) -> Option<Timestamp> {
    let Wanted {
        account,
        pod,
        pod_uid,
        projection,
    } = wanted;
    // TokenRequest is refused for an account that is not there.
    world
        .store
        .read(|state| objects::account(state, account).map(drop))?;
    let audience = projection
        .audience
        .clone()
        .unwrap_or_else(|| world.identity.issuer_url());
    let issued = world.now();
    let pod = Some((pod.as_str(), pod_uid.as_str()));
    let token = issue_token(world, account, &[audience], projection.seconds, pod).ok()?;
    files::create_folder(path.parent()?).ok()?;
    files::write(path, token.expose().as_bytes(), projection.mode).ok()?;
    Some(renewal(issued, projection.seconds))
}

/// When a token of that life must be renewed.
fn renewal(issued: Timestamp, seconds: i64) -> Timestamp {
    let life = seconds.saturating_mul(4) / 5;
    after(issued, life.min(MAX_AGE_SECONDS))
}

/// Removes a file, and the folders that are empty without it.
fn remove(root: &Path, path: &Path) {
    let _ = fs::remove_file(path);
    for folder in path.ancestors().skip(1) {
        // A folder that still holds something is not removed.
        if folder == root || fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Who may read a token: its owner where the pod names one user or a group, else as the volume says.
fn mode(pod: &Value, volume: &Value) -> u32 {
    let context = |owner: &Value, field: &str| {
        owner
            .pointer(&format!("/securityContext/{field}"))
            .and_then(Value::as_i64)
    };
    let spec = pod.get("spec").unwrap_or(&Value::Null);
    if context(spec, "fsGroup").is_some() {
        return 0o640;
    }
    let users: BTreeSet<Option<i64>> = ["/initContainers", "/containers"]
        .iter()
        .flat_map(|list| elements(spec, list))
        .map(|container| context(container, "runAsUser").or_else(|| context(spec, "runAsUser")))
        .collect();
    if users.len() == 1 && !users.contains(&None) {
        return 0o600;
    }
    volume
        .pointer("/projected/defaultMode")
        .and_then(Value::as_u64)
        .and_then(|mode| u32::try_from(mode & 0o777).ok())
        .unwrap_or(0o644)
}

fn after(moment: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(moment.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

fn root(folder: &Path) -> PathBuf {
    folder.join("cluster").join("pods")
}

// A kubelet looks once a minute; the lab's clock may be turned forward by days at once. A look costs a
// clock reading and a comparison.
const TICK: Duration = Duration::from_millis(50);
const RETRY_SECONDS: i64 = 10;
const MAX_AGE_SECONDS: i64 = 86_400;
// The API's own default for a projected token.
const DEFAULT_SECONDS: i64 = 3600;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_readable_as_a_kubelet_makes_it() {
        let pod = |context: Value, users: &[Value]| {
            let containers: Vec<_> = users
                .iter()
                .map(|user| json!({ "securityContext": { "runAsUser": user } }))
                .collect();
            json!({ "spec": { "securityContext": context, "containers": containers } })
        };
        let none = Value::Null;
        for (context, users, volume, wanted) in [
            (json!({}), vec![none.clone()], json!({}), 0o644),
            (
                json!({}),
                vec![none.clone()],
                json!({ "projected": { "defaultMode": 0o400 } }),
                0o400,
            ),
            (
                json!({ "fsGroup": 1001 }),
                vec![none.clone()],
                json!({}),
                0o640,
            ),
            (
                json!({ "runAsUser": 1001 }),
                vec![none.clone()],
                json!({}),
                0o600,
            ),
            (json!({}), vec![json!(5), json!(5)], json!({}), 0o600),
            (json!({}), vec![json!(5), json!(6)], json!({}), 0o644),
            (json!({}), vec![json!(5), none], json!({}), 0o644),
        ] {
            let pod = pod(context, &users);
            assert_eq!(mode(&pod, &volume), wanted, "{pod} {volume}");
        }
    }

    #[test]
    fn a_token_is_renewed_when_four_fifths_of_its_life_or_a_day_are_over() {
        let issued = Timestamp::from_second(1_750_000_000).unwrap();
        let renewed = |seconds| renewal(issued, seconds).as_second() - issued.as_second();
        assert_eq!(renewed(600), 480);
        assert_eq!(renewed(86_400), 69_120);
        assert_eq!(renewed(1_000_000), 86_400);
        assert_eq!(renewed(i64::MAX), 86_400);
    }

    #[test]
    fn each_volume_has_a_place_of_its_own() {
        let volume = |name: &str, path: &str| {
            json!({ "name": name, "projected": { "sources": [
                { "configMap": { "name": "x" } },
                { "serviceAccountToken": { "path": path } },
            ] } })
        };
        let pod = json!({ "spec": { "volumes": [
            volume("aws-iam-token", "token"), volume("token", "a/b"), { "name": "e", "emptyDir": {} },
        ] } });
        let files: Vec<_> = Projection::all_of(&pod)
            .iter()
            .map(|projection| projection.file(Path::new("/lab"), "n", "p"))
            .collect();
        assert_eq!(
            files,
            [
                Path::new("/lab/cluster/pods/n/p/token"),
                Path::new("/lab/cluster/pods/n/p/volumes/token/a/b"),
            ]
        );
    }
}
