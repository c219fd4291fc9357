//! EKS Auth: from a pod's token to the role of its association; and the agent that asks it for the pods.
//!
//! Source: Amazon EKS Auth API Reference; Amazon EKS User Guide, "Understand how EKS Pod Identity
//! works"; aws/eks-pod-identity-agent.

mod agent;
mod assume;
mod session;

pub(crate) use agent::agent;
pub(crate) use assume::dispatch;
