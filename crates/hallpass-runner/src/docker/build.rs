//! `docker build`, as far as it copies files and describes: nothing is run.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::dockerfile::{self, Instruction};
use super::ignore::Ignore;
use super::image::Image;
use super::name::Name;
use super::store::Store;
use super::variables::replace;
use crate::{files, glob};

/// What is to be built.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) context: PathBuf,
    pub(super) dockerfile: PathBuf,
    pub(super) arguments: BTreeMap<String, Option<String>>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) target: Option<String>,
}

/// Builds an image.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    store: &'a Store,
    wish: &'a Wish,
    environment: &'a BTreeMap<String, String>,
    ignore: Ignore,
    files: Vec<String>,
    /// `ARG`s before the first `FROM`.
    globals: BTreeMap<String, String>,
    /// `ARG`s of the stage.
    locals: BTreeMap<String, String>,
    image: Option<Image>,
    bytes: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        store: &'a Store,
        wish: &'a Wish,
        environment: &'a BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let fault =
            |error: io::Error| format!("the build context `{}`: {error}", wish.context.display());
        let read = |path: &Path| crate::folders::read(path, MAX_DOCKERFILE);
        let name = format!("{}.dockerignore", wish.dockerfile.display());
        let ignore = read(Path::new(&name))
            .or_else(|_| read(&wish.context.join(".dockerignore")))
            .map(|bytes| Ignore::parse(&String::from_utf8_lossy(&bytes)))
            .unwrap_or_default();
        let files = files::walk(&wish.context)
            .map_err(fault)?
            .into_iter()
            .filter_map(|file| {
                file.strip_prefix(&wish.context)
                    .ok()?
                    .to_str()
                    .map(str::to_owned)
            })
            .filter(|file| !ignore.has(file))
            .collect();
        Ok(Self {
            store,
            wish,
            environment,
            ignore,
            files,
            globals: BTreeMap::new(),
            locals: BTreeMap::new(),
            image: None,
            bytes: 0,
        })
    }

    /// Carries the Dockerfile out; each step is told.
    pub(super) fn build(mut self, tell: &mut dyn FnMut(&str)) -> Result<Image, String> {
        let bytes = crate::folders::read(&self.wish.dockerfile, MAX_DOCKERFILE).map_err(|error| {
            format!(
                "unable to prepare context: unable to evaluate symlinks in Dockerfile path: `{}`: {error}",
                self.wish.dockerfile.display()
            )
        })?;
        let instructions = dockerfile::parse(&String::from_utf8_lossy(&bytes))?;
        let total = instructions.len();
        let mut is_done = false;
        for (at, instruction) in instructions.iter().enumerate() {
            if instruction.word == "FROM" && is_done {
                break;
            }
            tell(&format!(
                "Step {}/{total} : {} {}",
                at + 1,
                instruction.word,
                instruction.rest
            ));
            let wanted = self
                .carry_out(instruction)
                .map_err(|reason| format!("line {}: {reason}", instruction.line))?;
            is_done |= wanted;
        }
        if let Some(target) = &self.wish.target
            && !is_done
        {
            return Err(format!(
                "failed to reach build target {target} in Dockerfile"
            ));
        }
        let mut image = self.image.take().ok_or("the Dockerfile has no `FROM`")?;
        if !self.wish.labels.is_empty() {
            add_labels(&mut image, &self.wish.labels);
        }
        Ok(image)
    }

    /// Carries out an instruction; whether it begins the stage that is wanted.
    fn carry_out(&mut self, instruction: &Instruction) -> Result<bool, String> {
        let rest = instruction.rest.as_str();
        let by = format!("{} {rest}", instruction.word);
        match instruction.word.as_str() {
            "ARG" => self.argument(rest)?,
            "FROM" => return self.from(rest),
            "COPY" | "ADD" => self.copy(&instruction.word, rest)?,
            "ENV" => {
                for (name, value) in dockerfile::pairs(rest)? {
                    let value = replace(&value, &self.variables())?;
                    let image = self.image()?;
                    let mut env = list(image.get("Env"));
                    env.retain(|entry| entry.split('=').next() != Some(&name));
                    env.push(format!("{name}={value}"));
                    image.set("Env", json!(env));
                }
                self.image()?.note(&by, true);
            }
            "LABEL" => {
                let labels = dockerfile::pairs(rest)?
                    .into_iter()
                    .map(|(name, value)| {
                        let variables = self.variables();
                        Ok((replace(&name, &variables)?, replace(&value, &variables)?))
                    })
                    .collect::<Result<Vec<_>, String>>()?;
                let image = self.image()?;
                add_labels(image, &labels);
                image.note(&by, true);
            }
            "CMD" | "ENTRYPOINT" | "SHELL" => {
                let name = match instruction.word.as_str() {
                    "CMD" => "Cmd",
                    "ENTRYPOINT" => "Entrypoint",
                    _ => "Shell",
                };
                let image = self.image()?;
                image.set(name, json!(dockerfile::command(rest)));
                if name == "Entrypoint" {
                    // The base's command was meant for the base's entry point.
                    image.set("Cmd", Value::Null);
                }
                image.note(&by, true);
            }
            "WORKDIR" => {
                let folder = replace(rest.trim_matches('"'), &self.variables())?;
                let image = self.image()?;
                let folder = joined(image.get("WorkingDir").and_then(Value::as_str), &folder);
                image.set("WorkingDir", json!(folder));
                image.note(&by, true);
            }
            "USER" | "STOPSIGNAL" => {
                let value = replace(rest, &self.variables())?;
                let name = if instruction.word == "USER" {
                    "User"
                } else {
                    "StopSignal"
                };
                let image = self.image()?;
                image.set(name, json!(value));
                image.note(&by, true);
            }
            "EXPOSE" | "VOLUME" => self.set_of(&instruction.word, rest)?,
            "MAINTAINER" => self.image()?.set("Author", json!(rest)),
            "RUN" => {
                return Err("`RUN` needs a container, which this shim does not start; take a real docker with `--docker real`".to_owned());
            }
            other => return Err(format!("`{other}` is not known to this shim")),
        }
        Ok(false)
    }

    fn image(&mut self) -> Result<&mut Image, String> {
        self.image
            .as_mut()
            .ok_or_else(|| "`FROM` comes first".to_owned())
    }

    fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.locals.clone();
        let env = self
            .image
            .as_ref()
            .map(|image| list(image.get("Env")))
            .unwrap_or_default();
        for entry in env {
            if let Some((name, value)) = entry.split_once('=') {
                variables.insert(name.to_owned(), value.to_owned());
            }
        }
        variables
    }

    fn argument(&mut self, rest: &str) -> Result<(), String> {
        for word in dockerfile::words(rest)? {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
                None => (word, None),
            };
            let default = default
                .map(|text| replace(&text, &self.variables()))
                .transpose()?;
            let given = match self.wish.arguments.get(&name) {
                Some(Some(value)) => Some(value.clone()),
                Some(None) => self.environment.get(&name).cloned(),
                None => None,
            };
            let value = given
                .or(default)
                .or_else(|| self.globals.get(&name).cloned());
            if let Some(value) = value {
                let into = if self.image.is_none() {
                    &mut self.globals
                } else {
                    &mut self.locals
                };
                into.insert(name, value);
            }
        }
        Ok(())
    }

    fn from(&mut self, rest: &str) -> Result<bool, String> {
        let words = dockerfile::words(rest)?;
        let mut words = words.iter().filter(|word| !word.starts_with("--"));
        let base = words.next().ok_or("`FROM` names no image")?;
        let base = replace(base, &self.globals)?;
        let stage = match (words.next(), words.next()) {
            (None, _) => None,
            (Some(word), Some(name)) if word.eq_ignore_ascii_case("as") => Some(name.clone()),
            (Some(word), _) => {
                return Err(format!(
                    "`FROM` takes an image and `AS` a name, not `{word}`"
                ));
            }
        };
        self.locals.clear();
        self.image = Some(if base == "scratch" {
            Image::scratch()
        } else {
            let name = Name::parse(&base)?.to_string();
            let names = self.store.names().map_err(|error| error.to_string())?;
            let manifest = names.get(&name).ok_or_else(|| {
                format!("there is no image `{name}` here: build it or `docker pull` it first")
            })?;
            Image::load(self.store, manifest).map_err(|error| error.to_string())?
        });
        Ok(stage.is_some() && stage == self.wish.target)
    }

    fn set_of(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let items = match dockerfile::json_list(rest) {
            Some(items) => items,
            None => dockerfile::words(&replace(rest, &self.variables())?)?,
        };
        let name = if word == "EXPOSE" {
            "ExposedPorts"
        } else {
            "Volumes"
        };
        let image = self.image()?;
        let mut set = image
            .get(name)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for item in items {
            let item = if word == "EXPOSE" && !item.contains('/') {
                format!("{item}/tcp")
            } else {
                item
            };
            set.insert(item, json!({}));
        }
        image.set(name, Value::Object(set));
        image.note(&format!("{word} {rest}"), true);
        Ok(())
    }

    fn copy(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let (mode, rest) = options(word, rest)?;
        let mut words = match dockerfile::json_list(rest) {
            Some(words) => words,
            None => dockerfile::words(rest)?,
        };
        let variables = self.variables();
        for word in &mut words {
            *word = replace(word, &variables)?;
        }
        let target = words.pop().ok_or("it names no destination")?;
        if words.is_empty() {
            return Err(format!(
                "`{word}` requires at least two arguments: sources and a destination"
            ));
        }
        let working = self
            .image()?
            .get("WorkingDir")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let is_folder = target.ends_with('/') || target == "." || words.len() > 1;
        let place = joined(working.as_deref(), &target);
        let mut entries: BTreeMap<String, String> = BTreeMap::new();
        for source in &words {
            self.sources(word, source, &place, is_folder, &mut entries)?;
        }
        let archive = self.archive(&entries, mode)?;
        let store = self.store;
        self.image()?
            .add_layer(store, &archive, &format!("{word} {rest}"))
            .map_err(|error| error.to_string())
    }

    /// What a source brings: the name in the image, and the file of the context.
    fn sources(
        &self,
        word: &str,
        source: &str,
        place: &str,
        is_folder: bool,
        entries: &mut BTreeMap<String, String>,
    ) -> Result<(), String> {
        let is_remote = source.contains("://") || source.starts_with("git@");
        let is_archive = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"]
            .iter()
            .any(|ending| source.ends_with(ending));
        if is_remote || (word == "ADD" && is_archive) {
            return Err(format!(
                "`{word} {source}`: this shim adds neither what is elsewhere nor what an archive holds"
            ));
        }
        let pattern = normal(source);
        if pattern.split('/').any(|part| part == "..") {
            return Err(format!(
                "forbidden path outside the build context: {source}"
            ));
        }
        let before = entries.len();
        for file in &self.files {
            let below = if pattern.is_empty() {
                Some(file.as_str())
            } else {
                file.strip_prefix(&pattern)
                    .and_then(|rest| rest.strip_prefix('/'))
            };
            let inside = match below {
                // A folder's own name is none of what is copied.
                Some(below) => format!("{}/{below}", place.trim_end_matches('/')),
                None if glob::matches(&pattern, file)
                    && (is_folder || pattern.contains(['*', '?', '['])) =>
                {
                    let name = file.rsplit('/').next().unwrap_or(file);
                    format!("{}/{name}", place.trim_end_matches('/'))
                }
                None if *file == pattern => place.to_owned(),
                None => continue,
            };
            entries.insert(inside.trim_start_matches('/').to_owned(), file.clone());
        }
        let is_empty_folder = self.wish.context.join(&pattern).is_dir();
        if entries.len() == before && !is_empty_folder {
            let why = if self.ignore.has(&pattern) {
                " (.dockerignore leaves it out)"
            } else {
                ""
            };
            return Err(format!(
                "failed to compute cache key: \"/{pattern}\": not found{why}"
            ));
        }
        Ok(())
    }

    /// Times and owners are fixed, so that the same files make the same digest.
    fn archive(
        &mut self,
        entries: &BTreeMap<String, String>,
        mode: Option<u32>,
    ) -> Result<Vec<u8>, String> {
        use std::os::unix::fs::PermissionsExt as _;
        let mut archive = tar::Builder::new(Vec::new());
        for (inside, file) in entries {
            let path = self.wish.context.join(file);
            let fault = |error: io::Error| format!("`{file}`: {error}");
            let metadata = path.symlink_metadata().map_err(fault)?;
            let mut header = tar::Header::new_gnu();
            header.set_mtime(0);
            header.set_mode(mode.unwrap_or(metadata.permissions().mode() & 0o7777));
            if metadata.is_symlink() {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                let target = std::fs::read_link(&path).map_err(fault)?;
                archive
                    .append_link(&mut header, inside, target)
                    .map_err(fault)?;
                continue;
            }
            let bytes = std::fs::read(&path).map_err(fault)?;
            self.bytes += bytes.len();
            if self.bytes > MAX_BYTES {
                return Err(format!("the image holds more than {} MiB", MAX_BYTES >> 20));
            }
            header.set_size(bytes.len() as u64);
            archive
                .append_data(&mut header, inside, bytes.as_slice())
                .map_err(fault)?;
        }
        archive.into_inner().map_err(|error| error.to_string())
    }
}

/// The options before the sources; `--chown` is taken and not heeded: all files are the super-user's.
fn options<'a>(word: &str, rest: &'a str) -> Result<(Option<u32>, &'a str), String> {
    let mut mode = None;
    let mut rest = rest;
    while rest.starts_with("--") {
        let (option, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "--chmod" => {
                mode = Some(
                    u32::from_str_radix(value, 8).map_err(|_| format!("`{option}` is no mode"))?,
                );
            }
            "--chown" | "--link" => {}
            _ => return Err(format!("`{word} {option}` is not known to this shim")),
        }
        rest = tail.trim_start();
    }
    Ok((mode, rest))
}

fn add_labels(image: &mut Image, labels: &[(String, String)]) {
    let mut all: Map<String, Value> = image
        .get("Labels")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for (name, value) in labels {
        all.insert(name.clone(), Value::String(value.clone()));
    }
    image.set("Labels", Value::Object(all));
}

fn list(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// A path in the image, absolute, without `.` and `..`.
fn joined(working: Option<&str>, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", working.unwrap_or("/"))
    };
    format!("/{}", normal(&whole))
}

fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // Above the root is the root; above a context is refused.
            ".." if path.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

const MAX_DOCKERFILE: u64 = 1 << 20;
const MAX_BYTES: usize = 1 << 30;
