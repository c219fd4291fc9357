//! What the lab remembers: one type a kind of record, as plain data.

mod access_key;
mod ecr;
mod eks;
mod github;
mod group;
mod kubernetes;
mod managed_policy;
mod oidc_provider;
mod organization;
mod policy_text;
mod role;
mod secret_text;
mod setting;
mod user;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use access_key::{AccessKey, LastUsed};
pub(crate) use ecr::{Image, Repository, RepositoryBlob};
pub(crate) use eks::{AccessEntry, AssociatedPolicy, PodIdentityAssociation};
pub(crate) use github::{
    GithubBlob, GithubCommit, GithubEnterprise, GithubEnvironment, GithubFile, GithubJob,
    GithubOwner, GithubPull, GithubReach, GithubRef, GithubRepository, GithubRun, GithubSecret,
    GithubSubject, GithubVariable,
};
pub(crate) use group::Group;
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

use super::state::{AccountState, State, Table};

/// Tags of a resource, ordered by key.
pub(crate) type Tags = std::collections::BTreeMap<String, String>;

/// Inline policies by name.
pub(crate) type InlinePolicies = std::collections::BTreeMap<String, PolicyText>;

/// A kind of record: where it lives, and under which key.
pub(crate) trait Row: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The table's name in the database. Never renamed: old labs are read by it.
    const TABLE: &'static str;

    /// The key of this record.
    fn key(&self) -> String;
}

/// A record of the lab as a whole.
pub(crate) trait Record: Row {
    /// The table in memory.
    fn table_mut(state: &mut State) -> &mut Table<Self>;

    /// Lets what is derived from the table follow the change of one record.
    fn reindex(_: &mut State, _key: &str, _before: Option<&Self>, _after: Option<&Self>) {}
}

/// A record that belongs to an account.
pub(crate) trait AccountRecord: Row {
    /// The account's table in memory.
    fn table_mut(account: &mut AccountState) -> &mut Table<Self>;
}
