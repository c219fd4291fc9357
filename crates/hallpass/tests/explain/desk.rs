//! A folder with policies, in which `hallpass explain` runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

pub(crate) const GITHUB: &str = "token.actions.githubusercontent.com";
pub(crate) const CLUSTER: &str = "oidc.eks.us-west-2.amazonaws.com/id/AB12";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
pub(crate) const REPOSITORY: &str = "arn:aws:ecr:us-west-2:111122223333:repository/app";

/// A folder with policies, in which the command runs.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a policy of these statements.
    pub(crate) fn policy(self, name: &str, statements: &Value) -> Self {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let text = serde_json::to_string_pretty(&document).unwrap();
        self.file(name, &text)
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    /// Copies a policy of the examples.
    pub(crate) fn example(self, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/policies");
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        self.file(name, &text)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(PathBuf::from(env!("CARGO_BIN_EXE_hallpass")))
            .arg("explain")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .output()
            .unwrap()
    }

    /// What is printed, and the exit status.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        format!("{text}[exit {}]", output.status.code().unwrap())
    }

    /// Asks of a push by the role.
    pub(crate) fn push(&self, policies: &[&str]) -> String {
        let asked = ["--who", ROLE, "--can", "ecr:PutImage", "--on", REPOSITORY];
        self.says(&[&asked[..], policies].concat())
    }
}

pub(crate) fn trusting(issuer: &str, conditions: &Value) -> Value {
    json!([{
        "Sid": "One", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Condition": conditions,
    }])
}

pub(crate) fn runner() -> Value {
    trusting(
        CLUSTER,
        &json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:actions:runner",
        } }),
    )
}

pub(crate) fn main_branch() -> Value {
    trusting(
        GITHUB,
        &json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme/app:ref:refs/heads/main",
        } }),
    )
}

pub(crate) fn allow(action: &str, resource: &str) -> Value {
    json!([{ "Effect": "Allow", "Action": action, "Resource": resource }])
}
