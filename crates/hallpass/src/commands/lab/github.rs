//! `hallpass lab github`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// The lab's GitHub.
#[derive(Debug, Args)]
pub(crate) struct GithubArguments {
    #[command(subcommand)]
    command: GithubCommand,
}

#[derive(Debug, Subcommand)]
enum GithubCommand {
    /// Make a repository, or change what it has, its files among it.
    Repository(RepositoryArguments),
    /// Let another key sign tokens from here on.
    RotateKeys,
}

/// Which repository, and what it is to be.
#[derive(Debug, Args)]
struct RepositoryArguments {
    /// The repository.
    #[arg(value_name = "OWNER/NAME")]
    repository: String,
    /// Who can see it; private, unless it is there already.
    #[arg(long, value_enum)]
    visibility: Option<Visibility>,
    /// Its owner is a user, not an organisation.
    #[arg(long)]
    of_user: bool,
    /// The slug of the enterprise that its organisation belongs to.
    #[arg(long, value_name = "SLUG")]
    enterprise: Option<String>,
    /// Whether its tokens' subject carries IDs (`repo:OWNER@ID/NAME@ID`).
    #[arg(long, value_name = "BOOL")]
    immutable_subject: Option<bool>,
    /// A folder whose text files are committed to the default branch; `.git` is left out.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Visibility {
    /// The enterprise.
    Internal,
    /// Its collaborators.
    Private,
    /// Everybody.
    Public,
}

/// Why a folder cannot be committed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum FolderError {
    /// A file or folder could not be read.
    #[error("`{}` cannot be read", path.display())]
    #[diagnostic(
        code("lab/repository-files"),
        help("give a folder of text files with `--from`, such as a checkout")
    )]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// More than the lab takes at once.
    #[error("`{}` holds more than {MAX_BYTES} bytes or {MAX_FILES} files of text", path.display())]
    #[diagnostic(
        code("lab/repository-files"),
        help(
            "give a smaller folder with `--from`: workflows and manifests are enough for the lab"
        )
    )]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &GithubArguments,
    format: Format,
) -> Result<u8, Failure> {
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    let answer = match &arguments.command {
        GithubCommand::Repository(arguments) => {
            let wish = wish(arguments).map_err(Failure::usage)?;
            let path = "github/repositories";
            lab.post(path, &wish).await.map_err(Failure::unknown)?
        }
        GithubCommand::RotateKeys => {
            let path = "github/rotate-keys";
            lab.post(path, &json!({})).await.map_err(Failure::unknown)?
        }
    };
    if format == Format::Json {
        print_json(&answer);
        return Ok(exit::DONE);
    }
    let text = |field: &str| answer.get(field).and_then(Value::as_str);
    match (text("repository"), text("kid")) {
        (Some(name), _) => {
            let id = answer.get("id").and_then(Value::as_u64).unwrap_or_default();
            print(&format!(
                "{name} {id} {}",
                text("visibility").unwrap_or_default()
            ));
        }
        (None, kid) => print(kid.unwrap_or_default()),
    }
    Ok(exit::DONE)
}

fn wish(arguments: &RepositoryArguments) -> Result<Value, FolderError> {
    let files = match &arguments.from {
        Some(folder) => read(folder)?,
        None => BTreeMap::new(),
    };
    let visibility = arguments.visibility.map(|visibility| match visibility {
        Visibility::Internal => "internal",
        Visibility::Private => "private",
        Visibility::Public => "public",
    });
    Ok(json!({
        "repository": arguments.repository,
        "visibility": visibility,
        "isOrganization": !arguments.of_user,
        "enterprise": arguments.enterprise,
        "immutableSubject": arguments.immutable_subject,
        "files": files,
    }))
}

/// The text files of a folder, by path. Links are not followed; what is no text is left out.
fn read(folder: &Path) -> Result<BTreeMap<String, String>, FolderError> {
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    let mut ahead = vec![folder.to_owned()];
    while let Some(next) = ahead.pop() {
        let unreadable = |source| FolderError::Unreadable {
            path: next.clone(),
            source,
        };
        for entry in std::fs::read_dir(&next).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let path = entry.path();
            if kind.is_dir() && entry.file_name() != ".git" {
                ahead.push(path);
            } else if kind.is_file() {
                let content = std::fs::read(&path).map_err(|source| FolderError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
                bytes += content.len();
                let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
                if let (Some(name), Ok(text)) = (name, String::from_utf8(content)) {
                    files.insert(name.to_owned(), text);
                }
            }
            if bytes > MAX_BYTES || files.len() > MAX_FILES {
                return Err(FolderError::TooLarge {
                    path: folder.to_owned(),
                });
            }
        }
    }
    Ok(files)
}

// What the lab takes in one request, with room for JSON's escapes.
const MAX_BYTES: usize = 4 << 20;
const MAX_FILES: usize = 5000;
