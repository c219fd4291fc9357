//! The two doors over real sockets, by a client that trusts the lab's authority and nothing else.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use hallpass_types::Clock;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Authority, Routers, serve_https, serve_proxy};
use crate::captive::Hosts;
use crate::clock::LabClock;
use crate::error::LabError;
use crate::events::EventLog;
use crate::faults::Faults;
use crate::identity::LabIdentity;
use crate::listen::{self, Peer};

#[tokio::test]
async fn the_proxy_leads_each_host_to_what_stands_behind_it() {
    let doors = Doors::open();
    for (host, answered) in [
        (STS, "aws"),
        ("iam.amazonaws.com", "aws"),
        ("api.ecr.us-west-2.amazonaws.com", "aws"),
        (REGISTRY, "registry"),
        ("oidc.eks.us-west-2.amazonaws.com", "cluster"),
    ] {
        let tunnel = doors.tunnel(host).await;
        let mut tls = doors.tls(tunnel, host).await.unwrap();
        let answer = get(&mut tls, host).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.ends_with(&format!("{answered} tls=true")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_proxy_forwards_nothing() {
    let doors = Doors::open();
    for line in [
        "CONNECT example.com:443",
        "CONNECT 169.254.169.254:443",
        "CONNECT sts.us-west-2.amazonaws.com.example.com:443",
        "CONNECT sts.us-west-2.amazonaws.com:80",
        "CONNECT sts.us-west-2.amazonaws.com:4430",
        "CONNECT user@sts.us-west-2.amazonaws.com:443",
        "CONNECT sts.us-west-2.amazonaws.com@example.com:443",
        "GET http://sts.us-west-2.amazonaws.com/",
        "GET https://sts.us-west-2.amazonaws.com:443/",
        "POST /",
        "OPTIONS *",
    ] {
        let mut stream = TcpStream::connect(doors.proxy).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(&mut stream, &request).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 Forbidden\r\n"),
            "{line}: {answer}"
        );
        assert!(
            answer.contains("\r\n\r\nthe hallpass lab forwards nothing"),
            "{answer}"
        );
        assert!(
            answer.contains("  sts.us-west-2.amazonaws.com\n"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_request_that_names_another_host_than_the_handshake_is_misdirected() {
    let doors = Doors::open();
    for host in [REGISTRY, "example.com", "localhost", ""] {
        let stream = TcpStream::connect(doors.https).await.unwrap();
        let mut tls = doors.tls(stream, STS).await.unwrap();
        let answer = get(&mut tls, host).await;
        assert!(
            answer.starts_with("HTTP/1.1 421 Misdirected Request\r\n"),
            "{host}: {answer}"
        );
    }
    let stream = TcpStream::connect(doors.https).await.unwrap();
    let mut tls = doors.tls(stream, STS).await.unwrap();
    let answer = get(&mut tls, "STS.us-west-2.amazonaws.com.:443").await;
    assert!(answer.ends_with("aws tls=true"), "{answer}");
    let smuggled =
        format!("GET https://{REGISTRY}/ HTTP/1.1\r\nHost: {STS}\r\nConnection: close\r\n\r\n");
    let stream = TcpStream::connect(doors.https).await.unwrap();
    let mut tls = doors.tls(stream, STS).await.unwrap();
    let answer = exchange(&mut tls, &smuggled).await;
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_names_no_host_in_the_handshake_is_led_by_its_request() {
    let doors = Doors::open();
    for (host, answered) in [(STS, "aws"), (REGISTRY, "registry")] {
        let stream = TcpStream::connect(doors.https).await.unwrap();
        let mut tls = doors.tls(stream, "127.0.0.1").await.unwrap();
        let answer = get(&mut tls, host).await;
        assert!(
            answer.ends_with(&format!("{answered} tls=true")),
            "{answer}"
        );
    }
    let tunnel = doors.tunnel(STS).await;
    let mut tls = doors.tls(tunnel, "127.0.0.1").await.unwrap();
    let answer = get(&mut tls, REGISTRY).await;
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
}

#[tokio::test]
async fn there_are_certificates_for_the_labs_hosts_and_loopback_only() {
    let doors = Doors::open();
    for name in [STS, REGISTRY, "localhost", "127.0.0.1", "::1"] {
        let stream = TcpStream::connect(doors.https).await.unwrap();
        assert!(doors.tls(stream, name).await.is_ok(), "{name}");
    }
    for name in [
        "example.com",
        "amazonaws.com",
        "sts.us-west-2.amazonaws.com.example.com",
        "192.0.2.1",
    ] {
        let stream = TcpStream::connect(doors.https).await.unwrap();
        assert!(doors.tls(stream, name).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_made_anew() {
    let doors = Doors::open();
    let mut seen = Vec::new();
    for days in [0, 59, 61, -1] {
        doors.clock.advance(days * 86_400);
        let stream = TcpStream::connect(doors.https).await.unwrap();
        let tls = doors.tls(stream, STS).await.unwrap();
        let (_, connection) = tls.get_ref();
        seen.push(connection.peer_certificates().unwrap()[0].to_vec());
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[1], seen[2]);
    assert_ne!(seen[2], seen[3]);
}

#[test]
fn the_authority_is_private_and_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = authority(folder.path()).unwrap();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(folder.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(
        (mode("ca"), mode("ca/ca.key"), mode("ca/ca.pem")),
        (0o700, 0o600, 0o600)
    );
    let again = authority(folder.path()).unwrap();
    assert_eq!(first.certificate_pem(), again.certificate_pem());
}

#[test]
fn an_authority_that_does_not_hold_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    authority(other.path()).unwrap();
    let file = |folder: &tempfile::TempDir, name: &str| folder.path().join("ca").join(name);
    let foreign_key = std::fs::read(file(&other, "ca.key")).unwrap();
    for (blamed, name, content) in [
        ("ca.key", "ca.key", None),
        ("ca.key", "ca.key", Some(b"x".as_slice())),
        ("ca.pem", "ca.pem", Some(b"x")),
        ("ca.pem", "ca.pem", Some(b"\xff")),
        ("ca.pem", "ca.key", Some(&foreign_key)),
    ] {
        let _ = std::fs::remove_dir_all(folder.path().join("ca"));
        authority(folder.path()).unwrap();
        match content {
            Some(content) => std::fs::write(file(&folder, name), content).unwrap(),
            None => std::fs::remove_file(file(&folder, name)).unwrap(),
        }
        let error = authority(folder.path()).unwrap_err();
        let LabError::CertificateAuthority { path, reason } = error else {
            panic!("{error}");
        };
        assert_eq!(path, file(&folder, blamed), "{reason}");
        assert!(!reason.is_empty());
    }
    // A crash between the two files: nobody has trusted it yet.
    std::fs::remove_file(file(&folder, "ca.pem")).unwrap();
    authority(folder.path()).unwrap();
}

const STS: &str = "sts.us-west-2.amazonaws.com";
const REGISTRY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
const NOW: i64 = 1_800_000_000;

fn authority(folder: &Path) -> Result<Authority, LabError> {
    let clock: Arc<dyn Clock> = Arc::new(hallpass_testkit::TestClock::at(NOW));
    let faults = no_faults(&clock);
    Authority::open(folder, hosts(), clock, faults)
}

fn no_faults(clock: &Arc<dyn Clock>) -> Arc<Faults> {
    let clock = Arc::new(LabClock::unturned(Arc::clone(clock)));
    Arc::new(Faults::new(0, &[], clock, EventLog::nowhere()))
}

fn hosts() -> Hosts {
    Hosts::of(&identity(), Box::new(Vec::new))
}

fn identity() -> LabIdentity {
    LabIdentity {
        account: "111122223333".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
        partition: "aws".parse().unwrap(),
        issuer_id: "0123456789ABCDEF0123456789ABCDEF".to_owned(),
    }
}

/// Both doors, open.
struct Doors {
    proxy: SocketAddr,
    https: SocketAddr,
    clock: Arc<hallpass_testkit::TestClock>,
    client: TlsConnector,
    _folder: tempfile::TempDir,
    _stop: watch::Sender<bool>,
}

impl Doors {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(hallpass_testkit::TestClock::at(NOW));
        let shared: Arc<dyn Clock> = clock.clone();
        let faults = no_faults(&shared);
        let authority = Authority::open(folder.path(), hosts(), shared, faults).unwrap();
        let authority = Arc::new(authority);
        let routers = Routers {
            aws: told("aws"),
            registry: told("registry"),
            cluster: told("cluster"),
            github: told("github"),
        };
        let (stop, stopped) = watch::channel(false);
        let (listener, proxy) = listen::bind(0).unwrap();
        tokio::spawn(serve_proxy(
            listener,
            authority.clone(),
            routers.clone(),
            stopped.clone(),
        ));
        let (listener, https) = listen::bind(0).unwrap();
        tokio::spawn(serve_https(listener, authority.clone(), routers, stopped));
        let client = client(&authority, clock.clone());
        Self {
            proxy,
            https,
            clock,
            client,
            _folder: folder,
            _stop: stop,
        }
    }

    async fn tunnel(&self, host: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.proxy).await.unwrap();
        let request = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
        stream
    }

    async fn tls(&self, stream: TcpStream, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        self.client.connect(name, stream).await
    }
}

/// A client at the time of `clock` that trusts the authority alone.
fn client(authority: &Authority, clock: Arc<hallpass_testkit::TestClock>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_details(provider, Arc::new(ClientTime(clock)))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[derive(Debug)]
struct ClientTime(Arc<hallpass_testkit::TestClock>);

impl rustls::time_provider::TimeProvider for ClientTime {
    fn current_time(&self) -> Option<rustls_pki_types::UnixTime> {
        let seconds = self.0.now().as_second().try_into().ok()?;
        Some(rustls_pki_types::UnixTime::since_unix_epoch(
            std::time::Duration::from_secs(seconds),
        ))
    }
}

/// A router that tells its name, and whether its peer came by TLS.
fn told(name: &'static str) -> Router {
    Router::new().fallback(move |request: Request| async move {
        let peer = request.extensions().get::<Peer>().copied().unwrap();
        format!("{name} tls={}", peer.is_tls)
    })
}

async fn get(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), host: &str) -> String {
    exchange(
        stream,
        &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    )
    .await
}

async fn exchange(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
