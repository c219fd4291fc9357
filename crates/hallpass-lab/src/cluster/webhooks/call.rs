//! Calling a webhook: over TLS, on loopback, bounded in time and size.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig as TlsConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::super::objects;
use super::configuration::{ClientConfig, Service, Webhook};
use crate::aws::sts::{Routes, Target};
use crate::world::World;

/// Asks the webhook; the error says in words why there is no answer.
pub(super) async fn ask(
    world: &World,
    webhook: &Webhook,
    question: &Value,
) -> Result<Bytes, String> {
    let patience = webhook.patience();
    let url = url(&webhook.client_config);
    let shown = format!("{url}?timeout={}s", patience.as_secs());
    let asked = tokio::time::timeout(
        patience,
        post(world, &webhook.client_config, &shown, question),
    );
    match asked.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(format!("failed to call webhook: Post \"{shown}\": {why}")),
        Err(_) => Err(format!(
            "failed to call webhook: Post \"{shown}\": context deadline exceeded"
        )),
    }
}

fn url(config: &ClientConfig) -> String {
    match (&config.url, &config.service) {
        (Some(url), _) => url.clone(),
        (
            None,
            Some(Service {
                namespace,
                name,
                path,
                port,
            }),
        ) => {
            let port = port.unwrap_or(443);
            format!(
                "https://{name}.{namespace}.svc:{port}/{}",
                path.trim_start_matches('/')
            )
        }
        (None, None) => String::new(),
    }
}

async fn post(
    world: &World,
    config: &ClientConfig,
    url: &str,
    question: &Value,
) -> Result<Bytes, String> {
    if let Some(service) = &config.service {
        return Err(unreachable_service(world, service));
    }
    let target = Routes::default().target(url)?;
    let connector = connector(world, &config.ca_bundle)?;
    let stream = connect(&target).await.map_err(|error| error.to_string())?;
    let stream = connector
        .connect(target.server.clone(), stream)
        .await
        .map_err(|error| format!("tls: failed to verify certificate: {error}"))?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEADER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let request = Request::post(target.path.as_str())
        .header(header::HOST, target.authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(question.to_string())))
        .map_err(|error| error.to_string())?;
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BYTES)
            .collect()
            .await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                format!("the answer is longer than {MAX_BYTES} bytes")
            } else {
                error.to_string()
            }
        })?;
        if status == StatusCode::OK {
            Ok(body.to_bytes())
        } else {
            Err(format!(
                "the server answered with status {}",
                status.as_u16()
            ))
        }
    };
    tokio::pin!(answer, connection);
    // The connection moves the bytes; when it ends first, what it left is still to be read.
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
    }
}

/// The lab runs no pods that could stand behind a service.
fn unreachable_service(world: &World, service: &Service) -> String {
    let Service {
        namespace, name, ..
    } = service;
    let is_there = world
        .store
        .read(|state| objects::get(state, "", "services", namespace, name).is_some());
    if is_there {
        format!("no endpoints available for service \"{name}\"")
    } else {
        format!("service \"{name}\" not found")
    }
}

/// TLS that trusts the configuration's own roots, or else those that the lab trusts.
fn connector(world: &World, bundle: &str) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    if bundle.is_empty() {
        for root in world.cluster.trusted() {
            roots.add(root.clone()).map_err(|error| error.to_string())?;
        }
    } else {
        let pem = STANDARD
            .decode(bundle)
            .map_err(|error| format!("caBundle is no base64: {error}"))?;
        for root in CertificateDer::pem_slice_iter(&pem) {
            let root = root.map_err(|error| format!("caBundle is no PEM: {error}"))?;
            roots.add(root).map_err(|error| error.to_string())?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = TlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn connect(target: &Target) -> std::io::Result<TcpStream> {
    let mut refusal = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in &target.addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                refusal = std::io::Error::new(error.kind(), format!("dial tcp {address}: {error}"));
            }
        }
    }
    Err(refusal)
}

// As much as a request may have: a patch may bring a whole object.
const MAX_BYTES: usize = 3 << 20;
const MAX_HEADER_BYTES: usize = 64 << 10;
