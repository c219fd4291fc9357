//! `trust/whole-repository`: whoever may write to the repository may assume the role.
//!
//! Source: GitHub Docs, "OpenID Connect reference", example subject claims; "Using environments for
//! deployment" (protection rules). A pull request from a branch of the repository gets a token; one from a
//! fork does not.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, shown, witness};
use crate::intruder::Intrusion;
use crate::trust::Family;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for condition in statement.on("sub") {
            let Some(provider) = statement.provider_of(condition) else {
                continue;
            };
            for value in &condition.condition.values {
                let Some(intruder) = room.intruder_at(value.span) else {
                    continue;
                };
                let Intrusion::Context { kind } = intruder.why else {
                    continue;
                };
                let help = match provider.family {
                    Family::GitLab => "name the branch: `...:ref_type:branch:ref:BRANCH`",
                    Family::Buildkite => {
                        "name the branch: `...:ref:refs/heads/BRANCH:commit:*:step:*`"
                    }
                    Family::Application
                    | Family::CircleCi
                    | Family::GitHub
                    | Family::GitHubServer
                    | Family::Kubernetes
                    | Family::Other
                    | Family::Terraform => {
                        "name a protected environment, `...:environment:ENVIRONMENT`, or a branch, `...:ref:refs/heads/BRANCH`"
                    }
                };
                findings.push(Finding {
                    code: Code::known("trust/whole-repository"),
                    severity: Severity::Warning,
                    confidence: Confidence::High,
                    message: format!("`{}` lets in any {kind}", shown(&value.text)),
                    primary: Label::new(value.span, format!("matches any {kind}")),
                    related: Vec::new(),
                    notes: vec![
                        witness(intruder),
                        "whoever may push to the repository can make one, and change the workflow on it".to_owned(),
                    ],
                    help: help.to_owned(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    fn like(subject: &str) -> String {
        let condition = json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): subject },
        });
        findings(GITHUB, &condition)
    }

    #[test]
    fn pull_requests_and_branches_pass() {
        insta::assert_snapshot!(like("repo:acme@1/app@2:*"), @r#"
    warning[trust/whole-repository] (high): `repo:acme@1/app@2:*` lets in any pull request
      at "repo:acme@1/app@2:*" matches any pull request
    note: a token with sub `repo:acme@1/app@2:pull_request` passes: it may be of any pull request
    note: whoever may push to the repository can make one, and change the workflow on it
    help: name a protected environment, `...:environment:ENVIRONMENT`, or a branch, `...:ref:refs/heads/BRANCH`
    "#);
        insta::assert_snapshot!(like("repo:acme@1/app@2:environment:*"), @r#"
    warning[trust/whole-repository] (high): `repo:acme@1/app@2:environment:*` lets in any environment
      at "repo:acme@1/app@2:environment:*" matches any environment
    note: a token with sub `repo:acme@1/app@2:environment:evil` passes: it may be of any environment
    note: whoever may push to the repository can make one, and change the workflow on it
    help: name a protected environment, `...:environment:ENVIRONMENT`, or a branch, `...:ref:refs/heads/BRANCH`
    "#);
    }

    #[test]
    fn named_branches_are_silent() {
        assert_eq!(like("repo:acme@1/app@2:ref:refs/heads/release/*"), "");
        assert_eq!(like("repo:acme@1/app@2:ref:refs/tags/*"), "");
    }
}
