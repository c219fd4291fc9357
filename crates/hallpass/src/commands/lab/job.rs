//! `hallpass lab job`.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::env::quoted;
use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// A job of GitHub Actions, as far as its tokens go; no step is run.
#[derive(Debug, Args)]
pub(crate) struct JobArguments {
    #[command(subcommand)]
    command: JobCommand,
}

#[derive(Debug, Subcommand)]
enum JobCommand {
    /// End a job: its tokens are good no longer.
    End {
        /// The job's ID, as `start` has told it.
        #[arg(value_name = "ID")]
        id: u64,
    },
    /// List the jobs that run.
    List,
    /// Start a job, and print the variables that a runner would set for its steps.
    Start(Box<StartArguments>),
}

/// Which job. What is left out is as GitHub has it for a push to the default branch.
#[derive(Debug, Args)]
struct StartArguments {
    /// The repository; made where the lab's GitHub has none of that name.
    #[arg(value_name = "OWNER/NAME")]
    repository: String,
    /// The event, such as `push`, `pull_request` or `workflow_dispatch`.
    #[arg(long, value_name = "EVENT", default_value = "push")]
    event: String,
    /// The whole ref, such as `refs/heads/main` or `refs/tags/v1`.
    #[arg(long = "ref", value_name = "REF")]
    git_ref: Option<String>,
    /// The commit.
    #[arg(long, value_name = "SHA")]
    sha: Option<String>,
    /// The source branch of a pull request.
    #[arg(long, value_name = "BRANCH")]
    head_ref: Option<String>,
    /// The target branch of a pull request.
    #[arg(long, value_name = "BRANCH")]
    base_ref: Option<String>,
    /// The pull request comes from a fork: its job may only read, and gets no secrets.
    #[arg(long)]
    fork: bool,
    /// The environment that the job names.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The workflow's name.
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// The workflow's file, such as `.github/workflows/ci.yml`.
    #[arg(long, value_name = "PATH")]
    workflow_file: Option<String>,
    /// The job's key in the workflow.
    #[arg(long, value_name = "KEY")]
    job: Option<String>,
    /// Who started the run.
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,
    /// The reusable workflow that the job stands in.
    #[arg(long, value_name = "OWNER/NAME/PATH@REF")]
    reusable_workflow: Option<String>,
    /// Whose machine runs the job.
    #[arg(long, value_enum, default_value_t = Runner::GithubHosted)]
    runner: Runner,
    /// What the job's token may; may be given more than once. Without any: as a workflow that says
    /// nothing, which has no `id-token`.
    #[arg(long, value_name = "SCOPE=LEVEL", value_parser = permission)]
    permission: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Runner {
    /// GitHub's.
    GithubHosted,
    /// One's own.
    SelfHosted,
}

fn permission(text: &str) -> Result<(String, String), String> {
    let (scope, level) = text
        .split_once(['=', ':'])
        .ok_or("it is `SCOPE=LEVEL`, such as `id-token=write`")?;
    Ok((scope.trim().to_owned(), level.trim().to_owned()))
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &JobArguments,
    format: Format,
) -> Result<u8, Failure> {
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    match &arguments.command {
        JobCommand::End { id } => {
            let path = format!("github/jobs/{id}/end");
            let answer = lab
                .post(&path, &json!({}))
                .await
                .map_err(Failure::unknown)?;
            if format == Format::Json {
                print_json(&answer);
            }
        }
        JobCommand::List => list(
            &lab.get("github/jobs").await.map_err(Failure::unknown)?,
            format,
        ),
        JobCommand::Start(arguments) => {
            let wish = wish(arguments);
            let answer = lab
                .post("github/jobs", &wish)
                .await
                .map_err(Failure::unknown)?;
            started(&answer, format);
        }
    }
    Ok(exit::DONE)
}

fn list(answer: &Value, format: Format) {
    if format == Format::Json {
        print_json(answer);
        return;
    }
    let jobs = answer.get("jobs").and_then(Value::as_array);
    for job in jobs.into_iter().flatten() {
        let text = |field| job.get(field).and_then(Value::as_str).unwrap_or_default();
        let id = job.get("id").and_then(Value::as_u64).unwrap_or_default();
        print(&format!(
            "{id} {} {} {} {}",
            text("repository"),
            text("job"),
            text("event"),
            text("ref")
        ));
    }
}

fn started(answer: &Value, format: Format) {
    if format == Format::Json {
        print_json(answer);
        return;
    }
    let variables = answer
        .get("environmentVariables")
        .and_then(Value::as_object);
    for (name, value) in variables.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        print(&format!("export {name}={}", quoted(value)));
    }
    // A step gets it only where the workflow hands it over; here there is no workflow to do so.
    let token = answer.get("githubToken").and_then(Value::as_str);
    print(&format!(
        "export GITHUB_TOKEN={}",
        quoted(token.unwrap_or_default())
    ));
    let id = answer.get("id").and_then(Value::as_u64).unwrap_or_default();
    print(&format!("export HALLPASS_LAB_JOB={id}"));
}

fn wish(arguments: &StartArguments) -> Value {
    let runner = match arguments.runner {
        Runner::GithubHosted => "github-hosted",
        Runner::SelfHosted => "self-hosted",
    };
    let mut wish = json!({
        "repository": arguments.repository,
        "event": arguments.event,
        "isFromFork": arguments.fork,
        "runner": runner,
    });
    let texts = [
        ("ref", &arguments.git_ref),
        ("sha", &arguments.sha),
        ("headRef", &arguments.head_ref),
        ("baseRef", &arguments.base_ref),
        ("environment", &arguments.environment),
        ("workflow", &arguments.workflow),
        ("workflowFile", &arguments.workflow_file),
        ("job", &arguments.job),
        ("actor", &arguments.actor),
        ("reusableWorkflow", &arguments.reusable_workflow),
    ];
    if let Some(wish) = wish.as_object_mut() {
        for (name, value) in texts {
            if let Some(value) = value {
                wish.insert(name.to_owned(), json!(value));
            }
        }
        if !arguments.permission.is_empty() {
            let levels: Map<String, Value> = arguments
                .permission
                .iter()
                .map(|(scope, level)| (scope.clone(), json!(level)))
                .collect();
            wish.insert("permissions".to_owned(), Value::Object(levels));
        }
    }
    wish
}
