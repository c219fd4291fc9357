//! Jobs: started and ended by whoever runs them; between the two their tokens are good.
//!
//! Source: GitHub Docs, `GITHUB_TOKEN` (it expires when the job ends, or after 24 hours).

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use hallpass_types::{Secret, Timestamp};
use jiff::SignedDuration;

use super::bootstrap::token_tail;
use super::owners::{self, Birth};
use super::wish::JobWish;
use super::{ids, names, permissions, scopes};
use crate::chance::from_alphabet;
use crate::store::records::{GithubEnvironment, GithubJob, GithubRef, GithubRepository, GithubRun};
use crate::store::{State, StoreFailed, Transaction};
use crate::world::World;

/// Why a job was not started.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotStarted {
    /// The wish cannot be had.
    #[error("{0}")]
    Wish(String),
    /// The change could not be written.
    #[error(transparent)]
    Store(#[from] StoreFailed),
}

/// Starts a job.
pub(super) async fn start(
    world: &Arc<World>,
    wish: &JobWish,
) -> Result<Arc<GithubJob>, NotStarted> {
    wish.check().map_err(NotStarted::Wish)?;
    let granted = permissions::granted(wish.permissions.as_ref(), wish.is_from_fork)
        .map_err(NotStarted::Wish)?;
    let now = world.now();
    let token = Secret::new(format!("ghs_{}", token_tail(&*world.chance)));
    let request_token = Secret::new(from_alphabet(&*world.chance, HEX, 64));
    world
        .store
        .write(move |tx| {
            forget_expired(tx, now);
            if tx.state().github_jobs.len() >= MAX_JOBS {
                return Err(NotStarted::Wish(format!(
                    "{MAX_JOBS} jobs run already: end some"
                )));
            }
            let repository = repository(tx, wish, now)?;
            if let Some(name) = &wish.environment {
                // GitHub makes the environment that a workflow names.
                find_or_make_environment(tx, repository.id, name, now);
            }
            let (repository, run) = run(tx, &repository, wish)?;
            let actor = wish.actor.as_deref().unwrap_or(DEFAULT_ACTOR);
            let actor = owners::find_or_make(tx, actor, false, now);
            let job = GithubJob {
                id: ids::next(tx),
                actor: (actor.login.clone(), actor.id),
                permissions: granted,
                run,
                started: now,
                token,
                request_token,
                ..described(tx.state(), &repository, wish)
            };
            tx.put(job.clone());
            Ok(Arc::new(job))
        })
        .await
}

/// Ends a job; whether there was one.
pub(super) async fn end(world: &Arc<World>, id: u64) -> Result<bool, StoreFailed> {
    let write = world.store.write(|tx| {
        let key = GithubJob::key_of(id);
        Ok::<_, StoreFailed>(tx.delete::<GithubJob>(&key).is_some())
    });
    write.await
}

/// The job of that ID, if it runs.
pub(super) fn running(state: &State, id: u64, now: Timestamp) -> Option<Arc<GithubJob>> {
    let job = state.github_jobs.get(&GithubJob::key_of(id))?;
    (!is_expired(job, now)).then(|| Arc::clone(job))
}

/// The job whose `GITHUB_TOKEN` that is, if it runs.
pub(super) fn of_token(state: &State, token: &str, now: Timestamp) -> Option<Arc<GithubJob>> {
    let mut jobs = state.github_jobs.values();
    let job = jobs.find(|job| job.token.equals(token.as_bytes()))?;
    (!is_expired(job, now)).then(|| Arc::clone(job))
}

/// The environment of that name; made where there is none.
pub(super) fn find_or_make_environment(
    tx: &mut Transaction<'_>,
    repository: u64,
    name: &str,
    now: Timestamp,
) -> Arc<GithubEnvironment> {
    if let Some(found) = scopes::environment(tx.state(), repository, name) {
        return found;
    }
    let made = GithubEnvironment {
        repository,
        name: name.to_owned(),
        id: ids::next(tx),
        created: now,
        updated: now,
    };
    tx.put(made.clone());
    Arc::new(made)
}

fn is_expired(job: &GithubJob, now: Timestamp) -> bool {
    now >= job.started + MAX_LIFE
}

fn forget_expired(tx: &mut Transaction<'_>, now: Timestamp) {
    let expired: Vec<String> = tx
        .state()
        .github_jobs
        .iter()
        .filter(|(_, job)| is_expired(job, now))
        .map(|(key, _)| key.clone())
        .collect();
    for key in expired {
        tx.delete::<GithubJob>(&key);
    }
}

fn repository(
    tx: &mut Transaction<'_>,
    wish: &JobWish,
    now: Timestamp,
) -> Result<Arc<GithubRepository>, NotStarted> {
    let Some((owner, name)) = names::full_name(&wish.repository) else {
        return Err(NotStarted::Wish(
            "the repository is `OWNER/NAME`".to_owned(),
        ));
    };
    if let Some(found) = owners::repository(tx.state(), owner, name) {
        return Ok(found);
    }
    if tx.state().github_repositories.len() >= owners::MAX_REPOSITORIES {
        return Err(NotStarted::Wish(format!(
            "there are {} repositories already",
            owners::MAX_REPOSITORIES
        )));
    }
    let owner = owners::find_or_make(tx, owner, true, now);
    Ok(owners::make(tx, &owner, name, Birth::long_ago(), now))
}

/// The run that the job belongs to, and the repository that has counted it.
fn run(
    tx: &mut Transaction<'_>,
    repository: &Arc<GithubRepository>,
    wish: &JobWish,
) -> Result<(Arc<GithubRepository>, GithubRun), NotStarted> {
    if let Some(given) = wish.run {
        let run = GithubRun {
            id: given.id,
            number: given.number,
            attempt: given.attempt,
        };
        return Ok((Arc::clone(repository), run));
    }
    let mut counted = GithubRepository::clone(repository);
    let is_known = counted.run_numbers.contains_key(wish.file());
    if !is_known && counted.run_numbers.len() >= MAX_WORKFLOWS {
        return Err(NotStarted::Wish(format!(
            "{MAX_WORKFLOWS} workflows of the repository have run already"
        )));
    }
    let number = counted
        .run_numbers
        .entry(wish.file().to_owned())
        .or_default();
    *number = number.saturating_add(1);
    let run = GithubRun {
        id: ids::next(tx),
        number: *number,
        attempt: 1,
    };
    tx.put(counted.clone());
    Ok((Arc::new(counted), run))
}

/// The job without what only the transaction gives: IDs, run, actor, tokens.
fn described(state: &State, repository: &GithubRepository, wish: &JobWish) -> GithubJob {
    let branch = &repository.default_branch;
    let git_ref = wish.full_ref(branch);
    let head_of = |name: &str| {
        let found = state
            .github_refs
            .get(&GithubRef::key_of(repository.id, name));
        found.map(|found| found.sha.clone())
    };
    let is_about_pull = wish.is_about_pull();
    let base_ref = is_about_pull.then(|| wish.base(branch));
    let head_ref = is_about_pull.then(|| {
        let named = wish.head_ref.clone();
        named.unwrap_or_else(|| DEFAULT_HEAD.to_owned())
    });
    let sha = wish
        .sha
        .clone()
        .or_else(|| head_of(&git_ref))
        .unwrap_or_else(|| made_up_sha(&format!("{}@{git_ref}", repository.full_name())));
    let job_workflow = wish.reusable_workflow.clone().map(|file| {
        let sha = wish.reusable_workflow_sha.clone();
        let sha = sha.unwrap_or_else(|| made_up_sha(&file));
        (file, sha)
    });
    let file = wish.file();
    GithubJob {
        id: 0,
        repository: repository.record_key(),
        event: wish.event.clone(),
        workflow: wish.workflow.clone().unwrap_or_else(|| file.to_owned()),
        workflow_ref: format!("{}/{file}@{git_ref}", repository.full_name()),
        workflow_sha: sha.clone(),
        git_ref,
        sha,
        head_ref,
        base_ref,
        environment: wish.environment.clone(),
        job_workflow,
        name: wish.job.clone().unwrap_or_else(|| DEFAULT_JOB.to_owned()),
        actor: (String::new(), 0),
        is_github_hosted: wish.is_github_hosted(),
        permissions: std::collections::BTreeMap::new(),
        run: GithubRun {
            id: 0,
            number: 0,
            attempt: 0,
        },
        is_from_fork: wish.is_from_fork,
        started: Timestamp::UNIX_EPOCH,
        token: Secret::new(String::new()),
        request_token: Secret::new(String::new()),
    }
}

/// A commit for what the lab's GitHub does not hold: always the same for the same.
fn made_up_sha(of: &str) -> String {
    hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, of.as_bytes()))
}

const MAX_LIFE: SignedDuration = SignedDuration::from_hours(24);
// The largest installations of GitHub run some hundred at once for one owner.
const MAX_JOBS: usize = 2000;
const MAX_WORKFLOWS: usize = 1000;
// As GitHub's own examples have it.
const DEFAULT_ACTOR: &str = "octocat";
const DEFAULT_HEAD: &str = "patch-1";
const DEFAULT_JOB: &str = "build";
const HEX: &[u8] = b"0123456789abcdef";
