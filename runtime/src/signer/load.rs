//! How a signer gets its key: once, from a file when the gateway starts, or from a server as soon as that answers.

use crate::{
    expected::Expected,
    fetch::{Fetch, FetchError},
    gate::Start,
    jose::{Alg, MAX_KEY_SET, NoSigningKey, SigningKey},
    jwks::{BadSource, BadTrust, Named, Place, Source},
    redact,
    settings::Resolve,
    url::Url,
};
use http::StatusCode;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
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

/// A private key of this process, however many signers name it.
pub(super) struct Secret {
    source: Source,
    kid: &'static str,
    alg: Alg,
    key: OnceLock<SigningKey>,
}

static ALL: Mutex<Vec<&'static Secret>> = Mutex::new(Vec::new());

impl Secret {
    /// Reads the file, or sends somebody for it.
    pub fn open(
        named: Named,
        kid: &'static str,
        alg: Alg,
        start: &mut Start,
    ) -> Result<&'static Secret, NoKey> {
        let source = named
            .source()
            .and_then(|source| source.check().map(|()| source))
            .map_err(|why| NoKey::Source(redact::query(named.written()).into_owned(), why))?;
        let place = source.to_string();
        // A list that a panic left behind is still one.
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&&Secret| (&known.source, known.kid, known.alg) == (&source, kid, alg);
        if let Some(secret) = all.iter().find(same) {
            return Ok(*secret);
        }
        let secret: &'static Secret = Box::leak(Box::new(Secret {
            source,
            kid,
            alg,
            key: OnceLock::new(),
        }));
        match &secret.source.place {
            Place::File(path) => {
                let set = read(path).map_err(|error| NoKey::File(place, error))?;
                secret.take(&set)?;
            }
            Place::Url(url) => {
                let tls = secret.source.trust.config();
                let tls = tls.map_err(|why| NoKey::Trust(place, why))?;
                let resolve = &start.settings.resolve;
                start.spawn(secret.fetch(url, tls, resolve, Expected::new()));
            }
        }
        all.push(secret);
        Ok(secret)
    }

    pub fn get(&self) -> Option<&SigningKey> {
        self.key.get()
    }

    /// Until it is there.
    async fn fetch(
        &'static self,
        url: &'static Url,
        tls: Option<Arc<ClientConfig>>,
        resolve: &'static [Resolve],
        first: Expected,
    ) {
        let mut first = Some(first);
        let (mut wait, mut told) = (WAITS[0], String::new());
        loop {
            let fetched = self.fetch_once(url, tls.clone(), resolve).await;
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
        url: &Url,
        tls: Option<Arc<ClientConfig>>,
        resolve: &[Resolve],
    ) -> Result<(), NoKey> {
        let answer = Fetch {
            max_body: MAX_KEY_SET,
            tls,
            ..Fetch::get(url)
        }
        .send(resolve)
        .await
        .map_err(|why| NoKey::Fetch(self.source.to_string(), why))?;
        if answer.status != StatusCode::OK {
            return Err(NoKey::Status(self.source.to_string(), answer.status));
        }
        self.take(&answer.body)
    }

    fn take(&self, set: &[u8]) -> Result<(), NoKey> {
        let (kid, place) = (self.kid, self.source.to_string());
        match SigningKey::find(set, kid, self.alg) {
            Ok(key) => {
                tracing::info!("auth/signer: key `{kid}` of {place} is there");
                // Nobody else sets it.
                let _ = self.key.set(key);
                Ok(())
            }
            Err(why) => Err(NoKey::Key { kid, place, why }),
        }
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
             `chmod o=` it",
            path.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}
