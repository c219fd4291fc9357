//! GitHub Actions as an issuer: the claims of a job's token, and its subject.

mod job;
mod subject;

pub use job::{
    GITHUB_ISSUER, GithubJob, GithubRepository, GithubRun, GithubRunner, GithubVisibility,
};
