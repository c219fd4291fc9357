//! The lab's place in the world: account, region, partition, cluster; and the ARNs that follow.

use hallpass_types::{AccountId, Partition, Region};

/// What is fixed for the life of a lab's folder.
#[derive(Clone, Debug)]
pub struct LabIdentity {
    /// The account: the first of the lab, or another of its organisation.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The partition.
    pub partition: Partition,
    /// The 32 upper-case hexadecimal digits of the cluster's issuer.
    pub issuer_id: String,
}

impl LabIdentity {
    /// The same lab as another of its accounts has it.
    pub(crate) fn of_account(&self, account: AccountId) -> Self {
        Self {
            account,
            ..self.clone()
        }
    }

    /// An ARN of an IAM resource, such as `role/ci/builder`.
    pub fn iam_arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition, self.account)
    }

    /// An ARN of an STS resource, such as `assumed-role/builder/session`.
    pub fn sts_arn(&self, resource: &str) -> String {
        format!("arn:{}:sts::{}:{resource}", self.partition, self.account)
    }

    /// The ARN of a repository.
    pub fn repository_arn(&self, name: &str) -> String {
        format!(
            "arn:{}:ecr:{}:{}:repository/{name}",
            self.partition, self.region, self.account
        )
    }

    /// The ARN of a resource of EKS, such as `cluster/NAME`.
    pub fn eks_arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:eks:{}:{}:{resource}",
            self.partition, self.region, self.account
        )
    }

    /// The ARN of the lab's cluster.
    pub fn cluster_arn(&self) -> String {
        self.eks_arn(&format!("cluster/{CLUSTER}"))
    }

    /// The registry's host name, as ECR names it.
    pub fn registry_host(&self) -> String {
        format!(
            "{}.dkr.ecr.{}.{}",
            self.account,
            self.region,
            self.partition.dns_suffix()
        )
    }

    /// The host of the cluster's issuer, as EKS names it.
    pub fn issuer_host(&self) -> String {
        format!("oidc.eks.{}.{}", self.region, self.partition.dns_suffix())
    }

    /// The cluster's issuer URL, as EKS writes it.
    pub fn issuer_url(&self) -> String {
        format!("https://{}/id/{}", self.issuer_host(), self.issuer_id)
    }
}

/// The name of the lab's cluster, in EKS and in its kubeconfig.
pub(crate) const CLUSTER: &str = "hallpass-lab";
