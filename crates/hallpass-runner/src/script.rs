//! The shells of `run:`, with GitHub's own command lines.
//!
//! Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell>.

use std::path::{Path, PathBuf};

/// How a script is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shell {
    /// The program and its arguments; `{0}` is the script's file.
    pub(crate) template: String,
    /// The ending of the script's file.
    pub(crate) ending: &'static str,
}

impl Shell {
    /// The shell of a name; an error says why there is none.
    pub(crate) fn new(name: Option<&str>, path: &str) -> Result<Self, String> {
        let shell = |template: &str, ending| Self {
            template: template.to_owned(),
            ending,
        };
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
            // Not the same as `shell: bash`: nobody asked for pipefail.
            return Ok(match find("bash", path) {
                Some(_) => shell("bash -e {0}", ".sh"),
                None => shell("sh -e {0}", ".sh"),
            });
        };
        match name {
            "bash" => Ok(shell("bash --noprofile --norc -eo pipefail {0}", ".sh")),
            "sh" => Ok(shell("sh -e {0}", ".sh")),
            "python" => Ok(shell("python {0}", ".py")),
            "pwsh" => Ok(shell("pwsh -command \". '{0}'\"", ".ps1")),
            "cmd" | "powershell" => Err(format!("shell `{name}` is on Windows only")),
            _ if name.contains("{0}") => Ok(shell(name, "")),
            _ => Err(format!(
                "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string containing '{{0}}': `{name}`"
            )),
        }
    }

    /// The script's text, as this shell wants it.
    pub(crate) fn text(&self, script: &str) -> String {
        if self.ending == ".ps1" {
            return format!(
                "$ErrorActionPreference = 'stop'\n{script}\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) {{ exit $LASTEXITCODE }}\n"
            );
        }
        let mut text = script.replace("\r\n", "\n");
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// The words of the command line.
    pub(crate) fn words(&self, file: &Path) -> Vec<String> {
        let file = file.to_string_lossy();
        words(&self.template)
            .into_iter()
            .map(|word| word.replace("{0}", &file))
            .collect()
    }
}

/// Splits a command line: at white space, quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_open = false;
    for letter in line.chars() {
        match (quote, letter) {
            (None, '"') => {
                quote = Some(letter);
                is_open = true;
            }
            (Some(open), _) if open == letter => quote = None,
            (None, _) if letter.is_whitespace() => {
                if is_open {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            _ => {
                word.push(letter);
                is_open = true;
            }
        }
    }
    if is_open {
        words.push(word);
    }
    words
}

/// A program in a search path.
pub(crate) fn find(program: &str, path: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|file| file.is_file());
    }
    std::env::split_paths(path)
        .map(|folder| folder.join(program))
        .find(|file| {
            file.metadata().is_ok_and(|metadata| {
                metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_are_githubs() {
        for (name, wanted) in [
            (Some("bash"), "bash|--noprofile|--norc|-eo|pipefail|/s"),
            (Some("sh"), "sh|-e|/s"),
            (Some("python"), "python|/s"),
            (Some("pwsh"), "pwsh|-command|. '/s'"),
            (Some("perl -w {0}"), "perl|-w|/s"),
            (Some("x \"a b\" {0}"), "x|a b|/s"),
            (None, "sh|-e|/s"),
        ] {
            let shell = Shell::new(name, "/nowhere").unwrap();
            assert_eq!(shell.words(Path::new("/s")).join("|"), wanted);
        }
        assert!(Shell::new(Some("cmd"), "").is_err());
        assert!(Shell::new(Some("perl"), "").is_err());
    }
}
