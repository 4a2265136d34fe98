//! Which certificate a client gets: by the name it asks for (SNI), and by what it can verify.

use super::expiry;
use crate::clock::Utc;
use std::{sync::Arc, time::Duration};
use tokio_rustls::rustls::{
    pki_types::{CertificateDer, UnixTime},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter};

/// Those of the listener, in the order of the config.
#[derive(Debug)]
pub(super) struct Certificates(pub Vec<Certificate>);

/// One certificate and what it is for.
#[derive(Debug)]
pub(super) struct Certificate {
    key: Arc<CertifiedKey>,
    /// Lower-case; may begin with `*.`.
    names: Vec<String>,
}

impl ResolvesServerCert for Certificates {
    /// A name in full comes before one with `*`, and the first certificate is for whoever asks for another name or for
    /// none; among equals the order of the config decides, and what the client cannot verify is passed over.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        let name = name.as_deref().unwrap_or_default();
        let can = |certificate: &&Certificate| {
            let schemes = hello.signature_schemes();
            certificate.key.key.choose_scheme(schemes).is_some()
        };
        let find = |fits: &dyn Fn(&Certificate) -> bool| {
            self.0
                .iter()
                .filter(can)
                .find(|certificate| fits(certificate))
        };
        let found = find(&|certificate| certificate.is_named(name))
            .or_else(|| find(&|certificate| certificate.is_wild_for(name)))
            .or_else(|| find(&|_| true))
            .or(self.0.first());
        found.map(|certificate| Arc::clone(&certificate.key))
    }
}

impl Certificate {
    pub fn new(key: CertifiedKey) -> Certificate {
        let names = match key.cert.first().map(EndEntityCert::try_from) {
            Some(Ok(certificate)) => certificate
                .valid_dns_names()
                .map(str::to_ascii_lowercase)
                .collect(),
            _ => Vec::new(),
        };
        Certificate {
            key: Arc::new(key),
            names,
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// RFC 9525 6.3: `*` stands for one whole label.
    fn is_wild_for(&self, name: &str) -> bool {
        let Some((_, parent)) = name.split_once('.') else {
            return false;
        };
        let wild = |own: &String| own.strip_prefix("*.").is_some_and(|own| own == parent);
        self.names.iter().any(wild)
    }

    /// Says whom it is for and for how long; warns if its time is not now, for then no client will believe it.
    pub fn announce(&self, path: &'static str) {
        let names = if self.names.is_empty() {
            "no DNS name".to_owned()
        } else {
            self.names.join(", ")
        };
        let time = self.key.cert.first().and_then(validity);
        let Some((from, until)) = time else {
            tracing::warn!("certificate `{path}` is for {names}; its dates cannot be read");
            return;
        };
        expiry::note(path, until.as_secs());
        let now = UnixTime::now();
        let day = |time: UnixTime| Utc::at(time.as_secs(), 0).date();
        if now > until {
            tracing::warn!("certificate `{path}` for {names} EXPIRED on {}", day(until));
        } else if now < from {
            tracing::warn!(
                "certificate `{path}` for {names} IS NOT VALID before {}",
                day(from)
            );
        } else {
            tracing::info!("certificate `{path}` for {names}, until {}", day(until));
        }
    }
}

/// When a certificate becomes and ends being valid. `webpki` does not tell, but it does say since when it refuses: it is
/// asked about a time before all certificates, and about one after them.
fn validity(certificate: &CertificateDer<'static>) -> Option<(UnixTime, UnixTime)> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let at = |time| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(time));
        certificate
            .verify_for_usage(&[], &[], &[], time, AnyUsage, None, None)
            .err()
    };
    // Dates of certificates have four digits for the year.
    match (at(0), at(u64::from(u32::MAX) * 100)) {
        (
            Some(Error::CertNotValidYet { not_before, .. }),
            Some(Error::CertExpired { not_after, .. }),
        ) => Some((not_before, not_after)),
        _ => None,
    }
}

struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}
