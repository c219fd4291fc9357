//! The peer in Rust.

use std::hint::black_box;

use anyhow::{Result, anyhow};
use iam_rs::{
    Arn, Context, ContextValue, Decision, EvaluationOptions, IAMPolicy, IAMRequest,
    PolicyEvaluator, Principal, PrincipalId,
};

use crate::case::Case;

/// Runs a case.
pub fn run(case: &Case, measure: &mut dyn FnMut(&str, &mut dyn FnMut())) -> Result<&'static str> {
    let compile = || IAMPolicy::from_json(&case.document);
    // It takes no statement without a resource, which a trust policy's is.
    let options = |collect_match_details| EvaluationOptions {
        collect_match_details,
        ignore_resource_constraints: case.is_trust,
        ..EvaluationOptions::default()
    };
    let evaluator = |details| -> Result<PolicyEvaluator> {
        Ok(PolicyEvaluator::with_policies(vec![compile()?]).with_options(options(details)))
    };
    let (deciding, explaining) = (evaluator(false)?, evaluator(true)?);
    let mut context = Context::new();
    for (key, value) in &case.context {
        context.insert(key.clone(), ContextValue::String(value.clone()));
    }
    let principal = PrincipalId::String(case.principal.clone());
    let request = IAMRequest::new_with_context(
        if case.is_trust {
            Principal::Federated(principal)
        } else {
            Principal::Aws(principal)
        },
        case.action.as_str(),
        Arn::parse(&case.resource).map_err(|error| anyhow!("{error}"))?,
        context,
    );
    measure("decide", &mut || {
        black_box(deciding.evaluate(black_box(&request)).is_ok());
    });
    measure("explain", &mut || {
        black_box(explaining.evaluate(black_box(&request)).is_ok());
    });
    measure("compile", &mut || {
        black_box(compile().is_ok());
    });
    let result = deciding.evaluate(&request).map_err(|error| anyhow!("{error}"))?;
    Ok(match result.decision {
        Decision::Allow => "Allow",
        Decision::Deny => "ExplicitDeny",
        Decision::NotApplicable => "ImplicitDeny",
    })
}
