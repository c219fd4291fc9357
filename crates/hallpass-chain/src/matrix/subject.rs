//! What a policy's pattern for a GitHub `sub` is about.
//!
//! Source: GitHub Docs, "OpenID Connect reference": example subject claims, immutable subject claims,
//! and "Customizing the subject claims for an organization or repository".

/// The claims of a job that follow from its `sub`: its repository, its ref or environment, the claims of
/// a customised subject.
///
/// ```
/// let claims = hallpass_chain::claims_of_subject("repo:acme@65/app@74:environment:prod");
/// let claims: Vec<_> = claims.iter().map(|(name, value)| format!("{name}={value}")).collect();
/// assert_eq!(claims.join(" "), "repository=acme/app repository_owner_id=65 repository_id=74 environment=prod");
/// ```
pub fn claims_of_subject(subject: &str) -> Vec<(String, String)> {
    let Some(parsed) = SubjectPattern::parse(subject) else {
        return Vec::new();
    };
    let mut claims = Vec::new();
    for (key, _) in &parsed.parts {
        let value = parsed.value(key).unwrap_or_default();
        match (key.as_str(), value.split_once('/')) {
            ("repo", Some((owner, name))) => {
                let cut = |part: &str| {
                    let (name, id) = part.split_once('@').unwrap_or((part, ""));
                    (name.to_owned(), id.to_owned())
                };
                let ((owner, owner_id), (name, id)) = (cut(owner), cut(name));
                claims.push(("repository".to_owned(), format!("{owner}/{name}")));
                if !owner_id.is_empty() && !id.is_empty() {
                    claims.push(("repository_owner_id".to_owned(), owner_id));
                    claims.push(("repository_id".to_owned(), id));
                }
            }
            ("pull_request", _) | ("repo", None) => {}
            (key, _) => claims.push((key.to_owned(), value)),
        }
    }
    claims
}

/// The parts of a pattern, as it names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SubjectPattern {
    /// Each claim and its value. `repo` is the repository, `pull_request` has no value.
    parts: Vec<(String, String)>,
    /// Whether more may follow the repository than the parts say.
    is_open: bool,
}

impl SubjectPattern {
    /// Takes a pattern apart; absent where it does not begin with the name of a claim.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let mut found = Self::default();
        for segment in pattern.split(':') {
            let is_key = is_claim(segment) && found.takes_key();
            match found.parts.last_mut() {
                _ if is_key => found.parts.push((segment.to_owned(), String::new())),
                None => return None,
                Some((key, value)) if key == "repo" && !value.is_empty() => found.is_open = true,
                Some((_, value)) if value.is_empty() => segment.clone_into(value),
                Some((_, value)) => {
                    value.push(':');
                    value.push_str(segment);
                }
            }
        }
        let ends_in_star = pattern.ends_with('*');
        found.is_open |= ends_in_star && found.parts.len() == 1;
        Some(found)
    }

    /// The value of a claim, as the job has it.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let (_, value) = self.parts.iter().find(|(name, _)| name == key)?;
        Some(value.replace("%3A", ":"))
    }

    /// The claims that the subject is composed of, where they are not GitHub's default.
    pub(super) fn customised(&self) -> Option<Vec<String>> {
        let keys: Vec<&str> = self.parts.iter().map(|(key, _)| key.as_str()).collect();
        let is_context = |key: &str| matches!(key, "environment" | "pull_request" | "ref");
        match keys.as_slice() {
            ["repo"] if self.is_open => None,
            ["repo", context] if is_context(context) => None,
            ["repo", context, rest @ ..] if is_context(context) => {
                let head = ["repo", "context"].into_iter();
                Some(
                    head.chain(rest.iter().copied())
                        .map(str::to_owned)
                        .collect(),
                )
            }
            keys => Some(keys.iter().map(|key| (*key).to_owned()).collect()),
        }
    }

    /// Whether the next segment may be a key: not before the last one has a value.
    fn takes_key(&self) -> bool {
        let last = self.parts.last();
        last.is_none_or(|(key, value)| key == "pull_request" || !value.is_empty())
    }
}

fn is_claim(segment: &str) -> bool {
    CLAIMS.contains(&segment) || segment.starts_with("repo_property_")
}

/// The claims that a subject can be composed of, the part `repo` and the context `pull_request`.
const CLAIMS: &[&str] = &[
    "actor",
    "actor_id",
    "base_ref",
    "enterprise",
    "enterprise_id",
    "environment",
    "event_name",
    "head_ref",
    "job_workflow_ref",
    "job_workflow_sha",
    "pull_request",
    "ref",
    "ref_type",
    "repo",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "runner_environment",
    "sha",
    "workflow",
    "workflow_ref",
    "workflow_sha",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_default_forms_from_customised_ones() {
        for (pattern, keys) in [
            ("repo:acme/app:ref:refs/heads/main", None),
            ("repo:acme/app:environment:eu%3Aprod", None),
            ("repo:acme/app:pull_request", None),
            ("repo:acme/app:*", None),
            ("repo:acme/*", None),
            ("repo:acme/app", Some("repo")),
            ("repository_owner:acme", Some("repository_owner")),
            (
                "repo:acme/app:environment:prod:job_workflow_ref:acme/ci/.github/workflows/d.yml@v1",
                Some("repo context job_workflow_ref"),
            ),
            (
                "repository_owner:acme:repository_visibility:private",
                Some("repository_owner repository_visibility"),
            ),
            ("job_workflow_ref:acme/ci/*", Some("job_workflow_ref")),
        ] {
            let parsed = SubjectPattern::parse(pattern).unwrap();
            let told = parsed.customised().map(|keys| keys.join(" "));
            assert_eq!(told.as_deref(), keys, "{pattern}");
        }
        for pattern in ["*", "", "acme/app:ref", "system:serviceaccount:a:b"] {
            assert_eq!(SubjectPattern::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn values_are_as_the_job_has_them() {
        let parsed = SubjectPattern::parse("repo:acme/app:environment:eu%3Aprod").unwrap();
        assert_eq!(parsed.value("environment").as_deref(), Some("eu:prod"));
        assert_eq!(parsed.value("repo").as_deref(), Some("acme/app"));
        assert_eq!(parsed.value("ref"), None);
    }
}
