//! From text to a [`Document`], with all faults at once.

use std::borrow::Cow;

use hallpass_diag::Span;

use crate::error::{PolicyError, PolicyErrors};
use crate::json::{self, Member, Node, Value};
use crate::operator::{BaseOperator, Operator};
use crate::syntax::{Condition, Document, Effect, Element, Principals, Statement, Text, Version};

/// The largest document that is read. IAM's own limit is 10,240 characters; the rest is room for
/// generated files, and a bound on memory.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

impl Document {
    /// Reads a policy document.
    ///
    /// ```
    /// let document = hallpass_iam::Document::parse(
    ///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    /// )?;
    /// assert_eq!(document.statements().len(), 1);
    /// # Ok::<(), hallpass_iam::PolicyErrors>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, PolicyErrors> {
        let single = |error| PolicyErrors::new(vec![error], text);
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(single(PolicyError::TooLarge {
                max: MAX_DOCUMENT_BYTES,
            }));
        }
        let mut parser = Parser::default();
        let mut statements = Vec::with_capacity(text.len() / BRIEF_STATEMENT);
        let mut take = |node| statements.push(parser.statement(node));
        let root = json::read_handing(text, "Statement", &mut take).map_err(single)?;
        statements.shrink_to_fit();
        Self::of_node(root, text, statements, parser.errors)
    }

    /// Reads a document that stands somewhere in `text`, from which places are counted.
    pub(crate) fn from_node(root: Node<'_>, text: &str) -> Result<Self, PolicyErrors> {
        if root.span.len() > MAX_DOCUMENT_BYTES {
            let max = MAX_DOCUMENT_BYTES;
            let fault = PolicyError::TooLarge { max };
            return Err(PolicyErrors::new(vec![fault], text));
        }
        Self::of_node(root, text, Vec::new(), Vec::new())
    }

    /// The document, but for the statements that have been read, and the faults of those.
    fn of_node(
        root: Node<'_>,
        text: &str,
        statements: Vec<Statement>,
        errors: Vec<PolicyError>,
    ) -> Result<Self, PolicyErrors> {
        let own = root.span;
        let mut parser = Parser::default();
        let mut document = parser.document(root);
        if document.statements.is_empty() {
            document.statements = statements;
        }
        document.length = quota_length(text.get(own.start..own.end).unwrap_or_default());
        parser.errors.extend(errors);
        if parser.errors.is_empty() {
            Ok(document)
        } else {
            parser.errors.sort_by_key(PolicyError::span);
            parser.errors.truncate(MAX_FAULTS);
            Err(PolicyErrors::new(parser.errors, text))
        }
    }
}

#[derive(Default)]
struct Parser {
    errors: Vec<PolicyError>,
}

impl Parser {
    /// Notes a fault. The first hundred are enough to mend a document; the rest would be work for
    /// whoever sends a document of nothing but faults.
    fn fault(&mut self, fault: impl FnOnce() -> PolicyError) {
        if self.errors.len() < MAX_FAULTS {
            self.errors.push(fault());
        }
    }

    fn document(&mut self, root: Node<'_>) -> Document {
        let mut document = Document {
            version: None,
            id: None,
            statements: Vec::new(),
            length: 0,
        };
        let span = root.span;
        // What is no object is one fault, not two.
        let mut has_statement = !matches!(root.value, Value::Object(_));
        for member in self.object(root, "the document") {
            let Member {
                name,
                name_span,
                node,
            } = member;
            match &*name {
                "Version" => document.version = self.version(node),
                "Id" => document.id = self.word(node, "Id").map(Cow::into_owned),
                "Statement" => {
                    has_statement = true;
                    document.statements = each(node, |node| Some(self.statement(node)));
                }
                _ => self.unknown_element(&name, name_span, &["Id", "Statement", "Version"]),
            }
        }
        if !has_statement {
            self.fault(|| PolicyError::MissingElement {
                name: "Statement",
                span: Span::new(span.start, span.start + 1),
            });
        }
        document
    }

    fn version(&mut self, node: Node<'_>) -> Option<Version> {
        let span = node.span;
        let text = self.word(node, "Version")?;
        match &*text {
            "2008-10-17" => Some(Version::V2008),
            "2012-10-17" => Some(Version::V2012),
            _ => {
                self.fault(|| PolicyError::UnknownVersion {
                    found: shown(&text),
                    span,
                });
                None
            }
        }
    }

    fn statement(&mut self, node: Node<'_>) -> Statement {
        let mut statement = Statement {
            sid: None,
            effect: Effect::Deny,
            principal: None,
            action: None,
            resource: None,
            conditions: Vec::new(),
            span: node.span,
        };
        let start = Span::new(node.span.start, node.span.start + 1);
        let is_object = matches!(node.value, Value::Object(_));
        let mut has_effect = false;
        for member in self.object(node, "a statement") {
            let Member {
                name,
                name_span,
                node,
            } = member;
            let span = node.span;
            let is_negated = name.starts_with("Not");
            match &*name {
                "Sid" => statement.sid = self.word(node, "Sid").map(Cow::into_owned),
                "Effect" => {
                    has_effect = true;
                    statement.effect = self.effect(node);
                }
                "Principal" | "NotPrincipal" => {
                    self.refuse_both(statement.principal.is_some(), "Principal", name_span);
                    statement.principal = self.principals(node).map(|value| Element {
                        is_negated,
                        value,
                        span,
                    });
                }
                "Action" | "NotAction" => {
                    self.refuse_both(statement.action.is_some(), "Action", name_span);
                    let value = self.strings(node, &name);
                    statement.action = Some(Element {
                        is_negated,
                        value,
                        span,
                    });
                }
                "Resource" | "NotResource" => {
                    self.refuse_both(statement.resource.is_some(), "Resource", name_span);
                    let value = self.strings(node, &name);
                    statement.resource = Some(Element {
                        is_negated,
                        value,
                        span,
                    });
                }
                "Condition" => statement.conditions = self.conditions(node),
                _ => self.unknown_element(&name, name_span, STATEMENT_ELEMENTS),
            }
        }
        for (name, is_there) in [
            ("Effect", has_effect),
            ("Action", statement.action.is_some()),
        ] {
            if is_object && !is_there {
                self.fault(|| PolicyError::MissingElement { name, span: start });
            }
        }
        statement
    }

    fn refuse_both(&mut self, is_second: bool, name: &'static str, span: Span) {
        if is_second {
            self.fault(|| PolicyError::BothForms { name, span });
        }
    }

    fn effect(&mut self, node: Node<'_>) -> Effect {
        let span = node.span;
        let Some(text) = self.word(node, "Effect") else {
            return Effect::Deny;
        };
        match &*text {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => {
                self.fault(|| PolicyError::UnknownEffect {
                    found: shown(&text),
                    span,
                });
                Effect::Deny
            }
        }
    }

    fn principals(&mut self, node: Node<'_>) -> Option<Principals> {
        let span = node.span;
        match node.value {
            Value::String(text) if text == "*" => Some(Principals::Everyone),
            Value::Object(members) => {
                let (mut aws, mut canonical_user) = (Vec::new(), Vec::new());
                let (mut federated, mut service) = (Vec::new(), Vec::new());
                for member in members {
                    let list = match &*member.name {
                        "AWS" => &mut aws,
                        "CanonicalUser" => &mut canonical_user,
                        "Federated" => &mut federated,
                        "Service" => &mut service,
                        _ => {
                            self.unknown_element(&member.name, member.name_span, PRINCIPAL_KINDS);
                            continue;
                        }
                    };
                    *list = self.strings(member.node, &member.name);
                }
                Some(Principals::Listed {
                    aws,
                    canonical_user,
                    federated,
                    service,
                })
            }
            other => {
                self.wrong_type("Principal", "`\"*\"` or an object", &other, span);
                None
            }
        }
    }

    fn conditions(&mut self, node: Node<'_>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for member in self.object(node, "Condition") {
            let Some(operator) = Operator::parse(&member.name) else {
                self.fault(|| PolicyError::UnknownOperator {
                    nearest: nearest_operator(&member.name),
                    found: shown(&member.name),
                    span: member.name_span,
                });
                continue;
            };
            for key in self.object(member.node, operator.base.as_str()) {
                let values = self.values(key.node, &key.name);
                conditions.push(Condition {
                    operator,
                    key: key.name.into_owned(),
                    values,
                    span: key.name_span,
                });
            }
        }
        conditions
    }

    /// Values of a condition: strings, and the numbers and flags that IAM takes for strings.
    fn values(&mut self, node: Node<'_>, key: &str) -> Vec<Text> {
        each(node, |node| self.value(node, key))
    }

    fn value(&mut self, node: Node<'_>, key: &str) -> Option<Text> {
        let span = node.span;
        let text = match node.value {
            Value::String(text) => text.into_owned(),
            Value::Number(text) => text.to_owned(),
            Value::Bool(flag) => flag.to_string(),
            other => {
                self.wrong_type(key, "a string, a number, true or false", &other, span);
                return None;
            }
        };
        Some(Text { text, span })
    }

    fn strings(&mut self, node: Node<'_>, name: &str) -> Vec<Text> {
        let span = node.span;
        if matches!(&node.value, Value::Array(items) if items.is_empty()) {
            self.fault(|| PolicyError::Empty {
                name: shown(name),
                span,
            });
        }
        each(node, |node| {
            let span = node.span;
            let text = self.word(node, name)?.into_owned();
            Some(Text { text, span })
        })
    }

    fn word<'a>(&mut self, node: Node<'a>, name: &str) -> Option<Cow<'a, str>> {
        let span = node.span;
        match node.value {
            Value::String(text) => Some(text),
            other => {
                self.wrong_type(name, "a string", &other, span);
                None
            }
        }
    }

    fn object<'a>(&mut self, node: Node<'a>, name: &str) -> Vec<Member<'a>> {
        let span = node.span;
        match node.value {
            Value::Object(members) => members,
            other => {
                self.wrong_type(name, "an object", &other, span);
                Vec::new()
            }
        }
    }

    fn wrong_type(&mut self, name: &str, wanted: &'static str, found: &Value<'_>, span: Span) {
        self.fault(|| PolicyError::WrongType {
            name: shown(name),
            wanted,
            found: found.kind(),
            span,
        });
    }

    fn unknown_element(&mut self, found: &str, span: Span, known: &[&'static str]) {
        self.fault(|| PolicyError::UnknownElement {
            found: shown(found),
            nearest: nearest(found, known.iter().copied()).unwrap_or("Statement"),
            span,
        });
    }
}

/// Reads each of a list. IAM takes a single value wherever it takes a list.
fn each<'a, T>(node: Node<'a>, mut read: impl FnMut(Node<'a>) -> Option<T>) -> Vec<T> {
    let Value::Array(items) = node.value else {
        return read(node).into_iter().collect();
    };
    let mut list = Vec::with_capacity(items.len());
    list.extend(items.into_iter().filter_map(read));
    list
}

/// A word of the document as a message repeats it: enough to find it by.
fn shown(found: &str) -> String {
    match found.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}...", found.get(..at).unwrap_or_default()),
        None => found.to_owned(),
    }
}

fn nearest_operator(found: &str) -> String {
    let bare = found.rsplit(':').next().unwrap_or(found);
    nearest(bare, BaseOperator::ALL.iter().map(|base| base.as_str()))
        .unwrap_or("StringEquals")
        .to_owned()
}

/// The known word that takes the fewest edits to reach.
fn nearest(found: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    // A name longer than this is no slip of the pen, and would only cost time.
    let short: String = found
        .chars()
        .take(MAX_SHOWN)
        .collect::<String>()
        .to_lowercase();
    known.min_by_key(|word| edits(&short, &word.to_lowercase()))
}

/// The Levenshtein distance.
pub(crate) fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, a) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(&to) {
            let above = *cell;
            left = (above + 1)
                .min(left + 1)
                .min(diagonal + usize::from(a != *b));
            diagonal = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Characters but for white space (IAM and AWS STS quotas: "IAM doesn't count white space").
fn quota_length(text: &str) -> usize {
    if !text.is_ascii() {
        return text.chars().filter(|c| !c.is_whitespace()).count();
    }
    // A byte counts as far as one chunk reaches, so that the compiler adds many bytes at a time.
    let chunks = text.as_bytes().chunks(usize::from(u8::MAX));
    let counts = chunks.map(|chunk| {
        let counted = chunk.iter().fold(0_u8, |count, byte| {
            count.wrapping_add(u8::from(!matches!(byte, b' ' | b'\t'..=b'\r')))
        });
        usize::from(counted)
    });
    counts.sum()
}

// What most statements are longer than, in bytes.
const BRIEF_STATEMENT: usize = 96;
const MAX_FAULTS: usize = 100;
// The longest name of the language has thirty-seven characters.
const MAX_SHOWN: usize = 64;

const STATEMENT_ELEMENTS: &[&str] = &[
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
];
const PRINCIPAL_KINDS: &[&str] = &["AWS", "CanonicalUser", "Federated", "Service"];
