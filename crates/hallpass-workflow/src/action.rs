//! Reading an `action.yml`.
//!
//! Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>.

use github_actions_models::action;
use serde_json::Value;

use crate::error::{Subject, WorkflowError};
use crate::expression::text_of;
use crate::model::{Step, StepWork};
use crate::workflow::{
    check_step, condition, first_line, mapping, read_yaml, spell_out_steps, text_of_flag,
    text_of_text, use_of,
};

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name.
    pub name: Option<String>,
    /// Its inputs.
    pub inputs: Vec<ActionInput>,
    /// The outputs of a composite action, to be filled in.
    pub outputs: Vec<(String, String)>,
    /// How it runs.
    pub runs: ActionRuns,
}

/// An input of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionInput {
    /// Its name.
    pub name: String,
    /// What it is unless it is given, to be filled in.
    pub default: Option<String>,
    /// Whether it must be given.
    pub is_required: bool,
}

/// How an action runs.
#[derive(Clone, Debug)]
pub enum ActionRuns {
    /// Steps of its own.
    Composite(Vec<Step>),
    /// A container.
    Docker,
    /// Node.
    JavaScript(JavaScript),
}

/// The programs of a JavaScript action, relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JavaScript {
    /// `node20`, `node24`.
    pub using: String,
    /// Before all steps.
    pub pre: Option<String>,
    /// Whether `pre` runs.
    pub pre_condition: String,
    /// The step itself.
    pub main: String,
    /// After all steps.
    pub post: Option<String>,
    /// Whether `post` runs.
    pub post_condition: String,
}

impl Action {
    /// Reads an action; `name` is the file's, for errors.
    pub fn parse(name: &str, text: &str) -> Result<Self, WorkflowError> {
        let unreadable = |reason: String| WorkflowError::Unreadable {
            subject: Subject::Action,
            name: name.to_owned(),
            reason,
        };
        if text.len() > MAX_ACTION {
            return Err(unreadable(format!("it is larger than {MAX_ACTION} bytes")));
        }
        let mut tree: Value = read_yaml(text).map_err(unreadable)?;
        check(&tree).map_err(unreadable)?;
        spell_out(&mut tree);
        let model: action::Action =
            serde_json::from_value(tree).map_err(|error| unreadable(first_line(&error)))?;
        Ok(Self {
            name: model.name,
            inputs: model
                .inputs
                .into_iter()
                .map(|(name, input)| ActionInput {
                    name,
                    default: input.default,
                    is_required: input.required.unwrap_or_default(),
                })
                .collect(),
            outputs: model
                .outputs
                .into_iter()
                .filter_map(|(name, output)| Some((name, output.value?)))
                .collect(),
            runs: runs(model.runs),
        })
    }
}

fn check(tree: &Value) -> Result<(), String> {
    let runs = tree.get("runs").ok_or("it has no `runs:`")?;
    let using = runs
        .get("using")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if using.starts_with("node") {
        return match runs.get("main").and_then(Value::as_str) {
            Some(_) => Ok(()),
            None => Err(format!("it is for {using}, and has no `main:`")),
        };
    }
    match using {
        "docker" => Ok(()),
        "composite" => {
            let steps = runs
                .get("steps")
                .and_then(Value::as_array)
                .ok_or("it is composite, and has no `steps:`")?;
            for (at, step) in steps.iter().enumerate() {
                check_step(step).map_err(|why| format!("step {} {why}", at + 1))?;
                if step.get("run").is_some() && step.get("shell").is_none() {
                    return Err(format!(
                        "step {} has no `shell:`, which a composite action's must have",
                        at + 1
                    ));
                }
            }
            Ok(())
        }
        _ => Err(format!(
            "it runs with `{using}`, where node12 to node24, composite and docker are known"
        )),
    }
}

/// Defaults and outputs are texts, and authors write `true` and `3600`.
fn spell_out(tree: &mut Value) {
    if let Some(runs) = tree.get_mut("runs") {
        spell_out_steps(runs);
    }
    for (list, member) in [("inputs", "default"), ("outputs", "value")] {
        let Some(entries) = tree.get_mut(list).and_then(Value::as_object_mut) else {
            continue;
        };
        for entry in entries.values_mut() {
            if entry.is_null() {
                *entry = Value::Object(serde_json::Map::new());
            }
            if let Some(value) = entry.get_mut(member)
                && !value.is_null()
            {
                *value = Value::String(text_of(value));
            }
            if let Some(required) = entry.get_mut("required")
                && let Some(text) = required.as_str()
            {
                *required = Value::Bool(text.eq_ignore_ascii_case("true"));
            }
        }
    }
}

fn runs(runs: action::Runs) -> ActionRuns {
    let always = || "always()".to_owned();
    match runs {
        action::Runs::JavaScript(model) => ActionRuns::JavaScript(JavaScript {
            using: model.using,
            pre: model.pre,
            pre_condition: model.pre_if.as_ref().map_or_else(always, condition),
            main: model.main,
            post: model.post,
            post_condition: model.post_if.as_ref().map_or_else(always, condition),
        }),
        action::Runs::Composite(model) => {
            ActionRuns::Composite(model.steps.into_iter().map(step_of).collect())
        }
        action::Runs::Docker(_) => ActionRuns::Docker,
    }
}

fn step_of(model: action::Step) -> Step {
    Step {
        id: model.id,
        name: model.name,
        condition: model.r#if.as_ref().map(condition),
        env: mapping(model.env),
        continue_on_error: text_of_flag(model.continue_on_error),
        timeout: None,
        work: match model.body {
            action::StepBody::Uses { uses, with } => StepWork::Uses {
                uses: use_of(&uses),
                with: mapping(with),
            },
            action::StepBody::Run {
                run,
                shell,
                working_directory,
            } => StepWork::Run {
                script: run,
                shell: Some(text_of_text(shell)),
                working_directory,
            },
        },
    }
}

const MAX_ACTION: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_authors_write() {
        let action = Action::parse(
            "action.yml",
            "inputs:\n  a: { default: true }\n  b: { required: 'true', default: 1 }\n  c:\nruns: { using: node24, main: dist/index.js, post: dist/post.js, post-if: success() }\n",
        )
        .unwrap();
        let inputs: Vec<_> = action
            .inputs
            .iter()
            .map(|input| {
                (
                    input.name.as_str(),
                    input.default.as_deref(),
                    input.is_required,
                )
            })
            .collect();
        assert_eq!(
            inputs,
            [
                ("a", Some("true"), false),
                ("b", Some("1"), true),
                ("c", None, false)
            ]
        );
        let ActionRuns::JavaScript(script) = action.runs else {
            panic!("a JavaScript action");
        };
        assert_eq!(script.pre_condition, "always()");
        assert_eq!(script.post_condition, "success()");
    }

    #[test]
    fn says_what_is_wrong_with_an_action() {
        for (text, says) in [
            ("name: x", "no `runs:`"),
            ("runs: { using: node24 }", "no `main:`"),
            ("runs: { using: ruby }", "runs with `ruby`"),
            (
                "runs: { using: composite, steps: [{ run: a }] }",
                "step 1 has no `shell:`",
            ),
            (
                "runs: { using: composite, steps: [{ uses: a }] }",
                "step 1 is wrong",
            ),
            ("[", ""),
        ] {
            let error = Action::parse("action.yml", text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
