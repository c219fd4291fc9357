//! What the shim is told by its environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The name by which the program is the shim.
pub const SHIM_NAME: &str = "docker";

/// What the shim is told.
#[derive(Clone, Debug)]
pub struct ShimSettings {
    /// Where its images are.
    pub store: PathBuf,
    /// Docker's configuration.
    pub config: PathBuf,
    /// The proxy that leads to the lab's registry.
    pub proxy: Option<String>,
    /// The authorities that it trusts.
    pub authority: Option<PathBuf>,
    /// Where helpers for credentials are looked for.
    pub path: String,
    /// Where it is called.
    pub folder: PathBuf,
    /// The whole environment: `--build-arg NAME` takes a value from it, and helpers get it.
    pub environment: BTreeMap<String, String>,
}

impl ShimSettings {
    /// The settings that an environment holds; none outside of a run.
    pub fn of(environment: BTreeMap<String, String>, folder: PathBuf) -> Option<Self> {
        let get = |name: &str| {
            environment
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        };
        Some(Self {
            store: PathBuf::from(get(STORE)?),
            config: get("DOCKER_CONFIG").map_or_else(|| folder.join(".docker"), PathBuf::from),
            proxy: get("HTTPS_PROXY").or_else(|| get("https_proxy")),
            authority: get("SSL_CERT_FILE").map(PathBuf::from),
            path: get("PATH").unwrap_or_default(),
            folder,
            environment,
        })
    }
}

/// Names the folder of the shim's images.
pub(super) const STORE: &str = "HALLPASS_DOCKER_STORE";
