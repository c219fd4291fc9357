//! `lab.json`: what a client of a running lab needs to know.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hallpass_types::Secret;
use serde::{Deserialize, Serialize};

use crate::chance;
use crate::error::LabError;
use crate::files;
use crate::github::TOKEN_SETTING;
use crate::lab::{ADMINISTRATOR_KEY, Ports};
use crate::world::World;

/// Where a running lab listens, and what its administrator signs with.
///
/// Kept in the lab's folder, readable by its owner only, for as long as the lab runs.
#[derive(Clone, Debug)]
pub struct Description {
    /// The process.
    pub pid: u32,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The partition.
    pub partition: String,
    /// The port of the AWS services, plain HTTP.
    pub aws: SocketAddr,
    /// The port of the registry, plain HTTP.
    pub registry: SocketAddr,
    /// The port of the cluster's API and issuer, HTTPS under the lab's authority.
    pub cluster: SocketAddr,
    /// The port of GitHub's API, plain HTTP.
    pub github: SocketAddr,
    /// The captive HTTPS proxy.
    pub proxy: SocketAddr,
    /// The captive HTTPS listener, for a hosts entry.
    pub https: SocketAddr,
    /// The registry's host name, as ECR names it.
    pub registry_host: String,
    /// The cluster's issuer URL.
    pub issuer: String,
    /// PEM file of the lab's certificate authority.
    pub ca_file: PathBuf,
    /// The cluster's kubeconfig.
    pub kubeconfig: PathBuf,
    /// The administrator's access key ID.
    pub access_key_id: String,
    /// The administrator's secret access key.
    pub secret_access_key: Secret<String>,
    /// The GitHub administrator's token.
    pub github_token: Secret<String>,
    /// The bearer token of the control interface.
    pub control_token: Secret<String>,
}

impl Description {
    /// Describes a lab that is about to serve.
    pub(crate) fn new(world: &World, ports: &Ports, kubeconfig: PathBuf) -> Result<Self, LabError> {
        let account = world.identity.account;
        let (access_key_id, secret_access_key) = world
            .store
            .read(|state| {
                let id = &state.settings.get(ADMINISTRATOR_KEY)?.value;
                let key = state.account(account).access_keys.get(id);
                // An administrator may have retired its first key: then there is none to hand out.
                let secret =
                    key.map_or_else(|| Secret::new(String::new()), |key| key.secret.clone());
                Some((id.clone(), secret))
            })
            .ok_or_else(|| LabError::Key {
                reason: "the administrator's key is not recorded".to_owned(),
            })?;
        let github_token = world.store.read(|state| {
            let setting = state.settings.get(TOKEN_SETTING);
            setting.map(|setting| setting.value.clone())
        });
        let identity = &world.identity;
        Ok(Self {
            pid: std::process::id(),
            account: identity.account.to_string(),
            region: identity.region.to_string(),
            partition: identity.partition.to_string(),
            aws: ports.aws.address,
            registry: ports.registry.address,
            cluster: ports.cluster.address,
            github: ports.github.address,
            proxy: ports.proxy.address,
            https: ports.https.address,
            registry_host: identity.registry_host(),
            issuer: identity.issuer_url(),
            ca_file: world.folder.join("ca").join("ca.pem"),
            kubeconfig,
            access_key_id,
            secret_access_key,
            github_token: Secret::new(github_token.unwrap_or_default()),
            control_token: Secret::new(chance::from_alphabet(&*world.chance, chance::HEX, 32)),
        })
    }

    /// Reads the description of the lab in `folder`, if it was left running.
    pub fn read(folder: &Path) -> Result<Option<Self>, LabError> {
        let path = folder.join(FILE);
        let Some(bytes) = files::read(&path)? else {
            return Ok(None);
        };
        let wire: Wire = serde_json::from_slice(&bytes).map_err(|error| LabError::Folder {
            path,
            source: error.into(),
        })?;
        Ok(Some(wire.into()))
    }

    /// Writes the description into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), LabError> {
        let text = serde_json::to_vec_pretty(&Wire::from(self)).unwrap_or_default();
        files::write(&folder.join(FILE), &text, 0o600)
    }

    /// Removes it, as the lab has stopped.
    pub(crate) fn remove(folder: &Path) {
        let _ = std::fs::remove_file(folder.join(FILE));
    }
}

/// The description as it is written down, secrets included: the file is private.
#[derive(Deserialize, Serialize)]
struct Wire {
    pid: u32,
    account: String,
    region: String,
    partition: String,
    aws: SocketAddr,
    registry: SocketAddr,
    cluster: SocketAddr,
    github: SocketAddr,
    proxy: SocketAddr,
    https: SocketAddr,
    registry_host: String,
    issuer: String,
    ca_file: PathBuf,
    kubeconfig: PathBuf,
    access_key_id: String,
    secret_access_key: String,
    github_token: String,
    control_token: String,
}

impl From<&Description> for Wire {
    fn from(lab: &Description) -> Self {
        Self {
            pid: lab.pid,
            account: lab.account.clone(),
            region: lab.region.clone(),
            partition: lab.partition.clone(),
            aws: lab.aws,
            registry: lab.registry,
            cluster: lab.cluster,
            github: lab.github,
            proxy: lab.proxy,
            https: lab.https,
            registry_host: lab.registry_host.clone(),
            issuer: lab.issuer.clone(),
            ca_file: lab.ca_file.clone(),
            kubeconfig: lab.kubeconfig.clone(),
            access_key_id: lab.access_key_id.clone(),
            secret_access_key: lab.secret_access_key.expose().clone(),
            github_token: lab.github_token.expose().clone(),
            control_token: lab.control_token.expose().clone(),
        }
    }
}

impl From<Wire> for Description {
    fn from(wire: Wire) -> Self {
        Self {
            pid: wire.pid,
            account: wire.account,
            region: wire.region,
            partition: wire.partition,
            aws: wire.aws,
            registry: wire.registry,
            cluster: wire.cluster,
            github: wire.github,
            proxy: wire.proxy,
            https: wire.https,
            registry_host: wire.registry_host,
            issuer: wire.issuer,
            ca_file: wire.ca_file,
            kubeconfig: wire.kubeconfig,
            access_key_id: wire.access_key_id,
            secret_access_key: Secret::new(wire.secret_access_key),
            github_token: Secret::new(wire.github_token),
            control_token: Secret::new(wire.control_token),
        }
    }
}

const FILE: &str = "lab.json";
