//! The lab's GitHub: a job is started there, which gives its tokens, secrets and variables, and is ended.

use std::collections::BTreeMap;

use hallpass_workflow::Permissions;
use serde_json::{Map, Value, json};

use crate::error::RunError;
use crate::lab::{Answer, Lab, no};

/// What a job is told of.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) repository: &'a str,
    pub(crate) event: &'a str,
    pub(crate) git_ref: &'a str,
    pub(crate) sha: &'a str,
    pub(crate) environment: Option<&'a str>,
    pub(crate) workflow: &'a str,
    pub(crate) workflow_file: &'a str,
    pub(crate) job: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) is_github_hosted: bool,
    pub(crate) permissions: Option<&'a Permissions>,
    pub(crate) reusable_workflow: Option<String>,
    pub(crate) run: Option<&'a Value>,
}

/// A job that the lab's GitHub has started.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    id: Option<u64>,
    pub(crate) run: Option<Value>,
    pub(crate) token: Option<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Started {
    /// Starts a job.
    pub(crate) async fn start(lab: &Lab, wish: &Wish<'_>) -> Result<Self, RunError> {
        let body = body(wish);
        let answer = match lab
            .control("job on its GitHub", "github/jobs", Some(&body))
            .await?
        {
            Answer::Done(answer) => answer,
            Answer::Missing(reason) | Answer::Refused(reason) => {
                return Err(no("job on its GitHub", reason));
            }
        };
        let texts = |name: &str| -> BTreeMap<String, String> {
            answer
                .get(name)
                .cloned()
                .and_then(|texts| serde_json::from_value(texts).ok())
                .unwrap_or_default()
        };
        Ok(Self {
            id: answer.get("id").and_then(Value::as_u64),
            run: answer.get("run").cloned(),
            token: answer
                .get("githubToken")
                .and_then(Value::as_str)
                .map(str::to_owned),
            variables: texts("variables"),
            secrets: texts("secrets"),
            environment: texts("environmentVariables"),
        })
    }

    /// Ends the job: its tokens are worth nothing from here on.
    pub(crate) async fn end(&self, lab: &Lab) {
        if let Some(id) = self.id {
            let path = format!("github/jobs/{id}/end");
            let _ = lab.control("end of the job", &path, Some(&json!({}))).await;
        }
    }
}

fn body(wish: &Wish<'_>) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("repository", Some(json!(wish.repository)));
    put("event", Some(json!(wish.event)));
    put("ref", Some(json!(wish.git_ref)));
    put("sha", Some(json!(wish.sha)));
    put("environment", wish.environment.map(|name| json!(name)));
    put("workflow", Some(json!(wish.workflow)));
    put("workflowFile", Some(json!(wish.workflow_file)));
    put("job", Some(json!(wish.job)));
    put("actor", Some(json!(wish.actor)));
    let runner = if wish.is_github_hosted {
        "github-hosted"
    } else {
        "self-hosted"
    };
    put("runner", Some(json!(runner)));
    put("permissions", wish.permissions.map(permissions));
    put(
        "reusableWorkflow",
        wish.reusable_workflow.as_ref().map(|file| json!(file)),
    );
    put("run", wish.run.cloned());
    Value::Object(body)
}

fn permissions(permissions: &Permissions) -> Value {
    match permissions {
        Permissions::ReadAll => json!("read-all"),
        Permissions::WriteAll => json!("write-all"),
        Permissions::Named(scopes) => scopes
            .iter()
            .map(|(scope, level)| (scope.clone(), json!(level)))
            .collect::<Map<_, _>>()
            .into(),
    }
}
