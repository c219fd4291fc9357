//! Reading a workflow.

use github_actions_models::common::expr::LoE;
use github_actions_models::common::{Env, If, Uses};
use github_actions_models::workflow::{self, job};
use serde_json::{Map, Value};

use crate::error::{Subject, WorkflowError};
use crate::model::{
    Call, Defaults, Input, Job, Mapping, RunsOn, Secrets, Step, StepWork, Steps, Use, Work,
};
use crate::permissions::Permissions;

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The events that it is for.
    pub events: Vec<String>,
    /// What its jobs' tokens may do, unless they say otherwise.
    pub permissions: Option<Permissions>,
    /// The variables of all jobs.
    pub env: Mapping,
    /// The defaults of all `run` steps.
    pub defaults: Defaults,
    /// The inputs of `workflow_dispatch`.
    pub dispatch_inputs: Vec<Input>,
    /// The inputs of `workflow_call`.
    pub call_inputs: Vec<Input>,
    /// The outputs of `workflow_call`, to be filled in.
    pub call_outputs: Vec<(String, String)>,
    /// The jobs, in their order.
    pub jobs: Vec<Job>,
}

impl Workflow {
    /// Reads a workflow; `name` is the file's, for errors.
    pub fn parse(name: &str, text: &str) -> Result<Self, WorkflowError> {
        let unreadable = |reason: String| WorkflowError::Unreadable {
            subject: Subject::Workflow,
            name: name.to_owned(),
            reason,
        };
        if text.len() > MAX_WORKFLOW {
            return Err(unreadable(format!(
                "it is larger than {MAX_WORKFLOW} bytes"
            )));
        }
        let mut tree: Value = read_yaml(text).map_err(unreadable)?;
        check(&tree).map_err(unreadable)?;
        spell_out(&mut tree);
        let model: workflow::Workflow =
            serde_json::from_value(tree.clone()).map_err(|error| unreadable(first_line(&error)))?;
        let on = tree.get("on").unwrap_or(&Value::Null);
        let jobs: Vec<Job> = model.jobs.into_iter().map(job_of).collect();
        if jobs.is_empty() {
            return Err(unreadable("it has no jobs".to_owned()));
        }
        Ok(Self {
            name: model.name,
            events: events(on),
            permissions: Permissions::new(&model.permissions),
            env: mapping(model.env),
            defaults: defaults(model.defaults),
            dispatch_inputs: inputs(on.pointer("/workflow_dispatch/inputs")),
            call_inputs: inputs(on.pointer("/workflow_call/inputs")),
            call_outputs: outputs(on.pointer("/workflow_call/outputs")),
            jobs,
        })
    }

    /// A job by its key.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }
}

/// What the models would refuse without saying where.
fn check(tree: &Value) -> Result<(), String> {
    let Some(jobs) = tree.get("jobs").and_then(Value::as_object) else {
        return Err("it has no `jobs:`".to_owned());
    };
    if tree.get("on").is_none() {
        return Err("it has no `on:`, which says for which events it runs".to_owned());
    }
    for (id, job) in jobs {
        if job.get("uses").is_some() {
            continue;
        }
        if job.get("runs-on").is_none() {
            return Err(format!("job `{id}` has no `runs-on:`"));
        }
        let Some(steps) = job.get("steps").and_then(Value::as_array) else {
            return Err(format!("job `{id}` has no `steps:`"));
        };
        if steps.len() > MAX_STEPS {
            return Err(format!("job `{id}` has more than {MAX_STEPS} steps"));
        }
        for (at, step) in steps.iter().enumerate() {
            check_step(step).map_err(|why| format!("step {} of job `{id}` {why}", at + 1))?;
        }
    }
    Ok(())
}

/// Nothing, where a text is meant, is an empty text: `env: { NAME: }`.
fn spell_out(tree: &mut Value) {
    spell_out_texts(tree);
    let inputs = tree.pointer_mut("/on/workflow_dispatch/inputs");
    for input in inputs
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        if input.is_null() {
            *input = Value::Object(Map::new());
        }
    }
    let jobs = tree.get_mut("jobs").and_then(Value::as_object_mut);
    for job in jobs.into_iter().flat_map(Map::values_mut) {
        spell_out_texts(job);
        spell_out_steps(job);
    }
}

pub(crate) fn spell_out_steps(owner: &mut Value) {
    let steps = owner.get_mut("steps").and_then(Value::as_array_mut);
    for step in steps.into_iter().flatten() {
        spell_out_texts(step);
    }
}

fn spell_out_texts(owner: &mut Value) {
    for name in ["env", "with", "outputs", "secrets"] {
        let texts = owner.get_mut(name).and_then(Value::as_object_mut);
        for text in texts.into_iter().flat_map(Map::values_mut) {
            if text.is_null() {
                *text = Value::String(String::new());
            }
        }
        // A key without anything below it is no key.
        if let Some(owner) = owner.as_object_mut()
            && owner.get(name).is_some_and(Value::is_null)
        {
            owner.remove(name);
        }
    }
}

pub(crate) fn check_step(step: &Value) -> Result<(), String> {
    match (step.get("run"), step.get("uses")) {
        (Some(_), Some(_)) => Err("has both `run:` and `uses:`".to_owned()),
        (None, None) => Err(["wait", "wait-all", "cancel", "parallel"]
            .into_iter()
            .find(|word| step.get(word).is_some())
            .map_or_else(
                || "has neither `run:` nor `uses:`".to_owned(),
                |word| format!("has `{word}:`, which is not run here"),
            )),
        (Some(_), None) => Ok(()),
        (None, Some(uses)) => {
            let uses = uses.as_str().ok_or("has a `uses:` that is no text")?;
            Uses::parse(uses)
                .map(drop)
                .map_err(|error| format!("is wrong: {error}"))
        }
    }
}

fn job_of((id, model): (String, workflow::Job)) -> Job {
    match model {
        workflow::Job::NormalJob(model) => Job {
            id,
            name: model.name.clone(),
            needs: model.needs.clone(),
            condition: model.r#if.as_ref().map(condition),
            permissions: Permissions::new(&model.permissions),
            matrix: model.strategy.as_ref().and_then(matrix),
            work: Work::Steps(Box::new(steps_of(*model))),
        },
        workflow::Job::ReusableWorkflowCallJob(model) => Job {
            id,
            name: model.name,
            needs: model.needs,
            condition: model.r#if.as_ref().map(condition),
            permissions: Permissions::new(&model.permissions),
            matrix: None,
            work: Work::Call(Box::new(Call {
                uses: model.uses.raw().to_owned(),
                with: mapping(model.with),
                secrets: match model.secrets {
                    Some(job::Secrets::Inherit) => Secrets::Inherit,
                    Some(job::Secrets::Env(env)) => Secrets::Named(entries(env)),
                    None => Secrets::Named(Vec::new()),
                },
            })),
        },
    }
}

fn steps_of(model: job::NormalJob) -> Steps {
    Steps {
        runs_on: match model.runs_on {
            LoE::Expr(expression) => RunsOn::Expression(expression.as_curly().to_owned()),
            LoE::Literal(job::RunsOn::Target(labels) | job::RunsOn::Group { group: _, labels }) => {
                RunsOn::Labels(labels)
            }
        },
        environment: model.environment.map(|environment| match environment {
            job::DeploymentEnvironment::Name(name)
            | job::DeploymentEnvironment::NameURL { name, url: _ } => name,
        }),
        env: mapping(model.env),
        defaults: defaults(model.defaults),
        steps: model.steps.into_iter().filter_map(step_of).collect(),
        outputs: entries(model.outputs),
        timeout: model.timeout_minutes.map(text_of_number),
        continue_on_error: text_of_flag(model.continue_on_error),
        has_containers: model.container.is_some() || !model.services.is_empty(),
    }
}

fn step_of(model: job::Step) -> Option<Step> {
    let (shared, work) = match model {
        job::Step::Uses(step) => (
            step.shared,
            StepWork::Uses {
                uses: use_of(&step.uses),
                with: mapping(step.with),
            },
        ),
        job::Step::Run(step) => (
            step.shared,
            StepWork::Run {
                script: step.run,
                shell: step.shell.map(text_of_text),
                working_directory: step.working_directory,
            },
        ),
        // `check` has refused them.
        job::Step::Wait { .. }
        | job::Step::WaitAll { .. }
        | job::Step::Cancel { .. }
        | job::Step::Parallel { .. } => return None,
    };
    Some(Step {
        id: shared.id,
        name: shared.name,
        condition: shared.r#if.as_ref().map(condition),
        env: mapping(shared.env),
        continue_on_error: text_of_flag(shared.continue_on_error),
        timeout: shared.timeout_minutes.map(text_of_number),
        work,
    })
}

pub(crate) fn use_of(uses: &Uses) -> Use {
    match uses {
        Uses::Local(local) => Use::Local(local.raw().to_owned()),
        Uses::Docker(docker) => {
            Use::Docker(docker.raw().trim_start_matches("docker://").to_owned())
        }
        Uses::Repository(repository) => Use::Repository {
            owner: repository.owner().to_owned(),
            repository: repository.repo().to_owned(),
            path: repository.subpath().map(str::to_owned),
            reference: repository.git_ref().to_owned(),
        },
    }
}

pub(crate) fn condition(condition: &If) -> String {
    match condition {
        If::Bool(is) => is.to_string(),
        If::Expr(expression) => expression.clone(),
    }
}

pub(crate) fn mapping(env: LoE<Env>) -> Mapping {
    match env {
        LoE::Expr(expression) => Mapping::Expression(expression.as_curly().to_owned()),
        LoE::Literal(env) => Mapping::Entries(entries(env)),
    }
}

pub(crate) fn text_of_flag(flag: LoE<bool>) -> String {
    match flag {
        LoE::Expr(expression) => expression.as_curly().to_owned(),
        LoE::Literal(is) => is.to_string(),
    }
}

pub(crate) fn text_of_text(text: LoE<String>) -> String {
    match text {
        LoE::Expr(expression) => expression.as_curly().to_owned(),
        LoE::Literal(text) => text,
    }
}

fn text_of_number(number: LoE<f64>) -> String {
    match number {
        LoE::Expr(expression) => expression.as_curly().to_owned(),
        LoE::Literal(number) => number.to_string(),
    }
}

fn entries(env: Env) -> Vec<(String, String)> {
    env.into_iter()
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}

fn defaults(defaults: Option<workflow::Defaults>) -> Defaults {
    let run = defaults.and_then(|defaults| defaults.run);
    run.map_or_else(Defaults::default, |run| Defaults {
        shell: run.shell.map(text_of_text),
        working_directory: run.working_directory,
    })
}

fn matrix(strategy: &job::Strategy) -> Option<Value> {
    let matrix = match strategy.matrix.as_ref()? {
        LoE::Expr(expression) => return Some(Value::String(expression.as_curly().to_owned())),
        LoE::Literal(matrix) => matrix,
    };
    let mut whole = Map::new();
    match &matrix.dimensions {
        LoE::Expr(_) => {}
        LoE::Literal(dimensions) => {
            for (name, values) in dimensions {
                whole.insert(name.clone(), either(values));
            }
        }
    }
    for (name, list) in [("include", &matrix.include), ("exclude", &matrix.exclude)] {
        let value = either(list);
        if value.as_array().is_none_or(|list| !list.is_empty()) {
            whole.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(whole))
}

fn either<T: serde::Serialize>(value: &LoE<T>) -> Value {
    match value {
        LoE::Expr(expression) => Value::String(expression.as_curly().to_owned()),
        LoE::Literal(value) => serde_json::to_value(value).unwrap_or_default(),
    }
}

fn events(on: &Value) -> Vec<String> {
    match on {
        Value::String(event) => vec![event.clone()],
        Value::Array(events) => events
            .iter()
            .filter_map(|event| event.as_str().map(str::to_owned))
            .collect(),
        Value::Object(events) => events.keys().cloned().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn inputs(inputs: Option<&Value>) -> Vec<Input> {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    inputs
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, input)| Input {
            name: name.clone(),
            kind: text(input, "type").unwrap_or_else(|| "string".to_owned()),
            is_required: input
                .get("required")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            default: input.get("default").cloned(),
            options: input
                .get("options")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(crate::expression::text_of)
                .collect(),
        })
        .collect()
}

fn outputs(outputs: Option<&Value>) -> Vec<(String, String)> {
    outputs
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, output)| {
            Some((name.clone(), output.get("value")?.as_str()?.to_owned()))
        })
        .collect()
}

/// YAML as GitHub reads it: of the words for booleans, only `true` and `false` are.
pub(crate) fn read_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| first_line(&error))
}

pub(crate) fn first_line(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("error: ").to_owned()
}

// GitHub's own bound is 500 KB or thereabouts.
const MAX_WORKFLOW: usize = 1 << 20;
// GitHub counts 1,000 steps in a job.
const MAX_STEPS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r"
name: image
on:
  push: { branches: [main] }
  workflow_dispatch:
    inputs:
      level: { type: choice, options: [low, high], default: low }
      dry: { type: boolean, required: true }
permissions: { contents: read }
env:
  A: 1
  B: true
  C: ${{ github.sha }}
defaults: { run: { shell: bash } }
jobs:
  one:
    runs-on: [self-hosted, image-builder]
    permissions: { id-token: write }
    environment: { name: production, url: https://example.com }
    strategy:
      matrix:
        v: [1.10, '2']
        include: [{ x: y }]
    timeout-minutes: 5
    continue-on-error: ${{ matrix.v == 2 }}
    outputs: { d: '${{ steps.b.outputs.d }}' }
    steps:
      - uses: actions/checkout@v7
        with: { persist-credentials: false, depth: 1 }
      - id: b
        if: ${{ success() }}
        run: true
        shell: python
        env: { N: }
      - uses: ./local
      - uses: docker://alpine:3
        if: false
  two:
    needs: one
    uses: ./.github/workflows/other.yml
    with: { a: 1 }
    secrets: inherit
";

    #[test]
    fn a_workflow_is_read_whole() {
        let workflow = Workflow::parse("w.yml", WHOLE).unwrap();
        assert_eq!(workflow.events, ["push", "workflow_dispatch"]);
        assert_eq!(
            workflow.dispatch_inputs[0].default,
            Some(Value::from("low"))
        );
        assert!(workflow.dispatch_inputs[1].is_required);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            workflow.env,
            Mapping::Entries(vec![
                pair("A", "1"),
                pair("B", "true"),
                pair("C", "${{ github.sha }}")
            ])
        );
        assert!(!workflow.permissions.unwrap().allow_id_token());
        let [one, two] = workflow.jobs.as_slice() else {
            panic!("two jobs");
        };
        assert!(one.permissions.as_ref().unwrap().allow_id_token());
        assert_eq!(
            one.matrix.as_ref().unwrap().to_string(),
            r#"{"v":[1.1,"2"],"include":[{"x":"y"}]}"#
        );
        let Work::Steps(steps) = &one.work else {
            panic!("steps");
        };
        assert_eq!(steps.environment.as_deref(), Some("production"));
        assert_eq!(steps.timeout.as_deref(), Some("5"));
        assert_eq!(steps.continue_on_error, "${{ matrix.v == 2 }}");
        let StepWork::Uses { uses, with } = &steps.steps[0].work else {
            panic!("an action");
        };
        assert_eq!(uses.to_string(), "actions/checkout@v7");
        assert_eq!(
            *with,
            Mapping::Entries(vec![
                pair("persist-credentials", "false"),
                pair("depth", "1")
            ])
        );
        let StepWork::Run { script, shell, .. } = &steps.steps[1].work else {
            panic!("a script");
        };
        assert_eq!(
            (script.as_str(), shell.as_deref()),
            ("true", Some("python"))
        );
        assert_eq!(steps.steps[1].env, Mapping::Entries(vec![pair("N", "")]));
        assert_eq!(steps.steps[3].condition.as_deref(), Some("false"));
        let Work::Call(call) = &two.work else {
            panic!("a call");
        };
        assert_eq!(
            (call.uses.as_str(), &call.secrets),
            ("./.github/workflows/other.yml", &Secrets::Inherit)
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_workflow() {
        let job = |job: &str| format!("on: push\njobs:\n  a:\n    {job}\n");
        for (text, says) in [
            (String::new(), "no `jobs:`"),
            ("on: push".to_owned(), "no `jobs:`"),
            (
                "jobs: { a: { runs-on: x, steps: [] } }".to_owned(),
                "no `on:`",
            ),
            (job("steps: [{ run: a }]"), "job `a` has no `runs-on:`"),
            (job("runs-on: x"), "job `a` has no `steps:`"),
            (
                job("{ runs-on: x, steps: [{ name: n }] }"),
                "step 1 of job `a` has neither",
            ),
            (
                job("{ runs-on: x, steps: [{ run: a, uses: b }] }"),
                "step 1 of job `a` has both",
            ),
            (
                job("{ runs-on: x, steps: [{ run: a }, { uses: b/c }] }"),
                "step 2 of job `a` is wrong",
            ),
            (
                job("{ runs-on: x, steps: [{ wait: b }] }"),
                "which is not run here",
            ),
            ("a: [".to_owned(), "line"),
        ] {
            let error = Workflow::parse("w.yml", &text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
