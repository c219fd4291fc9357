//! An account as the answers tell it.

use serde_json::{Value, json};

use super::arns::Arns;
use crate::aws::text::epoch;
use crate::identity::LabIdentity;
use crate::store::OrganizationState;
use crate::store::records::{MemberAccount, Organization};

/// `Account` of the API.
pub(super) fn describe(
    identity: &LabIdentity,
    state: &OrganizationState,
    organization: &Organization,
    member: &MemberAccount,
) -> Value {
    let status = if member.is_suspended {
        "SUSPENDED"
    } else {
        "ACTIVE"
    };
    json!({
        "Id": member.id,
        "Arn": Arns::of(identity.partition, organization).node(&member.id),
        "Email": member.email,
        "Name": member.name,
        // `State` has come in place of `Status`, which older clients still read.
        "Status": status,
        "State": if member.is_suspended { "CLOSED" } else { status },
        "Paths": [format!("{}{}/", state.path(organization, &member.parent), member.id)],
        "JoinedMethod": if member.is_created { "CREATED" } else { "INVITED" },
        "JoinedTimestamp": epoch(member.joined),
    })
}
