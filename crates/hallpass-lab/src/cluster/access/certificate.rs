//! Client certificates: the authority that signs them, and the user that one names.
//!
//! The authority is kept in `cluster/client-ca/` of the lab's folder, apart from the one that signs
//! what servers show. Source: Kubernetes documentation, "Authenticating" (X.509 client certificates).

use std::path::Path;
use std::sync::Arc;

use hallpass_types::{Clock, Secret, Timestamp};
use jiff::SignedDuration;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::caller::Caller;
use crate::captive::{Authority, kept_authority, set_validity};
use crate::error::LabError;
use crate::files;

/// The user of a connection's certificate, put into each of its requests' extensions.
#[derive(Clone, Debug)]
pub(in super::super) struct CertificateUser(pub(in super::super) Caller);

impl CertificateUser {
    /// The user that a verified certificate names: its common name, of the groups that its
    /// organisations are.
    pub(in super::super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let subject = certificate.subject();
        let name = subject.iter_common_name().next()?.as_str().ok()?;
        let groups: Vec<&str> = subject
            .iter_organization()
            .filter_map(|group| group.as_str().ok())
            .collect();
        (!name.is_empty()).then(|| Self(Caller::authenticated(name, &groups)))
    }
}

/// The authority of client certificates.
pub(in super::super) struct ClientAuthority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    clock: Arc<dyn Clock>,
}

impl ClientAuthority {
    /// Opens the authority of the lab in `folder`; makes one where there is none.
    pub(in super::super) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, LabError> {
        let folder = folder.join("cluster").join("client-ca");
        files::create_folder(&folder)?;
        let (pem, key, parameters) = kept_authority(&folder, clock.now())?;
        let certificate =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| unusable(&error))?;
        Ok(Self {
            certificate,
            issuer: Issuer::new(parameters, key),
            clock,
        })
    }

    /// A certificate for a user, and its key, both as PEM.
    pub(in super::super) fn sign(
        &self,
        user: &str,
        groups: &[&str],
    ) -> Result<(String, Secret<String>), LabError> {
        let fault = |error: rcgen::Error| unusable(&error);
        let key = KeyPair::generate().map_err(fault)?;
        let mut parameters = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, user);
        for group in groups {
            name.push(DnType::OrganizationName, *group);
        }
        parameters.distinguished_name = name;
        let now: Timestamp = self.clock.now();
        set_validity(&mut parameters, now - DAY, now + VALIDITY);
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(fault)?;
        Ok((certificate.pem(), Secret::new(key.serialize_pem())))
    }

    /// TLS as `authority` serves it, that also asks the client for a certificate, and takes none
    /// that this authority has not signed.
    pub(in super::super) fn server_config(
        &self,
        authority: &Authority,
    ) -> Result<ServerConfig, LabError> {
        let fault = |error: rustls::Error| unusable(&error);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(fault)?;
        let verifier: Arc<dyn ClientCertVerifier> =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()
                .map_err(|error| unusable(&error))?;
        let known = authority.server_config();
        let time: Arc<dyn TimeProvider> = Arc::new(LabTime(Arc::clone(&self.clock)));
        let mut config = ServerConfig::builder_with_details(provider, time)
            .with_safe_default_protocol_versions()
            .map_err(fault)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&known.cert_resolver));
        config.alpn_protocols.clone_from(&known.alpn_protocols);
        Ok(config)
    }
}

impl std::fmt::Debug for ClientAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientAuthority").finish_non_exhaustive()
    }
}

/// The lab's clock, as the TLS library asks for the time.
struct LabTime(Arc<dyn Clock>);

impl std::fmt::Debug for LabTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabTime").finish_non_exhaustive()
    }
}

impl TimeProvider for LabTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.now().as_second().try_into().ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}

fn unusable(error: &dyn std::fmt::Display) -> LabError {
    LabError::Key {
        reason: format!("the cluster's authority of client certificates cannot be used: {error}"),
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
// A certificate is made at each start of the lab, so a year outlives any.
const VALIDITY: SignedDuration = SignedDuration::from_hours(365 * 24);
