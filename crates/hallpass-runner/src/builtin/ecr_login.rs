//! The equivalent of aws-actions/amazon-ecr-login: a password of ECR's, and docker logged in with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::account::{ambient, ecr, message};
use super::{BuiltInDone, Call};
use crate::error::RunError;
use crate::listener::Level;
use crate::runner::{Done, Program, Runner};

pub(super) async fn run(runner: &mut Runner<'_>, call: &Call<'_>) -> Result<BuiltInDone, RunError> {
    let mut hosts = Vec::new();
    let logins = match logins(runner, call).await {
        Ok(logins) => logins,
        Err(reason) => {
            runner.remark(Level::Error, &reason);
            return Ok(BuiltInDone::default());
        }
    };
    let mut done = Done::success();
    if let [only] = logins.as_slice() {
        done.outputs
            .push(("registry".to_owned(), only.host.clone()));
    }
    for login in &logins {
        runner.show(&format!("Logging into registry {}", login.host));
        let program = Program {
            words: [
                "docker",
                "login",
                "--username",
                &login.user,
                "--password-stdin",
                &login.endpoint,
            ]
            .map(str::to_owned)
            .to_vec(),
            folder: runner.folders.workspace.clone(),
            environment: environment(call),
            timeout: None,
            input: Some(login.password.clone()),
        };
        if !runner.launch(program).await?.is_success {
            runner.remark(
                Level::Error,
                &format!("Could not login to registry {}", login.host),
            );
            return Ok(BuiltInDone::default());
        }
        let suffix = suffix(&login.host);
        done.outputs
            .push((format!("docker_username_{suffix}"), login.user.clone()));
        done.outputs
            .push((format!("docker_password_{suffix}"), login.password.clone()));
        hosts.push(login.host.clone());
    }
    let skips = call.flag("skip-logout", false);
    Ok(BuiltInDone {
        done,
        log_out: (!skips).then_some(hosts),
    })
}

struct Login {
    endpoint: String,
    host: String,
    user: String,
    password: String,
}

async fn logins(runner: &mut Runner<'_>, call: &Call<'_>) -> Result<Vec<Login>, String> {
    if call
        .input("registry-type")
        .is_some_and(|kind| kind != "private")
    {
        return Err(
            "Invalid input for 'registry-type': the lab has private registries only".to_owned(),
        );
    }
    let region = call
        .variable("AWS_REGION")
        .or_else(|| call.variable("AWS_DEFAULT_REGION"))
        .ok_or("Region is missing")?
        .to_owned();
    let credentials = ambient(&call.environment, &region).await?;
    let mut request = ecr(&call.environment, &region, credentials).get_authorization_token();
    for id in call
        .input("registries")
        .into_iter()
        .flat_map(|list| list.split(','))
    {
        #[expect(
            deprecated,
            reason = "the action's own input, for registries of other accounts"
        )]
        {
            request = request.registry_ids(id.trim());
        }
    }
    let answer = request.send().await.map_err(|error| message(&error))?;
    let mut logins = Vec::new();
    for data in answer.authorization_data() {
        let token = data.authorization_token().unwrap_or_default();
        let decoded = STANDARD.decode(token).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let Some((user, password)) = decoded.split_once(':') else {
            return Err("Could not retrieve an authorization token from Amazon ECR".to_owned());
        };
        let endpoint = data.proxy_endpoint().unwrap_or_default();
        if call.flag("mask-password", true) {
            runner.masks.add(password);
            runner.masks.add(token);
        }
        logins.push(Login {
            endpoint: endpoint.to_owned(),
            host: endpoint
                .trim_start_matches("https://")
                .trim_start_matches("http://")
                .to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
        });
    }
    if logins.is_empty() {
        return Err("Amazon ECR authorization token returned no authorization data".to_owned());
    }
    Ok(logins)
}

fn environment(call: &Call<'_>) -> BTreeMap<String, String> {
    call.environment.clone()
}

/// What the action makes of a host's name for its outputs.
fn suffix(host: &str) -> String {
    let mut suffix = String::new();
    for letter in host.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            suffix.push(letter);
        } else if !suffix.ends_with('_') {
            suffix.push('_');
        }
    }
    suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_as_the_actions() {
        assert_eq!(
            suffix("111122223333.dkr.ecr.us-west-2.amazonaws.com"),
            "111122223333_dkr_ecr_us_west_2_amazonaws_com"
        );
    }
}
