//! `SimulateCustomPolicy` and `SimulatePrincipalPolicy`: what would be decided, by the engine that
//! decides.
//!
//! Source: IAM API Reference, `SimulateCustomPolicy`, `EvaluationResult`; the values of
//! `SourcePolicyId` and `SourcePolicyType` as the service gives them.

use hallpass_iam::Context;

use super::names;
use super::permission::Permission;
use super::principal_policies::{PrincipalPolicies, read_inputs};
use super::simulation::{Simulated, SimulatedCaller, Simulation, Source, SourceRole};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::aws::xml::Xml;
use crate::identity::LabIdentity;
use crate::store::AccountControls;

/// `SimulateCustomPolicy`: policies that are nobody's.
pub(super) fn custom(call: &mut Call) -> Result<Answer, ApiError> {
    Permission::on("*").ask(call)?;
    let params = call.params()?;
    let sources = read_inputs(params, true)?;
    answer(params, &call.identity, sources, None, Context::new(), None)
}

/// `SimulatePrincipalPolicy`: the policies of a user, group or role, and more by hand.
pub(super) fn principal(call: &mut Call) -> Result<Answer, ApiError> {
    let principal = PrincipalPolicies::permitted(call)?;
    let params = call.params()?;
    let mut sources = principal.sources;
    sources.extend(read_inputs(params, false)?);
    let identity = &call.identity;
    let controls = call.world.store.read(|state| {
        let controls = state.organization().controls();
        controls.account(identity.account.as_str()).cloned()
    });
    // A group calls nothing; the management account is bound by nothing.
    let controls = controls.filter(|controls| !controls.service.is_empty());
    answer(
        params,
        identity,
        sources,
        principal.caller,
        principal.context,
        controls.as_deref(),
    )
}

fn answer(
    params: &Params,
    identity: &LabIdentity,
    mut sources: Vec<Source>,
    caller: Option<SimulatedCaller>,
    mut context: Context,
    controls: Option<&AccountControls>,
) -> Result<Answer, ApiError> {
    let asked = Asked::read(params)?;
    if let Some(boundary) = read_boundary(params)? {
        sources.retain(|source| source.role() != SourceRole::Boundary);
        sources.push(boundary);
    }
    let resource_policy = params.get("ResourcePolicy");
    if let Some(text) = resource_policy {
        sources.push(Source::read("ResourcePolicy", SourceRole::Resource, text)?);
    }
    let caller = match named_caller(params)? {
        Some(caller) => caller,
        None => match caller {
            Some(caller) => caller,
            None if resource_policy.is_some() => return Err(no_caller()),
            // Without a resource's policy it does not matter who calls.
            None => SimulatedCaller {
                arn: identity.iam_arn("user/simulated"),
                session_arn: None,
            },
        },
    };
    read_context(params, &mut context)?;
    let owner = resource_owner(params)?;
    let mut simulation = Simulation::new(sources, caller, owner, context);
    if let Some(controls) = controls {
        simulation = simulation.within(&controls.service);
    }
    let page = Page::of_numbers(params, asked.count())?;
    Ok(Answer::xml(|xml| {
        let pairs = page.items.iter().filter_map(|number| asked.pair(*number));
        xml.list("EvaluationResults", pairs, |xml, (action, resource)| {
            let simulated = simulation.decide(action, resource);
            write(
                xml,
                (action, resource),
                &simulated,
                &simulation,
                asked.names_resources,
            );
        });
        page.write_end(xml);
    }))
}

/// Each action on each resource.
struct Asked<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
    names_resources: bool,
}

impl<'a> Asked<'a> {
    fn read(params: &'a Params) -> Result<Self, ApiError> {
        let actions = params.list("ActionNames");
        if actions.is_empty() {
            return Err(ApiError::missing("ActionNames"));
        }
        let is_action = |action: &&str| (3..=128).contains(&action.chars().count());
        if !actions.iter().all(is_action) {
            return Err(ApiError::validation(
                "1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 3]",
            ));
        }
        let named = params.list("ResourceArns");
        let names_resources = !named.is_empty();
        Ok(Self {
            actions,
            resources: if names_resources { named } else { vec!["*"] },
            names_resources,
        })
    }

    fn count(&self) -> usize {
        self.actions.len() * self.resources.len()
    }

    fn pair(&self, number: usize) -> Option<(&'a str, &'a str)> {
        let action = self
            .actions
            .get(number.checked_div(self.resources.len())?)?;
        let resource = self
            .resources
            .get(number.checked_rem(self.resources.len())?)?;
        Some((action, resource))
    }
}

fn read_boundary(params: &Params) -> Result<Option<Source>, ApiError> {
    let texts = params.list("PermissionsBoundaryPolicyInputList");
    match texts.as_slice() {
        [] => Ok(None),
        [text] => Source::read(
            "PermissionsBoundaryPolicyInputList.1",
            SourceRole::Boundary,
            text,
        )
        .map(Some),
        [..] => Err(ApiError::new(
            400,
            "InvalidInput",
            "PermissionsBoundaryPolicyInputList takes one policy.",
        )),
    }
}

fn read_context(params: &Params, context: &mut Context) -> Result<(), ApiError> {
    for entry in params.structures("ContextEntries") {
        let key = entry.required("ContextKeyName")?;
        context.insert(key, entry.list("ContextKeyValues"));
    }
    Ok(())
}

/// `CallerArn`, which must be a user's.
fn named_caller(params: &Params) -> Result<Option<SimulatedCaller>, ApiError> {
    let Some(arn) = names::optional_arn(params, "CallerArn")? else {
        return Ok(None);
    };
    if arn.service() != "iam" || arn.resource_parts().0 != "user" {
        return Err(ApiError::new(
            400,
            "InvalidInput",
            format!("Invalid caller: {arn} is not the ARN of an IAM user."),
        ));
    }
    Ok(Some(SimulatedCaller {
        arn: arn.as_str().to_owned(),
        session_arn: None,
    }))
}

fn no_caller() -> ApiError {
    ApiError::new(
        400,
        "InvalidInput",
        "CallerArn must be specified when a ResourcePolicy is.",
    )
}

/// The account of `ResourceOwner`, an ARN.
fn resource_owner(params: &Params) -> Result<Option<String>, ApiError> {
    let owner = names::optional_arn(params, "ResourceOwner")?;
    Ok(owner.map(|arn| arn.account().to_owned()))
}

fn write(
    xml: &mut Xml,
    (action, resource): (&str, &str),
    simulated: &Simulated,
    simulation: &Simulation,
    names_resources: bool,
) {
    xml.text("EvalActionName", action)
        .text("EvalResourceName", resource)
        .text("EvalDecision", simulated.decision);
    write_reasons(xml, simulated, simulation);
    if names_resources {
        xml.list("ResourceSpecificResults", [simulated], |xml, simulated| {
            xml.text("EvalResourceName", resource)
                .text("EvalResourceDecision", simulated.decision);
            write_reasons(xml, simulated, simulation);
        });
    }
}

fn write_reasons(xml: &mut Xml, simulated: &Simulated, simulation: &Simulation) {
    xml.list("MatchedStatements", &simulated.matched, |xml, statement| {
        xml.text("SourcePolicyId", &statement.policy)
            .text("SourcePolicyType", "IAM Policy");
        for (element, position) in [
            ("StartPosition", statement.start),
            ("EndPosition", statement.end),
        ] {
            xml.element(element, |xml| {
                xml.value("Line", position.line)
                    .value("Column", position.column);
            });
        }
    });
    xml.texts("MissingContextValues", simulation.missing());
    if let Some(is_within) = simulated.is_within_organization {
        xml.element("OrganizationsDecisionDetail", |xml| {
            xml.value("AllowedByOrganizations", is_within);
        });
    }
    if let Some(is_within) = simulated.is_within_boundary {
        xml.element("PermissionsBoundaryDecisionDetail", |xml| {
            xml.value("AllowedByPermissionsBoundary", is_within);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_meets_each_resource_once() {
        let params = Params::parse(
            b"ActionNames.member.1=a:a&ActionNames.member.2=b:b&ResourceArns.member.1=x&ResourceArns.member.2=y",
        )
        .unwrap();
        let asked = Asked::read(&params).unwrap();
        let pairs: Vec<_> = (0..=asked.count()).map(|n| asked.pair(n)).collect();
        assert_eq!(
            pairs,
            [
                Some(("a:a", "x")),
                Some(("a:a", "y")),
                Some(("b:b", "x")),
                Some(("b:b", "y")),
                None
            ]
        );
    }
}
