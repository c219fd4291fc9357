//! The equivalent of actions/checkout: the repository's files as they are on the disk, with their history.

use super::Call;
use crate::files;
use crate::listener::Level;
use crate::runner::{Done, Runner};

pub(super) fn run(runner: &mut Runner<'_>, call: &Call<'_>) -> Done {
    let own = call
        .variable("GITHUB_REPOSITORY")
        .unwrap_or_default()
        .to_owned();
    if let Some(other) = call.input("repository")
        && !other.eq_ignore_ascii_case(&own)
    {
        runner.remark(
            Level::Error,
            &format!("repository `{other}` cannot be checked out: the lab holds the files of `{own}` only"),
        );
        return Done::default();
    }
    let workspace = runner.folders.workspace.clone();
    let target = match call.input("path") {
        Some(path) => workspace.join(path),
        None => workspace.clone(),
    };
    let leads_out = call
        .input("path")
        .is_some_and(|path| path.starts_with('/') || path.split('/').any(|part| part == ".."));
    if leads_out {
        runner.remark(
            Level::Error,
            &format!(
                "Repository path '{}' is not under '{}'",
                target.display(),
                workspace.display()
            ),
        );
        return Done::default();
    }
    let source = runner.run.source.clone();
    match files::copy_repository(&source, &target) {
        Ok(count) => {
            runner.show(&format!(
                "{count} files of {own}, as they are in {}",
                source.display()
            ));
            if let Some(wanted) = call.input("ref") {
                runner.show(&format!(
                    "(the ref `{wanted}` is not looked up: the files are those on the disk)"
                ));
            }
            let outputs = ["ref", "commit"]
                .into_iter()
                .zip(["GITHUB_REF", "GITHUB_SHA"])
                .map(|(name, variable)| {
                    (
                        name.to_owned(),
                        call.variable(variable).unwrap_or_default().to_owned(),
                    )
                });
            Done {
                outputs: outputs.collect(),
                ..Done::success()
            }
        }
        Err(error) => {
            runner.remark(
                Level::Error,
                &format!("the files cannot be copied: {error}"),
            );
            Done::default()
        }
    }
}
