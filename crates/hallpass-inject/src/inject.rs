//! The decision whether a pod is injected, and the patch.
//!
//! Source: aws/amazon-eks-pod-identity-webhook, August 2026, `pkg/handler` and `pkg/cache`, and the
//! selectors of its `MutatingWebhookConfiguration`. Where its README says otherwise, the code holds.
//! One difference is meant: it sends whole containers back, which drops the fields that its version of
//! the API does not know; here only what is added is touched.

use std::collections::{BTreeMap, BTreeSet};

use hallpass_types::{Chance, ServiceAccountName};
use serde_json::{Value, json};

use crate::annotations::Reader;
use crate::patch::{Patch, token};
use crate::pod::{Container, Pod, PodError};
use crate::settings::{ContainerCredentials, DEFAULT_TOKEN_EXPIRATION, Settings};
use crate::warning::Warning;

/// A pod about to be created, and what the webhook knows of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// The pod.
    pub pod: &'a Value,
    /// Its service account.
    pub account: &'a ServiceAccountName,
    /// The service account's annotations; absent where there is no such account.
    pub account_annotations: Option<&'a BTreeMap<String, String>>,
    /// The labels of the pod's namespace.
    pub namespace_labels: &'a BTreeMap<String, String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    /// What to do to the pod.
    pub outcome: Outcome,
    /// What is odd about the annotations.
    pub warnings: Vec<Warning>,
}

/// What to do to the pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing, and why.
    Left(LeftAlone),
    /// This.
    Patched(Patch),
}

/// Why a pod is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftAlone {
    /// The volume and each container's variables and mount are there already, or skipped.
    AllPresent,
    /// There is no such service account.
    NoAccount,
    /// The service account names no role.
    NoRole,
    /// The namespace has the label that keeps the webhook off.
    SkippedByNamespace,
    /// The pod has the label that keeps the webhook off.
    SkippedByPod,
}

/// Decides about a pod at its creation; the webhook sees no other moment.
pub fn inject(
    admission: &Admission<'_>,
    settings: &Settings,
    chance: &dyn Chance,
) -> Result<Injection, PodError> {
    let left = |reason| Injection {
        outcome: Outcome::Left(reason),
        warnings: Vec::new(),
    };
    let pod = Pod::new(admission.pod)?;
    let labels = pod.labels()?;
    if admission.namespace_labels.contains_key(SKIP_LABEL) {
        return Ok(left(LeftAlone::SkippedByNamespace));
    }
    if labels
        .as_ref()
        .is_some_and(|labels| labels.contains_key(SKIP_LABEL))
    {
        return Ok(left(LeftAlone::SkippedByPod));
    }
    let mut reader = Reader::new(settings);
    let plan = match Plan::of(admission, &pod, settings, &mut reader, chance)? {
        Ok(plan) => plan,
        Err(reason) => return Ok(left(reason)),
    };
    let mut patch = Patch::default();
    if let Means::Agent { .. } = plan.means {
        add_label(&mut patch, labels.is_some());
    }
    add_volume(&mut patch, &pod, &plan)?;
    for list in ["containers", "initContainers"] {
        for container in pod.containers(list)? {
            if !plan.skipped.contains(container.name) {
                add_to_container(&mut patch, &container, &plan);
            }
        }
    }
    let outcome = if patch.is_empty() {
        Outcome::Left(LeftAlone::AllPresent)
    } else {
        Outcome::Patched(patch)
    };
    Ok(Injection {
        outcome,
        warnings: reader.warnings,
    })
}

/// What one pod is to get.
struct Plan<'a> {
    means: Means,
    audience: String,
    regional_sts: bool,
    expiration: i64,
    region: Option<&'a str>,
    mount_path: &'a str,
    volume_name: &'a str,
    token_path: &'a str,
    /// The token's file as a process in the container names it.
    token_file: String,
    skipped: BTreeSet<String>,
}

/// How the containers' processes get their credentials.
enum Means {
    /// From EKS Pod Identity's agent.
    Agent { full_uri: String },
    /// From STS, with their token.
    WebIdentity { role_arn: String },
}

impl<'a> Plan<'a> {
    fn of(
        admission: &Admission<'_>,
        pod: &Pod<'_>,
        settings: &'a Settings,
        reader: &mut Reader<'_>,
        chance: &dyn Chance,
    ) -> Result<Result<Self, LeftAlone>, PodError> {
        let none = BTreeMap::new();
        let by_account = admission.account_annotations.unwrap_or(&none);
        let by_pod = pod.annotations()?;
        // Pod Identity wins over a role that the service account names.
        let agent = settings
            .container_credentials
            .as_ref()
            .filter(|agent| agent.identities.contains(admission.account));
        if agent.is_none() && admission.account_annotations.is_none() {
            return Ok(Err(LeftAlone::NoAccount));
        }
        let means = match agent {
            Some(ContainerCredentials { full_uri, .. }) => Means::Agent {
                full_uri: full_uri.clone(),
            },
            None => match reader.role_arn(by_account) {
                Some(role_arn) => Means::WebIdentity { role_arn },
                None => return Ok(Err(LeftAlone::NoRole)),
            },
        };
        let expiration = reader.token_expiration(by_account, &by_pod);
        let (mount_path, volume_name, token_path) = agent
            .map_or((settings.mount_path.as_str(), VOLUME, TOKEN), |agent| {
                (&agent.mount_path, &agent.volume_name, &agent.token_path)
            });
        Ok(Ok(Self {
            audience: match agent {
                Some(agent) => agent.audience.clone(),
                None => reader.audience(by_account),
            },
            regional_sts: reader.regional_sts(by_account),
            expiration: if agent.is_some() {
                jittered(expiration, chance)
            } else {
                expiration
            },
            region: settings
                .region
                .as_deref()
                .filter(|region| !region.is_empty()),
            token_file: token_file(mount_path, token_path, pod.is_windows()?),
            skipped: reader.skipped_containers(&by_pod),
            means,
            mount_path,
            volume_name,
            token_path,
        }))
    }
}

fn add_label(patch: &mut Patch, has_labels: bool) {
    if has_labels {
        let pointer = format!("/metadata/labels/{}", token(AGENT_LABEL));
        patch.add(pointer, json!("enabled"));
    } else {
        patch.add(
            "/metadata/labels".to_owned(),
            json!({ AGENT_LABEL: "enabled" }),
        );
    }
}

fn add_volume(patch: &mut Patch, pod: &Pod<'_>, plan: &Plan<'_>) -> Result<(), PodError> {
    let volume = json!({
        "name": plan.volume_name,
        "projected": { "sources": [{ "serviceAccountToken": {
            "audience": plan.audience,
            "expirationSeconds": plan.expiration,
            "path": plan.token_path,
        } }] },
    });
    match pod.volume_names()? {
        Some(names) if names.contains(&plan.volume_name) => {}
        Some(_) => patch.add("/spec/volumes/0".to_owned(), volume),
        None => patch.add("/spec/volumes".to_owned(), json!([volume])),
    }
    Ok(())
}

fn add_to_container(patch: &mut Patch, container: &Container<'_>, plan: &Plan<'_>) {
    let has = |names: &[&str]| {
        container
            .variables
            .iter()
            .flatten()
            .any(|name| names.contains(name))
    };
    let own = match &plan.means {
        Means::Agent { full_uri } => [(FULL_URI, full_uri), (AGENT_TOKEN_FILE, &plan.token_file)],
        Means::WebIdentity { role_arn } => [(ROLE_ARN, role_arn), (TOKEN_FILE, &plan.token_file)],
    };
    let has_own = has(&own.map(|(name, _)| name));
    let has_region = has(&[DEFAULT_REGION, REGION]);
    let has_regional_sts = has(&[REGIONAL_STS]);
    // As in the webhook, such a container does not get the mount either.
    if has_own && has_region && has_regional_sts {
        return;
    }
    let mut variables = Vec::new();
    if !has_regional_sts && plan.regional_sts {
        variables.push((REGIONAL_STS, "regional"));
    }
    if let Some(region) = plan.region.filter(|_| !has_region) {
        variables.extend([(DEFAULT_REGION, region), (REGION, region)]);
    }
    if !has_own {
        variables.extend(own.map(|(name, value)| (name, value.as_str())));
    }
    let variables = variables
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let Container {
        pointer, mounts, ..
    } = container;
    append(
        patch,
        pointer,
        "env",
        container.variables.is_some(),
        variables,
    );
    let is_mounted = mounts
        .iter()
        .flatten()
        .any(|name| *name == plan.volume_name);
    if !is_mounted {
        let mount = json!({
            "name": plan.volume_name,
            "readOnly": true,
            "mountPath": plan.mount_path,
        });
        append(
            patch,
            pointer,
            "volumeMounts",
            mounts.is_some(),
            vec![mount],
        );
    }
}

/// Adds elements at the end of a container's list, or the list with them.
fn append(patch: &mut Patch, pointer: &str, list: &str, is_there: bool, elements: Vec<Value>) {
    if is_there {
        for element in elements {
            patch.add(format!("{pointer}/{list}/-"), element);
        }
    } else if !elements.is_empty() {
        patch.add(format!("{pointer}/{list}"), Value::Array(elements));
    }
}

fn token_file(mount_path: &str, token_path: &str, is_windows: bool) -> String {
    let file = format!("{}/{token_path}", mount_path.trim_end_matches('/'));
    if is_windows {
        format!("C:{}", file.replace('/', "\\"))
    } else {
        file
    }
}

/// A day is shortened by up to two hours, so that a fleet does not renew at one moment.
fn jittered(expiration: i64, chance: &dyn Chance) -> i64 {
    if expiration != DEFAULT_TOKEN_EXPIRATION {
        return expiration;
    }
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    let span = DEFAULT_TOKEN_EXPIRATION.abs_diff(SHORTEST_JITTERED) + 1;
    // INVARIANT: below 7,201, so that it fits.
    SHORTEST_JITTERED + i64::try_from(u64::from_le_bytes(bytes) % span).unwrap_or_default()
}

/// The label, on a namespace or a pod and of any value, that keeps the webhook off.
pub const SKIP_LABEL: &str = "eks.amazonaws.com/skip-pod-identity-webhook";

const AGENT_LABEL: &str = "eks.amazonaws.com/pod-identity";
const SHORTEST_JITTERED: i64 = 79_200;
const VOLUME: &str = "aws-iam-token";
const TOKEN: &str = "token";

const REGIONAL_STS: &str = "AWS_STS_REGIONAL_ENDPOINTS";
const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
const REGION: &str = "AWS_REGION";
const ROLE_ARN: &str = "AWS_ROLE_ARN";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const AGENT_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
