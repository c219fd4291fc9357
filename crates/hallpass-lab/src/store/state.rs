//! All that the lab knows, in memory, one ordered table a kind of record.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::records::{
    AccessKey, GithubBlob, GithubCommit, GithubEnterprise, GithubEnvironment, GithubJob,
    GithubOwner, GithubPull, GithubRef, GithubRepository, GithubSecret, GithubVariable, Group,
    Image, KubernetesObject, ManagedPolicy, OidcProvider, Record, Repository, RepositoryBlob, Role,
    Setting, User,
};

/// Records by key. Values are shared, so that a reader may hold one after the lock is gone.
pub(crate) type Table<R> = BTreeMap<String, Arc<R>>;

macro_rules! tables {
    ($($field:ident: $record:ty = $name:literal,)*) => {
        /// The tables.
        #[derive(Debug, Default)]
        pub(crate) struct State {
            $(pub(crate) $field: Table<$record>,)*
        }

        impl State {
            /// Every table's name in the database.
            pub(super) const TABLES: &'static [&'static str] = &[$($name),*];

            /// Takes one row of the database in.
            pub(super) fn load(
                &mut self,
                table: &str,
                key: &str,
                value: &[u8],
            ) -> Result<(), serde_json::Error> {
                match table {
                    $($name => {
                        let record: $record = serde_json::from_slice(value)?;
                        self.$field.insert(key.to_owned(), Arc::new(record));
                    })*
                    // INVARIANT: called with names of `TABLES` only.
                    _ => {}
                }
                Ok(())
            }
        }

        $(impl Record for $record {
            const TABLE: &'static str = $name;

            fn key(&self) -> String {
                self.record_key()
            }

            fn table_mut(state: &mut State) -> &mut Table<Self> {
                &mut state.$field
            }
        })*
    };
}

tables! {
    access_keys: AccessKey = "iam-access-keys",
    blobs: RepositoryBlob = "ecr-blobs",
    github_blobs: GithubBlob = "github-blobs",
    github_commits: GithubCommit = "github-commits",
    github_enterprises: GithubEnterprise = "github-enterprises",
    github_environments: GithubEnvironment = "github-environments",
    github_jobs: GithubJob = "github-jobs",
    github_owners: GithubOwner = "github-owners",
    github_pulls: GithubPull = "github-pulls",
    github_refs: GithubRef = "github-refs",
    github_repositories: GithubRepository = "github-repositories",
    github_secrets: GithubSecret = "github-secrets",
    github_variables: GithubVariable = "github-variables",
    groups: Group = "iam-groups",
    images: Image = "ecr-images",
    managed_policies: ManagedPolicy = "iam-policies",
    objects: KubernetesObject = "kubernetes-objects",
    providers: OidcProvider = "iam-oidc-providers",
    repositories: Repository = "ecr-repositories",
    roles: Role = "iam-roles",
    settings: Setting = "settings",
    users: User = "iam-users",
}
