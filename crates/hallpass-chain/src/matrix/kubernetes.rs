//! The rows of a cluster: the service accounts that the policy names, and those around them.
//!
//! Source: Kubernetes documentation, "Managing Service Accounts" (the subject; every namespace has an
//! account `default`, which pods get that ask for none).

use std::time::Duration;

use hallpass_oidc::KubernetesToken;
use hallpass_types::{ServiceAccountName, Timestamp};

use super::decide::{Judge, NoChance};
use super::example::examples;
use super::mention::Mentions;
use super::table::{Relation, Row, SubjectForm};

/// How every subject of a cluster begins.
pub(super) const PREFIX: &str = "system:serviceaccount:";

/// The rows, and what they take for given.
pub(super) fn rows(judge: &Judge<'_>, mentions: &Mentions) -> (Vec<Row>, Vec<String>) {
    let (audience, mut assumptions) = audience(judge, mentions);
    let named = named(mentions);
    let mut rows: Vec<Row> = Vec::new();
    for (account, relation, context) in accounts(&named) {
        rows.push(row(judge, &account, relation, context, &audience));
    }
    // The account whose pods hold a token for the API server, whether they ask for it or not.
    if let Some(account) = named.first() {
        let context = "its token for the API server";
        let mut other = row(judge, account, Relation::Named, context, API_SERVER);
        other.note =
            Some("STS first asks whether the provider lists the audience among its client IDs");
        rows.push(other);
    }
    if named.is_empty() {
        assumptions.push("the policy names no service account: these are made up".to_owned());
    }
    (rows, assumptions)
}

/// The audience of the tokens: STS's, unless the policy asks for others only.
pub(super) fn audience(judge: &Judge<'_>, mentions: &Mentions) -> (String, Vec<String>) {
    let usual = judge.sts_audience();
    let mut wanted = mentions.values("aud");
    let first = wanted.next().map(super::example::example);
    match first {
        Some(other) if other != usual && !wanted.any(|value| value == usual) => {
            let says = format!("tokens are for the audience `{other}`, as the policy wants");
            (other, vec![says])
        }
        Some(_) | None => {
            let says = format!("tokens are for the audience `{usual}`");
            (usual, vec![says])
        }
    }
}

/// The accounts that the policy names, wildcards filled.
fn named(mentions: &Mentions) -> Vec<ServiceAccountName> {
    let mut accounts: Vec<ServiceAccountName> = Vec::new();
    for subject in mentions.values("sub") {
        let Some(rest) = subject.strip_prefix(PREFIX) else {
            continue;
        };
        let (namespace, name) = rest.split_once(':').unwrap_or((rest, "*"));
        for namespace in examples(namespace) {
            for name in examples(name) {
                let Ok(account) = ServiceAccountName::new(&plain(&namespace), &plain(&name)) else {
                    continue;
                };
                if !accounts.contains(&account) && accounts.len() < MAX_NAMED {
                    accounts.push(account);
                }
            }
        }
    }
    accounts
}

/// A wildcard alone says nothing of the name: one that speaks for itself.
fn plain(name: &str) -> String {
    match name {
        "1" => "any".to_owned(),
        _ => name.to_owned(),
    }
}

/// The named accounts and those around them, each once.
fn accounts(named: &[ServiceAccountName]) -> Vec<(ServiceAccountName, Relation, &'static str)> {
    let made_up = ServiceAccountName::new("some-namespace", "some-account").into_iter();
    let base: Vec<ServiceAccountName> = if named.is_empty() {
        made_up.collect()
    } else {
        named.to_vec()
    };
    let own = if named.is_empty() {
        Relation::Stranger
    } else {
        Relation::Named
    };
    let mut all: Vec<(ServiceAccountName, Relation, &str)> = Vec::new();
    let mut add = |account: Result<ServiceAccountName, _>, relation, context| {
        if let Ok(account) = account
            && !all.iter().any(|(known, ..)| *known == account)
        {
            all.push((account, relation, context));
        }
    };
    let new = ServiceAccountName::new;
    for account in &base {
        add(Ok(account.clone()), own, "its pods");
    }
    for account in &base {
        let namespace = account.namespace();
        let neighbour = if named.is_empty() {
            own
        } else {
            Relation::Neighbour
        };
        let default = "pods of the namespace that name no account";
        add(new(namespace, "default"), neighbour, default);
        add(
            new(namespace, "some-other-account"),
            neighbour,
            "another account's pods",
        );
        let context = "pods of the same account name in another namespace";
        add(
            new("some-other-namespace", account.name()),
            Relation::Stranger,
            context,
        );
    }
    all
}

fn row(
    judge: &Judge<'_>,
    account: &ServiceAccountName,
    relation: Relation,
    context: &str,
    audience: &str,
) -> Row {
    let token = KubernetesToken {
        issuer: judge.issuer_url(),
        account: account.clone(),
        account_uid: "00000000-0000-0000-0000-000000000000".to_owned(),
        audiences: vec![audience.to_owned()],
        pod: None,
        node: None,
        secret: None,
        issued: Timestamp::UNIX_EPOCH,
        lifetime: Duration::from_hours(1),
    };
    let claims = token.claims(&NoChance);
    let (outcome, because) = judge.decide(&claims);
    Row {
        who: account.to_string(),
        relation,
        context: context.to_owned(),
        form: SubjectForm::ServiceAccount,
        subject: account.subject(),
        claims,
        outcome,
        because,
        note: None,
    }
}

const API_SERVER: &str = "https://kubernetes.default.svc";
// More than a trust policy of the usual size has room for.
const MAX_NAMED: usize = 24;
