//! The policies of a question: read from files, kept with their texts so that places can be shown.

use std::path::{Path, PathBuf};

use hallpass_iam::{Document, Effect, Layer, Policy, PolicyKind, PolicySet, Text};

use super::command::ExplainArguments;
use crate::output::Failure;
use crate::policy_file::PolicyFile;

/// A policy, and where it comes from.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) layer: Layer,
    pub(super) file: PolicyFile,
    pub(super) document: Document,
    pub(super) policy: Policy,
}

/// All policies of a question.
#[derive(Debug)]
pub(super) struct Policies {
    /// In the order in which they were given.
    pub(super) loaded: Vec<Loaded>,
    /// Of each level, the numbers of its policies.
    service_control: Vec<Vec<usize>>,
    resource_control: Vec<Vec<usize>>,
    /// What AWS attaches where an organisation turns control policies on.
    full_access: Option<Policy>,
    resource_full_access: Option<Policy>,
    /// Whether a session policy was given at all.
    has_session: bool,
}

impl Policies {
    /// Reads them.
    pub(super) fn read(arguments: &ExplainArguments) -> Result<Self, Failure> {
        let mut all = Self {
            loaded: Vec::new(),
            service_control: Vec::new(),
            resource_control: Vec::new(),
            full_access: full_access("FullAWSAccess", PolicyKind::ServiceControl),
            resource_full_access: full_access("RCPFullAWSAccess", PolicyKind::ResourceControl),
            has_session: !arguments.session.is_empty(),
        };
        for path in &arguments.identity {
            all.add(path, Layer::Identity)?;
        }
        let single = [
            (&arguments.trust, Layer::Trust),
            (&arguments.resource, Layer::Resource),
            (&arguments.boundary, Layer::Boundary),
        ];
        for (path, layer) in single {
            if let Some(path) = path {
                all.add(path, layer)?;
            }
        }
        for path in &arguments.session {
            all.add(path, Layer::Session)?;
        }
        for level in &arguments.scp {
            let level = all.add_level(level, Layer::ServiceControl)?;
            all.service_control.push(level);
        }
        for level in &arguments.rcp {
            let level = all.add_level(level, Layer::ResourceControl)?;
            all.resource_control.push(level);
        }
        Ok(all)
    }

    /// The policies as the engine takes them.
    pub(super) fn set(&self) -> PolicySet<'_> {
        let of = |layer: Layer| {
            let policies = self.loaded.iter();
            policies
                .filter(move |loaded| loaded.layer == layer)
                .map(|loaded| &loaded.policy)
        };
        PolicySet {
            identity: of(Layer::Identity).collect(),
            resource: of(Layer::Trust).chain(of(Layer::Resource)).next(),
            boundary: of(Layer::Boundary).next(),
            session: self.has_session.then(|| of(Layer::Session).collect()),
            service_control: self.levels(&self.service_control, self.full_access.as_ref()),
            resource_control: {
                let full = self.resource_full_access.as_ref();
                self.levels(&self.resource_control, full)
            },
        }
    }

    /// The policy of a layer by its name.
    pub(super) fn find(&self, layer: Layer, name: &str) -> Option<&Loaded> {
        let mut loaded = self.loaded.iter();
        loaded.find(|loaded| loaded.layer == layer && loaded.file.name == name)
    }

    /// The trust policy.
    pub(super) fn trust(&self) -> Option<&Loaded> {
        let mut loaded = self.loaded.iter();
        loaded.find(|loaded| loaded.layer == Layer::Trust)
    }

    /// The actions that the policies of a layer allow, with their names as written.
    pub(super) fn allowed_actions(&self, layer: Layer) -> Vec<(&Loaded, &Text)> {
        let loaded = self.loaded.iter().filter(|loaded| loaded.layer == layer);
        loaded
            .flat_map(|loaded| {
                let statements = loaded.document.statements().iter();
                let allows = statements.filter(|statement| statement.effect == Effect::Allow);
                let actions = allows.filter_map(|statement| statement.action.as_ref());
                actions
                    .filter(|element| !element.is_negated)
                    .flat_map(|element| &element.value)
                    .map(move |action| (loaded, action))
            })
            .collect()
    }

    /// The policies of each level. A level that allows nothing would allow nobody anything: what AWS
    /// attaches to each is part of it (AWS Organizations User Guide, "SCP evaluation").
    fn levels<'a>(
        &'a self,
        levels: &[Vec<usize>],
        full: Option<&'a Policy>,
    ) -> Vec<Vec<&'a Policy>> {
        let level = |numbers: &Vec<usize>| {
            let found: Vec<&Loaded> = numbers
                .iter()
                .filter_map(|number| self.loaded.get(*number))
                .collect();
            let allows = |loaded: &&Loaded| {
                let mut statements = loaded.document.statements().iter();
                statements.any(|statement| statement.effect == Effect::Allow)
            };
            let full = full.filter(|_| !found.iter().any(allows));
            let policies = found.iter().map(|loaded| &loaded.policy);
            policies.chain(full).collect()
        };
        levels.iter().map(level).collect()
    }

    fn add(&mut self, path: &Path, layer: Layer) -> Result<(), Failure> {
        let (file, document) = PolicyFile::document(path)?;
        let policy = Policy::compile(file.name.clone(), kind(layer), &document);
        self.loaded.push(Loaded {
            layer,
            file,
            document,
            policy,
        });
        Ok(())
    }

    fn add_level(&mut self, files: &str, layer: Layer) -> Result<Vec<usize>, Failure> {
        let first = self.loaded.len();
        for path in files.split(',').filter(|path| !path.is_empty()) {
            self.add(&PathBuf::from(path), layer)?;
        }
        Ok((first..self.loaded.len()).collect())
    }
}

const fn kind(layer: Layer) -> PolicyKind {
    match layer {
        Layer::Boundary => PolicyKind::Boundary,
        Layer::Identity => PolicyKind::Identity,
        Layer::Resource => PolicyKind::Resource,
        Layer::ResourceControl => PolicyKind::ResourceControl,
        Layer::ServiceControl => PolicyKind::ServiceControl,
        Layer::Session => PolicyKind::Session,
        Layer::Trust => PolicyKind::Trust,
    }
}

fn full_access(name: &str, kind: PolicyKind) -> Option<Policy> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let own =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let has_principal = kind == PolicyKind::ResourceControl;
    Policy::parse(name, kind, if has_principal { text } else { own }).ok()
}
