//! A lab's folder of the time when a lab was one account: what it has is its first account's.

use std::path::Path;

use hallpass_types::AccountId;
use redb::TableDefinition;

use super::records::{Role, User};
use super::{Store, StoreFailed};

/// Rows as labs wrote them before there were several accounts.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "ecr-blobs",
        "sha256:aa@kept",
        r#"{"repository":"kept","digest":"sha256:aa","size":3}"#,
    ),
    (
        "ecr-images",
        "kept@sha256:bb",
        r#"{"repository":"kept","digest":"sha256:bb","media_type":"application/vnd.oci.image.manifest.v1+json","artifact_type":null,"manifest":"{}","size":3,"pushed":"2026-11-24T16:21:21.376882663Z","pulled":null,"tags":["v1"],"subject":null}"#,
    ),
    (
        "ecr-repositories",
        "kept",
        r#"{"name":"kept","created":"2026-11-24T16:21:21.376882663Z","has_immutable_tags":false,"policy":null,"tags":{}}"#,
    ),
    (
        "iam-access-keys",
        "AKIAISHTWUOIAKCK2RMG",
        r#"{"id":"AKIAISHTWUOIAKCK2RMG","user":"Kept","secret":"not-a-secret","is_active":true,"created":"2026-11-24T16:21:15.32606944Z","last_used":null}"#,
    ),
    (
        "iam-oidc-providers",
        "issuer.example.com/id/1",
        r#"{"url":"issuer.example.com/id/1","client_ids":["a"],"thumbprints":[],"created":"2026-11-24T16:21:15.32606944Z","tags":{}}"#,
    ),
    (
        "iam-roles",
        "kept",
        r#"{"name":"Kept","path":"/","id":"AROAYQEA6WDETI3OTUUKX","created":"2026-11-24T16:21:24.375904403Z","description":null,"max_session_seconds":3600,"trust":"{}","inline":{},"attached":[],"boundary":null,"tags":{},"last_used":null}"#,
    ),
    (
        "iam-users",
        "kept",
        r#"{"name":"Kept","path":"/","id":"AIDARKL7KOWXGLJIJLHCO","created":"2026-11-24T16:21:18.22542897Z","inline":{},"attached":[],"boundary":null,"tags":{}}"#,
    ),
    (
        "settings",
        "account",
        r#"{"name":"account","value":"111122223333"}"#,
    ),
];

fn write_old(folder: &Path) {
    let database = redb::Database::create(folder.join("state.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    for (table, key, value) in ROWS {
        let definition = TableDefinition::<&str, &[u8]>::new(table);
        let mut table = transaction.open_table(definition).unwrap();
        table.insert(*key, value.as_bytes()).unwrap();
    }
    transaction.commit().unwrap();
}

/// The keys of a table in the database.
fn keys(folder: &Path, table: &str) -> Vec<String> {
    use redb::{ReadableDatabase as _, ReadableTable as _};
    let database = redb::Database::create(folder.join("state.redb")).unwrap();
    let transaction = database.begin_read().unwrap();
    let definition = TableDefinition::<&str, &[u8]>::new(table);
    let table = transaction.open_table(definition).unwrap();
    let rows = table.iter().unwrap();
    rows.map(|row| row.unwrap().0.value().to_owned()).collect()
}

fn first() -> AccountId {
    "111122223333".parse().unwrap()
}

#[test]
fn what_an_old_lab_has_is_its_accounts() {
    let folder = tempfile::tempdir().unwrap();
    write_old(folder.path());
    let store = Store::open(folder.path()).unwrap();
    store.of(first()).read(|state| {
        assert_eq!(state.roles["kept"].name, "Kept");
        assert_eq!(state.users["kept"].name, "Kept");
        assert_eq!(state.access_keys["AKIAISHTWUOIAKCK2RMG"].user, "Kept");
        assert!(state.providers.contains_key("issuer.example.com/id/1"));
        assert!(state.repositories.contains_key("kept"));
        assert_eq!(state.images["kept@sha256:bb"].size, 3);
        assert!(state.blobs.contains_key("sha256:aa@kept"));
    });
    let accounts = store.read(|state| state.accounts().count());
    assert_eq!(accounts, 1);
}

#[tokio::test]
async fn accounts_that_come_to_it_keep_out_of_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    write_old(folder.path());
    let second: AccountId = "222233334444".parse().unwrap();
    {
        let store = Store::open(folder.path()).unwrap();
        let old = store
            .of(first())
            .read(|state| Role::clone(&state.roles["kept"]));
        for (account, name) in [(first(), "Own"), (second, "Kept"), (second, "Gone")] {
            let role = Role {
                name: name.to_owned(),
                ..old.clone()
            };
            let written = store.of(account).write::<_, StoreFailed>(|tx| {
                tx.put(role);
                Ok(())
            });
            written.await.unwrap();
        }
        let written = store.of(second).write::<_, StoreFailed>(|tx| {
            tx.delete::<Role>("gone");
            assert!(tx.delete::<User>("kept").is_none());
            Ok(())
        });
        written.await.unwrap();
    }
    assert_eq!(
        keys(folder.path(), "iam-roles"),
        ["222233334444|kept", "kept", "own"]
    );
    let store = Store::open(folder.path()).unwrap();
    let roles = |account| {
        store
            .of(account)
            .read(|state| state.roles.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(roles(first()), ["kept", "own"]);
    assert_eq!(roles(second), ["kept"]);
    assert_eq!(store.of(first()).read(|state| state.users.len()), 1);
}

#[tokio::test]
async fn a_failed_change_of_several_accounts_is_undone_in_each() {
    let folder = tempfile::tempdir().unwrap();
    write_old(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let second: AccountId = "222233334444".parse().unwrap();
    let failed: Result<(), StoreFailed> = store
        .write(|tx| {
            let role = Role::clone(&tx.state().account(first()).roles["kept"]);
            tx.account(second).put(role);
            tx.account(first()).delete::<Role>("kept");
            Err(StoreFailed)
        })
        .await;
    assert!(failed.is_err());
    assert!(
        store
            .of(first())
            .read(|state| state.roles.contains_key("kept"))
    );
    assert!(!store.read(|state| state.is_account(second)));
}
