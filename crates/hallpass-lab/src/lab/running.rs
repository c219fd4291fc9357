//! A running lab: its servers, and the end of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hallpass_types::{Chance, Clock};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Ports, bootstrap};
use crate::aws;
use crate::aws::body::BodyBudget;
use crate::aws::cloudtrail::Trail;
use crate::aws::sts::IssuerKeys;
use crate::captive::{self, Authority, Hosts, Routers};
use crate::clock::LabClock;
use crate::cluster::{self, ClusterMemory};
use crate::config::Config;
use crate::control;
use crate::description::Description;
use crate::error::LabError;
use crate::events::EventLog;
use crate::faults::{self, Faults};
use crate::files;
use crate::github::{self, GithubMemory};
use crate::identity::LabIdentity;
use crate::listen::{self, Peer};
use crate::registry;
use crate::sessions::Sealer;
use crate::store::Store;
use crate::world::{Doors, World};

/// A running lab.
#[derive(Debug)]
pub struct Lab {
    world: Arc<World>,
    description: Description,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

impl Lab {
    /// Starts a lab in the folder of `config`: the one that is there, or a fresh one.
    ///
    /// Needs a Tokio runtime with I/O and time.
    pub async fn start(
        config: &Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, LabError> {
        files::create_folder(&config.folder)?;
        let store = Arc::new(Store::open(&config.folder)?);
        let identity = bootstrap::identity(&store, config, &*chance).await?;
        let sealing_key = bootstrap::sealing_key(&store, &*chance).await?;
        let events = EventLog::open(&config.folder)?;
        let lab_clock = Arc::new(LabClock::open(&store, Arc::clone(&clock)));
        let faults = Arc::new(Faults::new(
            config.fault_seed,
            &config.faults,
            Arc::clone(&lab_clock),
            events.clone(),
        ));
        // Clients verify certificates, and go by the machine's clock.
        let authority = Arc::new(Authority::open(
            &config.folder,
            hosts(&identity, &store),
            clock,
            Arc::clone(&faults),
        )?);
        let roots = trusted(config, &authority)?;
        let ports = Ports::bind(&store, config.captive_port).await?;
        let issuer_keys = IssuerKeys::new(roots.clone())?;
        issuer_keys.route(&identity.issuer_host(), ports.cluster.address);
        issuer_keys.route(captive::GITHUB_ISSUER_HOST, ports.https.address);
        let storage = registry::Storage::open(&config.folder, &store)?;
        let world = Arc::new(World {
            folder: config.folder.clone(),
            identity: Arc::new(identity),
            store,
            storage,
            sealer: Sealer::new(&sealing_key)?,
            events,
            trail: Trail::open(&config.folder)?,
            issuer_keys,
            cluster: ClusterMemory::default(),
            github: GithubMemory::new(ports.github.address),
            faults,
            doors: Doors {
                aws: ports.aws.address,
                cluster: ports.cluster.address,
                authority_pem: authority.certificate_pem().to_owned(),
            },
            bodies: BodyBudget::default(),
            clock: lab_clock,
            chance,
        });
        world.cluster.trust(roots);
        bootstrap::account(&world).await?;
        aws::organizations::bring_up(&world).await?;
        cluster::bootstrap(&world, authority.certificate_pem()).await?;
        github::bootstrap(&world).await?;
        let administrator = world
            .identity
            .iam_arn(&format!("user/{}", bootstrap::ADMINISTRATOR));
        aws::eks::bootstrap(&world, &administrator).await?;
        let rotations = config.faults.iter().filter(|wish| wish.is_rotation());
        faults::put_in_force(&world, rotations.cloned().collect())
            .await
            .map_err(|reason| LabError::Key { reason })?;
        let description = describe(&world, &ports, &authority)?;
        let (stop, stopped) = watch::channel(false);
        let doors = (&authority, cluster::acceptor(&world, &authority)?);
        let servers = serve(&world, ports, doors, &description, &stop, &stopped);
        Ok(Self {
            world,
            description,
            stop,
            servers,
        })
    }

    /// Where the lab listens, and what its administrator signs with.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Account, region, partition, issuer.
    pub fn identity(&self) -> &LabIdentity {
        &self.world.identity
    }

    /// What the servers share.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Waits until somebody asks the lab to stop, by the control interface.
    pub async fn stopped(&self) {
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Stops the servers; requests in flight may end first.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.servers.join_next().await.is_some() {}
        Description::remove(&self.world.folder);
    }
}

/// The host names of the lab, those of accounts that are still to come included.
fn hosts(identity: &LabIdentity, store: &Arc<Store>) -> Hosts {
    let store = Arc::clone(store);
    let accounts = move || store.read(|state| state.accounts().map(|(id, _)| id).collect());
    Hosts::of(identity, Box::new(accounts))
}

/// The roots of the servers that the lab calls: its own, and that of its user.
fn trusted(
    config: &Config,
    authority: &Authority,
) -> Result<Vec<CertificateDer<'static>>, LabError> {
    let mut roots = vec![authority.certificate_der()];
    if let Some(path) = &config.trust_ca {
        roots.extend(read_certificates(path)?);
    }
    Ok(roots)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, LabError> {
    let fault = |reason: String| LabError::TrustCa {
        path: path.to_owned(),
        reason,
    };
    let pem = files::read(path)?.ok_or_else(|| fault("there is no such file".to_owned()))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fault(error.to_string()))?;
    if certificates.is_empty() {
        return Err(fault("it holds no PEM certificate".to_owned()));
    }
    for certificate in &certificates {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|error| fault(error.to_string()))?;
    }
    Ok(certificates)
}

fn describe(world: &World, ports: &Ports, authority: &Authority) -> Result<Description, LabError> {
    let kubeconfig: PathBuf = world.folder.join("kubeconfig");
    let text = cluster::kubeconfig(world, ports.cluster.address, authority.certificate_pem())?;
    files::write(&kubeconfig, text.as_bytes(), 0o600)?;
    let description = Description::new(world, ports, kubeconfig)?;
    description.write(&world.folder)?;
    Ok(description)
}

fn serve(
    world: &Arc<World>,
    ports: Ports,
    (authority, acceptor): (&Arc<Authority>, TlsAcceptor),
    description: &Description,
    stop: &watch::Sender<bool>,
    stopped: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let routers = Routers {
        aws: aws_router(world, description, stop),
        registry: faults::layer(registry::router(Arc::clone(world)), world, |_| "registry"),
        cluster: faults::layer(
            cluster::router(Arc::clone(world)),
            world,
            cluster::service_of_path,
        ),
        github: faults::layer(
            github::router(Arc::clone(world)),
            world,
            github::service_of_path,
        ),
    };
    let mut servers = JoinSet::new();
    servers.spawn(serve_plain(
        ports.aws.listener,
        routers.aws.clone(),
        stopped.clone(),
    ));
    servers.spawn(serve_plain(
        ports.registry.listener,
        routers.registry.clone(),
        stopped.clone(),
    ));
    servers.spawn(serve_plain(
        ports.github.listener,
        routers.github.clone(),
        stopped.clone(),
    ));
    servers.spawn(cluster::serve(
        ports.cluster.listener,
        acceptor,
        routers.cluster.clone(),
        stopped.clone(),
    ));
    servers.spawn(captive::serve_proxy(
        ports.proxy.listener,
        Arc::clone(authority),
        routers.clone(),
        stopped.clone(),
    ));
    servers.spawn(captive::serve_https(
        ports.https.listener,
        Arc::clone(authority),
        routers,
        stopped.clone(),
    ));
    servers.spawn(cluster::keep_tokens_fresh(
        Arc::clone(world),
        stopped.clone(),
    ));
    servers
}

fn aws_router(world: &Arc<World>, description: &Description, stop: &watch::Sender<bool>) -> Router {
    let handler_world = Arc::clone(world);
    let agent = Router::new()
        .route("/v1/credentials", get(aws::eks_auth::agent))
        .with_state(Arc::clone(world));
    let control = control::router(Arc::clone(world), description, stop.clone());
    control
        .merge(agent)
        .fallback(move |request: http::Request<axum::body::Body>| {
            aws::front::handle(Arc::clone(&handler_world), request)
        })
}

async fn serve_plain(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    let each = stop.clone();
    listen::accept(listener, stop, move |stream, address| {
        let peer = Peer {
            address,
            is_tls: false,
        };
        listen::serve(stream, peer, router.clone(), each.clone())
    })
    .await;
}
