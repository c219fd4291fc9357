//! `trust/audience-wrong`: an audience that the issuer's tokens for AWS do not have.
//!
//! Source: README of aws-actions/configure-aws-credentials (`audience`, by default `sts.amazonaws.com`,
//! in China `sts.amazonaws.com.cn`); Amazon EKS User Guide, "IAM roles for service accounts"; GitHub Docs,
//! "OpenID Connect reference" (the default audience is the owner's URL).

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::difference::marked;
use super::room::{Room, has_wildcard, shown};
use crate::trust::{ClaimCondition, Family, Provider};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for condition in statement.on("aud").filter(|it| it.is_positive()) {
            let Some(provider) = statement.provider_of(condition) else {
                continue;
            };
            findings.extend(judged(room, condition, provider));
        }
    }
}

/// The audience that AWS's own clients ask this issuer for.
pub(super) fn wanted(provider: &Provider<'_>) -> &'static str {
    if provider.partition() == "aws-cn" && provider.family.is_github() {
        "sts.amazonaws.com.cn"
    } else {
        "sts.amazonaws.com"
    }
}

fn judged(
    room: &Room<'_>,
    condition: &ClaimCondition<'_>,
    provider: &Provider<'_>,
) -> Option<Finding> {
    let is_known = provider.family.is_github() || provider.family == Family::Kubernetes;
    let values = &condition.condition.values;
    let takes = |audience: &str| {
        values.iter().any(|value| {
            room.glob(condition, value)
                .is_none_or(|glob| glob.matches(audience))
        })
    };
    let is_china = provider.partition() == "aws-cn";
    if !is_known || takes("sts.amazonaws.com") || (is_china && takes("sts.amazonaws.com.cn")) {
        return None;
    }
    let value = values.first()?;
    if has_wildcard(&value.text) {
        return None;
    }
    let wanted = wanted(provider);
    let is_owner = provider.family.is_github() && value.text.starts_with("https://github.com/");
    let (severity, note) = if is_owner {
        let note = "it is the audience of a GitHub token that was asked for without one; \
                    configure-aws-credentials asks for another"
            .to_owned();
        (Severity::Note, note)
    } else {
        let (found, wanted) = marked(&shown(&value.text), wanted);
        (
            Severity::Warning,
            format!("the policy has `{found}`, clients ask for `{wanted}`"),
        )
    };
    Some(Finding {
        code: Code::known("trust/audience-wrong"),
        severity,
        confidence: Confidence::Medium,
        message: format!(
            "AWS's clients ask for the audience `{wanted}`, which the policy does not take"
        ),
        primary: Label::new(value.span, "another audience"),
        related: Vec::new(),
        notes: vec![note],
        help: format!(
            "write `\"{wanted}\"`, or have the job ask for the audience `{}`",
            shown(&value.text)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::json;

    fn github(audience: &str) -> String {
        let condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): audience,
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod",
        } });
        findings(GITHUB, &condition)
    }

    #[test]
    fn another_audience_than_clients_ask_for() {
        insta::assert_snapshot!(github("https://sts.amazonaws.com"), @r#"
    warning[trust/audience-wrong] (medium): AWS's clients ask for the audience `sts.amazonaws.com`, which the policy does not take
      at "https://sts.amazonaws.com" another audience
    note: the policy has `[https://]sts.amazonaws.com`, clients ask for `[]sts.amazonaws.com`
    help: write `"sts.amazonaws.com"`, or have the job ask for the audience `https://sts.amazonaws.com`
    "#);
        insta::assert_snapshot!(github("https://github.com/acme"), @r#"
    note[trust/audience-wrong] (medium): AWS's clients ask for the audience `sts.amazonaws.com`, which the policy does not take
      at "https://github.com/acme" another audience
    note: it is the audience of a GitHub token that was asked for without one; configure-aws-credentials asks for another
    help: write `"sts.amazonaws.com"`, or have the job ask for the audience `https://github.com/acme`
    "#);
    }

    #[test]
    fn chinas_audience_is_for_china() {
        assert_ne!(github("sts.amazonaws.com.cn"), "");
        assert_eq!(github("sts.amazonaws.com"), "");
    }

    #[test]
    fn who_runs_an_unknown_issuer_knows_its_audience() {
        let condition = |issuer: &str| {
            json!({ "StringEquals": {
            format!("{issuer}:aud"): "client", format!("{issuer}:sub"): "system:serviceaccount:ci:runner",
        } })
        };
        assert_eq!(findings("issuer.example", &condition("issuer.example")), "");
        assert_ne!(findings(CLUSTER, &condition(CLUSTER)), "");
    }
}
