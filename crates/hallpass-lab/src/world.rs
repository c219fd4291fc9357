//! What every part of a running lab shares.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hallpass_types::{AccountId, Chance, Clock as _, Timestamp};

use crate::aws::body::BodyBudget;
use crate::aws::cloudtrail::Trail;
use crate::aws::sts::IssuerKeys;
use crate::clock::{LabClock, moved};
use crate::cluster::ClusterMemory;
use crate::events::EventLog;
use crate::faults::Faults;
use crate::github::GithubMemory;
use crate::identity::LabIdentity;
use crate::registry::Storage;
use crate::sessions::Sealer;
use crate::store::Store;

/// A running lab, behind its servers.
pub(crate) struct World {
    /// The lab's folder.
    pub(crate) folder: PathBuf,
    /// The first account, the region, the partition, the issuer.
    pub(crate) identity: Arc<LabIdentity>,
    /// All state.
    pub(crate) store: Arc<Store>,
    /// The registry's blobs and uploads.
    pub(crate) storage: Storage,
    /// Session credentials and registry logins.
    pub(crate) sealer: Sealer,
    /// Every call, with its decision.
    pub(crate) events: EventLog,
    /// Every call of the AWS services, as CloudTrail tells it.
    pub(crate) trail: Trail,
    /// Keys of the issuers that tokens name, as fetched over HTTPS.
    pub(crate) issuer_keys: IssuerKeys,
    /// The cluster's keys, and the tokens of its pods.
    pub(crate) cluster: ClusterMemory,
    /// GitHub's keys.
    pub(crate) github: GithubMemory,
    /// Faults that were asked for.
    pub(crate) faults: Arc<Faults>,
    /// Where the lab listens.
    pub(crate) doors: Doors,
    /// Bounds the memory that request bodies take.
    pub(crate) bodies: BodyBudget,
    /// The time.
    pub(crate) clock: Arc<LabClock>,
    /// Randomness.
    pub(crate) chance: Arc<dyn Chance>,
}

/// Where the lab listens, as its services tell their clients.
#[derive(Debug)]
pub(crate) struct Doors {
    /// The port of the AWS services.
    pub(crate) aws: SocketAddr,
    /// The port of the cluster's API.
    pub(crate) cluster: SocketAddr,
    /// The authority of the cluster's certificate, as PEM.
    pub(crate) authority_pem: String,
}

impl World {
    /// The lab's place in the world, as one of its accounts has it.
    pub(crate) fn identity_of(&self, account: AccountId) -> Arc<LabIdentity> {
        if account == self.identity.account {
            Arc::clone(&self.identity)
        } else {
            Arc::new(self.identity.of_account(account))
        }
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The present time as a service has it, whose clock may be off.
    pub(crate) fn now_of(&self, service: &str) -> Timestamp {
        moved(self.now(), self.faults.skew(service))
    }

    /// The time that a service holds signatures against: the machine's, which is the clients', unless
    /// the service's clock is off.
    pub(crate) fn signing_time(&self, service: &str) -> Timestamp {
        moved(self.clock.machine_now(), self.faults.skew(service))
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("folder", &self.folder)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
