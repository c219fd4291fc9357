//! The rows of GitHub: each context of each repository, in each form of `sub`.

use std::collections::BTreeMap;

use hallpass_oidc::{GithubJob, GithubRepository, GithubRun, GithubRunner, GithubVisibility};
use hallpass_types::Timestamp;

use super::decide::{Judge, NoChance};
use super::example::example;
use super::jobs::{JobContext, Places};
use super::kubernetes::audience;
use super::mention::Mentions;
use super::repositories::{Repository, repositories};
use super::subject::SubjectPattern;
use super::table::{Row, SubjectForm};

/// The rows, and what they take for given.
pub(super) fn rows(judge: &Judge<'_>, mentions: &Mentions) -> (Vec<Row>, Vec<String>) {
    let (audience, mut assumptions) = audience(judge, mentions);
    let (repositories, is_cut) = repositories(mentions);
    let places = Places::of(mentions);
    let common = Common::of(mentions, &mut assumptions);
    let forms = forms(judge, mentions);
    let mut rows = Vec::new();
    let mut is_cut = is_cut || places.is_cut;
    for repository in &repositories {
        for form in &forms {
            for context in places.contexts(repository.relation, &repository.full_name()) {
                if rows.len() == judge.room {
                    is_cut = true;
                    break;
                }
                let job = job(judge, repository, &context, form, &common);
                rows.push(row(judge, repository, &context, form, &job, &audience));
            }
        }
    }
    if is_cut {
        assumptions.push("the policy names more than is tried: the rows are not all".to_owned());
    }
    (rows, assumptions)
}

/// The forms of `sub` that come into question. GitHub Enterprise Server knows no immutable one.
fn forms(judge: &Judge<'_>, mentions: &Mentions) -> Vec<SubjectForm> {
    let mut forms = vec![SubjectForm::NameBased];
    if !judge.issuer.ends_with("/_services/token") {
        forms.push(SubjectForm::Immutable);
    }
    for subject in mentions.values("sub") {
        let keys = SubjectPattern::parse(subject).and_then(|subject| subject.customised());
        let form = keys.map(SubjectForm::Customised);
        if let Some(form) = form.filter(|form| !forms.contains(form))
            && forms.len() < MAX_FORMS
        {
            forms.push(form);
        }
    }
    forms
}

/// Claims that all jobs have alike: those that the policy wants, so that they hide no other answer.
struct Common {
    actor: (String, String),
    enterprise_id: String,
    workflow: String,
}

impl Common {
    fn of(mentions: &Mentions, assumptions: &mut Vec<String>) -> Self {
        let mut first = |claim: &str, otherwise: &str| match mentions.values(claim).next() {
            Some(pattern) => {
                let value = example(pattern);
                assumptions.push(format!(
                    "each job's {claim} is `{value}`, as the policy wants"
                ));
                value
            }
            None => otherwise.to_owned(),
        };
        Self {
            actor: (first("actor", "some-person"), first("actor_id", "3001")),
            enterprise_id: first("enterprise_id", "4001"),
            workflow: first("workflow", "ci"),
        }
    }
}

fn job(
    judge: &Judge<'_>,
    repository: &Repository,
    context: &JobContext,
    form: &SubjectForm,
    common: &Common,
) -> GithubJob {
    let file = format!("{}/.github/workflows/ci.yml", repository.full_name());
    let is_enterprises = judge.issuer.contains('/');
    GithubJob {
        issuer: judge.issuer_url(),
        repository: GithubRepository {
            owner: repository.owner.clone(),
            owner_id: repository.owner_id.clone(),
            name: repository.name.clone(),
            id: repository.id.clone(),
            visibility: GithubVisibility::Private,
            properties: BTreeMap::new(),
            has_immutable_subject: *form == SubjectForm::Immutable,
        },
        enterprise: is_enterprises
            .then(|| ("some-enterprise".to_owned(), common.enterprise_id.clone())),
        actor: common.actor.clone(),
        event_name: context.event.to_owned(),
        git_ref: context.git_ref.clone(),
        head_ref: context.head_ref.clone(),
        base_ref: context.head_ref.as_ref().map(|_| "main".to_owned()),
        sha: COMMIT.to_owned(),
        environment: context.environment.clone(),
        workflow: common.workflow.clone(),
        workflow_ref: format!("{file}@{}", context.git_ref),
        workflow_sha: COMMIT.to_owned(),
        job_workflow: context
            .workflow
            .as_ref()
            .map(|file| (file.clone(), COMMIT.to_owned())),
        run: GithubRun {
            id: "1".to_owned(),
            number: 1,
            attempt: 1,
            check_run_id: "1".to_owned(),
        },
        runner: GithubRunner::GithubHosted,
    }
}

fn row(
    judge: &Judge<'_>,
    repository: &Repository,
    context: &JobContext,
    form: &SubjectForm,
    job: &GithubJob,
    audience: &str,
) -> Row {
    // No policy sees a token's times: any will do.
    let mut claims = job.claims(Some(audience), Timestamp::UNIX_EPOCH, &NoChance);
    let subject = match form {
        SubjectForm::Customised(keys) => job.customised_subject(keys, &claims),
        SubjectForm::Immutable | SubjectForm::NameBased | SubjectForm::ServiceAccount => {
            job.subject()
        }
    };
    if let Some(members) = claims.as_object_mut() {
        members.insert("sub".to_owned(), subject.as_str().into());
    }
    let (outcome, because) = judge.decide(&claims);
    Row {
        who: repository.full_name(),
        relation: repository.relation,
        context: context.words.clone(),
        form: form.clone(),
        subject,
        claims,
        outcome,
        because,
        note: context.note,
    }
}

const COMMIT: &str = "0000000000000000000000000000000000000000";
const MAX_FORMS: usize = 6;
