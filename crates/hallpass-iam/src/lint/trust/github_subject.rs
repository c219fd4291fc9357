//! Subjects of GitHub Actions as a policy writes them, and what is wrong with those that GitHub never
//! composes.
//!
//! Source: GitHub Docs, "OpenID Connect reference", example subject claims, and customising the claims for
//! an organisation or repository.

use hallpass_diag::Confidence;

use super::subject_shape::Slip;
use crate::intruder::{GITHUB, Glob};

/// Why GitHub composes no such subject; none where it does, or may be set up to.
pub(super) fn slip(text: &str, glob: &Glob, has_ids: bool) -> Option<Slip> {
    let start = literal_start(text, glob);
    if !start.starts_with(OPENING) {
        return if glob.is_open() && OPENING.starts_with(start) {
            None
        } else {
            opening(text, start)
        };
    }
    let rest = text.get(OPENING.len()..)?;
    let aligned = GITHUB.align(glob);
    if aligned.is_empty() {
        return Some(places(rest, glob));
    }
    if aligned
        .iter()
        .any(|it| it.context.as_ref().is_some_and(is_context))
    {
        return ids(rest, has_ids);
    }
    let (place, context) = rest.split_once(':')?;
    Some(context_slip(place, context))
}

fn literal_start<'t>(text: &'t str, glob: &Glob) -> &'t str {
    if glob.is_open() {
        text.split(['*', '?']).next().unwrap_or(text)
    } else {
        text
    }
}

/// The subject begins otherwise.
fn opening(text: &str, start: &str) -> Option<Slip> {
    let first = start.split(':').next().unwrap_or(start);
    if first.eq_ignore_ascii_case("repo") {
        let rest = text.get("repo:".len()..).unwrap_or_default();
        return Some(slip_of(
            "subjects are compared with case",
            format!("write `{OPENING}{rest}`"),
        ));
    }
    if CLAIMS.contains(&first) || (start.len() < text.len() && !start.contains(':')) {
        return None;
    }
    if first.split('/').filter(|it| !it.is_empty()).count() == 2 && !first.starts_with("http") {
        return Some(slip_of(
            "it lacks `repo:` in front",
            format!("write `{OPENING}{text}`"),
        ));
    }
    Some(Slip {
        confidence: Confidence::Medium,
        ..slip_of(
            "a subject begins with `repo:`, unless it is customised",
            FORMS.to_owned(),
        )
    })
}

/// Owner and repository are not to be told apart.
fn places(rest: &str, glob: &Glob) -> Slip {
    let (place, context) = rest.split_once(':').unwrap_or((rest, ""));
    if !place.contains('/') && !place.contains('*') {
        return slip_of(
            "owner and repository stand before the second colon, with a slash between",
            format!("write `{OPENING}OWNER/{place}:{context}`"),
        );
    }
    if !rest.contains(':') && !glob.is_open() {
        // `include_claim_keys: ["repo"]` gives just this.
        return Slip {
            confidence: Confidence::Medium,
            ..slip_of(
                "behind the repository stands what the job runs for, unless the subject is customised",
                format!(
                    "write `{OPENING}{rest}:environment:ENVIRONMENT` or `{OPENING}{rest}:ref:refs/heads/BRANCH`"
                ),
            )
        };
    }
    slip_of(
        "owner or repository has a character that GitHub's names have not",
        FORMS.to_owned(),
    )
}

/// Names with and without IDs.
fn ids(rest: &str, has_ids: bool) -> Option<Slip> {
    let (place, _) = rest.split_once(':')?;
    let (owner, repository) = place.split_once('/')?;
    if place.contains(['*', '?']) {
        return None;
    }
    match (owner.contains('@'), repository.contains('@')) {
        (false, false) => None,
        (true, true) if has_ids => {
            let is_id = |name: &str| {
                let id = name.split_once('@').map(|(_, id)| id);
                id.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
            };
            if is_id(owner) && is_id(repository) {
                return None;
            }
            Some(slip_of("an ID is a number", FORMS_WITH_IDS.to_owned()))
        }
        (true, true) => {
            let without = |name: &str| name.split('@').next().unwrap_or(name).to_owned();
            Some(slip_of(
                "GitHub Enterprise Server has no subjects with IDs",
                format!(
                    "write `{OPENING}{}/{}:...`",
                    without(owner),
                    without(repository)
                ),
            ))
        }
        (true, false) | (false, true) => Some(slip_of(
            "owner and repository both carry an ID, or neither does",
            FORMS_WITH_IDS.to_owned(),
        )),
    }
}

/// Whether some token has what the pattern says behind the repository.
fn is_context(glob: &Glob) -> bool {
    let Some(text) = glob.literal() else {
        let tries = [
            "x",
            "ref:refs/heads/x",
            "refs/heads/x",
            "refs/tags/x",
            "heads/x",
            "tags/x",
            "environment:x",
            "pull_request",
            "request",
            "",
        ];
        let mut filled = tries.iter().map(|it| glob.filled_plainly(it));
        return filled.any(|text| (GITHUB.is_context)(&text) || is_customised(&text));
    };
    (GITHUB.is_context)(&text) || is_customised(&text)
}

/// Whether claims follow that only a customised subject has.
fn is_customised(text: &str) -> bool {
    let mut segments = text.split(':');
    segments.any(|segment| CLAIMS.contains(&segment) && !matches!(segment, "environment" | "ref"))
}

fn context_slip(place: &str, context: &str) -> Slip {
    let write = |context: String| format!("write `{OPENING}{place}:{context}`");
    let (head, value) = context.split_once([':', '=', '/']).unwrap_or((context, ""));
    let branch = value
        .trim_start_matches("refs/")
        .trim_start_matches("heads/")
        .trim_start_matches("head/");
    let lower = head.to_ascii_lowercase();
    match lower.as_str() {
        "" => slip_of("nothing stands behind the last colon", FORMS.to_owned()),
        "ref" if value.starts_with("tags/") => slip_of(
            "a ref is written in full",
            write(format!("ref:refs/{value}")),
        ),
        "ref" | "branch" | "branches" | "heads"
            if !branch.is_empty() && branch != "heads" && !branch.contains(':') =>
        {
            slip_of(
                "a branch is written as a ref in full",
                write(format!("ref:refs/heads/{branch}")),
            )
        }
        "tag" | "tags" if !value.is_empty() => slip_of(
            "a tag is written as a ref in full",
            write(format!("ref:refs/tags/{value}")),
        ),
        "refs" => slip_of(
            "`ref:` stands before a ref",
            write(format!("ref:{context}")),
        ),
        "env" | "environment" | "environments" if !value.is_empty() => {
            let value = value.trim_start_matches("name:").replace(':', "%3A");
            slip_of(
                "an environment stands behind `environment:`, its own colons written `%3A`",
                write(format!("environment:{value}")),
            )
        }
        "pull_request" | "pull-request" | "pull_requests" | "pull-requests" | "pullrequest"
        | "pr" | "pull" => slip_of(
            "a pull request's subject ends in `:pull_request`",
            write("pull_request".to_owned()),
        ),
        _ => slip_of(
            "it is neither environment, pull request nor ref",
            FORMS.to_owned(),
        ),
    }
}

fn slip_of(says: &str, help: String) -> Slip {
    Slip {
        says: says.to_owned(),
        help,
        confidence: Confidence::High,
    }
}

const OPENING: &str = "repo:";
const FORMS: &str = "write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`";
const FORMS_WITH_IDS: &str = "write `repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:...`";

/// The claims that a customised subject is composed of.
const CLAIMS: &[&str] = &[
    "actor",
    "actor_id",
    "base_ref",
    "check_run_id",
    "context",
    "enterprise",
    "enterprise_id",
    "environment",
    "event_name",
    "head_ref",
    "job_workflow_ref",
    "job_workflow_sha",
    "ref",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "run_number",
    "runner_environment",
    "sha",
    "workflow",
    "workflow_ref",
    "workflow_sha",
];

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
        slip(text, &glob, true).map_or_else(|| "-".to_owned(), |slip| slip.help)
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn what_was_meant_is_written_out() {
        let mut table = String::new();
        for text in [
            "repo:acme/app:ref:main",
            "repo:acme/app:ref:heads/main",
            "repo:acme/app:ref:refs/main",
            "repo:acme/app:ref:refs/heads",
            "repo:acme/app:ref:tags/v1",
            "repo:acme/app:refs/heads/main",
            "repo:acme/app:branch:main",
            "repo:acme/app:tag:v1",
            "repo:acme/app:environment=prod",
            "repo:acme/app:environment/prod",
            "repo:acme/app:env:prod",
            "repo:acme/app:environment:eu:prod",
            "repo:acme/app:environment:",
            "repo:acme/app:pull_request:*",
            "repo:acme/app:pull-request",
            "repo:acme/app:",
            "repo:acme/app",
            "repo:app:ref:refs/heads/main",
            "repo:acme/my app:ref:refs/heads/main",
            "acme/app:ref:refs/heads/main",
            "Repo:acme/app:ref:refs/heads/main",
            "repository:acme/app:ref:refs/heads/main",
            "system:serviceaccount:ci:runner",
            "repo:acme@1/app:environment:prod",
            "repo:acme@x/app@2:environment:prod",
            "repo:acme/app:ref:*main",
            "repo:acme/app:branch:*",
            "repo:acme/app:ref:main*",
            "repo:acme/app:deploy",
        ] {
            writeln!(table, "{text}\n    {}", judged(text)).unwrap();
        }
        insta::assert_snapshot!(table, @r"
    repo:acme/app:ref:main
        write `repo:acme/app:ref:refs/heads/main`
    repo:acme/app:ref:heads/main
        write `repo:acme/app:ref:refs/heads/main`
    repo:acme/app:ref:refs/main
        write `repo:acme/app:ref:refs/heads/main`
    repo:acme/app:ref:refs/heads
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    repo:acme/app:ref:tags/v1
        write `repo:acme/app:ref:refs/tags/v1`
    repo:acme/app:refs/heads/main
        write `repo:acme/app:ref:refs/heads/main`
    repo:acme/app:branch:main
        write `repo:acme/app:ref:refs/heads/main`
    repo:acme/app:tag:v1
        write `repo:acme/app:ref:refs/tags/v1`
    repo:acme/app:environment=prod
        write `repo:acme/app:environment:prod`
    repo:acme/app:environment/prod
        write `repo:acme/app:environment:prod`
    repo:acme/app:env:prod
        write `repo:acme/app:environment:prod`
    repo:acme/app:environment:eu:prod
        write `repo:acme/app:environment:eu%3Aprod`
    repo:acme/app:environment:
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    repo:acme/app:pull_request:*
        write `repo:acme/app:pull_request`
    repo:acme/app:pull-request
        write `repo:acme/app:pull_request`
    repo:acme/app:
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    repo:acme/app
        write `repo:acme/app:environment:ENVIRONMENT` or `repo:acme/app:ref:refs/heads/BRANCH`
    repo:app:ref:refs/heads/main
        write `repo:OWNER/app:ref:refs/heads/main`
    repo:acme/my app:ref:refs/heads/main
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    acme/app:ref:refs/heads/main
        write `repo:acme/app:ref:refs/heads/main`
    Repo:acme/app:ref:refs/heads/main
        write `repo:acme/app:ref:refs/heads/main`
    repository:acme/app:ref:refs/heads/main
        -
    system:serviceaccount:ci:runner
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    repo:acme@1/app:environment:prod
        write `repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:...`
    repo:acme@x/app@2:environment:prod
        write `repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:...`
    repo:acme/app:ref:*main
        -
    repo:acme/app:branch:*
        write `repo:acme/app:ref:refs/heads/*`
    repo:acme/app:ref:main*
        write `repo:acme/app:ref:refs/heads/main*`
    repo:acme/app:deploy
        write `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`, `...:pull_request`, `...:ref:refs/heads/BRANCH` or `...:ref:refs/tags/TAG`
    ");
    }

    #[test]
    fn what_github_composes_or_may_compose_is_let_be() {
        for text in [
            "*",
            "re*",
            "repo:*",
            "repo:acme/*",
            "repo:acme/app*",
            "repo:acme/app:*",
            "repo:acme/app:ref:*",
            "repo:acme/app:ref:refs/*/main",
            "repo:acme/app:ref:refs/heads/*",
            "repo:acme/app:pull_*",
            "repo:acme/app:*request",
            "repo:acme/app:environment:*-prod",
            "repo:acme/*:environment:prod",
            "repo:acme@1/app@2:environment:prod",
            "repo:acme@*/app@*:pull_request",
            "repo:acme/app:event_name:push",
            "repo:acme/app:environment:prod:job_workflow_ref:*",
            "job_workflow_ref:acme/shared/*",
            "*:ref:refs/heads/main",
            "*/app:*",
        ] {
            assert_eq!(judged(text), "-", "{text}");
        }
    }
}
