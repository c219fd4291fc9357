//! What the lab remembers: one type a kind of record, as plain data.

mod access_key;
mod ecr;
mod eks;
mod github;
mod group;
mod kinds;
mod kubernetes;
mod managed_policy;
mod oidc_provider;
mod organization;
mod policy_text;
mod role;
mod secret_text;
mod setting;
mod user;

pub(crate) use access_key::{AccessKey, LastUsed};
pub(crate) use ecr::{Image, Repository, RepositoryBlob};
pub(crate) use eks::{AccessEntry, AssociatedPolicy, PodIdentityAssociation};
pub(crate) use github::{
    GithubBlob, GithubCommit, GithubEnterprise, GithubEnvironment, GithubFile, GithubJob,
    GithubOwner, GithubPull, GithubReach, GithubRef, GithubRepository, GithubRun, GithubSecret,
    GithubSubject, GithubVariable,
};
pub(crate) use group::Group;
pub(crate) use kinds::{AccountRecord, Record, Row};
pub(crate) use kubernetes::KubernetesObject;
pub(crate) use managed_policy::{ManagedPolicy, PolicyVersion};
pub(crate) use oidc_provider::OidcProvider;
pub(crate) use organization::{
    AccountCreation, ControlKind, MemberAccount, Organization, OrganizationPolicy,
    OrganizationalUnit,
};
pub(crate) use policy_text::PolicyText;
pub(crate) use role::Role;
pub(crate) use setting::Setting;
pub(crate) use user::User;

/// Tags of a resource, ordered by key.
pub(crate) type Tags = std::collections::BTreeMap<String, String>;

/// Inline policies by name.
pub(crate) type InlinePolicies = std::collections::BTreeMap<String, PolicyText>;
