//! When access keys and roles were last used, noted at most once a minute.
//!
//! AWS's own record is no finer, and a write a call would make the store the limit of every call.
//! Nobody waits for the disk here: the use is in memory when the call goes on, and on disk soon after.
//!
//! Source: IAM API Reference, `GetAccessKeyLastUsed` and `RoleLastUsed`.

use hallpass_types::{AccountId, Timestamp};

use crate::aws::call::Call;
use crate::store::records::{AccessKey, LastUsed, Role};

/// Notes that the key signed this call.
pub(super) fn note_key(call: &Call, account: AccountId, key: &AccessKey, region: &str) {
    let used = used(call, region);
    if is_noted(key.last_used.as_ref(), &used) {
        return;
    }
    call.world.store.of(account).note(|tx| {
        // Looked up again: of many calls at once, one notes.
        let Some(key) = tx.state().access_keys.get(&key.id) else {
            return;
        };
        if !is_noted(key.last_used.as_ref(), &used) {
            let mut key = AccessKey::clone(key);
            key.last_used = Some(used);
            tx.put(key);
        }
    });
}

/// Notes that a session of the role signed this call.
pub(super) fn note_role(call: &Call, account: AccountId, role: &Role, region: &str) {
    let used = used(call, region);
    if is_noted(role.last_used.as_ref(), &used) {
        return;
    }
    call.world.store.of(account).note(|tx| {
        let found = tx.state().roles.get(&role.record_key());
        let Some(found) = found.filter(|found| found.id == role.id) else {
            return;
        };
        if !is_noted(found.last_used.as_ref(), &used) {
            let mut role = Role::clone(found);
            role.last_used = Some(used);
            tx.put(role);
        }
    });
}

fn used(call: &Call, region: &str) -> LastUsed {
    LastUsed {
        at: call.now,
        service: call.service.name().to_owned(),
        region: region.to_owned(),
    }
}

/// Whether this use is in the record already, or so near to it that it need not be.
fn is_noted(noted: Option<&LastUsed>, used: &LastUsed) -> bool {
    let seconds = |at: Timestamp| at.as_second();
    noted.is_some_and(|noted| {
        noted.service == used.service
            && noted.region == used.region
            && seconds(used.at) - seconds(noted.at) < NOTE_SECONDS
    })
}

const NOTE_SECONDS: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn used(second: i64, service: &str) -> LastUsed {
        LastUsed {
            at: Timestamp::from_second(second).unwrap(),
            service: service.to_owned(),
            region: "us-west-2".to_owned(),
        }
    }

    #[test]
    fn notes_a_use_once_a_minute_and_each_service_at_once() {
        let noted = used(1000, "ecr");
        assert!(!is_noted(None, &used(1000, "ecr")));
        assert!(is_noted(Some(&noted), &used(1059, "ecr")));
        assert!(!is_noted(Some(&noted), &used(1060, "ecr")));
        assert!(!is_noted(Some(&noted), &used(1001, "sts")));
    }
}
