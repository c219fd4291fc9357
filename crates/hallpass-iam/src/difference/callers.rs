//! Who may ask: one caller of each kind that the documents tell apart.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal"; "Policy evaluation logic" for what a
//! resource's policy grants whom.

use crate::policy::PolicyKind;
use crate::principal::account_of;
use crate::syntax::{Principals, Statement, Text};

use super::class::{Asking, Witness};
use super::probe::is_of_resource;

/// A caller, and in which position it asks.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) caller: Asking,
    /// The key `aws:userid`, where the documents name the caller by it.
    pub(super) user_id: Option<String>,
    /// Whether its own policies allow everything; for a resource's policy it is then of another account.
    pub(super) is_allowed_by_own: bool,
    pub(super) resource_account: Option<String>,
    /// In words.
    pub(super) words: String,
}

impl Candidate {
    pub(super) fn enter(&self, asked: &mut Witness) {
        asked.caller = self.caller.clone();
        asked.is_allowed_by_own = self.is_allowed_by_own;
        asked.resource_account.clone_from(&self.resource_account);
        if let Some(id) = &self.user_id {
            asked.context.insert_one("aws:userid", id);
        }
    }
}

/// The callers that the statements' principals tell apart.
pub(super) fn candidates<'a>(
    kind: PolicyKind,
    statements: impl Iterator<Item = &'a Statement>,
) -> Vec<Candidate> {
    let mut callers = Callers::default();
    let statements: Vec<&Statement> = statements.collect();
    if !is_of_resource(kind) {
        // Of the account whose resources the documents name: a request within it.
        let resources = statements.iter().flat_map(|it| &it.resource);
        let account = resources
            .flat_map(|it| &it.value)
            .find_map(|text| text.text.split(':').nth(4).and_then(account_of))
            .unwrap_or(ACCOUNT);
        callers.add(role_session(account, "role"), None);
        return callers.found.into_iter().map(Known::alone).collect();
    }
    let lists: Vec<&Principals> = statements
        .iter()
        .filter_map(|statement| statement.principal.as_ref())
        .map(|element| &element.value)
        .collect();
    for principals in &lists {
        callers.note(principals);
    }
    callers.add_accounts();
    callers.add(role_session(FOREIGN, "role"), None);
    callers.add(
        Asking::Federated {
            provider: format!("arn:aws:iam::{FOREIGN}:oidc-provider/other.example.com"),
        },
        None,
    );
    callers.add(
        Asking::Service {
            name: "other.amazonaws.com".to_owned(),
        },
        None,
    );
    callers.add(Asking::Anonymous, None);
    let positions = callers
        .found
        .into_iter()
        .flat_map(|known| known.positions(kind));
    positions.collect()
}

#[derive(Clone, Debug)]
struct Known {
    caller: Asking,
    user_id: Option<String>,
}

#[derive(Debug, Default)]
struct Callers {
    found: Vec<Known>,
    accounts: Vec<String>,
}

impl Callers {
    fn add(&mut self, caller: Asking, user_id: Option<String>) {
        let is_known = |known: &Known| known.caller == caller && known.user_id == user_id;
        if !self.found.iter().any(is_known) {
            self.found.push(Known { caller, user_id });
        }
    }

    fn note(&mut self, principals: &Principals) {
        let Principals::Listed {
            aws,
            canonical_user: _,
            federated,
            service,
        } = principals
        else {
            return;
        };
        for Text { text, .. } in aws {
            self.note_aws(text);
        }
        for Text { text, .. } in federated {
            let provider = if text == "*" {
                "accounts.google.com"
            } else {
                text
            };
            let provider = provider.to_owned();
            self.add(Asking::Federated { provider }, None);
        }
        for Text { text, .. } in service {
            self.add(Asking::Service { name: text.clone() }, None);
        }
    }

    fn note_aws(&mut self, text: &str) {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if let Some(account) = parts.get(4).filter(|account| account.len() == 12) {
            self.accounts.push((*account).to_owned());
        }
        if let Some(account) = account_of(text) {
            self.accounts.push(account.to_owned());
            return;
        }
        let account = parts.get(4).copied().unwrap_or(ACCOUNT);
        let resource = parts.get(5).copied().unwrap_or_default();
        if let Some(path) = resource.strip_prefix("role/") {
            let name = path.rsplit('/').next().unwrap_or_default();
            self.add(session_of(text, account, name), None);
        } else if let Some(session) = resource.strip_prefix("assumed-role/") {
            let role = session.split('/').next().unwrap_or_default();
            let role_arn = format!("arn:aws:iam::{account}:role/{role}");
            self.add(
                Asking::RoleSession {
                    session_arn: text.to_owned(),
                    role_arn,
                },
                None,
            );
        } else if resource.starts_with("federated-user/") {
            let arn = text.to_owned();
            self.add(Asking::FederatedUser { arn }, None);
        } else if resource.starts_with("user/") {
            let arn = text.to_owned();
            self.add(Asking::User { arn }, None);
        } else if text.starts_with("AIDA") {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/user");
            self.add(Asking::User { arn }, Some(text.to_owned()));
        } else if text.starts_with("AROA") {
            let caller = role_session(ACCOUNT, "role");
            self.add(caller, Some(format!("{text}:{ANY_SESSION}")));
        }
    }

    /// Of each account that is named: its root user, a user and a session that no statement names. A
    /// session of a role that is named by its path is that role's.
    fn add_accounts(&mut self) {
        self.accounts.sort();
        self.accounts.dedup();
        for account in std::mem::take(&mut self.accounts) {
            self.add(role_session(&account, "another-role"), None);
            let arn = format!("arn:aws:iam::{account}:user/another-user");
            self.add(Asking::User { arn }, None);
            self.add(Asking::AccountRoot { account }, None);
        }
        let roles: Vec<String> = self.found.iter().filter_map(Known::role).collect();
        let sessions: Vec<String> = self.found.iter().filter_map(Known::session).collect();
        for (session, role) in sessions.iter().flat_map(|session| {
            let roles = roles.iter();
            roles.map(move |role| (session.clone(), role.clone()))
        }) {
            if role_name(&session) == role.rsplit('/').next() {
                self.add(
                    Asking::RoleSession {
                        session_arn: session,
                        role_arn: role,
                    },
                    None,
                );
            }
        }
    }
}

impl Known {
    fn role(&self) -> Option<String> {
        match &self.caller {
            Asking::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            _ => None,
        }
    }

    fn session(&self) -> Option<String> {
        match &self.caller {
            Asking::RoleSession { session_arn, .. } => Some(session_arn.clone()),
            _ => None,
        }
    }

    /// By what the compared policy says alone.
    fn alone(self) -> Candidate {
        let resource_account = self.caller.caller().account().map(str::to_owned);
        Candidate {
            words: self.words(),
            caller: self.caller,
            user_id: self.user_id,
            is_allowed_by_own: false,
            resource_account,
        }
    }

    /// By the compared policy alone, and where its own policies allow it: a resource's policy that names
    /// an account leaves the rest to that account's policies.
    fn positions(self, kind: PolicyKind) -> Vec<Candidate> {
        let account = self.caller.caller().account().map(str::to_owned);
        let Some(account) = account else {
            return vec![self.alone()];
        };
        let foreign = if account == FOREIGN { ACCOUNT } else { FOREIGN };
        let mut allowed = self.clone().alone();
        allowed.is_allowed_by_own = true;
        allowed.words.push_str(" whose own policies allow it");
        if kind != PolicyKind::Trust {
            allowed.resource_account = Some(foreign.to_owned());
            allowed.words.push_str(", from another account");
        }
        vec![self.alone(), allowed]
    }

    fn words(&self) -> String {
        let named = match &self.caller {
            Asking::AccountRoot { account } => format!("the root user of {account}"),
            Asking::Anonymous => "who is not known".to_owned(),
            Asking::Federated { provider } => format!("a web identity of {provider}"),
            Asking::FederatedUser { arn } => format!("the federated user {arn}"),
            Asking::RoleSession {
                session_arn,
                role_arn,
            } => {
                if session_arn.ends_with(ANY_SESSION) {
                    format!("a session of {role_arn}")
                } else {
                    format!("the session {session_arn}")
                }
            }
            Asking::Service { name } => format!("the service {name}"),
            Asking::User { arn } => format!("the user {arn}"),
        };
        match &self.user_id {
            Some(id) => format!("{named} with the ID {id}"),
            None => named,
        }
    }
}

fn role_session(account: &str, role: &str) -> Asking {
    let role_arn = format!("arn:aws:iam::{account}:role/{role}");
    session_of(&role_arn, account, role)
}

fn session_of(role_arn: &str, account: &str, role: &str) -> Asking {
    Asking::RoleSession {
        session_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{ANY_SESSION}"),
        role_arn: role_arn.to_owned(),
    }
}

fn role_name(session_arn: &str) -> Option<&str> {
    session_arn.split('/').nth(1)
}

// No session has this name, so that no policy names it; cases write the role alone.
pub(super) const ANY_SESSION: &str = "(any)";
// Accounts of AWS's documentation.
const ACCOUNT: &str = "111122223333";
const FOREIGN: &str = "999999999999";
