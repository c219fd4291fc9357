//! The equivalent of aws-actions/configure-aws-credentials: stored keys, OpenID Connect, what the runner has by
//! itself, and a role on top of any of them.
//!
//! Inputs, outputs, variables and messages are the action's (its `action.yml` and README, v6).

use aws_credential_types::Credentials;
use aws_sdk_sts::types::Tag;
use serde_json::Value;

use super::Call;
use super::account::{ambient, credentials_of, message, sts, token_file};
use crate::listener::Level;
use crate::runner::{Done, Runner};

pub(super) async fn run(runner: &mut Runner<'_>, call: &Call<'_>) -> Done {
    match configure(runner, call).await {
        Ok(outputs) => Done {
            outputs,
            ..Done::success()
        },
        Err(message) => {
            runner.remark(Level::Error, &message);
            Done::default()
        }
    }
}

type Outputs = Vec<(String, String)>;

async fn configure(runner: &mut Runner<'_>, call: &Call<'_>) -> Result<Outputs, String> {
    let region = call
        .input("aws-region")
        .ok_or("Input required and not supplied: aws-region")?
        .to_owned();
    if !is_region(&region) {
        return Err(format!("Region is not valid: {region}"));
    }
    export(runner, "AWS_DEFAULT_REGION", &region);
    export(runner, "AWS_REGION", &region);
    let mut call = Call {
        inputs: call.inputs,
        environment: call.environment.clone(),
        uses: call.uses,
    };
    if call.flag("unset-current-credentials", false) {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ] {
            call.environment.remove(name);
            runner.env.remove(name);
        }
    }
    let role = call.input("role-to-assume").map(str::to_owned);
    let has_key = call.input("aws-access-key-id").is_some();
    let is_chaining = call.flag("role-chaining", false);
    let file = call.input("web-identity-token-file").map(str::to_owned);
    let by_oidc = role.is_some()
        && call.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN").is_some()
        && !has_key
        && file.is_none()
        && !is_chaining;
    if role.is_some() && !by_oidc && !has_key && file.is_none() && !is_chaining {
        runner.show("It looks like you might be trying to authenticate with OIDC. Did you mean to set the `id-token` permission? If you are not trying to authenticate with OIDC and the action is working successfully, you can ignore this message.");
    }
    let source = if by_oidc || file.is_some() {
        None
    } else {
        Some(source(runner, &call, &region).await?)
    };
    // What the environment has by itself is left where it is.
    let exports = role.is_some() || has_key;
    let credentials = match (role, source) {
        (Some(role), source) => {
            let role = whole_arn(&call, &role, &region, source.as_ref()).await?;
            let token = match &file {
                Some(file) => Some(token_file(file)?),
                None if by_oidc => Some(id_token(runner, &call).await?),
                None => None,
            };
            assume(&call, &region, &role, source, token).await?
        }
        (None, Some(source)) => source,
        (None, None) => return Err("Input required and not supplied: role-to-assume".to_owned()),
    };
    finish(runner, &call, &region, &credentials, exports).await
}

/// What the action starts from: the key of its inputs, or what the environment has.
async fn source(
    runner: &mut Runner<'_>,
    call: &Call<'_>,
    region: &str,
) -> Result<Credentials, String> {
    let Some(id) = call.input("aws-access-key-id") else {
        return ambient(&call.environment, region).await.map_err(|error| {
            format!("Credentials could not be loaded, please check your action inputs: {error}")
        });
    };
    let secret = call
        .input("aws-secret-access-key")
        .ok_or("'aws-secret-access-key' must be provided if 'aws-access-key-id' is provided")?;
    let token = call.input("aws-session-token").map(str::to_owned);
    for value in [Some(id), Some(secret), token.as_deref()]
        .into_iter()
        .flatten()
    {
        runner.masks.add(value);
    }
    Ok(Credentials::new(id, secret, token, None, "inputs"))
}

/// A role may be given by its name, where the account is known.
async fn whole_arn(
    call: &Call<'_>,
    role: &str,
    region: &str,
    source: Option<&Credentials>,
) -> Result<String, String> {
    if role.starts_with("arn:") {
        return Ok(role.to_owned());
    }
    let Some(source) = source else {
        return Err(format!(
            "Source Account ID is needed if the Role Name is provided and not the Role Arn: `{role}`"
        ));
    };
    let identity = sts(&call.environment, region, Some(source.clone()))
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| message(&error))?;
    let account = identity.account().unwrap_or_default();
    let partition = identity
        .arn()
        .and_then(|arn| arn.split(':').nth(1))
        .unwrap_or("aws");
    Ok(format!("arn:{partition}:iam::{account}:role/{role}"))
}

/// The job's own token.
async fn id_token(runner: &mut Runner<'_>, call: &Call<'_>) -> Result<String, String> {
    let audience = call.input("audience").unwrap_or("sts.amazonaws.com");
    let fault = |reason: String| format!("getIDToken call failed: {reason}");
    let (Some(url), Some(bearer)) = (
        call.variable("ACTIONS_ID_TOKEN_REQUEST_URL"),
        call.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ) else {
        return Err(fault(
            "Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable".to_owned(),
        ));
    };
    let audience: String = audience
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let answer = runner
        .lab
        .client()
        .get(format!("{url}&audience={audience}"))
        .bearer_auth(bearer)
        .send()
        .await
        .map_err(|error| fault(crate::lab::chain(&error)))?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    let token = body.get("value").and_then(Value::as_str).ok_or_else(|| {
        fault(format!(
            "Failed to get ID Token. Error Code: {}",
            status.as_u16()
        ))
    })?;
    runner.masks.add(token);
    Ok(token.to_owned())
}

async fn assume(
    call: &Call<'_>,
    region: &str,
    role: &str,
    source: Option<Credentials>,
    token: Option<String>,
) -> Result<Credentials, String> {
    let is_chaining = call.flag("role-chaining", false);
    // A chained session lasts an hour at most, and the others by default.
    let seconds = match call.input("role-duration-seconds") {
        Some(text) => text
            .parse()
            .map_err(|_| format!("role-duration-seconds is a number of seconds, not `{text}`"))?,
        None => 3600,
    };
    let name = call.input("role-session-name").unwrap_or("GitHubActions");
    let policy = call.input("inline-session-policy").map(str::to_owned);
    let policies: Option<Vec<_>> = call.input("managed-session-policies").map(|list| {
        list.split([',', '\n'])
            .map(str::trim)
            .filter(|arn| !arn.is_empty())
            .map(|arn| {
                aws_sdk_sts::types::PolicyDescriptorType::builder()
                    .arn(arn)
                    .build()
            })
            .collect()
    });
    let credentials = if let Some(token) = token {
        let how = if call.input("web-identity-token-file").is_some() {
            "with web identity token file"
        } else {
            "with OIDC"
        };
        sts(&call.environment, region, None)
            .assume_role_with_web_identity()
            .role_arn(role)
            .role_session_name(name)
            .web_identity_token(token)
            .duration_seconds(seconds)
            .set_policy(policy)
            .set_policy_arns(policies)
            .send()
            .await
            .map_err(|error| format!("Could not assume role {how}: {}", message(&error)))?
            .credentials()
            .map(credentials_of)
    } else {
        let tags = (!call.flag("role-skip-session-tagging", false)).then(|| tags(call));
        sts(&call.environment, region, source)
            .assume_role()
            .role_arn(role)
            .role_session_name(name)
            .duration_seconds(seconds)
            .set_external_id(call.input("role-external-id").map(str::to_owned))
            .set_tags(tags)
            .set_policy(policy)
            .set_policy_arns(policies)
            .send()
            .await
            .map_err(|error| {
                let how = if is_chaining {
                    "with existing credentials"
                } else {
                    "with user credentials"
                };
                format!("Could not assume role {how}: {}", message(&error))
            })?
            .credentials()
            .map(credentials_of)
    };
    credentials.ok_or_else(|| "STS answered without credentials".to_owned())
}

/// What the action tells CloudTrail of the job.
fn tags(call: &Call<'_>) -> Vec<Tag> {
    let get = |name: &str| call.variable(name).unwrap_or_default().to_owned();
    let mut tags = vec![
        ("GitHub", "Actions".to_owned()),
        ("Repository", get("GITHUB_REPOSITORY")),
        ("Workflow", get("GITHUB_WORKFLOW")),
        (
            "Action",
            call.variable("GITHUB_ACTION")
                .unwrap_or("__aws-actions_configure-aws-credentials")
                .to_owned(),
        ),
        ("Actor", get("GITHUB_ACTOR").replace(['[', ']'], "_")),
        ("Commit", get("GITHUB_SHA")),
    ];
    if let Some(branch) = call.variable("GITHUB_REF") {
        tags.push(("Branch", branch.to_owned()));
    }
    tags.into_iter()
        .filter_map(|(key, value)| {
            let value: String = value
                .chars()
                .map(|letter| {
                    if letter.is_alphanumeric() || letter == ' ' || "_:/=+.-@".contains(letter) {
                        letter
                    } else {
                        '_'
                    }
                })
                .take(256)
                .collect();
            Tag::builder().key(key).value(value).build().ok()
        })
        .collect()
}

/// Exports the credentials and says whose they are.
async fn finish(
    runner: &mut Runner<'_>,
    call: &Call<'_>,
    region: &str,
    credentials: &Credentials,
    exports: bool,
) -> Result<Outputs, String> {
    let (id, secret, token) = (
        credentials.access_key_id(),
        credentials.secret_access_key(),
        credentials.session_token(),
    );
    for value in [Some(id), Some(secret), token].into_iter().flatten() {
        runner.masks.add(value);
    }
    let identity = sts(&call.environment, region, Some(credentials.clone()))
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| message(&error))?;
    let account = identity.account().unwrap_or_default().to_owned();
    let allowed: Vec<&str> = call
        .input("allowed-account-ids")
        .map(|list| list.split(',').map(str::trim).collect())
        .unwrap_or_default();
    if !allowed.is_empty() && !allowed.contains(&account.as_str()) {
        return Err(format!(
            "The account ID of the provided credentials is not in the list of allowed account IDs: {account}"
        ));
    }
    if call.flag("mask-aws-account-id", false) {
        runner.masks.add(&account);
    }
    if exports && call.flag("output-env-credentials", true) {
        export(runner, "AWS_ACCESS_KEY_ID", id);
        export(runner, "AWS_SECRET_ACCESS_KEY", secret);
        match token {
            Some(token) => export(runner, "AWS_SESSION_TOKEN", token),
            // A session's token left from before would spoil the key.
            None if call.variable("AWS_SESSION_TOKEN").is_some() => {
                export(runner, "AWS_SESSION_TOKEN", "");
            }
            None => {}
        }
    }
    let mut outputs = vec![("aws-account-id".to_owned(), account)];
    if let Some(arn) = identity.arn() {
        outputs.push(("authenticated-arn".to_owned(), arn.to_owned()));
        runner.show(&format!("Authenticated as {arn}"));
    }
    if call.flag("output-credentials", false) {
        outputs.push(("aws-access-key-id".to_owned(), id.to_owned()));
        outputs.push(("aws-secret-access-key".to_owned(), secret.to_owned()));
        outputs.extend(token.map(|token| ("aws-session-token".to_owned(), token.to_owned())));
    }
    Ok(outputs)
}

fn export(runner: &mut Runner<'_>, name: &str, value: &str) {
    runner.env.insert(name.to_owned(), value.to_owned());
}

fn is_region(region: &str) -> bool {
    region
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && region.split('-').count() >= 3
        && region.ends_with(|letter: char| letter.is_ascii_digit())
}
