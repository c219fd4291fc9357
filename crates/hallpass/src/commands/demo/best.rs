//! Part two, the best practice: the runner's service account becomes a role.

use std::collections::BTreeMap;

use hallpass_types::STS_AUDIENCE;
use serde_json::Value;

use super::account::refusal;
use super::cluster::pod_environment;
use super::error::DemoError;
use super::general::call;
use super::runner::{self, Job, REPOSITORY, Run};
use super::stage::Stage;
use super::story::Story;
use super::workflow::{self, Step};

/// What part two leaves for the rest.
#[derive(Debug)]
pub(crate) struct Best {
    /// The role's ARN.
    pub(crate) role_arn: String,
    /// The workflow's steps.
    pub(crate) steps: Vec<Step>,
    /// The environment of the runner's pod.
    pub(crate) environment: BTreeMap<String, String>,
}

impl Best {
    /// The job as the runner starts it: with its pod's environment, and no secret.
    pub(crate) fn job(&self, tag: &'static str) -> Job {
        Job {
            secrets: BTreeMap::new(),
            environment: self.environment.clone(),
            tag,
        }
    }
}

/// Plays it.
pub(crate) async fn play(
    stage: &Stage,
    story: &mut Story,
    policy_arn: &str,
) -> Result<Best, DemoError> {
    story.part("2. The best practice: the runner's service account becomes a role");
    story.doing("building the chain");
    let issuer = stage.description().issuer.clone();
    provider(stage, &issuer).await?;
    story.done("OIDC provider", format!("{issuer}, for {STS_AUDIENCE}"));
    let role_arn = role(stage, policy_arn).await?;
    story.done("role", role_arn.clone());
    let environment = runner_pod(stage, story).await?;
    let best = Best {
        role_arn,
        steps: workflow::read(&stage.example, "workflow-pass.yaml")?,
        environment,
    };
    story.doing("running the workflow with the runner's own identity");
    match runner::run(stage, &best.steps, &best.job("pass"), Some(story)).await? {
        Run::Pushed { digest } => {
            story.done(
                "the image arrived",
                format!("{REPOSITORY}:pass is {digest}"),
            );
            Ok(best)
        }
        Run::Refused { refusal, .. } => Err(DemoError::Call {
            operation: "the workflow",
            code: refusal.code,
            message: refusal.message,
        }),
    }
}

async fn provider(stage: &Stage, issuer: &str) -> Result<(), DemoError> {
    stage
        .account
        .iam(&stage.administrator())
        .create_open_id_connect_provider()
        .url(issuer)
        .client_id_list(STS_AUDIENCE)
        .send()
        .await
        .map(drop)
        .map_err(|error| call("CreateOpenIDConnectProvider", &refusal(&error)))
}

async fn role(stage: &Stage, policy_arn: &str) -> Result<String, DemoError> {
    let iam = stage.account.iam(&stage.administrator());
    let answer = iam
        .create_role()
        .role_name(ROLE)
        .assume_role_policy_document(stage.example.text("trust-policy.json")?)
        .send()
        .await
        .map_err(|error| call("CreateRole", &refusal(&error)))?;
    iam.attach_role_policy()
        .role_name(ROLE)
        .policy_arn(policy_arn)
        .send()
        .await
        .map_err(|error| call("AttachRolePolicy", &refusal(&error)))?;
    Ok(answer
        .role()
        .map(|role| role.arn().to_owned())
        .unwrap_or_default())
}

/// Namespace, service account, runners; then the pod that comes of them.
async fn runner_pod(
    stage: &Stage,
    story: &mut Story,
) -> Result<BTreeMap<String, String>, DemoError> {
    let name_of = |object: &Value| {
        object
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let create = async |file: &str| stage.cluster.create(&stage.example.text(file)?).await;
    create("namespace.yaml").await?;
    let account = create("service-account.yaml").await?;
    story.done(
        "service account",
        format!("{NAMESPACE}/{}, annotated with the role", name_of(&account)),
    );
    let runners = name_of(&create("runner-deployment.yaml").await?);
    let pod = stage.cluster.pod(NAMESPACE, &runners).await?;
    let pod_name = name_of(&pod);
    let environment = pod_environment(stage.description(), NAMESPACE, &pod_name).await?;
    let injected = environment
        .keys()
        .filter(|name| name.starts_with("AWS_"))
        .count();
    story.done(
        "runner pod",
        format!("{pod_name}, with {injected} injected variables and a token of its own"),
    );
    Ok(environment)
}

/// The namespace of the example's runners.
pub(crate) const NAMESPACE: &str = "actions";
const ROLE: &str = "self_hosted_runner_role";
