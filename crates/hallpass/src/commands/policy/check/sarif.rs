//! SARIF, which code scanning reads.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; the sections are
//! named where they decide something.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest;
use hallpass_diag::{Finding, Label, Severity};
use serde::Serialize;

use super::checked::Checked;
use crate::commands::rules;
use crate::snippet::Source;

/// A log with one run.
#[derive(Debug, Serialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    /// Columns count characters, as people's editors do (section 3.14.17).
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Outcome<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message,
    help: Help<'a>,
}

#[derive(Debug, Serialize)]
struct Help<'a> {
    text: String,
    markdown: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

/// A `result` object (section 3.27).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprint,
    properties: Properties,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// Lines and columns from 1; the end is exclusive (section 3.30).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Debug, Serialize)]
struct Fingerprint {
    #[serde(rename = "hallpassFinding/v1")]
    finding: String,
}

#[derive(Debug, Serialize)]
struct Properties {
    confidence: &'static str,
}

impl<'a> Log<'a> {
    /// The log of all files.
    pub(super) fn new(files: &'a [Checked]) -> Self {
        let mut codes = BTreeMap::new();
        for finding in files.iter().flat_map(Checked::findings) {
            codes.insert(finding.code.as_str(), 0);
        }
        for (index, place) in codes.values_mut().enumerate() {
            *place = index;
        }
        let unread = |file: &Checked| {
            file.error().map(|error| Notification {
                level: "error",
                message: Message {
                    text: error.rendered(),
                },
                locations: [Location::of_file(&file.name)],
            })
        };
        let notifications: Vec<Notification> = files.iter().filter_map(unread).collect();
        let run = Run {
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: notifications.is_empty(),
                tool_execution_notifications: notifications,
            }],
            results: files
                .iter()
                .flat_map(|file| outcomes(file, &codes))
                .collect(),
            tool: Tool {
                driver: Driver {
                    name: "hallpass",
                    version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: codes.into_keys().map(Rule::new).collect(),
                },
            },
        };
        Self {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [run],
        }
    }
}

impl<'a> Rule<'a> {
    fn new(code: &'a str) -> Self {
        let page = rules::page(code).unwrap_or_default();
        Self {
            id: code,
            short_description: Message {
                text: rules::first_sentence(page).to_owned(),
            },
            help: Help {
                text: format!("hallpass rules {code}"),
                markdown: page,
            },
        }
    }
}

fn outcomes<'a>(file: &'a Checked, codes: &BTreeMap<&str, usize>) -> Vec<Outcome<'a>> {
    let source = file.source();
    // How often the same was found before: two equal findings in a file are two.
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for finding in file.findings() {
        let code = finding.code.as_str();
        let count = seen.entry((code, file.part(finding))).or_default();
        *count += 1;
        outcomes.push(Outcome {
            rule_id: code,
            rule_index: codes.get(code).copied().unwrap_or_default(),
            level: level(finding.severity),
            message: Message {
                text: message(finding),
            },
            locations: [Location::new(&source, &finding.primary)],
            related_locations: finding
                .related
                .iter()
                .map(|label| Location::new(&source, label))
                .collect(),
            partial_fingerprints: Fingerprint::new(file, finding, *count),
            properties: Properties {
                confidence: finding.confidence.as_str(),
            },
        });
    }
    outcomes
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Note => "note",
        Severity::Warning => "warning",
    }
}

/// The message with notes and help: viewers show nothing else of a result.
fn message(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    lines.join("\n")
}

impl Location {
    fn of_file(name: &str) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: uri(name) },
                region: None,
            },
            message: None,
        }
    }

    fn new(source: &Source<'_>, label: &Label) -> Self {
        let (start, end) = (
            source.position(label.span.start),
            source.position(label.span.end),
        );
        let mut location = Self::of_file(source.name);
        location.physical_location.region = Some(Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        });
        location.message = (!label.text.is_empty()).then(|| Message {
            text: label.text.clone(),
        });
        location
    }
}

impl Fingerprint {
    /// What stays the same when lines move: the rule, the file, and the part of the text.
    fn new(file: &Checked, finding: &Finding, count: usize) -> Self {
        let part: String = file.part(finding).split_whitespace().collect();
        let parts = [
            finding.code.as_str(),
            &uri(&file.name),
            &part,
            &count.to_string(),
        ];
        let digest = digest::digest(&digest::SHA256, parts.join("\n").as_bytes());
        let short = digest.as_ref().get(..16).unwrap_or_default();
        Self {
            finding: hex::encode(short),
        }
    }
}

/// A path as a URI reference (RFC 3986): what may stand in a path stands as it is.
fn uri(name: &str) -> String {
    let mut uri = String::new();
    if name.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            // Writing to a string cannot fail.
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
