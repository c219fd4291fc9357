//! Actions that a log without data events cannot show.
//!
//! Source: CloudTrail User Guide, "Logging data events": they are off unless a trail asks for them. A
//! policy that names such an action in full means it, and silence is no proof; a wildcard that happens to
//! grant it says nothing.

use crate::syntax::{Effect, Statement};

use super::log::{UseLog, Used};

/// Of each statement that allows, by its place: the actions that it names and that the log cannot show.
pub(super) fn unseen(statements: &[Statement], log: &UseLog) -> Vec<(usize, Used)> {
    if log.has_data_events || log.is_of_lab {
        return Vec::new();
    }
    let mut unseen = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let actions = statement.action.iter().filter(|it| !it.is_negated);
        for text in actions.flat_map(|it| &it.value) {
            let is_data = |action: &&&str| action.eq_ignore_ascii_case(&text.text);
            if statement.effect == Effect::Allow
                && let Some(action) = DATA_EVENTS.iter().find(is_data)
            {
                let used = Used {
                    action: (*action).to_owned(),
                    resource: None,
                };
                unseen.push((index, used));
            }
        }
    }
    unseen
}

/// Actions that appear in data events alone.
pub(super) const DATA_EVENTS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:AbortMultipartUpload",
    "s3:DeleteObjectVersion",
    "s3:GetObjectAcl",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObjectAcl",
    "s3:PutObjectTagging",
    "s3:RestoreObject",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "kinesis:GetRecords",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "lambda:InvokeFunction",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
];
