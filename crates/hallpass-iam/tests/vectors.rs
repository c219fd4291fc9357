//! Every case of `vectors/policy` is decided as AWS's documentation says.
//!
//! The cases are language-neutral: any other engine may run them. Each names the page it follows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hallpass_iam::{
    Caller, Context, Decision, Failure, Policy, PolicyKind, PolicySet, Request, decide, explain,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    name: String,
    /// AWS's page.
    source: String,
    request: CaseRequest,
    #[serde(default)]
    identity_policies: Vec<Value>,
    resource_policy: Option<Value>,
    #[serde(default)]
    permission_boundaries: Vec<Value>,
    session_policies: Option<Vec<Value>>,
    #[serde(default)]
    service_control_policies: Vec<Vec<Value>>,
    #[serde(default)]
    resource_control_policies: Vec<Vec<Value>>,
    decision: String,
    /// The layer that decides, or the condition key that the nearest statement fails on.
    because: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseRequest {
    principal: CasePrincipal,
    action: String,
    resource: String,
    resource_account_id: Option<String>,
    #[serde(default)]
    context: BTreeMap<String, Values>,
}

/// A user's, role's, session's or root's ARN, or `*` for nobody known; or a kind with a name.
#[derive(Deserialize)]
#[serde(untagged)]
enum CasePrincipal {
    Arn(String),
    Other(OtherPrincipal),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum OtherPrincipal {
    Federated(String),
    Service(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

#[test]
fn every_case_is_decided_as_documented() {
    let mut failures = Vec::new();
    for (file, cases) in files() {
        for case in cases {
            if let Err(why) = run(&case) {
                failures.push(format!("{file}: {}: {why}", case.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} cases differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn names_are_unique_and_sources_given() {
    let mut names = BTreeSet::new();
    for (file, cases) in files() {
        assert!(!cases.is_empty(), "{file} holds no case");
        for case in cases {
            assert!(!case.source.is_empty(), "{file}: {}: no source", case.name);
            assert!(
                names.insert(case.name.clone()),
                "{file}: {} twice",
                case.name
            );
        }
    }
    assert!(names.len() >= 100, "only {} cases were found", names.len());
}

/// Each file's name and cases.
fn files() -> Vec<(String, Vec<Case>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/policy");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let cases = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            (name, cases)
        })
        .collect()
}

fn run(case: &Case) -> Result<(), String> {
    let decision = decision(case)?;
    let got = format!("{:?}", decision.outcome());
    if got != case.decision {
        return Err(format!(
            "wanted {}, got {got}: {}",
            case.decision,
            decision.summary()
        ));
    }
    let Some(because) = &case.because else {
        return Ok(());
    };
    let key = decision.nearest().and_then(|report| match &report.failure {
        Some(Failure::Condition { key, .. }) => Some(key.as_str()),
        _ => None,
    });
    if decision.layer().as_str() == because || key == Some(because.as_str()) {
        Ok(())
    } else {
        Err(format!("not because of {because}: {}", decision.summary()))
    }
}

fn decision(case: &Case) -> Result<Decision, String> {
    let asked = &case.request;
    let mut context = Context::new();
    for (key, values) in &asked.context {
        match values {
            Values::One(value) => context.insert_one(key, value),
            Values::Many(values) => context.insert(key, values.iter().cloned()),
        }
    }
    let principal = Principal::new(&asked.principal);
    let caller = principal.caller();
    let resource_kind = if asked.action.to_lowercase().starts_with("sts:") {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    };
    let identity = all(PolicyKind::Identity, &case.identity_policies)?;
    let resource = match &case.resource_policy {
        None => None,
        Some(document) => Some(read(resource_kind, document)?),
    };
    let boundaries = all(PolicyKind::Boundary, &case.permission_boundaries)?;
    let session = match &case.session_policies {
        None => None,
        Some(documents) => Some(all(PolicyKind::Session, documents)?),
    };
    let service_control = levels(&case.service_control_policies)?;
    let resource_control = levels(&case.resource_control_policies)?;
    let boundary = match boundaries.as_slice() {
        [] => None,
        [boundary] => Some(boundary),
        _ => return Err("a caller has one boundary".to_owned()),
    };
    let set = PolicySet {
        identity: identity.iter().collect(),
        resource: resource.as_ref(),
        boundary,
        session: session.as_ref().map(|policies| policies.iter().collect()),
        service_control: service_control
            .iter()
            .map(|level| level.iter().collect())
            .collect(),
        resource_control: resource_control
            .iter()
            .map(|level| level.iter().collect())
            .collect(),
    };
    let request = Request {
        caller,
        action: &asked.action,
        resource: &asked.resource,
        resource_account: asked.resource_account_id.as_deref(),
        context: &context,
    };
    let decision = explain(&request, &set);
    assert_eq!(decision.outcome(), decide(&request, &set), "{}", case.name);
    Ok(decision)
}

fn read(kind: PolicyKind, document: &Value) -> Result<Policy, String> {
    Policy::parse(format!("{kind:?}"), kind, &document.to_string())
        .map_err(|why| format!("{kind:?}: {why}"))
}

fn all(kind: PolicyKind, documents: &[Value]) -> Result<Vec<Policy>, String> {
    documents
        .iter()
        .map(|document| read(kind, document))
        .collect()
}

fn levels(levels: &[Vec<Value>]) -> Result<Vec<Vec<Policy>>, String> {
    levels
        .iter()
        .map(|level| all(PolicyKind::Identity, level))
        .collect()
}

/// The names that a [`Caller`] borrows.
enum Principal<'a> {
    Anonymous,
    Federated(&'a str),
    FederatedUser(&'a str),
    Role {
        session_arn: String,
        role_arn: String,
    },
    Root(&'a str),
    Service(&'a str),
    User(&'a str),
}

impl<'a> Principal<'a> {
    fn new(principal: &'a CasePrincipal) -> Self {
        let arn = match principal {
            CasePrincipal::Arn(arn) => arn,
            CasePrincipal::Other(OtherPrincipal::Federated(name)) => return Self::Federated(name),
            CasePrincipal::Other(OtherPrincipal::Service(name)) => return Self::Service(name),
        };
        if arn == "*" {
            return Self::Anonymous;
        }
        let segments: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", "aws", _, "", account, name] = segments.as_slice() else {
            panic!("`{arn}` is no principal");
        };
        match name.split('/').collect::<Vec<_>>().as_slice() {
            ["root"] => Self::Root(account),
            ["user", ..] => Self::User(arn),
            ["federated-user", _] => Self::FederatedUser(arn),
            ["role", .., role] => Self::Role {
                session_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/session"),
                role_arn: arn.clone(),
            },
            ["assumed-role", role, _] => Self::Role {
                session_arn: arn.clone(),
                role_arn: format!("arn:aws:iam::{account}:role/{role}"),
            },
            _ => panic!("`{arn}` is no principal"),
        }
    }

    fn caller(&self) -> Caller<'_> {
        match self {
            Self::Anonymous => Caller::Anonymous,
            Self::Federated(provider) => Caller::Federated { provider },
            Self::FederatedUser(arn) => Caller::FederatedUser { arn },
            Self::Role {
                session_arn,
                role_arn,
            } => Caller::RoleSession {
                session_arn,
                role_arn,
            },
            Self::Root(account) => Caller::AccountRoot { account },
            Self::Service(name) => Caller::Service { name },
            Self::User(arn) => Caller::User { arn },
        }
    }
}
