//! An organisation from nothing: the one that a lab starts with, and the one that `CreateOrganization`
//! makes.

use std::collections::BTreeSet;

use hallpass_types::{AccountId, Chance, Timestamp};

use super::aws_managed;
use crate::chance;
use crate::error::LabError;
use crate::store::Transaction;
use crate::store::records::{MemberAccount, Organization, Setting, Tags};
use crate::world::World;

/// Makes the organisation that a lab starts with, once: a lab whose organisation was deleted stays
/// without one.
pub(crate) async fn bring_up(world: &World) -> Result<(), LabError> {
    let is_known = |state: &crate::store::State| state.settings.contains_key(MADE);
    if world.store.read(is_known) {
        return Ok(());
    }
    let (now, account) = (world.now(), world.identity.account);
    world
        .store
        .write(|tx| {
            tx.put(Setting {
                name: MADE.to_owned(),
                value: "yes".to_owned(),
            });
            make(tx, &*world.chance, now, account, ALL_FEATURES);
            Ok(())
        })
        .await
}

/// Makes an organisation, with its management account in its root and no kind of policy enabled.
pub(super) fn make(
    tx: &mut Transaction<'_>,
    chance: &dyn Chance,
    now: Timestamp,
    account: AccountId,
    feature_set: &str,
) -> Organization {
    let organization = Organization {
        id: format!("o-{}", word(chance, 10)),
        root: format!("r-{}", word(chance, 4)),
        management_account: account.to_string(),
        feature_set: feature_set.to_owned(),
        enabled: BTreeSet::new(),
        tags: Tags::new(),
        created: now,
    };
    tx.put(MemberAccount {
        id: account.to_string(),
        name: "hallpass lab".to_owned(),
        email: MANAGEMENT_EMAIL.to_owned(),
        is_suspended: false,
        parent: organization.root.clone(),
        joined: now,
        is_created: false,
        tags: Tags::new(),
    });
    for policy in aws_managed::all() {
        tx.put(policy);
    }
    tx.put(organization.clone());
    organization
}

/// Random characters of an ID.
pub(super) fn word(chance: &dyn Chance, length: usize) -> String {
    chance::from_alphabet(chance, LOWER, length)
}

/// The features of an organisation that has policies.
pub(super) const ALL_FEATURES: &str = "ALL";
/// The address of the management account (RFC 2606: a name that is nobody's).
pub(super) const MANAGEMENT_EMAIL: &str = "lab@example.com";
const MADE: &str = "organization-made";
// Thirty-two characters, so that none is likelier; the IDs take digits and lower-case letters.
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz012345";
