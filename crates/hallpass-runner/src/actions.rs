//! Where an action's files are: in the workspace, or in a folder of checkouts.
//!
//! `--actions FOLDER` is tried as `FOLDER/OWNER/REPO@REF`, `FOLDER/OWNER/REPO/REF`, `FOLDER/OWNER/REPO` and
//! `FOLDER/REPO`, in this order; a folder counts if it has an `action.yml`, an `action.yaml` or a `Dockerfile`.

use std::path::{Path, PathBuf};

use hallpass_workflow::{Action, Use};

use crate::builtin::BuiltIn;
use crate::folders;
use crate::frame::ActionPlace;

/// What was found for a `uses:`.
#[derive(Debug)]
pub(crate) enum Found {
    Action(Box<Action>, ActionPlace),
    BuiltIn(BuiltIn),
    /// A container, or an image.
    Docker,
    /// Nothing; the text says what was looked for.
    Missing(String),
    /// Something, which cannot be used.
    Unreadable(String),
}

/// Finds an action.
pub(crate) fn find(uses: &Use, workspace: &Path, checkouts: Option<&Path>) -> Found {
    match uses {
        Use::Docker(_) => Found::Docker,
        Use::Local(path) => {
            let folder = workspace.join(path.trim_start_matches("./").trim_start_matches("$/"));
            let missing = || {
                format!(
                    "Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{}'. Did you forget to run actions/checkout before running your local action?",
                    folder.display()
                )
            };
            read(&folder, String::new(), String::new()).unwrap_or_else(|| Found::Missing(missing()))
        }
        Use::Repository {
            owner,
            repository,
            path,
            reference,
        } => {
            let tried = layouts(checkouts, owner, repository, reference);
            for root in &tried {
                let folder = path
                    .as_ref()
                    .map_or_else(|| root.clone(), |path| root.join(path));
                let found = read(&folder, format!("{owner}/{repository}"), reference.clone());
                if let Some(found) = found {
                    return found;
                }
            }
            if path.is_none()
                && let Some(built_in) = BuiltIn::of(owner, repository)
            {
                return Found::BuiltIn(built_in);
            }
            Found::Missing(match checkouts {
                Some(folder) => format!(
                    "there is no checkout of {uses} in `{}`: none of OWNER/REPO@REF, OWNER/REPO/REF, OWNER/REPO and REPO has an action.yml",
                    folder.display()
                ),
                None => format!(
                    "{uses} is not part of hallpass, and the lab fetches nothing: check it out and give its folder with `--actions FOLDER`, as FOLDER/{owner}/{repository}@{reference}"
                ),
            })
        }
    }
}

fn layouts(
    checkouts: Option<&Path>,
    owner: &str,
    repository: &str,
    reference: &str,
) -> Vec<PathBuf> {
    let Some(folder) = checkouts else {
        return Vec::new();
    };
    // A reference may have slashes; a folder's name that leads out is none.
    if [owner, repository, reference]
        .iter()
        .any(|part| part.split('/').any(|part| part == ".."))
    {
        return Vec::new();
    }
    let of_owner = folder.join(owner);
    vec![
        of_owner.join(format!("{repository}@{reference}")),
        of_owner.join(repository).join(reference),
        of_owner.join(repository),
        folder.join(repository),
    ]
}

fn read(folder: &Path, repository: String, reference: String) -> Option<Found> {
    for name in ["action.yml", "action.yaml"] {
        let file = folder.join(name);
        let bytes = match folders::read(&file, MAX_ACTION) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Some(Found::Unreadable(format!("`{}`: {error}", file.display()))),
        };
        let text = String::from_utf8_lossy(&bytes);
        return Some(match Action::parse(&file.display().to_string(), &text) {
            Ok(action) => Found::Action(
                Box::new(action),
                ActionPlace {
                    folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
                    repository,
                    reference,
                },
            ),
            Err(error) => Found::Unreadable(error.to_string()),
        });
    }
    folder.join("Dockerfile").is_file().then_some(Found::Docker)
}

const MAX_ACTION: u64 = (1 << 20) + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_tried_in_order_and_lead_nowhere_else() {
        let tried: Vec<String> = layouts(Some(Path::new("/c")), "o", "r", "v1")
            .into_iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(tried, ["/c/o/r@v1", "/c/o/r/v1", "/c/o/r", "/c/r"]);
        assert!(layouts(Some(Path::new("/c")), "..", "r", "v1").is_empty());
        assert!(layouts(None, "o", "r", "v1").is_empty());
    }

    #[test]
    fn what_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let uses = Use::Local("./x".to_owned());
        let Found::Missing(text) = find(&uses, folder.path(), None) else {
            panic!("nothing there");
        };
        assert!(text.contains("Did you forget to run actions/checkout"));
        std::fs::create_dir(folder.path().join("x")).unwrap();
        std::fs::write(folder.path().join("x/Dockerfile"), "").unwrap();
        assert!(matches!(find(&uses, folder.path(), None), Found::Docker));
        std::fs::write(folder.path().join("x/action.yaml"), "runs: { using: ruby }").unwrap();
        assert!(matches!(
            find(&uses, folder.path(), None),
            Found::Unreadable(_)
        ));
    }
}
