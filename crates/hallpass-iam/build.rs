//! Packs `data/services.txt` into Rust source with one short text for each service.
//!
//! The file that people read names each condition key and resource type wherever an action takes it; the
//! packed text numbers them, and lists that are alike are there once. `src/services/packed.rs` reads it.
//! Nothing is decided here: a line that this program does not know fails the build.

#![expect(
    clippy::use_debug,
    reason = "the debug form of a text is its literal in Rust"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut says = std::io::stdout();
    writeln!(says, "cargo::rerun-if-changed={SOURCE}")?;
    writeln!(says, "cargo::rerun-if-changed=build.rs")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells a build script its folder in the environment"
    )]
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let text = std::fs::read_to_string(SOURCE)?;
    let packed = pack(&text)?;
    std::fs::write(Path::new(&folder).join("services.rs"), packed)?;
    Ok(())
}

/// Cargo runs a build script in the package's folder.
const SOURCE: &str = "data/services.txt";

/// A service while its lines are read.
#[derive(Default)]
struct Service<'a> {
    prefix: &'a str,
    name: &'a str,
    supports_rcp: bool,
    keys: Vec<(&'a str, &'a str)>,
    types: Vec<String>,
    type_numbers: BTreeMap<&'a str, usize>,
    /// Lists of keys, by number; the first is the empty one.
    lists: Vec<String>,
    actions: Vec<String>,
}

fn pack(text: &str) -> Result<String> {
    let mut head = String::new();
    let mut globals = String::new();
    let mut services: Vec<Service<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let outcome = match (fields.as_slice(), services.last_mut()) {
            (["version", version], None) => Ok(writeln!(
                head,
                "/// Of the package.\npub const VERSION: &str = {version:?};"
            )?),
            (["date", date], None) => Ok(writeln!(
                head,
                "/// When the package was made.\npub const DATE: &str = {date:?};"
            )?),
            (["global", key, kind], None) => Ok(writeln!(
                globals,
                "    ConditionKey::new({key:?}, ConditionKeyType::{kind}),"
            )?),
            (["service", prefix, name, rcp @ ..], _) => {
                services.push(Service {
                    prefix,
                    name,
                    supports_rcp: rcp == ["rcp"],
                    lists: vec![String::new()],
                    ..Service::default()
                });
                Ok(())
            }
            (fields, Some(service)) => service.read(fields),
            (_, None) => Err("unknown line".into()),
        };
        outcome.map_err(|problem| format!("services.txt: {problem}: {line}"))?;
    }
    write_source(&head, &globals, &services)
}

impl<'a> Service<'a> {
    fn read(&mut self, fields: &[&'a str]) -> Result<()> {
        match *fields {
            ["key", key, kind] => self.keys.push((key, kind)),
            ["type", name, arn, ref keys @ ..] => {
                let list = self.list(keys)?;
                self.type_numbers.insert(name, self.types.len());
                self.types.push(format!("{name}\t{arn}\t{list}"));
            }
            ["action", name, level, ref rest @ ..] => {
                let (targets, keys) = rest.split_first().unwrap_or((&"", &[]));
                let list = self.list(keys)?;
                let mut numbered = Vec::new();
                for target in targets.split(',').filter(|target| !target.is_empty()) {
                    let bare = target.trim_end_matches('!');
                    let number = self.type_number(bare)?;
                    let need = target.get(bare.len()..).unwrap_or_default();
                    numbered.push(format!("{number}{need}"));
                }
                let letter = level.get(..1).unwrap_or_default();
                let targets = numbered.join(",");
                self.actions
                    .push(format!("{letter}{name}\t{list}\t{targets}"));
            }
            ["on", target, keys] => {
                let number = self.type_number(target)?;
                let list = self.list(&[keys])?;
                let action = self.actions.last_mut().ok_or("no action before")?;
                write!(action, "\t{number} {list}")?;
            }
            _ => return Err("unknown line".into()),
        }
        Ok(())
    }

    fn type_number(&self, name: &str) -> Result<usize> {
        let number = self.type_numbers.get(name);
        Ok(*number.ok_or("unknown resource type")?)
    }

    /// The number of a list of keys.
    fn list(&mut self, keys: &[&str]) -> Result<usize> {
        let mut numbers = Vec::new();
        for key in keys.iter().flat_map(|keys| keys.split_ascii_whitespace()) {
            let number = self.keys.iter().position(|(name, _)| *name == key);
            numbers.push(number.ok_or("unknown condition key")?.to_string());
        }
        let list = numbers.join(" ");
        let known = self.lists.iter().position(|it| *it == list);
        Ok(known.unwrap_or_else(|| {
            self.lists.push(list);
            self.lists.len() - 1
        }))
    }

    fn packed(&self) -> String {
        let keys: Vec<String> = self
            .keys
            .iter()
            .map(|(key, kind)| format!("{kind} {key}"))
            .collect();
        [
            keys.join("\n"),
            self.types.join("\n"),
            self.lists.join("\n"),
            self.actions.join("\n"),
        ]
        .join("\x1f")
    }
}

fn write_source(head: &str, globals: &str, services: &[Service<'_>]) -> Result<String> {
    let mut out = String::from(head);
    write!(
        out,
        "\npub(super) static GLOBAL_KEYS: &[ConditionKey] = &[\n{globals}];\n"
    )?;
    let count = services.len();
    writeln!(out, "\npub(super) static SERVICES: [Service; {count}] = [")?;
    for service in services {
        let Service {
            prefix,
            name,
            supports_rcp,
            ..
        } = service;
        let packed = service.packed();
        writeln!(
            out,
            "    Service::new({prefix:?}, {name:?}, {supports_rcp}, {packed:?}),"
        )?;
    }
    writeln!(out, "];")?;
    writeln!(
        out,
        "\npub(super) static FOREIGN_KEYS: &[(&str, &[&str])] = &["
    )?;
    for (prefix, owners) in foreign_keys(services) {
        writeln!(out, "    ({prefix:?}, &{owners:?}),")?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

/// Services whose keys bear another prefix than their own, by that prefix in lower case.
fn foreign_keys<'a>(services: &[Service<'a>]) -> BTreeMap<String, Vec<&'a str>> {
    let mut owners: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for service in services {
        for (key, _) in &service.keys {
            let prefix = key.split(':').next().unwrap_or_default();
            if prefix == "aws" || prefix == service.prefix || prefix.contains('.') {
                continue;
            }
            let listed = owners.entry(prefix.to_ascii_lowercase()).or_default();
            if listed.last() != Some(&service.prefix) {
                listed.push(service.prefix);
            }
        }
    }
    owners
}
