//! Names, paths and descriptions: their forms, and IAM's words for those that have another.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas", name requirements; the patterns of the IAM API
//! Reference's parameters.

use hallpass_types::Arn;

use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::aws::params::Params;

/// The name that `parameter` must give: word characters and `+=,.@-`.
pub(super) fn name(params: &Params, parameter: &str, max: usize) -> Result<String, ApiError> {
    let value = required(params, parameter, (1, max))?;
    if value.chars().all(is_name) {
        return Ok(value.to_owned());
    }
    Err(ApiError::validation(format!(
        "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        member(parameter)
    )))
}

/// The same, where it is given.
pub(super) fn optional_name(
    params: &Params,
    parameter: &str,
    max: usize,
) -> Result<Option<String>, ApiError> {
    params
        .get(parameter)
        .map(|_| name(params, parameter, max))
        .transpose()
}

/// The path that `parameter` gives, where it does: `/`, or `/a/b/`.
pub(super) fn path(params: &Params, parameter: &str) -> Result<Option<String>, ApiError> {
    let Some(value) = bounded(params, parameter, (1, MAX_PATH))? else {
        return Ok(None);
    };
    let is_path = value.starts_with('/') && value.ends_with('/') && value.bytes().all(is_graphic);
    if is_path {
        return Ok(Some(value.to_owned()));
    }
    Err(ApiError::validation(format!(
        "The specified value for {} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        member(parameter)
    )))
}

/// `PathPrefix`: which paths a list is asked for; all unless told.
pub(super) fn path_prefix(params: &Params) -> Result<String, ApiError> {
    let value = bounded(params, "PathPrefix", (1, MAX_PATH))?.unwrap_or("/");
    if value.starts_with('/') && value.bytes().all(is_graphic) {
        return Ok(value.to_owned());
    }
    Err(ApiError::validation(
        "The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// `Description`: text without control characters, 1,000 characters at most.
pub(super) fn description(params: &Params) -> Result<Option<String>, ApiError> {
    let Some(value) = bounded(params, "Description", (0, 1000))? else {
        return Ok(None);
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    if value.chars().all(is_text) {
        return Ok(Some(value.to_owned()));
    }
    Err(ApiError::validation(
        "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
    ))
}

/// The ARN that `parameter` must give.
pub(super) fn arn(params: &Params, parameter: &str) -> Result<Arn, ApiError> {
    let value = required(params, parameter, (20, 2048))?;
    value
        .parse()
        .map_err(|_| ApiError::new(400, "InvalidInput", format!("ARN {value} is not valid.")))
}

/// The same, where it is given.
pub(super) fn optional_arn(params: &Params, parameter: &str) -> Result<Option<Arn>, ApiError> {
    params
        .get(parameter)
        .map(|_| arn(params, parameter))
        .transpose()
}

/// A parameter that must be given, within bounds on its length.
pub(super) fn required<'a>(
    params: &'a Params,
    parameter: &str,
    (min, max): (usize, usize),
) -> Result<&'a str, ApiError> {
    let mut faults = Constraints::default();
    let value = faults.required(params, parameter);
    if params.get(parameter).is_some() {
        faults.length(value, parameter, min, max);
    }
    faults.finish()?;
    Ok(value)
}

/// A parameter's value, which must be one of `known`.
pub(super) fn one_of<'a>(
    value: &'a str,
    parameter: &str,
    known: &[&str],
) -> Result<&'a str, ApiError> {
    if known.contains(&value) {
        return Ok(value);
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{value}' at '{}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        member(parameter),
        known.join(", ")
    )))
}

/// The parameter as IAM's messages name it: `UserName` is `userName`.
pub(super) fn member(parameter: &str) -> String {
    let mut characters = parameter.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

fn bounded<'a>(
    params: &'a Params,
    parameter: &str,
    (min, max): (usize, usize),
) -> Result<Option<&'a str>, ApiError> {
    params
        .get(parameter)
        .map(|_| required(params, parameter, (min, max)))
        .transpose()
}

const fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

const fn is_graphic(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// The longest name of a user that is made.
pub(super) const NEW_USER: usize = 64;
/// The longest name of a group, a policy, or a user that is looked for.
pub(super) const LONG: usize = 128;
/// The values of the API's `EntityType`.
pub(super) const ENTITY_TYPES: &[&str] = &[
    "User",
    "Role",
    "Group",
    "LocalManagedPolicy",
    "AWSManagedPolicy",
];
const MAX_PATH: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn params(name: &str, value: &str) -> Params {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        Params::parse(form.as_bytes()).unwrap()
    }

    #[test]
    fn a_name_is_made_of_word_characters() {
        let longest = "a".repeat(64);
        for value in ["a", "A1_+=,.@-", &longest] {
            assert_eq!(
                name(&params("UserName", value), "UserName", 64).unwrap(),
                value
            );
        }
        let long = "a".repeat(65);
        for value in ["", "a b", "a/b", "ä", &long] {
            let error = name(&params("UserName", value), "UserName", 64).unwrap_err();
            assert_eq!(error.code, "ValidationError", "{value}");
            assert!(error.message.contains("userName"), "{}", error.message);
        }
        assert!(name(&Params::default(), "UserName", 64).is_err());
        assert_eq!(
            optional_name(&Params::default(), "UserName", 64).unwrap(),
            None
        );
    }

    #[test]
    fn a_path_begins_and_ends_with_a_slash() {
        let longest = format!("/{}/", "a".repeat(510));
        for value in ["/", "/a/", "/a/b/", "//", &longest] {
            assert_eq!(
                path(&params("Path", value), "Path").unwrap().unwrap(),
                value
            );
        }
        let long = format!("/{}/", "a".repeat(511));
        for value in ["", "a", "/a", "a/", "/ä/", "/a b/", &long] {
            assert!(path(&params("Path", value), "Path").is_err(), "{value}");
        }
        assert_eq!(path_prefix(&params("PathPrefix", "/a")).unwrap(), "/a");
        assert!(path_prefix(&params("PathPrefix", "a")).is_err());
    }

    #[test]
    fn a_description_takes_lines_and_no_control_characters() {
        assert!(description(&params("Description", "a\nb \u{e9}")).is_ok());
        assert!(description(&params("Description", "a\u{0}b")).is_err());
        assert!(description(&params("Description", &"a".repeat(1001))).is_err());
    }

    #[test]
    fn an_arn_has_an_arns_form() {
        let of = |value: &str| arn(&params("PolicyArn", value), "PolicyArn");
        assert!(of("arn:aws:iam::aws:policy/AdministratorAccess").is_ok());
        assert_eq!(of("too:short").unwrap_err().code, "ValidationError");
        assert_eq!(
            of("not-an-arn-but-long-enough").unwrap_err().code,
            "InvalidInput"
        );
    }
}
