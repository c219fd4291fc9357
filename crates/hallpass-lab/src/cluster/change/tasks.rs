//! What follows from a change, one after the other: chains of owners may be long, and are walked
//! without recursion.

use serde_json::Value;

use super::store::Change;

/// Something that is still to be done.
#[derive(Debug)]
pub(super) enum Task {
    /// The object of that key names owners.
    CheckOwners(String),
    /// The owner of that UID is gone.
    Collect(String),
    /// That namespace may be empty.
    FinishNamespace(String),
    /// The object of that key is being deleted.
    Proceed(String),
    /// An object is gone that its owner may have waited for.
    Release { namespace: String, owner: Value },
}

impl Change<'_, '_> {
    /// Does all that is still to be done. INVARIANT: this ends: each task that adds others has taken
    /// out an object, or marked one that was not marked.
    pub(in super::super) fn run(&mut self) {
        self.run_tasks();
        // What these change asks for no more of the same.
        if std::mem::take(&mut self.touched.has_cluster_roles) {
            self.aggregate_roles();
        }
        if std::mem::take(&mut self.touched.has_definitions) && self.settle_definitions() {
            self.run_tasks();
        }
    }

    fn run_tasks(&mut self) {
        while let Some(task) = self.tasks.pop_front() {
            match task {
                Task::CheckOwners(key) => {
                    if let Some(object) = self.state().objects.get(&key).cloned() {
                        self.collect_ownerless(&object);
                    }
                }
                Task::Collect(uid) => self.collect(&uid),
                Task::FinishNamespace(name) => self.finish_namespace(&name),
                Task::Proceed(key) => {
                    let found = self.state().objects.get(&key).cloned();
                    if let Some(object) = found.filter(|object| object.head.is_terminating) {
                        self.proceed(&object);
                    }
                }
                Task::Release { namespace, owner } => self.release_owner(&namespace, &owner),
            }
        }
    }
}
