//! Which operation a path and a method name.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::secrets::Holder;
use super::{
    accounts, contents, environments, git_data, oidc, organization_secrets, pulls, repositories,
    secrets, variables, workflows,
};
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::permissions::{READ, WRITE};
use crate::github::scopes;
use crate::store::records::GithubRepository;

/// Answers a call.
pub(in crate::github) async fn answer(
    call: &Call<'_>,
    path: &[&str],
) -> Result<Answer, GithubError> {
    match path {
        [""] => Ok(Answer::ok(json!({
            "current_user_url": format!("{}/user", call.base),
            "repository_url": format!("{}/repos/{{owner}}/{{repo}}", call.base),
        }))),
        [
            "enterprises",
            slug,
            "actions",
            "oidc",
            "customization",
            "issuer",
        ] => oidc::of_enterprise(call, slug).await,
        ["orgs", login, "actions", rest @ ..] => of_organization(call, login, rest).await,
        ["repos", owner, name, rest @ ..] => of_repository(call, (owner, name), rest).await,
        _ => accounts::answer(call, path).await,
    }
}

async fn of_organization(
    call: &Call<'_>,
    login: &str,
    path: &[&str],
) -> Result<Answer, GithubError> {
    let owner = call.organization(login)?;
    let holder = Holder {
        scope: scopes::of_organization(owner.id),
        url: format!("{}/orgs/{}/actions", call.base, owner.login),
        organization: Some(Arc::clone(&owner)),
    };
    match path {
        ["oidc", "customization", "sub"] => oidc::of_organization(call, &owner).await,
        ["secrets", name, "repositories", rest @ ..] => {
            organization_secrets::secret(call, &holder, name, rest).await
        }
        ["secrets", rest @ ..] => secrets::answer(call, &holder, rest).await,
        ["variables", name, "repositories", rest @ ..] => {
            organization_secrets::variable(call, &holder, name, rest).await
        }
        ["variables", rest @ ..] => variables::answer(call, &holder, rest).await,
        _ => Err(GithubError::not_found()),
    }
}

async fn of_repository(
    call: &Call<'_>,
    name: (&str, &str),
    path: &[&str],
) -> Result<Answer, GithubError> {
    let level = if call.method == Method::GET {
        READ
    } else {
        WRITE
    };
    let allowed = |scope| call.repository(name, scope, level);
    match path {
        [] => repositories::answer(call, name).await,
        ["actions", "oidc", "customization", "sub"] => {
            oidc::of_repository(call, &*allowed("actions")?).await
        }
        ["actions", "secrets", rest @ ..] => {
            let repository = allowed("secrets")?;
            secrets::answer(call, &held_by(call, &repository), rest).await
        }
        ["actions", "variables", rest @ ..] => {
            let repository = allowed("variables")?;
            variables::answer(call, &held_by(call, &repository), rest).await
        }
        ["actions", "organization-secrets"] => {
            organization_secrets::secrets_for(call, &*allowed("secrets")?)
        }
        ["actions", "organization-variables"] => {
            organization_secrets::variables_for(call, &*allowed("variables")?)
        }
        ["actions", "workflows", rest @ ..] => workflows::answer(call, &*allowed("actions")?, rest),
        ["environments", rest @ ..] => environments::answer(call, name, level, rest).await,
        ["contents", rest @ ..] => {
            let path = rest.join("/");
            contents::answer(call, &*allowed("contents")?, path.trim_matches('/')).await
        }
        ["branches" | "commits" | "git", ..] => {
            git_data::answer(call, &*allowed("contents")?, path).await
        }
        ["pulls", rest @ ..] => pulls::answer(call, &*allowed("pull-requests")?, rest).await,
        _ => Err(GithubError::not_found()),
    }
}

fn held_by(call: &Call<'_>, repository: &GithubRepository) -> Holder {
    Holder {
        scope: scopes::of_repository(repository.id),
        url: format!("{}/repos/{}/actions", call.base, repository.full_name()),
        organization: None,
    }
}
