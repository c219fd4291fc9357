//! Identity providers as a trust policy names them.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", web identity and SAML session
//! principals. What AWS knows of issuers stands in [`crate::federation`].

use crate::federation::{Issuer, IssuerKind};
use crate::syntax::{Condition, Text};

/// A `Federated` principal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider<'a> {
    /// The principal as written.
    pub(crate) text: &'a Text,
    pub(crate) kind: ProviderKind,
    /// For OIDC the issuer's URL without scheme: the prefix of its condition keys.
    pub(crate) name: &'a str,
    /// How its tokens look.
    pub(crate) family: Family,
    issuer: Option<Issuer<'a>>,
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

/// Issuers whose subjects are composed alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Identity for applications' users: Amazon Cognito, Google, Facebook, Amazon. A role trusts the whole
    /// of an application or identity pool, which the audience names.
    Application,
    /// Buildkite.
    Buildkite,
    /// An organisation on `CircleCI`.
    CircleCi,
    /// GitHub Actions on github.com and GHE.com.
    GitHub,
    /// GitHub Actions on a GitHub Enterprise Server, which has no immutable subjects.
    GitHubServer,
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
        let issuer = Issuer::of(&text.text);
        let is_built_in = BUILT_IN.contains(&text.text.as_str());
        let kind = if text.text.contains(":saml-provider/") {
            ProviderKind::Saml
        } else if issuer.is_some() && (is_built_in || text.text.starts_with("arn:")) {
            ProviderKind::Oidc
        } else {
            ProviderKind::Unknown
        };
        Self {
            text,
            kind,
            name: issuer.map_or(text.text.as_str(), |issuer| issuer.provider()),
            family: issuer.map_or(Family::Other, |issuer| Family::of(issuer.kind())),
            issuer,
        }
    }

    /// The partition of the ARN; empty for a built-in name.
    pub(crate) fn partition(&self) -> &'a str {
        self.text.text.split(':').nth(1).unwrap_or_default()
    }

    /// The account of the ARN; empty for a built-in name.
    pub(crate) fn account(&self) -> &'a str {
        self.text.text.split(':').nth(4).unwrap_or_default()
    }

    /// Whether AWS makes a condition key of the claim.
    pub(crate) fn offers(&self, claim: &str) -> bool {
        self.issuer
            .is_some_and(|issuer| issuer.claim_type(claim).is_some())
    }

    /// The claims that AWS makes condition keys of.
    pub(crate) fn offered(&self) -> Vec<&'static str> {
        self.issuer.map_or_else(Vec::new, |issuer| issuer.claims())
    }

    /// The condition keys one of which IAM wants evaluated before it stores trust in the issuer; none
    /// where the issuer is its owner's alone.
    pub(crate) fn guard_keys(&self) -> Vec<String> {
        let shared = self
            .issuer
            .and_then(|issuer| Some((issuer, issuer.shared()?)));
        shared.map_or_else(Vec::new, |(issuer, shared)| shared.keys(issuer))
    }

    /// Whether IAM would store trust in the issuer under these conditions.
    pub(crate) fn is_guarded(&self, conditions: &[Condition]) -> bool {
        let shared = self
            .issuer
            .and_then(|issuer| Some((issuer, issuer.shared()?)));
        shared.is_none_or(|(issuer, shared)| shared.is_scoped_by(issuer, conditions))
    }
}

impl Family {
    const fn of(kind: IssuerKind<'_>) -> Self {
        match kind {
            IssuerKind::Aks | IssuerKind::Eks | IssuerKind::Gke => Self::Kubernetes,
            IssuerKind::Buildkite => Self::Buildkite,
            IssuerKind::CircleCi => Self::CircleCi,
            IssuerKind::Cognito
            | IssuerKind::Facebook
            | IssuerKind::Google
            | IssuerKind::LoginWithAmazon => Self::Application,
            IssuerKind::GitHub { .. } | IssuerKind::GitHubEnterpriseCloud => Self::GitHub,
            IssuerKind::GitHubEnterpriseServer => Self::GitHubServer,
            IssuerKind::GitLab => Self::GitLab,
            IssuerKind::HcpTerraform => Self::Terraform,
            IssuerKind::Generic | IssuerKind::Oracle => Self::Other,
        }
    }

    /// Whether subjects are composed as GitHub Actions composes them.
    pub(crate) const fn is_github(self) -> bool {
        matches!(self, Self::GitHub | Self::GitHubServer)
    }
}

const BUILT_IN: &[&str] = &[
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];
