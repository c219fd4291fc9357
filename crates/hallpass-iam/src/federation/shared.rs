//! Issuers that everybody shares, and the conditions without which IAM stores no trust in them.
//!
//! Whoever has an account with such an issuer gets tokens of the same `iss`: a claim alone tells whose
//! they are. Since June 2025 IAM refuses to create or update a trust policy that allows one and does not
//! evaluate that claim.
//!
//! Source: IAM User Guide, "Identity-provider controls for shared OIDC providers"
//! (`id_roles_providers_oidc_secure-by-default`). That GitHub's `job_workflow_ref` will do as well, which
//! operators count, and that the first value of a list alone is read, is observed.

use crate::operator::{BaseOperator, Qualifier};
use crate::syntax::{Condition, Statement};

/// An issuer that everybody shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Whose it is.
    pub name: &'static str,
    /// Its URL without scheme.
    pub provider: &'static str,
    /// The condition keys one of which a trust policy must evaluate, without the provider unless they
    /// are keys of a service.
    keys: &'static [&'static str],
}

/// The shared issuer of that URL without scheme. An enterprise's own path under GitHub's is not shared.
pub fn shared(provider: &str) -> Option<&'static Shared> {
    let provider = provider.trim_end_matches('/');
    let mut known = SHARED.iter();
    known.find(|shared| shared.provider.eq_ignore_ascii_case(provider))
}

impl Shared {
    /// The condition keys one of which a trust policy must evaluate.
    pub fn keys(&self) -> Vec<String> {
        let full = |key: &&str| {
            if key.contains(':') {
                (*key).to_owned()
            } else {
                format!("{}:{key}", self.provider)
            }
        };
        self.keys.iter().map(full).collect()
    }

    /// Whether IAM would store the statement: whether a condition says whose tokens are meant. Only the
    /// first value of a list is looked at, since IAM does no more: `["x", "*"]` passes and lets in all.
    pub fn is_scoped_by(&self, statement: &Statement) -> bool {
        statement.conditions.iter().any(|it| self.is_scope(it))
    }

    fn is_scope(&self, condition: &Condition) -> bool {
        let is_key = self
            .keys()
            .iter()
            .any(|key| condition.key.eq_ignore_ascii_case(key));
        let is_operator = matches!(
            condition.operator.base,
            BaseOperator::StringEquals
                | BaseOperator::StringEqualsIgnoreCase
                | BaseOperator::StringLike
        ) && condition.operator.qualifier != Some(Qualifier::ForAllValues)
            && !condition.operator.is_if_exists;
        let is_narrow = condition
            .values
            .first()
            .is_some_and(|value| !matches!(value.text.as_str(), "" | "*" | "repo:*"));
        is_key && is_operator && is_narrow
    }
}

/// Every shared issuer that IAM controls, by name.
pub const SHARED: &[Shared] = &[
    Shared::new("Amazon Cognito", "cognito-identity.amazonaws.com", AUD),
    Shared::new(
        "Azure Sentinel",
        "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
        &["sts:RoleSessionName"],
    ),
    Shared::new("Buildkite", "agent.buildkite.com", SUB),
    Shared::new("Codefresh", "oidc.codefresh.io", SUB),
    Shared::new("DVC Studio", "studio.datachain.ai/api", SUB),
    Shared::new(
        "GitHub Actions",
        "token.actions.githubusercontent.com",
        &["sub", "job_workflow_ref"],
    ),
    Shared::new(
        "GitHub audit log streaming",
        "oidc-configuration.audit-log.githubusercontent.com",
        SUB,
    ),
    Shared::new(
        "GitHub Actions (vstoken)",
        "vstoken.actions.githubusercontent.com",
        SUB,
    ),
    Shared::new("GitLab", "gitlab.com", SUB),
    Shared::new("HCP Terraform", "app.terraform.io", SUB),
    Shared::new(
        "IBM Turbonomic",
        "oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu",
        SUB,
    ),
    Shared::new(
        "IBM Turbonomic",
        "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb",
        SUB,
    ),
    Shared::new(
        "IBM Turbonomic",
        "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7",
        SUB,
    ),
    Shared::new(
        "IBM Turbonomic",
        "rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr",
        SUB,
    ),
    Shared::new(
        "IBM Turbonomic",
        "rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg",
        SUB,
    ),
    Shared::new(
        "IBM Turbonomic",
        "rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26",
        SUB,
    ),
    Shared::new("Pulumi Cloud", "api.pulumi.com/oidc", AUD),
    Shared::new("sandboxes.cloud", "sandboxes.cloud", AUD),
    Shared::new("Scalr", "scalr.io", SUB),
    Shared::new("Shisho Cloud", "tokens.cloud.shisho.dev", SUB),
    Shared::new("Upbound", "proidc.upbound.io", SUB),
    Shared::new("Vercel", "oidc.vercel.com", AUD),
];

const AUD: &[&str] = &["aud"];
const SUB: &[&str] = &["sub"];

impl Shared {
    const fn new(
        name: &'static str,
        provider: &'static str,
        keys: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            provider,
            keys,
        }
    }
}
