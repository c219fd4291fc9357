//! A job: its runner is made, its steps run, and all is taken away again.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hallpass_types::{Secret, ServiceAccountName};
use hallpass_workflow::{
    Combination, Job, Masks, RunsOn, Scope, Status, StepWork, Steps, Use, Workflow, fill,
    fill_text, text_of,
};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::builtin::BuiltIn;
use crate::context::{self, Facts};
use crate::docker;
use crate::error::RunError;
use crate::files;
use crate::folders::{self, Folders};
use crate::frame::Frame;
use crate::github::{Started, Wish};
use crate::lab::Lab;
use crate::listener::Listener;
use crate::pod::{self, Pod};
use crate::report::{Annotation, Conclusion, JobReport, StepReport};
use crate::request::{Run, Who};
use crate::runner::{Runner, fill_mapping};
use crate::step::{is_yes, minutes_of};

/// What all jobs of a run share.
pub(crate) struct Shared<'a> {
    pub(crate) run: &'a Run,
    pub(crate) lab: &'a Lab,
    pub(crate) workflow: &'a Workflow,
    pub(crate) facts: &'a Facts,
    pub(crate) folder: &'a Path,
    pub(crate) docker: &'a docker::Docker,
    pub(crate) secrets: &'a BTreeMap<String, Secret<String>>,
    pub(crate) inputs: &'a Map<String, Value>,
    /// The run on the lab's GitHub, once a job of it has started.
    pub(crate) github_run: Option<Value>,
    /// What calls this workflow, if it is called.
    pub(crate) reusable: Option<String>,
    pub(crate) cancel: watch::Receiver<bool>,
}

/// Whose machine a job is on.
enum Place {
    GithubHosted,
    Pod(Pod),
}

impl Place {
    fn shown(&self) -> String {
        match self {
            Self::GithubHosted => "a GitHub-hosted runner".to_owned(),
            Self::Pod(pod) => format!(
                "pod {}/{}, service account {}",
                pod.account.namespace(),
                pod.name,
                pod.account.name()
            ),
        }
    }

    fn is_github_hosted(&self) -> bool {
        matches!(self, Self::GithubHosted)
    }
}

/// Runs a job of steps.
pub(crate) async fn run(
    shared: &mut Shared<'_>,
    job: &Job,
    steps: &Steps,
    combination: &Combination,
    contexts: &Map<String, Value>,
    listener: &mut dyn Listener,
) -> Result<JobReport, RunError> {
    let scope = Scope {
        contexts,
        status: Status::Success,
        files: None,
    };
    let name = match &job.name {
        Some(name) => fill_text(name, &scope)?,
        None => named(&job.id, combination),
    };
    let labels = labels(&steps.runs_on, &scope)?;
    let place = place(shared, job, &labels).await?;
    let wish_environment = shared.run.environment.clone().map_or_else(
        || {
            steps
                .environment
                .as_ref()
                .map(|text| fill_text(text, &scope))
                .transpose()
        },
        |name| Ok(Some(name)),
    );
    let outcome = match wish_environment {
        Ok(environment) => {
            let environment = environment.filter(|name| !name.is_empty());
            let started = start(
                shared,
                job,
                place.is_github_hosted(),
                environment.as_deref(),
            )
            .await;
            match started {
                Ok(started) => {
                    shared.github_run = started.run.clone().or(shared.github_run.take());
                    let ready = Ready {
                        name: &name,
                        place: &place,
                        started: &started,
                        combination,
                        contexts,
                    };
                    let outcome = in_place(shared, job, steps, &ready, listener).await;
                    started.end(shared.lab).await;
                    outcome
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error.into()),
    };
    if let Place::Pod(pod) = &place {
        pod.delete(shared.lab).await;
    }
    outcome
}

struct Ready<'a> {
    name: &'a str,
    place: &'a Place,
    started: &'a Started,
    combination: &'a Combination,
    contexts: &'a Map<String, Value>,
}

async fn in_place(
    shared: &Shared<'_>,
    job: &Job,
    steps: &Steps,
    ready: &Ready<'_>,
    listener: &mut dyn Listener,
) -> Result<JobReport, RunError> {
    let runner_name = ready.place.shown();
    listener.job_begins(ready.name, &runner_name);
    let mut runner = prepare(shared, job, steps, ready, listener)?;
    let mut frame = Frame::of_job();
    let mut reports = Vec::new();
    if steps.has_containers {
        runner.remark(
            crate::listener::Level::Error,
            "the job asks for `container:` or `services:`, which `hallpass lab run` does not start: its steps run on this machine",
        );
        frame.status = Status::Failure;
    } else {
        seed(shared, steps, &mut runner)?;
        let limit = job_timeout(&runner, steps, &frame);
        all_steps(&mut runner, steps, &mut frame, &mut reports, limit).await?;
    }
    runner.post(&mut frame, &mut reports).await?;
    let outputs = outputs(&mut runner, steps, &frame);
    let conclusion = match frame.status {
        Status::Cancelled => Conclusion::Cancelled,
        Status::Failure | Status::Skipped => Conclusion::Failure,
        Status::Success => Conclusion::Success,
    };
    let annotations: Vec<Annotation> = std::mem::take(&mut runner.annotations);
    drop(runner);
    listener.job_ends(ready.name, conclusion);
    Ok(JobReport {
        id: job.id.clone(),
        name: ready.name.to_owned(),
        conclusion,
        runner: runner_name,
        outputs,
        steps: reports,
        annotations,
    })
}

/// All steps, within the job's time; a job out of time is cancelled.
async fn all_steps(
    runner: &mut Runner<'_>,
    steps: &Steps,
    frame: &mut Frame,
    reports: &mut Vec<StepReport>,
    limit: Duration,
) -> Result<(), RunError> {
    let (end, ended) = watch::channel(false);
    let outer = std::mem::replace(&mut runner.cancel, ended);
    let mut whole_run = outer.clone();
    let watcher = tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(limit) => {}
            () = crate::process::cancelled(&mut whole_run) => {}
        }
        let _ = end.send(true);
        // The sender lives as long as the steps look at it.
        std::future::pending::<()>().await;
    });
    let result: Result<(), RunError> = async {
        runner.pre(frame, &steps.steps, reports).await?;
        for (number, step) in steps.steps.iter().enumerate() {
            let report = runner.step(frame, step, number).await?;
            reports.push(report);
        }
        Ok(())
    }
    .await;
    if *runner.cancel.borrow() {
        frame.status = Status::Cancelled;
        if !*outer.borrow() {
            runner.remark(
                crate::listener::Level::Error,
                &format!(
                    "The job has exceeded the maximum execution time of {} minutes.",
                    limit.as_secs_f64() / 60.0
                ),
            );
        }
    }
    watcher.abort();
    runner.cancel = outer;
    result
}

fn job_timeout(runner: &Runner<'_>, steps: &Steps, frame: &Frame) -> Duration {
    let minutes = steps.timeout.as_ref().and_then(|text| {
        let env = runner.frame_env(frame);
        runner
            .scoped(frame, &env, |scope| fill_text(text, scope))
            .ok()
    });
    minutes
        .and_then(|text| minutes_of(&text))
        .unwrap_or(Duration::from_hours(6))
}

/// A name as GitHub makes it: `build (20, linux)`.
fn named(id: &str, combination: &Combination) -> String {
    if combination.is_empty() {
        return id.to_owned();
    }
    let values: Vec<String> = combination.values().map(text_of).collect();
    format!("{id} ({})", values.join(", "))
}

fn labels(runs_on: &RunsOn, scope: &Scope<'_>) -> Result<Vec<String>, RunError> {
    match runs_on {
        RunsOn::Labels(labels) => Ok(labels
            .iter()
            .map(|label| fill_text(label, scope))
            .collect::<Result<_, _>>()?),
        RunsOn::Expression(expression) => Ok(match fill(expression, scope)? {
            Value::Array(labels) => labels.iter().map(text_of).collect(),
            Value::Object(group) => match group.get("labels") {
                Some(Value::Array(labels)) => labels.iter().map(text_of).collect(),
                Some(label) => vec![text_of(label)],
                None => Vec::new(),
            },
            label => vec![text_of(&label)],
        }),
    }
}

async fn place(shared: &Shared<'_>, job: &Job, labels: &[String]) -> Result<Place, RunError> {
    let account: ServiceAccountName = match &shared.run.who {
        Who::GithubHosted => return Ok(Place::GithubHosted),
        Who::ServiceAccount(account) => account.clone(),
        Who::ByLabels => {
            let is_githubs = |label: &String| {
                ["ubuntu-", "windows-", "macos-"]
                    .iter()
                    .any(|prefix| label.to_ascii_lowercase().starts_with(prefix))
            };
            match pod::by_labels(shared.lab, labels).await? {
                Some(account) => account,
                None if labels.iter().all(is_githubs) => return Ok(Place::GithubHosted),
                None => {
                    return Err(RunError::NoRunner {
                        job: job.id.clone(),
                        labels: labels.join(", "),
                    });
                }
            }
        }
    };
    Pod::create(shared.lab, &account).await.map(Place::Pod)
}

async fn start(
    shared: &Shared<'_>,
    job: &Job,
    is_github_hosted: bool,
    environment: Option<&str>,
) -> Result<Started, RunError> {
    let wish = Wish {
        repository: &shared.facts.repository,
        event: &shared.run.event,
        git_ref: &shared.facts.git_ref,
        sha: &shared.facts.sha,
        environment,
        workflow: &shared.facts.workflow_name,
        workflow_file: &shared.facts.workflow_file,
        job: &job.id,
        actor: &shared.run.actor,
        is_github_hosted,
        // The job's replace the workflow's; they are not added to them.
        permissions: job
            .permissions
            .as_ref()
            .or(shared.workflow.permissions.as_ref()),
        reusable_workflow: shared.reusable.clone(),
        run: shared.github_run.as_ref(),
    };
    Started::start(shared.lab, &wish).await
}

/// Makes the runner: folders, masks, contexts, variables.
fn prepare<'a>(
    shared: &'a Shared<'_>,
    job: &Job,
    steps: &Steps,
    ready: &Ready<'_>,
    listener: &'a mut dyn Listener,
) -> Result<Runner<'a>, RunError> {
    let folders = Folders::create(shared.folder, &job.id, &shared.facts.repository)?;
    let mut masks = Masks::default();
    let mut secrets: BTreeMap<String, String> = ready.started.secrets.clone();
    for (name, secret) in shared.secrets {
        secrets.insert(name.clone(), secret.expose().clone());
    }
    let token = ready.started.token.clone().unwrap_or_default();
    secrets.insert("GITHUB_TOKEN".to_owned(), token.clone());
    for secret in secrets.values() {
        masks.add(secret);
    }
    let mut variables = shared.facts.variables(shared.run, &job.id);
    variables.extend(ready.started.environment.clone());
    if let Some(token) = variables.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN") {
        masks.add(token);
    }
    let mut base = base(shared, ready.place, &folders);
    base.extend(variables.clone());
    write_event(shared, &folders, &mut base)?;
    let mut contexts = ready.contexts.clone();
    let mut github = context::github(&base, &shared.facts.payload);
    github.insert("token".to_owned(), Value::String(token));
    contexts.insert("github".to_owned(), Value::Object(github));
    contexts.insert("secrets".to_owned(), json!(secrets));
    let mut vars: BTreeMap<String, String> = ready.started.variables.clone();
    vars.extend(shared.run.variables.clone());
    contexts.insert("vars".to_owned(), json!(vars));
    contexts.insert(
        "matrix".to_owned(),
        Value::Object(ready.combination.clone()),
    );
    contexts.insert("runner".to_owned(), runner_context(&base, ready.place));
    let env = environment(shared.workflow, steps, &contexts)?;
    let mut defaults = shared.workflow.defaults.clone();
    defaults.shell = steps.defaults.shell.clone().or(defaults.shell);
    defaults.working_directory = steps
        .defaults
        .working_directory
        .clone()
        .or(defaults.working_directory);
    Ok(Runner {
        run: shared.run,
        lab: shared.lab,
        folders,
        listener,
        cancel: shared.cancel.clone(),
        masks,
        annotations: Vec::new(),
        contexts,
        base,
        env,
        paths: Vec::new(),
        defaults,
        posts: Vec::new(),
        states: BTreeMap::new(),
        programs: 0,
    })
}

fn write_event(
    shared: &Shared<'_>,
    folders: &Folders,
    base: &mut BTreeMap<String, String>,
) -> Result<(), RunError> {
    let folder = folders.temp.join("_github_workflow");
    folders::make(&folder)?;
    let file = folder.join("event.json");
    folders::write(&file, shared.facts.payload.to_string().as_bytes())?;
    base.insert(
        "GITHUB_EVENT_PATH".to_owned(),
        file.to_string_lossy().into_owned(),
    );
    Ok(())
}

/// The workflow's and the job's variables; each may name those before it.
fn environment(
    workflow: &Workflow,
    steps: &Steps,
    contexts: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, RunError> {
    let mut env = BTreeMap::new();
    for mapping in [&workflow.env, &steps.env] {
        let mut contexts = contexts.clone();
        contexts.insert("env".to_owned(), json!(env));
        let scope = Scope {
            contexts: &contexts,
            status: Status::Success,
            files: None,
        };
        env.extend(fill_mapping(mapping, &scope)?);
    }
    Ok(env)
}

/// What each process of the job gets of the machine. Nothing of the caller's but the search path.
fn base(shared: &Shared<'_>, place: &Place, folders: &Folders) -> BTreeMap<String, String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let access = &shared.run.lab;
    let authority = text(&access.ca_file);
    let proxy = format!("http://{}", access.proxy);
    let endpoint = format!("http://{}", access.aws);
    let mut base: BTreeMap<String, String> = [
        (
            "PATH",
            format!("{}:{}", text(&folders.programs), shared.run.path),
        ),
        ("HOME", text(&folders.home)),
        ("LANG", "C.UTF-8".to_owned()),
        ("DOCKER_CONFIG", text(&folders.docker)),
        ("GITHUB_WORKSPACE", text(&folders.workspace)),
        ("RUNNER_ARCH", arch().to_owned()),
        (
            "RUNNER_ENVIRONMENT",
            if place.is_github_hosted() {
                "github-hosted"
            } else {
                "self-hosted"
            }
            .to_owned(),
        ),
        ("RUNNER_OS", "Linux".to_owned()),
        ("RUNNER_NAME", runner_name(place)),
        ("RUNNER_TEMP", text(&folders.temp)),
        ("RUNNER_TOOL_CACHE", text(&folders.tools)),
        ("RUNNER_WORKSPACE", text(&folders.runner_workspace)),
        // The lab: under its own address for clients that can be told, under AWS's names for the others.
        ("AWS_ENDPOINT_URL", endpoint.clone()),
        ("AWS_ENDPOINT_URL_STS", endpoint.clone()),
        ("AWS_ENDPOINT_URL_ECR", endpoint),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("HTTPS_PROXY", proxy.clone()),
        ("https_proxy", proxy),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("no_proxy", "127.0.0.1,localhost".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for name in AUTHORITIES {
        base.insert((*name).to_owned(), authority.clone());
    }
    if let Place::Pod(pod) = place {
        base.extend(pod.environment.clone());
    }
    base.extend(shared.docker.environment());
    base
}

fn runner_name(place: &Place) -> String {
    match place {
        Place::GithubHosted => "GitHub Actions 1".to_owned(),
        Place::Pod(pod) => pod.name.clone(),
    }
}

fn runner_context(base: &BTreeMap<String, String>, place: &Place) -> Value {
    let get = |name: &str| base.get(name).cloned().unwrap_or_default();
    json!({
        "name": runner_name(place),
        "os": "Linux",
        "arch": arch(),
        "temp": get("RUNNER_TEMP"),
        "tool_cache": get("RUNNER_TOOL_CACHE"),
        "workspace": get("RUNNER_WORKSPACE"),
        "environment": get("RUNNER_ENVIRONMENT"),
        "debug": "",
    })
}

fn arch() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "ARM64"
    } else {
        "X64"
    }
}

/// A job that checks nothing out starts with the repository's files, unless that is not wanted.
fn seed(shared: &Shared<'_>, steps: &Steps, runner: &mut Runner<'_>) -> Result<(), RunError> {
    shared.docker.install(&runner.folders)?;
    let checks_out = steps.steps.iter().any(|step| match &step.work {
        StepWork::Uses {
            uses: Use::Repository {
                owner, repository, ..
            },
            with: _,
        } => BuiltIn::of(owner, repository) == Some(BuiltIn::Checkout),
        StepWork::Uses { .. } | StepWork::Run { .. } => false,
    });
    if checks_out || shared.run.starts_empty {
        return Ok(());
    }
    let source = &shared.run.source;
    files::copy_repository(source, &runner.folders.workspace).map_err(|error| RunError::File {
        path: source.clone(),
        source: error,
    })?;
    runner.listener.note(&format!(
        "the job has no actions/checkout: its workspace starts with the files of {}, as on a self-hosted runner that has them from before; `--empty-workspace` leaves it empty, as GitHub's machines are",
        source.display()
    ));
    Ok(())
}

fn outputs(runner: &mut Runner<'_>, steps: &Steps, frame: &Frame) -> BTreeMap<String, String> {
    let env = runner.frame_env(frame);
    let mut outputs = BTreeMap::new();
    for (name, value) in &steps.outputs {
        match runner.scoped(frame, &env, |scope| fill_text(value, scope)) {
            Ok(value) if runner.masks.hide(&value) => runner.remark(
                crate::listener::Level::Warning,
                &format!("Skip output '{name}' since it may contain secret."),
            ),
            Ok(value) => {
                outputs.insert(name.clone(), value);
            }
            Err(error) => {
                runner.fault(&error);
            }
        }
    }
    outputs
}

/// Whether a failure of the job is none of the run's.
pub(crate) fn is_forgiven(
    steps: &Steps,
    combination: &Combination,
    contexts: &Map<String, Value>,
) -> Result<bool, RunError> {
    let mut contexts = contexts.clone();
    contexts.insert("matrix".to_owned(), Value::Object(combination.clone()));
    let scope = Scope {
        contexts: &contexts,
        status: Status::Success,
        files: None,
    };
    Ok(is_yes(&fill(&steps.continue_on_error, &scope)?))
}

/// Each family of clients has its own variable for the authorities that it trusts.
const AUTHORITIES: &[&str] = &[
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];
