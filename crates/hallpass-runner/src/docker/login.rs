//! Who logs in where: docker's configuration, and the helpers that keep credentials for it.
//!
//! Facts: <https://docs.docker.com/reference/cli/docker/login/>, and the protocol of credential helpers.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::Secret;
use serde_json::{Map, Value, json};

use super::settings::ShimSettings;

/// A login.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret<String>,
}

/// Docker's configuration.
#[derive(Debug)]
pub(super) struct Logins<'a> {
    settings: &'a ShimSettings,
    file: PathBuf,
    config: Map<String, Value>,
}

impl<'a> Logins<'a> {
    pub(super) fn read(settings: &'a ShimSettings) -> Result<Self, String> {
        let file = settings.config.join("config.json");
        let config = match crate::folders::read(&file, MAX_CONFIG) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| format!("`{}` is no JSON object: {error}", file.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(format!("`{}`: {error}", file.display())),
        };
        Ok(Self {
            settings,
            file,
            config,
        })
    }

    /// The login for a host: of its helper, of the store, of the file.
    pub(super) fn get(&self, host: &str) -> Result<Option<Login>, String> {
        if let Some(helper) = self.helper(host) {
            // As docker does: without a login the registry says what it thinks of that.
            let Ok(answer) = self.call(&helper, "get", host) else {
                return Ok(None);
            };
            let answer: Value = serde_json::from_str(&answer).map_err(|error| {
                format!("the helper docker-credential-{helper} gave no JSON: {error}")
            })?;
            let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
            return Ok(Some(Login {
                user: text("Username").to_owned(),
                password: Secret::new(text("Secret").to_owned()),
            }));
        }
        let auths = self.config.get("auths").and_then(Value::as_object);
        let entry = auths.and_then(|auths| {
            let is_host = |key: &str| bare(key) == host;
            auths
                .iter()
                .find(|(key, _)| is_host(key))
                .map(|(_, entry)| entry)
        });
        let Some(auth) = entry
            .and_then(|entry| entry.get("auth"))
            .and_then(Value::as_str)
        else {
            return Ok(None);
        };
        let decoded = STANDARD.decode(auth).map_err(|_| {
            format!(
                "the login for {host} in `{}` is no base64",
                self.file.display()
            )
        })?;
        let decoded = String::from_utf8_lossy(&decoded);
        Ok(decoded.split_once(':').map(|(user, password)| Login {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
        }))
    }

    /// Keeps a login; whether it stands in the file, where it can be read.
    pub(super) fn put(&mut self, host: &str, login: &Login) -> Result<bool, String> {
        if let Some(helper) = self.helper(host) {
            let entry = json!({ "ServerURL": host, "Username": login.user, "Secret": login.password.expose() });
            self.call(&helper, "store", &entry.to_string())?;
            return Ok(false);
        }
        let auth = STANDARD.encode(format!("{}:{}", login.user, login.password.expose()));
        let auths = self.config.entry("auths").or_insert_with(|| json!({}));
        if let Some(auths) = auths.as_object_mut() {
            auths.insert(host.to_owned(), json!({ "auth": auth }));
        }
        self.write().map(|()| true)
    }

    /// Forgets a login.
    pub(super) fn remove(&mut self, host: &str) -> Result<(), String> {
        if let Some(helper) = self.helper(host) {
            let _ = self.call(&helper, "erase", host);
        }
        if let Some(auths) = self.config.get_mut("auths").and_then(Value::as_object_mut) {
            auths.retain(|key, _| bare(key) != host);
        }
        self.write()
    }

    fn helper(&self, host: &str) -> Option<String> {
        let own = self
            .config
            .get("credHelpers")
            .and_then(|helpers| helpers.get(host))
            .or_else(|| self.config.get("credsStore"));
        own.and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    }

    /// Asks a helper; a secret goes in on standard input.
    fn call(&self, helper: &str, verb: &str, input: &str) -> Result<String, String> {
        let name = format!("docker-credential-{helper}");
        let program = crate::script::find(&name, &self.settings.path)
            .filter(|_| !helper.contains('/'))
            .ok_or_else(|| format!("error getting credentials: there is no program `{name}`"))?;
        let fault = |error: io::Error| format!("error getting credentials: `{name}`: {error}");
        let mut child = Command::new(program)
            .arg(verb)
            .env_clear()
            .envs(&self.settings.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(fault)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(fault)?;
        }
        let output = child.wait_with_output().map_err(fault)?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() {
            Ok(said)
        } else {
            Err(format!("error getting credentials: {said}"))
        }
    }

    fn write(&self) -> Result<(), String> {
        use std::os::unix::fs::PermissionsExt as _;
        let fault = |error: io::Error| format!("`{}`: {error}", self.file.display());
        let folder = self.file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(fault)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o600))
            .map_err(fault)?;
        let text = serde_json::to_vec_pretty(&self.config).unwrap_or_default();
        file.write_all(&text).map_err(fault)?;
        file.persist(&self.file)
            .map(drop)
            .map_err(|error| fault(error.error))
    }
}

/// A registry's host, of what people write for it.
pub(super) fn bare(server: &str) -> String {
    server
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap_or_default()
        .to_owned()
}

const MAX_CONFIG: u64 = 1 << 20;
