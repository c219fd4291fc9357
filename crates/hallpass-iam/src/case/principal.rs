//! Who calls, as a case writes it.
//!
//! Source: IAM User Guide, "IAM identifiers" and "AWS JSON policy elements: Principal".

use hallpass_types::AccountId;

use crate::context::Context;
use crate::principal::{Caller, account_of};

/// Who calls, by the names that a [`Caller`] borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody known.
    Anonymous,
    /// A web identity or SAML identity: the provider's ARN, or the name of a built-in one.
    Federated(String),
    /// A session of `GetFederationToken`: its ARN.
    FederatedUser(String),
    /// A session of a role.
    RoleSession {
        /// The session's ARN.
        session_arn: String,
        /// The role's ARN, with its path.
        role_arn: String,
    },
    /// The root user of an account.
    Root {
        /// The account.
        account: String,
        /// Its partition.
        partition: String,
    },
    /// An AWS service: its principal.
    Service(String),
    /// An IAM user: its ARN.
    User(String),
}

impl Principal {
    /// Reads what a string says: an ARN, an account, a service or `*`.
    ///
    /// A session's ARN has not its role's path: `context` may know it, as `aws:PrincipalArn`.
    pub fn parse(text: &str, context: &Context) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anonymous);
        }
        if account_of(text) == Some(text) {
            return Some(Self::Root {
                account: text.to_owned(),
                partition: "aws".to_owned(),
            });
        }
        if is_service(text) {
            return Some(Self::Service(text.to_owned()));
        }
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        let (Some("arn"), Some(partition), Some(service), Some(""), Some(account), Some(resource)) =
            (next(), next(), next(), next(), next(), next())
        else {
            return None;
        };
        let is_known = account.parse::<AccountId>().is_ok() && is_partition(partition);
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        if !is_known || name.is_empty() != (kind == "root") {
            return None;
        }
        match (service, kind) {
            ("iam", "root") if resource == "root" => Some(Self::Root {
                account: account.to_owned(),
                partition: partition.to_owned(),
            }),
            ("iam", "user") => Some(Self::User(text.to_owned())),
            ("iam", "role") => {
                let role = name.rsplit('/').next().unwrap_or(name);
                Some(Self::RoleSession {
                    session_arn: format!(
                        "arn:{partition}:sts::{account}:assumed-role/{role}/{ANY_SESSION}"
                    ),
                    role_arn: text.to_owned(),
                })
            }
            ("iam", "oidc-provider" | "saml-provider") => Some(Self::Federated(text.to_owned())),
            ("sts", "federated-user") => Some(Self::FederatedUser(text.to_owned())),
            ("sts", "assumed-role") => {
                let (role, session) = name.split_once('/')?;
                let is_session = !role.is_empty() && !session.is_empty() && !session.contains('/');
                is_session.then(|| Self::RoleSession {
                    session_arn: text.to_owned(),
                    role_arn: role_arn(partition, account, role, context),
                })
            }
            _ => None,
        }
    }

    /// The caller, as a request names it.
    pub fn caller(&self) -> Caller<'_> {
        match self {
            Self::Anonymous => Caller::Anonymous,
            Self::Federated(provider) => Caller::Federated { provider },
            Self::FederatedUser(arn) => Caller::FederatedUser { arn },
            Self::RoleSession {
                session_arn,
                role_arn,
            } => Caller::RoleSession {
                session_arn,
                role_arn,
            },
            Self::Root { account, .. } => Caller::AccountRoot { account },
            Self::Service(name) => Caller::Service { name },
            Self::User(arn) => Caller::User { arn },
        }
    }
}

/// The role's ARN: that of `aws:PrincipalArn` where it names the same role, else the one without path.
fn role_arn(partition: &str, account: &str, role: &str, context: &Context) -> String {
    let start = format!("arn:{partition}:iam::{account}:role/");
    let known = match context.get("aws:PrincipalArn") {
        Some([arn]) => arn
            .strip_prefix(&start)
            .filter(|path| path.rsplit('/').next() == Some(role)),
        _ => None,
    };
    format!("{start}{}", known.unwrap_or(role))
}

fn is_partition(text: &str) -> bool {
    text == "aws" || text.starts_with("aws-")
}

/// Whether the text is a service principal's name, such as `ec2.amazonaws.com`.
fn is_service(text: &str) -> bool {
    let host = text.strip_suffix(".cn").unwrap_or(text);
    host.ends_with(".amazonaws.com") && !text.contains([':', '/', '*'])
}

// No session has this name: `(` is no character of one. So a policy that names a session never means
// a case that leaves the session open.
const ANY_SESSION: &str = "(any)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_texts() {
        let parse = |text: &str| Principal::parse(text, &Context::new());
        let session = |session_arn: &str, role_arn: &str| {
            Some(Principal::RoleSession {
                session_arn: session_arn.to_owned(),
                role_arn: role_arn.to_owned(),
            })
        };
        assert_eq!(parse("*"), Some(Principal::Anonymous));
        assert_eq!(
            parse("arn:aws-cn:iam::111122223333:role/a/b/ci"),
            session(
                "arn:aws-cn:sts::111122223333:assumed-role/ci/(any)",
                "arn:aws-cn:iam::111122223333:role/a/b/ci"
            )
        );
        assert_eq!(
            parse("arn:aws:sts::111122223333:assumed-role/ci/s"),
            session(
                "arn:aws:sts::111122223333:assumed-role/ci/s",
                "arn:aws:iam::111122223333:role/ci"
            )
        );
        assert!(matches!(
            parse("111122223333"),
            Some(Principal::Root { .. })
        ));
        assert!(matches!(
            parse("arn:aws-us-gov:iam::111122223333:root"),
            Some(Principal::Root { .. })
        ));
        assert!(matches!(
            parse("ec2.amazonaws.com.cn"),
            Some(Principal::Service(_))
        ));
        assert!(matches!(
            parse("arn:aws:iam::111122223333:oidc-provider/example.com/id"),
            Some(Principal::Federated(_))
        ));
        for text in [
            "",
            "anna",
            "1111222233334",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:iam::1:user/u",
            "arn:aws:sts::111122223333:assumed-role/ci",
            "arn:aws:sts::111122223333:assumed-role/ci/a/b",
            "arn:moon:iam::111122223333:root",
            "arn:aws:iam::111122223333:root/",
            "arn:aws:iam::111122223333:root/x",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sessions_role_path_is_taken_from_the_context() {
        let mut context = Context::new();
        context.insert_one("aws:PrincipalArn", "arn:aws:iam::111122223333:role/p/ci");
        let role_of = |text: &str| match Principal::parse(text, &context) {
            Some(Principal::RoleSession { role_arn, .. }) => role_arn,
            other => format!("{other:?}"),
        };
        assert_eq!(
            role_of("arn:aws:sts::111122223333:assumed-role/ci/s"),
            "arn:aws:iam::111122223333:role/p/ci"
        );
        assert_eq!(
            role_of("arn:aws:sts::111122223333:assumed-role/other/s"),
            "arn:aws:iam::111122223333:role/other"
        );
    }
}
