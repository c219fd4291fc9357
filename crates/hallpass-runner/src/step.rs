//! A step: whether it runs, what it does, and what is known of it afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use hallpass_workflow::{
    ExpressionError, Scope, Step, StepWork, fill, fill_text, holds, is_truthy,
};

use crate::error::RunError;
use crate::folders;
use crate::frame::Frame;
use crate::listener::Level;
use crate::report::{Conclusion, StepReport};
use crate::runner::{Done, Program, Runner};
use crate::script::Shell;

impl Runner<'_> {
    /// Runs a step of a frame.
    pub(crate) async fn step(
        &mut self,
        frame: &mut Frame,
        step: &Step,
        number: usize,
    ) -> Result<StepReport, RunError> {
        let is_nested = frame.depth > 0;
        let mut env = self.frame_env(frame);
        let own = self.mapping(frame, &env, &step.env);
        let runs = self.scoped(frame, &env, |scope| holds(step.condition.as_deref(), scope));
        if let Ok(own) = &own {
            env.extend(own.iter().cloned());
        }
        let name = self.name(frame, &env, step);
        let (outcome, outputs, is_built_in) = match (runs, own) {
            (Ok(false), _) => {
                if !is_nested {
                    self.listener
                        .step_ends(&name, Conclusion::Skipped, Conclusion::Skipped);
                }
                (Conclusion::Skipped, Vec::new(), false)
            }
            (Ok(true), Ok(_)) => {
                self.begin(&name, is_nested);
                let done = self.work(frame, step, number, &env).await?;
                let outcome = match (done.is_cancelled, done.is_success) {
                    (true, _) => Conclusion::Cancelled,
                    (false, true) => Conclusion::Success,
                    (false, false) => Conclusion::Failure,
                };
                (outcome, done.outputs, done.is_built_in)
            }
            (Err(error), _) | (_, Err(error)) => {
                self.begin(&name, is_nested);
                self.fault(&error);
                (Conclusion::Failure, Vec::new(), false)
            }
        };
        let conclusion = self.conclusion(frame, &env, step, outcome);
        frame.end_step(step.id.as_deref(), &outputs, outcome, conclusion);
        if outcome != Conclusion::Skipped {
            if is_nested {
                self.listener.group_ends();
            } else {
                self.listener.step_ends(&name, outcome, conclusion);
            }
        }
        Ok(StepReport {
            name,
            outcome,
            conclusion,
            is_built_in,
        })
    }

    fn begin(&mut self, name: &str, is_nested: bool) {
        if is_nested {
            self.listener.group_begins(name);
        } else {
            self.listener.step_begins(name);
        }
    }

    fn conclusion(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        step: &Step,
        outcome: Conclusion,
    ) -> Conclusion {
        if outcome != Conclusion::Failure {
            return outcome;
        }
        let forgives = self.scoped(frame, env, |scope| fill(&step.continue_on_error, scope));
        match forgives {
            Ok(value) if is_yes(&value) => Conclusion::Success,
            Ok(_) => outcome,
            Err(error) => {
                self.fault(&error);
                outcome
            }
        }
    }

    async fn work(
        &mut self,
        frame: &mut Frame,
        step: &Step,
        number: usize,
        env: &BTreeMap<String, String>,
    ) -> Result<Done, RunError> {
        let timeout = match self.timeout(frame, env, step) {
            Ok(timeout) => timeout,
            Err(done) => return Ok(done),
        };
        let mut done = match &step.work {
            StepWork::Run {
                script,
                shell,
                working_directory,
            } => {
                let script = Script {
                    text: script,
                    shell: shell.as_deref(),
                    folder: working_directory.as_deref(),
                    id: step.id.as_deref(),
                };
                self.script(frame, env, &script, timeout).await?
            }
            StepWork::Uses { uses, with } => {
                let using = crate::uses::Using {
                    uses,
                    with,
                    key: format!("{}/{number}", frame.key),
                    id: step.id.as_deref(),
                    timeout,
                };
                Box::pin(self.uses(frame, env, &using)).await?
            }
        };
        let size: usize = done
            .outputs
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if size > MAX_OUTPUTS {
            self.remark(
                Level::Error,
                "the step's outputs are larger than 1 MiB together",
            );
            done = Done::default();
        }
        Ok(done)
    }

    fn timeout(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        step: &Step,
    ) -> Result<Option<Duration>, Done> {
        let Some(minutes) = &step.timeout else {
            return Ok(None);
        };
        match self.scoped(frame, env, |scope| fill_text(minutes, scope)) {
            Ok(text) => Ok(minutes_of(&text)),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// A script in a shell.
    async fn script(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        script: &Script<'_>,
        timeout: Option<Duration>,
    ) -> Result<Done, RunError> {
        // A composite action's steps do not take the job's defaults.
        let defaults = if frame.depth > 0 {
            &hallpass_workflow::Defaults::default()
        } else {
            &self.defaults
        };
        let shell = script.shell.or(defaults.shell.as_deref());
        let folder = script.folder.or(defaults.working_directory.as_deref());
        let filled = self.scoped(
            frame,
            env,
            |scope: &Scope<'_>| -> Result<_, ExpressionError> {
                let optional =
                    |text: Option<&str>| text.map(|text| fill_text(text, scope)).transpose();
                Ok((
                    fill_text(script.text, scope)?,
                    optional(shell)?,
                    optional(folder)?,
                ))
            },
        );
        let (text, shell, folder) = match filled {
            Ok(filled) => filled,
            Err(error) => return Ok(self.fault(&error)),
        };
        let mut environment = self.process_env(env);
        let path = environment.get("PATH").cloned().unwrap_or_default();
        let shell = match Shell::new(shell.as_deref(), &path) {
            Ok(shell) => shell,
            Err(reason) => {
                self.remark(Level::Error, &reason);
                return Ok(Done::default());
            }
        };
        let file = self
            .folders
            .temp
            .join(format!("script-{}{}", self.programs + 1, shell.ending));
        folders::write(&file, shell.text(&text).as_bytes())?;
        name_action(&mut environment, frame, script.id);
        let folder = folder.map_or_else(
            || self.folders.workspace.clone(),
            |folder| self.folders.workspace.join(folder),
        );
        if !folder.is_dir() {
            self.remark(
                Level::Error,
                &format!("An error occurred trying to start process: the working directory `{}` is not there", folder.display()),
            );
            return Ok(Done::default());
        }
        let program = Program {
            words: shell.words(&file),
            folder,
            environment,
            timeout,
            input: None,
        };
        let done = self.launch(program).await;
        let _ = std::fs::remove_file(file);
        done
    }

    fn name(&self, frame: &Frame, env: &BTreeMap<String, String>, step: &Step) -> String {
        let name = match (&step.name, &step.work) {
            (Some(name), _) => name.clone(),
            (None, StepWork::Run { script, .. }) => {
                let first = script.trim().lines().next().unwrap_or_default();
                format!("Run {first}")
            }
            (None, StepWork::Uses { uses, with: _ }) => format!("Run {uses}"),
        };
        let filled = self.scoped(frame, env, |scope| fill_text(&name, scope));
        self.masks.apply(&filled.unwrap_or(name))
    }
}

/// Says which action a script belongs to.
fn name_action(environment: &mut BTreeMap<String, String>, frame: &Frame, id: Option<&str>) {
    let mut put = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
    put("GITHUB_ACTION", id.unwrap_or("__run"));
    if let Some(place) = &frame.action {
        put("GITHUB_ACTION_PATH", &place.folder.to_string_lossy());
        put("GITHUB_ACTION_REPOSITORY", &place.repository);
        put("GITHUB_ACTION_REF", &place.reference);
    }
}

struct Script<'a> {
    text: &'a str,
    shell: Option<&'a str>,
    folder: Option<&'a str>,
    id: Option<&'a str>,
}

/// `continue-on-error` is a boolean: the text `false` of an expression is no yes.
pub(crate) fn is_yes(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.eq_ignore_ascii_case("true"),
        other => is_truthy(other),
    }
}

/// Whole minutes are GitHub's; fractions are kept, so that a test need not wait.
pub(crate) fn minutes_of(text: &str) -> Option<Duration> {
    let minutes: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(minutes * 60.0)
        .ok()
        .filter(|timeout| !timeout.is_zero())
}

// GitHub's bound for the outputs of a job.
const MAX_OUTPUTS: usize = 1 << 20;
