//! Which claims of an issuer's tokens are condition keys.

use super::issuer::{Issuer, IssuerKind};
use crate::services::{ConditionKey, ConditionKeyType, service};

impl Issuer<'_> {
    /// The claims that AWS offers as condition keys, sorted.
    pub fn claims(&self) -> Vec<&'static str> {
        let mut claims: Vec<&str> = self.offered().map(|(claim, _)| claim).collect();
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// The type of the claim's condition key; none where AWS does not offer the claim.
    pub fn claim_type(&self, claim: &str) -> Option<ConditionKeyType> {
        let mut offered = self.offered();
        let (_, kind) = offered.find(|(name, _)| name.eq_ignore_ascii_case(claim))?;
        Some(kind)
    }

    /// The claims that AWS knows of this issuer besides those of every issuer.
    pub fn own_claims(&self) -> Vec<&'static str> {
        self.listed().map(|(claim, _)| claim).collect()
    }

    fn offered(&self) -> impl Iterator<Item = (&'static str, ConditionKeyType)> {
        // Facebook and Amazon give access tokens, not OpenID Connect ones.
        let is_oidc = match self.kind() {
            IssuerKind::Facebook | IssuerKind::LoginWithAmazon => false,
            IssuerKind::Aks
            | IssuerKind::Buildkite
            | IssuerKind::CircleCi
            | IssuerKind::Cognito
            | IssuerKind::Eks
            | IssuerKind::Generic
            | IssuerKind::GitHub { .. }
            | IssuerKind::GitHubEnterpriseCloud
            | IssuerKind::GitHubEnterpriseServer
            | IssuerKind::GitLab
            | IssuerKind::Gke
            | IssuerKind::Google
            | IssuerKind::HcpTerraform
            | IssuerKind::Oracle => true,
        };
        let of_all = EVERY_ISSUER.iter().copied().filter(move |_| is_oidc);
        of_all.chain(self.listed())
    }

    /// The claims that the Service Authorization Reference lists for the issuer.
    fn listed(&self) -> impl Iterator<Item = (&'static str, ConditionKeyType)> {
        let keys = service("sts").map_or(&[][..], |sts| sts.condition_keys());
        keys.iter().filter_map(|key| {
            let (provider, claim) = key.name().rsplit_once(':')?;
            let is_this = provider.contains('.') && self.is_named_by(provider);
            is_this.then_some((claim, key.kind()))
        })
    }

    /// Whether the pattern, whose variable part if any lies within one segment, names the issuer.
    fn is_named_by(&self, pattern: &'static str) -> bool {
        let provider = self.provider();
        pattern.matches('/').count() == provider.matches('/').count()
            && ConditionKey::new(pattern, ConditionKeyType::String).is(provider)
    }
}

/// Whether a condition key is about a federated principal's token, that of a provider or of SAML.
pub fn is_claim_key(key: &str) -> bool {
    Issuer::of_key(key).is_some() || is_saml(key)
}

/// The type of a federated principal's condition key; none where AWS does not offer it.
pub fn claim_type(key: &str) -> Option<ConditionKeyType> {
    if is_saml(key) {
        let known = service("sts")?.condition_key(key)?;
        return Some(known.kind());
    }
    let (issuer, claim) = Issuer::of_key(key)?;
    issuer.claim_type(claim)
}

fn is_saml(key: &str) -> bool {
    let prefix = key.split_once(':').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("saml"))
}

/// Of every issuer. Where a token has `azp`, that is the key `aud`, and the claim `aud` is `oaud`.
const EVERY_ISSUER: &[(&str, ConditionKeyType)] = &[
    ("amr", ConditionKeyType::ArrayOfString),
    ("aud", ConditionKeyType::String),
    ("email", ConditionKeyType::String),
    ("oaud", ConditionKeyType::String),
    ("sub", ConditionKeyType::String),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(issuer: &str) -> Vec<&'static str> {
        Issuer::of(issuer).unwrap().claims()
    }

    const GITHUB: [&str; 15] = [
        "actor",
        "actor_id",
        "amr",
        "aud",
        "email",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "oaud",
        "ref",
        "repository",
        "repository_id",
        "repository_owner_id",
        "sub",
        "workflow",
    ];

    #[test]
    fn githubs_issuers_offer_the_same_claims() {
        for issuer in [
            "token.actions.githubusercontent.com",
            "token.actions.githubusercontent.com/acme",
            "token.actions.octo.ghe.com",
            "github.com/enterprises/acme",
        ] {
            assert_eq!(claims(issuer), GITHUB, "{issuer}");
        }
    }

    #[test]
    fn what_only_looks_like_a_known_issuer_offers_no_more_than_any() {
        let any = ["amr", "aud", "email", "oaud", "sub"];
        for issuer in [
            "ghes.example/_services/token",
            "oidc.eks.us-west-2.amazonaws.com/id/AB12",
            "evil.example/token.actions.githubusercontent.com",
            "token.actions.githubusercontent.com/a/b",
            "token.actions.evil.example/x.ghe.com",
            "gitlab.example",
            "gitlab.com/x",
        ] {
            assert_eq!(claims(issuer), any, "{issuer}");
        }
    }

    #[test]
    fn other_issuers_have_claims_of_their_own() {
        let own = |issuer: &str| Issuer::of(issuer).unwrap().own_claims();
        assert!(own("gitlab.com").contains(&"project_id"));
        assert_eq!(
            own("oidc.circleci.com/org/0-1"),
            ["oidc.circleci.com/project-id"]
        );
        assert!(own("agent.acme.buildkite.site").contains(&"pipeline_slug"));
        assert_eq!(own("idcs-0a.identity.oraclecloud.com"), ["rpst_id"]);
        assert_eq!(claims("graph.facebook.com"), ["app_id", "id"]);
    }

    #[test]
    fn a_key_of_a_claim_that_aws_does_not_offer_has_no_type() {
        let github =
            |claim: &str| claim_type(&format!("token.actions.githubusercontent.com:{claim}"));
        assert_eq!(github("SUB"), Some(ConditionKeyType::String));
        assert_eq!(github("amr"), Some(ConditionKeyType::ArrayOfString));
        for hidden in [
            "event_name",
            "repository_owner",
            "iss",
            "sha",
            "runner_environment",
        ] {
            assert_eq!(github(hidden), None, "{hidden}");
        }
        assert_eq!(claim_type("saml:aud"), Some(ConditionKeyType::String));
        assert_eq!(claim_type("saml:nonsense"), None);
        assert!(is_claim_key("SAML:nonsense"));
        assert!(!is_claim_key("aws:SourceIp"));
    }
}
