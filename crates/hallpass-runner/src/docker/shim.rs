//! The shim: docker's command line, and what comes of it.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use hallpass_types::Secret;
use serde_json::{Value, json};

use super::build::{Builder, Wish};
use super::client::Registry;
use super::command::Words;
use super::image::Image;
use super::login::{Login, Logins, bare};
use super::name::Name;
use super::settings::ShimSettings;
use super::store::Store;

/// Runs a command of docker's; its exit status.
pub async fn shim(
    words: &[String],
    settings: &ShimSettings,
    input: &mut (dyn Read + Send),
    out: &mut (dyn Write + Send),
    error: &mut (dyn Write + Send),
) -> u8 {
    let outcome = match Store::open(&settings.store) {
        Ok(store) => {
            let mut shim = Shim {
                settings,
                store,
                input,
                out,
                error: &mut *error,
            };
            shim.command(words).await
        }
        Err(fault) => Err(fault.to_string()),
    };
    match outcome {
        Ok(()) => 0,
        Err(fault) => {
            let _ = writeln!(error, "{fault}");
            // docker's own status for what its daemon refuses to run.
            if words.first().is_some_and(|word| word == "run") {
                125
            } else {
                1
            }
        }
    }
}

struct Shim<'a> {
    settings: &'a ShimSettings,
    store: Store,
    input: &'a mut (dyn Read + Send),
    out: &'a mut (dyn Write + Send),
    error: &'a mut (dyn Write + Send),
}

impl Shim<'_> {
    async fn command(&mut self, words: &[String]) -> Result<(), String> {
        let mut words = words;
        // Options of the client that change nothing here.
        while let [option, rest @ ..] = words {
            match option.as_str() {
                "-D" | "--debug" => words = rest,
                "-l" | "--log-level" | "-H" | "--host" | "-c" | "--context" => {
                    words = rest.get(1..).unwrap_or_default();
                }
                "--version" | "-v" => {
                    self.tell(&format!("Docker version {VERSION} (shim of hallpass)"));
                    return Ok(());
                }
                _ => break,
            }
        }
        let (first, rest) = words.split_first().ok_or(USAGE)?;
        match (first.as_str(), rest) {
            ("build", rest) => self.build(rest).await,
            ("buildx" | "builder" | "image", [word, rest @ ..]) if word == "build" => {
                self.build(rest).await
            }
            ("tag", rest) => self.tag(rest),
            ("image", [word, rest @ ..]) if word == "tag" => self.tag(rest),
            ("push", rest) => self.push(rest).await,
            ("image", [word, rest @ ..]) if word == "push" => self.push(rest).await,
            ("pull", rest) => self.pull(rest).await,
            ("image", [word, rest @ ..]) if word == "pull" => self.pull(rest).await,
            ("images", rest) => self.images(rest),
            ("image", [word, rest @ ..]) if word == "ls" || word == "list" => self.images(rest),
            ("inspect", rest) => self.inspect(rest),
            ("image", [word, rest @ ..]) if word == "inspect" => self.inspect(rest),
            ("rmi", rest) => self.remove(rest),
            ("image", [word, rest @ ..]) if word == "rm" => self.remove(rest),
            ("login", rest) => self.log_in(rest).await,
            ("logout", rest) => self.log_out(rest),
            ("version" | "info", _) => {
                self.tell(&format!(
                    "Client: shim of hallpass\n Version: {VERSION}\nServer: none; images are in {}",
                    self.settings.store.display()
                ));
                Ok(())
            }
            (word, _) => Err(format!(
                "docker: '{word}' is not known to this shim of hallpass, which starts no containers.\n{USAGE}"
            )),
        }
    }

    fn tell(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }

    async fn build(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, BUILD_VALUED, BUILD_FLAGS)?;
        let wish = self.wish(&words)?;
        let names: Vec<Name> = words
            .all(&["-t", "--tag"])
            .into_iter()
            .map(Name::parse)
            .collect::<Result<_, _>>()?;
        let is_quiet = words.has(&["-q", "--quiet"]);
        let builder = Builder::new(&self.store, &wish, &self.settings.environment)?;
        let out = &mut *self.out;
        let image = builder.build(&mut |line| {
            if !is_quiet {
                let _ = writeln!(out, "{line}");
            }
        })?;
        let (manifest, id) = image.save(&self.store).map_err(|error| error.to_string())?;
        self.name_all(&names, &manifest)?;
        if let Some(file) = words.last(&["--iidfile"]) {
            std::fs::write(self.settings.folder.join(file), &id)
                .map_err(|error| format!("`{file}`: {error}"))?;
        }
        if is_quiet {
            self.tell(&id);
        } else {
            self.tell(&format!("Successfully built {}", short(&id)));
            for name in &names {
                self.tell(&format!("Successfully tagged {name}"));
            }
        }
        if words.has(&["--push"]) {
            for name in &names {
                self.push_one(name).await?;
            }
        }
        Ok(())
    }

    /// What a command line wishes to be built.
    fn wish(&self, words: &Words) -> Result<Wish, String> {
        let context = words.only("build")?;
        if context == "-" || context.contains("://") {
            return Err("the build context is a folder here, no archive and no URL".to_owned());
        }
        let context = self.settings.folder.join(context);
        if !context.is_dir() {
            return Err(format!(
                "unable to prepare context: path \"{}\" not found",
                context.display()
            ));
        }
        let dockerfile = words.last(&["-f", "--file"]).map_or_else(
            || context.join("Dockerfile"),
            |file| self.settings.folder.join(file),
        );
        let pair = |text: &&str| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => ((*text).to_owned(), None),
        };
        Ok(Wish {
            context,
            dockerfile,
            arguments: words
                .all(&["--build-arg"])
                .iter()
                .map(pair)
                .collect::<BTreeMap<_, _>>(),
            labels: words
                .all(&["--label"])
                .iter()
                .map(pair)
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            target: words.last(&["--target"]).map(str::to_owned),
        })
    }

    fn name_all(&mut self, names: &[Name], manifest: &str) -> Result<(), String> {
        let fault = |error: std::io::Error| error.to_string();
        let mut known = self.store.names().map_err(fault)?;
        // An image without a name is found by its ID.
        known.insert(format!("<none>@{manifest}"), manifest.to_owned());
        for name in names {
            known.insert(name.to_string(), manifest.to_owned());
        }
        self.store.write_names(&known).map_err(fault)
    }

    /// The manifest of an image: by its name, or by its ID.
    fn find(&self, text: &str) -> Result<String, String> {
        let fault = |error: std::io::Error| error.to_string();
        let names = self.store.names().map_err(fault)?;
        if let Some(manifest) = Name::parse(text)
            .ok()
            .and_then(|name| names.get(&name.to_string()))
        {
            return Ok(manifest.clone());
        }
        let wanted = text.trim_start_matches("sha256:");
        if wanted.len() >= 4 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            for manifest in names.values() {
                if self
                    .id(manifest)?
                    .trim_start_matches("sha256:")
                    .starts_with(wanted)
                {
                    return Ok(manifest.clone());
                }
            }
        }
        Err(format!("Error response from daemon: No such image: {text}"))
    }

    fn id(&self, manifest: &str) -> Result<String, String> {
        let bytes = self
            .store
            .get(manifest)
            .map_err(|error| error.to_string())?;
        let manifest: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let digest = manifest.pointer("/config/digest").and_then(Value::as_str);
        Ok(digest.unwrap_or_default().to_owned())
    }

    fn tag(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, &[], &[])?;
        let [from, to] = words.rest.as_slice() else {
            return Err("\"docker tag\" requires exactly 2 arguments".to_owned());
        };
        let manifest = self.find(from)?;
        self.name_all(&[Name::parse(to)?], &manifest)
    }

    async fn push(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(
            words,
            &["--platform"],
            &["-q", "--quiet", "-a", "--all-tags"],
        )?;
        let name = Name::parse(words.only("push")?)?;
        if !words.has(&["-a", "--all-tags"]) {
            return self.push_one(&name).await;
        }
        let names = self.store.names().map_err(|error| error.to_string())?;
        let same: Vec<Name> = names
            .keys()
            .filter_map(|known| Name::parse(known).ok())
            .filter(|known| known.repository() == name.repository())
            .collect();
        for name in &same {
            self.push_one(name).await?;
        }
        Ok(())
    }

    async fn push_one(&mut self, name: &Name) -> Result<(), String> {
        let repository = name.repository();
        let manifest = self
            .find(&name.to_string())
            .map_err(|_| format!("An image does not exist locally with the tag: {repository}"))?;
        self.tell(&format!("The push refers to repository [{repository}]"));
        let login = Logins::read(self.settings)?.get(&name.host)?;
        let registry = Registry::new(self.settings, &name.host);
        let out = &mut *self.out;
        let (digest, size) = registry
            .push(&self.store, name, &manifest, login.as_ref(), &mut |line| {
                let _ = writeln!(out, "{line}");
            })
            .await?;
        let tag = name.tag.as_deref().unwrap_or("latest").to_owned();
        self.tell(&format!("{tag}: digest: {digest} size: {size}"));
        Ok(())
    }

    async fn pull(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, &["--platform"], &["-q", "--quiet"])?;
        let name = Name::parse(words.only("pull")?)?;
        let login = Logins::read(self.settings)?.get(&name.host)?;
        let registry = Registry::new(self.settings, &name.host);
        let is_quiet = words.has(&["-q", "--quiet"]);
        let out = &mut *self.out;
        let manifest = registry
            .pull(&self.store, &name, login.as_ref(), &mut |line| {
                if !is_quiet {
                    let _ = writeln!(out, "{line}");
                }
            })
            .await
            .map_err(|error| format!("Error response from daemon: {error}"))?;
        self.name_all(std::slice::from_ref(&name), &manifest)?;
        self.tell(&format!("Digest: {manifest}"));
        self.tell(&name.to_string());
        Ok(())
    }

    fn images(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(
            words,
            &["--format", "--filter", "-f"],
            &["-q", "--quiet", "--no-trunc", "-a", "--all", "--digests"],
        )?;
        let wanted = words.rest.first().cloned();
        let names = self.store.names().map_err(|error| error.to_string())?;
        let is_quiet = words.has(&["-q", "--quiet"]);
        if !is_quiet {
            self.tell(&format!("{:<50} {:<20} IMAGE ID", "REPOSITORY", "TAG"));
        }
        for (known, manifest) in &names {
            let Ok(name) = Name::parse(known) else {
                continue;
            };
            let is_wanted = wanted
                .as_ref()
                .is_none_or(|wanted| name.repository() == *wanted || name.to_string() == *wanted);
            if !is_wanted {
                continue;
            }
            let id = short(&self.id(manifest)?).to_owned();
            if is_quiet {
                self.tell(&id);
            } else {
                let tag = name.tag.clone().unwrap_or_else(|| "<none>".to_owned());
                self.tell(&format!("{:<50} {tag:<20} {id}", name.repository()));
            }
        }
        Ok(())
    }

    fn inspect(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, &["-f", "--format", "--type"], &["-s", "--size"])?;
        let mut all = Vec::new();
        for text in &words.rest {
            let manifest = self.find(text)?;
            let image = Image::load(&self.store, &manifest).map_err(|error| error.to_string())?;
            let names = self.store.names().map_err(|error| error.to_string())?;
            let tags: Vec<&String> = names
                .iter()
                .filter(|(name, known)| **known == manifest && !name.starts_with('<'))
                .map(|(name, _)| name)
                .collect();
            let layers: Vec<&str> = image
                .layers
                .iter()
                .map(|layer| layer.diff_id.as_str())
                .collect();
            let size: u64 = image.layers.iter().map(|layer| layer.size).sum();
            all.push(json!({
                "Id": self.id(&manifest)?,
                "RepoTags": tags,
                "RepoDigests": [],
                "Architecture": image.config.get("architecture"),
                "Os": image.config.get("os"),
                "Created": image.config.get("created"),
                "Config": image.config.get("config"),
                "RootFS": { "Type": "layers", "Layers": layers },
                "Size": size,
            }));
        }
        match words.last(&["-f", "--format"]) {
            None => self.tell(&serde_json::to_string_pretty(&all).unwrap_or_default()),
            Some(format) => {
                for one in &all {
                    let line = formatted(format, one)?;
                    self.tell(&line);
                }
            }
        }
        Ok(())
    }

    fn remove(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, &[], &["-f", "--force", "--no-prune"])?;
        for text in &words.rest {
            let manifest = self.find(text)?;
            let mut names = self.store.names().map_err(|error| error.to_string())?;
            match Name::parse(text)
                .ok()
                .filter(|name| names.contains_key(&name.to_string()))
            {
                Some(name) => {
                    names.remove(&name.to_string());
                    self.tell(&format!("Untagged: {name}"));
                }
                None => names.retain(|_, known| *known != manifest),
            }
            self.store
                .write_names(&names)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn log_in(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(
            words,
            &["-u", "--username", "-p", "--password"],
            &["--password-stdin"],
        )?;
        let host = bare(words.rest.first().map_or("docker.io", String::as_str));
        let user = words
            .last(&["-u", "--username"])
            .ok_or("Error: Cannot perform an interactive login from a non TTY device")?
            .to_owned();
        let password = if words.has(&["--password-stdin"]) {
            let mut text = String::new();
            Read::take(&mut *self.input, MAX_PASSWORD)
                .read_to_string(&mut text)
                .map_err(|error| error.to_string())?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            let password = words
                .last(&["-p", "--password"])
                .ok_or("Error: Cannot perform an interactive login from a non TTY device")?;
            let _ = writeln!(
                self.error,
                "WARNING! Using --password via the CLI is insecure. Use --password-stdin."
            );
            password.to_owned()
        };
        let login = Login {
            user,
            password: Secret::new(password),
        };
        Registry::new(self.settings, &host)
            .check(&host, &login)
            .await
            .map_err(|error| format!("Error response from daemon: {error}"))?;
        if Logins::read(self.settings)?.put(&host, &login)? {
            let file = self.settings.config.join("config.json");
            let _ = writeln!(
                self.error,
                "WARNING! Your credentials are stored unencrypted in '{}'.",
                file.display()
            );
        }
        self.tell("Login Succeeded");
        Ok(())
    }

    fn log_out(&mut self, words: &[String]) -> Result<(), String> {
        let words = Words::parse(words, &[], &[])?;
        let host = bare(words.rest.first().map_or("docker.io", String::as_str));
        Logins::read(self.settings)?.remove(&host)?;
        self.tell(&format!("Removing login credentials for {host}"));
        Ok(())
    }
}

fn short(id: &str) -> &str {
    let id = id.trim_start_matches("sha256:");
    id.get(..12).unwrap_or(id)
}

/// Of Go's templates, as much as scripts use: `{{.Id}}`, `{{json .Config.Labels}}`.
fn formatted(format: &str, value: &Value) -> Result<String, String> {
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        line.push_str(before);
        let (inside, tail) = after
            .split_once("}}")
            .ok_or_else(|| format!("template parsing error: `{format}`"))?;
        let inside = inside.trim();
        let (is_json, path) = match inside.strip_prefix("json ") {
            Some(path) => (true, path.trim()),
            None => (false, inside),
        };
        let path = path
            .strip_prefix('.')
            .filter(|path| {
                path.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            })
            .ok_or_else(|| {
                format!("template parsing error: `{inside}` is not known to this shim")
            })?;
        let found = path
            .split('.')
            .filter(|part| !part.is_empty())
            .try_fold(value, |value, part| value.get(part))
            .unwrap_or(&Value::Null);
        match found {
            Value::String(text) if !is_json => line.push_str(text),
            Value::Null if !is_json => line.push_str("<no value>"),
            other => line.push_str(&other.to_string()),
        }
        rest = tail;
    }
    line.push_str(rest);
    Ok(line)
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const USAGE: &str = "known are: build, tag, push, pull, images, inspect, rmi, login, logout, version, info, and their forms below `docker image`";
const BUILD_VALUED: &[&str] = &[
    "-t",
    "--tag",
    "-f",
    "--file",
    "--build-arg",
    "--label",
    "--target",
    "--platform",
    "--progress",
    "--iidfile",
    "--cache-from",
    "--cache-to",
    "--provenance",
    "--sbom",
    "--network",
];
const BUILD_FLAGS: &[&str] = &[
    "-q",
    "--quiet",
    "--no-cache",
    "--pull",
    "--rm",
    "--force-rm",
    "--load",
    "--push",
];
const MAX_PASSWORD: u64 = 64 << 10;
