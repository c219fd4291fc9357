//! The condition keys of a request.

use std::collections::BTreeMap;

/// What is known about a request: condition keys and their values.
///
/// Keys are looked up without regard to case (IAM User Guide, "IAM JSON policy elements: Condition").
/// A key that is absent and a key with no values are different things to a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// A context without keys.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a key's values, in place of any that it had.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) {
        let mut key = key.into();
        key.make_ascii_lowercase();
        self.0
            .insert(key, values.into_iter().map(Into::into).collect());
    }

    /// Sets a key to one value.
    pub fn insert_one(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.insert(key, [value.into()]);
    }

    /// A key's values; absent and empty are different.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.values_of_lower(&key.to_ascii_lowercase())
    }

    /// The keys, in lower case and in order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        let entries = self.0.iter();
        entries.map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The same for a key that is in lower case already.
    pub(crate) fn values_of_lower(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }
}
