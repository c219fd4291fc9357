//! A workflow of the example, read as far as the demo plays it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::DemoError;
use super::example::Example;

/// One step, with the name that GitHub would show.
#[derive(Debug)]
pub(crate) struct Step {
    /// The name.
    pub(crate) name: String,
    /// What it does.
    pub(crate) work: Work,
}

/// What a step does, of what the example's workflows do.
#[derive(Debug)]
pub(crate) enum Work {
    /// `docker build`.
    Build,
    /// `actions/checkout`.
    Checkout,
    /// `aws-actions/configure-aws-credentials`, with the secrets that it asks for.
    ConfigureCredentials {
        /// The secret's name that holds the access key ID.
        access_key_id: String,
        /// The secret's name that holds the secret access key.
        secret_access_key: String,
    },
    /// `aws-actions/amazon-ecr-login`.
    LogIn,
    /// `docker push`.
    Push,
}

/// Reads the steps of the workflow's one job.
pub(crate) fn read(example: &Example, file: &str) -> Result<Vec<Step>, DemoError> {
    let text = example.text(file)?;
    let fault = |reason: String| DemoError::Example {
        path: example.path(file),
        reason,
    };
    let workflow: Workflow =
        serde_saphyr::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let job = workflow
        .jobs
        .into_values()
        .next()
        .ok_or_else(|| fault("it has no job".to_owned()))?;
    job.steps
        .into_iter()
        .map(|step| {
            let name = step
                .name
                .clone()
                .or_else(|| step.uses.clone())
                .unwrap_or_else(|| "Run".to_owned());
            work(&step)
                .map(|work| Step {
                    name: name.clone(),
                    work,
                })
                .ok_or_else(|| {
                    fault(format!(
                        "the demo cannot play step `{name}`: it plays checkout, docker build, configure-aws-credentials with a stored key, amazon-ecr-login and docker push"
                    ))
                })
        })
        .collect()
}

fn work(step: &StepText) -> Option<Work> {
    let action = step.uses.as_deref().and_then(|uses| uses.split('@').next());
    match action {
        Some("actions/checkout") => return Some(Work::Checkout),
        Some("aws-actions/amazon-ecr-login") => return Some(Work::LogIn),
        Some("aws-actions/configure-aws-credentials") => {
            return Some(Work::ConfigureCredentials {
                access_key_id: secret_name(step.with.get("aws-access-key-id")?)?,
                secret_access_key: secret_name(step.with.get("aws-secret-access-key")?)?,
            });
        }
        Some(_) => return None,
        None => {}
    }
    let run = step.run.as_deref()?;
    if run.contains("docker push") {
        Some(Work::Push)
    } else if run.contains("docker build") {
        Some(Work::Build)
    } else {
        None
    }
}

/// The name in `${{ secrets.NAME }}`.
fn secret_name(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix("${{")?.strip_suffix("}}")?;
    inside.trim().strip_prefix("secrets.").map(str::to_owned)
}

#[derive(Deserialize)]
struct Workflow {
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    steps: Vec<StepText>,
}

#[derive(Deserialize)]
struct StepText {
    name: Option<String>,
    uses: Option<String>,
    run: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
}
