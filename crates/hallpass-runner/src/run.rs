//! A run: the jobs of a workflow, in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hallpass_types::Secret;
use hallpass_workflow::{
    Combination, Input, Job, Permissions, Scope, Secrets, Status, Work, Workflow, WorkflowError,
    closure, combinations, fill_text, fill_value, holds, order, text_of,
};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::context::{self, Facts};
use crate::docker::Docker;
use crate::error::RunError;
use crate::folders;
use crate::job::{self, Shared};
use crate::lab::Lab;
use crate::listener::Listener;
use crate::report::{Conclusion, JobReport, Report};
use crate::request::Run;
use crate::runner::fill_mapping;

/// Runs a workflow's job, or all of them. `cancel` turns true when the run is to end.
pub async fn run(
    run: &Run,
    listener: &mut dyn Listener,
    cancel: watch::Receiver<bool>,
) -> Result<Report, RunError> {
    let (workflow, text) = read(&run.workflow)?;
    let facts = Facts::gather(run, &text, workflow.name.as_deref())?;
    let lab = Lab::connect(&run.lab)?;
    let folder = tempfile::Builder::new()
        .prefix("hallpass-run-")
        .tempdir()
        .map_err(|source| RunError::File {
            path: std::env::temp_dir(),
            source,
        })?;
    let docker = Docker::choose(run, folder.path(), listener).await?;
    let inputs = inputs(
        &workflow.dispatch_inputs,
        &run.inputs,
        run.event == "workflow_dispatch",
    )?;
    let mut shared = Shared {
        run,
        lab: &lab,
        workflow: &workflow,
        facts: &facts,
        folder: folder.path(),
        docker: &docker,
        secrets: &run.secrets,
        inputs: &inputs,
        github_run: None,
        reusable: None,
        cancel,
    };
    let outcome = jobs(&mut shared, run.job.as_deref(), listener).await;
    docker.stop().await;
    let kept = run.keep.then(|| folder.keep());
    let outcome = outcome?;
    Ok(Report {
        conclusion: outcome.conclusion,
        jobs: outcome.jobs,
        folder: kept,
    })
}

struct Outcome {
    conclusion: Conclusion,
    jobs: Vec<JobReport>,
    needs: Map<String, Value>,
}

/// Runs the jobs of one workflow.
async fn jobs(
    shared: &mut Shared<'_>,
    wanted: Option<&str>,
    listener: &mut dyn Listener,
) -> Result<Outcome, RunError> {
    let workflow = shared.workflow;
    let planned = match wanted {
        Some(id) => closure(workflow, id)?,
        None => order(workflow)?,
    };
    let mut outcome = Outcome {
        conclusion: Conclusion::Success,
        jobs: Vec::new(),
        needs: Map::new(),
    };
    let mut done = Results::default();
    for job in planned {
        let contexts = contexts(shared, job, &outcome.needs);
        let status = done.status(job, *shared.cancel.borrow());
        let scope = Scope {
            contexts: &contexts,
            status,
            files: None,
        };
        if !holds(job.condition.as_deref(), &scope)? {
            done.end(job, Conclusion::Skipped);
            outcome.needs.insert(
                job.id.clone(),
                json!({ "result": "skipped", "outputs": {} }),
            );
            outcome.jobs.push(skipped(job));
            listener.note(&format!("job {} is skipped", job.id));
            continue;
        }
        let End {
            conclusion,
            outputs,
            counts,
            reports,
        } = one(shared, job, &scope, listener).await?;
        outcome.jobs.extend(reports);
        let result = if counts || conclusion == Conclusion::Cancelled {
            conclusion
        } else {
            Conclusion::Success
        };
        done.end(job, result);
        if counts {
            outcome.conclusion = conclusion;
        }
        outcome.needs.insert(
            job.id.clone(),
            json!({ "result": result.as_str(), "outputs": outputs }),
        );
    }
    Ok(outcome)
}

/// What came of one job.
struct End {
    conclusion: Conclusion,
    outputs: Value,
    /// Whether it is the run's failure as well.
    counts: bool,
    reports: Vec<JobReport>,
}

/// Runs one job.
async fn one(
    shared: &mut Shared<'_>,
    job: &Job,
    scope: &Scope<'_>,
    listener: &mut dyn Listener,
) -> Result<End, RunError> {
    match &job.work {
        Work::Steps(steps) => {
            let combination = combination(shared, job, scope, listener)?;
            let mut contexts = scope.contexts.clone();
            contexts.insert("matrix".to_owned(), Value::Object(combination.clone()));
            let report = job::run(shared, job, steps, &combination, &contexts, listener).await?;
            let counts = report.conclusion != Conclusion::Success
                && !job::is_forgiven(steps, &combination, &contexts)?;
            Ok(End {
                conclusion: report.conclusion,
                outputs: json!(report.outputs),
                counts,
                reports: vec![report],
            })
        }
        Work::Call(call) => {
            let called = Box::pin(call_workflow(shared, job, call, scope, listener)).await?;
            Ok(End {
                conclusion: called.conclusion,
                outputs: Value::Object(called.needs),
                counts: called.conclusion != Conclusion::Success,
                reports: called.jobs,
            })
        }
    }
}

/// How jobs have ended, for those that need them.
#[derive(Default)]
struct Results {
    failed: BTreeSet<String>,
    skipped: BTreeSet<String>,
}

impl Results {
    fn status(&self, job: &Job, is_cancelled: bool) -> Status {
        if is_cancelled {
            Status::Cancelled
        } else if job.needs.iter().any(|need| self.failed.contains(need)) {
            Status::Failure
        } else if job.needs.iter().any(|need| self.skipped.contains(need)) {
            Status::Skipped
        } else {
            Status::Success
        }
    }

    fn end(&mut self, job: &Job, result: Conclusion) {
        match result {
            Conclusion::Cancelled | Conclusion::Failure => {
                self.failed.insert(job.id.clone());
            }
            Conclusion::Skipped => {
                // A failure further up is one still, whatever was skipped in between.
                if job.needs.iter().any(|need| self.failed.contains(need)) {
                    self.failed.insert(job.id.clone());
                }
                self.skipped.insert(job.id.clone());
            }
            Conclusion::Success => {}
        }
    }
}

fn skipped(job: &Job) -> JobReport {
    JobReport {
        id: job.id.clone(),
        name: job.id.clone(),
        conclusion: Conclusion::Skipped,
        runner: String::new(),
        outputs: BTreeMap::new(),
        steps: Vec::new(),
        annotations: Vec::new(),
    }
}

/// The contexts that a job's own keys see.
fn contexts(shared: &Shared<'_>, job: &Job, needs: &Map<String, Value>) -> Map<String, Value> {
    let variables = shared.facts.variables(shared.run, &job.id);
    let github = context::github(&variables, &shared.facts.payload);
    let own: Map<String, Value> = job
        .needs
        .iter()
        .filter_map(|need| Some((need.clone(), needs.get(need)?.clone())))
        .collect();
    let secrets: BTreeMap<&String, &String> = shared
        .secrets
        .iter()
        .map(|(name, secret)| (name, secret.expose()))
        .collect();
    [
        ("github", Value::Object(github)),
        ("needs", Value::Object(own)),
        ("vars", json!(shared.run.variables)),
        ("secrets", json!(secrets)),
        ("inputs", Value::Object(shared.inputs.clone())),
        ("matrix", json!({})),
        (
            "strategy",
            json!({ "fail-fast": true, "job-index": 0, "job-total": 1, "max-parallel": 1 }),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The first combination of the job's matrix, or the one that is asked for.
fn combination(
    shared: &Shared<'_>,
    job: &Job,
    scope: &Scope<'_>,
    listener: &mut dyn Listener,
) -> Result<Combination, RunError> {
    let Some(matrix) = &job.matrix else {
        return Ok(Combination::new());
    };
    let fault = |reason: String| {
        RunError::Workflow(WorkflowError::Matrix {
            job: job.id.clone(),
            reason,
        })
    };
    let all = combinations(&fill_value(matrix, scope)?).map_err(fault)?;
    let total = all.len();
    let is_asked_for = |combination: &Combination| {
        shared.run.matrix.iter().all(|(name, value)| {
            combination
                .get(name)
                .is_none_or(|own| text_of(own) == *value)
        })
    };
    let has_name = |name: &String| all.iter().any(|combination| combination.contains_key(name));
    if shared.run.job.as_deref() == Some(&job.id)
        && let Some(unknown) = shared.run.matrix.keys().find(|name| !has_name(name))
    {
        return Err(fault(format!("it has no `{unknown}`")));
    }
    let chosen = all
        .into_iter()
        .find(is_asked_for)
        .ok_or_else(|| fault("it has no such combination".to_owned()))?;
    if total > 1 {
        let shown = Value::Object(chosen.clone());
        listener.note(&format!(
            "job {} runs with one of its {total} combinations: {shown}",
            job.id
        ));
    }
    Ok(chosen)
}

/// A job that is another workflow of the repository.
async fn call_workflow(
    shared: &mut Shared<'_>,
    job: &Job,
    call: &hallpass_workflow::Call,
    scope: &Scope<'_>,
    listener: &mut dyn Listener,
) -> Result<Outcome, RunError> {
    let Some(path) = call.uses.strip_prefix("./") else {
        return Err(RunError::Input {
            reason: format!(
                "job `{}` calls `{}`, and only workflows of the same repository (`./..`) are run",
                job.id, call.uses
            ),
        });
    };
    if shared.reusable.is_some() {
        return Err(RunError::Input {
            reason: format!(
                "job `{}` calls a workflow from a called one, which is not run",
                job.id
            ),
        });
    }
    let (workflow, _) = read(&shared.run.source.join(path))?;
    let given: BTreeMap<String, String> = fill_mapping(&call.with, scope)?.into_iter().collect();
    let inputs = inputs(&workflow.call_inputs, &given, true)?;
    let secrets: BTreeMap<String, Secret<String>> = match &call.secrets {
        Secrets::Inherit => shared.secrets.clone(),
        Secrets::Named(entries) => entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), Secret::new(fill_text(value, scope)?))))
            .collect::<Result<_, RunError>>()?,
    };
    let reference = format!(
        "{}/{path}@{}",
        shared.facts.repository, shared.facts.git_ref
    );
    // A called workflow has no more than its caller allows.
    let allowed = job
        .permissions
        .clone()
        .or_else(|| shared.workflow.permissions.clone());
    check_permissions(&workflow, allowed.as_ref(), job)?;
    let workflow = Workflow {
        permissions: workflow.permissions.clone().or(allowed),
        ..workflow
    };
    let mut inner = Shared {
        run: shared.run,
        lab: shared.lab,
        workflow: &workflow,
        facts: shared.facts,
        folder: shared.folder,
        docker: shared.docker,
        secrets: &secrets,
        inputs: &inputs,
        github_run: shared.github_run.clone(),
        reusable: Some(reference),
        cancel: shared.cancel.clone(),
    };
    let mut outcome = jobs(&mut inner, None, listener).await?;
    let mut contexts = scope.contexts.clone();
    contexts.insert("jobs".to_owned(), Value::Object(outcome.needs.clone()));
    contexts.insert("inputs".to_owned(), Value::Object(inputs.clone()));
    let scope = Scope {
        contexts: &contexts,
        ..*scope
    };
    let mut outputs = Map::new();
    for (name, value) in &workflow.call_outputs {
        outputs.insert(name.clone(), Value::String(fill_text(value, &scope)?));
    }
    outcome.needs = outputs;
    Ok(outcome)
}

/// A job of a called workflow may not ask for a token that its caller does not allow.
fn check_permissions(
    workflow: &Workflow,
    allowed: Option<&Permissions>,
    caller: &Job,
) -> Result<(), RunError> {
    if allowed.is_some_and(Permissions::allow_id_token) {
        return Ok(());
    }
    let asks = |job: &&Job| {
        let own = job.permissions.as_ref().or(workflow.permissions.as_ref());
        own.is_some_and(Permissions::allow_id_token)
    };
    match workflow.jobs.iter().find(asks) {
        Some(job) => Err(RunError::Input {
            reason: format!(
                "Error calling workflow. The nested job '{}' is requesting 'id-token: write', but is only allowed 'id-token: none': job `{}` must allow it",
                job.id, caller.id
            ),
        }),
        None => Ok(()),
    }
}

/// The workflow's inputs, each as the kind that it is.
fn inputs(
    declared: &[Input],
    given: &BTreeMap<String, String>,
    is_asked: bool,
) -> Result<Map<String, Value>, RunError> {
    let wrong = |reason: String| RunError::Input { reason };
    if let Some(unknown) = given
        .keys()
        .find(|name| !declared.iter().any(|input| &input.name == *name))
    {
        return Err(wrong(format!("it has no input `{unknown}`")));
    }
    let mut inputs = Map::new();
    for input in declared {
        let value = match (given.get(&input.name), &input.default) {
            (Some(text), _) => Value::String(text.clone()),
            (None, Some(default)) => default.clone(),
            (None, None) if input.is_required && is_asked => {
                return Err(wrong(format!("`{}` is required", input.name)));
            }
            (None, None) => Value::String(String::new()),
        };
        let text = text_of(&value);
        let value = match input.kind.as_str() {
            "boolean" => match text.as_str() {
                "true" => Value::Bool(true),
                "false" | "" => Value::Bool(false),
                _ => {
                    return Err(wrong(format!(
                        "`{}` is true or false, not `{text}`",
                        input.name
                    )));
                }
            },
            "number" if !text.is_empty() => serde_json::from_str::<serde_json::Number>(&text)
                .map(Value::Number)
                .map_err(|_| wrong(format!("`{}` is a number, not `{text}`", input.name)))?,
            "choice" if is_asked && !input.options.contains(&text) => {
                return Err(wrong(format!(
                    "`{}` is one of {}, not `{text}`",
                    input.name,
                    input.options.join(", ")
                )));
            }
            _ => Value::String(text),
        };
        inputs.insert(input.name.clone(), value);
    }
    Ok(inputs)
}

fn read(path: &Path) -> Result<(Workflow, String), RunError> {
    let bytes = folders::read(path, MAX_WORKFLOW).map_err(|source| RunError::File {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let workflow = Workflow::parse(&path.display().to_string(), &text)?;
    Ok((workflow, text))
}

const MAX_WORKFLOW: u64 = (1 << 20) + 1;
