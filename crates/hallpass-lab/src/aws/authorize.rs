//! May the caller do this? The one way from an operation to the policy engine.

mod context;
mod policies;

use hallpass_iam::{Context, Outcome, Policy, PolicySet, Request, decide, explain};

use super::call::Call;
use super::caller::Caller;
use super::error::ApiError;
use crate::events::DecisionRecord;

pub(crate) use policies::{CallerPolicies, policy_of_arn};

/// What a call wants to do, and what is known about it besides the caller.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// The action, such as `ecr:PutImage`.
    pub(crate) action: &'a str,
    /// The resource's ARN, or `*` where the action takes none.
    pub(crate) resource: &'a str,
    /// The resource's own policy: a repository policy, or a role's trust policy.
    pub(crate) resource_policy: Option<&'a Policy>,
    /// Condition keys of the request and the resource, such as `aws:ResourceTag/team`.
    pub(crate) context: Vec<(String, Vec<String>)>,
}

impl<'a> Wanted<'a> {
    /// An action on a resource that has no policy of its own.
    pub(crate) const fn new(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            resource_policy: None,
            context: Vec::new(),
        }
    }

    /// Adds the resource's own policy.
    pub(crate) const fn under(mut self, policy: Option<&'a Policy>) -> Self {
        self.resource_policy = policy;
        self
    }

    /// Adds a condition key with one value.
    pub(crate) fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.push((key.into(), vec![value.into()]));
        self
    }

    /// Adds the tags of the resource as `aws:ResourceTag/KEY`.
    pub(crate) fn with_resource_tags<'t>(
        mut self,
        tags: impl IntoIterator<Item = (&'t String, &'t String)>,
    ) -> Self {
        for (key, value) in tags {
            self = self.with(format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// Adds the tags of the request as `aws:RequestTag/KEY` and `aws:TagKeys`.
    pub(crate) fn with_request_tags(mut self, tags: &[(String, String)]) -> Self {
        if tags.is_empty() {
            return self;
        }
        for (key, value) in tags {
            self = self.with(format!("aws:RequestTag/{key}"), value);
        }
        let keys = tags.iter().map(|(key, _)| key.clone()).collect();
        self.context.push(("aws:TagKeys".to_owned(), keys));
        self
    }
}

impl Call {
    /// Lets the call go on if the caller may do this; refuses it in AWS's words if not.
    pub(crate) fn authorize(&mut self, wanted: &Wanted<'_>) -> Result<(), ApiError> {
        let caller = self.caller()?.clone();
        let outcome = self.decide(&caller, wanted);
        if outcome == Outcome::Allow {
            return Ok(());
        }
        Err(refusal(&caller, wanted, outcome, self.last_summary()))
    }

    /// The decision on the signed caller's wish, noted in the event log.
    pub(crate) fn decide(&mut self, caller: &Caller, wanted: &Wanted<'_>) -> Outcome {
        let policies = CallerPolicies::gather(&self.world, caller);
        let context = self.context(Some(caller), wanted);
        let request = Request {
            caller: caller.for_engine(&self.world.identity),
            action: wanted.action,
            resource: wanted.resource,
            resource_account: Some(self.world.identity.account.as_str()),
            context: &context,
        };
        let set = policies.set(wanted.resource_policy);
        let outcome = decide(&request, &set);
        let record = record(&request, &set);
        self.decisions.push(record);
        outcome
    }

    /// The decision of a trust policy on a web identity, noted in the event log.
    pub(crate) fn decide_federated(&mut self, provider_arn: &str, wanted: &Wanted<'_>) -> Outcome {
        let context = self.context(None, wanted);
        let request = Request {
            caller: hallpass_iam::Caller::Federated {
                provider: provider_arn,
            },
            action: wanted.action,
            resource: wanted.resource,
            resource_account: Some(self.world.identity.account.as_str()),
            context: &context,
        };
        let set = PolicySet {
            resource: wanted.resource_policy,
            ..PolicySet::default()
        };
        let outcome = decide(&request, &set);
        let record = record(&request, &set);
        self.decisions.push(record);
        outcome
    }

    fn context(&self, caller: Option<&Caller>, wanted: &Wanted<'_>) -> Context {
        let mut context = context::global(self, caller);
        for (key, values) in &wanted.context {
            context.insert(key.clone(), values.iter().cloned());
        }
        context
    }

    fn last_summary(&self) -> String {
        self.decisions
            .last()
            .map(|decision| decision.summary.clone())
            .unwrap_or_default()
    }
}

/// The decision as the event log keeps it.
fn record(request: &Request<'_>, set: &PolicySet<'_>) -> DecisionRecord {
    let decision = explain(request, set);
    DecisionRecord {
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        decision: match decision.outcome() {
            Outcome::Allow => "Allow",
            Outcome::ExplicitDeny => "ExplicitDeny",
            Outcome::ImplicitDeny => "ImplicitDeny",
        },
        summary: decision.summary(),
        explanation: decision.to_json(),
    }
}

/// AWS's words for a refusal.
///
/// Source: IAM User Guide, "Troubleshoot access denied error messages".
fn refusal(caller: &Caller, wanted: &Wanted<'_>, outcome: Outcome, detail: String) -> ApiError {
    let why = match outcome {
        Outcome::ExplicitDeny => "with an explicit deny in a policy".to_owned(),
        Outcome::Allow | Outcome::ImplicitDeny => {
            format!(
                "because no identity-based policy allows the {} action",
                wanted.action
            )
        }
    };
    let code = if wanted.action.starts_with("ecr:") {
        "AccessDeniedException"
    } else {
        "AccessDenied"
    };
    let status = if wanted.action.starts_with("ecr:") {
        400
    } else {
        403
    };
    ApiError::new(
        status,
        code,
        format!(
            "User: {} is not authorized to perform: {} on resource: {} {why}",
            caller.arn(),
            wanted.action,
            wanted.resource
        ),
    )
    .with_detail(detail)
}
