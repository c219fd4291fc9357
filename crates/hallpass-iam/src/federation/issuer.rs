//! Issuers by their names: a URL, a provider's ARN, or one of those that AWS has built in.

use super::shared::{Shared, shared};

/// An issuer as policies name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer<'a> {
    provider: &'a str,
}

/// Whose tokens an issuer's are, as far as its URL tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerKind<'a> {
    /// A cluster of Azure Kubernetes Service.
    Aks,
    /// Buildkite, or an organisation's own domain there.
    Buildkite,
    /// An organisation on `CircleCI`.
    CircleCi,
    /// Cognito identity pools.
    Cognito,
    /// A cluster of Amazon EKS.
    Eks,
    /// Facebook.
    Facebook,
    /// Anything else; a cluster that somebody runs alone, for one.
    Generic,
    /// GitHub Actions on github.com.
    GitHub {
        /// The enterprise's slug, where the enterprise has its own issuer.
        enterprise: Option<&'a str>,
    },
    /// GitHub Actions on GHE.com, GitHub Enterprise Cloud with data residency.
    GitHubEnterpriseCloud,
    /// GitHub Actions on a GitHub Enterprise Server.
    GitHubEnterpriseServer,
    /// GitLab CI on gitlab.com.
    GitLab,
    /// A cluster of Google Kubernetes Engine.
    Gke,
    /// Google.
    Google,
    /// HCP Terraform.
    HcpTerraform,
    /// Login with Amazon.
    LoginWithAmazon,
    /// An identity domain of Oracle Cloud.
    Oracle,
}

impl<'a> Issuer<'a> {
    /// The issuer that a text names: its URL with or without scheme, the ARN of its provider in IAM, or
    /// a name that AWS has built in. Any text that is no ARN may be an issuer; a SAML provider is none.
    pub fn of(text: &'a str) -> Option<Self> {
        let provider = if text.starts_with("arn:") {
            let (_, provider) = text.split_once(":oidc-provider/")?;
            provider
        } else {
            text.strip_prefix("https://").unwrap_or(text)
        };
        (!provider.is_empty()).then_some(Self { provider })
    }

    /// The issuer of a condition key such as `token.actions.githubusercontent.com:sub`, and its claim.
    pub fn of_key(key: &'a str) -> Option<(Self, &'a str)> {
        let (provider, claim) = key.rsplit_once(':')?;
        let is_claim = begins_with_host(provider) && !claim.is_empty();
        is_claim.then_some((Self { provider }, claim))
    }

    /// What its condition keys begin with: the URL without scheme.
    pub fn provider(&self) -> &'a str {
        self.provider
    }

    /// Whose tokens they are.
    pub fn kind(&self) -> IssuerKind<'a> {
        let (host, path) = self.provider.split_once('/').unwrap_or((self.provider, ""));
        let path = path.trim_end_matches('/');
        let host = host.to_ascii_lowercase();
        match host.as_str() {
            "accounts.google.com" => IssuerKind::Google,
            "app.terraform.io" => IssuerKind::HcpTerraform,
            "cognito-identity.amazonaws.com" => IssuerKind::Cognito,
            "container.googleapis.com" => IssuerKind::Gke,
            "gitlab.com" => IssuerKind::GitLab,
            "graph.facebook.com" => IssuerKind::Facebook,
            "oidc.circleci.com" => IssuerKind::CircleCi,
            "token.actions.githubusercontent.com" => IssuerKind::GitHub {
                enterprise: (!path.is_empty()).then_some(path),
            },
            "github.com" => match path.strip_prefix("enterprises/") {
                Some(slug) => IssuerKind::GitHub {
                    enterprise: Some(slug),
                },
                None => IssuerKind::Generic,
            },
            "www.amazon.com" => IssuerKind::LoginWithAmazon,
            _ => kind_of_host(&host, path),
        }
    }

    /// What AWS asks of trust in it, if everybody shares it.
    pub fn shared(&self) -> Option<&'static Shared> {
        shared(*self)
    }
}

/// Whether a host comes first: a name with a dot or, in a lab, with a port. No prefix of a service has
/// either, and a tag may have a colon: `s3:ExistingObjectTag/a.b:c`.
fn begins_with_host(provider: &str) -> bool {
    let host = provider.split('/').next().unwrap_or_default();
    match host.split_once(':') {
        None => host.contains('.'),
        Some((name, port)) => {
            let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            !name.is_empty() && is_port
        }
    }
}

/// The kind of an issuer whose host is its owner's or its region's.
fn kind_of_host(host: &str, path: &str) -> IssuerKind<'static> {
    let between = |start: &str, end: &str| {
        let rest = host.strip_prefix(start);
        rest.and_then(|rest| rest.strip_suffix(end))
            .is_some_and(|middle| !middle.is_empty())
    };
    // China's hosts end in `.cn`; the dual-stack ones are under `api.aws`.
    let is_eks = between("oidc.eks.", ".amazonaws.com")
        || between("oidc.eks.", ".amazonaws.com.cn")
        || between("oidc-eks.", ".api.aws")
        || between("oidc-eks.", ".api.amazonwebservices.com.cn");
    if is_eks && path.starts_with("id/") {
        IssuerKind::Eks
    } else if between("token.actions.", ".ghe.com") {
        IssuerKind::GitHubEnterpriseCloud
    } else if path == "_services/token" {
        IssuerKind::GitHubEnterpriseServer
    } else if host.ends_with(".oic.prod-aks.azure.com") {
        IssuerKind::Aks
    } else if host == "agent.buildkite.com"
        || between("agent.", ".buildkite.dev")
        || between("agent.", ".buildkite.site")
    {
        IssuerKind::Buildkite
    } else if between("idcs-", ".identity.oraclecloud.com") {
        IssuerKind::Oracle
    } else {
        IssuerKind::Generic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> IssuerKind<'_> {
        Issuer::of(text).unwrap().kind()
    }

    #[test]
    fn a_url_an_arn_and_a_bare_name_are_one_issuer() {
        let provider = "token.actions.githubusercontent.com/acme";
        for text in [
            "https://token.actions.githubusercontent.com/acme",
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com/acme",
            provider,
        ] {
            let issuer = Issuer::of(text).unwrap();
            assert_eq!(issuer.provider(), provider);
            let enterprise = Some("acme");
            assert_eq!(issuer.kind(), IssuerKind::GitHub { enterprise });
        }
        assert_eq!(
            Issuer::of("arn:aws:iam::111122223333:saml-provider/x"),
            None
        );
        assert_eq!(Issuer::of("https://"), None);
    }

    #[test]
    fn issuers_are_told_by_host_and_path() {
        let github = IssuerKind::GitHub { enterprise: None };
        for (text, wanted) in [
            ("token.actions.githubusercontent.com", github),
            ("https://TOKEN.actions.githubusercontent.com", github),
            (
                "token.actions.octo.ghe.com",
                IssuerKind::GitHubEnterpriseCloud,
            ),
            (
                "ghes.example/_services/token",
                IssuerKind::GitHubEnterpriseServer,
            ),
            ("oidc.eks.us-west-2.amazonaws.com/id/AB12", IssuerKind::Eks),
            ("oidc-eks.us-west-2.api.aws/id/AB12", IssuerKind::Eks),
            (
                "oidc.eks.cn-north-1.amazonaws.com.cn/id/AB12",
                IssuerKind::Eks,
            ),
            (
                "container.googleapis.com/v1/projects/p/locations/l/clusters/c",
                IssuerKind::Gke,
            ),
            ("eastus.oic.prod-aks.azure.com/t/u/", IssuerKind::Aks),
            ("gitlab.com", IssuerKind::GitLab),
            ("gitlab.example", IssuerKind::Generic),
            ("oidc.circleci.com/org/0-1", IssuerKind::CircleCi),
            ("agent.buildkite.com", IssuerKind::Buildkite),
            ("agent.acme.buildkite.dev", IssuerKind::Buildkite),
            ("idcs-0a.identity.oraclecloud.com", IssuerKind::Oracle),
            ("accounts.google.com", IssuerKind::Google),
            ("cognito-identity.amazonaws.com", IssuerKind::Cognito),
            ("graph.facebook.com", IssuerKind::Facebook),
            ("www.amazon.com", IssuerKind::LoginWithAmazon),
            ("app.terraform.io", IssuerKind::HcpTerraform),
            // What only looks like one of them.
            (
                "evil.example/token.actions.githubusercontent.com",
                IssuerKind::Generic,
            ),
            (
                "token.actions.githubusercontent.com.evil.example",
                IssuerKind::Generic,
            ),
            (
                "oidc.eks.us-west-2.amazonaws.com.evil.example/id/AB",
                IssuerKind::Generic,
            ),
            ("token.actions..ghe.com", IssuerKind::Generic),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_key_is_cut_at_its_last_colon() {
        let cut = |key| Issuer::of_key(key).map(|(issuer, claim)| (issuer.provider(), claim));
        assert_eq!(cut("h.example/p:sub"), Some(("h.example/p", "sub")));
        assert_eq!(
            cut("127.0.0.1:4566/a:aud"),
            Some(("127.0.0.1:4566/a", "aud"))
        );
        assert_eq!(
            cut("oidc.circleci.com/org/1:oidc.circleci.com/project-id"),
            Some(("oidc.circleci.com/org/1", "oidc.circleci.com/project-id"))
        );
        for other in [
            "aws:SourceIp",
            "aws:RequestTag/a.b:c",
            "s3:ExistingObjectTag/a:b",
            "codebuild:environment.environmentVariables/a:b.value",
            "arn:aws:iam::111122223333:oidc-provider/h.example:sub",
        ] {
            assert_eq!(cut(other), None, "{other}");
        }
        assert_eq!(
            cut("codebuild:environment.environmentVariables/a.value"),
            None
        );
        assert_eq!(cut("h.example"), None);
    }
}
