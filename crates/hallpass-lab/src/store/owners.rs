//! Which objects of the cluster hang on which: asked for at each deletion.

use std::collections::{BTreeMap, BTreeSet};

use super::records::KubernetesObject;

/// The dependents of each owner: keys of objects, by the UID that their `ownerReferences` name.
#[derive(Debug, Default)]
pub(crate) struct Owners(BTreeMap<String, BTreeSet<String>>);

impl Owners {
    /// The keys of the objects that name this owner.
    pub(crate) fn dependents(&self, uid: &str) -> impl Iterator<Item = &str> {
        self.0.get(uid).into_iter().flatten().map(String::as_str)
    }

    /// Follows a change of one object.
    pub(super) fn change(
        &mut self,
        key: &str,
        before: Option<&KubernetesObject>,
        after: Option<&KubernetesObject>,
    ) {
        let owners = |object: Option<&KubernetesObject>| {
            object.map_or_else(Vec::new, |object| object.head.owners.clone())
        };
        let (before, after) = (owners(before), owners(after));
        if before == after {
            return;
        }
        for uid in before {
            if let Some(keys) = self.0.get_mut(&uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.0.remove(&uid);
                }
            }
        }
        for uid in after {
            self.0.entry(uid).or_default().insert(key.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn follows_what_objects_say_of_their_owners() {
        let object = |owners: &[&str]| {
            let owners: Vec<_> = owners.iter().map(|uid| json!({ "uid": uid })).collect();
            let body = json!({ "metadata": { "ownerReferences": owners } });
            KubernetesObject::new("", "pods", "n", "p", &body)
        };
        let (both, one) = (object(&["a", "b"]), object(&["b"]));
        let mut owners = Owners::default();
        let found = |owners: &Owners, uid: &str| owners.dependents(uid).count();
        owners.change("k", None, Some(&both));
        assert_eq!((found(&owners, "a"), found(&owners, "b")), (1, 1));
        owners.change("k", Some(&both), Some(&one));
        assert_eq!((found(&owners, "a"), found(&owners, "b")), (0, 1));
        owners.change("k", Some(&one), None);
        assert!(owners.0.is_empty());
    }
}
