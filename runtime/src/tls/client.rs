//! TLS to upstreams: whom to believe, and what to show those who ask who we are.

use super::{
    config::{Crypto, TlsVersion, UpstreamTls},
    files::{self, Fault},
};
use std::sync::Arc;
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};
use webpki::EndEntityCert;

/// Upstreams are called with HTTP/1.1 only.
const PROTOCOL: &[u8] = b"http/1.1";

/// Whom to believe.
enum Trust {
    Roots(RootCertStore),
    Anyone,
}

/// The configuration that a config asks for, or everything that is wrong with its files.
pub(super) fn build(tls: &UpstreamTls) -> Result<ClientConfig, Vec<Fault>> {
    let pairs = files::pairs(tls.certificates, &tls.crypto.provider());
    let trust = if tls.verify {
        files::roots(&tls.roots).map(Trust::Roots)
    } else {
        Ok(Trust::Anyone)
    };
    match (pairs, trust) {
        (Ok(pairs), Ok(trust)) => {
            let config = assemble(&tls.crypto, trust, pairs);
            config.map_err(|error| vec![Fault::Refused(error)])
        }
        (pairs, trust) => {
            let faults = [pairs.err(), trust.err()];
            Err(faults.into_iter().flatten().flatten().collect())
        }
    }
}

/// Where the config says nothing: TLS 1.2 and 1.3, and the system's roots.
pub(crate) fn system() -> Result<ClientConfig, Error> {
    const CRYPTO: Crypto = Crypto {
        min: TlsVersion::V12,
        ..Crypto::DEFAULT
    };
    let mut roots = RootCertStore::empty();
    files::add_system(&mut roots);
    if roots.is_empty() {
        tracing::error!("no system certificate: every https upstream will be refused");
    }
    assemble(&CRYPTO, Trust::Roots(roots), Vec::new())
}

fn assemble(
    crypto: &Crypto,
    trust: Trust,
    pairs: Vec<CertifiedKey>,
) -> Result<ClientConfig, Error> {
    let provider = crypto.provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&crypto.versions())?;
    let builder = match trust {
        Trust::Roots(roots) => builder.with_root_certificates(roots),
        Trust::Anyone => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider))),
    };
    let mut config = if pairs.is_empty() {
        builder.with_no_client_auth()
    } else {
        let own = pairs.into_iter().map(Own::new).collect();
        builder.with_client_cert_resolver(Arc::new(Identity(own)))
    };
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}

/// The certificates that upstreams may ask for.
#[derive(Debug)]
struct Identity(Vec<Own>);

#[derive(Debug)]
struct Own {
    key: Arc<CertifiedKey>,
    /// Who signed it, and who signed those.
    issuers: Vec<DistinguishedName>,
}

impl Own {
    fn new(key: CertifiedKey) -> Own {
        let issuer = |certificate| {
            let certificate = EndEntityCert::try_from(certificate).ok()?;
            Some(DistinguishedName::in_sequence(certificate.issuer()))
        };
        Own {
            issuers: key.cert.iter().filter_map(issuer).collect(),
            key: Arc::new(key),
        }
    }
}

impl ResolvesClientCert for Identity {
    /// The first that an authority signed which the upstream names. Where it names none, or only authorities that are
    /// further up than our files reach, the first: it can only be refused, as no certificate would be.
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let can = |own: &&Own| own.key.key.choose_scheme(schemes).is_some();
        let mut fit = self.0.iter().filter(can);
        let named = |own: &&Own| {
            let mut issuers = own.issuers.iter();
            issuers.any(|issuer| authorities.contains(&issuer.as_ref()))
        };
        let own = fit.clone().find(named).or_else(|| fit.next())?;
        Some(Arc::clone(&own.key))
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Believes every certificate, whoever signed it and whatever it is for; only that the upstream holds its key is still
/// checked.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
