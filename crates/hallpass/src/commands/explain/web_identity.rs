//! A web identity: a token, or what follows from a subject that a token would have.

use std::path::Path;

use hallpass_chain::claims_of_subject;
use hallpass_iam::Principals;
use hallpass_iam::federation::{Issuer, IssuerKind};
use hallpass_oidc::{Claims, UnverifiedToken, condition_keys};
use hallpass_types::{STS_AUDIENCE, Timestamp};
use serde_json::{Map, Value};

use super::command::ExplainArguments;
use super::error::ExplainError;
use super::policies::Loaded;
use crate::output::Failure;
use crate::policy_file::PolicyFile;

/// A token's subject before a trust policy.
#[derive(Clone, Debug)]
pub(super) struct WebIdentity {
    /// The ARN of the IAM provider.
    pub(super) provider: String,
    /// The issuer without scheme.
    pub(super) issuer: String,
    pub(super) subject: String,
    /// The condition keys that AWS makes of the claims.
    pub(super) keys: Vec<(String, Vec<String>)>,
    /// The claims that no policy can see, where a token was given.
    pub(super) unseen: Vec<String>,
    /// What is to be known of the token besides, a sentence each.
    pub(super) notes: Vec<String>,
}

impl WebIdentity {
    /// A token in a file. It is taken for genuine: whether it is, is not the trust policy's question.
    pub(super) fn of_token(
        path: &Path,
        trust: &Loaded,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let file = PolicyFile::read(path).map_err(Failure::usage)?;
        let unreadable = |source| {
            Failure::usage(ExplainError::Token {
                name: file.name.clone(),
                source: Box::new(source),
            })
        };
        let text = file.text.trim();
        let token = UnverifiedToken::parse(text).map_err(unreadable)?;
        let url = token.issuer().map_err(unreadable)?;
        let issuer = url.strip_prefix("https://").unwrap_or(url);
        let subject = token.subject().unwrap_or_default().to_owned();
        let mut identity = Self::new(issuer, &subject, token.claims(), trust, account);
        let seen = |claim: &str| {
            let key = format!("{issuer}:{claim}");
            identity.keys.iter().any(|(name, _)| *name == key)
        };
        identity.unseen = token
            .claims()
            .iter()
            .map(|(claim, _)| claim)
            .filter(|claim| !seen(claim) && !ALWAYS_CHECKED.contains(claim))
            .map(str::to_owned)
            .collect();
        if file.text != text {
            let says =
                "the token's file holds white space around it: not every client takes that off";
            identity.notes.push(says.to_owned());
        }
        identity.notes.extend(times(token.claims(), now));
        Ok(identity)
    }

    /// A subject, with the claims that follow from it.
    pub(super) fn of_subject(
        subject: &str,
        arguments: &ExplainArguments,
        trust: &Loaded,
        account: Option<&str>,
    ) -> Result<Self, ExplainError> {
        let issuer = match &arguments.issuer {
            Some(url) => url.strip_prefix("https://").unwrap_or(url).to_owned(),
            None => issuer_of(subject, trust)?,
        };
        let mut claims = Map::new();
        let mut add = |claim: &str, value: String| claims.insert(claim.to_owned(), value.into());
        if subject.starts_with("repo:") {
            for (claim, value) in claims_of_subject(subject) {
                add(&claim, value);
            }
        }
        let is_china = providers(trust).any(|provider| provider.starts_with("arn:aws-cn:"));
        let usual = format!("{STS_AUDIENCE}{}", if is_china { ".cn" } else { "" });
        add("aud", arguments.audience.clone().unwrap_or(usual));
        add("sub", subject.to_owned());
        let claims = Claims::from(claims);
        Ok(Self::new(&issuer, subject, &claims, trust, account))
    }

    fn new(
        issuer: &str,
        subject: &str,
        claims: &Claims,
        trust: &Loaded,
        account: Option<&str>,
    ) -> Self {
        let end = format!(":oidc-provider/{issuer}");
        let own = providers(trust).find(|provider| provider.ends_with(&end));
        let provider = own.map_or_else(
            || {
                // The one that the account would have: the policy names another.
                let first = providers(trust).next();
                let of_first = |field: usize| first.and_then(|arn| arn.split(':').nth(field));
                let account = account.or(of_first(4)).unwrap_or("000000000000");
                let partition = of_first(1).unwrap_or("aws");
                format!("arn:{partition}:iam::{account}{end}")
            },
            str::to_owned,
        );
        let offered = Issuer::of(issuer).map_or_else(Vec::new, |issuer| issuer.claims());
        Self {
            provider,
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            keys: condition_keys(issuer, claims, &offered),
            unseen: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The OpenID Connect providers that a trust policy names.
fn providers(trust: &Loaded) -> impl Iterator<Item = &str> {
    let elements = trust.document.statements().iter();
    elements
        .filter_map(|statement| statement.principal.as_ref())
        .flat_map(|element| match &element.value {
            Principals::Everyone => [].iter(),
            Principals::Listed { federated, .. } => federated.iter(),
        })
        .map(|text| text.text.as_str())
        .filter(|provider| provider.contains(":oidc-provider/"))
}

/// The issuer whose subject it can be: the only one that the policy trusts and that has such subjects.
fn issuer_of(subject: &str, trust: &Loaded) -> Result<String, ExplainError> {
    let mut issuers: Vec<&str> = providers(trust)
        .filter_map(|provider| provider.split_once(":oidc-provider/"))
        .map(|(_, issuer)| issuer)
        .collect();
    issuers.sort_unstable();
    issuers.dedup();
    let has_such = |issuer: &&&str| {
        let is_github = Issuer::of(issuer).is_some_and(|issuer| {
            matches!(
                issuer.kind(),
                IssuerKind::GitHub { .. }
                    | IssuerKind::GitHubEnterpriseCloud
                    | IssuerKind::GitHubEnterpriseServer
            )
        });
        is_github != subject.starts_with("system:serviceaccount:")
    };
    let likely: Vec<&&str> = issuers.iter().filter(has_such).collect();
    match (likely.as_slice(), issuers.as_slice()) {
        // One that has other subjects is asked, too: that is what the answer will say.
        ([only], _) => Ok((**only).to_owned()),
        ([], [only]) => Ok((*only).to_owned()),
        _ => Err(ExplainError::Issuer {
            policy: trust.file.name.clone(),
            subject: subject.to_owned(),
            issuers: issuers.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// What STS would say of the token's times before it asks the policy.
fn times(claims: &Claims, now: Timestamp) -> Option<String> {
    let seconds = |claim: &str| claims.get(claim).and_then(Value::as_i64);
    let now = now.as_second();
    match (seconds("exp"), seconds("nbf")) {
        (Some(expires), _) if expires <= now => Some(format!(
            "the token expired {} ago: STS refuses it before it asks the policy",
            span(now.saturating_sub(expires))
        )),
        (_, Some(begins)) if begins > now => Some(format!(
            "the token is not valid for another {}: STS refuses it before it asks the policy",
            span(begins.saturating_sub(now))
        )),
        (None, _) => Some("the token has no `exp`: STS refuses it".to_owned()),
        (Some(_), _) => None,
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// What STS checks of every token, whatever a policy says.
const ALWAYS_CHECKED: &[&str] = &["exp", "iat", "iss", "nbf"];
