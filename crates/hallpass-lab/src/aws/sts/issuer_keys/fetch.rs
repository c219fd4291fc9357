//! Fetching an issuer's two documents: over TLS, from loopback, bounded in time and size.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hallpass_oidc::{Discovery, KeySet};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::{Routes, Target};
use super::error::FetchError;
use crate::error::LabError;

/// Fetches documents of issuers.
pub(super) struct Fetcher {
    routes: Routes,
    connector: TlsConnector,
    /// How long both documents together may take.
    pub(super) patience: Duration,
}

impl Fetcher {
    /// Trusts certificates under these roots, and no others.
    pub(super) fn new(
        roots: Vec<CertificateDer<'static>>,
        routes: Routes,
    ) -> Result<Self, LabError> {
        let fault = |error: rustls::Error| LabError::Key {
            reason: format!("a certificate to be trusted is refused: {error}"),
        };
        let mut trusted = RootCertStore::empty();
        for root in roots {
            trusted.add(root).map_err(fault)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(fault)?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        // A resumed session shows no certificate, and so could not show that it has expired.
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            routes,
            connector: TlsConnector::from(Arc::new(config)),
            patience: PATIENCE,
        })
    }

    /// Host names that lead to addresses of the lab.
    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    /// The keys that an issuer publishes.
    pub(super) async fn fetch(&self, issuer: &str) -> Result<KeySet, FetchError> {
        tokio::time::timeout(self.patience, self.fetch_patiently(issuer))
            .await
            .unwrap_or_else(|_| {
                Err(FetchError::Unreachable {
                    url: issuer.to_owned(),
                    reason: format!("no answer within {:?}", self.patience),
                })
            })
    }

    async fn fetch_patiently(&self, issuer: &str) -> Result<KeySet, FetchError> {
        // OpenID Connect Discovery 1.0 section 4.1: a slash at the end is removed first.
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let discovery = Discovery::parse(&self.get(&url).await?, issuer)
            .map_err(|error| unusable(&url, &error))?;
        let url = discovery.jwks_uri;
        KeySet::parse(&self.get(&url).await?).map_err(|error| unusable(&url, &error))
    }

    async fn get(&self, url: &str) -> Result<Bytes, FetchError> {
        let unreachable = |reason: String| FetchError::Unreachable {
            url: url.to_owned(),
            reason,
        };
        let target = self.routes.target(url).map_err(unreachable)?;
        let stream = connect(&target)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        let stream = self
            .connector
            .connect(target.server.clone(), stream)
            .await
            .map_err(|error| refused_by_tls(url, &error))?;
        let (status, body) = exchange(stream, &target)
            .await
            .map_err(|error| match error {
                ExchangeError::Broken(error) => unreachable(error.to_string()),
                ExchangeError::TooLarge => {
                    unusable(url, &format!("the answer is longer than {MAX_BYTES} bytes"))
                }
            })?;
        // Redirects are not followed: they would lead away from what was registered.
        if status != StatusCode::OK {
            return Err(unusable(
                url,
                &format!("the answer's status is {status}, not 200"),
            ));
        }
        Ok(body)
    }
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher")
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

async fn connect(target: &Target) -> std::io::Result<TcpStream> {
    let mut refusal = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in &target.addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Why there is no whole answer.
enum ExchangeError {
    Broken(Box<dyn std::error::Error + Send + Sync>),
    TooLarge,
}

impl From<hyper::Error> for ExchangeError {
    fn from(error: hyper::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// One request and its whole answer.
async fn exchange(
    stream: TlsStream<TcpStream>,
    target: &Target,
) -> Result<(StatusCode, Bytes), ExchangeError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEADER_BYTES)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await?;
    let request = Request::get(target.path.as_str())
        .header(header::HOST, target.authority.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .body(Empty::new())
        .map_err(|error| ExchangeError::Broken(error.into()))?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BYTES)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    ExchangeError::TooLarge
                } else {
                    ExchangeError::Broken(error)
                }
            })?;
        Ok((status, body.to_bytes()))
    };
    tokio::pin!(answer, connection);
    // The connection moves the bytes; when it ends first, what it left is still to be read.
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
    }
}

fn refused_by_tls(url: &str, error: &std::io::Error) -> FetchError {
    let certificate = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .filter(|inner| matches!(inner, rustls::Error::InvalidCertificate(_)));
    let (url, reason) = (url.to_owned(), error.to_string());
    match certificate {
        Some(_) => FetchError::Untrusted { url, reason },
        None => FetchError::Unreachable { url, reason },
    }
}

fn unusable(url: &str, reason: &(impl std::fmt::Display + ?Sized)) -> FetchError {
    FetchError::Unusable {
        url: url.to_owned(),
        reason: reason.to_string(),
    }
}

/// For both documents together. AWS knowledge center, `InvalidIdentityToken`: answers that take more
/// than five seconds are a cause of it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Many times the size of the largest key sets that are published.
const MAX_BYTES: usize = 256 * 1024;
/// Headers of an answer; servers of today stay below 16 KiB.
const MAX_HEADER_BYTES: usize = 64 * 1024;
