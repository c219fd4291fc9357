//! The matrix as a value, and how it is made: one part for each issuer that the policy trusts.

use hallpass_iam::federation::{self, Issuer};
use hallpass_iam::{Context, Document, Effect, Outcome, Policy, PolicyKind, Principals};
use serde_json::Value;

use super::decide::Judge;
use super::mention::Mentions;
use super::{github, kubernetes};

/// Which contexts can assume the role of a trust policy.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// A part for each OpenID Connect provider that a statement allows, in the policy's order.
    pub issuers: Vec<TrustedIssuer>,
}

/// The rows of one issuer.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The ARN of the IAM provider.
    pub provider: String,
    /// The issuer's URL without scheme: the prefix of its condition keys.
    pub name: String,
    /// What it vouches for.
    pub kind: IssuerKind,
    /// What all rows take for given, a sentence each.
    pub assumptions: Vec<String>,
    /// The rows: first the workloads that the policy names, then others.
    pub rows: Vec<Row>,
}

/// What an issuer vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerKind {
    /// Jobs of GitHub Actions.
    Github,
    /// Service accounts of a cluster.
    Kubernetes,
    /// Something else: no rows are made up for it.
    Other,
}

/// One context, and whether it gets in.
#[derive(Clone, Debug)]
pub struct Row {
    /// The repository, or the service account.
    pub who: String,
    /// How it stands to what the policy names.
    pub relation: Relation,
    /// The context in words, such as a push to a branch.
    pub context: String,
    /// The form of the token's `sub`.
    pub form: SubjectForm,
    /// The token's `sub`.
    pub subject: String,
    /// The token's claims.
    pub claims: Value,
    /// The policy's decision.
    pub outcome: Outcome,
    /// Where it is a refusal: what fails, in short.
    pub because: Option<String>,
    /// What else is to be known of the context.
    pub note: Option<&'static str>,
}

/// How a workload stands to those that the policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The policy names it.
    Named,
    /// It has the owner, or the namespace, of one that is named.
    Neighbour,
    /// It has nothing to do with them.
    Stranger,
}

/// The form of a `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectForm {
    /// Composed of these claims (`include_claim_keys`).
    Customised(Vec<String>),
    /// Owner and repository carry their IDs.
    Immutable,
    /// Owner and repository are names alone.
    NameBased,
    /// `system:serviceaccount:NAMESPACE:NAME`.
    ServiceAccount,
}

impl Matrix {
    /// The matrix of a trust policy. `circumstances` are the condition keys that every request has
    /// besides those of its token, such as the time.
    pub fn new(document: &Document, circumstances: &Context) -> Self {
        let policy = Policy::compile("the trust policy", PolicyKind::Trust, document);
        let mut providers = providers(document);
        providers.truncate(MAX_ISSUERS);
        let decisions = document.statements().len().max(1) * providers.len().max(1);
        let room = (MAX_STATEMENTS / decisions).max(LEAST_ROOM);
        let issuers = providers
            .into_iter()
            .filter_map(|provider| {
                let (_, name) = provider.split_once(":oidc-provider/")?;
                let offered = Issuer::of(name).map_or_else(Vec::new, |issuer| issuer.claims());
                let judge = Judge {
                    policy: &policy,
                    provider: &provider,
                    issuer: name,
                    offered: &offered,
                    circumstances,
                    room,
                };
                Some(trusted(document, &judge))
            })
            .collect();
        Self { issuers }
    }

    /// All rows that get in.
    pub fn admitted(&self) -> impl Iterator<Item = &Row> {
        let rows = self.issuers.iter().flat_map(|issuer| &issuer.rows);
        rows.filter(|row| row.outcome == Outcome::Allow)
    }
}

fn trusted(document: &Document, judge: &Judge<'_>) -> TrustedIssuer {
    let mentions = Mentions::of(document, judge.provider);
    let kind = IssuerKind::of(judge.issuer, &mentions);
    let (rows, assumptions) = match kind {
        IssuerKind::Github => github::rows(judge, &mentions),
        IssuerKind::Kubernetes => kubernetes::rows(judge, &mentions),
        IssuerKind::Other => (Vec::new(), Vec::new()),
    };
    TrustedIssuer {
        provider: judge.provider.to_owned(),
        name: judge.issuer.to_owned(),
        kind,
        assumptions,
        rows,
    }
}

impl IssuerKind {
    /// What an issuer vouches for, by its URL; where that does not tell, by the subjects that the
    /// policy asks of it.
    fn of(issuer: &str, mentions: &Mentions) -> Self {
        let names_accounts = || {
            let mut subjects = mentions.values("sub");
            subjects.any(|subject| subject.starts_with(kubernetes::PREFIX))
        };
        match Issuer::of(issuer).map(|issuer| issuer.kind()) {
            Some(
                federation::IssuerKind::GitHub { .. }
                | federation::IssuerKind::GitHubEnterpriseCloud
                | federation::IssuerKind::GitHubEnterpriseServer,
            ) => Self::Github,
            Some(
                federation::IssuerKind::Aks
                | federation::IssuerKind::Eks
                | federation::IssuerKind::Gke,
            ) => Self::Kubernetes,
            _ if names_accounts() => Self::Kubernetes,
            _ => Self::Other,
        }
    }

    /// The word that people read and programs compare.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Kubernetes => "kubernetes",
            Self::Other => "other",
        }
    }
}

impl Relation {
    /// The word that people read and programs compare.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Neighbour => "neighbour",
            Self::Stranger => "stranger",
        }
    }
}

/// The OpenID Connect providers that statements allow, each once.
fn providers(document: &Document) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for statement in document.statements() {
        let Some(element) = &statement.principal else {
            continue;
        };
        let (Effect::Allow, Principals::Listed { federated, .. }) =
            (statement.effect, &element.value)
        else {
            continue;
        };
        for provider in federated {
            if provider.text.contains(":oidc-provider/") && !found.contains(&provider.text) {
                found.push(provider.text.clone());
            }
        }
    }
    found
}

// A trust policy of the largest size that AWS grants has room for fewer.
const MAX_ISSUERS: usize = 50;
/// How many statements are looked at in all: a trust policy of AWS's sizes has room for some twenty, which
/// leaves it thousands of rows.
const MAX_STATEMENTS: usize = 100_000;
const LEAST_ROOM: usize = 40;
