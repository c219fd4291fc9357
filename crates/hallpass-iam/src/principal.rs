//! Who calls, and whom a policy names.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal", and "Policy evaluation logic",
//! "Evaluating identity-based policies with resource-based policies".

use crate::syntax::{Principals, Text};

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller<'a> {
    /// The account's root user.
    AccountRoot {
        /// The account.
        account: &'a str,
    },
    /// Nobody known.
    Anonymous,
    /// A web identity, before it has become a role.
    Federated {
        /// The ARN of the IAM provider, or the name of a built-in one.
        provider: &'a str,
    },
    /// A session of `GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: &'a str,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
        session_arn: &'a str,
        /// The role's ARN, with its path.
        role_arn: &'a str,
    },
    /// An AWS service.
    Service {
        /// The service principal, such as `ec2.amazonaws.com`.
        name: &'a str,
    },
    /// An IAM user.
    User {
        /// The user's ARN.
        arn: &'a str,
    },
}

impl<'a> Caller<'a> {
    /// The caller's account, where it has one.
    pub fn account(&self) -> Option<&'a str> {
        let arn = match self {
            Self::AccountRoot { account } => return Some(account),
            Self::Anonymous | Self::Federated { .. } | Self::Service { .. } => return None,
            Self::FederatedUser { arn } | Self::User { arn } => arn,
            Self::RoleSession { session_arn, .. } => session_arn,
        };
        segment(arn, 4)
    }

    /// Whether the caller is a session of a service-linked role, which neither service nor resource
    /// control policies bind.
    ///
    /// Source: AWS Organizations User Guide, "Service control policies" and "Resource control policies".
    pub(crate) fn is_service_linked(&self) -> bool {
        let Self::RoleSession { role_arn, .. } = self else {
            return false;
        };
        segment(role_arn, 5).is_some_and(|resource| resource.starts_with("role/aws-service-role/"))
    }

    /// The caller as messages name it.
    pub const fn name(&self) -> &'a str {
        match self {
            Self::AccountRoot { account } => account,
            Self::Anonymous => "anonymous",
            Self::Federated { provider } => provider,
            Self::FederatedUser { arn } | Self::User { arn } => arn,
            Self::RoleSession { session_arn, .. } => session_arn,
            Self::Service { name } => name,
        }
    }
}

/// How closely a resource's policy names the caller; the closer, the less caps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The caller's account: it is for the account's own policies to say who.
    Account,
    /// The role of a session: boundary and session policies still cap it.
    Role,
    /// The caller itself, or everyone: of who is within the account, no other permission is asked.
    Caller,
}

/// The principals of a statement.
#[derive(Clone, Debug)]
pub(crate) struct PrincipalSet {
    is_everyone: bool,
    accounts: Vec<String>,
    arns: Vec<String>,
    federated: Vec<String>,
    services: Vec<String>,
}

impl PrincipalSet {
    /// Compiles a list. IAM supports no wildcard among `Federated` principals (Access Analyzer, "Unsupported
    /// wildcard in principal"): `has_wildcards` tells whether to take one for everyone, which is right
    /// where it lets fewer through.
    pub(crate) fn new(principals: &Principals, has_wildcards: bool) -> Self {
        let mut set = Self {
            is_everyone: false,
            accounts: Vec::new(),
            arns: Vec::new(),
            federated: Vec::new(),
            services: Vec::new(),
        };
        match principals {
            Principals::Everyone => set.is_everyone = true,
            Principals::Listed {
                aws,
                canonical_user: _,
                federated,
                service,
            } => {
                for Text { text, .. } in aws {
                    if text == "*" {
                        set.is_everyone = true;
                    } else if let Some(account) = account_of(text) {
                        set.accounts.push(account.to_owned());
                    } else {
                        set.arns.push(text.clone());
                    }
                }
                let texts = |list: &[Text]| list.iter().map(|text| text.text.clone()).collect();
                set.federated = texts(federated);
                set.federated.retain(|name| name != "*" || has_wildcards);
                set.services = texts(service);
            }
        }
        set
    }

    /// How the set names the caller, the closest way first.
    ///
    /// IAM keeps users and roles by their unique IDs, and a policy may name them so: `user_id` is the
    /// key `aws:userid`, which for a role's session is `ROLE_ID:SESSION`.
    pub(crate) fn grant(&self, caller: &Caller<'_>, user_id: Option<&str>) -> Option<Grant> {
        let names = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let has_id = user_id
            .and_then(|id| id.split(':').next())
            .is_some_and(|id| names(&self.arns, id));
        let closest = match caller {
            Caller::Anonymous => None,
            Caller::AccountRoot { .. } => {
                return (self.is_everyone || self.has_account_of(caller)).then_some(Grant::Caller);
            }
            // An exact comparison: a provider `.../id/AB` is not `.../id/ABCD`.
            Caller::Federated { provider } => (names(&self.federated, provider)
                || names(&self.federated, "*"))
            .then_some(Grant::Caller),
            Caller::Service { name } => names(&self.services, name).then_some(Grant::Caller),
            Caller::FederatedUser { arn } => names(&self.arns, arn).then_some(Grant::Caller),
            Caller::User { arn } => (names(&self.arns, arn) || has_id).then_some(Grant::Caller),
            Caller::RoleSession {
                session_arn,
                role_arn,
            } => {
                if names(&self.arns, session_arn) {
                    Some(Grant::Caller)
                } else {
                    (names(&self.arns, role_arn) || has_id).then_some(Grant::Role)
                }
            }
        };
        closest
            .max(self.is_everyone.then_some(Grant::Caller))
            .or_else(|| self.has_account_of(caller).then_some(Grant::Account))
    }

    /// Whether a `Deny` with `NotPrincipal` of this set spares the caller.
    ///
    /// It does where the set names all that the caller is: the account, the role, the session (IAM User
    /// Guide, "AWS JSON policy elements: `NotPrincipal`"). An account alone spares none of its users. "Both
    /// the ARN for a role and the ARN for the account" spare the role's sessions, unless some of them are
    /// named: then those.
    pub(crate) fn spares(&self, caller: &Caller<'_>) -> bool {
        let names = |arn: &str| self.arns.iter().any(|known| known == arn);
        if self.is_everyone {
            return true;
        }
        match caller {
            Caller::Anonymous | Caller::Federated { .. } | Caller::Service { .. } => {
                self.grant(caller, None).is_some()
            }
            Caller::AccountRoot { .. } => self.has_account_of(caller),
            Caller::FederatedUser { arn } | Caller::User { arn } => {
                names(arn) && self.has_account_of(caller)
            }
            Caller::RoleSession {
                session_arn,
                role_arn,
            } => {
                let is_meant = names(session_arn) || !self.names_sessions_beside(session_arn);
                is_meant && names(role_arn) && self.has_account_of(caller)
            }
        }
    }

    /// The principals as messages list them.
    pub(crate) fn names(&self) -> Vec<String> {
        let everyone = self.is_everyone.then(|| "*".to_owned());
        everyone
            .into_iter()
            .chain(self.accounts.iter().cloned())
            .chain(self.arns.iter().cloned())
            .chain(self.federated.iter().cloned())
            .chain(self.services.iter().cloned())
            .collect()
    }

    /// Whether the set names a session of the same role.
    fn names_sessions_beside(&self, session_arn: &str) -> bool {
        let role = session_arn
            .rfind('/')
            .and_then(|slash| session_arn.get(..=slash));
        role.is_none_or(|role| self.arns.iter().any(|arn| arn.starts_with(role)))
    }

    fn has_account_of(&self, caller: &Caller<'_>) -> bool {
        caller
            .account()
            .is_some_and(|account| self.accounts.iter().any(|known| known == account))
    }
}

/// A colon-separated part of an ARN, by its number from 0.
fn segment(arn: &str, number: usize) -> Option<&str> {
    let mut colons = memchr::memchr_iter(b':', arn.as_bytes());
    let start = match number.checked_sub(1) {
        Some(before) => colons.nth(before)? + 1,
        None => 0,
    };
    arn.get(start..colons.next().unwrap_or(arn.len()))
}

/// The account in `111122223333` or `arn:aws:iam::111122223333:root`.
pub(crate) fn account_of(text: &str) -> Option<&str> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account(text) {
        return Some(text);
    }
    let arn: Vec<&str> = text.split(':').collect();
    match arn.as_slice() {
        ["arn", _, "iam", "", account, "root"] if is_account(account) => Some(account),
        _ => None,
    }
}
