//! Packs `data/kinds.txt` into Rust source with one short text for each type.
//!
//! The file that people read names types and repeats descriptions wherever a field has them; the packed
//! texts number the types, and a description that several fields have is there once.
//! `src/builtin/packed.rs` reads them. Nothing is decided here: a line that this program does not know
//! fails the build.

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
    std::fs::write(Path::new(&folder).join("kinds.rs"), pack(&text)?)?;
    Ok(())
}

/// Cargo runs a build script in the package's folder.
const SOURCE: &str = "data/kinds.txt";

fn pack(text: &str) -> Result<String> {
    let lines: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let mut numbers = BTreeMap::new();
    for line in &lines {
        if let ["type", name, ..] = line.as_slice() {
            let number = numbers.len();
            if numbers.insert(*name, number).is_some() {
                return Err(format!("kinds.txt: {name} is there twice").into());
            }
        }
    }
    // The reader searches by halves.
    if !numbers.values().copied().eq(0..numbers.len()) {
        return Err("kinds.txt: the types are not sorted".into());
    }
    let mut kinds = Vec::new();
    let mut types: Vec<(&str, String)> = Vec::new();
    let mut texts = Texts::default();
    for line in &lines {
        let outcome = match (line.as_slice(), types.last_mut()) {
            (["kind", group, version, kind, definition], None) => {
                kinds.push((*group, *version, *kind, *definition));
                Ok(())
            }
            (["type", name, shape, told @ ..], _) => {
                let told = texts.place(told);
                types.push((name, format!("{shape}\t{told}")));
                Ok(())
            }
            (["field", name, kind, tag, rest @ ..], Some((_, packed))) => {
                let (options, told) = rest.split_first().unwrap_or((&"", &[]));
                let told = texts.place(told);
                numbered(kind, &numbers).and_then(|kind| {
                    Ok(write!(
                        packed,
                        "\n{name}\t{kind}\t{tag}\t{options}\t{told}"
                    )?)
                })
            }
            _ => Err("unknown line".into()),
        };
        outcome.map_err(|problem| format!("kinds.txt: {problem}: {}", line.join("\t")))?;
    }
    for (_, _, kind, definition) in &kinds {
        if !numbers.contains_key(definition) {
            return Err(format!("kinds.txt: {kind} is of no type").into());
        }
    }
    write_source(&kinds, &types, &texts.all)
}

/// The type with a number for a name: `[io.k8s.api.core.v1.Pod]` becomes `[#12]`.
fn numbered(kind: &str, numbers: &BTreeMap<&str, usize>) -> Result<String> {
    let name = kind.trim_matches(|it| "[]{}".contains(it));
    if !name.contains('.') {
        return Ok(kind.to_owned());
    }
    let number = numbers.get(name).ok_or("unknown type")?;
    Ok(kind.replace(name, &format!("#{number}")))
}

/// All descriptions, each once.
#[derive(Default)]
struct Texts {
    all: String,
    places: BTreeMap<String, String>,
}

impl Texts {
    /// Where a description starts and how long it is, in bytes.
    fn place(&mut self, told: &[&str]) -> String {
        let told = unescaped(told.first().copied().unwrap_or_default());
        if let Some(place) = self.places.get(&told) {
            return place.clone();
        }
        let place = format!("{} {}", self.all.len(), told.len());
        self.all.push_str(&told);
        self.places.insert(told, place.clone());
        place
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match (letter, letters.clone().next()) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('t')) => '\t',
            (letter, _) => letter,
        });
        if letter == '\\' {
            letters.next();
        }
    }
    plain
}

fn write_source(
    kinds: &[(&str, &str, &str, &str)],
    types: &[(&str, String)],
    texts: &str,
) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "pub(super) static KINDS: &[Kind] = &[")?;
    for (group, version, kind, definition) in kinds {
        writeln!(
            out,
            "    Kind {{ group: {group:?}, version: {version:?}, kind: {kind:?}, definition: {definition:?} }},"
        )?;
    }
    let count = types.len();
    writeln!(out, "];\n\npub(super) static TYPES: [Type; {count}] = [")?;
    for (name, packed) in types {
        writeln!(out, "    Type::new({name:?}, {packed:?}),")?;
    }
    writeln!(out, "];\n\npub(super) static TEXTS: &str = {texts:?};")?;
    Ok(out)
}
