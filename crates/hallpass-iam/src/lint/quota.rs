//! `policy/over-quota`: documents that AWS refuses for their length, or soon will.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas": "IAM doesn't count white space". A role's trust
//! policy has 2,048 characters unless the quota is raised; a managed policy 6,144; a role's inline
//! policies 10,240 together, a group's 5,120, a user's 2,048; a session policy 2,048.

use hallpass_diag::{Code, Finding, Label, Severity, Span};

use super::say::found;
use super::seen::Seen;
use crate::policy::PolicyKind;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let length = seen.document.quota_length();
    let said = match seen.kind {
        PolicyKind::Boundary => one(length, MANAGED, "a managed policy", SPLIT),
        PolicyKind::Identity => identity(length),
        PolicyKind::Session => one(length, SESSION, "a session policy", SHORTEN),
        PolicyKind::Trust => one(
            length,
            TRUST,
            "a trust policy, unless the quota is raised,",
            RAISE,
        ),
        // Each service has its own quota, and organisations' is not IAM's.
        PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::ServiceControl => None,
    };
    findings.extend(said);
}

fn one(length: usize, quota: usize, what: &str, help: &str) -> Option<Finding> {
    let severity = if length > quota {
        Severity::Error
    } else if length * 10 >= quota * 9 {
        Severity::Warning
    } else {
        return None;
    };
    Some(finding(length, quota, severity, what, help))
}

/// A permissions policy may be managed or inline.
fn identity(length: usize) -> Option<Finding> {
    if length > INLINE {
        return Some(finding(
            length,
            INLINE,
            Severity::Error,
            "all inline policies of a role",
            SPLIT,
        ));
    }
    if length > MANAGED {
        let help = "it fits a role as its only inline policy; else split it into managed policies";
        return Some(finding(
            length,
            MANAGED,
            Severity::Warning,
            "a managed policy",
            help,
        ));
    }
    one(length, MANAGED, "a managed policy", SPLIT)
}

fn finding(length: usize, quota: usize, severity: Severity, what: &str, help: &str) -> Finding {
    let (has, may) = (grouped(length), grouped(quota));
    let mut finding = found(
        Code::known("policy/over-quota"),
        severity,
        format!("the document has {has} characters without white space, and {what} may have {may}"),
        Label::new(Span::default(), ""),
        help,
    );
    if length <= quota {
        finding.message = format!(
            "the document has {has} of the {may} characters that {what} may have without white space"
        );
    }
    finding
}

/// A number with commas.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const INLINE: usize = 10_240;
const MANAGED: usize = 6_144;
const SESSION: usize = 2_048;
const TRUST: usize = 2_048;

const RAISE: &str = "have the quota raised (Service Quotas, `Role trust policy length`), or merge statements; \
                     `iam:GetAccountSummary` tells the account's as `AssumeRolePolicySizeQuota`";
const SHORTEN: &str = "name actions by pattern, or pass ARNs of managed policies instead";
const SPLIT: &str = "split it into managed policies, or merge statements that differ in one part";

#[cfg(test)]
mod tests {
    use super::super::tried::findings;
    use super::*;

    fn severity(kind: PolicyKind, length: usize) -> Option<Severity> {
        let empty = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:","Resource":"*"}]}"#;
        let name = "x".repeat(length - empty.len());
        // White space is not counted.
        let text = empty
            .replace("s3:", &format!("s3:{name}"))
            .replace(',', ",   \n");
        let found = findings("policy/over-quota", kind, &text);
        found.first().map(|finding| finding.severity)
    }

    #[test]
    fn lengths_beside_quotas() {
        use Severity::{Error, Warning};
        for (kind, length, expected) in [
            (PolicyKind::Trust, 1_843, None),
            (PolicyKind::Trust, 1_844, Some(Warning)),
            (PolicyKind::Trust, 2_048, Some(Warning)),
            (PolicyKind::Trust, 2_049, Some(Error)),
            (PolicyKind::Identity, 5_529, None),
            (PolicyKind::Identity, 5_530, Some(Warning)),
            (PolicyKind::Identity, 6_145, Some(Warning)),
            (PolicyKind::Identity, 10_240, Some(Warning)),
            (PolicyKind::Identity, 10_241, Some(Error)),
            (PolicyKind::Boundary, 6_145, Some(Error)),
            (PolicyKind::Session, 2_049, Some(Error)),
            (PolicyKind::Resource, 9_000, None),
        ] {
            assert_eq!(severity(kind, length), expected, "{kind:?} {length}");
        }
    }

    #[test]
    fn numbers_are_read_easily() {
        let numbers = [7, 2_048, 10_240, 1_000_000].map(grouped);
        assert_eq!(numbers, ["7", "2,048", "10,240", "1,000,000"]);
    }
}
