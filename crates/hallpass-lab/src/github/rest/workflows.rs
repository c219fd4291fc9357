//! The workflows of a repository: the files in its default branch.
//!
//! Source: GitHub Docs, "REST API endpoints for workflows".

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::time::iso;
use crate::github::answer::Answer;
use crate::github::call::Call;
use crate::github::error::GithubError;
use crate::github::history;
use crate::github::page::{Page, USUAL};
use crate::store::State;
use crate::store::records::GithubRepository;

/// Answers a call about workflows.
pub(super) fn answer(
    call: &Call<'_>,
    repository: &GithubRepository,
    path: &[&str],
) -> Result<Answer, GithubError> {
    if call.method != Method::GET {
        return Err(GithubError::not_found());
    }
    let all = call.world.store.read(|state| all(call, state, repository));
    match path {
        [] => {
            let total = all.len();
            let page = Page::of(call, all, USUAL);
            let body = json!({ "total_count": total, "workflows": page.items });
            Ok(Answer::ok(body).with_link(page.link))
        }
        [wanted] => {
            let is_wanted = |workflow: &Value| {
                let path = workflow
                    .get("path")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let id = workflow.get("id").and_then(Value::as_u64);
                path.strip_prefix(FOLDER) == Some(wanted)
                    || id.is_some_and(|id| id.to_string() == **wanted)
            };
            let found = all.into_iter().find(is_wanted);
            found.map(Answer::ok).ok_or_else(GithubError::not_found)
        }
        _ => Err(GithubError::not_found()),
    }
}

fn all(call: &Call<'_>, state: &State, repository: &GithubRepository) -> Vec<Value> {
    let Some(commit) = history::resolve(state, repository, None) else {
        return Vec::new();
    };
    let is_workflow = |path: &str| {
        let name = path.strip_prefix(FOLDER);
        let kinds = ["yml", "yaml"];
        name.is_some_and(|name| !name.contains('/'))
            && path
                .rsplit_once('.')
                .is_some_and(|(_, kind)| kinds.contains(&kind))
    };
    let files = commit.files.iter().filter(|(path, _)| is_workflow(path));
    files
        .map(|(path, file)| {
            let content = history::content(state, repository.id, &file.sha);
            let name = content.and_then(|(content, _)| name(&content));
            let (base, full) = (&call.base, repository.full_name());
            let id = id(repository.id, path);
            json!({
                "id": id,
                "node_id": format!("W_{id}"),
                "name": name.unwrap_or_else(|| path.clone()),
                "path": path,
                "state": "active",
                "created_at": iso(repository.created),
                "updated_at": iso(commit.time),
                "url": format!("{base}/repos/{full}/actions/workflows/{id}"),
                "html_url": format!("{base}/{full}/blob/{}/{path}", repository.default_branch),
                "badge_url": format!("{base}/{full}/workflows/{id}/badge.svg"),
            })
        })
        .collect()
}

/// A number that a file keeps as long as its path is the same.
fn id(repository: u64, path: &str) -> u64 {
    let text = format!("{repository}/{path}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter().take(6);
    bytes.fold(0, |id, byte| (id << 8) | u64::from(*byte))
}

/// The name that a workflow gives itself.
fn name(content: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: Option<String>,
    }
    if content.len() > MAX_WORKFLOW {
        return None;
    }
    let text = std::str::from_utf8(content).ok()?;
    serde_saphyr::from_str::<Named>(text).ok()?.name
}

const FOLDER: &str = ".github/workflows/";
// GitHub's own limit is 500 KiB.
const MAX_WORKFLOW: usize = 512 << 10;
