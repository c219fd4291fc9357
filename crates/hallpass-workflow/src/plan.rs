//! Which jobs run, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::WorkflowError;
use crate::model::Job;
use crate::workflow::Workflow;

/// All jobs, each after those that it needs, else in the order of the file.
pub fn order(workflow: &Workflow) -> Result<Vec<&Job>, WorkflowError> {
    let mut done = BTreeSet::new();
    let mut ordered = Vec::new();
    for job in &workflow.jobs {
        for need in &job.needs {
            find(workflow, need)?;
        }
    }
    while ordered.len() < workflow.jobs.len() {
        let next = workflow.jobs.iter().find(|job| {
            !done.contains(&job.id) && job.needs.iter().all(|need| done.contains(need))
        });
        let Some(next) = next else {
            let stuck: Vec<&str> = workflow
                .jobs
                .iter()
                .map(|job| job.id.as_str())
                .filter(|id| !done.contains(*id))
                .collect();
            return Err(WorkflowError::Cycle {
                jobs: stuck.join(", "),
            });
        };
        done.insert(next.id.clone());
        ordered.push(next);
    }
    Ok(ordered)
}

/// A job, after all that it needs, directly or through others.
pub fn closure<'a>(workflow: &'a Workflow, id: &str) -> Result<Vec<&'a Job>, WorkflowError> {
    let all = order(workflow)?;
    let by_id: BTreeMap<&str, &Job> = all.iter().map(|job| (job.id.as_str(), *job)).collect();
    let mut wanted = BTreeSet::new();
    let mut open = vec![find(workflow, id)?.id.as_str()];
    while let Some(id) = open.pop() {
        if wanted.insert(id)
            && let Some(job) = by_id.get(id)
        {
            open.extend(job.needs.iter().map(String::as_str));
        }
    }
    Ok(all
        .into_iter()
        .filter(|job| wanted.contains(job.id.as_str()))
        .collect())
}

fn find<'a>(workflow: &'a Workflow, id: &str) -> Result<&'a Job, WorkflowError> {
    workflow.job(id).ok_or_else(|| {
        let known: Vec<String> = workflow
            .jobs
            .iter()
            .take(MAX_NAMES)
            .map(|job| format!("`{}`", job.id))
            .collect();
        let more = workflow.jobs.len().saturating_sub(MAX_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        WorkflowError::NoSuchJob {
            job: id.to_owned(),
            known: format!("{}{more}", known.join(", ")),
        }
    })
}

const MAX_NAMES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow(jobs: &[(&str, &[&str])]) -> Workflow {
        let mut text = "on: push\njobs:\n".to_owned();
        for (id, needs) in jobs {
            let needs = needs.join(", ");
            let job = format!("needs: [{needs}]\n    runs-on: x\n    steps: [{{ run: a }}]");
            text = format!("{text}  {id}:\n    {job}\n");
        }
        Workflow::parse("w", &text).unwrap()
    }

    fn ids(jobs: &[&Job]) -> Vec<String> {
        jobs.iter().map(|job| job.id.clone()).collect()
    }

    #[test]
    fn each_job_comes_after_those_that_it_needs() {
        let plan = workflow(&[("c", &["a", "b"]), ("b", &["a"]), ("a", &[]), ("d", &[])]);
        assert_eq!(ids(&order(&plan).unwrap()), ["a", "b", "c", "d"]);
        assert_eq!(ids(&closure(&plan, "b").unwrap()), ["a", "b"]);
        assert_eq!(ids(&closure(&plan, "d").unwrap()), ["d"]);
    }

    #[test]
    fn refuses_circles_and_unknown_jobs() {
        let circle = workflow(&[("a", &["b"]), ("b", &["a"])]);
        assert_eq!(
            order(&circle).unwrap_err().to_string(),
            "jobs wait for each other: a, b"
        );
        let unknown = workflow(&[("a", &["x"])]);
        assert_eq!(
            order(&unknown).unwrap_err().to_string(),
            "the workflow has no job `x`; it has `a`"
        );
    }
}
