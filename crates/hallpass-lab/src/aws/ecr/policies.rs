//! Repository policies: who else may do what with a repository.

use hallpass_iam::{Document, PolicyKind, validate};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::Target;
use super::repositories::change;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::PolicyText;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetRepositoryPolicy {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    policy_text: String,
}

/// `SetRepositoryPolicy`.
pub(super) async fn set_repository_policy(call: &mut Call) -> Result<Answer, ApiError> {
    let input: SetRepositoryPolicy = call.take_json()?;
    let opened = input.target.open(call, "ecr:SetRepositoryPolicy")?;
    check(&input.policy_text)?;
    let policy = PolicyText::new(input.policy_text.as_str());
    change(call, opened.name.as_str(), |repository| {
        repository.policy = Some(policy);
        Ok(())
    })
    .await?;
    Ok(answer(call, opened.name.as_str(), &input.policy_text))
}

/// `GetRepositoryPolicy`.
pub(super) fn get_repository_policy(call: &mut Call) -> Result<Answer, ApiError> {
    let target: Target = call.take_json()?;
    let opened = target.open(call, "ecr:GetRepositoryPolicy")?;
    let name = opened.name.as_str();
    let policy = opened
        .repository
        .policy
        .as_ref()
        .ok_or_else(|| fault::policy_not_found(&call.identity, name))?;
    Ok(answer(call, name, policy.as_str()))
}

/// `DeleteRepositoryPolicy`.
pub(super) async fn delete_repository_policy(call: &mut Call) -> Result<Answer, ApiError> {
    let target: Target = call.take_json()?;
    let opened = target.open(call, "ecr:DeleteRepositoryPolicy")?;
    let name = opened.name.as_str();
    let policy = change(call, name, |repository| {
        repository
            .policy
            .take()
            .ok_or_else(|| fault::policy_not_found(&call.identity, name))
    })
    .await?;
    Ok(answer(call, name, policy.as_str()))
}

/// The reason of a refusal goes to the event log: ECR tells none.
fn check(text: &str) -> Result<(), ApiError> {
    let refusal = fault::parameter("PolicyText", "Invalid repository policy provided");
    if text.len() > MAX_POLICY_BYTES {
        return Err(refusal.with_detail(format!("a policy has at most {MAX_POLICY_BYTES} bytes")));
    }
    let document =
        Document::parse(text).map_err(|error| refusal.clone().with_detail(error.to_string()))?;
    validate(&document, PolicyKind::Resource)
        .map_err(|error| refusal.with_detail(error.to_string()))
}

fn answer(call: &Call, name: &str, text: &str) -> Answer {
    let body: Value = json!({
        "registryId": call.identity.account.as_str(),
        "repositoryName": name,
        "policyText": text,
    });
    Answer::Json(body)
}

// Amazon ECR API Reference, `SetRepositoryPolicy`.
const MAX_POLICY_BYTES: usize = 10_240;
