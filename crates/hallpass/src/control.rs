//! Talking to a running lab over its control interface.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hallpass_lab::Description;
use serde_json::Value;

/// A running lab, as its folder describes it.
#[derive(Debug)]
pub(crate) struct RunningLab {
    /// Where it listens.
    pub(crate) description: Description,
    client: reqwest::Client,
}

/// Why a running lab could not be asked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum ControlError {
    /// No lab runs in the folder.
    #[error("no lab is running in `{}`", folder.display())]
    #[diagnostic(
        code("lab/not-running"),
        help("start it with `hallpass lab start`, or name its folder with `--dir`")
    )]
    NotRunning {
        /// The folder.
        folder: PathBuf,
    },
    /// The lab refused.
    #[error("the lab refused: {message}")]
    #[diagnostic(
        code("lab/refused"),
        help("`hallpass lab status` shows what the lab holds")
    )]
    Refused {
        /// What it said.
        message: String,
    },
    /// The lab did not answer as expected.
    #[error("the lab did not answer")]
    #[diagnostic(
        code("lab/no-answer"),
        help(
            "`hallpass lab stop`, then `hallpass lab start`; nothing that was acknowledged is lost"
        )
    )]
    NoAnswer {
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The folder could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Folder(#[from] hallpass_lab::LabError),
}

impl RunningLab {
    /// Finds the lab of a folder. A description that a killed lab has left behind counts for nothing.
    pub(crate) async fn find(folder: &Path) -> Result<Self, ControlError> {
        let not_running = || ControlError::NotRunning {
            folder: folder.to_owned(),
        };
        let description = Description::read(folder)?.ok_or_else(not_running)?;
        let client = reqwest::Client::builder()
            // Loopback: an environment's proxy must never see the control token.
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(|source| ControlError::NoAnswer { source })?;
        let lab = Self {
            description,
            client,
        };
        match lab.get("status").await {
            Ok(_) => Ok(lab),
            Err(_) => Err(not_running()),
        }
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, ControlError> {
        self.send(self.client.get(self.url(path))).await
    }

    /// Asks for a change.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, ControlError> {
        self.send(self.client.post(self.url(path)).json(body)).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/_hallpass/{path}", self.description.aws)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, ControlError> {
        let answer = async {
            let response = request
                .bearer_auth(self.description.control_token.expose())
                .send()
                .await?;
            let is_success = response.status().is_success();
            Ok::<_, reqwest::Error>((is_success, response.json::<Value>().await?))
        };
        let (is_success, body) = answer
            .await
            .map_err(|source| ControlError::NoAnswer { source })?;
        if is_success {
            return Ok(body);
        }
        let message = body
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("no reason given");
        Err(ControlError::Refused {
            message: message.to_owned(),
        })
    }
}

// The lab answers within milliseconds; a machine under load may take its time.
const PATIENCE: Duration = Duration::from_secs(10);
