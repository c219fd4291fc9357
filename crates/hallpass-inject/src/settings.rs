//! How a webhook is set up: the flags of EKS's, and its defaults.

use std::collections::BTreeSet;

use hallpass_types::{STS_AUDIENCE, ServiceAccountName};

/// The settings of a pod identity webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The domain of the annotations; EKS's own by default, so that manifests work in both places.
    pub prefix: String,
    /// The audience of web identity tokens where the service account names none.
    pub audience: String,
    /// Whether containers are led to the regional STS where the service account does not say.
    pub regional_sts: bool,
    /// The tokens' life in seconds where neither pod nor service account says.
    pub token_expiration: i64,
    /// The region to put into containers that name none; absent for none.
    pub region: Option<String>,
    /// Where the web identity token's volume is mounted.
    pub mount_path: String,
    /// The service accounts that get their credentials from EKS Pod Identity instead.
    pub container_credentials: Option<ContainerCredentials>,
}

impl Default for Settings {
    /// The defaults of EKS's webhook; a day is as long as a kubelet keeps a token anyway.
    fn default() -> Self {
        Self {
            prefix: "eks.amazonaws.com".to_owned(),
            audience: STS_AUDIENCE.to_owned(),
            regional_sts: false,
            token_expiration: DEFAULT_TOKEN_EXPIRATION,
            region: None,
            mount_path: "/var/run/secrets/eks.amazonaws.com/serviceaccount".to_owned(),
            container_credentials: None,
        }
    }
}

/// How containers reach EKS Pod Identity's agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerCredentials {
    /// The audience of the tokens.
    pub audience: String,
    /// The agent's URL.
    pub full_uri: String,
    /// Where the token's volume is mounted.
    pub mount_path: String,
    /// The volume's name.
    pub volume_name: String,
    /// The token's file in the volume.
    pub token_path: String,
    /// Whose pods it is for.
    pub identities: BTreeSet<ServiceAccountName>,
}

impl ContainerCredentials {
    /// EKS's own agent on IPv4, for these service accounts.
    pub fn of_eks(identities: BTreeSet<ServiceAccountName>) -> Self {
        Self {
            audience: "pods.eks.amazonaws.com".to_owned(),
            full_uri: "http://169.254.170.23/v1/credentials".to_owned(),
            mount_path: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount".to_owned(),
            volume_name: "eks-pod-identity-token".to_owned(),
            token_path: "eks-pod-identity-token".to_owned(),
            identities,
        }
    }
}

/// The life that is jittered for Pod Identity, so that a fleet's tokens do not all expire at once.
pub(crate) const DEFAULT_TOKEN_EXPIRATION: i64 = 86_400;
