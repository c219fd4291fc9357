//! Steps that use an action: JavaScript with its `pre` and `post`, composite, or a built-in equivalent.

use std::collections::BTreeMap;
use std::time::Duration;

use hallpass_workflow::{
    Action, ActionRuns, ExpressionError, JavaScript, Mapping, Step, StepWork, Use, fill_text, holds,
};
use serde_json::{Map, Value};

use crate::actions::{Found, find};
use crate::builtin::{self, Call};
use crate::error::RunError;
use crate::frame::{ActionPlace, Frame};
use crate::listener::Level;
use crate::report::{Conclusion, StepReport};
use crate::runner::{Done, Program, Runner};

/// A step's `uses:`.
#[derive(Debug)]
pub(crate) struct Using<'a> {
    pub(crate) uses: &'a Use,
    pub(crate) with: &'a Mapping,
    /// Tells this use of the action from others.
    pub(crate) key: String,
    pub(crate) id: Option<&'a str>,
    pub(crate) timeout: Option<Duration>,
}

/// What is to be done after all steps.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    name: String,
    condition: String,
    key: String,
    frame: Frame,
    env: BTreeMap<String, String>,
    work: PostWork,
}

#[derive(Clone, Debug)]
enum PostWork {
    /// Log out of these registries.
    LogOut(Vec<String>),
    Node {
        script: String,
        place: ActionPlace,
        inputs: Vec<(String, String)>,
        id: String,
    },
}

impl Runner<'_> {
    /// Runs an action.
    pub(crate) async fn uses(
        &mut self,
        frame: &mut Frame,
        env: &BTreeMap<String, String>,
        using: &Using<'_>,
    ) -> Result<Done, RunError> {
        let given = match self.mapping(frame, env, using.with) {
            Ok(given) => given,
            Err(error) => return Ok(self.fault(&error)),
        };
        match find(
            using.uses,
            &self.folders.workspace,
            self.run.actions.as_deref(),
        ) {
            Found::Action(action, place) => {
                let inputs = match self.inputs(frame, env, &action, &given) {
                    Ok(inputs) => inputs,
                    Err(error) => return Ok(self.fault(&error)),
                };
                match &action.runs {
                    ActionRuns::JavaScript(script) => {
                        self.java_script(frame, env, using, script, place, inputs)
                            .await
                    }
                    ActionRuns::Composite(steps) => {
                        self.composite(frame, env, using, &action, steps, place, inputs)
                            .await
                    }
                    ActionRuns::Docker => Ok(self.refuse_docker(using.uses)),
                }
            }
            Found::BuiltIn(built_in) => {
                let call = Call {
                    inputs: &given,
                    environment: self.process_env(env),
                    uses: using.uses,
                };
                let done = builtin::run(self, built_in, &call).await?;
                if let Some(hosts) = done.log_out
                    && !hosts.is_empty()
                {
                    self.posts.push(Post {
                        name: format!("Post Run {}", using.uses),
                        condition: "always()".to_owned(),
                        key: using.key.clone(),
                        frame: frame.clone(),
                        env: env.clone(),
                        work: PostWork::LogOut(hosts),
                    });
                }
                Ok(Done {
                    is_built_in: true,
                    ..done.done
                })
            }
            Found::Docker => Ok(self.refuse_docker(using.uses)),
            Found::Missing(reason) | Found::Unreadable(reason) => {
                self.remark(Level::Error, &reason);
                Ok(Done::default())
            }
        }
    }

    fn refuse_docker(&mut self, uses: &Use) -> Done {
        self.remark(
            Level::Error,
            &format!(
                "{uses} runs in a container of its own, which `hallpass lab run` does not start"
            ),
        );
        Done::default()
    }

    /// The inputs of an action: as given, else its defaults.
    fn inputs(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        action: &Action,
        given: &[(String, String)],
    ) -> Result<Vec<(String, String)>, ExpressionError> {
        let mut inputs: Vec<(String, String)> = Vec::new();
        for input in &action.inputs {
            let own = given
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&input.name));
            let value = match (own, &input.default) {
                (Some((_, value)), _) => value.clone(),
                (None, Some(default)) => {
                    self.scoped(frame, env, |scope| fill_text(default, scope))?
                }
                // GitHub gives an input that is not required as an empty text, and does not insist on the others.
                (None, None) => String::new(),
            };
            inputs.push((input.name.clone(), value));
        }
        let unknown: Vec<String> = given
            .iter()
            .filter(|(name, _)| {
                !action
                    .inputs
                    .iter()
                    .any(|input| input.name.eq_ignore_ascii_case(name))
            })
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        if !unknown.is_empty() && !matches!(action.runs, ActionRuns::Docker) {
            let valid: Vec<String> = action
                .inputs
                .iter()
                .map(|input| format!("'{}'", input.name))
                .collect();
            self.remark(
                Level::Warning,
                &format!(
                    "Unexpected input(s) {}, valid inputs are [{}]",
                    unknown.join(", "),
                    valid.join(", ")
                ),
            );
        }
        for (name, value) in given {
            if !inputs
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                inputs.push((name.clone(), value.clone()));
            }
        }
        Ok(inputs)
    }

    async fn java_script(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        using: &Using<'_>,
        script: &JavaScript,
        place: ActionPlace,
        inputs: Vec<(String, String)>,
    ) -> Result<Done, RunError> {
        let id = action_id(using);
        if let Some(post) = &script.post {
            self.posts.push(Post {
                name: format!("Post Run {}", using.uses),
                condition: script.post_condition.clone(),
                key: using.key.clone(),
                frame: frame.clone(),
                env: env.clone(),
                work: PostWork::Node {
                    script: post.clone(),
                    place: place.clone(),
                    inputs: inputs.clone(),
                    id: id.clone(),
                },
            });
        }
        let node = Node {
            script: &script.main,
            place: &place,
            inputs: &inputs,
            id: &id,
            key: &using.key,
            timeout: using.timeout,
        };
        self.node(env, &node).await
    }

    /// Runs one program of a JavaScript action.
    async fn node(
        &mut self,
        env: &BTreeMap<String, String>,
        node: &Node<'_>,
    ) -> Result<Done, RunError> {
        let mut environment = self.process_env(env);
        for (name, value) in node.inputs {
            let name = name.replace(' ', "_").to_uppercase();
            environment.insert(format!("INPUT_{name}"), value.clone());
        }
        for (name, value) in self.states.get(node.key).into_iter().flatten() {
            environment.insert(format!("STATE_{name}"), value.clone());
        }
        environment.insert("GITHUB_ACTION".to_owned(), node.id.to_owned());
        environment.insert(
            "GITHUB_ACTION_REPOSITORY".to_owned(),
            node.place.repository.clone(),
        );
        environment.insert("GITHUB_ACTION_REF".to_owned(), node.place.reference.clone());
        let file = node.place.folder.join(node.script);
        if !file.is_file() {
            self.remark(
                Level::Error,
                &format!("File not found: '{}'", file.display()),
            );
            return Ok(Done::default());
        }
        let program = Program {
            words: vec!["node".to_owned(), file.to_string_lossy().into_owned()],
            folder: self.folders.workspace.clone(),
            environment,
            timeout: node.timeout,
            input: None,
        };
        let done = self.launch(program).await?;
        let states = self.states.entry(node.key.to_owned()).or_default();
        for (name, value) in &done.states {
            states.retain(|(known, _)| known != name);
            states.push((name.clone(), value.clone()));
        }
        Ok(done)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all that a composite action takes from its step"
    )]
    async fn composite(
        &mut self,
        frame: &Frame,
        env: &BTreeMap<String, String>,
        using: &Using<'_>,
        action: &Action,
        steps: &[Step],
        place: ActionPlace,
        inputs: Vec<(String, String)>,
    ) -> Result<Done, RunError> {
        if frame.depth >= MAX_DEPTH {
            self.remark(
                Level::Error,
                &format!("composite actions are nested deeper than {MAX_DEPTH}"),
            );
            return Ok(Done::default());
        }
        let mut own_env = env.clone();
        own_env.retain(|name, value| self.env.get(name) != Some(value));
        let mut inner = Frame {
            key: using.key.clone(),
            steps: Map::new(),
            inputs: Some(
                inputs
                    .into_iter()
                    .map(|(name, value)| (name, Value::String(value)))
                    .collect(),
            ),
            action: Some(place),
            env: own_env,
            status: frame.status,
            depth: frame.depth + 1,
        };
        for (number, step) in steps.iter().enumerate() {
            Box::pin(self.step(&mut inner, step, number)).await?;
        }
        let mut done = Done {
            is_success: inner.status == hallpass_workflow::Status::Success,
            is_cancelled: *self.cancel.borrow(),
            ..Done::default()
        };
        // A step that runs with `always()` after a failure starts with it, and does not fail by it.
        done.is_success |= inner.status == frame.status && !done.is_cancelled;
        let env = self.frame_env(&inner);
        for (name, value) in &action.outputs {
            match self.scoped(&inner, &env, |scope| fill_text(value, scope)) {
                Ok(value) => done.outputs.push((name.clone(), value)),
                Err(error) => return Ok(self.fault(&error)),
            }
        }
        Ok(done)
    }

    /// The `pre` programs of all actions, before the first step. Actions of the workspace have none.
    pub(crate) async fn pre(
        &mut self,
        frame: &mut Frame,
        steps: &[Step],
        reports: &mut Vec<StepReport>,
    ) -> Result<(), RunError> {
        for (number, step) in steps.iter().enumerate() {
            let StepWork::Uses { uses, with } = &step.work else {
                continue;
            };
            if matches!(uses, Use::Local(_) | Use::Docker(_)) {
                continue;
            }
            let Found::Action(action, place) =
                find(uses, &self.folders.workspace, self.run.actions.as_deref())
            else {
                continue;
            };
            let key = format!("{}/{number}", frame.key);
            match &action.runs {
                ActionRuns::Composite(steps) if frame.depth < MAX_DEPTH => {
                    let mut inner = Frame {
                        key,
                        depth: frame.depth + 1,
                        action: Some(place),
                        ..frame.clone()
                    };
                    Box::pin(self.pre(&mut inner, steps, reports)).await?;
                    frame.status = inner.status;
                }
                ActionRuns::JavaScript(script) => {
                    if let Some(pre) = &script.pre {
                        let using = Using {
                            uses,
                            with,
                            key,
                            id: step.id.as_deref(),
                            timeout: None,
                        };
                        let report = self
                            .pre_step(frame, &using, &action, script, pre, &place)
                            .await?;
                        reports.extend(report);
                    }
                }
                ActionRuns::Composite(_) | ActionRuns::Docker => {}
            }
        }
        Ok(())
    }

    async fn pre_step(
        &mut self,
        frame: &mut Frame,
        using: &Using<'_>,
        action: &Action,
        script: &JavaScript,
        pre: &str,
        place: &ActionPlace,
    ) -> Result<Option<StepReport>, RunError> {
        let env = self.frame_env(frame);
        let runs = self.scoped(frame, &env, |scope| {
            holds(Some(&script.pre_condition), scope)
        });
        if runs == Ok(false) {
            return Ok(None);
        }
        let name = format!("Pre Run {}", using.uses);
        self.listener.step_begins(&name);
        let given = self
            .mapping(frame, &env, using.with)
            .and_then(|given| self.inputs(frame, &env, action, &given));
        let done = match (runs, given) {
            (Ok(_), Ok(inputs)) => {
                let node = Node {
                    script: pre,
                    place,
                    inputs: &inputs,
                    id: &action_id(using),
                    key: &using.key,
                    timeout: None,
                };
                self.node(&env, &node).await?
            }
            (Err(error), _) | (_, Err(error)) => self.fault(&error),
        };
        let outcome = if done.is_success {
            Conclusion::Success
        } else {
            Conclusion::Failure
        };
        frame.end_step(None, &[], outcome, outcome);
        self.listener.step_ends(&name, outcome, outcome);
        Ok(Some(report(name, outcome)))
    }

    /// What is left to do, the last first.
    pub(crate) async fn post(
        &mut self,
        frame: &mut Frame,
        reports: &mut Vec<StepReport>,
    ) -> Result<(), RunError> {
        while let Some(post) = self.posts.pop() {
            let mut own = post.frame.clone();
            own.status = frame.status;
            // What steps have set since is seen as well.
            let mut env = self.frame_env(&own);
            for (name, value) in &post.env {
                env.entry(name.clone()).or_insert_with(|| value.clone());
            }
            let runs = self.scoped(&own, &env, |scope| holds(Some(&post.condition), scope));
            if runs == Ok(false) {
                continue;
            }
            self.listener.step_begins(&post.name);
            // Cleaning up goes on when the run is cancelled.
            let cancel = std::mem::replace(&mut self.cancel, tokio::sync::watch::channel(false).1);
            let done = match (&runs, &post.work) {
                (Err(error), _) => Ok(self.fault(error)),
                (Ok(_), PostWork::LogOut(hosts)) => self.log_out(&env, hosts).await,
                (
                    Ok(_),
                    PostWork::Node {
                        script,
                        place,
                        inputs,
                        id,
                    },
                ) => {
                    let node = Node {
                        script,
                        place,
                        inputs,
                        id,
                        key: &post.key,
                        timeout: Some(POST_TIME),
                    };
                    self.node(&env, &node).await
                }
            };
            self.cancel = cancel;
            let outcome = if done?.is_success {
                Conclusion::Success
            } else {
                Conclusion::Failure
            };
            frame.end_step(None, &[], outcome, outcome);
            self.listener.step_ends(&post.name, outcome, outcome);
            reports.push(report(post.name, outcome));
        }
        Ok(())
    }

    async fn log_out(
        &mut self,
        env: &BTreeMap<String, String>,
        hosts: &[String],
    ) -> Result<Done, RunError> {
        let mut whole = Done::success();
        for host in hosts {
            self.show(&format!("Logging out of registry {host}"));
            let program = Program {
                words: vec!["docker".to_owned(), "logout".to_owned(), host.clone()],
                folder: self.folders.workspace.clone(),
                environment: self.process_env(env),
                timeout: Some(POST_TIME),
                input: None,
            };
            whole.is_success &= self.launch(program).await?.is_success;
        }
        Ok(whole)
    }
}

/// One program of a JavaScript action.
struct Node<'a> {
    script: &'a str,
    place: &'a ActionPlace,
    inputs: &'a [(String, String)],
    id: &'a str,
    key: &'a str,
    timeout: Option<Duration>,
}

fn report(name: String, outcome: Conclusion) -> StepReport {
    StepReport {
        name,
        outcome,
        conclusion: outcome,
        is_built_in: false,
    }
}

/// `GITHUB_ACTION`: the step's ID, or one of the action's name.
fn action_id(using: &Using<'_>) -> String {
    using.id.map_or_else(
        || {
            let name = using.uses.to_string();
            let name = name.split('@').next().unwrap_or_default();
            format!(
                "__{}",
                name.trim_start_matches("./").replace(['/', '.', '-'], "_")
            )
        },
        str::to_owned,
    )
}

// GitHub's own bound.
const MAX_DEPTH: usize = 10;
const POST_TIME: Duration = Duration::from_mins(10);
