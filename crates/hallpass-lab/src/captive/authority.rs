//! The lab's own certificate authority, which signs what captive mode and the cluster's API serve.
//!
//! Kept in `ca/` of the lab's folder, so that what trusted it goes on trusting it after a restart.
//! Certificates are such that strict clients take them: RFC 5280, sections 4.2.1.1 to 4.2.1.12
//! (key identifiers, usages, names), and CA/Browser Forum Baseline Requirements, section 6.3.2
//! (at most 398 days).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hallpass_types::{Clock, Timestamp};
use jiff::SignedDuration;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

use super::hosts::Hosts;
use super::leaves::Leaves;
use crate::error::LabError;
use crate::faults::Faults;
use crate::files;

/// The authority.
#[derive(Debug)]
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    hosts: Arc<Hosts>,
    server_config: Arc<ServerConfig>,
}

impl Authority {
    /// Opens the authority of the lab in `folder`; makes one where there is none.
    pub(crate) fn open(
        folder: &Path,
        hosts: Hosts,
        clock: Arc<dyn Clock>,
        faults: Arc<Faults>,
    ) -> Result<Self, LabError> {
        let folder = folder.join("ca");
        files::create_folder(&folder)?;
        let (pem, key, _) = kept_authority(&folder, clock.now())?;
        let path = folder.join(CERTIFICATE);
        let certificate =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| fault(&path, &error))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let signer = Signer::new(key, Arc::clone(&provider));
        check(&certificate, &signer, clock.now()).map_err(|error| fault(&path, &*error))?;
        let hosts = Arc::new(hosts);
        let leaves = Leaves::new(signer, Arc::clone(&hosts), clock, faults);
        let server_config =
            server_config(provider, leaves).map_err(|error| fault(&path, &error))?;
        Ok(Self {
            certificate,
            pem,
            hosts,
            server_config: Arc::new(server_config),
        })
    }

    /// The authority's certificate.
    pub(crate) fn certificate_der(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// The authority's certificate, as PEM.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The hosts that it signs for.
    pub(super) fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// TLS under the names of the lab's hosts, and under those of loopback.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server_config)
    }
}

/// The authority's key at work.
pub(super) struct Signer {
    issuer: Issuer<'static, KeyPair>,
    provider: Arc<CryptoProvider>,
}

impl Signer {
    fn new(key: KeyPair, provider: Arc<CryptoProvider>) -> Self {
        // Only the name and the key's identifier are of use here, not the times.
        let parameters = authority_parameters(&key);
        Self {
            issuer: Issuer::new(parameters, key),
            provider,
        }
    }

    /// Signs a certificate of `names` for a fresh key, valid from `from` until `until`.
    pub(super) fn sign(
        &self,
        names: Vec<String>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<CertifiedKey, SignError> {
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::new(names)?;
        parameters.distinguished_name = common_name("hallpass lab");
        set_validity(&mut parameters, from, until);
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = self.provider.key_provider.load_private_key(key)?;
        Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    /// By the maker of certificates.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    /// By the TLS library.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

fn server_config(
    provider: Arc<CryptoProvider>,
    leaves: Leaves,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(leaves));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The authority that is kept in `folder`, made where there is none: its certificate, its key, and
/// the parameters that it signs with.
pub(crate) fn kept_authority(
    folder: &Path,
    now: Timestamp,
) -> Result<(String, KeyPair, CertificateParams), LabError> {
    let (pem, key) = match read(folder)? {
        Some(kept) => kept,
        None => make(folder, now)?,
    };
    let parameters = authority_parameters(&key);
    Ok((pem, key, parameters))
}

/// Reads what is kept; nothing where the certificate was never written, and so never trusted.
fn read(folder: &Path) -> Result<Option<(String, KeyPair)>, LabError> {
    let path = folder.join(CERTIFICATE);
    let Some(certificate) = files::read(&path)? else {
        return Ok(None);
    };
    let pem = String::from_utf8(certificate).map_err(|error| fault(&path, &error))?;
    let path = folder.join(KEY);
    let key = files::read(&path)?.ok_or_else(|| LabError::CertificateAuthority {
        path: path.clone(),
        reason: "there is no such file".to_owned(),
    })?;
    let key = String::from_utf8(key).map_err(|error| fault(&path, &error))?;
    let key = KeyPair::from_pem(&key).map_err(|error| fault(&path, &error))?;
    Ok(Some((pem, key)))
}

fn make(folder: &Path, now: Timestamp) -> Result<(String, KeyPair), LabError> {
    let path = folder.join(KEY);
    let key = KeyPair::generate().map_err(|error| fault(&path, &error))?;
    let mut parameters = authority_parameters(&key);
    // A client's clock may be a little behind.
    set_validity(&mut parameters, now - DAY, now + TEN_YEARS);
    let certificate = parameters
        .self_signed(&key)
        .map_err(|error| fault(&path, &error))?;
    let pem = certificate.pem();
    // The certificate last: where it is, its key is.
    files::write(&path, key.serialize_pem().as_bytes(), 0o600)?;
    files::write(&folder.join(CERTIFICATE), pem.as_bytes(), 0o600)?;
    Ok((pem, key))
}

/// Signs a certificate and has it verified as a client would: shows that the kept certificate and
/// the kept key belong together.
fn check(
    certificate: &CertificateDer<'static>,
    signer: &Signer,
    now: Timestamp,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&signer.provider))
            .build()?;
    let leaf = signer.sign(vec!["localhost".to_owned()], now, now + DAY)?;
    let time = UnixTime::since_unix_epoch(since_epoch(now));
    verifier.verify_server_cert(
        leaf.end_entity_cert()?,
        &[],
        &ServerName::try_from("localhost")?,
        &[],
        time,
    )?;
    Ok(())
}

/// The parameters follow from the key, so that a reopened authority signs under the same name.
fn authority_parameters(key: &KeyPair) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    let identifier = parameters.key_identifier(key);
    let number: String = hex::encode(identifier).chars().take(8).collect();
    parameters.distinguished_name = common_name(&format!("hallpass lab CA {number}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

/// Sets from when until when a certificate holds.
pub(crate) fn set_validity(parameters: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let epoch = date_time_ymd(1970, 1, 1);
    parameters.not_before = epoch + since_epoch(from);
    parameters.not_after = epoch + since_epoch(until);
}

fn since_epoch(time: Timestamp) -> Duration {
    Duration::from_secs(time.as_second().try_into().unwrap_or_default())
}

fn fault(path: &Path, error: &dyn std::error::Error) -> LabError {
    LabError::CertificateAuthority {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
const TEN_YEARS: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
