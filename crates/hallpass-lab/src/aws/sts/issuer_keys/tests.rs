//! Fetching from an issuer on loopback that says what a test wants it to say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hallpass_oidc::{Algorithm, SigningKey, discovery_document, jwks_document};
use hallpass_types::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Signer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::cache::MAX_ISSUERS;
use super::{FetchError, IssuerKeys};

/// Has an issuer answer in some way.
type Arrange<'a> = Box<dyn Fn() + 'a>;

const HOST: &str = "issuer.example";

/// An issuer that answers with raw pages, and counts.
struct TestIssuer {
    url: String,
    address: SocketAddr,
    root: CertificateDer<'static>,
    pages: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<AtomicUsize>,
}

impl TestIssuer {
    async fn start() -> Self {
        let (root, acceptor) = certificates();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = Self {
            url: format!("https://{address}/id/a"),
            address,
            root,
            pages: Arc::default(),
            asked: Arc::default(),
        };
        let (pages, asked) = (Arc::clone(&issuer.pages), Arc::clone(&issuer.asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (pages, asked) = (Arc::clone(&pages), Arc::clone(&asked));
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        request.push(stream.read_u8().await.unwrap());
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    let request = String::from_utf8(request).unwrap();
                    let path = request.split(' ').nth(1).unwrap();
                    let page = pages.lock().unwrap().get(path).cloned();
                    let page = page.unwrap_or_else(|| b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec());
                    let _ = stream.write_all(&page).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        issuer
    }

    fn answer(&self, path: &str, head: &str, body: &[u8]) {
        let page = [head.as_bytes(), b"\r\n\r\n", body].concat();
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    fn publish(&self, keys: &[&SigningKey]) {
        self.publish_as(&self.url, &format!("{}/keys", self.url), keys);
    }

    fn publish_as(&self, issuer: &str, jwks_uri: &str, keys: &[&SigningKey]) {
        let discovery = discovery_document(issuer, jwks_uri, &Algorithm::ALL).to_string();
        let keys = jwks_document(keys).to_string();
        self.answer(DISCOVERY, "HTTP/1.1 200 OK", discovery.as_bytes());
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}", keys.len());
        self.answer(KEYS, &head, keys.as_bytes());
    }

    fn client(&self) -> IssuerKeys {
        IssuerKeys::new(vec![self.root.clone()]).unwrap()
    }

    /// How many documents were asked for since the last time.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

const DISCOVERY: &str = "/id/a/.well-known/openid-configuration";
const KEYS: &str = "/id/a/keys";

fn certificates() -> (CertificateDer<'static>, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let signer = Signer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1", HOST].map(str::to_owned);
    let leaf = CertificateParams::new(names.to_vec())
        .unwrap()
        .signed_by(&key, &signer)
        .unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .unwrap();
    (root.der().clone(), TlsAcceptor::from(Arc::new(config)))
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + second).unwrap()
}

async fn failure(client: &IssuerKeys, issuer: &str) -> String {
    match client.keys(issuer, Some("k"), at(0)).await {
        Ok(_) => "it could be fetched".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn fetches_once_and_keeps() {
    let (issuer, key) = (TestIssuer::start().await, key());
    issuer.publish(&[&key]);
    let client = issuer.client();
    for second in [0, 1, 899, -1] {
        let keys = client
            .keys(&issuer.url, Some(key.kid()), at(second))
            .await
            .unwrap();
        assert!(keys.has(key.kid()));
    }
    assert_eq!(issuer.asked(), 2);
    client
        .keys(&issuer.url, Some(key.kid()), at(900))
        .await
        .unwrap();
    assert_eq!(issuer.asked(), 2, "a quarter of an hour is over");
}

#[tokio::test]
async fn many_wait_for_one_fetch() {
    let (issuer, key) = (TestIssuer::start().await, key());
    issuer.publish(&[&key]);
    let client = Arc::new(issuer.client());
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (client, url, kid) = (
            Arc::clone(&client),
            issuer.url.clone(),
            key.kid().to_owned(),
        );
        // Half of them with a key that is not there: they take the outcome, too.
        let kid = if n % 2 == 0 { kid } else { "absent".to_owned() };
        waiting.spawn(async move { client.keys(&url, Some(&kid), at(0)).await.is_ok() });
    }
    assert!(waiting.join_all().await.into_iter().all(|is_ok| is_ok));
    assert!(issuer.asked() <= 4);
}

#[tokio::test]
async fn a_rotation_is_seen_at_once_and_a_flood_is_not_passed_on() {
    let (issuer, first, second) = (TestIssuer::start().await, key(), key());
    issuer.publish(&[&first]);
    let client = issuer.client();
    client
        .keys(&issuer.url, Some(first.kid()), at(0))
        .await
        .unwrap();
    issuer.publish(&[&second]);
    let keys = client
        .keys(&issuer.url, Some(second.kid()), at(0))
        .await
        .unwrap();
    assert!(keys.has(second.kid()) && !keys.has(first.kid()));
    issuer.asked();
    for n in 0..100 {
        let unknown = format!("flood-{n}");
        let keys = client
            .keys(&issuer.url, Some(&unknown), at(0))
            .await
            .unwrap();
        assert!(keys.has(second.kid()));
    }
    assert_eq!(issuer.asked(), 2 * 8, "two of ten were spent above");
    issuer.publish(&[&first]);
    let keys = client
        .keys(&issuer.url, Some(first.kid()), at(1))
        .await
        .unwrap();
    assert!(keys.has(first.kid()), "one second later");
}

#[tokio::test]
async fn what_is_kept_survives_a_failure() {
    let (issuer, key) = (TestIssuer::start().await, key());
    issuer.publish(&[&key]);
    let client = issuer.client();
    client
        .keys(&issuer.url, Some(key.kid()), at(0))
        .await
        .unwrap();
    issuer.answer(KEYS, "HTTP/1.1 500 Internal Server Error", b"");
    let error = client
        .keys(&issuer.url, Some("absent"), at(1))
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Unusable { .. }), "{error}");
    assert!(
        client
            .keys(&issuer.url, Some(key.kid()), at(2))
            .await
            .is_ok()
    );
    assert!(
        client
            .keys(&issuer.url, Some(key.kid()), at(901))
            .await
            .is_err()
    );
    issuer.publish(&[&key]);
    assert!(
        client
            .keys(&issuer.url, Some(key.kid()), at(901))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_routed_host_leads_to_the_lab() {
    let (issuer, key) = (TestIssuer::start().await, key());
    let url = format!("https://{HOST}/id/a");
    issuer.publish_as(&url, &format!("{url}/keys"), &[&key]);
    let client = issuer.client();
    assert!(failure(&client, &url).await.contains("loopback only"));
    client.route(HOST, issuer.address);
    assert!(client.keys(&url, Some(key.kid()), at(0)).await.is_ok());
}

#[tokio::test]
async fn says_what_is_wrong_with_an_answer() {
    let (issuer, key) = (TestIssuer::start().await, key());
    let ok = "HTTP/1.1 200 OK";
    let large = vec![b' '; 256 * 1024 + 1];
    let elsewhere = format!("https://{}/id/b", issuer.address);
    let cases: [(&str, Arrange<'_>); 9] = [
        (
            "status is 404",
            Box::new(|| issuer.answer(DISCOVERY, "HTTP/1.1 404 Not Found", b"")),
        ),
        (
            "status is 503",
            Box::new(|| issuer.answer(DISCOVERY, "HTTP/1.1 503 Busy", b"")),
        ),
        (
            "status is 302",
            Box::new(|| {
                issuer.answer(DISCOVERY, "HTTP/1.1 302 Found\r\nLocation: /id/a/keys", b"");
            }),
        ),
        (
            "not JSON",
            Box::new(|| issuer.answer(DISCOVERY, ok, b"<html>")),
        ),
        (
            "longer than",
            Box::new(|| issuer.answer(DISCOVERY, ok, &large)),
        ),
        (
            "says that its issuer is",
            Box::new(|| issuer.publish_as(&elsewhere, &issuer.url, &[&key])),
        ),
        (
            "loopback only",
            Box::new(|| issuer.publish_as(&issuer.url, "https://keys.example/", &[&key])),
        ),
        (
            "must begin with `https://`",
            Box::new(|| issuer.publish_as(&issuer.url, "http://127.0.0.1/keys", &[&key])),
        ),
        (
            "not JSON",
            Box::new(|| {
                issuer.publish(&[&key]);
                issuer.answer(KEYS, ok, b"<html>not keys</html>");
            }),
        ),
    ];
    for (says, arrange) in cases {
        arrange();
        let told = failure(&issuer.client(), &issuer.url).await;
        assert!(told.contains(says), "{says}: {told}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_a_stranger_untrusted() {
    let (issuer, key) = (TestIssuer::start().await, key());
    issuer.publish(&[&key]);
    let client = TestIssuer::start().await.client();
    let error = client
        .keys(&issuer.url, Some(key.kid()), at(0))
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Untrusted { .. }), "{error}");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/id/a", closed.local_addr().unwrap());
    drop(closed);
    let error = client.keys(&url, Some("k"), at(0)).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/id/a", silent.local_addr().unwrap());
    let mut client = IssuerKeys::new(vec![certificates().0]).unwrap();
    assert_eq!(client.fetcher.patience.as_secs(), 5);
    client.fetcher.patience = Duration::from_millis(20);
    assert!(
        failure(&client, &url)
            .await
            .contains("no answer within 20ms")
    );
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let client = IssuerKeys::new(Vec::new()).unwrap();
    for n in 0..1100 {
        assert!(
            client
                .keys(&format!("https://i{n}.example"), None, at(0))
                .await
                .is_err()
        );
    }
    assert_eq!(client.slots.read().unwrap().len(), MAX_ISSUERS);
}
