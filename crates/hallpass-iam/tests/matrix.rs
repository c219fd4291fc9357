//! The whole decision table: who calls, how the resource's policy names them, what their own policies say.
//!
//! To accept a change, look at each line of the difference, then run with `INSTA_UPDATE=always`.

#![expect(
    clippy::unwrap_used,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::fmt::Write as _;

use hallpass_iam::{
    Caller, Context, Layer, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};

#[test]
fn the_decision_table_is_the_one_that_was_reviewed() {
    let mut table = format!("{LEGEND}\n");
    for (kind, name) in [
        (PolicyKind::Resource, "a repository policy"),
        (PolicyKind::Trust, "a trust policy"),
    ] {
        write!(table, "\n{name}\n{:<15}{:<15}", "who calls", "named").unwrap();
        for (title, _) in owns() {
            write!(table, "{title:<6}").unwrap();
        }
        for (who, caller) in CALLERS {
            for (named, principal) in NAMED {
                table.truncate(table.trim_end().len());
                write!(table, "\n{who:<15}{named:<15}").unwrap();
                for (_, own) in owns() {
                    let [same, cross] =
                        [ACCOUNT, OTHER].map(|owner| cell(kind, caller, principal, &own, owner));
                    write!(table, "{same} {cross}   ").unwrap();
                }
            }
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

/// The caller's own policies.
struct Own {
    identity: Option<&'static str>,
    boundary: Option<&'static str>,
    session: Option<&'static str>,
}

fn owns() -> Vec<(String, Own)> {
    let mut all = Vec::new();
    for (word, identity) in [("-", None), ("I", Some(ALLOWS)), ("D", Some(DENIES))] {
        for (caps, boundary, session) in [
            ("", None, None),
            ("+b", Some(SILENT), None),
            ("+s", None, Some(SILENT)),
            ("+BS", Some(ALLOWS), Some(ALLOWS)),
        ] {
            let own = Own {
                identity,
                boundary,
                session,
            };
            all.push((format!("{word}{caps}"), own));
        }
    }
    all
}

fn cell(kind: PolicyKind, caller: Caller<'_>, named: &str, own: &Own, owner: &str) -> char {
    let parse = |kind, text: &str| Policy::parse("policy", kind, text).unwrap();
    let identity = own.identity.map(|text| parse(PolicyKind::Identity, text));
    let boundary = own.boundary.map(|text| parse(PolicyKind::Boundary, text));
    let session = own.session.map(|text| parse(PolicyKind::Session, text));
    let resource = (!named.is_empty()).then(|| {
        let (effect, principal) = match named.strip_prefix('!') {
            Some(principal) => ("Deny", principal),
            None => ("Allow", named),
        };
        let statement =
            format!(r#"{{"Effect": "{effect}", "Principal": {principal}, "Action": "*"}}"#);
        parse(kind, &format!(r#"{{"Statement": {statement}}}"#))
    });
    let set = PolicySet {
        identity: identity.iter().collect(),
        resource: resource.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref().map(|policy| vec![policy]),
        ..PolicySet::default()
    };
    let context = Context::new();
    let request = Request {
        caller,
        action: "ecr:PutImage",
        resource: "*",
        resource_account: Some(owner),
        context: &context,
    };
    let decision = explain(&request, &set);
    assert_eq!(decision.outcome(), decide(&request, &set));
    match (decision.outcome(), decision.layer()) {
        (Outcome::Allow, _) => 'A',
        (Outcome::ExplicitDeny, _) => 'D',
        (Outcome::ImplicitDeny, Layer::Boundary) => 'b',
        (Outcome::ImplicitDeny, Layer::Identity) => 'i',
        (Outcome::ImplicitDeny, Layer::Resource) => 'r',
        (Outcome::ImplicitDeny, Layer::ResourceControl) => 'o',
        (Outcome::ImplicitDeny, Layer::ServiceControl) => 'c',
        (Outcome::ImplicitDeny, Layer::Session) => 's',
        (Outcome::ImplicitDeny, Layer::Trust) => 't',
    }
}

const LEGEND: &str = "\
columns: identity policies (- none, I allow, D deny), with a silent boundary (b), a silent session
policy (s), or both allowing (BS). cells: same account, then cross account; A allowed, D denied, else
the layer that would have to allow: b boundary, i identity, r resource, s session, t trust.";
const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const ALLOWS: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const DENIES: &str = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
const SILENT: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
const CALLERS: [(&str, Caller<'_>); 7] = [
    (
        "user",
        Caller::User {
            arn: "arn:aws:iam::111122223333:user/ann",
        },
    ),
    (
        "role session",
        Caller::RoleSession {
            session_arn: "arn:aws:sts::111122223333:assumed-role/b/s",
            role_arn: "arn:aws:iam::111122223333:role/b",
        },
    ),
    (
        "federated user",
        Caller::FederatedUser {
            arn: "arn:aws:sts::111122223333:federated-user/ann",
        },
    ),
    (
        "root user",
        Caller::AccountRoot {
            account: "111122223333",
        },
    ),
    (
        "web identity",
        Caller::Federated {
            provider: "arn:aws:iam::111122223333:oidc-provider/i.example",
        },
    ),
    (
        "service",
        Caller::Service {
            name: "ecs.amazonaws.com",
        },
    ),
    ("nobody known", Caller::Anonymous),
];
const NAMED: [(&str, &str); 8] = [
    ("no policy", ""),
    ("another", r#"{"AWS": "444455556666"}"#),
    ("its account", r#"{"AWS": "111122223333"}"#),
    ("its role", r#"{"AWS": "arn:aws:iam::111122223333:role/b"}"#),
    (
        "itself",
        r#"{"AWS": ["arn:aws:iam::111122223333:user/ann",
            "arn:aws:sts::111122223333:assumed-role/b/s",
            "arn:aws:sts::111122223333:federated-user/ann"],
            "Federated": "arn:aws:iam::111122223333:oidc-provider/i.example",
            "Service": "ecs.amazonaws.com"}"#,
    ),
    ("everyone", r#""*""#),
    ("denied account", r#"!{"AWS": "111122223333"}"#),
    ("denied all", r#"!"*""#),
];
