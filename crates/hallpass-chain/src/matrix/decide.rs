//! One token against the policy: the decision, and what fails in short.

use hallpass_iam::{BaseOperator, Caller, Decision};
use hallpass_iam::{
    Context, Failure, Operator, Outcome, Policy, PolicySet, Request, StatementReport, explain,
};
use hallpass_oidc::{Claims, condition_keys};
use hallpass_types::Chance;
use serde_json::Value;

/// A policy, and the provider whose tokens it is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub(super) policy: &'a Policy,
    /// The provider's ARN.
    pub(super) provider: &'a str,
    /// Its URL without scheme.
    pub(super) issuer: &'a str,
    /// The claims that AWS makes condition keys of.
    pub(super) offered: &'a [&'static str],
    pub(super) circumstances: &'a Context,
    /// How many rows there is time for.
    pub(super) room: usize,
}

/// No chance: the ID of a token is seen by no policy, so every token may have the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoChance;

impl Chance for NoChance {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

impl Judge<'_> {
    /// The issuer's URL.
    pub(super) fn issuer_url(&self) -> String {
        format!("https://{}", self.issuer)
    }

    /// The audience that AWS's clients ask for in the provider's partition.
    pub(super) fn sts_audience(&self) -> String {
        let is_china = self.provider.starts_with("arn:aws-cn:");
        let suffix = if is_china { ".cn" } else { "" };
        format!("{}{suffix}", hallpass_types::STS_AUDIENCE)
    }

    /// The decision on a token with these claims, and what fails.
    pub(super) fn decide(&self, claims: &Value) -> (Outcome, Option<String>) {
        let claims = claims.as_object().cloned().unwrap_or_default();
        let mut context = self.circumstances.clone();
        for (key, values) in condition_keys(self.issuer, &Claims::from(claims), self.offered) {
            context.insert(key, values);
        }
        let account = self.provider.split(':').nth(4);
        let request = Request {
            caller: Caller::Federated {
                provider: self.provider,
            },
            action: "sts:AssumeRoleWithWebIdentity",
            // A trust policy is about its own role, whatever its name.
            resource: "*",
            resource_account: account,
            context: &context,
        };
        let set = PolicySet {
            resource: Some(self.policy),
            ..PolicySet::default()
        };
        let decision = explain(&request, &set);
        let because = match decision.outcome() {
            Outcome::Allow => None,
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => Some(self.because(&decision)),
        };
        (decision.outcome(), because)
    }

    fn because(&self, decision: &Decision) -> String {
        if decision.outcome() == Outcome::ExplicitDeny {
            let denies = |report: &&StatementReport| {
                report.effect == hallpass_iam::Effect::Deny && report.failure.is_none()
            };
            let report = decision.statements().iter().find(denies);
            return report.map_or_else(
                || "it is denied".to_owned(),
                |report| match &report.sid {
                    Some(sid) => format!("statement {} ({sid}) denies it", report.index),
                    None => format!("statement {} denies it", report.index),
                },
            );
        }
        let Some(report) = decision.nearest() else {
            return "no statement allows sts:AssumeRoleWithWebIdentity".to_owned();
        };
        let failures = report.failure.iter().chain(&report.further);
        let wishes: Vec<String> = failures.map(|failure| self.wish(failure)).collect();
        wishes.join("; ")
    }

    fn wish(&self, failure: &Failure) -> String {
        match failure {
            Failure::Action { .. } => "no statement allows it".to_owned(),
            Failure::Principal { .. } => "no statement trusts the provider".to_owned(),
            Failure::Resource { .. } => "the statement is about another role".to_owned(),
            Failure::Condition {
                operator,
                key,
                wanted,
                got,
                ..
            } => {
                let own = format!("{}:", self.issuer);
                let is_own = key
                    .get(..own.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(&own));
                let claim = key.get(own.len()..).filter(|_| is_own).unwrap_or(key);
                match got {
                    None if is_null(operator) => format!("{claim} must be there"),
                    Some(_) if is_null(operator) => format!("{claim} must be absent"),
                    None => format!("the token brings no {claim}"),
                    Some(_) => format!("{claim} {}", must(operator, wanted)),
                }
            }
        }
    }
}

fn is_null(operator: &str) -> bool {
    Operator::parse(operator).is_some_and(|operator| operator.base == BaseOperator::Null)
}

/// What an operator asks of its key.
fn must(operator: &str, wanted: &[String]) -> String {
    use BaseOperator as B;
    let values = match wanted {
        [] => "(none)".to_owned(),
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` or {} more", rest.len()),
    };
    match Operator::parse(operator).map(|operator| operator.base) {
        Some(B::StringEquals | B::StringEqualsIgnoreCase) => format!("must be {values}"),
        Some(B::StringLike | B::ArnLike | B::ArnEquals) => format!("must match {values}"),
        Some(base) if base.is_negated() => format!("must not be {values}"),
        Some(_) | None => format!("must meet {operator} {values}"),
    }
}
