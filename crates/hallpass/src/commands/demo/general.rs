//! Part one, the general practice: an access key in the repository's secrets.

use std::collections::BTreeMap;

use aws_sdk_ecr::types::ImageTagMutability;
use hallpass_types::Secret;

use super::account::{Keys, refusal};
use super::error::DemoError;
use super::runner::{self, Job, REPOSITORY, Run};
use super::stage::Stage;
use super::story::Story;
use super::workflow::{self, Step};

/// What part one leaves for the rest.
#[derive(Debug)]
pub(crate) struct General {
    /// The user.
    pub(crate) user: &'static str,
    /// The stored key.
    pub(crate) keys: Keys,
    /// The workflow's steps.
    pub(crate) steps: Vec<Step>,
    /// The policy's ARN, used again for the role.
    pub(crate) policy_arn: String,
}

impl General {
    /// The job as GitHub would start it: with the repository's secrets.
    pub(crate) fn job(&self, tag: &'static str) -> Job {
        let secrets = BTreeMap::from([
            (
                "AWS_ACCESS_KEY_ID".to_owned(),
                Secret::new(self.keys.access_key_id.clone()),
            ),
            (
                "AWS_SECRET_ACCESS_KEY".to_owned(),
                self.keys.secret_access_key.clone(),
            ),
        ]);
        Job {
            secrets,
            environment: BTreeMap::new(),
            tag,
        }
    }
}

/// Plays it.
pub(crate) async fn play(stage: &Stage, story: &mut Story) -> Result<General, DemoError> {
    story.part("1. The general practice: an access key in the repository's secrets");
    story.doing("making a user, its key and a repository");
    let general = set_up(stage, story).await?;
    story.doing("running the workflow with the stored key");
    match runner::run(stage, &general.steps, &general.job("key"), Some(story)).await? {
        Run::Pushed { digest } => {
            story.done("the image arrived", format!("{REPOSITORY}:key is {digest}"));
            Ok(general)
        }
        Run::Refused { refusal, .. } => Err(DemoError::Call {
            operation: "the workflow",
            code: refusal.code,
            message: refusal.message,
        }),
    }
}

async fn set_up(stage: &Stage, story: &mut Story) -> Result<General, DemoError> {
    let administrator = stage.administrator();
    let iam = stage.account.iam(&administrator);
    stage
        .account
        .ecr(&administrator)
        .create_repository()
        .repository_name(REPOSITORY)
        .image_tag_mutability(ImageTagMutability::Mutable)
        .send()
        .await
        .map_err(|error| call("CreateRepository", &refusal(&error)))?;
    let policy_arn = iam
        .create_policy()
        .policy_name(POLICY)
        .policy_document(stage.example.text("policy.json")?)
        .send()
        .await
        .map_err(|error| call("CreatePolicy", &refusal(&error)))?
        .policy()
        .and_then(|policy| policy.arn())
        .unwrap_or_default()
        .to_owned();
    iam.create_user()
        .user_name(USER)
        .send()
        .await
        .map_err(|error| call("CreateUser", &refusal(&error)))?;
    iam.attach_user_policy()
        .user_name(USER)
        .policy_arn(&policy_arn)
        .send()
        .await
        .map_err(|error| call("AttachUserPolicy", &refusal(&error)))?;
    story.done("IAM user", format!("{USER}, with {POLICY}"));
    let answer = iam
        .create_access_key()
        .user_name(USER)
        .send()
        .await
        .map_err(|error| call("CreateAccessKey", &refusal(&error)))?;
    let key = answer.access_key().ok_or_else(|| DemoError::Call {
        operation: "CreateAccessKey",
        code: "NoAnswer".to_owned(),
        message: "the answer holds no key".to_owned(),
    })?;
    let keys = Keys {
        access_key_id: key.access_key_id().to_owned(),
        secret_access_key: Secret::new(key.secret_access_key().to_owned()),
        session_token: None,
    };
    story.done(
        "access key",
        format!(
            "{}, stored as the repository's secret, for ever",
            keys.access_key_id
        ),
    );
    Ok(General {
        user: USER,
        keys,
        steps: workflow::read(&stage.example, "workflow-access-key.yaml")?,
        policy_arn,
    })
}

/// A call that the story cannot go on without.
pub(crate) fn call(operation: &'static str, refusal: &super::account::Refusal) -> DemoError {
    DemoError::Call {
        operation,
        code: refusal.code.clone(),
        message: refusal.message.clone(),
    }
}

const USER: &str = "self_hosted_runner";
const POLICY: &str = "self_hosted_runner_policy";
