//! The kubeconfig of the cluster's administrator.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::access::ADMINISTRATOR_TOKEN;
use crate::world::World;

/// The kubeconfig's text: the API at `address`, under the lab's own authority.
pub(crate) fn kubeconfig(world: &World, address: SocketAddr, ca_pem: &str) -> String {
    // INVARIANT: the token was made at the start of the lab.
    let token = world.store.read(|state| {
        state
            .settings
            .get(ADMINISTRATOR_TOKEN)
            .map(|setting| setting.value.clone())
            .unwrap_or_default()
    });
    let authority = STANDARD.encode(ca_pem);
    format!(
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
users:
  - name: hallpass-lab-admin
    user:
      token: {token}
"
    )
}
