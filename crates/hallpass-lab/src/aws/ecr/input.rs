//! What ECR's operations take, read and held to its constraints.

use std::sync::Arc;

use hallpass_types::AccountId;
use serde::{Deserialize, Serialize};

use super::fault;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{Digest, Reference, RepositoryName, Tag};
use crate::store::records::Repository;

/// The repository that nearly every operation names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    pub(super) registry_id: Option<String>,
    // Absent is as wrong as empty, and ECR says the same of both.
    #[serde(default)]
    pub(super) repository_name: String,
}

impl Target {
    /// The repository's name.
    pub(super) fn name(&self) -> Result<RepositoryName, ApiError> {
        repository_name(&self.repository_name)
    }

    /// The repository, if the caller may do `action` on it.
    pub(super) fn open(&self, call: &mut Call, action: &str) -> Result<Opened, ApiError> {
        let name = self.name()?;
        enter_registry(call, self.registry_id.as_deref())?;
        let repository = call.repository(action, &name)?;
        Ok(Opened { name, repository })
    }
}

/// A repository that the caller may do something with.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) name: RepositoryName,
    pub(super) repository: Arc<Repository>,
}

/// What an image is asked for by: its digest, a tag, or both, which must then agree.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageId {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image_tag: Option<String>,
}

impl ImageId {
    /// What it refers to first of all, or ECR's failure code and reason.
    pub(super) fn reference(&self) -> Result<Reference, (&'static str, &'static str)> {
        match (&self.image_digest, &self.image_tag) {
            (Some(digest), _) => Digest::parse(digest).map(Reference::Digest).ok_or((
                "InvalidImageDigest",
                "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
            )),
            (None, Some(tag)) => Tag::parse(tag).map(Reference::Tag).ok_or((
                "InvalidImageTag",
                "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
            )),
            (None, None) => Err((
                "MissingDigestAndTag",
                "Invalid request parameters: both tag and digest cannot be null",
            )),
        }
    }

    /// As ECR's errors write it.
    pub(super) fn quoted(&self) -> String {
        let part = |name: &str, value: &Option<String>| {
            let value: String = value
                .as_deref()
                .unwrap_or("null")
                .chars()
                .take(128)
                .collect();
            format!("{name}:'{value}'")
        };
        format!(
            "{{{}, {}}}",
            part("imageDigest", &self.image_digest),
            part("imageTag", &self.image_tag)
        )
    }
}

/// Reads a repository's name.
pub(super) fn repository_name(text: &str) -> Result<RepositoryName, ApiError> {
    RepositoryName::parse(text).ok_or_else(|| {
        fault::parameter(
            "repositoryName",
            &format!(
                "must have 2 to 256 characters and satisfy regular expression '{}'",
                RepositoryName::PATTERN
            ),
        )
    })
}

/// Goes to the registry of that account; the caller's own where none is named. Another account's lets
/// the caller in by the policies of its repositories.
pub(super) fn enter_registry(call: &mut Call, id: Option<&str>) -> Result<(), ApiError> {
    if let Some(id) = id {
        call.enter(registry_id(id)?);
    }
    Ok(())
}

/// Reads the account of a registry.
pub(super) fn registry_id(id: &str) -> Result<AccountId, ApiError> {
    id.parse()
        .map_err(|_| fault::parameter("registryId", "must satisfy regular expression '[0-9]{12}'"))
}

/// A list that takes 1 to 100 members.
pub(super) fn check_length(name: &str, length: usize) -> Result<(), ApiError> {
    if (1..=100).contains(&length) {
        return Ok(());
    }
    Err(fault::parameter(
        name,
        "Member must have length between 1 and 100",
    ))
}
