//! Certificates, keys and authorities out of PEM files, and everything that can be wrong with them.
//!
//! Of a private key no byte is ever formatted, not even in an error: the parser's own errors quote the text they fail
//! on, so they are not passed on for key files.

use super::config::{Authorities, KeyFiles};
use std::{
    fs::File,
    io::{self, Read},
};
use tokio_rustls::rustls::{
    self, InconsistentKeys, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

/// Bytes of one file: hundreds of certificates. A path that is a device must not fill the memory.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// What is wrong with a file of TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cannot read `{0}`: {1}")]
    Unreadable(&'static str, #[source] io::Error),
    #[error("`{0}` is longer than {MAX_FILE} bytes")]
    TooLong(&'static str),
    #[error("`{0}` holds no certificate in PEM")]
    NoCertificate(&'static str),
    #[error("`{0}` holds a certificate that cannot be read: {1}")]
    BadCertificate(&'static str, String),
    #[error("`{0}` holds no private key in PEM (PKCS#8, PKCS#1 or SEC1)")]
    NoKey(&'static str),
    #[error("`{0}` holds an encrypted private key: nobody is there to type its passphrase")]
    EncryptedKey(&'static str),
    #[error("`{0}` holds a private key of a kind that TLS here cannot sign with")]
    BadKey(&'static str),
    #[error("the private key in `{key}` does not fit the certificate in `{certificate}`")]
    Mismatch {
        certificate: &'static str,
        key: &'static str,
    },
    #[error("the system has no authority that could be believed, and the config names none")]
    NoAuthority,
    #[error("rustls refuses these TLS settings: {0}")]
    Refused(#[source] rustls::Error),
}

/// The chain and the key of a pair, which fit each other.
pub(super) fn pair(
    files: &KeyFiles,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Vec<Fault>> {
    // Both are read whatever became of the other: every fault is told at once.
    let (chain, key) = (certificates(files.certificate), private_key(files.key));
    let (chain, key) = match (chain, key) {
        (Ok(chain), Ok(key)) => (chain, key),
        (chain, key) => return Err(chain.err().into_iter().chain(key.err()).collect()),
    };
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|_| vec![Fault::BadKey(files.key)])?;
    let pair = CertifiedKey::new(chain, key);
    match pair.keys_match() {
        // Unknown: a kind of key that does not tell its public half; the handshake will.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(pair),
        Err(rustls::Error::InconsistentKeys(_)) => Err(vec![Fault::Mismatch {
            certificate: files.certificate,
            key: files.key,
        }]),
        Err(error) => Err(vec![Fault::BadCertificate(
            files.certificate,
            error.to_string(),
        )]),
    }
}

/// Each of the pairs, or every fault of all of them.
pub(super) fn pairs(
    files: &[KeyFiles],
    provider: &CryptoProvider,
) -> Result<Vec<CertifiedKey>, Vec<Fault>> {
    let (mut pairs, mut faults) = (Vec::new(), Vec::new());
    for files in files {
        match pair(files, provider) {
            Ok(pair) => pairs.push(pair),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        Ok(pairs)
    } else {
        Err(faults)
    }
}

/// All certificates of these files, and the system's if they count.
pub(super) fn roots(of: &Authorities) -> Result<RootCertStore, Vec<Fault>> {
    let (mut roots, mut faults) = (RootCertStore::empty(), Vec::new());
    for &path in of.files {
        match certificates(path) {
            Ok(found) => {
                for certificate in found {
                    if let Err(error) = roots.add(certificate) {
                        faults.push(Fault::BadCertificate(path, error.to_string()));
                    }
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if of.system {
        add_system(&mut roots);
    }
    if roots.is_empty() && faults.is_empty() {
        faults.push(Fault::NoAuthority);
    }
    if faults.is_empty() {
        Ok(roots)
    } else {
        Err(faults)
    }
}

/// The system's authorities. One that cannot be read is not missed silently, but does not stop a gateway either: nobody
/// chose it.
pub(crate) fn add_system(roots: &mut RootCertStore) {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("cannot read a system certificate: {error}");
    }
    roots.add_parsable_certificates(found.certs);
}

fn certificates(path: &'static str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let bytes = read(path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::NoCertificate(path))?;
    if found.is_empty() {
        return Err(Fault::NoCertificate(path));
    }
    Ok(found)
}

fn private_key(path: &'static str) -> Result<PrivateKeyDer<'static>, Fault> {
    const ENCRYPTED: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
    let bytes = read(path)?;
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    if ENCRYPTED.into_iter().any(has) {
        return Err(Fault::EncryptedKey(path));
    }
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| Fault::NoKey(path))
}

fn read(path: &'static str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| Fault::Unreadable(path, error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Fault::TooLong(path));
    }
    Ok(bytes)
}
