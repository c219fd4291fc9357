//! The host names that the lab answers for: those of its own accounts, region and partition.
//!
//! Sources: AWS General Reference, "Service endpoints" of STS, IAM, ECR and EKS; the endpoint rules
//! that AWS publishes with its SDKs, for the dual-stack and FIPS names; ECR User Guide, "Getting
//! started with making requests over IPv6", for `dkr-ecr`.

use std::collections::BTreeMap;

use hallpass_types::{AccountId, Partition};

use crate::identity::LabIdentity;

/// What stands behind a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// STS, IAM and ECR's API.
    Aws,
    /// The account's registry.
    Registry,
    /// The cluster's issuer.
    Cluster,
    /// GitHub's issuer and its API.
    Github,
}

/// The names, each with what stands behind it.
///
/// A closed list: a lab is one region of its accounts. An endpoint of another region, or the registry of
/// another account, would have to answer for resources that are not here, so it is refused like any
/// other host.
pub(crate) struct Hosts {
    names: BTreeMap<String, Target>,
    identity: LabIdentity,
    accounts: Accounts,
}

/// Tells the accounts that the lab has at this moment.
pub(crate) type Accounts = Box<dyn Fn() -> Vec<AccountId> + Send + Sync>;

impl Hosts {
    /// The names of a lab.
    pub(crate) fn of(identity: &LabIdentity, accounts: Accounts) -> Self {
        let mut hosts = BTreeMap::new();
        let mut add = |target, names: Vec<String>| {
            hosts.extend(names.into_iter().map(|name| (name, target)));
        };
        add(Target::Aws, sts(identity));
        add(Target::Aws, iam(identity.partition));
        add(Target::Aws, ecr(identity));
        for service in ["cloudtrail", "eks", "eks-auth"] {
            add(Target::Aws, regional(identity, service));
        }
        add(Target::Aws, organizations(identity.partition));
        add(Target::Registry, registry(identity));
        add(Target::Cluster, vec![identity.issuer_host()]);
        add(Target::Github, GITHUB.map(str::to_owned).to_vec());
        Self {
            names: hosts,
            identity: identity.clone(),
            accounts,
        }
    }

    /// What stands behind `host`, which may be written in any case and end in the root's dot.
    pub(crate) fn target(&self, host: &str) -> Option<Target> {
        let host = normal(host);
        let known = self.names.get(&host).copied();
        known.or_else(|| self.other_registry(&host))
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The registry of another account of the lab.
    fn other_registry(&self, host: &str) -> Option<Target> {
        let account: AccountId = host.split('.').next()?.parse().ok()?;
        let names = || registry(&self.identity.of_account(account));
        let is_here = (self.accounts)().contains(&account) && names().iter().any(|n| n == host);
        is_here.then_some(Target::Registry)
    }
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosts")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// A host name in the one form in which names are compared.
pub(super) fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn sts(identity: &LabIdentity) -> Vec<String> {
    let (region, partition) = (&identity.region, identity.partition);
    let (suffix, dual_stack) = (partition.dns_suffix(), api_suffix(partition));
    let mut names = vec![
        format!("sts.{region}.{suffix}"),
        format!("sts-fips.{region}.{suffix}"),
        format!("sts.{region}.{dual_stack}"),
        format!("sts-fips.{region}.{dual_stack}"),
    ];
    match partition {
        Partition::Aws => names.push(format!("sts.{suffix}")),
        // Neither has a global endpoint of STS.
        Partition::AwsCn | Partition::AwsUsGov => {}
    }
    names
}

/// One endpoint for all regions of a partition.
fn iam(partition: Partition) -> Vec<String> {
    let names: &[&str] = match partition {
        Partition::Aws => &[
            "iam.amazonaws.com",
            "iam-fips.amazonaws.com",
            "iam.global.api.aws",
            "iam-fips.global.api.aws",
        ],
        Partition::AwsCn => &[
            "iam.cn-north-1.amazonaws.com.cn",
            "iam.global.api.amazonwebservices.com.cn",
        ],
        Partition::AwsUsGov => &["iam.us-gov.amazonaws.com", "iam.us-gov.api.aws"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// One endpoint for all regions of a partition (AWS General Reference, "AWS Organizations endpoints").
fn organizations(partition: Partition) -> Vec<String> {
    let region = partition.global_region();
    let suffix = partition.dns_suffix();
    vec![
        format!("organizations.{region}.{suffix}"),
        format!("organizations-fips.{region}.{suffix}"),
    ]
}

fn ecr(identity: &LabIdentity) -> Vec<String> {
    let region = &identity.region;
    let suffix = identity.partition.dns_suffix();
    let dual_stack = api_suffix(identity.partition);
    vec![
        format!("api.ecr.{region}.{suffix}"),
        format!("api.ecr-fips.{region}.{suffix}"),
        format!("ecr.{region}.{suffix}"),
        format!("ecr-fips.{region}.{suffix}"),
        format!("ecr.{region}.{dual_stack}"),
        format!("ecr-fips.{region}.{dual_stack}"),
    ]
}

/// A service that each region has under its own name. EKS Auth has the dual-stack name alone, and
/// nobody is led astray by the other.
fn regional(identity: &LabIdentity, service: &str) -> Vec<String> {
    let region = &identity.region;
    let suffix = identity.partition.dns_suffix();
    let dual_stack = api_suffix(identity.partition);
    vec![
        format!("{service}.{region}.{suffix}"),
        format!("{service}-fips.{region}.{suffix}"),
        format!("{service}.{region}.{dual_stack}"),
        format!("{service}-fips.{region}.{dual_stack}"),
    ]
}

/// Whether the host is STS's.
pub(crate) fn is_sts_host(identity: &LabIdentity, host: &str) -> bool {
    sts(identity).contains(&normal(host))
}

fn registry(identity: &LabIdentity) -> Vec<String> {
    let (account, region) = (&identity.account, &identity.region);
    let suffix = identity.partition.dns_suffix();
    let dual_stack = match identity.partition {
        Partition::Aws | Partition::AwsUsGov => "on.aws",
        Partition::AwsCn => "on.amazonwebservices.com.cn",
    };
    vec![
        identity.registry_host(),
        format!("{account}.dkr.ecr-fips.{region}.{suffix}"),
        format!("{account}.dkr-ecr.{region}.{dual_stack}"),
        format!("{account}.dkr-ecr-fips.{region}.{dual_stack}"),
    ]
}

/// The suffix of services' dual-stack names.
const fn api_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws | Partition::AwsUsGov => "api.aws",
        Partition::AwsCn => "api.amazonwebservices.com.cn",
    }
}

/// The issuer of GitHub Actions.
pub(crate) const GITHUB_ISSUER_HOST: &str = "token.actions.githubusercontent.com";
/// GitHub Docs, "Using GitHub's meta API", domains: the issuer and the REST API.
const GITHUB: [&str; 2] = [GITHUB_ISSUER_HOST, "api.github.com"];

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(region: &str) -> Hosts {
        let region: hallpass_types::Region = region.parse().unwrap();
        let identity = LabIdentity {
            account: "111122223333".parse().unwrap(),
            partition: region.partition(),
            region,
            issuer_id: "0123456789ABCDEF0123456789ABCDEF".to_owned(),
        };
        Hosts::of(
            &identity,
            Box::new(|| vec!["222233334444".parse().unwrap()]),
        )
    }

    #[test]
    fn each_service_has_its_names() {
        for (region, target, names) in NAMES {
            for name in names.split_whitespace() {
                assert_eq!(hosts(region).target(name), Some(*target), "{name}");
            }
        }
    }

    #[test]
    fn case_and_the_roots_dot_do_not_matter() {
        for name in [
            "STS.Us-West-2.AmazonAWS.com",
            "sts.us-west-2.amazonaws.com.",
        ] {
            assert_eq!(hosts("us-west-2").target(name), Some(Target::Aws), "{name}");
        }
    }

    #[test]
    fn everything_else_is_nobodys() {
        for name in [
            "",
            ".",
            "localhost",
            "127.0.0.1",
            "169.254.169.254",
            "amazonaws.com",
            "us-west-2.amazonaws.com",
            "example.com",
            "sts.us-west-2.amazonaws.com.example.com",
            "example.com.sts.us-west-2.amazonaws.com",
            "xsts.us-west-2.amazonaws.com",
            "sts.us-west-2.amazonaws.com..",
            "sts.us-west-2.amazonaws.com:443",
            " sts.us-west-2.amazonaws.com",
            "sts.us-west-2.amazonaws.com\0",
            "sts.us-west-2.amazonaws.com.cn",
            "s3.us-west-2.amazonaws.com",
            // Another region, another account, another partition.
            "sts.us-east-1.amazonaws.com",
            "444455556666.dkr.ecr.us-west-2.amazonaws.com",
            "111122223333.dkr.ecr.us-east-1.amazonaws.com",
            "222233334444.dkr.ecr.us-east-1.amazonaws.com",
            "222233334444.example.com",
            "iam.us-gov.amazonaws.com",
        ] {
            assert_eq!(hosts("us-west-2").target(name), None, "{name}");
        }
        assert_eq!(hosts("us-gov-west-1").target("sts.amazonaws.com"), None);
        assert_eq!(hosts("cn-north-1").target("sts.amazonaws.com.cn"), None);
    }

    const NAMES: &[(&str, Target, &str)] = &[
        (
            "us-west-2",
            Target::Aws,
            "sts.us-west-2.amazonaws.com sts-fips.us-west-2.amazonaws.com sts.us-west-2.api.aws
             sts.amazonaws.com
             iam.amazonaws.com iam-fips.amazonaws.com iam.global.api.aws
             api.ecr.us-west-2.amazonaws.com ecr.us-west-2.amazonaws.com
             ecr-fips.us-west-2.amazonaws.com ecr.us-west-2.api.aws
             organizations.us-east-1.amazonaws.com",
        ),
        (
            "us-west-2",
            Target::Registry,
            "111122223333.dkr.ecr.us-west-2.amazonaws.com
             111122223333.dkr.ecr-fips.us-west-2.amazonaws.com
             111122223333.dkr-ecr.us-west-2.on.aws
             222233334444.dkr.ecr.us-west-2.amazonaws.com
             222233334444.dkr-ecr.us-west-2.on.aws",
        ),
        (
            "us-west-2",
            Target::Cluster,
            "oidc.eks.us-west-2.amazonaws.com",
        ),
        (
            "us-west-2",
            Target::Github,
            "token.actions.githubusercontent.com api.github.com",
        ),
        (
            "cn-northwest-1",
            Target::Aws,
            "sts.cn-northwest-1.amazonaws.com.cn iam.cn-north-1.amazonaws.com.cn
             api.ecr.cn-northwest-1.amazonaws.com.cn
             ecr.cn-northwest-1.api.amazonwebservices.com.cn",
        ),
        (
            "cn-northwest-1",
            Target::Registry,
            "111122223333.dkr.ecr.cn-northwest-1.amazonaws.com.cn
             111122223333.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn",
        ),
        (
            "cn-northwest-1",
            Target::Cluster,
            "oidc.eks.cn-northwest-1.amazonaws.com.cn",
        ),
        (
            "us-gov-west-1",
            Target::Aws,
            "sts.us-gov-west-1.amazonaws.com iam.us-gov.amazonaws.com",
        ),
        (
            "us-gov-west-1",
            Target::Registry,
            "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com",
        ),
    ];
}
