//! What an operation asks permission for. The action is always the operation's own name.

use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::Tags;

/// The resource of an operation, and what conditions may look at besides.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity
/// and Access Management (IAM)".
#[derive(Debug)]
pub(super) struct Permission {
    resource: String,
    context: Vec<(String, Vec<String>)>,
    request_tags: Vec<(String, String)>,
}

impl Permission {
    /// On the resource of that ARN, or `*` where the action takes none.
    pub(super) fn on(resource: impl Into<String>) -> Self {
        Self {
            resource: resource.into(),
            context: Vec::new(),
            request_tags: Vec::new(),
        }
    }

    /// Adds a condition key, where it has a value.
    pub(super) fn with(mut self, key: &str, value: Option<&str>) -> Self {
        let value = value.map(str::to_owned);
        self.context
            .extend(value.map(|value| (key.to_owned(), vec![value])));
        self
    }

    /// Adds the tags of the resource, under both names that they have in IAM.
    pub(super) fn with_resource_tags(mut self, tags: &Tags) -> Self {
        for (key, value) in tags {
            for prefix in ["aws", "iam"] {
                let key = format!("{prefix}:ResourceTag/{key}");
                self.context.push((key, vec![value.clone()]));
            }
        }
        self
    }

    /// Adds the tags of the request.
    pub(super) fn with_request_tags(mut self, tags: &[(String, String)]) -> Self {
        self.request_tags = tags.to_vec();
        self
    }

    /// Adds the keys of tags that the request removes.
    pub(super) fn with_tag_keys(mut self, keys: &[String]) -> Self {
        self.context.push(("aws:TagKeys".to_owned(), keys.to_vec()));
        self
    }

    /// Lets the call go on if the caller may carry out this operation.
    pub(super) fn ask(self, call: &mut Call) -> Result<(), ApiError> {
        let action = format!("iam:{}", call.operation);
        let mut wanted = Wanted::new(&action, &self.resource).with_request_tags(&self.request_tags);
        wanted.context.extend(self.context);
        call.authorize(&wanted)
    }
}
