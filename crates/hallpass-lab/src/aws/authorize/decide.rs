//! From a call to the policy engine and back: the decision, noted in the event log.

use hallpass_iam::{Context, Decision, Outcome, PolicySet, Request, explain};

use super::context;
use super::policies::CallerPolicies;
use super::refusal::{assume_role_refusal, refusal};
use super::sides::Sides;
use super::wanted::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::Caller;
use crate::aws::error::ApiError;
use crate::events::DecisionRecord;

impl Call {
    /// Lets the call go on if the caller may do this; refuses it in AWS's words if not.
    pub(crate) fn authorize(&mut self, wanted: &Wanted<'_>) -> Result<(), ApiError> {
        let caller = self.caller()?.clone();
        let decision = self.decision(&caller, wanted);
        if decision.outcome() == Outcome::Allow {
            return Ok(());
        }
        Err(refusal(&caller, wanted, &decision))
    }

    /// The same for who wants to become a role, who is told less.
    pub(crate) fn authorize_role(
        &mut self,
        caller: &Caller,
        wanted: &Wanted<'_>,
    ) -> Result<(), ApiError> {
        let decision = self.decision(caller, wanted);
        if decision.outcome() == Outcome::Allow {
            return Ok(());
        }
        Err(assume_role_refusal(caller, wanted, &decision))
    }

    /// The decision on the signed caller's wish, noted in the event log.
    pub(crate) fn decide(&mut self, caller: &Caller, wanted: &Wanted<'_>) -> Outcome {
        self.decision(caller, wanted).outcome()
    }

    fn decision(&mut self, caller: &Caller, wanted: &Wanted<'_>) -> Decision {
        let policies = CallerPolicies::gather(&self.world, caller);
        let account = self.identity.account;
        let sides = Sides::of(&self.world, Some(caller.account()), account);
        let context = self.context(Some(caller), &sides, wanted);
        let request = Request {
            caller: caller.for_engine(),
            action: wanted.action,
            resource: wanted.resource,
            resource_account: Some(account.as_str()),
            context: &context,
        };
        let mut set = policies.set(wanted.resource_policy);
        sides.bind(&mut set, wanted.action);
        let decision = explain(&request, &set);
        self.decisions.push(record(&request, &decision));
        decision
    }

    /// The decision of a trust policy on a web identity, noted in the event log.
    pub(crate) fn decide_federated(&mut self, provider_arn: &str, wanted: &Wanted<'_>) -> Outcome {
        let caller = hallpass_iam::Caller::Federated {
            provider: provider_arn,
        };
        self.decide_unsigned(caller, wanted).outcome()
    }

    /// The decision of a trust policy on an AWS service, noted in the event log.
    pub(crate) fn decide_service(&mut self, name: &str, wanted: &Wanted<'_>) -> Decision {
        self.decide_unsigned(hallpass_iam::Caller::Service { name }, wanted)
    }

    /// The decision on the wish of who has no policies of its own, noted in the event log.
    fn decide_unsigned(
        &mut self,
        caller: hallpass_iam::Caller<'_>,
        wanted: &Wanted<'_>,
    ) -> Decision {
        let account = self.identity.account;
        let sides = Sides::of(&self.world, None, account);
        let context = self.context(None, &sides, wanted);
        let request = Request {
            caller,
            action: wanted.action,
            resource: wanted.resource,
            resource_account: Some(account.as_str()),
            context: &context,
        };
        let mut set = PolicySet {
            resource: wanted.resource_policy,
            ..PolicySet::default()
        };
        sides.bind(&mut set, wanted.action);
        let decision = explain(&request, &set);
        self.decisions.push(record(&request, &decision));
        decision
    }

    fn context(&self, caller: Option<&Caller>, sides: &Sides, wanted: &Wanted<'_>) -> Context {
        let mut context = context::global(self, caller, sides);
        for (key, values) in &wanted.context {
            context.insert(key.clone(), values.iter().cloned());
        }
        context
    }
}

/// The decision as the event log keeps it.
fn record(request: &Request<'_>, decision: &Decision) -> DecisionRecord {
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
