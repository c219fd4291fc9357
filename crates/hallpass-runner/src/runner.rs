//! A job while it runs: its folders, its variables, its masks; and how a program of it is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hallpass_workflow::{
    Defaults, ExpressionError, Mapping, Masks, Scope, Status, fill, fill_text, parse_pairs,
    parse_paths, text_of,
};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::error::RunError;
use crate::files::Workspace;
use crate::folders::{self, Folders};
use crate::frame::Frame;
use crate::lab::Lab;
use crate::listener::{Level, Listener};
use crate::log::{Asked, Log};
use crate::process::{self, Ended, Launch};
use crate::report::Annotation;
use crate::request::Run;
use crate::uses::Post;

/// A job while it runs.
pub(crate) struct Runner<'a> {
    pub(crate) run: &'a Run,
    pub(crate) lab: &'a Lab,
    pub(crate) folders: Folders,
    pub(crate) listener: &'a mut dyn Listener,
    pub(crate) cancel: watch::Receiver<bool>,
    pub(crate) masks: Masks,
    pub(crate) annotations: Vec<Annotation>,
    /// The contexts that all steps see alike.
    pub(crate) contexts: Map<String, Value>,
    /// What each process gets: the machine's part.
    pub(crate) base: BTreeMap<String, String>,
    /// What each process gets: the workflow's part, and what steps have added.
    pub(crate) env: BTreeMap<String, String>,
    /// What steps have put before the search path.
    pub(crate) paths: Vec<String>,
    pub(crate) defaults: Defaults,
    pub(crate) posts: Vec<Post>,
    /// What actions have saved for their later programs, by step.
    pub(crate) states: BTreeMap<String, Vec<(String, String)>>,
    pub(crate) programs: usize,
}

/// A program of a step.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) words: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) input: Option<String>,
}

/// What came of a step's work.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) is_success: bool,
    pub(crate) is_cancelled: bool,
    pub(crate) outputs: Vec<(String, String)>,
    pub(crate) states: Vec<(String, String)>,
    pub(crate) is_built_in: bool,
}

impl Done {
    pub(crate) fn success() -> Self {
        Self {
            is_success: true,
            ..Self::default()
        }
    }
}

impl Runner<'_> {
    /// Evaluates something as a step of the frame sees it.
    pub(crate) fn scoped<T>(
        &self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        evaluate: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        let mut contexts = self.contexts.clone();
        contexts.insert("env".to_owned(), json!(env));
        contexts.insert("steps".to_owned(), Value::Object(frame.steps.clone()));
        let status = if *self.cancel.borrow() {
            Status::Cancelled
        } else {
            frame.status
        };
        contexts.insert("job".to_owned(), json!({ "status": word(status) }));
        if let Some(inputs) = &frame.inputs {
            contexts.insert("inputs".to_owned(), Value::Object(inputs.clone()));
        }
        if let (Some(place), Some(Value::Object(github))) =
            (&frame.action, contexts.get_mut("github"))
        {
            github.insert("action_path".to_owned(), json!(place.folder));
            github.insert("action_repository".to_owned(), json!(place.repository));
            github.insert("action_ref".to_owned(), json!(place.reference));
            github.insert("action_status".to_owned(), json!(word(status)));
        }
        let files = Workspace(&self.folders.workspace);
        evaluate(&Scope {
            contexts: &contexts,
            status,
            files: Some(&files),
        })
    }

    /// The variables that a step of the frame starts with.
    pub(crate) fn frame_env(&self, frame: &Frame) -> BTreeMap<String, String> {
        let mut env = self.env.clone();
        env.extend(frame.env.clone());
        env
    }

    /// Fills in a mapping as a step of the frame sees it.
    pub(crate) fn mapping(
        &self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        mapping: &Mapping,
    ) -> Result<Vec<(String, String)>, ExpressionError> {
        self.scoped(frame, env, |scope| fill_mapping(mapping, scope))
    }

    /// What a process of the job gets, with the step's own variables.
    pub(crate) fn process_env(&self, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut whole = self.base.clone();
        for (name, value) in env {
            // A step's own `PATH` counts; the machine's other names do as well, as on GitHub, but its tokens.
            if !name.starts_with("ACTIONS_ID_TOKEN_") {
                whole.insert(name.clone(), value.clone());
            }
        }
        let mut path = self.paths.clone();
        path.reverse();
        if let Some(own) = whole.get("PATH") {
            path.push(own.clone());
        }
        whole.insert("PATH".to_owned(), path.join(":"));
        whole
    }

    /// Runs a program; its output is logged, and what it asks for is done.
    pub(crate) async fn launch(&mut self, mut program: Program) -> Result<Done, RunError> {
        self.programs += 1;
        let files = CommandFiles::create(&self.folders.commands, self.programs)?;
        files.name(&mut program.environment);
        let path = program.environment.get("PATH").cloned().unwrap_or_default();
        let mut words = program.words.into_iter();
        let name = words.next().unwrap_or_default();
        let mut log = Log::new(&mut self.masks, self.listener, &mut self.annotations);
        log.allows_unsecure = program
            .environment
            .get("ACTIONS_ALLOW_UNSECURE_COMMANDS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        log.is_debug = program
            .environment
            .get("RUNNER_DEBUG")
            .is_some_and(|value| value == "1");
        let Some(file) = crate::script::find(&name, &path) else {
            log.remark(
                Level::Error,
                &format!("there is no program `{name}` on this machine"),
            );
            return Ok(Done::default());
        };
        let launch = Launch {
            program: file,
            arguments: words.collect(),
            environment: program.environment,
            folder: program.folder,
            timeout: program.timeout,
            input: program.input,
        };
        let ended = process::run(launch, &mut self.cancel, &mut |line| log.line(line)).await;
        let mut done = Done::default();
        match ended {
            Ok(Ended::Code(0)) => done.is_success = true,
            Ok(Ended::Code(code)) => {
                log.remark(
                    Level::Error,
                    &format!("Process completed with exit code {code}."),
                );
            }
            Ok(Ended::Cancelled) => {
                done.is_cancelled = true;
                log.remark(Level::Error, "The operation was canceled.");
            }
            Ok(Ended::TimedOut) => {
                let minutes = program
                    .timeout
                    .map_or(0.0, |timeout| timeout.as_secs_f64() / 60.0);
                log.remark(
                    Level::Error,
                    &format!("The action has timed out after {minutes} minutes."),
                );
            }
            Err(error) => {
                log.remark(
                    Level::Error,
                    &format!("`{name}` could not be started: {error}"),
                );
            }
        }
        let asked = std::mem::take(&mut log.asked);
        done.is_success &= !asked.is_refused;
        self.settle(&files, asked, &mut done);
        files.remove();
        Ok(done)
    }

    /// Does what the program has asked for.
    fn settle(&mut self, files: &CommandFiles, asked: Asked, done: &mut Done) {
        done.outputs.extend(asked.outputs);
        done.states.extend(asked.states);
        let mut environment = asked.environment;
        let mut paths = asked.paths;
        let mut faults = Vec::new();
        for (name, take) in [("env", 0), ("output", 1), ("state", 2)] {
            match files.pairs(name) {
                Ok(pairs) => match take {
                    0 => environment.extend(pairs),
                    1 => done.outputs.extend(pairs),
                    _ => done.states.extend(pairs),
                },
                Err(fault) => faults.push((name, fault)),
            }
        }
        match files.paths() {
            Ok(more) => paths.extend(more),
            Err(fault) => faults.push(("path", fault)),
        }
        if files.is_summary_too_large() {
            self.remark(
                Level::Error,
                "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k",
            );
        }
        for (name, fault) in faults {
            done.is_success = false;
            self.remark(
                Level::Error,
                &format!("Unable to process file command '{name}' successfully."),
            );
            self.remark(Level::Error, &fault);
        }
        for (name, value) in environment {
            if self.is_protected(&name) {
                continue;
            }
            if name.eq_ignore_ascii_case("NODE_OPTIONS") {
                done.is_success = false;
                self.remark(
                    Level::Error,
                    "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
                );
                continue;
            }
            self.env.insert(name, value);
        }
        self.paths.extend(paths);
    }

    /// Names that the runner alone sets.
    fn is_protected(&self, name: &str) -> bool {
        name.starts_with("GITHUB_") || (name.starts_with("RUNNER_") && self.base.contains_key(name))
    }

    /// A remark of our own in the step's log.
    pub(crate) fn remark(&mut self, level: Level, message: &str) {
        Log::new(&mut self.masks, self.listener, &mut self.annotations).remark(level, message);
    }

    /// A line of our own in the step's log.
    pub(crate) fn show(&mut self, line: &str) {
        Log::new(&mut self.masks, self.listener, &mut self.annotations).show(line);
    }

    /// An expression of a step has no value: the step fails.
    pub(crate) fn fault(&mut self, error: &ExpressionError) -> Done {
        self.remark(Level::Error, &error.to_string());
        Done::default()
    }
}

/// Fills in a mapping.
pub(crate) fn fill_mapping(
    mapping: &Mapping,
    scope: &Scope<'_>,
) -> Result<Vec<(String, String)>, ExpressionError> {
    match mapping {
        Mapping::Entries(entries) => entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill_text(value, scope)?)))
            .collect(),
        Mapping::Expression(expression) => match fill(expression, scope)? {
            Value::Object(members) => Ok(members
                .into_iter()
                .map(|(name, value)| (name, text_of(&value)))
                .collect()),
            Value::Null => Ok(Vec::new()),
            _ => Err(ExpressionError {
                expression: expression.clone(),
                reason: "it is no object".to_owned(),
            }),
        },
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Cancelled => "cancelled",
        Status::Failure => "failure",
        Status::Skipped | Status::Success => "success",
    }
}

/// The environment files of one program.
#[derive(Debug)]
struct CommandFiles {
    folder: PathBuf,
    number: usize,
}

impl CommandFiles {
    fn create(folder: &Path, number: usize) -> Result<Self, RunError> {
        let files = Self {
            folder: folder.to_owned(),
            number,
        };
        for (_, name) in FILES {
            folders::write(&files.file(name), b"")?;
        }
        Ok(files)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}_{}", self.number))
    }

    fn name(&self, environment: &mut BTreeMap<String, String>) {
        for (variable, name) in FILES {
            let file = self.file(name).to_string_lossy().into_owned();
            environment.insert((*variable).to_owned(), file);
        }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        // A program may have removed it: then it asks for nothing.
        folders::read(
            &self.file(name),
            hallpass_workflow::MAX_COMMAND_FILE as u64 + 1,
        )
        .or_else(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Ok(Vec::new())
            } else {
                Err(error)
            }
        })
        .map_err(|error| error.to_string())
    }

    fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, String> {
        parse_pairs(&self.read(name)?).map_err(|error| error.to_string())
    }

    fn paths(&self) -> Result<Vec<String>, String> {
        parse_paths(&self.read("path")?).map_err(|error| error.to_string())
    }

    fn is_summary_too_large(&self) -> bool {
        self.file("summary")
            .metadata()
            .is_ok_and(|metadata| metadata.len() > 1 << 20)
    }

    fn remove(&self) {
        for (_, name) in FILES {
            let _ = std::fs::remove_file(self.file(name));
        }
    }
}

const FILES: &[(&str, &str)] = &[
    ("GITHUB_ENV", "env"),
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_PATH", "path"),
    ("GITHUB_STATE", "state"),
    ("GITHUB_STEP_SUMMARY", "summary"),
];
