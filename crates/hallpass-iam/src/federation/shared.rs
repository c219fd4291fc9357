//! Issuers that everybody shares, and the conditions without which IAM stores no trust in them.
//!
//! Whoever has an account with such an issuer gets tokens of the same `iss`: a claim alone tells whose
//! they are. IAM refuses to create or update a trust policy that allows one and does not evaluate that
//! claim; what was stored before stays.
//!
//! Sources: IAM User Guide, "Identity-provider controls for shared OIDC providers"
//! (`id_roles_providers_oidc_secure-by-default`) has the issuers and claims. The rest is observed and
//! reported in public: the messages; that GitHub's `job_workflow_ref` will do, that its control holds for
//! an enterprise's own path as well (unfunco/terraform-aws-oidc-github#57), and takes `repo:*`; that a
//! list's first value alone is read, so that `["x", "*"]` passes and lets in everybody; that trust in
//! Google, Facebook and Amazon, which are built in, wants a condition on an application.

use super::issuer::{Issuer, IssuerKind};
use crate::operator::{BaseOperator, Qualifier};
use crate::services::matches_action;
use crate::syntax::{Condition, Effect, Principals, Statement};

/// An issuer that everybody shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Whose it is.
    pub name: &'static str,
    /// Its URL without scheme.
    pub provider: &'static str,
    control: Control,
    /// Claims, or keys of a service, one of which a trust policy must evaluate.
    keys: &'static [&'static str],
}

/// How IAM controls the trust in an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    /// Some equality with an application's ID.
    Application,
    /// A comparison with something narrower than `*`.
    Scope,
}

/// A principal of a statement that IAM would not store: everybody shares the issuer, and no condition
/// says whose tokens are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unscoped<'a> {
    /// The principal as written.
    pub principal: &'a str,
    /// The issuer.
    pub issuer: Issuer<'a>,
    /// What is known of it.
    pub shared: &'static Shared,
}

/// The first principal that IAM's controls refuse; none where IAM would store the statement.
pub fn unscoped(statement: &Statement) -> Option<Unscoped<'_>> {
    let principal = statement.principal.as_ref()?;
    let Principals::Listed { federated, .. } = &principal.value else {
        return None;
    };
    if statement.effect == Effect::Deny || principal.is_negated || !lets_tokens_in(statement) {
        return None;
    }
    federated.iter().find_map(|text| {
        let principal = text.text.as_str();
        let issuer = Issuer::of(principal)?;
        let shared = issuer.shared()?;
        let is_scoped = shared.is_scoped_by(issuer, &statement.conditions);
        (!is_scoped).then_some(Unscoped {
            principal,
            issuer,
            shared,
        })
    })
}

fn lets_tokens_in(statement: &Statement) -> bool {
    statement.action.as_ref().is_some_and(|element| {
        let mut patterns = element.value.iter();
        let is_named =
            patterns.any(|text| matches_action(&text.text, "sts:AssumeRoleWithWebIdentity"));
        is_named != element.is_negated
    })
}

impl Unscoped<'_> {
    /// AWS's words.
    pub fn message(&self) -> String {
        match self.shared.control {
            Control::Application => format!(
                "Policy trusting {} requires a StringEquals condition on an application id",
                self.issuer.provider()
            ),
            Control::Scope => format!(
                "Trust policy with trusted principal {} must evaluate, using StringEquals, StringLike or \
                 StringEqualsIgnoreCase, {} which is not scoped to all.",
                self.principal,
                self.shared.keys(self.issuer).join(" or ")
            ),
        }
    }
}

/// What is known of the issuer if everybody shares it.
pub(super) fn shared(issuer: Issuer<'_>) -> Option<&'static Shared> {
    let provider = match issuer.kind() {
        IssuerKind::GitHub { .. } => GITHUB,
        _ => issuer.provider().trim_end_matches('/'),
    };
    let mut known = SHARED.iter();
    known.find(|shared| shared.provider.eq_ignore_ascii_case(provider))
}

impl Shared {
    /// The condition keys, one of which a trust policy for the issuer must evaluate.
    pub fn keys(&self, issuer: Issuer<'_>) -> Vec<String> {
        let full = |key: &&str| {
            if key.contains(':') {
                (*key).to_owned()
            } else {
                format!("{}:{key}", issuer.provider())
            }
        };
        self.keys.iter().map(full).collect()
    }

    /// Whether IAM takes one of the conditions for a scope.
    pub(crate) fn is_scoped_by(&self, issuer: Issuer<'_>, conditions: &[Condition]) -> bool {
        let mut conditions = conditions.iter();
        conditions.any(|condition| self.is_scope(issuer, condition))
    }

    /// Whether IAM takes the condition for a scope. Of a list it reads the first value.
    fn is_scope(&self, issuer: Issuer<'_>, condition: &Condition) -> bool {
        let operator = condition.operator;
        let keys = self.keys(issuer);
        let is_key = keys
            .iter()
            .any(|key| condition.key.eq_ignore_ascii_case(key));
        let may_be_absent =
            operator.is_if_exists || operator.qualifier == Some(Qualifier::ForAllValues);
        let is_equality = matches!(
            operator.base,
            BaseOperator::StringEquals | BaseOperator::StringEqualsIgnoreCase
        );
        let is_narrow = match self.control {
            Control::Application => is_equality,
            Control::Scope => {
                let first = condition.values.first().map(|value| value.text.as_str());
                (is_equality || operator.base == BaseOperator::StringLike)
                    && first.is_some_and(|first| self.is_narrow(first))
            }
        };
        is_key && !may_be_absent && is_narrow
    }

    fn is_narrow(&self, value: &str) -> bool {
        if self.provider == GITHUB {
            !value.trim().is_empty() && !value.starts_with('*')
        } else {
            value != "*"
        }
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
    Shared::new("GitHub Actions", GITHUB, &["sub", "job_workflow_ref"]),
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
    Shared::built_in("Facebook", "graph.facebook.com", &["app_id", "sub"]),
    Shared::new("GitLab", "gitlab.com", SUB),
    Shared::built_in("Google", "accounts.google.com", &["aud", "oaud", "sub"]),
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
    Shared::built_in("Login with Amazon", "www.amazon.com", &["app_id", "sub"]),
    Shared::new("Pulumi Cloud", "api.pulumi.com/oidc", AUD),
    Shared::new("sandboxes.cloud", "sandboxes.cloud", AUD),
    Shared::new("Scalr", "scalr.io", SUB),
    Shared::new("Shisho Cloud", "tokens.cloud.shisho.dev", SUB),
    Shared::new("Upbound", "proidc.upbound.io", SUB),
    Shared::new("Vercel", "oidc.vercel.com", AUD),
];

const GITHUB: &str = "token.actions.githubusercontent.com";
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
            control: Control::Scope,
            keys,
        }
    }

    const fn built_in(
        name: &'static str,
        provider: &'static str,
        keys: &'static [&'static str],
    ) -> Self {
        Self {
            control: Control::Application,
            ..Self::new(name, provider, keys)
        }
    }
}
