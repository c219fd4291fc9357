//! Who asks.

use hallpass_iam::{Caller, Context, Principal};

use super::web_identity::WebIdentity;

/// Who asks: somebody whom AWS knows, or a token's subject.
#[derive(Clone, Debug)]
pub(super) enum Asker {
    Principal {
        /// As it was given.
        text: String,
        principal: Principal,
    },
    WebIdentity(WebIdentity),
}

impl Asker {
    /// The caller, as a request names it.
    pub(super) fn caller(&self) -> Caller<'_> {
        match self {
            Self::Principal { principal, .. } => principal.caller(),
            Self::WebIdentity(identity) => Caller::Federated {
                provider: &identity.provider,
            },
        }
    }

    /// Who asks, for people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Principal { text, .. } => text.clone(),
            Self::WebIdentity(identity) => {
                format!("{} of {}", identity.subject, identity.issuer)
            }
        }
    }

    /// Adds the keys that follow from who asks; those that the context has stay.
    pub(super) fn add_keys(&self, context: &mut Context, resource_account: Option<&str>) {
        match self {
            Self::Principal { principal, .. } => principal.add_keys(context, resource_account),
            Self::WebIdentity(identity) => {
                let principal = Principal::Federated(identity.provider.clone());
                principal.add_keys(context, resource_account);
                for (key, values) in &identity.keys {
                    if context.get(key).is_none() {
                        context.insert(key.clone(), values.iter().cloned());
                    }
                }
            }
        }
    }
}
