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

use super::change::Touched;
use super::objects::{self, elements, text};
use super::tokens::issue_token;
use crate::files;
use crate::listen;
use crate::world::World;

/// The token files in place.
#[derive(Debug, Default)]
pub(crate) struct TokenFiles {
    files: BTreeMap<PathBuf, Held>,
    /// The files by the time, in seconds of the epoch, at which they must be looked at.
    due: BTreeSet<(i64, PathBuf)>,
}

#[derive(Debug)]
struct Held {
    namespace: String,
    pod: String,
    pod_uid: String,
    /// The key that has signed; none where no token could be issued.
    kid: Option<Arc<str>>,
    /// When it was issued, in seconds of the epoch.
    issued: i64,
    look_at: i64,
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
            () = listen::stopped(&mut stop) => {
                world.cluster.history.end();
                return;
            }
            () = tokio::time::sleep(TICK) => {}
        }
        let now = world.now().as_second();
        if now >= world.cluster.due.0.load(Ordering::Relaxed) {
            work(&world, move |world, files| renew(world, files, now)).await;
        }
    }
}

/// Brings all files to what the pods ask for.
pub(crate) async fn refresh(world: &Arc<World>) {
    work(world, |world, files| {
        let of_store = world.store.read(|state| {
            let pods = objects::list(state, "", "pods", "");
            pods.map(|pod| (pod.namespace.clone(), pod.name.clone()))
                .collect::<BTreeSet<_>>()
        });
        let of_files = files.files.values();
        let pods: BTreeSet<_> = of_files
            .map(|held| (held.namespace.clone(), held.pod.clone()))
            .chain(of_store)
            .collect();
        for (namespace, pod) in pods {
            synchronize(world, files, &namespace, &pod);
        }
    })
    .await;
}

/// Brings the files of the touched pods to what they ask for.
pub(super) async fn follow(world: &Arc<World>, touched: Touched) {
    if touched.pods.is_empty() && touched.accounts.is_empty() {
        return;
    }
    work(world, move |world, files| {
        let waiting = files.files.values().filter(|held| held.kid.is_none());
        let mut pods = touched.pods;
        // Those that wait for an account.
        pods.extend(
            waiting
                .filter(|held| touched.accounts.contains(&held.namespace))
                .map(|held| (held.namespace.clone(), held.pod.clone())),
        );
        for (namespace, pod) in pods {
            synchronize(world, files, &namespace, &pod);
        }
    })
    .await;
}

/// Works on the files, on a thread that may wait for the disk.
async fn work(world: &Arc<World>, work: impl FnOnce(&World, &mut TokenFiles) + Send + 'static) {
    let world = Arc::clone(world);
    let done = tokio::task::spawn_blocking(move || {
        let held = world.cluster.token_files.lock();
        let mut files = held.unwrap_or_else(PoisonError::into_inner);
        work(&world, &mut files);
        // With nothing to renew, whoever changes a pod asks by itself.
        let next = files.due.first().map_or(i64::MAX, |(second, _)| *second);
        world.cluster.due.0.store(next, Ordering::Relaxed);
    });
    // A panic in there is a fault of one turn; the next one tries again.
    let _ = done.await;
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

impl TokenFiles {
    fn forget(&mut self, path: &Path) {
        if let Some(held) = self.files.remove(path) {
            self.due.remove(&(held.look_at, path.to_owned()));
        }
    }

    fn hold(&mut self, path: PathBuf, held: Held) {
        self.forget(&path);
        self.due.insert((held.look_at, path.clone()));
        self.files.insert(path, held);
    }
}

/// Renews the tokens whose time has come.
fn renew(world: &World, files: &mut TokenFiles, now: i64) {
    let due: BTreeSet<(String, String)> = files
        .due
        .iter()
        .take_while(|(second, _)| *second <= now)
        .filter_map(|(_, path)| files.files.get(path))
        .map(|held| (held.namespace.clone(), held.pod.clone()))
        .collect();
    for (namespace, pod) in due {
        synchronize(world, files, &namespace, &pod);
    }
}

/// Brings the files of one pod to what it asks for.
fn synchronize(world: &World, files: &mut TokenFiles, namespace: &str, pod: &str) {
    let Ok(keys) = world.cluster.keys() else {
        return;
    };
    let kid: Arc<str> = keys.current.kid().into();
    let now = world.now();
    let wanted = wanted(world, namespace, pod);
    let folder = root(&world.folder).join(namespace).join(pod);
    let surplus: Vec<_> = files
        .files
        .range(folder.clone()..)
        .map(|(path, _)| path)
        .take_while(|path| path.starts_with(&folder))
        .filter(|path| !wanted.contains_key(*path))
        .cloned()
        .collect();
    for path in surplus {
        remove(&root(&world.folder), &path);
        files.forget(&path);
    }
    for (path, wanted) in wanted {
        let is_current = files.files.get(&path).is_some_and(|held| {
            held.kid.as_ref() == Some(&kid)
                && held.pod_uid == wanted.pod_uid
                // The lab's clock may have been turned back before the token's beginning.
                && (held.issued..held.look_at).contains(&now.as_second())
        });
        if is_current {
            continue;
        }
        let written = write(world, &path, &wanted);
        // The account is gone, or the disk is full: the old token stays, as with a kubelet.
        let look_at = written.unwrap_or_else(|| after(now, RETRY_SECONDS));
        let held = Held {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            pod_uid: wanted.pod_uid,
            kid: written.map(|_| Arc::clone(&kid)),
            issued: now.as_second(),
            look_at: look_at.as_second(),
        };
        files.hold(path, held);
    }
}

fn wanted(world: &World, namespace: &str, name: &str) -> BTreeMap<PathBuf, Wanted> {
    let found = world
        .store
        .read(|state| objects::get(state, "", "pods", namespace, name).cloned());
    let Some(pod) = found else {
        return BTreeMap::new();
    };
    let body = pod.body();
    let account = text(&body, "/spec/serviceAccountName");
    let Ok(account) = ServiceAccountName::new(namespace, account) else {
        return BTreeMap::new();
    };
    Projection::all_of(&body)
        .into_iter()
        .map(|projection| {
            let wanted = Wanted {
                account: account.clone(),
                pod: name.to_owned(),
                pod_uid: pod.head.uid.clone(),
                projection,
            };
            let path = wanted.projection.file(&world.folder, namespace, name);
            (path, wanted)
        })
        .collect()
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
