//! Organisational units.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Permission;
use super::arns::Arns;
use super::fault::{self, constraint, exception};
use super::fresh::word;
use super::input::{self, Tag, add_tags, pairs};
use super::node::{Node, accounts_in, units_in};
use super::page::Paging;
use super::policies::{forget, join};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::OrganizationState;
use crate::store::records::{Organization, OrganizationalUnit, Tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUnit {
    parent_id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreateOrganizationalUnit`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: CreateUnit = call.take_json()?;
    let parent = input::id(wish.parent_id, "ParentId", input::is_parent)?;
    let name = input::text(wish.name, "Name", MAX_NAME)?;
    let added = pairs(wish.tags);
    let organization = Permission::on(&parent).with_tags(&added).ask(call)?;
    let mut tags = Tags::new();
    add_tags(&mut tags, added)?;
    let own_root = organization.root.trim_start_matches("r-");
    let unit = OrganizationalUnit {
        id: format!("ou-{own_root}-{}", word(&*call.world.chance, 8)),
        name,
        parent,
        tags,
    };
    let made = call
        .world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            Node::find_parent(state, &unit.parent).ok_or_else(fault::no_parent)?;
            must_be_free(state, &unit.parent, &unit.name)?;
            check_room(state, &organization, &unit.parent)?;
            tx.put(unit.clone());
            join(tx, &unit.id);
            Ok::<_, ApiError>(unit)
        })
        .await?;
    Ok(answer(call, &organization, &made))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    organizational_unit_id: Option<String>,
    name: Option<String>,
}

/// `DescribeOrganizationalUnit`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = unit_id(wish.organizational_unit_id)?;
    let organization = Permission::on(&id).ask(call)?;
    let unit = call
        .world
        .store
        .read(|state| state.organization().units.get(&id).cloned())
        .ok_or_else(fault::no_unit)?;
    Ok(answer(call, &organization, &unit))
}

/// `UpdateOrganizationalUnit`: its name.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = unit_id(wish.organizational_unit_id)?;
    let name = wish
        .name
        .map(|name| input::text(Some(name), "Name", MAX_NAME))
        .transpose()?;
    let organization = Permission::on(&id).ask(call)?;
    let unit = call
        .world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            let found = state.units.get(&id).ok_or_else(fault::no_unit)?;
            let mut unit = OrganizationalUnit::clone(found);
            if let Some(name) = name.filter(|name| *name != unit.name) {
                must_be_free(state, &unit.parent, &name)?;
                unit.name = name;
                tx.put(unit.clone());
            }
            Ok::<_, ApiError>(unit)
        })
        .await?;
    Ok(answer(call, &organization, &unit))
}

/// `DeleteOrganizationalUnit`: once nothing stands in it.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = unit_id(wish.organizational_unit_id)?;
    Permission::on(&id).ask(call)?;
    call.world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            if !state.units.contains_key(&id) {
                return Err(fault::no_unit());
            }
            if units_in(state, &id).next().is_some() || accounts_in(state, &id).next().is_some() {
                return Err(exception(
                    "OrganizationalUnitNotEmptyException",
                    "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.",
                ));
            }
            forget(tx, &id);
            tx.delete::<OrganizationalUnit>(&id);
            Ok(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListForParent {
    parent_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListOrganizationalUnitsForParent`.
pub(super) fn list_for_parent(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListForParent = call.take_json()?;
    let parent = input::id(wish.parent_id, "ParentId", input::is_parent)?;
    let organization = Permission::on(&parent).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        Node::find_parent(state, &parent).ok_or_else(fault::no_parent)?;
        let units = units_in(state, &parent).map(|unit| {
            let told = describe_unit(&call.identity, state, &organization, unit);
            (unit.id.clone(), told)
        });
        wish.paging.answer("OrganizationalUnits", units)
    })
}

fn unit_id(id: Option<String>) -> Result<String, ApiError> {
    input::id(id, "OrganizationalUnitId", input::is_unit)
}

fn must_be_free(state: &OrganizationState, parent: &str, name: &str) -> Result<(), ApiError> {
    if units_in(state, parent).any(|unit| unit.name == name) {
        return Err(fault::duplicate_unit());
    }
    Ok(())
}

fn check_room(
    state: &OrganizationState,
    organization: &Organization,
    parent: &str,
) -> Result<(), ApiError> {
    if state.units.len() >= MAX_UNITS {
        return Err(constraint(
            "OU_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the number of OUs that you can have in an organization.",
        ));
    }
    // The root is the first of those above.
    if state.above(organization, parent).len() > MAX_DEPTH {
        return Err(constraint(
            "OU_DEPTH_LIMIT_EXCEEDED",
            "You have exceeded the number of levels that you can have in an organization.",
        ));
    }
    Ok(())
}

fn answer(call: &Call, organization: &Organization, unit: &OrganizationalUnit) -> Answer {
    let told = call
        .world
        .store
        .read(|state| describe_unit(&call.identity, state.organization(), organization, unit));
    Answer::Json(json!({ "OrganizationalUnit": told }))
}

fn describe_unit(
    identity: &LabIdentity,
    state: &OrganizationState,
    organization: &Organization,
    unit: &OrganizationalUnit,
) -> Value {
    json!({
        "Id": unit.id,
        "Arn": Arns::of(identity.partition, organization).node(&unit.id),
        "Name": unit.name,
        "Path": state.path(organization, &unit.id),
    })
}

const MAX_NAME: usize = 128;
// AWS Organizations User Guide, "Quotas for AWS Organizations".
const MAX_UNITS: usize = 2000;
const MAX_DEPTH: usize = 5;
