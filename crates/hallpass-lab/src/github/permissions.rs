//! What a job's `GITHUB_TOKEN` may: a level for each scope.
//!
//! Source: GitHub Docs, "Workflow syntax", `permissions` (scopes; what is not named is none; the
//! shorthands) and `GITHUB_TOKEN`, default permissions (the restricted default); for pull requests of
//! forks write becomes read, and `id-token` none.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `permissions` as a workflow writes them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Wished {
    /// `read-all` or `write-all`.
    All(String),
    /// A level for each scope.
    Each(BTreeMap<String, String>),
}

/// The permissions of a job that wishes for these; the error says what is wrong.
pub(super) fn granted(
    wished: Option<&Wished>,
    is_from_fork: bool,
) -> Result<BTreeMap<String, String>, String> {
    let mut granted: BTreeMap<String, String> = match wished {
        None => of(&DEFAULT.map(|scope| (scope, READ))),
        Some(Wished::All(all)) => match all.as_str() {
            // There is nothing to read with an ID token (GitHub Docs, as above: `id-token`).
            "read-all" => of(&SCOPES.map(|scope| (scope, READ)))
                .into_iter()
                .filter(|(scope, _)| scope != ID_TOKEN)
                .collect(),
            "write-all" => of(&SCOPES.map(|scope| (scope, most(scope)))),
            other => {
                return Err(format!(
                    "permissions are `read-all`, `write-all` or a level for each scope, not `{other}`"
                ));
            }
        },
        Some(Wished::Each(levels)) => levels
            .iter()
            .map(|(scope, level)| checked(scope, level))
            .collect::<Result<_, _>>()?,
    };
    granted.retain(|_, level| level != NONE);
    // Every token may see the repository that it is for.
    granted.insert("metadata".to_owned(), READ.to_owned());
    if is_from_fork {
        granted.remove(ID_TOKEN);
        for level in granted.values_mut() {
            READ.clone_into(level);
        }
    }
    Ok(granted)
}

/// Whether these permissions suffice.
pub(super) fn suffice(granted: &BTreeMap<String, String>, scope: &str, level: &str) -> bool {
    match granted.get(scope).map(String::as_str) {
        Some(WRITE) => true,
        Some(held) => held == level,
        None => false,
    }
}

fn of(levels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(scope, level): &(&str, &str)| ((*scope).to_owned(), (*level).to_owned());
    levels.iter().map(owned).collect()
}

fn checked(scope: &str, level: &str) -> Result<(String, String), String> {
    if !SCOPES.contains(&scope) {
        return Err(format!(
            "`{scope}` is no permission of a job: those are {}",
            SCOPES.join(", ")
        ));
    }
    let allowed: &[&str] = match scope {
        ID_TOKEN => &[WRITE, NONE],
        "models" => &[READ, NONE],
        _ => &[READ, WRITE, NONE],
    };
    if !allowed.contains(&level) {
        return Err(format!(
            "`{scope}` takes {}, not `{level}`",
            allowed.join(" or ")
        ));
    }
    Ok((scope.to_owned(), level.to_owned()))
}

fn most(scope: &str) -> &'static str {
    if scope == "models" { READ } else { WRITE }
}

/// Reading.
pub(super) const READ: &str = "read";
/// Reading and changing.
pub(super) const WRITE: &str = "write";
/// The scope of web identity tokens.
pub(super) const ID_TOKEN: &str = "id-token";
const NONE: &str = "none";
const DEFAULT: [&str; 2] = ["contents", "packages"];
const SCOPES: [&str; 14] = [
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    ID_TOKEN,
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn levels(wished: Value, is_from_fork: bool) -> Result<String, String> {
        let wished: Option<Wished> = serde_json::from_value(wished).unwrap();
        let granted = granted(wished.as_ref(), is_from_fork)?;
        let told = granted
            .iter()
            .map(|(scope, level)| format!("{scope}={level}"));
        Ok(told.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_is_not_named_is_none() {
        for (wished, is_from_fork, wanted) in [
            (
                json!(null),
                false,
                "contents=read metadata=read packages=read",
            ),
            (json!({}), false, "metadata=read"),
            (
                json!({ "id-token": "write", "contents": "none" }),
                false,
                "id-token=write metadata=read",
            ),
            (
                json!({ "id-token": "write", "contents": "write" }),
                true,
                "contents=read metadata=read",
            ),
        ] {
            assert_eq!(
                levels(wished.clone(), is_from_fork).unwrap(),
                wanted,
                "{wished}"
            );
        }
        assert!(
            levels(json!("write-all"), false)
                .unwrap()
                .contains("id-token=write")
        );
        assert!(
            !levels(json!("read-all"), false)
                .unwrap()
                .contains("id-token")
        );
    }

    #[test]
    fn refuses_what_no_workflow_may_write() {
        for wished in [
            json!("all"),
            json!({ "id-token": "read" }),
            json!({ "secrets": "write" }),
            json!({ "contents": "admin" }),
        ] {
            assert!(levels(wished.clone(), false).is_err(), "{wished}");
        }
    }
}
