//! From a repository's name to the repository, if the caller may do what it wants with it.

use std::sync::Arc;

use hallpass_iam::{Outcome, PolicyKind};

use super::fault;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::RepositoryName;
use crate::store::records::Repository;

impl Call {
    /// The repository, if the caller may do `action` on it. Who may not is not told whether there is
    /// such a repository.
    pub(crate) fn repository(
        &mut self,
        action: &str,
        name: &RepositoryName,
    ) -> Result<Arc<Repository>, ApiError> {
        self.repository_with(action, name, &[])
    }

    /// The same for a request that carries tags.
    pub(super) fn repository_with(
        &mut self,
        action: &str,
        name: &RepositoryName,
        tags: &[(String, String)],
    ) -> Result<Arc<Repository>, ApiError> {
        let repository = self.look_up(name);
        let arn = self.identity.repository_arn(name.as_str());
        let wanted = wanted(action, &arn, repository.as_deref()).with_request_tags(tags);
        self.authorize(&wanted)?;
        repository.ok_or_else(|| fault::repository_not_found(&self.identity, name.as_str()))
    }

    /// The repository if it is there and the caller may do `action` on it; a refusal is no error.
    pub(crate) fn permitted_repository(
        &mut self,
        action: &str,
        name: &RepositoryName,
    ) -> Result<Option<Arc<Repository>>, ApiError> {
        let caller = self.caller()?.clone();
        let repository = self.look_up(name);
        let arn = self.identity.repository_arn(name.as_str());
        let outcome = self.decide(&caller, &wanted(action, &arn, repository.as_deref()));
        Ok(repository.filter(|_| outcome == Outcome::Allow))
    }

    fn look_up(&self, name: &RepositoryName) -> Option<Arc<Repository>> {
        self.store()
            .read(|state| state.repositories.get(name.as_str()).cloned())
    }
}

/// An action on a repository, with the repository's own policy and tags.
fn wanted<'a>(action: &'a str, arn: &'a str, repository: Option<&'a Repository>) -> Wanted<'a> {
    let wanted = Wanted::new(action, arn);
    let Some(repository) = repository else {
        return wanted;
    };
    let policy = repository
        .policy
        .as_ref()
        .and_then(|text| text.policy("repository policy", PolicyKind::Resource));
    let mut wanted = wanted.under(policy).with_resource_tags(&repository.tags);
    // ECR has the global key also under its own name (Service Authorization Reference, ECR).
    for (key, value) in &repository.tags {
        wanted = wanted.with(format!("ecr:ResourceTag/{key}"), value);
    }
    wanted
}
