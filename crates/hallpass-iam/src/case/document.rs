//! The case itself: read, then decided or explained.

use std::collections::BTreeSet;

use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::explain::{Decision, explain};
use crate::policy::Policy;
use crate::request::Request;

use super::error::CaseError;
use super::keys;
use super::principal::Principal;
use super::read;

/// The largest case that is read: room for some documents of the largest size.
pub const MAX_CASE_BYTES: usize = 4 << 20;

/// The most documents of one field. A caller has some thirty policies at most, an organisation's
/// levels some fifty.
pub const MAX_DOCUMENTS: usize = 1000;

/// A request, and the policies that bear on it.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) name: String,
    pub(super) wanted: Option<String>,
    pub(super) principal: Principal,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) resource_account: Option<String>,
    pub(super) context: Context,
    /// Keys that the case says are absent, in lower case: they are not filled in.
    pub(super) absent: BTreeSet<String>,
    pub(super) identity: Vec<Policy>,
    pub(super) resource_policy: Option<Policy>,
    pub(super) boundaries: Vec<Policy>,
    pub(super) session: Option<Vec<Policy>>,
    pub(super) service_control: Vec<Vec<Policy>>,
    pub(super) resource_control: Vec<Vec<Policy>>,
}

impl Case {
    /// Reads a case.
    ///
    /// ```
    /// use hallpass_iam::{Case, Outcome};
    ///
    /// let case = Case::parse(r#"{
    ///     "request": {
    ///         "principal": "arn:aws:iam::111122223333:role/ci",
    ///         "action": "s3:GetObject",
    ///         "resource": "arn:aws:s3:::bucket/key"
    ///     },
    ///     "identityPolicies": [{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}]
    /// }"#)?;
    /// assert_eq!(case.decide(), Outcome::Allow);
    /// # Ok::<(), hallpass_iam::CaseError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        read::case(text)
    }

    /// Adds the condition keys that AWS puts into every request and that follow from the case, where it
    /// does not tell of them. Else a key that the context does not have is absent.
    pub fn fill_keys(&mut self) {
        let given: BTreeSet<String> = self.context.iter().map(|(key, _)| key.to_owned()).collect();
        keys::fill(
            &mut self.context,
            |key| given.contains(key) || self.absent.contains(key),
            &self.principal,
            self.resource_account.as_deref(),
        );
    }

    /// The name of the case in `text`, as far as it can be read: errors are told under it.
    pub fn name_in(text: &str) -> Option<String> {
        read::name(text)
    }

    /// The name; empty where the case has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decision that the case itself expects, as it is written.
    pub fn wanted(&self) -> Option<&str> {
        self.wanted.as_deref()
    }

    /// What is asked.
    pub fn request(&self) -> Request<'_> {
        Request {
            caller: self.principal.caller(),
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account.as_deref(),
            context: &self.context,
        }
    }

    /// Decides the case.
    pub fn decide(&self) -> Outcome {
        let request = self.request();
        let decisions = self.sets().map(|set| decide(&request, &set));
        strictest(decisions, |outcome| *outcome).unwrap_or(Outcome::ImplicitDeny)
    }

    /// Decides the case, and says why.
    pub fn explain(&self) -> Decision {
        let request = self.request();
        let decisions = self.sets().map(|set| explain(&request, &set));
        strictest(decisions, Decision::outcome)
            .unwrap_or_else(|| explain(&request, &self.set(self.boundaries.first())))
    }

    /// The policies, once with each boundary: a caller has one, and where a case gives several, each
    /// of them binds.
    fn sets(&self) -> impl Iterator<Item = PolicySet<'_>> {
        let without = self.boundaries.is_empty().then(|| self.set(None));
        let within = self.boundaries.iter().map(|policy| self.set(Some(policy)));
        without.into_iter().chain(within)
    }

    fn set<'a>(&'a self, boundary: Option<&'a Policy>) -> PolicySet<'a> {
        let levels = |levels: &'a [Vec<Policy>]| -> Vec<Vec<&'a Policy>> {
            levels.iter().map(|level| level.iter().collect()).collect()
        };
        PolicySet {
            identity: self.identity.iter().collect(),
            resource: self.resource_policy.as_ref(),
            boundary,
            session: self
                .session
                .as_ref()
                .map(|policies| policies.iter().collect()),
            service_control: levels(&self.service_control),
            resource_control: levels(&self.resource_control),
        }
    }
}

/// The first of the decisions that allow least.
fn strictest<D>(decisions: impl Iterator<Item = D>, outcome: impl Fn(&D) -> Outcome) -> Option<D> {
    decisions.min_by_key(|decision| match outcome(decision) {
        Outcome::ExplicitDeny => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::Allow => 2,
    })
}
