//! What annotations ask of the webhook, with the faults that it passes over.
//!
//! Precedence, as the webhook's code has it: audience and regional STS by the service account, else by
//! the settings; expiration by the pod, else by the service account, else by the settings.

use std::collections::{BTreeMap, BTreeSet};

use hallpass_types::Arn;

use crate::csv;
use crate::settings::Settings;
use crate::warning::Warning;

/// Annotations by key.
pub(crate) type Annotations = BTreeMap<String, String>;

/// Reads annotations under the webhook's prefix, and gathers what is odd about them.
pub(crate) struct Reader<'a> {
    settings: &'a Settings,
    pub(crate) warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            warnings: Vec::new(),
        }
    }

    /// The role that the service account names; an empty one is none.
    pub(crate) fn role_arn(&mut self, account: &Annotations) -> Option<String> {
        let key = self.key("role-arn");
        let value = account.get(&key).filter(|value| !value.is_empty())?;
        if !is_role_arn(value) {
            let value = value.clone();
            self.warnings.push(Warning::RoleArn { key, value });
        }
        Some(value.clone())
    }

    /// The audience; an empty one is taken as it is, and the API server's own will fill it.
    pub(crate) fn audience(&self, account: &Annotations) -> String {
        account
            .get(&self.key("audience"))
            .unwrap_or(&self.settings.audience)
            .clone()
    }

    /// Whether containers are led to the regional STS.
    pub(crate) fn regional_sts(&mut self, account: &Annotations) -> bool {
        let key = self.key("sts-regional-endpoints");
        let Some(value) = account.get(&key) else {
            return self.settings.regional_sts;
        };
        parse_bool(value).unwrap_or_else(|| {
            let value = value.clone();
            self.warnings.push(Warning::RegionalSts { key, value });
            self.settings.regional_sts
        })
    }

    /// The life of the token in seconds.
    pub(crate) fn token_expiration(&mut self, account: &Annotations, pod: &Annotations) -> i64 {
        let by_account = self.seconds(account);
        let by_pod = self.seconds(pod);
        by_pod
            .or(by_account)
            .unwrap_or(self.settings.token_expiration)
    }

    /// The names of the containers to leave alone.
    pub(crate) fn skipped_containers(&mut self, pod: &Annotations) -> BTreeSet<String> {
        let key = self.key("skip-containers");
        let Some(value) = pod.get(&key) else {
            return BTreeSet::new();
        };
        match csv::first_record(value) {
            Ok(names) => names.into_iter().collect(),
            Err(reason) => {
                self.warnings.push(Warning::SkipContainers { key, reason });
                BTreeSet::new()
            }
        }
    }

    fn seconds(&mut self, annotations: &Annotations) -> Option<i64> {
        let key = self.key("token-expiration");
        let value = annotations.get(&key)?;
        let Ok(seconds) = value.parse::<i64>() else {
            let value = value.clone();
            self.warnings.push(Warning::TokenExpiration { key, value });
            return None;
        };
        if seconds < MIN_TOKEN_EXPIRATION {
            let value = seconds;
            self.warnings
                .push(Warning::TokenExpirationRaised { key, value });
        }
        Some(seconds.max(MIN_TOKEN_EXPIRATION))
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.settings.prefix)
    }
}

fn is_role_arn(text: &str) -> bool {
    text.parse::<Arn>().is_ok_and(|arn| {
        let (kind, name) = arn.resource_parts();
        arn.partition().starts_with("aws")
            && arn.service() == "iam"
            && arn.region().is_empty()
            && arn.account().len() == 12
            && arn.account().bytes().all(|byte| byte.is_ascii_digit())
            && kind == "role"
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte))
    })
}

/// The words that Go's `strconv.ParseBool` takes.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

// TokenRequest takes no shorter life (Kubernetes API, `TokenRequestSpec.expirationSeconds`).
const MIN_TOKEN_EXPIRATION: i64 = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_arns_of_roles() {
        for arn in [
            "arn:aws:iam::111122223333:role/r",
            "arn:aws-us-gov:iam::111122223333:role/a/b+=,.@_-c",
        ] {
            assert!(is_role_arn(arn), "{arn}");
        }
        for arn in [
            "role",
            "arn:aws:iam::1:role/r",
            "arn:aws:iam::111122223333:user/u",
            "arn:aws:iam:us-west-2:111122223333:role/r",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/r r",
            "arn:aws:iam::111122223333:role/r\n",
        ] {
            assert!(!is_role_arn(arn), "{arn}");
        }
    }

    #[test]
    fn takes_the_words_that_go_takes() {
        assert_eq!(parse_bool("True"), Some(true));
        assert_eq!(parse_bool("0"), Some(false));
        for text in ["", "yes", "tRUE", " true"] {
            assert_eq!(parse_bool(text), None, "{text}");
        }
    }
}
