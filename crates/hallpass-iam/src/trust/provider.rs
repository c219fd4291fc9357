//! Identity providers as a trust policy names them.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", web identity and SAML session
//! principals; "Available keys for AWS OIDC federation".

use crate::operator::BaseOperator;
use crate::syntax::{Statement, Text};

/// A `Federated` principal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider<'a> {
    /// The principal as written.
    pub(crate) text: &'a Text,
    pub(crate) kind: ProviderKind,
    /// For OIDC the issuer's URL without scheme: the prefix of its condition keys.
    pub(crate) name: &'a str,
    /// Whose tokens it takes.
    pub(crate) issuer: Issuer,
}

/// What sort of provider it is, which decides the action that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProviderKind {
    /// OpenID Connect: by ARN, or one of AWS's built-in names.
    Oidc,
    /// SAML 2.0.
    Saml,
    /// A text that names neither.
    Unknown,
}

/// An issuer whose tokens we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// Amazon Cognito's identity pools: the audience is the pool, and a role trusts the whole of it.
    Cognito,
    /// GitHub.com, an enterprise's path on it included.
    GitHub,
    /// A GitHub of an enterprise's own host: GHE.com, and GitHub Enterprise Server.
    GitHubEnterprise,
    /// GitLab.com.
    GitLab,
    /// A cluster at a cloud whose issuers can be told by their host.
    Kubernetes,
    /// HCP Terraform.
    Terraform,
    /// Any other.
    Other,
}

impl<'a> Provider<'a> {
    pub(crate) fn read(text: &'a Text) -> Self {
        let (kind, name) = if let Some((_, name)) = text.text.split_once(":oidc-provider/") {
            (ProviderKind::Oidc, name)
        } else if text.text.contains(":saml-provider/") {
            (ProviderKind::Saml, text.text.as_str())
        } else if BUILT_IN.contains(&text.text.as_str()) {
            (ProviderKind::Oidc, text.text.as_str())
        } else {
            (ProviderKind::Unknown, text.text.as_str())
        };
        let issuer = Issuer::of(name);
        Self {
            text,
            kind,
            name,
            issuer,
        }
    }

    /// The partition of the ARN; empty for a built-in name.
    pub(crate) fn partition(&self) -> &'a str {
        self.text.text.split(':').nth(1).unwrap_or_default()
    }
}

impl Provider<'_> {
    /// Whether AWS makes a condition key of the claim.
    pub(crate) fn offers(&self, claim: &str) -> bool {
        self.offered().iter().any(|known| known.eq_ignore_ascii_case(claim))
    }

    /// The claims that AWS makes condition keys of.
    pub(crate) fn offered(&self) -> Vec<&'static str> {
        let mut claims = vec!["amr", "aud", "email", "oaud", "sub"];
        if self.issuer == Issuer::GitHub {
            claims.extend([
                "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref",
                "repository", "repository_id", "repository_owner_id", "workflow",
            ]);
        }
        claims
    }

    /// The condition keys one of which IAM wants evaluated before it stores trust in the issuer; none
    /// where the issuer is its owner's alone.
    pub(crate) fn guard_keys(&self) -> Vec<String> {
        if self.issuer == Issuer::GitHub && !self.name.contains('/') {
            vec![format!("{}:sub", self.name), format!("{}:job_workflow_ref", self.name)]
        } else {
            Vec::new()
        }
    }

    /// Whether IAM would store the statement's trust in the issuer.
    pub(crate) fn is_guarded(&self, statement: &Statement) -> bool {
        let keys = self.guard_keys();
        keys.is_empty() || statement.conditions.iter().any(|it| {
            let is_operator = matches!(it.operator.base, BaseOperator::StringEquals | BaseOperator::StringLike | BaseOperator::StringEqualsIgnoreCase)
                && it.operator.qualifier.is_none() && !it.operator.is_if_exists;
            is_operator && keys.iter().any(|key| key.eq_ignore_ascii_case(&it.key))
                && it.values.first().is_some_and(|value| !matches!(value.text.as_str(), "" | "*" | "repo:*"))
        })
    }
}

impl Issuer {
    fn of(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let (host, path) = lower.split_once('/').unwrap_or((&lower, ""));
        let is_eks = (host.starts_with("oidc.eks.") || host.starts_with("oidc-eks."))
            && path.starts_with("id/");
        let is_cloud = (host == "container.googleapis.com" && path.starts_with("v1/projects/"))
            || host.ends_with(".oic.prod-aks.azure.com");
        match host {
            "cognito-identity.amazonaws.com" => Self::Cognito,
            "token.actions.githubusercontent.com" => Self::GitHub,
            "gitlab.com" => Self::GitLab,
            "app.terraform.io" => Self::Terraform,
            _ if is_eks || is_cloud => Self::Kubernetes,
            _ if path == "_services/token" => Self::GitHubEnterprise,
            _ if host.starts_with("token.actions.") && host.ends_with(".ghe.com") => {
                Self::GitHubEnterprise
            }
            _ => Self::Other,
        }
    }

    /// Whether subjects are composed as GitHub Actions composes them.
    pub(crate) const fn is_github(self) -> bool {
        matches!(self, Self::GitHub | Self::GitHubEnterprise)
    }
}

const BUILT_IN: &[&str] = &[
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];
