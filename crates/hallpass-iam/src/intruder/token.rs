//! The claims of a token, and the condition keys that AWS makes of them.
//!
//! Sources: GitHub Docs, "OpenID Connect reference", OIDC token claims; GitLab Docs, "ID token
//! authentication", token payload; IAM User Guide, "IAM and AWS STS
//! condition context keys", available keys for AWS OIDC federation.

use serde_json::{Map, Value, json};

use super::wish::Wishes;
use crate::context::Context;
use crate::trust::{Family, Provider};

/// Whose a token is: the places that its subject names, and what of them is the policy's own.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) subject: String,
    pub(super) audience: String,
    /// The subject's places, such as organisation and repository.
    pub(super) places: Vec<String>,
    /// How many of the places, from the first, are the policy's own; one more where the job itself is.
    pub(super) own: usize,
    /// What follows the places.
    pub(super) context: String,
    /// GitHub's `job_workflow_ref`, where the policy's pattern for it is what is tried.
    pub(super) job_workflow: Option<String>,
}

impl Draft {
    /// The claims of the token. What a claim of the policy's own places says is taken from what the
    /// policy asks for; what strangers' claims say is theirs.
    pub(super) fn claims(&self, provider: &Provider<'_>, wishes: &Wishes) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert(
            "iss".to_owned(),
            json!(format!("https://{}", provider.name)),
        );
        claims.insert("aud".to_owned(), json!(self.audience));
        claims.insert("sub".to_owned(), json!(self.subject));
        let wish = |claim: &str| {
            let key = format!("{}:{claim}", provider.name);
            wishes.value(&key).map(str::to_owned)
        };
        match provider.family {
            Family::GitHub | Family::GitHubServer => claims.extend(self.github(&wish)),
            Family::Kubernetes | Family::Other => claims.extend(self.kubernetes()),
            Family::GitLab => claims.extend(self.gitlab(&wish)),
            Family::Application | Family::Buildkite | Family::CircleCi | Family::Terraform => {}
        }
        if !provider.family.is_github()
            && let Some(method) = wish("amr")
        {
            claims.insert("amr".to_owned(), json!([method]));
        }
        claims
    }

    fn github(&self, wish: &dyn Fn(&str) -> Option<String>) -> Map<String, Value> {
        let [owner, repository] = self.places.as_slice() else {
            return Map::new();
        };
        let (owner, owner_id) = name_and_id(owner);
        let (repository, repository_id) = name_and_id(repository);
        let of = |is_own: bool, claim: &str, stranger: &str| {
            let own = is_own.then(|| wish(claim)).flatten();
            own.unwrap_or_else(|| stranger.to_owned())
        };
        let is_own_owner = self.own > 0;
        let is_own_repository = self.own > 1;
        let is_own_job = self.own > 2;
        let full = format!("{owner}/{repository}");
        let environment = self.context.strip_prefix("environment:");
        let git_ref = match self.context.strip_prefix("ref:") {
            Some(git_ref) => git_ref.to_owned(),
            None if self.context == "pull_request" => "refs/pull/1/merge".to_owned(),
            // Who writes to the policy's own repository makes branches, not `main`.
            None if is_own_repository && !is_own_job => "refs/heads/evil".to_owned(),
            None => of(true, "ref", "refs/heads/main"),
        };
        let event = if self.context == "pull_request" {
            "pull_request"
        } else {
            "push"
        };
        let workflow = format!("{full}/.github/workflows/ci.yml@{git_ref}");
        let mut claims = json!({
            "repository": full,
            "repository_owner": owner,
            "repository_owner_id": owner_id.map_or_else(|| of(is_own_owner, "repository_owner_id", "666"), str::to_owned),
            "repository_id": repository_id.map_or_else(|| of(is_own_repository, "repository_id", "667"), str::to_owned),
            "ref": git_ref,
            "event_name": event,
            "workflow": of(true, "workflow", "ci"),
            "job_workflow_ref": of(is_own_job, "job_workflow_ref", self.job_workflow.as_ref().unwrap_or(&workflow)),
            "actor": of(is_own_job, "actor", "evil"),
            "actor_id": of(is_own_job, "actor_id", "668"),
        });
        if let Some(claims) = claims.as_object_mut() {
            if let Some(environment) = environment {
                claims.insert(
                    "environment".to_owned(),
                    json!(environment.replace("%3A", ":")),
                );
            }
            if is_own_owner && let Some(enterprise) = wish("enterprise_id") {
                claims.insert("enterprise_id".to_owned(), json!(enterprise));
            }
        }
        match claims {
            Value::Object(claims) => claims,
            Value::Array(_)
            | Value::Bool(_)
            | Value::Null
            | Value::Number(_)
            | Value::String(_) => Map::new(),
        }
    }

    /// How a pipeline runs is its project's choice; whose it is, is not.
    fn gitlab(&self, wish: &dyn Fn(&str) -> Option<String>) -> Map<String, Value> {
        let whose = [
            ("namespace_id", self.own > 0, "666"),
            ("project_id", self.own > 1, "667"),
            ("user_id", self.own > 2, "668"),
            ("user_login", self.own > 2, "evil"),
            ("user_email", self.own > 2, "evil@elsewhere.example"),
            ("pipeline_source", true, "push"),
            ("ref_protected", true, "true"),
            ("runner_environment", true, "gitlab-hosted"),
            ("user_access_level", true, "owner"),
        ];
        let claim = |(name, is_own, stranger): (&str, bool, &str)| {
            let own = is_own.then(|| wish(name)).flatten();
            let value = own.unwrap_or_else(|| stranger.to_owned());
            (name.to_owned(), json!(value))
        };
        whose.into_iter().map(claim).collect()
    }

    fn kubernetes(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        if let [namespace, name] = self.places.as_slice() {
            let account = json!({ "namespace": namespace, "serviceaccount": { "name": name } });
            claims.insert("kubernetes.io".to_owned(), account);
        }
        claims
    }
}

/// The condition keys of a token, with the circumstances that the statement asks for besides.
pub(super) fn context_of(
    claims: &Map<String, Value>,
    provider: &Provider<'_>,
    circumstances: &[(String, String)],
) -> Context {
    let mut context = Context::new();
    for (key, value) in circumstances {
        context.insert_one(key, value);
    }
    for claim in provider.offered() {
        let values: Vec<&str> = match claims.get(claim) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_)) | None => {
                continue;
            }
        };
        context.insert(format!("{}:{claim}", provider.name), values);
    }
    context
}

/// `acme@65` is a name and its ID.
fn name_and_id(text: &str) -> (&str, Option<&str>) {
    match text.split_once('@') {
        Some((name, id)) => (name, Some(id)),
        None => (text, None),
    }
}
