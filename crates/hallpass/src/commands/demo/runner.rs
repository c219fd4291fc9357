//! A runner that plays a workflow's steps, with what its job has: secrets, or its pod's environment.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::Secret;

use super::account::{Keys, Refusal, refusal};
use super::container::Built;
use super::error::DemoError;
use super::registry::Login;
use super::stage::Stage;
use super::story::Story;
use super::workflow::{Step, Work};

/// What a job has.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// The repository's secrets, by name.
    pub(crate) secrets: BTreeMap<String, Secret<String>>,
    /// The environment of the runner's pod.
    pub(crate) environment: BTreeMap<String, String>,
    /// The tag to push.
    pub(crate) tag: &'static str,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) enum Run {
    /// The image arrived; its digest, as the registry says it.
    Pushed { digest: String },
    /// A step was refused.
    Refused { step: String, refusal: Refusal },
}

/// Plays the steps. The story is told where there is one.
pub(crate) async fn run(
    stage: &Stage,
    steps: &[Step],
    job: &Job,
    mut story: Option<&mut Story>,
) -> Result<Run, DemoError> {
    let mut progress = State::default();
    for step in steps {
        match progress.play(stage, step, job).await? {
            Ok(detail) => {
                if let Some(story) = &mut story {
                    story.done(&format!("step: {}", step.name), detail);
                }
            }
            Err(refusal) => {
                return Ok(Run::Refused {
                    step: step.name.clone(),
                    refusal,
                });
            }
        }
    }
    match progress.digest {
        Some(digest) => Ok(Run::Pushed { digest }),
        None => Err(DemoError::Example {
            path: "the workflow".to_owned(),
            reason: "it has no step that pushes".to_owned(),
        }),
    }
}

/// What the steps so far have left.
#[derive(Default)]
struct State {
    built: Option<Built>,
    keys: Option<Keys>,
    login: Option<Login>,
    digest: Option<String>,
}

impl State {
    async fn play(
        &mut self,
        stage: &Stage,
        step: &Step,
        job: &Job,
    ) -> Result<Result<String, Refusal>, DemoError> {
        match &step.work {
            Work::Checkout => Ok(Ok(stage.example.place())),
            Work::Build => {
                let built = stage.client.build(&stage.example, &stage.folder)?;
                let detail = built.detail();
                self.built = Some(built);
                Ok(Ok(detail))
            }
            Work::ConfigureCredentials {
                access_key_id,
                secret_access_key,
            } => self.configure(job, access_key_id, secret_access_key),
            Work::LogIn => self.log_in(stage, job).await,
            Work::Push => self.push(stage, job).await,
        }
    }

    fn configure(
        &mut self,
        job: &Job,
        id: &str,
        secret: &str,
    ) -> Result<Result<String, Refusal>, DemoError> {
        let find = |name: &str| {
            job.secrets.get(name).ok_or_else(|| DemoError::Example {
                path: "the workflow".to_owned(),
                reason: format!("the repository has no secret `{name}`"),
            })
        };
        let keys = Keys {
            access_key_id: find(id)?.expose().clone(),
            secret_access_key: find(secret)?.clone(),
            session_token: None,
        };
        let detail = format!("{} of the repository's secrets", keys.access_key_id);
        self.keys = Some(keys);
        Ok(Ok(detail))
    }

    /// As the login action does: the job's keys, or else the pod's own identity.
    async fn log_in(
        &mut self,
        stage: &Stage,
        job: &Job,
    ) -> Result<Result<String, Refusal>, DemoError> {
        let (keys, how) = match &self.keys {
            Some(keys) => (keys.clone(), "the stored key".to_owned()),
            None => match exchange_of(stage, &job.environment).await? {
                Ok(session) => (session.keys, format!("the pod's token, as {}", session.arn)),
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        match log_in(stage, &keys).await {
            Ok(login) => {
                self.login = Some(login);
                Ok(Ok(format!("with {how}")))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn push(
        &mut self,
        stage: &Stage,
        job: &Job,
    ) -> Result<Result<String, Refusal>, DemoError> {
        let fault = |reason: &str| DemoError::Example {
            path: "the workflow".to_owned(),
            reason: reason.to_owned(),
        };
        let built = self
            .built
            .as_ref()
            .ok_or_else(|| fault("it pushes before it builds"))?;
        let login = self
            .login
            .as_ref()
            .ok_or_else(|| fault("it pushes before it logs in"))?;
        stage
            .client
            .push(&stage.folder, login, built, REPOSITORY, job.tag)
            .await?;
        self.digest = Some(super::registry::digest(login, REPOSITORY, job.tag).await?);
        Ok(Ok(format!(
            "{REPOSITORY}:{} with {}",
            job.tag, stage.client
        )))
    }
}

/// Credentials of a role, and whose they are.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) keys: Keys,
    pub(crate) arn: String,
}

/// The exchange, with what the pod's environment says.
async fn exchange_of(
    stage: &Stage,
    environment: &BTreeMap<String, String>,
) -> Result<Result<Session, Refusal>, DemoError> {
    let variable = |name: &str| {
        environment.get(name).ok_or_else(|| DemoError::Cluster {
            what: "the runner pod".to_owned(),
            reason: format!("its environment has no {name}"),
        })
    };
    let path = Path::new(variable("AWS_WEB_IDENTITY_TOKEN_FILE")?);
    let token = std::fs::read_to_string(path).map_err(|source| DemoError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(exchange(stage, variable("AWS_ROLE_ARN")?, &Secret::new(token)).await)
}

/// `AssumeRoleWithWebIdentity`.
pub(crate) async fn exchange(
    stage: &Stage,
    role_arn: &str,
    token: &Secret<String>,
) -> Result<Session, Refusal> {
    let answer = stage
        .account
        .unsigned_sts()
        .assume_role_with_web_identity()
        .role_arn(role_arn)
        .role_session_name("image-builder")
        .web_identity_token(token.expose())
        .send()
        .await
        .map_err(|error| refusal(&error))?;
    let none = || Refusal {
        code: "NoAnswer".to_owned(),
        message: "the answer holds no credentials".to_owned(),
        request_id: None,
    };
    let credentials = answer.credentials().ok_or_else(none)?;
    Ok(Session {
        keys: Keys {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: Secret::new(credentials.secret_access_key().to_owned()),
            session_token: Some(Secret::new(credentials.session_token().to_owned())),
        },
        arn: answer
            .assumed_role_user()
            .map(|user| user.arn().to_owned())
            .unwrap_or_default(),
    })
}

/// `GetAuthorizationToken`.
pub(crate) async fn log_in(stage: &Stage, keys: &Keys) -> Result<Login, Refusal> {
    let answer = stage
        .account
        .ecr(keys)
        .get_authorization_token()
        .send()
        .await
        .map_err(|error| refusal(&error))?;
    answer
        .authorization_data()
        .first()
        .and_then(|data| data.authorization_token())
        .and_then(|token| STANDARD.decode(token).ok())
        .and_then(|plain| String::from_utf8(plain).ok())
        .and_then(|plain| plain.strip_prefix("AWS:").map(str::to_owned))
        .map(|password| Login {
            registry: stage.description().registry.to_string(),
            password: Secret::new(password),
        })
        .ok_or_else(|| Refusal {
            code: "NoAnswer".to_owned(),
            message: "the answer holds no token".to_owned(),
            request_id: None,
        })
}

/// The example's repository.
pub(crate) const REPOSITORY: &str = "my-app";
