//! hallpass's engine.

use std::hint::black_box;

use anyhow::Result;
use hallpass_iam::{
    Caller, Context, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};

use crate::case::Case;

/// Runs a case.
pub fn run(case: &Case, measure: &mut dyn FnMut(&str, &mut dyn FnMut())) -> Result<&'static str> {
    let kind = if case.is_trust {
        PolicyKind::Trust
    } else {
        PolicyKind::Identity
    };
    let compile = || Policy::parse("policy", kind, &case.document);
    let policy = compile()?;
    let set = if case.is_trust {
        PolicySet {
            resource: Some(&policy),
            ..PolicySet::default()
        }
    } else {
        PolicySet {
            identity: vec![&policy],
            ..PolicySet::default()
        }
    };
    let mut context = Context::new();
    for (key, value) in &case.context {
        context.insert_one(key.as_str(), value.as_str());
    }
    let caller = if case.is_trust {
        Caller::Federated {
            provider: &case.principal,
        }
    } else {
        Caller::User {
            arn: &case.principal,
        }
    };
    let request = Request {
        caller,
        action: &case.action,
        resource: &case.resource,
        resource_account: Some(&case.account),
        context: &context,
    };
    measure("decide", &mut || {
        black_box(decide(black_box(&request), black_box(&set)));
    });
    measure("explain", &mut || {
        black_box(explain(black_box(&request), black_box(&set)));
    });
    measure("compile", &mut || {
        black_box(compile().is_ok());
    });
    Ok(match decide(&request, &set) {
        Outcome::Allow => "Allow",
        Outcome::ExplicitDeny => "ExplicitDeny",
        Outcome::ImplicitDeny => "ImplicitDeny",
    })
}
