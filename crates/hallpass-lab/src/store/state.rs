//! All that the lab knows, in memory, one ordered table a kind of record.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::owners::Owners;
use super::records::{
    AccessKey, Group, Image, KubernetesObject, ManagedPolicy, OidcProvider, Record, Repository,
    RepositoryBlob, Role, Setting, User,
};

/// Records by key. Values are shared, so that a reader may hold one after the lock is gone.
pub(crate) type Table<R> = BTreeMap<String, Arc<R>>;

macro_rules! tables {
    ($($field:ident: $record:ty = $name:literal $(=> $index:ident: $derived:ty)?,)*) => {
        /// The tables.
        #[derive(Debug, Default)]
        pub(crate) struct State {
            $(
                pub(crate) $field: Table<$record>,
                $(pub(crate) $index: $derived,)?
            )*
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
                        <$record>::reindex(self, key, None, Some(&record));
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

            $(fn reindex(
                state: &mut State,
                key: &str,
                before: Option<&Self>,
                after: Option<&Self>,
            ) {
                state.$index.change(key, before, after);
            })?
        })*
    };
}

tables! {
    access_keys: AccessKey = "iam-access-keys",
    blobs: RepositoryBlob = "ecr-blobs",
    groups: Group = "iam-groups",
    images: Image = "ecr-images",
    managed_policies: ManagedPolicy = "iam-policies",
    objects: KubernetesObject = "kubernetes-objects" => owners: Owners,
    providers: OidcProvider = "iam-oidc-providers",
    repositories: Repository = "ecr-repositories",
    roles: Role = "iam-roles",
    settings: Setting = "settings",
    users: User = "iam-users",
}
