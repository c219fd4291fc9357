//! The answer: differences, each with a request that shows it.

use crate::context::Context;
use crate::evaluate::Outcome;
use crate::syntax::Effect;

/// What a comparison found.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The differences; none where the documents mean the same.
    pub differences: Vec<Difference>,
    /// How many requests were put to both documents.
    pub compared: u64,
    /// What the search left out; it is exhaustive, over what the documents mention, where this is empty.
    pub limits: Vec<String>,
}

/// Requests that the two documents decide differently, all in the same way.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What the first document says.
    pub before: Outcome,
    /// What the second document says.
    pub after: Outcome,
    /// The statement of the first document that said so; absent where none did.
    pub before_statement: Option<Place>,
    /// The statement of the second document that says so.
    pub after_statement: Option<Place>,
    /// The actions, as the documents write them.
    pub actions: Vec<String>,
    /// The resources, likewise; empty where the documents name none.
    pub resources: Vec<String>,
    /// Who, in words; empty for the policy of a principal.
    pub principals: Vec<String>,
    /// Under which conditions, in words; empty where under all.
    pub conditions: Vec<String>,
    /// A request that the two documents decide differently.
    pub witness: Witness,
}

/// A statement of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its number, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its effect.
    pub(super) is_deny: bool,
}

/// A request that two documents decide differently.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who asks.
    pub caller: Asking,
    /// For what.
    pub action: String,
    /// On what.
    pub resource: String,
    /// The account that owns the resource, where the caller has one.
    pub resource_account: Option<String>,
    /// Condition keys.
    pub context: Context,
    /// The keys that matter, as the documents write them: also those that the request must not have.
    pub keys: Vec<String>,
    /// Whether the caller's own policies allow everything, as far as the compared policy is a resource's.
    pub is_allowed_by_own: bool,
}

/// Who asks: a caller that owns its texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the variants and fields are those of `Caller`, which has them"
)]
pub enum Asking {
    AccountRoot {
        account: String,
    },
    Anonymous,
    Federated {
        provider: String,
    },
    FederatedUser {
        arn: String,
    },
    RoleSession {
        session_arn: String,
        role_arn: String,
    },
    Service {
        name: String,
    },
    User {
        arn: String,
    },
}

impl Place {
    /// The statement's effect.
    pub const fn effect(&self) -> Effect {
        if self.is_deny {
            Effect::Deny
        } else {
            Effect::Allow
        }
    }
}

impl Difference {
    /// Whether the second document gives more than the first.
    pub fn is_wider(&self) -> bool {
        rank(self.after) > rank(self.before)
    }
}

const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::ExplicitDeny => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::Allow => 2,
    }
}
