//! The certificate that everybody shows, the issuer's keys, and tokens.

use crate::{
    net::NAME,
    shape::{AUDIENCE, ISSUER},
    signer::{Alg, Keys},
};
use rcgen::{CertificateParams, KeyPair};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// Users whose tokens are remembered: some, so that not one token alone is in every cache of the processor.
const USERS: usize = 100;
pub struct Secrets {
    pub certificate: PathBuf,
    /// The issuer's key set.
    pub keys: PathBuf,
    /// Files of tokens, one in a line.
    pub users: PathBuf,
    pub strangers: PathBuf,
}

/// Writes all of them below `work`, with so many tokens of strangers.
pub fn make(work: &Path, strangers: usize) -> Result<Secrets, Box<dyn Error>> {
    fs::create_dir_all(work)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![NAME.to_owned()])?.self_signed(&key)?;
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    fs::write(work.join("server.crt"), &certificate)?;
    fs::write(work.join("server.key"), &key)?;
    fs::write(work.join("server.pem"), format!("{certificate}{key}"))?;
    let keys = Keys::new();
    let secrets = Secrets {
        certificate: work.join("server.crt"),
        keys: work.join("keys.json"),
        users: work.join("users"),
        strangers: work.join("strangers"),
    };
    fs::write(&secrets.keys, keys.set())?;
    let tokens: Vec<String> = (0..strangers)
        .map(|n| keys.token(Alg::Rs256, ISSUER, AUDIENCE, n))
        .collect();
    fs::write(&secrets.users, tokens[..USERS].join("\n"))?;
    fs::write(&secrets.strangers, tokens.join("\n"))?;
    Ok(secrets)
}
