//! Audiences of web identity tokens.

/// The audience that STS wants in a web identity token by custom, in the commercial partition.
///
/// Any client ID registered with the IAM OIDC provider is accepted; this is the one that EKS and
/// configure-aws-credentials ask for. See [`crate::Partition::sts_audience`] for other partitions.
pub const STS_AUDIENCE: &str = "sts.amazonaws.com";
