//! All that the lab knows, in memory, one ordered table a kind of record.
//!
//! What belongs to an account stands in the account's own tables: whoever looks something up has said
//! whose it is. In the database the lab's first account has the bare keys, as every lab had before there
//! were several accounts; the keys of the others begin with the account.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use hallpass_types::AccountId;

use super::controls::Controls;
use super::owners::Owners;
use super::records::{
    AccessEntry, AccessKey, AccountCreation, AccountRecord, GithubBlob, GithubCommit,
    GithubEnterprise, GithubEnvironment, GithubJob, GithubOwner, GithubPull, GithubRef,
    GithubRepository, GithubSecret, GithubVariable, Group, Image, KubernetesObject, ManagedPolicy,
    MemberAccount, OidcProvider, Organization, OrganizationPolicy, OrganizationalUnit,
    PodIdentityAssociation, Record, Repository, RepositoryBlob, Role, Row, Setting, User,
};

/// Records by key. Values are shared, so that a reader may hold one after the lock is gone.
pub(crate) type Table<R> = BTreeMap<String, Arc<R>>;

macro_rules! tables {
    (
        $(#[$doc:meta])*
        $state:ident { $($field:ident: $record:ty = $name:literal,)* }
        $($more:ident: $type:ty,)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $state {
            $(pub(crate) $field: Table<$record>,)*
            $(pub(crate) $more: $type,)*
        }

        impl $state {
            /// Every table's name in the database.
            const TABLES: &'static [&'static str] = &[$($name),*];

            /// Takes one row of the database in; whether there is such a table here.
            fn load_row(
                &mut self,
                table: &str,
                key: &str,
                value: &[u8],
            ) -> Result<bool, serde_json::Error> {
                match table {
                    $($name => {
                        let record: $record = serde_json::from_slice(value)?;
                        self.$field.insert(key.to_owned(), Arc::new(record));
                        Ok(true)
                    })*
                    _ => Ok(false),
                }
            }
        }

        $(impl Row for $record {
            const TABLE: &'static str = $name;

            fn key(&self) -> String {
                self.record_key()
            }
        })*
    };
}

macro_rules! kept_by {
    ($state:ty as $trait:ident, |$tables:ident| $place:expr, $($field:ident: $record:ty),* $(,)?) => {
        $(impl $trait for $record {
            fn table_mut($tables: &mut $state) -> &mut Table<Self> {
                &mut $place.$field
            }
        })*
    };
}

tables! {
    /// The lab's tables, and those of its accounts.
    State {
        access_entries: AccessEntry = "eks-access-entries",
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
        objects: KubernetesObject = "kubernetes-objects",
        pod_identity_associations: PodIdentityAssociation = "eks-pod-identity-associations",
        settings: Setting = "settings",
    }
    owners: Owners,
    organization: OrganizationState,
    accounts: BTreeMap<AccountId, AccountState>,
}

tables! {
    /// The organisation that the accounts stand in.
    OrganizationState {
        creations: AccountCreation = "organization-account-creations",
        members: MemberAccount = "organization-accounts",
        organizations: Organization = "organizations",
        policies: OrganizationPolicy = "organization-policies",
        units: OrganizationalUnit = "organization-units",
    }
    controls: OnceLock<Controls>,
}

tables! {
    /// What belongs to one account.
    AccountState {
        access_keys: AccessKey = "iam-access-keys",
        blobs: RepositoryBlob = "ecr-blobs",
        groups: Group = "iam-groups",
        images: Image = "ecr-images",
        managed_policies: ManagedPolicy = "iam-policies",
        providers: OidcProvider = "iam-oidc-providers",
        repositories: Repository = "ecr-repositories",
        roles: Role = "iam-roles",
        users: User = "iam-users",
    }
}

kept_by!(
    State as Record, |state| state,
    access_entries: AccessEntry,
    github_blobs: GithubBlob,
    github_commits: GithubCommit,
    github_enterprises: GithubEnterprise,
    github_environments: GithubEnvironment,
    github_jobs: GithubJob,
    github_owners: GithubOwner,
    github_pulls: GithubPull,
    github_refs: GithubRef,
    github_repositories: GithubRepository,
    github_secrets: GithubSecret,
    github_variables: GithubVariable,
    pod_identity_associations: PodIdentityAssociation,
    settings: Setting,
);

impl Record for KubernetesObject {
    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.objects
    }

    fn reindex(state: &mut State, key: &str, before: Option<&Self>, after: Option<&Self>) {
        state.owners.change(key, before, after);
    }
}

kept_by!(
    State as Record, |state| state.organization.changed(),
    creations: AccountCreation,
    members: MemberAccount,
    organizations: Organization,
    policies: OrganizationPolicy,
    units: OrganizationalUnit,
);
kept_by!(
    AccountState as AccountRecord, |account| account,
    access_keys: AccessKey,
    blobs: RepositoryBlob,
    groups: Group,
    images: Image,
    managed_policies: ManagedPolicy,
    providers: OidcProvider,
    repositories: Repository,
    roles: Role,
    users: User,
);

impl State {
    /// Every table's name in the database, the settings first: the keys of the others are read by the
    /// first account, which stands there.
    pub(super) fn tables() -> impl Iterator<Item = &'static str> {
        let rest = Self::TABLES
            .iter()
            .chain(OrganizationState::TABLES)
            .chain(AccountState::TABLES);
        std::iter::once(Setting::TABLE).chain(rest.copied().filter(|name| *name != Setting::TABLE))
    }

    /// Takes one row of the database in.
    pub(super) fn load(
        &mut self,
        table: &str,
        key: &str,
        value: &[u8],
    ) -> Result<(), serde_json::Error> {
        if table == KubernetesObject::TABLE {
            let object: KubernetesObject = serde_json::from_slice(value)?;
            KubernetesObject::reindex(self, key, None, Some(&object));
            self.objects.insert(key.to_owned(), Arc::new(object));
            return Ok(());
        }
        if self.load_row(table, key, value)? || self.organization.load_row(table, key, value)? {
            return Ok(());
        }
        let Some((account, key)) = self.owner(key) else {
            return Ok(());
        };
        let account = self.accounts.entry(account).or_default();
        // INVARIANT: called with names of `tables` only.
        account.load_row(table, key, value).map(drop)
    }

    /// What belongs to an account; nothing where there is no such account.
    pub(crate) fn account(&self, account: AccountId) -> &AccountState {
        static NOTHING: AccountState = AccountState::NOTHING;
        self.accounts.get(&account).unwrap_or(&NOTHING)
    }

    /// The accounts that have something.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (AccountId, &AccountState)> {
        self.accounts
            .iter()
            .map(|(account, state)| (*account, state))
    }

    /// The organisation.
    pub(crate) const fn organization(&self) -> &OrganizationState {
        &self.organization
    }

    /// Whether the organisation has closed the account.
    pub(crate) fn is_closed(&self, account: AccountId) -> bool {
        let controls = self.organization.controls().account(account.as_str());
        controls.is_some_and(|controls| controls.is_suspended)
    }

    /// Whether the lab has this account.
    pub(crate) fn is_account(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    pub(super) fn account_mut(&mut self, account: AccountId) -> &mut AccountState {
        self.accounts.entry(account).or_default()
    }

    /// Takes back that there is such an account.
    pub(super) fn forget_account(&mut self, account: AccountId) {
        self.accounts.remove(&account);
    }

    /// The key in the database of what `account` has under `key`.
    pub(super) fn database_key(&self, account: AccountId, key: &str) -> String {
        if self.first_account() == Some(account) {
            key.to_owned()
        } else {
            format!("{account}{SEPARATOR}{key}")
        }
    }

    /// The account of a key in the database, and the key within it. What was written before the first
    /// account was chosen is nobody's.
    fn owner<'k>(&self, key: &'k str) -> Option<(AccountId, &'k str)> {
        let prefixed = key
            .split_once(SEPARATOR)
            .and_then(|(account, rest)| Some((account.parse().ok()?, rest)));
        prefixed.or_else(|| Some((self.first_account()?, key)))
    }

    fn first_account(&self) -> Option<AccountId> {
        self.settings.get(FIRST_ACCOUNT)?.value.parse().ok()
    }
}

impl OrganizationState {
    /// The policies that bind each account, compiled; read anew after each change of the organisation.
    pub(crate) fn controls(&self) -> &Controls {
        self.controls.get_or_init(|| Controls::of(self))
    }

    fn changed(&mut self) -> &mut Self {
        self.controls.take();
        self
    }
}

impl AccountState {
    const NOTHING: Self = Self {
        access_keys: Table::new(),
        blobs: Table::new(),
        groups: Table::new(),
        images: Table::new(),
        managed_policies: Table::new(),
        providers: Table::new(),
        repositories: Table::new(),
        roles: Table::new(),
        users: Table::new(),
    };
}

/// The setting that names the lab's first account.
pub(crate) const FIRST_ACCOUNT: &str = "account";
// Stands in no key: names of IAM and ECR, ARNs, URLs of issuers without their query, digests.
const SEPARATOR: char = '|';

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Vec<u8> {
        format!(
            r#"{{"name": "{name}", "path": "/", "id": "AIDA", "created": "2026-01-02T03:04:05Z", "inline": {{}}, "attached": [], "boundary": null, "tags": {{}}}}"#
        )
        .into_bytes()
    }

    #[test]
    fn bare_keys_are_the_first_accounts() {
        let mut state = State::default();
        let first: AccountId = "111122223333".parse().unwrap();
        let second: AccountId = "222233334444".parse().unwrap();
        let setting = br#"{"name": "account", "value": "111122223333"}"#;
        state.load("settings", "account", setting).unwrap();
        state.load("iam-users", "ann", &user("Ann")).unwrap();
        let key = state.database_key(second, "ann");
        state.load("iam-users", &key, &user("Other")).unwrap();
        assert_eq!(state.database_key(first, "ann"), "ann");
        assert_eq!(state.account(first).users["ann"].name, "Ann");
        assert_eq!(state.account(second).users["ann"].name, "Other");
        let nobody = "999999999999".parse().unwrap();
        assert!(state.account(nobody).users.is_empty());
        assert!(!state.is_account(nobody));
    }

    #[test]
    fn settings_are_read_before_what_they_explain() {
        let all: Vec<&str> = State::tables().collect();
        assert_eq!(all.first(), Some(&"settings"));
        assert_eq!(all.iter().filter(|name| **name == "settings").count(), 1);
        assert!(all.contains(&"iam-roles") && all.contains(&"organizations"));
    }
}
