//! The statements of a trust policy, their conditions read as conditions on claims.

use crate::operator::{BaseOperator, Qualifier};
use crate::syntax::{Condition, Document, Effect, Principals, Statement};
use crate::trust::provider::{Provider, ProviderKind};

/// A statement that is about web identities, or has conditions on their claims.
#[derive(Clone, Debug)]
pub(crate) struct TrustStatement<'a> {
    /// Its place in the document.
    pub(crate) index: usize,
    pub(crate) statement: &'a Statement,
    /// Its own `Federated` principals; of a `Deny` that has none, the document's.
    pub(crate) providers: Vec<Provider<'a>>,
    /// Its conditions on claims, as far as their keys look like it.
    pub(crate) claims: Vec<ClaimCondition<'a>>,
}

/// A condition on a claim of some issuer's tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimCondition<'a> {
    pub(crate) condition: &'a Condition,
    /// The key before the claim.
    pub(crate) issuer: &'a str,
    pub(crate) claim: &'a str,
    /// Which of the statement's providers has that name.
    pub(crate) provider: Option<usize>,
}

/// The statements of the document that bear on web identities.
pub(crate) fn trust_statements(document: &Document) -> Vec<TrustStatement<'_>> {
    let all: Vec<Provider<'_>> = document
        .statements()
        .iter()
        .flat_map(providers)
        .filter(|provider| provider.kind == ProviderKind::Oidc)
        .take(MAX_PROVIDERS)
        .collect();
    let statements = document.statements().iter().enumerate();
    statements
        .map(|(index, statement)| {
            let mut own: Vec<Provider<'_>> = providers(statement).take(MAX_PROVIDERS).collect();
            if own.is_empty() && statement.effect == Effect::Deny {
                own.clone_from(&all);
            }
            let claims = statement
                .conditions
                .iter()
                .filter_map(|condition| ClaimCondition::read(condition, &own))
                .collect();
            TrustStatement {
                index,
                statement,
                providers: own,
                claims,
            }
        })
        .filter(|it| !it.providers.is_empty())
        .collect()
}

impl<'a> TrustStatement<'a> {
    pub(crate) fn is_allow(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// Its OIDC providers.
    pub(crate) fn oidc(&self) -> impl Iterator<Item = (usize, &Provider<'a>)> {
        let providers = self.providers.iter().enumerate();
        providers.filter(|(_, provider)| provider.kind == ProviderKind::Oidc)
    }

    /// Its conditions on one claim, of whichever issuer: also those whose key is misspelt were meant so.
    pub(crate) fn on<'s>(&'s self, claim: &'s str) -> impl Iterator<Item = &'s ClaimCondition<'a>> {
        let claims = self.claims.iter();
        claims.filter(move |it| it.claim.eq_ignore_ascii_case(claim))
    }

    /// The provider that a condition is on; for a misspelt key, the one that was meant.
    pub(crate) fn provider_of(&self, condition: &ClaimCondition<'_>) -> Option<&Provider<'a>> {
        match condition.provider {
            Some(index) => self.providers.get(index),
            None => self.oidc().next().map(|(_, provider)| provider),
        }
    }
}

impl<'a> ClaimCondition<'a> {
    fn read(condition: &'a Condition, providers: &[Provider<'a>]) -> Option<Self> {
        let key = condition.key.as_str();
        let named = providers.iter().enumerate().filter_map(|(index, it)| {
            let (issuer, rest) = key.split_at_checked(it.name.len())?;
            let claim = rest.strip_prefix(':')?;
            (it.kind == ProviderKind::Oidc && issuer.eq_ignore_ascii_case(it.name)).then_some(
                Self {
                    condition,
                    issuer,
                    claim,
                    provider: Some(index),
                },
            )
        });
        named
            .max_by_key(|it| it.issuer.len())
            .or_else(|| Self::foreign(condition))
    }

    /// A key that begins as a host does, not as a service's own keys do.
    fn foreign(condition: &'a Condition) -> Option<Self> {
        let (issuer, claim) = condition.key.rsplit_once(':')?;
        let head = issuer.split(':').next().unwrap_or(issuer);
        let is_host = head == "*" || head.contains('.');
        let is_url = head.eq_ignore_ascii_case("https") || head.eq_ignore_ascii_case("http");
        (is_host || is_url).then_some(Self {
            condition,
            issuer,
            claim,
            provider: None,
        })
    }

    /// Whether a token without the claim meets it.
    pub(crate) fn is_met_by_absence(&self) -> bool {
        let operator = self.condition.operator;
        if operator.base == BaseOperator::Null {
            let mut values = self.condition.values.iter();
            return values.any(|value| value.text.eq_ignore_ascii_case("true"));
        }
        match operator.qualifier {
            Some(Qualifier::ForAllValues) => true,
            Some(Qualifier::ForAnyValue) => operator.is_if_exists,
            None => operator.is_if_exists || operator.base.is_negated(),
        }
    }

    /// Whether it says what the claim is, rather than what it is not or whether it is there.
    pub(crate) fn is_positive(&self) -> bool {
        let base = self.condition.operator.base;
        base != BaseOperator::Null && !base.is_negated()
    }
}

fn providers(statement: &Statement) -> impl Iterator<Item = Provider<'_>> {
    let principal = statement.principal.iter().filter(|it| !it.is_negated);
    principal.flat_map(|element| {
        match &element.value {
            Principals::Everyone => [].iter(),
            Principals::Listed { federated, .. } => federated.iter(),
        }
        .map(Provider::read)
    })
}

// A bound on the work for hostile documents; a role trusts a handful.
const MAX_PROVIDERS: usize = 16;
