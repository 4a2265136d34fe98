//! Whom a fetch of keys believes: the system's authorities, and what a config adds or takes away.

use crate::tls::add_system;
use sha2::{Digest, Sha256};
use std::{io, path::PathBuf, sync::Arc};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature,
        verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

/// By default: the system's authorities, nothing else asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Trust {
    /// PEM, beside the system's.
    pub ca: Option<PathBuf>,
    /// One of these must be the server's own, or of an authority in the chain that vouches for it.
    pub fingerprints: Vec<[u8; 32]>,
    /// Of TLS 1.2, as IANA names them. Empty: all that rustls has.
    pub cipher_suites: Vec<&'static str>,
    /// No certificate is checked.
    pub insecure: bool,
}

/// Why there is no such trust.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadTrust {
    #[error("cannot read the certificates in `{0}`: {1}")]
    Ca(PathBuf, #[source] io::Error),
    #[error("there is no certificate in `{0}`")]
    NoCa(PathBuf),
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

impl Trust {
    /// None: as upstreams are believed. Reads files, so it is called before anything listens.
    pub fn config(&self) -> Result<Option<Arc<ClientConfig>>, BadTrust> {
        if *self == Trust::default() {
            return Ok(None);
        }
        let mut provider = aws_lc_rs::default_provider();
        if !self.cipher_suites.is_empty() {
            provider.cipher_suites.retain(|suite| {
                let name = suite.suite().as_str().unwrap_or_default();
                suite.tls13().is_some() || self.cipher_suites.contains(&name)
            });
        }
        let provider = Arc::new(provider);
        let check = Check {
            authorities: self.authorities(&provider)?,
            fingerprints: self.fingerprints.clone(),
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| BadTrust::Tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Arc::new(config)))
    }

    fn authorities(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<WebPkiServerVerifier>>, BadTrust> {
        if self.insecure {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        add_system(&mut roots);
        if let Some(path) = &self.ca {
            let unreadable = |error| BadTrust::Ca(path.clone(), error);
            let text = std::fs::read(path).map_err(unreadable)?;
            let found = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
            if roots.add_parsable_certificates(found).0 == 0 {
                return Err(BadTrust::NoCa(path.clone()));
            }
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map(Some)
            .map_err(|error| BadTrust::Tls(error.to_string()))
    }
}

/// Authorities, unless nobody is asked for them, and then fingerprints, if there are any.
#[derive(Debug)]
struct Check {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    fingerprints: Vec<[u8; 32]>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Check {
    /// Whether a pinned key is the server's own, or vouches for it.
    ///
    /// That a pinned certificate was shown says nothing: certificates are public, and anybody can show another's beside
    /// their own.
    fn is_pinned(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        if self.is_of_pinned_key(end_entity) {
            return true;
        }
        let mut roots = RootCertStore::empty();
        for certificate in intermediates {
            if self.is_of_pinned_key(certificate) {
                // One that cannot vouch for others vouches for nobody.
                let _ = roots.add(certificate.clone().into_owned());
            }
        }
        let Ok(server) = ParsedCertificate::try_from(end_entity) else {
            return false;
        };
        !roots.is_empty()
            && verify_server_cert_signed_by_trust_anchor(
                &server,
                &roots,
                intermediates,
                now,
                self.algorithms.all,
            )
            .is_ok()
    }

    fn is_of_pinned_key(&self, certificate: &CertificateDer<'_>) -> bool {
        let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
            return false;
        };
        let found: [u8; 32] = Sha256::digest(parsed.subject_public_key_info()).into();
        self.fingerprints.contains(&found)
    }
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(authorities) = &self.authorities {
            authorities.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            )?;
        }
        if self.fingerprints.is_empty() || self.is_pinned(end_entity, intermediates, now) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
