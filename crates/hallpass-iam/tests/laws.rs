//! What holds for every request and every set of policies, whatever the policies say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    dead_code,
    unreachable_pub,
    reason = "a test file outside `cfg(test)` modules; it shares its worlds with the twin's"
)]

#[path = "support/generate.rs"]
mod generate;
#[path = "support/twin.rs"]
mod twin;

use generate::{Named, condition, engine, policy, world};
use hallpass_iam::Outcome;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use twin::{Who, World};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn an_explicit_deny_overrides_every_allow(world in world(), place in any::<Index>()) {
        let mut world = world;
        if world.has_account() {
            world.identity.push(everything("Allow"));
        }
        // These do not bind everyone.
        world.service_control.clear();
        let mut places = every_policy(&mut world);
        if places.is_empty() {
            return Ok(());
        }
        let policy = place.get_mut(&mut places);
        let is_of_resource = policy["Statement"][0].get("Principal").is_some()
            || policy["Statement"][0].get("NotPrincipal").is_some();
        let mut deny = everything("Deny")["Statement"][0].clone();
        if is_of_resource {
            deny["Principal"] = json!("*");
        }
        statements(policy).push(deny);
        prop_assert_eq!(engine(&world), Outcome::ExplicitDeny, "{:?}", world);
    }

    #[test]
    fn the_order_of_statements_and_policies_is_irrelevant(world in world()) {
        let mut turned = world.clone();
        turned.identity.reverse();
        turned.service_control.reverse();
        turned.service_control.iter_mut().for_each(|level| level.reverse());
        if let Some(session) = &mut turned.session {
            session.reverse();
        }
        for policy in every_policy(&mut turned) {
            statements(policy).reverse();
        }
        prop_assert_eq!(engine(&turned), engine(&world));
    }

    #[test]
    fn what_stands_twice_counts_once(world in world(), place in any::<Index>()) {
        let mut doubled = world.clone();
        doubled.identity.extend(world.identity.clone());
        if let Some(policy) = choose(&mut doubled, place) {
            let copy = statements(policy).clone();
            statements(policy).extend(copy);
        }
        prop_assert_eq!(engine(&doubled), engine(&world));
    }

    #[test]
    fn dropping_an_allow_never_widens(world in world(), places in any::<[Index; 2]>()) {
        let mut less = world.clone();
        let Some(policy) = choose(&mut less, places[0]) else { return Ok(()) };
        let statements = statements(policy);
        let at = places[1].index(statements.len());
        if statements[at]["Effect"] == "Allow" {
            statements.remove(at);
        }
        never_widens(&world, &less)?;
    }

    #[test]
    fn a_condition_on_an_allow_never_widens(
        world in world(), places in any::<[Index; 2]>(), more in condition(),
    ) {
        let mut less = world.clone();
        let Some(policy) = choose(&mut less, places[0]) else { return Ok(()) };
        let statement = places[1].get_mut(statements(policy));
        let (operator, key, values) = more;
        if statement["Effect"] == "Allow" && statement["Condition"][&operator].is_null() {
            statement["Condition"][operator] = json!({ key: values });
        }
        never_widens(&world, &less)?;
    }

    #[test]
    fn a_deny_never_widens(world in world(), place in any::<Index>(), more in policy(Named::NoOne)) {
        let mut less = world.clone();
        let Some(policy) = choose(&mut less, place) else { return Ok(()) };
        let principal = policy["Statement"][0].get("Principal").cloned();
        for mut statement in more["Statement"].as_array().unwrap().clone() {
            statement["Effect"] = json!("Deny");
            if let Some(principal) = &principal {
                statement["Principal"] = principal.clone();
            }
            statements(policy).push(statement);
        }
        never_widens(&world, &less)?;
    }

    #[test]
    fn what_caps_never_widens(world in world(), more in policy(Named::NoOne)) {
        if world.boundary.is_none() {
            let less = World { boundary: Some(more.clone()), ..world.clone() };
            never_widens(&world, &less)?;
        }
        // A federated user without a session policy has less than with one.
        if world.session.is_none() && !matches!(world.who, Who::FederatedUser(_)) {
            let less = World { session: Some(vec![more.clone()]), ..world.clone() };
            never_widens(&world, &less)?;
        }
        let mut less = world.clone();
        less.service_control.push(vec![more]);
        never_widens(&world, &less)?;
    }

    #[test]
    fn nothing_is_allowed_by_nothing(world in world()) {
        let bare = World {
            identity: Vec::new(), resource_policy: None, trust_policy: None, ..world
        };
        if !matches!(bare.who, Who::Root) {
            prop_assert_ne!(engine(&bare), Outcome::Allow);
        }
    }

    #[test]
    fn another_account_must_allow_and_be_allowed(world in world()) {
        let foreign = World { owner: Some("444455556666"), ..world };
        if !foreign.has_account() || matches!(foreign.who, Who::Root) {
            return Ok(());
        }
        let own_only = World { resource_policy: None, trust_policy: None, ..foreign.clone() };
        prop_assert_ne!(engine(&own_only), Outcome::Allow);
        let theirs_only = World { identity: Vec::new(), ..foreign };
        prop_assert_ne!(engine(&theirs_only), Outcome::Allow);
    }
}

fn never_widens(before: &World, after: &World) -> Result<(), TestCaseError> {
    if engine(before) != Outcome::Allow {
        prop_assert_ne!(engine(after), Outcome::Allow);
    }
    Ok(())
}

fn everything(effect: &str) -> Value {
    json!({ "Statement": [{ "Effect": effect, "Action": "*", "Resource": "*" }] })
}

fn choose(world: &mut World, place: Index) -> Option<&mut Value> {
    let mut all = every_policy(world);
    if all.is_empty() {
        return None;
    }
    let at = place.index(all.len());
    Some(all.swap_remove(at))
}

fn every_policy(world: &mut World) -> Vec<&mut Value> {
    world
        .identity
        .iter_mut()
        .chain(&mut world.resource_policy)
        .chain(&mut world.trust_policy)
        .chain(&mut world.boundary)
        .chain(world.session.iter_mut().flatten())
        .chain(world.service_control.iter_mut().flatten())
        .collect()
}

fn statements(policy: &mut Value) -> &mut Vec<Value> {
    policy["Statement"].as_array_mut().unwrap()
}
