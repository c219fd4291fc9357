//! What a call wants: the action, the resource, and what conditions may look at.

use hallpass_iam::Policy;

/// What a call wants to do, and what is known about it besides the caller.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// The action, such as `ecr:PutImage`.
    pub(crate) action: &'a str,
    /// The resource's ARN, or `*` where the action takes none.
    pub(crate) resource: &'a str,
    /// The resource's own policy: a repository policy, or a role's trust policy.
    pub(crate) resource_policy: Option<&'a Policy>,
    /// Condition keys of the request and the resource, such as `aws:ResourceTag/team`.
    pub(crate) context: Vec<(String, Vec<String>)>,
}

impl<'a> Wanted<'a> {
    /// An action on a resource that has no policy of its own.
    pub(crate) const fn new(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            resource_policy: None,
            context: Vec::new(),
        }
    }

    /// Adds the resource's own policy.
    pub(crate) const fn under(mut self, policy: Option<&'a Policy>) -> Self {
        self.resource_policy = policy;
        self
    }

    /// Adds a condition key with one value.
    pub(crate) fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.push((key.into(), vec![value.into()]));
        self
    }

    /// Adds the tags of the resource as `aws:ResourceTag/KEY`.
    pub(crate) fn with_resource_tags<'t>(
        mut self,
        tags: impl IntoIterator<Item = (&'t String, &'t String)>,
    ) -> Self {
        for (key, value) in tags {
            self = self.with(format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// Adds the tags of the request as `aws:RequestTag/KEY` and `aws:TagKeys`.
    pub(crate) fn with_request_tags(mut self, tags: &[(String, String)]) -> Self {
        if tags.is_empty() {
            return self;
        }
        for (key, value) in tags {
            self = self.with(format!("aws:RequestTag/{key}"), value);
        }
        let keys = tags.iter().map(|(key, _)| key.clone()).collect();
        self.context.push(("aws:TagKeys".to_owned(), keys));
        self
    }
}
