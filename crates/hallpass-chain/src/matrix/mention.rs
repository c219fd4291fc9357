//! What a policy says of a provider's claims: the values of its conditions, statement by statement.

use std::collections::BTreeMap;

use hallpass_iam::{Document, Principals, Statement};

/// The values that the statements about a provider name.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentions {
    /// A map for each statement, from the claim to its values.
    pub(super) statements: Vec<BTreeMap<String, Vec<String>>>,
}

impl Mentions {
    /// Gathers them. A key counts whatever issuer it is written with: one with a slip in the issuer
    /// still tells whom the policy means.
    pub(super) fn of(document: &Document, provider: &str) -> Self {
        let statements = document.statements().iter();
        Self {
            statements: statements
                .filter(|statement| is_about(statement, provider))
                .map(claims)
                .collect(),
        }
    }

    /// All values of a claim, each once, in the policy's order.
    pub(super) fn values(&self, claim: &str) -> impl Iterator<Item = &str> {
        let mut seen = std::collections::BTreeSet::new();
        let statements = self.statements.iter();
        statements
            .filter_map(|claims| claims.get(claim))
            .flatten()
            .map(String::as_str)
            .filter(move |value| seen.insert(*value))
    }
}

fn is_about(statement: &Statement, provider: &str) -> bool {
    statement
        .principal
        .as_ref()
        .is_some_and(|element| match &element.value {
            Principals::Everyone => true,
            Principals::Listed { federated, .. } => {
                let mut names = federated.iter();
                names.any(|name| name.text == provider || name.text == "*")
            }
        })
}

fn claims(statement: &Statement) -> BTreeMap<String, Vec<String>> {
    let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for condition in &statement.conditions {
        let Some((issuer, claim)) = condition.key.rsplit_once(':') else {
            continue;
        };
        // `aws:` and `sts:` keys are no claims: an issuer is a host.
        if issuer.contains('.') {
            let texts = condition.values.iter().map(|value| value.text.as_str());
            let values = texts
                .filter(|text| text.len() <= MAX_LENGTH)
                .map(str::to_owned);
            let claim = claim.to_ascii_lowercase();
            claims.entry(claim).or_default().extend(values);
        }
    }
    claims
}

// No repository, branch or environment has a longer name: a value beyond this names nobody.
const MAX_LENGTH: usize = 1024;
