//! Runner objects become runner pods, as actions-runner-controller makes them, and get jobs.
//!
//! Both generations: `RunnerDeployment` to `RunnerReplicaSet` to `Runner` to pod, and
//! `AutoscalingRunnerSet` to `EphemeralRunnerSet` to `EphemeralRunner` to pod. Settling is
//! level-triggered: it looks at what is there and at what is wanted, and doing it twice does nothing
//! more. What a controller waits for in life (a pod that becomes ready) is there at once.
//! Source: actions-runner-controller 0.14, `controllers/` of both API groups; its Helm charts.

mod deployment;
mod ephemeral;
mod hands;
mod hook;
mod jobs;
mod kind;
mod legacy;
mod legacy_pod;
mod runner_set;
mod scale_set;
mod settle;
mod template;

pub(crate) use jobs::{JobEnd, JobWish, assign_job, finish_job};
pub(super) use settle::settle;
