//! `ListEntitiesForPolicy`: what a managed policy is attached to, or the boundary of.

use hallpass_types::Arn;

use super::entity::Entity;
use super::managed_policies::{USAGES, allowed};
use super::names;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::store::AccountState;
use crate::store::records::{Group, Role, User};

/// `ListEntitiesForPolicy`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let arn = names::arn(call.params()?, "PolicyArn")?;
    let filter = Filter::read(call.params()?)?;
    allowed(call, &arn)?;
    let found = call.store().read(|state| {
        let mut found =
            filter.entities::<Group>(state, &arn, "Group", "GroupId", |group| &group.id);
        found.extend(filter.entities::<Role>(state, &arn, "Role", "RoleId", |role| &role.id));
        found.extend(filter.entities::<User>(state, &arn, "User", "UserId", |user| &user.id));
        found
    });
    let page = Page::cut(call.params()?, found, |entity| {
        format!("{}/{}", entity.kind, entity.key)
    })?;
    Ok(Answer::xml(|xml| {
        for (element, kind) in [
            ("PolicyGroups", "Group"),
            ("PolicyUsers", "User"),
            ("PolicyRoles", "Role"),
        ] {
            let of_kind = page.items.iter().filter(|entity| entity.kind == kind);
            xml.list(element, of_kind, |xml, entity| {
                xml.text(entity.parameter, &entity.name)
                    .text(entity.id_element, &entity.id);
            });
        }
        page.write_end(xml);
    }))
}

/// An entity that uses the policy.
struct Using {
    kind: &'static str,
    key: String,
    parameter: &'static str,
    name: String,
    id_element: &'static str,
    id: String,
}

/// Which entities are asked for.
struct Filter {
    kind: Option<String>,
    prefix: String,
    usage: Option<String>,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let one_of = |parameter, known: &[&str]| {
            let value = params.get(parameter);
            value
                .map(|value| names::one_of(value, parameter, known).map(str::to_owned))
                .transpose()
        };
        Ok(Self {
            kind: one_of("EntityFilter", names::ENTITY_TYPES)?,
            prefix: names::path_prefix(params)?,
            usage: one_of("PolicyUsageFilter", USAGES)?,
        })
    }

    fn entities<E: Entity>(
        &self,
        state: &AccountState,
        arn: &Arn,
        kind: &'static str,
        id_element: &'static str,
        id: fn(&E) -> &String,
    ) -> Vec<Using> {
        if self.kind.as_ref().is_some_and(|wanted| wanted != kind) {
            return Vec::new();
        }
        E::table(state)
            .values()
            .filter(|entity| self.is_used_by(&***entity, arn))
            .map(|entity| Using {
                kind,
                key: entity.key(),
                parameter: E::PARAMETER,
                name: entity.name().to_owned(),
                id_element,
                id: id(entity).clone(),
            })
            .collect()
    }

    fn is_used_by<E: Entity>(&self, entity: &E, arn: &Arn) -> bool {
        let is_attached = entity.attached().contains(arn.as_str());
        let is_boundary = entity.boundary() == Some(arn.as_str());
        let is_used = match self.usage.as_deref() {
            Some("PermissionsBoundary") => is_boundary,
            Some(_) => is_attached,
            None => is_attached || is_boundary,
        };
        is_used && entity.path().starts_with(&self.prefix)
    }
}
