//! Which condition keys policies ask for: in conditions, and as policy variables.
//!
//! Source: IAM API Reference, `GetContextKeysForCustomPolicy`; IAM User Guide, "IAM policy elements:
//! Variables and tags".

use hallpass_iam::{Document, Statement, Version};

use super::permission::Permission;
use super::principal_policies::{self, PrincipalPolicies};
use super::simulation::Source;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

/// `GetContextKeysForCustomPolicy`.
pub(super) fn for_custom_policy(call: &mut Call) -> Result<Answer, ApiError> {
    Permission::on("*").ask(call)?;
    let sources = principal_policies::read_inputs(call.params()?, true)?;
    Ok(answer(&sources))
}

/// `GetContextKeysForPrincipalPolicy`.
pub(super) fn for_principal_policy(call: &mut Call) -> Result<Answer, ApiError> {
    let principal = PrincipalPolicies::permitted(call)?;
    let mut sources = principal.sources;
    sources.extend(principal_policies::read_inputs(call.params()?, false)?);
    Ok(answer(&sources))
}

/// The keys of all documents, each once, in the order in which they stand.
pub(super) fn of<'a>(documents: impl Iterator<Item = &'a Document>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for document in documents {
        let has_variables = document.version() == Some(Version::V2012);
        for key in document
            .statements()
            .iter()
            .flat_map(|statement| of_statement(statement, has_variables))
        {
            if !keys.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
                keys.push(key);
            }
        }
    }
    keys
}

fn answer(sources: &[Source]) -> Answer {
    let keys = of(sources.iter().map(Source::document));
    Answer::xml(|xml| {
        xml.texts("ContextKeyNames", keys);
    })
}

fn of_statement(statement: &Statement, has_variables: bool) -> Vec<String> {
    let resources = statement.resource.iter().flat_map(|element| &element.value);
    let mut keys: Vec<String> = Vec::new();
    if has_variables {
        keys.extend(resources.flat_map(|text| variables(&text.text)));
    }
    for condition in &statement.conditions {
        keys.push(condition.key.clone());
        if has_variables {
            let values = condition.values.iter();
            keys.extend(values.flat_map(|text| variables(&text.text)));
        }
    }
    keys
}

/// The keys in `${key}` and `${key, 'default'}`; `${*}`, `${?}` and `${$}` are escapes.
fn variables(text: &str) -> impl Iterator<Item = String> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .filter_map(|(inside, _)| inside.split(',').next())
        .map(str::trim)
        .filter(|key| !matches!(*key, "" | "*" | "?" | "$"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let document = Document::parse(text).unwrap();
        of(std::iter::once(&document))
    }

    const BODY: &str = r#""Statement": {"Effect": "Allow", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b/${aws:username}/${*}", "arn:aws:s3:::${aws:PrincipalTag/t, 'x'}"],
        "Condition": {
            "StringEquals": {"aws:UserName": "a", "s3:prefix": "${aws:userid}"},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;

    #[test]
    fn finds_keys_in_conditions_and_variables_each_once() {
        assert_eq!(
            keys(&format!(r#"{{"Version": "2012-10-17", {BODY}}}"#)),
            [
                "aws:username",
                "aws:PrincipalTag/t",
                "s3:prefix",
                "aws:userid",
                "aws:SourceIp"
            ]
        );
    }

    #[test]
    fn a_document_of_2008_has_no_variables() {
        assert_eq!(
            keys(&format!("{{{BODY}}}")),
            ["aws:UserName", "s3:prefix", "aws:SourceIp"]
        );
    }
}
