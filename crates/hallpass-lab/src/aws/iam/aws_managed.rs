//! AWS's own managed policies, as far as the lab's story needs them.
//!
//! Source: AWS Managed Policy Reference Guide; IDs, dates and versions as `GetPolicy` answers them.

use hallpass_types::{Partition, Timestamp};

use crate::store::records::{ManagedPolicy, PolicyText, PolicyVersion, Tags};

/// The policies, under the partition's ARNs.
pub(crate) fn aws_managed(partition: Partition) -> Vec<ManagedPolicy> {
    KNOWN
        .iter()
        .map(|known| known.in_partition(partition))
        .collect()
}

/// A policy that AWS keeps.
struct Known {
    name: &'static str,
    id: &'static str,
    description: &'static str,
    created: &'static str,
    version: u32,
    document: &'static str,
}

impl Known {
    fn in_partition(&self, partition: Partition) -> ManagedPolicy {
        // INVARIANT: the dates below are RFC 3339; a test reads them all.
        let created: Timestamp = self.created.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        ManagedPolicy {
            arn: format!("arn:{partition}:iam::aws:policy/{}", self.name),
            name: self.name.to_owned(),
            path: "/".to_owned(),
            id: self.id.to_owned(),
            description: Some(self.description.to_owned()),
            created,
            updated: created,
            versions: vec![PolicyVersion {
                number: self.version,
                document: PolicyText::new(self.document),
                created,
            }],
            default_version: self.version,
            next_version: self.version + 1,
            tags: Tags::new(),
        }
    }
}

const KNOWN: &[Known] = &[
    Known {
        name: "AdministratorAccess",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        description: "Provides full access to AWS services and resources.",
        created: "2015-02-06T18:39:46Z",
        version: 1,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
}"#,
    },
    Known {
        name: "AmazonEC2ContainerRegistryFullAccess",
        id: "ANPAIESRL7KD7IIVF6V4W",
        description: "Provides administrative access to Amazon ECR resources",
        created: "2015-12-21T17:06:48Z",
        version: 4,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ecr:*",
                "cloudtrail:LookupEvents"
            ],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": [
                "iam:CreateServiceLinkedRole"
            ],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "iam:AWSServiceName": [
                        "replication.ecr.amazonaws.com"
                    ]
                }
            }
        }
    ]
}"#,
    },
    Known {
        name: "AmazonEC2ContainerRegistryPowerUser",
        id: "ANPAJDNE5PIHROIBGGDDW",
        description: "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.",
        created: "2015-12-21T17:05:33Z",
        version: 3,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetRepositoryPolicy",
                "ecr:DescribeRepositories",
                "ecr:ListImages",
                "ecr:DescribeImages",
                "ecr:BatchGetImage",
                "ecr:GetLifecyclePolicy",
                "ecr:GetLifecyclePolicyPreview",
                "ecr:ListTagsForResource",
                "ecr:DescribeImageScanFindings",
                "ecr:InitiateLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:CompleteLayerUpload",
                "ecr:PutImage"
            ],
            "Resource": "*"
        }
    ]
}"#,
    },
    Known {
        name: "AmazonEC2ContainerRegistryReadOnly",
        id: "ANPAIFYZPA37OOHVIH7KQ",
        description: "Provides read-only access to Amazon EC2 Container Registry repositories.",
        created: "2015-12-21T17:04:15Z",
        version: 3,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetRepositoryPolicy",
                "ecr:DescribeRepositories",
                "ecr:ListImages",
                "ecr:DescribeImages",
                "ecr:BatchGetImage",
                "ecr:GetLifecyclePolicy",
                "ecr:GetLifecyclePolicyPreview",
                "ecr:ListTagsForResource",
                "ecr:DescribeImageScanFindings"
            ],
            "Resource": "*"
        }
    ]
}"#,
    },
    Known {
        name: "IAMFullAccess",
        id: "ANPAI7XKCFMBPM3QQRRVQ",
        description: "Provides full access to IAM via the AWS Management Console.",
        created: "2015-02-06T18:40:38Z",
        version: 2,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:*",
                "organizations:DescribeAccount",
                "organizations:DescribeOrganization",
                "organizations:DescribeOrganizationalUnit",
                "organizations:DescribePolicy",
                "organizations:ListChildren",
                "organizations:ListParents",
                "organizations:ListPoliciesForTarget",
                "organizations:ListRoots",
                "organizations:ListPolicies",
                "organizations:ListTargetsForPolicy"
            ],
            "Resource": "*"
        }
    ]
}"#,
    },
    Known {
        name: "IAMReadOnlyAccess",
        id: "ANPAJKSO7NDY4T57MWDSQ",
        description: "Provides read only access to IAM via the AWS Management Console.",
        created: "2015-02-06T18:40:39Z",
        version: 4,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:GenerateCredentialReport",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:Get*",
                "iam:List*",
                "iam:SimulateCustomPolicy",
                "iam:SimulatePrincipalPolicy"
            ],
            "Resource": "*"
        }
    ]
}"#,
    },
    Known {
        name: "PowerUserAccess",
        id: "ANPAJYRXTHIB4FOVS3ZXS",
        description: "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
        created: "2015-02-06T18:39:47Z",
        version: 5,
        document: r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "NotAction": [
                "iam:*",
                "organizations:*",
                "account:*"
            ],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": [
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization",
                "account:ListRegions",
                "account:GetAccountInformation"
            ],
            "Resource": "*"
        }
    ]
}"#,
    },
];

#[cfg(test)]
mod tests {
    use hallpass_iam::{Document, PolicyKind, validate};

    use super::*;

    #[test]
    fn each_is_a_policy_that_iam_would_store() {
        for policy in aws_managed(Partition::AwsCn) {
            assert!(policy.arn.starts_with("arn:aws-cn:iam::aws:policy/"));
            let text = policy.document().unwrap().as_str();
            let document = Document::parse(text).unwrap();
            validate(&document, PolicyKind::Identity).unwrap();
            assert_eq!(policy.id.len(), 21, "{}", policy.name);
            assert!(policy.created > Timestamp::UNIX_EPOCH, "{}", policy.name);
        }
    }
}
