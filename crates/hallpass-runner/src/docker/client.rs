//! The registry, by an OCI library: pushing, pulling, and whether a login counts.

use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use serde_json::Value;

use super::login::Login;
use super::name::Name;
use super::settings::ShimSettings;
use super::store::{MAX_BLOB, Store, digest_of};
use crate::lab::chain;

/// A registry.
pub(super) struct Registry<'a> {
    settings: &'a ShimSettings,
    client: Client,
}

impl<'a> Registry<'a> {
    pub(super) fn new(settings: &'a ShimSettings, host: &str) -> Self {
        let authority = settings
            .authority
            .as_ref()
            .and_then(|file| std::fs::read(file).ok());
        let extra_root_certificates = authority
            .into_iter()
            .map(|data| Certificate {
                encoding: CertificateEncoding::Pem,
                data,
            })
            .collect();
        let client = Client::new(ClientConfig {
            // A registry on loopback speaks plainly, as docker takes it.
            protocol: if is_loopback(host) {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            extra_root_certificates,
            https_proxy: settings.proxy.clone(),
            ..ClientConfig::default()
        });
        Self { settings, client }
    }

    /// Pushes a manifest and all that it names; its digest and its size.
    pub(super) async fn push(
        &self,
        store: &Store,
        name: &Name,
        manifest: &str,
        login: Option<&Login>,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(String, usize), String> {
        let reference = reference(name);
        self.log_in(&reference, login, RegistryOperation::Push)
            .await?;
        let bytes = store.get(manifest).map_err(|error| error.to_string())?;
        let parsed: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let layers = parsed
            .get("layers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for blob in layers.chain(parsed.get("config")) {
            let digest = blob
                .get("digest")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let short: String = digest
                .trim_start_matches("sha256:")
                .chars()
                .take(12)
                .collect();
            if self
                .client
                .blob_exists(&reference, digest)
                .await
                .unwrap_or_default()
            {
                tell(&format!("{short}: Layer already exists"));
                continue;
            }
            let data = store.get(digest).map_err(|error| error.to_string())?;
            self.client
                .push_blob(&reference, data, digest)
                .await
                .map_err(|error| told(&error))?;
            tell(&format!("{short}: Pushed"));
        }
        let kind = parsed
            .get("mediaType")
            .and_then(Value::as_str)
            .unwrap_or(super::image::MANIFEST)
            .parse()
            .map_err(|_| "the manifest's media type is none".to_owned())?;
        let size = bytes.len();
        let digest = digest_of(&bytes);
        self.client
            .push_manifest_raw(&reference, bytes, kind)
            .await
            .map_err(|error| told(&error))?;
        Ok((digest, size))
    }

    /// Pulls an image; its manifest's digest.
    pub(super) async fn pull(
        &self,
        store: &Store,
        name: &Name,
        login: Option<&Login>,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, String> {
        let reference = reference(name);
        self.log_in(&reference, login, RegistryOperation::Pull)
            .await?;
        let auth = auth(login);
        let accepted = [
            super::image::MANIFEST,
            "application/vnd.docker.distribution.manifest.v2+json",
        ];
        let (bytes, _) = self
            .client
            .pull_manifest_raw(&reference, &auth, &accepted)
            .await
            .map_err(|error| told(&error))?;
        let parsed: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let layers = parsed
            .get("layers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for blob in layers.chain(parsed.get("config")) {
            let text = |name: &str| {
                blob.get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let descriptor = OciDescriptor {
                media_type: text("mediaType"),
                digest: text("digest"),
                size: blob.get("size").and_then(Value::as_i64).unwrap_or_default(),
                ..OciDescriptor::default()
            };
            let short: String = descriptor
                .digest
                .trim_start_matches("sha256:")
                .chars()
                .take(12)
                .collect();
            if store.has(&descriptor.digest) {
                tell(&format!("{short}: Already exists"));
                continue;
            }
            if u64::try_from(descriptor.size).unwrap_or(u64::MAX) > MAX_BLOB {
                return Err(format!("{short} is larger than {} MiB", MAX_BLOB >> 20));
            }
            let mut data = Vec::new();
            self.client
                .pull_blob(&reference, &descriptor, &mut data)
                .await
                .map_err(|error| told(&error))?;
            if store.put(&data).map_err(|error| error.to_string())? != descriptor.digest {
                return Err(format!(
                    "filesystem layer verification failed for digest {}",
                    descriptor.digest
                ));
            }
            tell(&format!("{short}: Pull complete"));
        }
        store.put(&bytes).map_err(|error| error.to_string())
    }

    /// Whether a login counts.
    pub(super) async fn check(&self, host: &str, login: &Login) -> Result<(), String> {
        let scheme = if is_loopback(host) { "http" } else { "https" };
        let url = format!("{scheme}://{host}/v2/");
        let fault = |error: reqwest::Error| format!("Get \"{url}\": {}", chain(&error));
        let mut builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        if let (false, Some(proxy)) = (is_loopback(host), &self.settings.proxy) {
            builder = builder.proxy(reqwest::Proxy::https(proxy).map_err(fault)?);
        }
        if let Some(pem) = self
            .settings
            .authority
            .as_ref()
            .and_then(|file| std::fs::read(file).ok())
        {
            let authority = reqwest::Certificate::from_pem(&pem).map_err(fault)?;
            builder = builder.tls_certs_merge([authority]);
        }
        let answer = builder
            .build()
            .map_err(fault)?
            .get(&url)
            .basic_auth(&login.user, Some(login.password.expose()))
            .send()
            .await
            .map_err(fault)?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!(
            "login attempt to {url} failed with status: {}",
            answer.status()
        ))
    }

    async fn log_in(
        &self,
        reference: &Reference,
        login: Option<&Login>,
        operation: RegistryOperation,
    ) -> Result<(), String> {
        self.client
            .auth(reference, &auth(login), operation)
            .await
            .map(drop)
            .map_err(|error| told(&error))
    }
}

fn auth(login: Option<&Login>) -> RegistryAuth {
    login.map_or(RegistryAuth::Anonymous, |login| {
        RegistryAuth::Basic(login.user.clone(), login.password.expose().clone())
    })
}

fn reference(name: &Name) -> Reference {
    match (&name.digest, &name.tag) {
        (Some(digest), _) => {
            Reference::with_digest(name.host.clone(), name.path.clone(), digest.clone())
        }
        (None, tag) => Reference::with_tag(
            name.host.clone(),
            name.path.clone(),
            tag.clone().unwrap_or_else(|| "latest".to_owned()),
        ),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.starts_with("127.") || name == "[::1]"
}

/// What the registry said, in docker's words where there are some.
fn told(error: &OciDistributionError) -> String {
    match error {
        OciDistributionError::RegistryError { envelope, url: _ } => {
            envelope.errors.first().map_or_else(
                || error.to_string(),
                |first| {
                    if first.message.is_empty() {
                        format!("{:?}", first.code).to_lowercase()
                    } else {
                        first.message.clone()
                    }
                },
            )
        }
        OciDistributionError::UnauthorizedError { url: _ } => {
            "no basic auth credentials".to_owned()
        }
        other => chain(other),
    }
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
