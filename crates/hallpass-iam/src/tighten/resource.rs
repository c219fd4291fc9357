//! The resource that a call needed its action on.
//!
//! A record names resources in `resources[].ARN`, where the service writes it. Else the action's only
//! resource type is filled in from the request's parameters of the same names, the region and the account:
//! ECR's `repositoryName` is `${RepositoryName}`. Where that leaves a part open, the resource is unknown.
//!
//! Sources: CloudTrail User Guide, "CloudTrail record contents" (`resources`, `recipientAccountId`,
//! `awsRegion`); Service Authorization Reference, the tables of resource types.

use serde_json::Value;

use crate::context::Context;
use crate::pattern::Pattern;
use crate::services::{Action, ResourceType, service};
use crate::variable::Special;

/// The resources; empty where they cannot be told.
pub(super) fn resources(action: &str, record: &Value) -> Vec<String> {
    let Some((service, action)) = action
        .split_once(':')
        .and_then(|(prefix, name)| service(prefix).map(|it| (it, it.action(name))))
    else {
        return Vec::new();
    };
    let types: Vec<&ResourceType> = action
        .map_or(&[][..], Action::resource_types)
        .iter()
        .filter_map(|target| service.resource_type(target.name()))
        .collect();
    if action.is_some_and(|action| action.resource_types().is_empty()) {
        // "If the action does not have a resource type, `*`".
        return vec!["*".to_owned()];
    }
    let listed = record.get("resources").and_then(Value::as_array);
    let listed = listed.into_iter().flatten();
    let arns: Vec<String> = listed
        .filter_map(|resource| resource.get("ARN").and_then(Value::as_str))
        .filter(|arn| types.iter().any(|it| is_of(it, arn)))
        .map(str::to_owned)
        .collect();
    match (arns.is_empty(), types.as_slice()) {
        (false, _) => arns,
        (true, [only]) => filled(only.arn(), record).into_iter().collect(),
        (true, _) => Vec::new(),
    }
}

/// Whether the ARN is of the type.
fn is_of(kind: &ResourceType, arn: &str) -> bool {
    let mut pattern = String::new();
    let mut rest = kind.arn();
    while let Some((text, variable)) = rest.split_once("${") {
        pattern.push_str(text);
        pattern.push('*');
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    pattern.push_str(rest);
    let special = Special {
        wildcards: true,
        variables: false,
    };
    Pattern::new(&pattern, special).matches(arn, &Context::new())
}

/// The form of an ARN, filled in from the record; absent where it lacks a part.
fn filled(form: &str, record: &Value) -> Option<String> {
    let mut arn = String::new();
    let mut rest = form;
    while let Some((text, variable)) = rest.split_once("${") {
        arn.push_str(text);
        let (name, after) = variable.split_once('}')?;
        arn.push_str(&part(name, record)?);
        rest = after;
    }
    arn.push_str(rest);
    Some(arn)
}

fn part(name: &str, record: &Value) -> Option<String> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let parameters = record.get("requestParameters");
    let parameter = |name: &str| {
        parameters
            .and_then(|it| it.get(name))
            .and_then(Value::as_str)
    };
    let found = match name {
        "Partition" => partition(text("awsRegion").unwrap_or_default()),
        "Region" => text("awsRegion")?,
        // ECR's own word for another account's registry.
        "Account" => parameter("registryId").or_else(|| text("recipientAccountId"))?,
        "ObjectName" => parameter("key")?,
        name => parameter(&lowered(name))?,
    };
    // A name that holds an ARN or a qualifier is not the part alone.
    (!found.is_empty() && !found.contains(':')).then(|| found.to_owned())
}

fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// `RepositoryName` as parameters write it: `repositoryName`.
fn lowered(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn resources_are_told_by_the_record_or_by_its_parameters() {
        let ecr = json!({
            "awsRegion": "us-west-2", "recipientAccountId": "111122223333",
            "requestParameters": { "repositoryName": "team/app", "registryId": "444455556666" },
        });
        assert_eq!(
            resources("ecr:PutImage", &ecr),
            ["arn:aws:ecr:us-west-2:444455556666:repository/team/app"]
        );
        assert_eq!(resources("ecr:GetAuthorizationToken", &ecr), ["*"]);
        let s3 = json!({ "resources": [
            { "type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k" },
            { "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "1" },
        ] });
        assert_eq!(resources("s3:GetObject", &s3), ["arn:aws:s3:::b/k"]);
        let iam = json!({ "requestParameters": { "roleName": "r" }, "recipientAccountId": "1" });
        assert!(
            resources("iam:GetRole", &iam).is_empty(),
            "the path is unknown"
        );
        assert!(resources("nosuch:Action", &iam).is_empty());
    }
}
