//! `permissions/repository-arn`: a repository named in a way that names none.
//!
//! Source: Service Authorization Reference, "Resource types defined by Amazon Elastic Container
//! Registry": `arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}`; a repository has
//! no ARNs below it, so that tags and digests cannot be named.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::services::service;
use crate::syntax::Text;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let resources = statement.resource.iter().flat_map(|element| &element.value);
        let all: Vec<&Text> = resources.collect();
        for resource in &all {
            let fault = host(&resource.text).or_else(|| arn(&resource.text, &all));
            findings.extend(fault.map(|fault| fault.finding(resource)));
        }
    }
}

struct Fault {
    severity: Severity,
    confidence: Confidence,
    what: &'static str,
    help: String,
}

impl Fault {
    fn error(what: &'static str, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            confidence: Confidence::High,
            what,
            help: help.into(),
        }
    }

    fn finding(self, resource: &Text) -> Finding {
        let mut finding = found(
            Code::known("permissions/repository-arn"),
            self.severity,
            format!("{} {}", quoted(&resource.text), self.what),
            Label::new(resource.span, ""),
            self.help,
        );
        finding.confidence = self.confidence;
        finding
    }
}

/// An image's name, as docker has it, in place of an ARN.
fn host(text: &str) -> Option<Fault> {
    let bare = text.strip_prefix("https://").unwrap_or(text);
    let (account, rest) = bare.split_once(".dkr.ecr")?;
    if account.contains(':') {
        return None;
    }
    let (host, name) = rest.split_once('/').unwrap_or((rest, "NAME"));
    let region = host
        .trim_start_matches("-fips")
        .split('.')
        .nth(1)
        .filter(|region| !region.is_empty())
        .unwrap_or("REGION");
    let partition = if host.rsplit('.').next() == Some("cn") {
        "aws-cn"
    } else {
        "aws"
    };
    let name = bare_name(name);
    let help = format!(
        "write the repository's ARN: `arn:{partition}:ecr:{region}:{account}:repository/{name}`"
    );
    Some(Fault::error("is an image's name, not an ARN", help))
}

fn arn(text: &str, all: &[&Text]) -> Option<Fault> {
    let segments: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, "ecr", region, account, resource] = segments.as_slice() else {
        return None;
    };
    if region.is_empty() || account.is_empty() {
        return Some(Fault::error(
            "lacks the region or the account, which ARNs of repositories have",
            "write both, or `*` for any",
        ));
    }
    let Some(name) = resource.strip_prefix("repository/") else {
        let help = format!("write `arn:{partition}:ecr:{region}:{account}:repository/NAME`");
        return (!may_be_known(resource)).then(|| Fault::error("names no repository", help));
    };
    // What stands in braces is filled in before the policy is used.
    if name.contains("${") {
        return None;
    }
    let bare = bare_name(name);
    if bare.len() < name.len() {
        let arn = format!("arn:{partition}:ecr:{region}:{account}:repository/{bare}");
        return Some(Fault::error(
            "names a tag or digest: a policy is about whole repositories",
            format!("write `{arn}`"),
        ));
    }
    let above = text.strip_suffix("/*")?;
    let is_above_named = all.iter().any(|other| other.text == above);
    (!above.ends_with(":repository") && !is_above_named && !above.contains(['*', '?'])).then(|| {
        Fault {
            severity: Severity::Note,
            confidence: Confidence::Low,
            what: "matches repositories below that name, and not the one of that name",
            help: format!("add `{above}` if it is meant: a repository has no ARNs below it"),
        }
    })
}

/// The name without tag and digest.
fn bare_name(name: &str) -> &str {
    name.split(['@', ':']).next().unwrap_or(name)
}

/// Whether the pattern may be of one of ECR's resource types.
fn may_be_known(resource: &str) -> bool {
    let start = resource.split(['*', '?', '$']).next().unwrap_or_default();
    let has_wildcard = start.len() < resource.len();
    let mut kinds = service("ecr")
        .map_or(&[][..], |ecr| ecr.resource_types())
        .iter();
    kinds.any(|kind| {
        let form = kind.arn().splitn(6, ':').nth(5).unwrap_or_default();
        let form = form.split('$').next().unwrap_or_default();
        start.starts_with(form) || has_wildcard && form.starts_with(start)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow, places, said};
    use crate::policy::PolicyKind::Identity;

    const CODE: &str = "permissions/repository-arn";

    #[test]
    fn what_names_no_repository() {
        for resource in [
            "arn:aws:ecr:us-east-1:1:repository/app:latest",
            "arn:aws:ecr:us-east-1:1:repository/app@sha256:abc",
            "arn:aws:ecr:us-east-1:1:app",
            "arn:aws:ecr:::repository/app",
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/app",
        ] {
            let said = said(CODE, Identity, &allow("ecr:PutImage", resource));
            assert!(said.starts_with("error: "), "{resource}: {said}");
        }
        let host = allow(
            "ecr:PutImage",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b:1",
        );
        assert!(
            said(CODE, Identity, &host)
                .ends_with("`arn:aws:ecr:eu-west-1:111122223333:repository/a/b`")
        );
        assert!(places("policy/resource-form", Identity, &host).is_empty());
    }

    #[test]
    fn a_star_below_a_repository_is_a_note() {
        let below = "arn:aws:ecr:us-east-1:1:repository/app/*";
        assert!(said(CODE, Identity, &allow("ecr:PutImage", below)).starts_with("note: "));
        let both = json!([below, "arn:aws:ecr:us-east-1:1:repository/app"]);
        assert!(places(CODE, Identity, &allow("ecr:PutImage", both)).is_empty());
    }

    #[test]
    fn repositories_are_silent() {
        for resource in [
            "*",
            "arn:aws:ecr:*",
            "arn:aws:ecr:us-east-1:1:*",
            "arn:aws:ecr:us-east-1:1:repository/*",
            "arn:aws:ecr:us-east-1:1:repository/team/app",
            "arn:aws:ecr:*:*:repo*",
            "arn:aws:ecr:us-east-1:1:repository/${aws:PrincipalTag/repo}",
            "arn:aws:s3:::bucket",
        ] {
            assert!(
                places(CODE, Identity, &allow("ecr:PutImage", resource)).is_empty(),
                "{resource}"
            );
        }
    }
}
