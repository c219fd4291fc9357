//! How long a decision and its explanation take, on one thread, warm.
//!
//! `cargo run --release -p hallpass-iam --example speed`

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement is printed, roughly"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use hallpass_iam::{Caller, Context, Policy, PolicyKind, PolicySet, Request, decide, explain};

fn main() -> Result<(), Box<dyn Error>> {
    exchanges()?;
    for statements in [10, 100, 1_000] {
        push(statements)?;
    }
    let compile = time(|| Policy::parse("trust policy", PolicyKind::Trust, TRUST).is_ok());
    println!(
        "{:<42} {compile:>9.0} ns",
        "reading and compiling the trust policy"
    );
    Ok(())
}

/// A web identity against a trust policy with `aud` and `sub`.
fn exchanges() -> Result<(), Box<dyn Error>> {
    let trust = Policy::parse("trust policy", PolicyKind::Trust, TRUST)?;
    let set = PolicySet {
        resource: Some(&trust),
        ..PolicySet::default()
    };
    for (name, subject) in [("allowed", "runner"), ("refused", "other")] {
        let mut context = Context::new();
        for key in ["aws:CurrentTime", "aws:SourceIp", "aws:UserAgent"] {
            context.insert_one(key, "some value that nobody asks for");
        }
        context.insert_one("i.example/id/AB12:aud", "sts.amazonaws.com");
        let subject = format!("system:serviceaccount:actions:{subject}");
        context.insert_one("i.example/id/AB12:sub", subject);
        let request = Request {
            caller: Caller::Federated {
                provider: "arn:aws:iam::111122223333:oidc-provider/i.example/id/AB12",
            },
            action: "sts:AssumeRoleWithWebIdentity",
            resource: "arn:aws:iam::111122223333:role/builder",
            resource_account: Some("111122223333"),
            context: &context,
        };
        report(
            &format!("trust policy, aud and sub, {name}"),
            &request,
            &set,
        );
    }
    Ok(())
}

/// A push against one statement about it, and many about other actions.
fn push(statements: usize) -> Result<(), Box<dyn Error>> {
    let mut all: Vec<String> = (1..statements)
        .map(|number| {
            format!(r#"{{"Effect":"Allow","Action":["s3:Get{number}","s3:Put{number}"],"Resource":"arn:aws:s3:::b/{number}/*"}}"#)
        })
        .collect();
    all.push(PUSH.to_owned());
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        all.join(",")
    );
    let policy = Policy::parse("push", PolicyKind::Identity, &text)?;
    let set = PolicySet {
        identity: vec![&policy],
        ..PolicySet::default()
    };
    let context = Context::new();
    let request = Request {
        caller: Caller::RoleSession {
            session_arn: "arn:aws:sts::111122223333:assumed-role/builder/ci",
            role_arn: "arn:aws:iam::111122223333:role/builder",
        },
        action: "ecr:PutImage",
        resource: "arn:aws:ecr:us-west-2:111122223333:repository/app",
        resource_account: Some("111122223333"),
        context: &context,
    };
    report(&format!("push, {statements} statements"), &request, &set);
    Ok(())
}

fn report(name: &str, request: &Request<'_>, set: &PolicySet<'_>) {
    let decided = time(|| decide(request, set));
    let explained = time(|| explain(request, set));
    let told = time(|| {
        let decision = explain(request, set);
        (decision.summary(), decision.to_json().to_string())
    });
    println!(
        "{name:<42} {decided:>9.0} ns decide {explained:>9.0} ns explain {told:>9.0} ns with sentence and JSON text"
    );
}

/// Nanoseconds a call, the best of several rounds.
fn time<T>(work: impl Fn() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(work());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }
    best
}

const ROUNDS: u32 = 9;
const CALLS: u32 = 5_000;
const PUSH: &str = r#"{"Effect":"Allow","Action":["ecr:PutImage","ecr:InitiateLayerUpload"],"Resource":"arn:aws:ecr:*:111122223333:repository/app"}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Runner","Effect":"Allow",
    "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/i.example/id/AB12"},
    "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
    "i.example/id/AB12:aud":"sts.amazonaws.com",
    "i.example/id/AB12:sub":"system:serviceaccount:actions:runner"}}}]}"#;
