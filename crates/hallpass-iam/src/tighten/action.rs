//! From an event's source and name to the actions that the call needed.
//!
//! An event bears the API operation's name. Most actions are named after their operation; those that are
//! not stand in the tables below. An action that the service data does not have is no answer.
//!
//! Sources: CloudTrail User Guide, "CloudTrail record contents"; Service Authorization Reference, the
//! pages of each service, column "API operation" and the description of each action; Amazon S3 User
//! Guide, "Amazon S3 CloudTrail events"; AWS Lambda Developer Guide, "Logging AWS Lambda API calls using
//! AWS CloudTrail" (the dates in event names).

use serde_json::Value;

use crate::services::service;

/// The actions of a call, as AWS writes them; none where the event's name says none.
pub(super) fn actions(source: &str, name: &str, parameters: &Value) -> Vec<String> {
    let Some(prefix) = prefix(source) else {
        return Vec::new();
    };
    let name = undated(name);
    let has_version = parameters
        .get("versionId")
        .is_some_and(|version| !version.is_null());
    let names: &[&str] = exceptions(prefix, name, has_version);
    let names = if names.is_empty() { &[name] } else { names };
    let known: Option<Vec<String>> = names.iter().map(|name| known(prefix, name)).collect();
    known.unwrap_or_default()
}

/// The prefix of the actions of an event source.
fn prefix(source: &str) -> Option<&str> {
    let host = source.split('.').next().filter(|host| !host.is_empty())?;
    let exception = PREFIXES.iter().find(|(known, _)| *known == host);
    Some(exception.map_or(host, |(_, prefix)| *prefix))
}

/// The action as the service data writes it.
fn known(prefix: &str, name: &str) -> Option<String> {
    let service = service(prefix)?;
    let action = service.action(name)?;
    Some(action.to_string())
}

/// The operation's name without the API version that some services add: `CreateFunction20150331v2`,
/// `CreateDistribution2020_05_31`.
fn undated(name: &str) -> &str {
    let without_version = match name.rsplit_once('v') {
        Some((rest, version))
            if is_digits(version) && rest.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => name,
    };
    let bare = without_version.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let digits = without_version.get(bare.len()..).unwrap_or_default();
    if digits.bytes().filter(u8::is_ascii_digit).count() == 8 {
        bare
    } else {
        name
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The actions of an operation that is named otherwise; none where the names agree.
fn exceptions(prefix: &str, name: &str, has_version: bool) -> &'static [&'static str] {
    match (prefix, name, has_version) {
        ("s3", "GetObject" | "HeadObject", true) => return &["GetObjectVersion"],
        ("s3", "DeleteObject", true) => return &["DeleteObjectVersion"],
        ("s3", "GetObjectTagging", true) => return &["GetObjectVersionTagging"],
        ("s3", "PutObjectTagging", true) => return &["PutObjectVersionTagging"],
        ("s3", "DeleteObjectTagging", true) => return &["DeleteObjectVersionTagging"],
        ("s3", "GetObjectAcl", true) => return &["GetObjectVersionAcl"],
        ("s3", "PutObjectAcl", true) => return &["PutObjectVersionAcl"],
        _ => {}
    }
    let mut table = NAMES.iter();
    table
        .find(|(known, operation, _)| *known == prefix && *operation == name)
        .map_or(&[], |(_, _, actions)| *actions)
}

/// Event sources whose first label is not the prefix of the service's actions.
const PREFIXES: &[(&str, &str)] = &[
    ("email", "ses"),
    ("monitoring", "cloudwatch"),
    ("tagging", "tag"),
];

/// Operations whose actions are named otherwise: service, operation, actions.
const NAMES: &[(&str, &str, &[&str])] = &[
    ("kms", "ReEncrypt", &["ReEncryptFrom", "ReEncryptTo"]),
    ("lambda", "Invoke", &["InvokeFunction"]),
    ("s3", "AbortMultipartUpload", &["AbortMultipartUpload"]),
    ("s3", "CompleteMultipartUpload", &["PutObject"]),
    ("s3", "CopyObject", &["GetObject", "PutObject"]),
    ("s3", "CreateMultipartUpload", &["PutObject"]),
    ("s3", "DeleteBucketCors", &["PutBucketCORS"]),
    (
        "s3",
        "DeleteBucketEncryption",
        &["PutEncryptionConfiguration"],
    ),
    (
        "s3",
        "DeleteBucketLifecycle",
        &["PutLifecycleConfiguration"],
    ),
    (
        "s3",
        "DeleteBucketReplication",
        &["PutReplicationConfiguration"],
    ),
    ("s3", "DeleteBucketTagging", &["PutBucketTagging"]),
    ("s3", "DeleteObjects", &["DeleteObject"]),
    (
        "s3",
        "DeletePublicAccessBlock",
        &["PutBucketPublicAccessBlock"],
    ),
    ("s3", "GetBucketAccelerate", &["GetAccelerateConfiguration"]),
    ("s3", "GetBucketCors", &["GetBucketCORS"]),
    ("s3", "GetBucketEncryption", &["GetEncryptionConfiguration"]),
    ("s3", "GetBucketLifecycle", &["GetLifecycleConfiguration"]),
    (
        "s3",
        "GetBucketReplication",
        &["GetReplicationConfiguration"],
    ),
    (
        "s3",
        "GetPublicAccessBlock",
        &["GetBucketPublicAccessBlock"],
    ),
    ("s3", "HeadBucket", &["ListBucket"]),
    ("s3", "HeadObject", &["GetObject"]),
    ("s3", "ListBuckets", &["ListAllMyBuckets"]),
    (
        "s3",
        "ListMultipartUploads",
        &["ListBucketMultipartUploads"],
    ),
    ("s3", "ListObjectVersions", &["ListBucketVersions"]),
    ("s3", "ListObjects", &["ListBucket"]),
    ("s3", "ListObjectsV2", &["ListBucket"]),
    ("s3", "ListParts", &["ListMultipartUploadParts"]),
    ("s3", "PutBucketCors", &["PutBucketCORS"]),
    ("s3", "PutBucketEncryption", &["PutEncryptionConfiguration"]),
    ("s3", "PutBucketLifecycle", &["PutLifecycleConfiguration"]),
    (
        "s3",
        "PutBucketReplication",
        &["PutReplicationConfiguration"],
    ),
    (
        "s3",
        "PutPublicAccessBlock",
        &["PutBucketPublicAccessBlock"],
    ),
    ("s3", "UploadPart", &["PutObject"]),
    ("s3", "UploadPartCopy", &["GetObject", "PutObject"]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_need_the_actions_that_aws_documents() {
        let none = Value::Null;
        for (source, name, wanted) in [
            ("ecr.amazonaws.com", "PutImage", &["ecr:PutImage"][..]),
            (
                "monitoring.amazonaws.com",
                "PutMetricAlarm",
                &["cloudwatch:PutMetricAlarm"],
            ),
            ("email.amazonaws.com", "SendEmail", &["ses:SendEmail"]),
            (
                "tagging.amazonaws.com",
                "GetResources",
                &["tag:GetResources"],
            ),
            (
                "states.amazonaws.com",
                "StartExecution",
                &["states:StartExecution"],
            ),
            (
                "lambda.amazonaws.com",
                "CreateFunction20150331",
                &["lambda:CreateFunction"],
            ),
            (
                "lambda.amazonaws.com",
                "UpdateFunctionCode20150331v2",
                &["lambda:UpdateFunctionCode"],
            ),
            ("lambda.amazonaws.com", "Invoke", &["lambda:InvokeFunction"]),
            (
                "cloudfront.amazonaws.com",
                "CreateDistribution2020_05_31",
                &["cloudfront:CreateDistribution"],
            ),
            ("s3.amazonaws.com", "ListBuckets", &["s3:ListAllMyBuckets"]),
            ("s3.amazonaws.com", "ListObjects", &["s3:ListBucket"]),
            (
                "s3.amazonaws.com",
                "CopyObject",
                &["s3:GetObject", "s3:PutObject"],
            ),
            ("s3.amazonaws.com", "HeadObject", &["s3:GetObject"]),
            ("dynamodb.amazonaws.com", "NoSuchOperation", &[]),
            ("signin.amazonaws.com", "ConsoleLogin", &[]),
            ("", "x", &[]),
        ] {
            assert_eq!(actions(source, name, &none), wanted, "{source} {name}");
        }
        let versioned = json!({ "versionId": "abc" });
        assert_eq!(
            actions("s3.amazonaws.com", "GetObject", &versioned),
            ["s3:GetObjectVersion"]
        );
    }

    #[test]
    fn every_exception_is_an_action_that_aws_has() {
        for (prefix, operation, actions) in NAMES {
            for action in *actions {
                assert!(
                    known(prefix, action).is_some(),
                    "{prefix} {operation}: {action}"
                );
            }
        }
        for (_, prefix) in PREFIXES {
            assert!(service(prefix).is_some(), "{prefix}");
        }
    }
}
