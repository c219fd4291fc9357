//! The command: from arguments to a run, and what came of it.

use std::path::{Path, PathBuf};

use hallpass_runner::{Conclusion, LabAccess, Run, RunError, Who};
use hallpass_workflow::Workflow;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::super::start;
use super::arguments::RunArguments;
use super::secrets::{ArgumentError, gather, pairs};
use super::show::Show;
use crate::cli::Format;
use crate::control::RunningLab;
use crate::output::{Failure, print_error, print_json};
use crate::{environment, exit};

/// Runs the command.
pub(crate) async fn run(
    folder: &Path,
    arguments: &RunArguments,
    format: Format,
) -> Result<u8, Failure> {
    // Before a lab is started for it.
    let run = prepare(arguments)?;
    let lab = if let Ok(lab) = RunningLab::find(folder).await {
        lab
    } else {
        print_error(&format!(
            "note: no lab was running: one is started in {}; `hallpass lab stop` ends it",
            folder.display()
        ));
        start::ensure(folder).await?
    };
    let run = run(access(&lab));
    let (cancel, cancelled) = watch::channel(false);
    listen(cancel)?;
    let report = hallpass_runner::run(&run, &mut Show::new(format), cancelled)
        .await
        .map_err(failure)?;
    if let Some(folder) = &report.folder {
        print_error(&format!(
            "note: the run's folder is kept: {}",
            folder.display()
        ));
    }
    if format == Format::Json {
        print_json(&report);
    }
    Ok(match report.conclusion {
        Conclusion::Success | Conclusion::Skipped => exit::DONE,
        Conclusion::Cancelled | Conclusion::Failure => exit::NO,
    })
}

fn failure(error: RunError) -> Failure {
    if error.is_usage() {
        Failure::usage(error)
    } else {
        Failure::unknown(error)
    }
}

/// Interrupting ends the run, with its cleaning up; a second time ends it at once.
fn listen(cancel: watch::Sender<bool>) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::runtime)?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            let _ = cancel.send(true);
        }
    });
    Ok(())
}

/// The run, but for its lab.
fn prepare(arguments: &RunArguments) -> Result<impl FnOnce(LabAccess) -> Run, Failure> {
    let workflow = absolute(&arguments.workflow);
    let source = arguments
        .workspace
        .as_deref()
        .map_or_else(|| source_of(&workflow), absolute);
    let text = std::fs::read_to_string(&workflow).map_err(|source| {
        failure(RunError::File {
            path: workflow.clone(),
            source,
        })
    })?;
    let read = Workflow::parse(&workflow.display().to_string(), &text)
        .map_err(|error| failure(error.into()))?;
    let event = arguments.event.clone().unwrap_or_else(|| event_of(&read));
    let payload = arguments.event_file.as_deref().map(payload).transpose()?;
    let secrets = gather(arguments)?;
    let variables = pairs(&arguments.variables)?;
    let inputs = pairs(&arguments.inputs)?;
    let matrix = pairs(&arguments.matrix)?;
    let who = match (&arguments.account, arguments.github_hosted) {
        (Some(account), _) => Who::ServiceAccount(account.clone()),
        (None, true) => Who::GithubHosted,
        (None, false) => Who::ByLabels,
    };
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hallpass"));
    let git_ref = arguments.git_ref.clone();
    let (job, environment, repository, actor) = (
        arguments.job.clone(),
        arguments.environment.clone(),
        arguments.repository.clone(),
        arguments.actor.clone(),
    );
    let actions = arguments.actions.as_deref().map(absolute);
    let (docker, starts_empty, keep) = (
        arguments.docker.into(),
        arguments.empty_workspace,
        arguments.keep,
    );
    Ok(move |lab| Run {
        workflow,
        source,
        job,
        who,
        secrets,
        variables,
        inputs,
        matrix,
        event,
        payload,
        git_ref,
        environment,
        repository,
        actor,
        actions,
        docker,
        starts_empty,
        keep,
        path: environment::value("PATH").unwrap_or_default(),
        program,
        lab,
    })
}

fn access(lab: &RunningLab) -> LabAccess {
    let lab = &lab.description;
    LabAccess {
        aws: lab.aws,
        proxy: lab.proxy,
        cluster: lab.cluster,
        ca_file: lab.ca_file.clone(),
        kubeconfig: lab.kubeconfig.clone(),
        region: lab.region.clone(),
        control_token: lab.control_token.clone(),
    }
}

/// The repository of a workflow: the folder above `.github/workflows`, else the workflow's own.
fn source_of(workflow: &Path) -> PathBuf {
    let folder = workflow.parent().unwrap_or(Path::new("/"));
    if folder.ends_with(".github/workflows")
        && let Some(root) = folder.parent().and_then(Path::parent)
    {
        return root.to_owned();
    }
    folder.to_owned()
}

fn event_of(workflow: &Workflow) -> String {
    ["push", "pull_request", "workflow_dispatch"]
        .into_iter()
        .find(|event| workflow.events.iter().any(|own| own == event))
        .map(str::to_owned)
        .or_else(|| workflow.events.first().cloned())
        .unwrap_or_else(|| "push".to_owned())
}

fn payload(path: &Path) -> Result<Value, Failure> {
    let fault = |reason: String| {
        Failure::usage(ArgumentError::File {
            path: path.to_owned(),
            reason,
        })
    };
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(fault("it holds no JSON object".to_owned()))
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
