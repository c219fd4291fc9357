//! Part three, the difference, tried: what a thief gains, what a neighbour gains, what retiring costs.

use std::path::Path;
use std::time::Duration;

use aws_sdk_iam::types::StatusType;
use hallpass_types::{STS_AUDIENCE, Secret};

use super::account::{Refusal, refusal};
use super::best::{Best, NAMESPACE};
use super::error::DemoError;
use super::explanation;
use super::general::{General, call};
use super::runner::{self, REPOSITORY, Run};
use super::stage::Stage;
use super::story::{Outcome, Story};

/// Plays it.
pub(crate) async fn play(
    stage: &Stage,
    story: &mut Story,
    general: &General,
    best: &Best,
) -> Result<(), DemoError> {
    story.part("3. The difference, tried");
    story.doing("trying what others could do");
    neighbours(stage, story, best).await?;
    thieves(stage, story, general, best).await?;
    retirement(stage, story, general, best).await
}

/// Others of the same cluster, and the runner itself where it has no business.
async fn neighbours(stage: &Stage, story: &mut Story, best: &Best) -> Result<(), DemoError> {
    let cluster = &stage.cluster;
    cluster.create_account(NAMESPACE, "other").await?;
    cluster.create_account("dev", ACCOUNT).await?;
    let other_role = other_role(stage).await?;
    let own = cluster.token(NAMESPACE, ACCOUNT, STS_AUDIENCE).await?;
    let attempts = [
        (
            "a pod with another service account",
            cluster.token(NAMESPACE, "other", STS_AUDIENCE).await?,
            &best.role_arn,
        ),
        (
            "a pod of another namespace",
            cluster.token("dev", ACCOUNT, STS_AUDIENCE).await?,
            &best.role_arn,
        ),
        (
            "a token for another audience",
            cluster
                .token(NAMESPACE, ACCOUNT, "vault.example.com")
                .await?,
            &best.role_arn,
        ),
        ("the role of another repository", own.clone(), &other_role),
    ];
    for (name, token, role_arn) in attempts {
        let outcome = runner::exchange(stage, role_arn, &token).await;
        tell(stage, story, name, Outcome::Refused, outcome.map(drop)).await;
    }
    let session = runner::exchange(stage, &best.role_arn, &own)
        .await
        .map_err(|refusal| call("AssumeRoleWithWebIdentity", &refusal))?;
    let deleted = stage
        .account
        .ecr(&session.keys)
        .delete_repository()
        .repository_name(REPOSITORY)
        .send()
        .await
        .map(drop)
        .map_err(|error| refusal(&error));
    tell(
        stage,
        story,
        "an action that the policy lacks",
        Outcome::Refused,
        deleted,
    )
    .await;
    Ok(())
}

/// Who has copied the key, and who has copied the token.
async fn thieves(
    stage: &Stage,
    story: &mut Story,
    general: &General,
    best: &Best,
) -> Result<(), DemoError> {
    let path = best
        .environment
        .get("AWS_WEB_IDENTITY_TOKEN_FILE")
        .map_or(Path::new(""), Path::new);
    let stolen_token = std::fs::read_to_string(path)
        .map(Secret::new)
        .map_err(|source| DemoError::File {
            path: path.to_owned(),
            source,
        })?;
    let key = async || runner::log_in(stage, &general.keys).await.map(drop);
    let token = async || {
        runner::exchange(stage, &best.role_arn, &stolen_token)
            .await
            .map(drop)
    };
    tell(
        stage,
        story,
        "the stolen key, from anywhere",
        Outcome::Works,
        key().await,
    )
    .await;
    tell(
        stage,
        story,
        "the stolen token, at once",
        Outcome::Works,
        token().await,
    )
    .await;
    stage.clock.advance(TWO_DAYS);
    tell(
        stage,
        story,
        "the stolen key, two days later",
        Outcome::Works,
        key().await,
    )
    .await;
    tell(
        stage,
        story,
        "the stolen token, two days later",
        Outcome::Refused,
        token().await,
    )
    .await;
    rotated(path, &stolen_token).await
}

/// Waits until the pod's own token is another than the stolen one, as the kubelet keeps it fresh.
async fn rotated(path: &Path, stolen: &Secret<String>) -> Result<(), DemoError> {
    for _ in 0..ROTATION_LOOKS {
        let is_other = std::fs::read_to_string(path).is_ok_and(|token| token != *stolen.expose());
        if is_other {
            return Ok(());
        }
        tokio::time::sleep(ROTATION_PAUSE).await;
    }
    Err(DemoError::Cluster {
        what: "a fresh token for the runner pod".to_owned(),
        reason: format!("`{}` still holds the expired one", path.display()),
    })
}

/// The key is retired: who still depended on it fails, the rest goes on.
async fn retirement(
    stage: &Stage,
    story: &mut Story,
    general: &General,
    best: &Best,
) -> Result<(), DemoError> {
    stage
        .account
        .iam(&stage.administrator())
        .update_access_key()
        .user_name(general.user)
        .access_key_id(&general.keys.access_key_id)
        .status(StatusType::Inactive)
        .send()
        .await
        .map_err(|error| call("UpdateAccessKey", &refusal(&error)))?;
    story.done("the key is deactivated", general.keys.access_key_id.clone());
    let with_key = runner::run(stage, &general.steps, &general.job("key"), None).await?;
    tell(
        stage,
        story,
        "the first workflow",
        Outcome::Refused,
        outcome_of(with_key),
    )
    .await;
    let with_pass = runner::run(stage, &best.steps, &best.job("pass"), None).await?;
    tell(
        stage,
        story,
        "the second workflow",
        Outcome::Works,
        outcome_of(with_pass),
    )
    .await;
    Ok(())
}

fn outcome_of(run: Run) -> Result<(), Refusal> {
    match run {
        Run::Pushed { .. } => Ok(()),
        Run::Refused { step, refusal } => Err(Refusal {
            message: format!("{} (step: {step})", refusal.message),
            ..refusal
        }),
    }
}

async fn tell(
    stage: &Stage,
    story: &mut Story,
    name: &str,
    promised: Outcome,
    outcome: Result<(), Refusal>,
) {
    match outcome {
        Ok(()) => story.attempt(name, promised, Outcome::Works, "works", None),
        Err(refusal) => {
            let because = match &refusal.request_id {
                Some(id) => explanation::of(&stage.folder, id).await,
                None => None,
            };
            let detail = format!("{}: {}", refusal.code, refusal.message);
            story.attempt(name, promised, Outcome::Refused, detail, because);
        }
    }
}

/// A role that another repository's runners may assume.
async fn other_role(stage: &Stage) -> Result<String, DemoError> {
    let trust = stage
        .example
        .text("trust-policy.json")?
        .replace(ACCOUNT, "other-repository-runner");
    let answer = stage
        .account
        .iam(&stage.administrator())
        .create_role()
        .role_name("other_repository_role")
        .assume_role_policy_document(trust)
        .send()
        .await
        .map_err(|error| call("CreateRole", &refusal(&error)))?;
    Ok(answer
        .role()
        .map(|role| role.arn().to_owned())
        .unwrap_or_default())
}

const ACCOUNT: &str = "self-hosted-runner-service-account";
// Past the life of any projected token (EKS's webhook asks for one of a day).
const TWO_DAYS: i64 = 2 * 86_400;
// Five seconds: the lab looks for tokens to rotate several times a second.
const ROTATION_LOOKS: usize = 250;
const ROTATION_PAUSE: Duration = Duration::from_millis(20);
