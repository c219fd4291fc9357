//! Subjects of service accounts as a policy writes them, and what is wrong with those that no cluster
//! issues.
//!
//! Source: Kubernetes Docs, "Authenticating", service account tokens; "Object Names and IDs" (a namespace
//! is a DNS label, a service account's name a DNS subdomain).

use hallpass_diag::Confidence;
use hallpass_types::ServiceAccountName;

use super::subject_shape::Slip;
use crate::intruder::{Glob, KUBERNETES};

/// Why no service account has such a subject.
pub(super) fn slip(text: &str, glob: &Glob) -> Option<Slip> {
    if !KUBERNETES.align(glob).is_empty() {
        let parts = text
            .strip_prefix(OPENING)
            .and_then(|rest| rest.split_once(':'));
        let is_name = parts.is_none_or(|(namespace, name)| {
            glob.is_open() || ServiceAccountName::new(namespace, name).is_ok()
        });
        return (!is_name).then(|| {
            slip_of(
                "names begin and end with a letter or digit, and have at most 63 characters for a namespace, 253 for a service account",
                FORM.to_owned(),
            )
        });
    }
    // What was meant is most often in the last two parts.
    let mut parts = text.rsplit([':', '/']).filter(|it| !it.is_empty());
    let name = parts.next().unwrap_or_default();
    let namespace = parts.next().unwrap_or_default();
    let rest = text.strip_prefix(OPENING);
    let (says, help) = match rest {
        None if ServiceAccountName::new(namespace, name).is_ok() && !is_word(namespace) => (
            "a service account's subject begins with `system:serviceaccount:`",
            format!("write `{OPENING}{namespace}:{name}`"),
        ),
        None => (
            "a service account's subject begins with `system:serviceaccount:`",
            FORM.to_owned(),
        ),
        Some(rest) if rest.split(':').count() != 2 && rest.contains('/') => (
            "a colon stands between namespace and name",
            format!("write `{OPENING}{}`", rest.replace('/', ":")),
        ),
        Some(rest) if rest.split(':').count() != 2 => (
            "behind `system:serviceaccount:` stand two parts, namespace and name",
            FORM.to_owned(),
        ),
        Some(rest) if rest.chars().any(|it| it.is_ascii_uppercase()) => (
            "names of namespaces and service accounts are in lower case",
            format!("write `{OPENING}{}`", rest.to_ascii_lowercase()),
        ),
        Some(_) => (
            "names have lower-case letters, digits and `-`, a service account's also `.`",
            FORM.to_owned(),
        ),
    };
    Some(slip_of(says, help))
}

/// Whether it is a word of the prefix rather than a name.
fn is_word(namespace: &str) -> bool {
    matches!(namespace, "serviceaccount" | "serviceaccounts" | "system")
}

fn slip_of(says: &str, help: String) -> Slip {
    Slip {
        says: says.to_owned(),
        help,
        confidence: Confidence::High,
    }
}

const OPENING: &str = "system:serviceaccount:";
const FORM: &str = "write `system:serviceaccount:NAMESPACE:NAME`";

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::variable::Special;

    fn judged(text: &str) -> String {
        let special = Special {
            wildcards: true,
            variables: false,
        };
        let glob = Glob::read(text, special).unwrap();
        slip(text, &glob).map_or_else(
            || "-".to_owned(),
            |slip| format!("{}; {}", slip.says, slip.help),
        )
    }

    #[test]
    fn what_was_meant_is_written_out() {
        let mut table = String::new();
        for text in [
            "ci:runner",
            "ci/runner",
            "serviceaccount:ci:runner",
            "system:serviceaccounts:ci:runner",
            "system:serviceaccount:ci",
            "system:serviceaccount:ci/runner",
            "system:serviceaccount:ci:runner:x",
            "system:serviceaccount:CI:runner",
            "system:serviceaccount:ci:my_runner",
            "system:serviceaccount:a.b:runner",
            "system:serviceaccount:ci:-runner",
            "system:serviceaccount::runner",
            "repo:acme/app:pull_request",
            "system:serviceaccount:ci_*:runner",
        ] {
            writeln!(table, "{text}\n    {}", judged(text)).unwrap();
        }
        insta::assert_snapshot!(table, @r"
    ci:runner
        a service account's subject begins with `system:serviceaccount:`; write `system:serviceaccount:ci:runner`
    ci/runner
        a service account's subject begins with `system:serviceaccount:`; write `system:serviceaccount:ci:runner`
    serviceaccount:ci:runner
        a service account's subject begins with `system:serviceaccount:`; write `system:serviceaccount:ci:runner`
    system:serviceaccounts:ci:runner
        a service account's subject begins with `system:serviceaccount:`; write `system:serviceaccount:ci:runner`
    system:serviceaccount:ci
        behind `system:serviceaccount:` stand two parts, namespace and name; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount:ci/runner
        a colon stands between namespace and name; write `system:serviceaccount:ci:runner`
    system:serviceaccount:ci:runner:x
        behind `system:serviceaccount:` stand two parts, namespace and name; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount:CI:runner
        names of namespaces and service accounts are in lower case; write `system:serviceaccount:ci:runner`
    system:serviceaccount:ci:my_runner
        names have lower-case letters, digits and `-`, a service account's also `.`; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount:a.b:runner
        names have lower-case letters, digits and `-`, a service account's also `.`; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount:ci:-runner
        names begin and end with a letter or digit, and have at most 63 characters for a namespace, 253 for a service account; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount::runner
        names begin and end with a letter or digit, and have at most 63 characters for a namespace, 253 for a service account; write `system:serviceaccount:NAMESPACE:NAME`
    repo:acme/app:pull_request
        a service account's subject begins with `system:serviceaccount:`; write `system:serviceaccount:NAMESPACE:NAME`
    system:serviceaccount:ci_*:runner
        names have lower-case letters, digits and `-`, a service account's also `.`; write `system:serviceaccount:NAMESPACE:NAME`
    ");
    }

    #[test]
    fn service_accounts_and_patterns_for_them_are_let_be() {
        for text in [
            "system:serviceaccount:ci:runner",
            "system:serviceaccount:ci:runner.a-1",
            "system:serviceaccount:ci:*",
            "system:serviceaccount:*",
            "system:*",
            "*:runner",
            "*",
        ] {
            assert_eq!(judged(text), "-", "{text}");
        }
    }
}
