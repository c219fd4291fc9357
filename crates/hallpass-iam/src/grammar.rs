//! What IAM refuses to store, with its place: the parser knows the language, IAM besides knows what a
//! document is for.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; the messages are those that AWS
//! gives for `MalformedPolicyDocument`, as public threads quote them.

use hallpass_diag::Span;

use crate::federation::unscoped;
use crate::policy::PolicyKind;
use crate::syntax::{Document, Principals, Statement, Text};

/// A part that IAM refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// Where it stands.
    pub(crate) span: Span,
    /// Why.
    pub(crate) why: Refusal,
}

/// Why IAM refuses a document.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    ActionIsNotSts { action: String },
    ActionWithoutService { action: String },
    MissingPrincipal,
    MissingResource,
    NoStatement,
    PrincipalForm { kind: &'static str, found: String },
    PrincipalMisplaced,
    ResourceForm { found: String },
    ResourceMisplaced,
    ServiceForm { service: String },
    SidForm { sid: String },
    SidTwice { sid: String },
    UnscopedIssuer { message: String },
}

/// What IAM refuses, statement by statement. The first hundred are enough to mend a document; the rest
/// would be work for whoever sends a document of nothing else.
pub(crate) fn refused(document: &Document, kind: PolicyKind) -> Vec<Refused> {
    let mut refused = Vec::new();
    let mut refuse = |span, why| {
        if refused.len() < MAX_REFUSED {
            refused.push(Refused { span, why });
        }
    };
    if document.statements().is_empty() {
        refuse(Span::default(), Refusal::NoStatement);
    }
    let mut sids = std::collections::HashSet::new();
    for statement in document.statements() {
        if let Some(sid) = &statement.sid {
            let start = Span::new(statement.span.start, statement.span.start + 1);
            let is_form = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_form && kind != PolicyKind::Resource {
                refuse(start, Refusal::SidForm { sid: sid.clone() });
            }
            if !sids.insert(sid) {
                refuse(start, Refusal::SidTwice { sid: sid.clone() });
            }
        }
        check_actions(statement, kind, &mut refuse);
        match kind {
            PolicyKind::Boundary
            | PolicyKind::Identity
            | PolicyKind::ServiceControl
            | PolicyKind::Session => check_own(statement, &mut refuse),
            PolicyKind::Resource | PolicyKind::ResourceControl => {
                check_principal(statement, &mut refuse);
            }
            PolicyKind::Trust => check_trust(statement, &mut refuse),
        }
    }
    refused
}

fn check_actions(statement: &Statement, kind: PolicyKind, refuse: &mut impl FnMut(Span, Refusal)) {
    let actions = statement.action.iter().flat_map(|element| &element.value);
    for Text { text, span } in actions {
        if text == "*" && kind != PolicyKind::Trust {
            continue;
        }
        let action = || text.clone();
        match text.split_once(':') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() => {
                let is_form = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                if !service.bytes().all(is_form) {
                    let service = service.to_owned();
                    refuse(*span, Refusal::ServiceForm { service });
                } else if kind == PolicyKind::Trust && !service.eq_ignore_ascii_case("sts") {
                    refuse(*span, Refusal::ActionIsNotSts { action: action() });
                }
            }
            _ => refuse(*span, Refusal::ActionWithoutService { action: action() }),
        }
    }
}

fn check_own(statement: &Statement, refuse: &mut impl FnMut(Span, Refusal)) {
    if let Some(principal) = &statement.principal {
        refuse(principal.span, Refusal::PrincipalMisplaced);
    }
    let Some(resource) = &statement.resource else {
        refuse(start_of(statement), Refusal::MissingResource);
        return;
    };
    for Text { text, span } in &resource.value {
        let is_arn = text.starts_with("arn:") && text.matches(':').count() >= 2;
        if text != "*" && !is_arn && !text.starts_with("${") && !text.starts_with('*') {
            let found = text.clone();
            refuse(*span, Refusal::ResourceForm { found });
        }
    }
}

fn check_trust(statement: &Statement, refuse: &mut impl FnMut(Span, Refusal)) {
    if let Some(resource) = &statement.resource {
        refuse(resource.span, Refusal::ResourceMisplaced);
    }
    check_principal(statement, refuse);
    if let Some(unscoped) = unscoped(statement) {
        let message = unscoped.message();
        refuse(start_of(statement), Refusal::UnscopedIssuer { message });
    }
}

fn check_principal(statement: &Statement, refuse: &mut impl FnMut(Span, Refusal)) {
    let Some(principal) = &statement.principal else {
        refuse(start_of(statement), Refusal::MissingPrincipal);
        return;
    };
    let Principals::Listed {
        aws,
        canonical_user: _,
        federated,
        service,
    } = &principal.value
    else {
        return;
    };
    let lists: [(_, _, IsForm); 3] = [
        ("AWS", aws, is_aws_principal),
        ("Federated", federated, is_provider),
        ("Service", service, |text| text.contains('.')),
    ];
    for (kind, list, is_form) in lists {
        for Text { text, span } in list.iter().filter(|text| !is_form(&text.text)) {
            let found = text.clone();
            refuse(*span, Refusal::PrincipalForm { kind, found });
        }
    }
}

type IsForm = fn(&str) -> bool;

fn is_aws_principal(text: &str) -> bool {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unique_id = text.len() >= 16
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_arn = text.starts_with("arn:") && text.matches(':').count() >= 5;
    let has_wildcard = text.contains(['*', '?']);
    text == "*" || !has_wildcard && (is_account || is_unique_id || is_arn)
}

fn is_provider(text: &str) -> bool {
    let is_built_in = matches!(
        text,
        "accounts.google.com"
            | "cognito-identity.amazonaws.com"
            | "graph.facebook.com"
            | "www.amazon.com"
    );
    let is_of_account = text.starts_with("arn:")
        && (text.contains(":oidc-provider/") || text.contains(":saml-provider/"));
    is_built_in || is_of_account
}

fn start_of(statement: &Statement) -> Span {
    Span::new(statement.span.start, statement.span.start + 1)
}

const MAX_REFUSED: usize = 100;
