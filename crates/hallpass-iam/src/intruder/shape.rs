//! How issuers compose subjects, as far as it is documented.
//!
//! Sources: GitHub Docs, "OpenID Connect reference", example subject claims and immutable subject claims;
//! Bitbucket Cloud, "Integrate Pipelines with resource servers using OIDC"; Buildkite Docs, "OIDC with
//! Buildkite"; `CircleCI` Docs, "OpenID Connect tokens";
//! GitLab Docs, "ID token authentication", token payload; HCP Terraform Docs, "Workload identity tokens";
//! Kubernetes Docs, "Authenticating", service account tokens.

use super::glob::Glob;
use crate::trust::Family;

/// A subject in its parts.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What each subject begins with.
    opening: &'static str,
    /// The parts that say whose token it is, the widest first.
    pub(crate) places: &'static [Part],
    /// What stands behind the places, where something does: examples that whoever may write there can
    /// make, the most telling first, each with what it is.
    pub(crate) contexts: &'static [(&'static str, &'static str)],
    /// A beginning under which whatever a star leaves open can stand.
    pub(crate) run: &'static str,
    /// Whether a text can stand behind the places.
    pub(crate) is_context: fn(&str) -> bool,
}

/// A part of a subject, and what ends it.
#[derive(Debug)]
pub(crate) struct Part {
    /// What it names.
    pub(crate) kind: &'static str,
    ends: &'static str,
    is_allowed: fn(char) -> bool,
}

/// A pattern, taken apart along a shape.
#[derive(Clone, Debug)]
pub(crate) struct Aligned {
    pub(crate) places: Vec<Glob>,
    /// Empty where the shape has no context.
    pub(crate) context: Option<Glob>,
}

/// `repo:OWNER/REPOSITORY:CONTEXT`.
pub(crate) const GITHUB: Shape = Shape {
    opening: "repo:",
    places: &[
        Part {
            kind: "organisation",
            ends: "/",
            is_allowed: |letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '@')
            },
        },
        Part {
            kind: "repository",
            ends: ":",
            is_allowed: |letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '@')
            },
        },
    ],
    contexts: &[
        ("pull request", "pull_request"),
        ("branch", "ref:refs/heads/evil"),
        ("environment", "environment:evil"),
    ],
    run: "ref:refs/heads/",
    is_context: is_github_context,
};

/// `{REPOSITORY-UUID}:{STEP-UUID}`, with the environment's UUID between where there is one.
const BITBUCKET: Shape = Shape {
    opening: "{",
    places: &[Part {
        kind: "repository",
        ends: "}:",
        is_allowed: |letter| letter.is_ascii_alphanumeric() || letter == '-',
    }],
    contexts: &[],
    run: "{0}",
    is_context: |text| text.starts_with('{') && text.ends_with('}'),
};

/// `organization:O:pipeline:P:ref:REF:commit:COMMIT:step:STEP`.
const BUILDKITE: Shape = Shape {
    opening: "organization:",
    places: &[
        Part {
            kind: "organisation",
            ends: ":pipeline:",
            is_allowed: is_label,
        },
        Part {
            kind: "pipeline",
            ends: ":",
            is_allowed: is_label,
        },
    ],
    contexts: &[("branch", "ref:refs/heads/evil:commit:0:step:build")],
    run: "ref:refs/heads/main:commit:0:step:build",
    is_context: |text| {
        text.starts_with("ref:refs/") && text.contains(":commit:") && text.contains(":step:")
    },
};

/// `org/ORGANISATION/project/PROJECT/user/USER`.
const CIRCLECI: Shape = Shape {
    opening: "org/",
    places: &[
        Part {
            kind: "organisation",
            ends: "/project/",
            is_allowed: is_label,
        },
        Part {
            kind: "project",
            ends: "/user/",
            is_allowed: is_label,
        },
    ],
    // Which of the project's users has started the job is no stranger's choice.
    contexts: &[],
    run: "0",
    is_context: |text| !text.is_empty(),
};

/// GitHub's claim `repository`: `OWNER/REPOSITORY`.
pub(super) const REPOSITORY: Shape = Shape {
    opening: "",
    places: &[
        Part {
            kind: "organisation",
            ends: "/",
            is_allowed: is_github_name,
        },
        Part {
            kind: "repository",
            ends: "",
            is_allowed: is_github_name,
        },
    ],
    contexts: &[],
    run: "",
    is_context: str::is_empty,
};

/// GitHub's claim `job_workflow_ref`: `OWNER/REPOSITORY/.github/workflows/FILE@REF`.
pub(super) const JOB_WORKFLOW: Shape = Shape {
    opening: "",
    places: &[
        Part {
            kind: "organisation",
            ends: "/",
            is_allowed: is_github_name,
        },
        Part {
            kind: "repository",
            ends: "/",
            is_allowed: is_github_name,
        },
    ],
    contexts: &[("workflow", ".github/workflows/ci.yml@refs/heads/main")],
    run: ".github/workflows/",
    is_context: |text| text.starts_with(".github/workflows/") && text.contains('@'),
};

/// `project_path:GROUP/PROJECT:ref_type:TYPE:ref:REF`.
const GITLAB: Shape = Shape {
    opening: "project_path:",
    places: &[
        Part {
            kind: "group",
            ends: "/",
            is_allowed: is_gitlab_path,
        },
        Part {
            kind: "project",
            ends: ":",
            is_allowed: |letter| is_gitlab_path(letter) || letter == '/',
        },
    ],
    contexts: &[("branch", "ref_type:branch:ref:evil")],
    run: "ref_type:branch:ref:",
    is_context: |text| {
        let mut types = ["ref_type:branch:ref:", "ref_type:tag:ref:"].iter();
        let name = types.find_map(|start| text.strip_prefix(start));
        name.is_some_and(|name| !name.is_empty() && !name.contains(':'))
    },
};

/// `system:serviceaccount:NAMESPACE:NAME`.
pub(crate) const KUBERNETES: Shape = Shape {
    opening: "system:serviceaccount:",
    places: &[
        Part {
            kind: "namespace",
            ends: ":",
            is_allowed: is_label,
        },
        Part {
            kind: "service account",
            ends: "",
            is_allowed: |letter| is_label(letter) || letter == '.',
        },
    ],
    contexts: &[],
    run: "",
    is_context: str::is_empty,
};

/// `organization:O:project:P:workspace:W:run_phase:PHASE`.
const TERRAFORM: Shape = Shape {
    opening: "organization:",
    places: &[
        Part {
            kind: "organisation",
            ends: ":project:",
            is_allowed: is_terraform_name,
        },
        Part {
            kind: "project",
            ends: ":workspace:",
            is_allowed: |letter| is_terraform_name(letter) || letter == ' ',
        },
        Part {
            kind: "workspace",
            ends: ":run_phase:",
            is_allowed: is_terraform_name,
        },
    ],
    // Plan and apply belong to the workspace: they are no strangers.
    contexts: &[],
    run: "apply",
    is_context: |text| matches!(text, "apply" | "plan"),
};

impl Shape {
    /// The shape of an issuer's subjects, where we know it. Clusters stand at any URL: there the subject
    /// itself tells.
    pub(crate) fn of(family: Family, subject: &str) -> Option<&'static Self> {
        match family {
            Family::GitHub | Family::GitHubServer => Some(&GITHUB),
            Family::GitLab => Some(&GITLAB),
            Family::Kubernetes => Some(&KUBERNETES),
            Family::Terraform => Some(&TERRAFORM),
            Family::Buildkite => Some(&BUILDKITE),
            Family::CircleCi => Some(&CIRCLECI),
            Family::Other => {
                let mut anywhere = [&BITBUCKET, &GITLAB, &KUBERNETES, &TERRAFORM].into_iter();
                anywhere.find(|shape| subject.starts_with(shape.opening))
            }
            Family::Application => None,
        }
    }

    /// The ways in which a pattern can match subjects of this shape.
    pub(crate) fn align(&self, glob: &Glob) -> Vec<Aligned> {
        let mut open: Vec<(Vec<Glob>, Glob)> = glob
            .after(self.opening)
            .into_iter()
            .map(|rest| (Vec::new(), rest))
            .collect();
        for part in self.places {
            let mut next = Vec::new();
            for (places, rest) in open {
                for (place, after) in part.cut(&rest) {
                    let mut places = places.clone();
                    places.push(place);
                    next.push((places, after));
                }
            }
            next.truncate(MAX_ALIGNMENTS);
            open = next;
        }
        open.into_iter()
            .map(|(places, rest)| Aligned {
                places,
                context: self.has_context().then_some(rest),
            })
            .collect()
    }

    /// The subject of these places in this context.
    pub(crate) fn compose(&self, places: &[String], context: &str) -> String {
        let mut subject = self.opening.to_owned();
        for (part, place) in self.places.iter().zip(places) {
            subject.push_str(place);
            subject.push_str(part.ends);
        }
        subject.push_str(context);
        subject
    }

    fn has_context(&self) -> bool {
        self.places.last().is_some_and(|part| !part.ends.is_empty())
    }
}

impl Part {
    fn cut(&self, glob: &Glob) -> Vec<(Glob, Glob)> {
        if self.ends.is_empty() {
            let is_name = glob.letters().all(self.is_allowed);
            return is_name
                .then(|| (glob.clone(), Glob::nothing()))
                .into_iter()
                .collect();
        }
        glob.cuts(self.ends, self.is_allowed)
    }

    /// Whether the text can stand there.
    pub(crate) fn takes(&self, text: &str) -> bool {
        !text.is_empty() && text.chars().all(self.is_allowed)
    }
}

/// The environment, a pull request, or a ref: what GitHub puts there by default. A colon in a value is
/// written `%3A`.
fn is_github_context(text: &str) -> bool {
    let is_value = |value: &str| !value.is_empty() && !value.contains(':');
    if let Some(environment) = text.strip_prefix("environment:") {
        return is_value(environment);
    }
    let name = text.strip_prefix("ref:refs/").and_then(|rest| {
        let mut kinds = ["heads/", "pull/", "tags/"].iter();
        kinds.find_map(|kind| rest.strip_prefix(kind))
    });
    text == "pull_request" || name.is_some_and(is_value)
}

fn is_github_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

fn is_gitlab_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

fn is_label(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
}

fn is_terraform_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

const MAX_ALIGNMENTS: usize = 24;
