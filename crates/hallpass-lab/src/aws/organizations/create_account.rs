//! Accounts on their way in: asked for, and what became of it.
//!
//! Source: AWS Organizations API Reference, `CreateAccount`; User Guide, "Accessing a member account that
//! has `OrganizationAccountAccessRole`".

use std::collections::BTreeSet;

use hallpass_types::{AccountId, Chance, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Permission;
use super::fault::{exception, invalid};
use super::fresh::word;
use super::input::{self, Tag, add_tags, pairs};
use super::page::Paging;
use super::policies::join;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::iam::aws_managed;
use crate::aws::text::epoch;
use crate::chance;
use crate::identity::LabIdentity;
use crate::store::records::{
    AccountCreation, InlinePolicies, MemberAccount, Organization, PolicyText, Role, Tags,
};
use crate::store::{State, Transaction};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAccount {
    email: Option<String>,
    account_name: Option<String>,
    role_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// An account that is to be made.
struct NewAccount {
    id: AccountId,
    name: String,
    email: String,
    role: Role,
    tags: Tags,
    now: Timestamp,
}

/// `CreateAccount`: the answer comes before the account is said to be there, as on AWS, so that a client
/// that does not wait is found out.
pub(super) async fn create_account(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: CreateAccount = call.take_json()?;
    let email = input::text(wish.email, "Email", 64)?;
    let name = input::text(wish.account_name, "AccountName", 50)?;
    if !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(invalid(
            "INVALID_PATTERN",
            "You provided a value that doesn't match the required pattern: AccountName.",
        ));
    }
    let role_name = role_name(wish.role_name)?;
    let added = pairs(wish.tags);
    let organization = Permission::default().with_tags(&added).ask(call)?;
    let mut tags = Tags::new();
    add_tags(&mut tags, added)?;
    let (world, now) = (&call.world, call.now);
    let request = AccountCreation {
        id: format!("car-{}", word(&*world.chance, 32)),
        account_name: name.clone(),
        requested: now,
        outcome: Err("INTERNAL_FAILURE".to_owned()),
    };
    let role = access_role(
        &*world.chance,
        &call.identity,
        &organization,
        role_name,
        now,
    );
    let request = world
        .store
        .write::<_, ApiError>(|tx| {
            let outcome = if let Some(reason) = refused(tx.state(), &email) {
                Err(reason.to_owned())
            } else {
                let id = free_id(tx.state(), &*world.chance);
                let new = NewAccount {
                    id,
                    name,
                    email,
                    role,
                    tags,
                    now,
                };
                add(tx, &call.identity, &organization, new);
                Ok(id.to_string())
            };
            let request = AccountCreation { outcome, ..request };
            tx.put(request.clone());
            Ok(request)
        })
        .await?;
    Ok(Answer::Json(json!({ "CreateAccountStatus": {
        "Id": request.id,
        "AccountName": request.account_name,
        "State": "IN_PROGRESS",
        "RequestedTimestamp": epoch(request.requested),
    } })))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeStatus {
    create_account_request_id: Option<String>,
}

/// `DescribeCreateAccountStatus`.
pub(super) fn describe_status(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: DescribeStatus = call.take_json()?;
    let id = input::id(
        wish.create_account_request_id,
        "CreateAccountRequestId",
        |id| id.starts_with("car-"),
    )?;
    Permission::default().ask(call)?;
    let request = call
        .world
        .store
        .read(|state| state.organization().creations.get(&id).cloned())
        .ok_or_else(|| {
            exception(
                "CreateAccountStatusNotFoundException",
                "You specified an invalid request ID.",
            )
        })?;
    Ok(Answer::Json(
        json!({ "CreateAccountStatus": status(&request) }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListStatuses {
    states: Option<Vec<String>>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListCreateAccountStatus`.
pub(super) fn list_statuses(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListStatuses = call.take_json()?;
    Permission::default().ask(call)?;
    let is_wanted = |request: &AccountCreation| {
        let states = wish.states.as_ref();
        states.is_none_or(|states| states.iter().any(|state| state == request.state()))
    };
    call.world.store.read(|state| {
        let requests = state.organization().creations.values();
        let told = requests
            .filter(|request| is_wanted(request))
            .map(|request| (request.id.clone(), status(request)));
        wish.paging.answer("CreateAccountStatuses", told)
    })
}

impl AccountCreation {
    const fn state(&self) -> &'static str {
        match self.outcome {
            Ok(_) => "SUCCEEDED",
            Err(_) => "FAILED",
        }
    }
}

fn status(request: &AccountCreation) -> Value {
    let mut told = json!({
        "Id": request.id,
        "AccountName": request.account_name,
        "State": request.state(),
        "RequestedTimestamp": epoch(request.requested),
        "CompletedTimestamp": epoch(request.requested),
    });
    let (member, value) = match &request.outcome {
        Ok(account) => ("AccountId", account),
        Err(reason) => ("FailureReason", reason),
    };
    if let Some(fields) = told.as_object_mut() {
        fields.insert(member.to_owned(), json!(value));
    }
    told
}

/// Why AWS would not make an account, in the end.
fn refused(state: &State, email: &str) -> Option<&'static str> {
    let members = &state.organization().members;
    if !is_address(email) {
        return Some("INVALID_EMAIL");
    }
    let is_taken = |member: &MemberAccount| member.email.eq_ignore_ascii_case(email);
    if members.values().any(|member| is_taken(member)) {
        return Some("EMAIL_ALREADY_EXISTS");
    }
    (members.len() >= MAX_ACCOUNTS).then_some("ACCOUNT_LIMIT_EXCEEDED")
}

/// The rules of `CreateAccount` for an address.
fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let is_local = |byte: u8| byte.is_ascii_graphic() && !br#""'()<>[]:;,\|%&"#.contains(&byte);
    let is_edge = |byte: &u8| matches!(byte, b'-' | b'.');
    let domain_bytes = domain.as_bytes();
    email.len() >= 6
        && !local.is_empty()
        && !local.starts_with('.')
        && local.bytes().all(is_local)
        && domain.contains('.')
        && domain_bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || is_edge(byte))
        && !domain_bytes.first().is_some_and(is_edge)
        && !domain_bytes.last().is_some_and(is_edge)
}

/// Twelve digits that are no account's yet.
fn free_id(state: &State, chance: &dyn Chance) -> AccountId {
    loop {
        let mut random = [0; 8];
        chance.fill(&mut random);
        let number = u64::from_be_bytes(random) % 900_000_000_000 + 100_000_000_000;
        // INVARIANT: a number of that range has twelve digits. Some nine hundred thousand million are
        // free, so that the loop ends.
        if let Ok(id) = number.to_string().parse()
            && !state.is_account(id)
        {
            return id;
        }
    }
}

fn add(
    tx: &mut Transaction<'_>,
    identity: &LabIdentity,
    organization: &Organization,
    new: NewAccount,
) {
    tx.put(MemberAccount {
        id: new.id.to_string(),
        name: new.name,
        email: new.email,
        is_suspended: false,
        parent: organization.root.clone(),
        joined: new.now,
        is_created: true,
        tags: new.tags,
    });
    join(tx, new.id.as_str());
    let mut account = tx.account(new.id);
    for policy in aws_managed(identity.partition) {
        account.put(policy);
    }
    account.put(new.role);
}

/// The role by which the management account's administrators come in.
fn access_role(
    chance: &dyn Chance,
    identity: &LabIdentity,
    organization: &Organization,
    name: String,
    now: Timestamp,
) -> Role {
    let trusted = format!(
        "arn:{}:iam::{}:root",
        identity.partition, organization.management_account
    );
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": trusted },
            "Action": "sts:AssumeRole",
        }],
    });
    let everything = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }],
    });
    let policy = PolicyText::new(everything.to_string());
    Role {
        name,
        path: "/".to_owned(),
        id: chance::iam_id(chance, "AROA"),
        created: now,
        description: None,
        max_session_seconds: 3600,
        trust: PolicyText::new(trust.to_string()),
        inline: InlinePolicies::from([("AdministratorAccess".to_owned(), policy)]),
        attached: BTreeSet::new(),
        boundary: None,
        tags: Tags::new(),
        last_used: None,
    }
}

fn role_name(name: Option<String>) -> Result<String, ApiError> {
    let name = name.unwrap_or_else(|| ACCESS_ROLE.to_owned());
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(is_word) {
        return Ok(name);
    }
    Err(invalid(
        "INVALID_ROLE_NAME",
        "You provided a role name that isn't valid.",
    ))
}

/// The role that AWS makes in each account.
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
// Ten by default, which AWS raises on request to far more (AWS Organizations User Guide, "Quotas"): as
// many as bound what a lab holds.
const MAX_ACCOUNTS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_rules_of_the_api() {
        for right in ["a@b.cd", "lab+one@example.com", "a.b@x-y.example.org"] {
            assert!(is_address(right), "{right}");
        }
        for wrong in [
            "a@b.c",
            "ab.example.com",
            "a@b@example.com",
            ".a@example.com",
            "a b@example.com",
            "a@example",
            "a@-example.com",
            "a@example.com.",
            "a@exam_ple.com",
            "ä@example.com",
            "a%b@example.com",
            "@example.com",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
