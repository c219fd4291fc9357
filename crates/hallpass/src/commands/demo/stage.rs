//! The stage: a fresh lab in a folder of its own, with its account and its cluster.

use std::path::PathBuf;
use std::sync::Arc;

use hallpass_lab::{Config, Description, Lab, SystemChance};

use super::account::{Account, Keys};
use super::clock::DemoClock;
use super::cluster::Cluster;
use super::command::{DemoArguments, say};
use super::container::ContainerClient;
use super::error::DemoError;
use super::example::Example;
use super::story::Story;
use crate::cli::Format;
use crate::output::{Failure, print_error};

/// What every part of the story plays on.
#[derive(Debug)]
pub(crate) struct Stage {
    lab: Lab,
    /// The lab's folder.
    pub(crate) folder: PathBuf,
    /// The time, which the last part turns forward.
    pub(crate) clock: DemoClock,
    /// Clients of the account.
    pub(crate) account: Account,
    /// A client of the cluster.
    pub(crate) cluster: Cluster,
    /// The example's files.
    pub(crate) example: Example,
    /// Who builds and pushes.
    pub(crate) client: ContainerClient,
    temporary: Option<tempfile::TempDir>,
}

impl Stage {
    /// Starts the lab.
    pub(crate) async fn set(
        arguments: &DemoArguments,
        story: &mut Story,
    ) -> Result<Self, DemoError> {
        story.doing("starting a fresh lab");
        let temporary = match &arguments.dir {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("hallpass-demo-")
                    .tempdir()
                    .map_err(|source| DemoError::File {
                        path: std::env::temp_dir(),
                        source,
                    })?,
            ),
        };
        let folder = arguments
            .dir
            .clone()
            .or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()))
            .unwrap_or_default();
        let clock = DemoClock::default();
        let lab = Lab::start(
            &Config::new(&folder),
            Arc::new(clock.clone()),
            Arc::new(SystemChance),
        )
        .await?;
        let description = lab.description();
        let account = Account::new(
            format!("http://{}", description.aws),
            description.region.clone(),
            clock.clone(),
        );
        let cluster = Cluster::connect(description)?;
        let example = Example::open(arguments.example.as_deref(), lab.identity());
        Ok(Self {
            folder,
            clock,
            account,
            cluster,
            example,
            client: arguments.client.choose(),
            temporary,
            lab,
        })
    }

    /// Where the lab listens.
    pub(crate) fn description(&self) -> &Description {
        self.lab.description()
    }

    /// What the lab's administrator signs with.
    pub(crate) fn administrator(&self) -> Keys {
        let lab = self.description();
        Keys {
            access_key_id: lab.access_key_id.clone(),
            secret_access_key: lab.secret_access_key.clone(),
            session_token: None,
        }
    }

    /// Leaves the lab to be used by hand, until it is stopped.
    pub(crate) async fn keep(self, format: Format) -> Result<(), Failure> {
        let folder = match self.temporary {
            Some(folder) => folder.keep(),
            None => self.folder,
        };
        if format == Format::Json {
            print_error(&format!("the lab runs on in {}", folder.display()));
        } else {
            go_on(&folder, self.lab.description());
        }
        tokio::select! {
            () = self.lab.stopped() => {}
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Failure::runtime)?,
        }
        self.lab.stop().await;
        Ok(())
    }

    /// Stops the lab, and removes what it left unless the folder was named by the user.
    pub(crate) async fn clear(self, is_told: bool) {
        self.lab.stop().await;
        if is_told && self.temporary.is_none() {
            print_error(&format!(
                "the lab's folder stays: {}",
                self.folder.display()
            ));
        }
    }
}

/// How to go on by hand.
fn go_on(folder: &std::path::Path, lab: &Description) {
    let folder = folder.display();
    say("\nThe lab runs on until you press Ctrl-C here. In another terminal:\n");
    for line in [
        format!("  eval \"$(hallpass lab env --dir {folder})\""),
        "  aws sts get-caller-identity".to_owned(),
        "  aws ecr list-images --repository-name my-app".to_owned(),
        format!(
            "  aws ecr get-login-password | skopeo login --tls-verify=false --username AWS --password-stdin {}",
            lab.registry
        ),
        format!(
            "  skopeo inspect --tls-verify=false docker://{}/my-app:pass",
            lab.registry
        ),
        format!("  hallpass lab token --dir {folder} actions/self-hosted-runner-service-account"),
        format!("  hallpass lab events --dir {folder} --refused"),
    ] {
        say(&line);
    }
}
