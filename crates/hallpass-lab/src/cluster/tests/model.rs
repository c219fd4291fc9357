//! Random operations against a naive model: lists, old versions, pages and watches agree with it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::super::objects::text;
use super::super::watch::EventKind;
use super::cluster::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Create {
        name: usize,
        is_red: bool,
        is_held: bool,
    },
    Delete {
        name: usize,
    },
    Paint {
        name: usize,
        is_red: bool,
    },
    Release {
        name: usize,
    },
    Write {
        name: usize,
        number: u8,
    },
}

/// An object as the model has it.
#[derive(Clone, Debug, PartialEq)]
struct Thing {
    is_red: bool,
    number: String,
    is_held: bool,
    is_ending: bool,
}

type Model = BTreeMap<String, Thing>;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = 0_usize..5;
    let step = prop_oneof![
        (name.clone(), any::<bool>(), any::<bool>()).prop_map(|(name, is_red, is_held)| {
            Step::Create {
                name,
                is_red,
                is_held,
            }
        }),
        name.clone().prop_map(|name| Step::Delete { name }),
        (name.clone(), any::<bool>()).prop_map(|(name, is_red)| Step::Paint { name, is_red }),
        name.clone().prop_map(|name| Step::Release { name }),
        (name, 0_u8..3).prop_map(|(name, number)| Step::Write { name, number }),
    ];
    prop::collection::vec(step, 1..40)
}

/// Does a step in the model; whether it can be done.
fn imagine(model: &mut Model, step: Step) -> bool {
    let key = |name: usize| format!("m{name}");
    match step {
        Step::Create {
            name,
            is_red,
            is_held,
        } => {
            if model.contains_key(&key(name)) {
                return false;
            }
            let thing = Thing {
                is_red,
                number: String::new(),
                is_held,
                is_ending: false,
            };
            model.insert(key(name), thing);
        }
        Step::Delete { name } => {
            let Some(thing) = model.get_mut(&key(name)) else {
                return false;
            };
            thing.is_ending = true;
            if !thing.is_held {
                model.remove(&key(name));
            }
        }
        Step::Paint { name, is_red } => match model.get_mut(&key(name)) {
            Some(thing) => thing.is_red = is_red,
            None => return false,
        },
        Step::Release { name } => {
            let Some(thing) = model.get_mut(&key(name)) else {
                return false;
            };
            thing.is_held = false;
            if thing.is_ending {
                model.remove(&key(name));
            }
        }
        Step::Write { name, number } => match model.get_mut(&key(name)) {
            Some(thing) => thing.number = number.to_string(),
            None => return false,
        },
    }
    true
}

async fn act(cluster: &Cluster, maps: &str, step: Step) -> bool {
    let color = |is_red: bool| json!({ "color": if is_red { "red" } else { "blue" } });
    let path = |name: usize| format!("{maps}/m{name}");
    let outcome = match step {
        Step::Create {
            name,
            is_red,
            is_held,
        } => {
            let held: &[&str] = if is_held { &["example.com/hold"] } else { &[] };
            let metadata = json!({
                "name": format!("m{name}"), "labels": color(is_red), "finalizers": held,
            });
            cluster.create(maps, json!({ "metadata": metadata })).await
        }
        Step::Delete { name } => cluster.delete(&path(name), json!({})).await,
        Step::Paint { name, is_red } => {
            let change = json!({ "metadata": { "labels": color(is_red) } });
            cluster.merge(&path(name), change).await
        }
        Step::Release { name } => {
            let change = json!({ "metadata": { "finalizers": null } });
            cluster.merge(&path(name), change).await
        }
        Step::Write { name, number } => {
            let change = json!({ "data": { "n": number.to_string() } });
            cluster.merge(&path(name), change).await
        }
    };
    outcome.is_ok()
}

fn thing(object: &Value) -> Thing {
    let finalizers = object
        .pointer("/metadata/finalizers")
        .and_then(Value::as_array);
    Thing {
        is_red: text(object, "/metadata/labels/color") == "red",
        number: text(object, "/data/n").to_owned(),
        is_held: finalizers.is_some_and(|list| !list.is_empty()),
        is_ending: !text(object, "/metadata/deletionTimestamp").is_empty(),
    }
}

fn seen(objects: impl IntoIterator<Item = Value>) -> Model {
    objects
        .into_iter()
        .filter(|object| text(object, "/metadata/name") != "kube-root-ca.crt")
        .map(|object| (text(&object, "/metadata/name").to_owned(), thing(&object)))
        .collect()
}

fn items(list: &Value) -> Model {
    seen(list["items"].as_array().unwrap().clone())
}

fn red(model: &Model) -> Model {
    let mut model = model.clone();
    model.retain(|_, thing| thing.is_red);
    model
}

/// What a client has that follows a watch.
fn follow(client: &mut BTreeMap<String, Value>, events: Vec<Told>) {
    for event in events {
        let name = text(&event.object, "/metadata/name").to_owned();
        let before = client.get(&name);
        let is_later = before.is_none_or(|before| version(before) < version(&event.object));
        assert!(
            is_later,
            "an event is of a later version than what it changes: {event:?}"
        );
        match event.kind {
            EventKind::Added => {
                assert!(before.is_none(), "added twice: {event:?}");
                client.insert(name, event.object);
            }
            EventKind::Modified => {
                assert!(before.is_some(), "modified before it was added: {event:?}");
                client.insert(name, event.object);
            }
            EventKind::Deleted => {
                assert!(
                    client.remove(&name).is_some(),
                    "deleted before it was added: {event:?}"
                );
            }
            EventKind::Bookmark | EventKind::Error => panic!("{event:?}"),
        }
    }
}

async fn check(cluster: &Cluster, namespace: &str, steps: &[Step]) {
    let body = json!({ "metadata": { "name": namespace } });
    cluster.create("/api/v1/namespaces", body).await.unwrap();
    let maps = format!("/api/v1/namespaces/{namespace}/configmaps");
    let selected = format!("{maps}?labelSelector=color%3Dred");
    let mut model = Model::new();
    let mut past = Vec::new();
    let mut all = cluster.watch(&maps).await.unwrap();
    let mut some = cluster.watch(&selected).await.unwrap();
    let (mut client, mut red_client) = (BTreeMap::new(), BTreeMap::new());
    for (number, step) in steps.iter().enumerate() {
        let can = imagine(&mut model, *step);
        assert_eq!(act(cluster, &maps, *step).await, can, "{step:?} {model:?}");
        let list = cluster.list(&maps).await.unwrap();
        assert_eq!(items(&list), model, "{step:?}");
        assert_eq!(items(&cluster.list(&selected).await.unwrap()), red(&model));
        past.push((version(&list), model.clone()));
        // One of the clients looks rarely.
        follow(&mut client, told(&mut all));
        if number % 7 == 6 {
            follow(&mut red_client, told(&mut some));
        }
    }
    follow(&mut client, told(&mut all));
    follow(&mut red_client, told(&mut some));
    assert_eq!(seen(client.into_values()), model);
    assert_eq!(seen(red_client.into_values()), red(&model));
    for (version, then) in past {
        let exact = format!("{maps}?resourceVersion={version}&resourceVersionMatch=Exact");
        assert_eq!(
            items(&cluster.list(&exact).await.unwrap()),
            then,
            "at {version}"
        );
        // A watch from then on leads to the same end.
        let path = format!("{maps}?resourceVersion={version}");
        let mut watcher = cluster.watch(&path).await.unwrap();
        let mut client: BTreeMap<String, Value> = cluster.list(&exact).await.unwrap()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (text(item, "/metadata/name").to_owned(), item.clone()))
            .collect();
        follow(&mut client, told(&mut watcher));
        assert_eq!(seen(client.into_values()), model, "from {version}");
    }
}

#[test]
fn lists_and_watches_agree_with_a_naive_model() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cluster = runtime.block_on(Cluster::new());
    let mut number = 0;
    let counter = std::cell::RefCell::new(&mut number);
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            let namespace = {
                let mut number = counter.borrow_mut();
                **number += 1;
                format!("model-{number}")
            };
            runtime.block_on(check(&cluster, &namespace, &steps));
            Ok(())
        })
        .unwrap();
}
