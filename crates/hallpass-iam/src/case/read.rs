//! From JSON to a case.

use std::collections::BTreeSet;

use hallpass_diag::{LineIndex, Position, Span};

use crate::context::Context;
use crate::error::PolicyError;
use crate::json::{self, Member, Node, Value};
use crate::parse::edits;
use crate::policy::{Policy, PolicyKind};
use crate::principal::account_of;
use crate::syntax::Document;

use super::document::{Case, MAX_CASE_BYTES, MAX_DOCUMENTS};
use super::error::CaseError;
use super::principal::Principal;

/// Reads a text that is one case.
pub(super) fn case(text: &str) -> Result<Case, CaseError> {
    if text.len() > MAX_CASE_BYTES {
        return Err(CaseError::TooLarge { length: text.len() });
    }
    let node = json::read(text).map_err(|fault| syntax(fault, text))?;
    case_at(node, text)
}

/// A fault of JSON, told as a case's.
pub(super) fn syntax(fault: PolicyError, text: &str) -> CaseError {
    CaseError::Syntax {
        position: position(text, fault.span()),
        fault,
    }
}

/// The name, from a text that may be no case.
pub(super) fn name(text: &str) -> Option<String> {
    let Value::Object(members) = json::read(text).ok()?.value else {
        return None;
    };
    members
        .into_iter()
        .find_map(|member| match (&*member.name, member.node.value) {
            ("name", Value::String(name)) => Some(name.into_owned()),
            _ => None,
        })
}

/// Reads a case that stands somewhere in `text`.
pub(super) fn case_at(node: Node<'_>, text: &str) -> Result<Case, CaseError> {
    let reader = Reader { text };
    let start = node.span;
    let mut fields = Fields::default();
    for member in reader.object(node, "the case")? {
        fields.take(member, &reader)?;
    }
    let request = fields
        .request
        .ok_or_else(|| reader.missing("request", start))?;
    let request = reader.request(request)?;
    // A web identity asks a trust policy; so does every action by which a role is assumed.
    let resource_kind = if matches!(request.principal, Principal::Federated(_))
        || (is_assumption(&request.action) && is_role(&request.resource))
    {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    };
    let resource_policy = match fields.resource_policy {
        Some(node) => Some(reader.policy(node, "resourcePolicy".to_owned(), resource_kind)?),
        None => None,
    };
    let list = |node, field, kind| reader.policies(node, field, kind);
    let levels = |node, field, kind| reader.levels(node, field, kind);
    let session = list(fields.session, "sessionPolicies", PolicyKind::Session)?;
    Ok(Case {
        name: fields.name.unwrap_or_default(),
        wanted: fields.wanted,
        principal: request.principal,
        action: request.action,
        resource: request.resource,
        resource_account: request.resource_account,
        context: request.context,
        absent: request.absent,
        identity: list(fields.identity, "identityPolicies", PolicyKind::Identity)?,
        resource_policy,
        boundaries: list(
            fields.boundaries,
            "permissionBoundaries",
            PolicyKind::Boundary,
        )?,
        session: (!session.is_empty()).then_some(session),
        service_control: levels(
            fields.service_control,
            "serviceControlPolicies",
            PolicyKind::ServiceControl,
        )?,
        resource_control: levels(
            fields.resource_control,
            "resourceControlPolicies",
            PolicyKind::ResourceControl,
        )?,
    })
}

/// The fields of a case that are there.
#[derive(Default)]
struct Fields<'a> {
    name: Option<String>,
    wanted: Option<String>,
    request: Option<Node<'a>>,
    identity: Option<Node<'a>>,
    resource_policy: Option<Node<'a>>,
    boundaries: Option<Node<'a>>,
    session: Option<Node<'a>>,
    service_control: Option<Node<'a>>,
    resource_control: Option<Node<'a>>,
}

impl<'a> Fields<'a> {
    fn take(&mut self, member: Member<'a>, reader: &Reader<'_>) -> Result<(), CaseError> {
        let Member {
            name,
            name_span,
            node,
        } = member;
        let place = match &*name {
            "name" => {
                self.name = Some(reader.text(node, "name")?);
                return Ok(());
            }
            // `decision` comes first where a case has both.
            "decision" | "expected" => {
                if let Value::String(wanted) = node.value
                    && (name == "decision" || self.wanted.is_none())
                {
                    self.wanted = Some(wanted.into_owned());
                }
                return Ok(());
            }
            "request" => &mut self.request,
            "identityPolicies" => &mut self.identity,
            "resourcePolicy" => &mut self.resource_policy,
            "permissionBoundaries" => &mut self.boundaries,
            "sessionPolicies" => &mut self.session,
            "serviceControlPolicies" => &mut self.service_control,
            "resourceControlPolicies" => &mut self.resource_control,
            // What a corpus keeps beside its cases is passed over, a slip of the pen is not: a policy
            // that is left out unseen would decide otherwise.
            _ => {
                return match nearest_field(&name) {
                    Some(nearest) => Err(reader.unknown(&name, nearest, name_span)),
                    None => Ok(()),
                };
            }
        };
        // Absent, null: none of that kind.
        if !matches!(node.value, Value::Null) {
            *place = Some(node);
        }
        Ok(())
    }
}

/// The field that the name looks like a slip of.
fn nearest_field(name: &str) -> Option<&'static str> {
    let short: String = name.chars().take(64).collect::<String>().to_lowercase();
    let distance = |field: &str| edits(&short, &field.to_lowercase());
    let nearest = FIELDS.iter().copied().min_by_key(|field| distance(field))?;
    let is_about_policies = short.contains("polic") || short.contains("boundar");
    // Words as short as `name` are two edits from many others.
    let is_slip = nearest.len() > 4 && distance(nearest) <= 2;
    (is_slip || is_about_policies).then_some(nearest)
}

/// What a case's `request` says.
struct Asked {
    principal: Principal,
    action: String,
    resource: String,
    resource_account: Option<String>,
    context: Context,
    absent: BTreeSet<String>,
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn request(&self, node: Node<'_>) -> Result<Asked, CaseError> {
        let start = node.span;
        let (mut principal, mut action, mut resource) = (None, None, None);
        let (mut resource_account, mut context) = (None, None);
        for member in self.object(node, "request")? {
            let Member {
                name,
                name_span,
                node,
            } = member;
            match &*name {
                "principal" => principal = Some(node),
                "action" => action = Some(self.text(node, "request.action")?),
                "resource" => resource = Some(self.text(node, "request.resource")?),
                "context" => context = Some(node),
                "resourceAccountId" if matches!(node.value, Value::Null) => {}
                "resourceAccountId" => {
                    resource_account = Some(self.text(node, "request.resourceAccountId")?);
                }
                _ => {
                    let nearest = REQUEST_FIELDS.iter().copied();
                    let nearest = nearest.min_by_key(|field| edits(&name, field));
                    return Err(self.unknown(&name, nearest.unwrap_or("context"), name_span));
                }
            }
        }
        let missing = |field: &str| self.missing(&format!("request.{field}"), start);
        let (context, absent) = self.context(context)?;
        let principal = principal.ok_or_else(|| missing("principal"))?;
        let principal = self.principal(principal, &context)?;
        let resource = resource.ok_or_else(|| missing("resource"))?;
        // An ARN names its owner; where it does not, as in S3, the caller's own account is meant.
        let resource_account = resource_account
            .as_deref()
            .or_else(|| resource.split(':').nth(4).and_then(account_of))
            .or_else(|| principal.caller().account())
            .map(str::to_owned);
        Ok(Asked {
            principal,
            action: action.ok_or_else(|| missing("action"))?,
            resource,
            resource_account,
            context,
            absent,
        })
    }

    fn principal(&self, node: Node<'_>, context: &Context) -> Result<Principal, CaseError> {
        let at = node.span;
        let refused = |found: String| CaseError::Principal {
            found,
            position: self.position(at),
        };
        let (kind, name) = match node.value {
            Value::String(text) => (None, text),
            Value::Object(members) => match <[Member<'_>; 1]>::try_from(members) {
                Ok([member]) => match member.node.value {
                    Value::String(name) => (Some(member.name), name),
                    other => return Err(refused(format!("an object that holds {}", other.kind()))),
                },
                Err(members) => {
                    return Err(refused(format!("an object of {} kinds", members.len())));
                }
            },
            other => return Err(refused(other.kind().to_owned())),
        };
        let principal = match kind.as_deref() {
            None | Some("AWS") => Principal::parse(&name, context),
            Some("Federated") => Some(Principal::Federated(name.to_string())),
            Some("Service") => Some(Principal::Service(name.to_string())),
            Some(_) => None,
        };
        principal.ok_or_else(|| {
            let shown: String = name.chars().take(200).collect();
            match kind {
                None => refused(format!("`{shown}`")),
                Some(kind) => refused(format!("`{shown}` of kind `{kind}`")),
            }
        })
    }

    /// The keys that are there, and those that are said to be absent, in lower case.
    fn context(&self, node: Option<Node<'_>>) -> Result<(Context, BTreeSet<String>), CaseError> {
        let (mut context, mut absent) = (Context::new(), BTreeSet::new());
        let members = match node {
            None => Vec::new(),
            Some(node) if matches!(node.value, Value::Null) => Vec::new(),
            Some(node) => self.object(node, "request.context")?,
        };
        for Member { name, node, .. } in members {
            match node.value {
                Value::Null => {
                    absent.insert(name.to_ascii_lowercase());
                }
                Value::Array(nodes) => {
                    let values: Result<Vec<String>, CaseError> = nodes
                        .into_iter()
                        .map(|node| self.value(node, &name))
                        .collect();
                    context.insert(name.into_owned(), values?);
                }
                Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::String(_) => {
                    let value = self.value(node, &name)?;
                    context.insert_one(name.into_owned(), value);
                }
            }
        }
        Ok((context, absent))
    }

    fn value(&self, node: Node<'_>, key: &str) -> Result<String, CaseError> {
        match node.value {
            Value::String(text) => Ok(text.into_owned()),
            Value::Number(text) => Ok(text.to_owned()),
            Value::Bool(value) => Ok(value.to_string()),
            other @ (Value::Array(_) | Value::Null | Value::Object(_)) => Err(self.wrong_type(
                &format!("request.context.{key}"),
                "a string, a number, true or false, or a list of these",
                &other,
                node.span,
            )),
        }
    }

    /// A list of documents.
    fn policies(
        &self,
        node: Option<Node<'_>>,
        field: &str,
        kind: PolicyKind,
    ) -> Result<Vec<Policy>, CaseError> {
        self.items(node, field, "a list of policies")?
            .into_iter()
            .enumerate()
            .map(|(index, node)| self.policy(node, format!("{field}[{index}]"), kind))
            .collect()
    }

    /// A list of levels, each a list of documents.
    fn levels(
        &self,
        node: Option<Node<'_>>,
        field: &str,
        kind: PolicyKind,
    ) -> Result<Vec<Vec<Policy>>, CaseError> {
        self.items(node, field, "a list of levels, each a list of policies")?
            .into_iter()
            .enumerate()
            .map(|(index, node)| self.policies(Some(node), &format!("{field}[{index}]"), kind))
            .collect()
    }

    fn items<'n>(
        &self,
        node: Option<Node<'n>>,
        field: &str,
        wanted: &'static str,
    ) -> Result<Vec<Node<'n>>, CaseError> {
        let Some(node) = node else {
            return Ok(Vec::new());
        };
        let span = node.span;
        match node.value {
            Value::Array(nodes) if nodes.len() > MAX_DOCUMENTS => Err(CaseError::TooMany {
                field: field.to_owned(),
                length: nodes.len(),
                max: MAX_DOCUMENTS,
                position: self.position(span),
            }),
            Value::Array(nodes) => Ok(nodes),
            other => Err(self.wrong_type(field, wanted, &other, span)),
        }
    }

    /// A document: an object, or a string that holds one.
    fn policy(&self, node: Node<'_>, field: String, kind: PolicyKind) -> Result<Policy, CaseError> {
        let document = match &node.value {
            Value::String(text) => Document::parse(text),
            _ => Document::from_node(node, self.text),
        };
        match document {
            Ok(document) => Ok(Policy::compile(field, kind, &document)),
            Err(faults) => Err(CaseError::Policy { field, faults }),
        }
    }

    fn object<'n>(&self, node: Node<'n>, field: &str) -> Result<Vec<Member<'n>>, CaseError> {
        match node.value {
            Value::Object(members) => Ok(members),
            other => Err(self.wrong_type(field, "an object", &other, node.span)),
        }
    }

    fn text(&self, node: Node<'_>, field: &str) -> Result<String, CaseError> {
        match node.value {
            Value::String(text) => Ok(text.into_owned()),
            other => Err(self.wrong_type(field, "a string", &other, node.span)),
        }
    }

    fn wrong_type(
        &self,
        field: &str,
        wanted: &'static str,
        found: &Value<'_>,
        span: Span,
    ) -> CaseError {
        CaseError::WrongType {
            field: field.to_owned(),
            wanted,
            found: found.kind(),
            position: self.position(span),
        }
    }

    fn missing(&self, field: &str, span: Span) -> CaseError {
        CaseError::MissingField {
            field: field.to_owned(),
            position: self.position(span),
        }
    }

    fn unknown(&self, found: &str, nearest: &'static str, span: Span) -> CaseError {
        CaseError::UnknownField {
            found: found.chars().take(64).collect(),
            nearest,
            position: self.position(span),
        }
    }

    fn position(&self, span: Span) -> Position {
        position(self.text, span)
    }
}

fn position(text: &str, span: Span) -> Position {
    LineIndex::new(text).position(text, span.start)
}

/// Whether the action asks a role's trust policy.
///
/// Source: Service Authorization Reference, "AWS Security Token Service": actions on the role resource.
fn is_assumption(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    lower.starts_with("sts:assumerole")
        || lower == "sts:tagsession"
        || lower == "sts:setsourceidentity"
}

fn is_role(resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(2);
    parts.next() == Some("iam") && parts.nth(2).is_some_and(|name| name.starts_with("role/"))
}

const FIELDS: &[&str] = &[
    "name",
    "request",
    "identityPolicies",
    "resourcePolicy",
    "permissionBoundaries",
    "sessionPolicies",
    "serviceControlPolicies",
    "resourceControlPolicies",
];
const REQUEST_FIELDS: &[&str] = &[
    "principal",
    "action",
    "resource",
    "resourceAccountId",
    "context",
];
