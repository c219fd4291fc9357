//! What the operations take, held to the API's constraints.

use serde::{Deserialize, Serialize};

use super::fault::invalid;
use crate::aws::error::ApiError;
use crate::store::records::{ControlKind, Tags};

/// A required text of at most `max` characters.
pub(super) fn text(value: Option<String>, name: &str, max: usize) -> Result<String, ApiError> {
    let value = value.ok_or_else(|| {
        invalid(
            "INPUT_REQUIRED",
            format!("You must include a value for all required parameters: {name}."),
        )
    })?;
    let length = value.chars().count();
    if length == 0 {
        return Err(invalid(
            "MIN_LENGTH_EXCEEDED",
            format!("You provided a string parameter that is shorter than allowed: {name}."),
        ));
    }
    if length > max {
        return Err(invalid(
            "MAX_LENGTH_EXCEEDED",
            format!("You provided a string parameter that is longer than allowed: {name}."),
        ));
    }
    Ok(value)
}

/// The ID of a root, unit, account or policy, of which `is_fit` tells the form.
pub(super) fn id(
    value: Option<String>,
    name: &str,
    is_fit: impl FnOnce(&str) -> bool,
) -> Result<String, ApiError> {
    let value = text(value, name, MAX_ID)?;
    if is_fit(&value) {
        return Ok(value);
    }
    Err(invalid(
        "INVALID_PATTERN",
        format!("You provided a value that doesn't match the required pattern: {name}."),
    ))
}

/// Whether a text has the form of an account's ID.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text has the form of a unit's ID.
pub(super) fn is_unit(id: &str) -> bool {
    id.strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, own)| is_word(root, 4, 32) && is_word(own, 8, 32))
}

/// Whether a text has the form of a root's ID.
pub(super) fn is_root(id: &str) -> bool {
    id.strip_prefix("r-").is_some_and(|own| is_word(own, 4, 32))
}

/// Whether a text has the form of the ID of a root or a unit.
pub(super) fn is_parent(id: &str) -> bool {
    is_root(id) || is_unit(id)
}

/// Whether a text has the form of the ID of a unit or an account.
pub(super) fn is_child(id: &str) -> bool {
    is_unit(id) || is_account(id)
}

/// Whether a text has the form of the ID of what a policy can be attached to.
pub(super) fn is_target(id: &str) -> bool {
    is_parent(id) || is_account(id)
}

/// Whether a text has the form of a policy's ID.
pub(super) fn is_policy(id: &str) -> bool {
    id.strip_prefix("p-").is_some_and(|own| {
        (8..=128).contains(&own.len())
            && own
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn is_word(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A kind of policy, by its name.
pub(super) fn kind(value: Option<String>, name: &str) -> Result<ControlKind, ApiError> {
    let value = text(value, name, MAX_ID)?;
    [ControlKind::Resource, ControlKind::Service]
        .into_iter()
        .find(|kind| kind.as_str() == value)
        .ok_or_else(|| {
            invalid(
                "INVALID_ENUM_POLICY_TYPE",
                format!("You specified an invalid policy type string: {name}."),
            )
            .with_detail("the lab's organisation has service and resource control policies only")
        })
}

impl ControlKind {
    /// The kind's name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "RESOURCE_CONTROL_POLICY",
            Self::Service => "SERVICE_CONTROL_POLICY",
        }
    }
}

/// A tag on the wire.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

/// Tags in pairs.
pub(super) fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Adds tags to those of a resource, within the limits of tags.
///
/// Source: AWS Organizations User Guide, "Tagging AWS Organizations resources".
pub(super) fn add_tags(tags: &mut Tags, added: Vec<(String, String)>) -> Result<(), ApiError> {
    for (key, value) in added {
        let is_fit = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        if !is_fit || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(
                "INVALID_SYSTEM_TAGS_PARAMETER",
                "You specified a tag key or value that is not allowed: a key has 1 to 128 characters and does not begin with `aws:`, a value has at most 256.",
            ));
        }
        tags.insert(key, value);
    }
    if tags.len() > MAX_TAGS {
        return Err(super::fault::constraint(
            "MAX_TAG_LIMIT_EXCEEDED",
            "You have exceeded the number of tags allowed on this resource.",
        ));
    }
    Ok(())
}

const MAX_ID: usize = 130;
const MAX_TAGS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_id_has_its_form() {
        type Fits = fn(&str) -> bool;
        let forms: [(Fits, &[&str], &[&str]); 4] = [
            (
                is_account,
                &["111122223333"],
                &["11112222333", "11112222333a"],
            ),
            (is_root, &["r-ab12"], &["r-AB12", "r-a", "x-ab12"]),
            (
                is_unit,
                &["ou-ab12-12345678"],
                &["ou-ab12", "ou-ab12-1", "ou-ab12-1234567Z"],
            ),
            (
                is_policy,
                &["p-FullAWSAccess", "p-12345678"],
                &["p-1", "p-1234567-", "x-12345678"],
            ),
        ];
        for (fits, right, wrong) in forms {
            assert!(right.iter().all(|id| fits(id)), "{right:?}");
            assert!(!wrong.iter().any(|id| fits(id)), "{wrong:?}");
        }
    }
}
