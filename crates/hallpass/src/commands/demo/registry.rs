//! Pushing, and reading back: the OCI client crate, pointed at the lab's registry.

use hallpass_types::Secret;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciImageManifest;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use super::error::DemoError;
use super::image::Image;

/// A login, as ECR gives it for twelve hours.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Host and port.
    pub(crate) registry: String,
    /// The password; the user is always `AWS`.
    pub(crate) password: Secret<String>,
}

/// Pushes the image under a tag.
pub(crate) async fn push(
    login: &Login,
    image: Image,
    repository: &str,
    tag: &str,
) -> Result<(), DemoError> {
    let manifest = OciImageManifest::build(&image.layers, &image.config, None);
    client()
        .push(
            &reference(login, repository, tag),
            &image.layers,
            image.config,
            &auth(login),
            Some(manifest),
        )
        .await
        .map(drop)
        .map_err(|error| refused("the push", &error))
}

/// The digest that the registry has for a tag.
pub(crate) async fn digest(
    login: &Login,
    repository: &str,
    tag: &str,
) -> Result<String, DemoError> {
    client()
        .fetch_manifest_digest(&reference(login, repository, tag), &auth(login))
        .await
        .map_err(|error| refused("the reading back", &error))
}

fn client() -> Client {
    Client::new(ClientConfig {
        // The lab's registry is on loopback, where no one listens in.
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    })
}

fn reference(login: &Login, repository: &str, tag: &str) -> Reference {
    Reference::with_tag(
        login.registry.clone(),
        repository.to_owned(),
        tag.to_owned(),
    )
}

fn auth(login: &Login) -> RegistryAuth {
    RegistryAuth::Basic("AWS".to_owned(), login.password.expose().clone())
}

fn refused(what: &'static str, error: &OciDistributionError) -> DemoError {
    DemoError::Registry {
        what,
        reason: error.to_string(),
    }
}
