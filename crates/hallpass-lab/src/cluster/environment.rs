//! A runner pod's AWS environment, for a process on the host in its place.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::objects::{self, elements, text};
use super::volumes::Projection;
use crate::world::World;

/// The `AWS_` variables of a pod's runner container, or else of its first one. Paths of projected
/// tokens are those of the lab's disk. None where there is no such pod.
pub(crate) fn pod_environment(
    world: &World,
    namespace: &str,
    name: &str,
) -> Option<BTreeMap<String, String>> {
    let pod = world
        .store
        .read(|state| objects::get(state, "", "pods", namespace, name).cloned())?;
    let mut variables = environment(&pod.body(), &world.folder, namespace, name);
    // The agent's link-local address is none of this machine's: here it listens on loopback.
    if let Some(uri) = variables.get_mut(FULL_URI)
        && uri == AGENT
    {
        *uri = format!("http://{}/v1/credentials", world.doors.aws);
    }
    Some(variables)
}

fn environment(
    pod: &Value,
    folder: &Path,
    namespace: &str,
    name: &str,
) -> BTreeMap<String, String> {
    let mut containers = elements(pod, "/spec/containers");
    let first = containers.next();
    let runner = first
        .into_iter()
        .chain(containers)
        .find(|container| text(container, "/name") == "runner")
        .or(first);
    let Some(container) = runner else {
        return BTreeMap::new();
    };
    let files = files(pod, container, folder, namespace, name);
    elements(container, "/env")
        .filter(|variable| text(variable, "/name").starts_with("AWS_"))
        .filter_map(|variable| {
            let value = variable.get("value")?.as_str()?;
            let value = files.get(&normal(value)).map_or(value, String::as_str);
            Some((text(variable, "/name").to_owned(), value.to_owned()))
        })
        .collect()
}

/// The token files on the lab's disk, by their path in the container.
fn files(
    pod: &Value,
    container: &Value,
    folder: &Path,
    namespace: &str,
    name: &str,
) -> BTreeMap<String, String> {
    let projections = Projection::all_of(pod);
    let mut files = BTreeMap::new();
    for mount in elements(container, "/volumeMounts") {
        let inside = text(mount, "/mountPath").trim_end_matches('/');
        let volume = text(mount, "/name");
        for projection in projections.iter().filter(|one| one.volume == volume) {
            let file = projection.file(folder, namespace, name);
            files.insert(
                format!("{inside}/{}", projection.path),
                file.to_string_lossy().into_owned(),
            );
        }
    }
    files
}

/// A path of a Windows container, `C:\var\run\...`, as its mount has it.
fn normal(path: &str) -> String {
    path.strip_prefix("C:")
        .map_or_else(|| path.to_owned(), |path| path.replace('\\', "/"))
}

const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const AGENT: &str = "http://169.254.170.23/v1/credentials";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_token_is_where_the_host_has_it() {
        let pod = |file: &str| {
            json!({ "spec": {
                "volumes": [{ "name": "aws-iam-token", "projected": { "sources": [
                    { "serviceAccountToken": { "path": "token" } },
                ] } }],
                "containers": [
                    { "name": "side", "env": [{ "name": "AWS_REGION", "value": "side" }] },
                    {
                        "name": "runner",
                        "volumeMounts": [{ "name": "aws-iam-token", "mountPath": "/run/t" }],
                        "env": [
                            { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": file },
                            { "name": "AWS_ROLE_ARN", "value": "arn" },
                            { "name": "AWS_SECRET", "valueFrom": { "secretKeyRef": {} } },
                            { "name": "PATH", "value": "/bin" },
                        ],
                    },
                ],
            } })
        };
        for file in ["/run/t/token", "C:\\run\\t\\token"] {
            let environment = environment(&pod(file), Path::new("/lab"), "n", "p");
            assert_eq!(environment.len(), 2);
            assert_eq!(environment["AWS_ROLE_ARN"], "arn");
            assert_eq!(
                environment["AWS_WEB_IDENTITY_TOKEN_FILE"],
                "/lab/cluster/pods/n/p/token"
            );
        }
        let elsewhere = environment(&pod("/elsewhere"), Path::new("/lab"), "n", "p");
        assert_eq!(elsewhere["AWS_WEB_IDENTITY_TOKEN_FILE"], "/elsewhere");
    }
}
