//! How a signer gets its key: once, from a file when the gateway starts, or from a server as soon as that answers.

use super::Signer;
use crate::{
    fetch::{Fetch, FetchError},
    gate::Start,
    jose::{MAX_KEY_SET, NoSigningKey, SigningKey},
    jwks::{self, BadSource, BadTrust, Place},
    settings::Resolve,
};
use http::StatusCode;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;
use tokio_rustls::rustls::ClientConfig;

/// The shortest and the longest wait between two attempts.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_mins(1)];

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoKey {
    #[error("private key set {0}: {1}")]
    Source(String, #[source] BadSource),
    #[error("private key set {0}: {1}")]
    Trust(String, #[source] BadTrust),
    #[error("cannot read the private key set {0}: {1}")]
    File(String, #[source] io::Error),
    #[error("cannot fetch the private key set {0}: {1}")]
    Fetch(String, #[source] FetchError),
    #[error("private key set {0}: the answer has status {1}")]
    Status(String, StatusCode),
    #[error("key `{kid}` of the private key set {place}: {why}")]
    Key {
        kid: &'static str,
        place: String,
        #[source]
        why: NoSigningKey,
    },
}

impl Signer {
    /// Reads the file, or sends somebody for it.
    pub(super) fn prepare(&'static self, start: &mut Start) -> Result<(), NoKey> {
        let place = self
            .keys
            .file
            .or(self.keys.url)
            .unwrap_or_default()
            .to_owned();
        let source = self
            .keys
            .source()
            .map_err(|why| NoKey::Source(place.clone(), why))?;
        source
            .check()
            .map_err(|why| NoKey::Source(place.clone(), why))?;
        match &source.place {
            Place::File(path) => {
                let set = read(path).map_err(|error| NoKey::File(place.clone(), error))?;
                self.take(&set, &place)
            }
            Place::Url(_) => {
                let tls = source
                    .trust
                    .config()
                    .map_err(|why| NoKey::Trust(place, why))?;
                let resolve = &start.settings.resolve;
                let first = jwks::First::expected();
                start.spawn(self.fetch(source, tls, resolve, first));
                Ok(())
            }
        }
    }

    async fn fetch(
        &'static self,
        source: jwks::Source,
        tls: Option<Arc<ClientConfig>>,
        resolve: &'static [Resolve],
        first: jwks::First,
    ) {
        let mut first = Some(first);
        let (mut wait, mut told) = (WAITS[0], String::new());
        loop {
            let fetched = self.fetch_once(&source, tls.clone(), resolve).await;
            drop(first.take());
            match fetched {
                Ok(()) => return,
                Err(why) => {
                    let why = why.to_string();
                    if why != told {
                        tracing::error!(
                            "auth/signer: {why}; until it is there, what it signs is answered 503"
                        );
                        told = why;
                    }
                }
            }
            sleep(wait.mul_f64(1.0 + 0.5 * fastrand::f64())).await;
            wait = WAITS[1].min(wait * 2);
        }
    }

    async fn fetch_once(
        &self,
        source: &jwks::Source,
        tls: Option<Arc<ClientConfig>>,
        resolve: &[Resolve],
    ) -> Result<(), NoKey> {
        let (Place::Url(url), place) = (&source.place, source.to_string()) else {
            return Ok(());
        };
        let answer = Fetch {
            max_body: MAX_KEY_SET,
            tls,
            ..Fetch::get(url)
        }
        .send(resolve)
        .await
        .map_err(|why| NoKey::Fetch(place.clone(), why))?;
        if answer.status != StatusCode::OK {
            return Err(NoKey::Status(place, answer.status));
        }
        self.take(&answer.body, &place)
    }

    fn take(&self, set: &[u8], place: &str) -> Result<(), NoKey> {
        let key = SigningKey::find(set, self.kid, self.alg).map_err(|why| NoKey::Key {
            kid: self.kid,
            place: place.to_owned(),
            why,
        })?;
        if self.key.set(key).is_ok() {
            tracing::info!("auth/signer: key `{}` of {place} is there", self.kid);
        }
        Ok(())
    }
}

/// One byte too many is enough to be refused.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    warn_of_readers(path, &file)?;
    let mut set = Vec::new();
    file.take(MAX_KEY_SET as u64 + 1).read_to_end(&mut set)?;
    Ok(set)
}

#[cfg(unix)]
fn warn_of_readers(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        tracing::warn!(
            "auth/signer: everybody on this machine can read or change the private key in {} (mode {mode:03o}): \
             `chmod o= ` it",
            path.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}
