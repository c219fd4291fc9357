//! `iam:PassRole`: a permission without an API operation, so without events.
//!
//! A call that hands a role to a service needs it. So it counts as used where such a call was seen: on the
//! roles that the call's parameters name, or on unknown ones.
//!
//! Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service" (`PassRole` "is not
//! an API call" and has no CloudTrail log); the services are those of the Service Authorization
//! Reference's dependent actions.

use serde_json::Value;

/// The action.
pub(super) const PASS_ROLE: &str = "iam:PassRole";

/// Whether the action hands a role to a service.
pub(super) fn is_passing(action: &str) -> bool {
    PASSING.contains(&action)
}

/// The roles that the parameters name.
pub(super) fn roles(parameters: &Value) -> Vec<String> {
    let mut roles = Vec::new();
    let mut open = vec![parameters];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            Value::String(text) if is_role(text) && !roles.contains(text) => {
                roles.push(text.clone());
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
        }
    }
    roles
}

fn is_role(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.nth(1) == Some("iam")
        && parts
            .nth(2)
            .is_some_and(|resource| resource.starts_with("role/"))
}

const PASSING: &[&str] = &[
    "autoscaling:CreateAutoScalingGroup",
    "batch:CreateComputeEnvironment",
    "batch:RegisterJobDefinition",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:UpdateStack",
    "cloudtrail:CreateTrail",
    "codebuild:CreateProject",
    "codebuild:UpdateProject",
    "codedeploy:CreateDeploymentGroup",
    "codepipeline:CreatePipeline",
    "codepipeline:UpdatePipeline",
    "ec2:AssociateIamInstanceProfile",
    "ec2:RunInstances",
    "ecs:CreateService",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StartTask",
    "ecs:UpdateService",
    "eks:CreateCluster",
    "eks:CreateFargateProfile",
    "eks:CreateNodegroup",
    "eks:CreatePodIdentityAssociation",
    "elasticmapreduce:RunJobFlow",
    "events:PutRule",
    "events:PutTargets",
    "firehose:CreateDeliveryStream",
    "glue:CreateCrawler",
    "glue:CreateJob",
    "iam:AddRoleToInstanceProfile",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionConfiguration",
    "pipes:CreatePipe",
    "rds:CreateDBInstance",
    "redshift:CreateCluster",
    "sagemaker:CreateModel",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTrainingJob",
    "scheduler:CreateSchedule",
    "ssm:SendCommand",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::service;

    #[test]
    fn every_passing_action_is_one_that_aws_has() {
        for action in PASSING {
            let (prefix, name) = action.split_once(':').unwrap();
            assert!(service(prefix).unwrap().action(name).is_some(), "{action}");
        }
    }

    #[test]
    fn roles_are_found_wherever_they_stand() {
        let role = "arn:aws:iam::111122223333:role/p/task";
        let parameters = json!({ "a": [{ "taskRoleArn": role }, role], "b": "arn:aws:s3:::b" });
        assert_eq!(roles(&parameters), [role]);
    }
}
