//! The kubeconfig of the cluster's administrator: one context with a token, one with a client
//! certificate.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::access::{ADMINISTRATOR_TOKEN, ClientAuthority, MASTERS};
use crate::error::LabError;
use crate::world::World;

/// The kubeconfig's text: the API at `address`, under the lab's own authority.
pub(crate) fn kubeconfig(
    world: &World,
    address: SocketAddr,
    ca_pem: &str,
) -> Result<String, LabError> {
    // INVARIANT: the token was made at the start of the lab.
    let token = world.store.read(|state| {
        state
            .settings
            .get(ADMINISTRATOR_TOKEN)
            .map(|setting| setting.value.clone())
            .unwrap_or_default()
    });
    let clients = ClientAuthority::open(&world.folder, world.clock.machine())?;
    let (certificate, key) = clients.sign(CERTIFIED, &[MASTERS])?;
    let (certificate, key) = (STANDARD.encode(certificate), STANDARD.encode(key.expose()));
    let authority = STANDARD.encode(ca_pem);
    Ok(format!(
        "apiVersion: v1
kind: Config
current-context: hallpass-lab
clusters:
  - name: hallpass-lab
    cluster:
      server: https://{address}
      certificate-authority-data: {authority}
contexts:
  - name: hallpass-lab
    context:
      cluster: hallpass-lab
      user: hallpass-lab-admin
      namespace: default
  - name: hallpass-lab-certificate
    context:
      cluster: hallpass-lab
      user: hallpass-lab-certificate
      namespace: default
users:
  - name: hallpass-lab-admin
    user:
      token: {token}
  - name: hallpass-lab-certificate
    user:
      client-certificate-data: {certificate}
      client-key-data: {key}
"
    ))
}

/// The user of the client certificate.
const CERTIFIED: &str = "kubernetes-super-admin";
