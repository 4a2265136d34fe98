//! Where a key set is: a URL, or a file.

use super::trust::Trust;
use crate::fetch::{BadUrl, Url};
use std::{fmt, path::PathBuf, time::Duration};

/// A key set as a config names it. Every setter documents its default.
#[derive(Debug, Clone, Copy)]
pub struct Jwks {
    pub(crate) place: &'static str,
    is_file: bool,
    pub(crate) lifetime: Duration,
    pub(crate) cooldown: Duration,
    ca: Option<&'static str>,
    fingerprints: &'static [&'static str],
    cipher_suites: &'static [&'static str],
    insecure: bool,
}

impl Jwks {
    /// The set at `url`, which is `https` unless [`Jwks::insecure`] follows.
    pub const fn url(url: &'static str) -> Jwks {
        Jwks {
            place: url,
            is_file: false,
            lifetime: Duration::from_mins(15),
            cooldown: Duration::from_secs(30),
            ca: None,
            fingerprints: &[],
            cipher_suites: &[],
            insecure: false,
        }
    }

    /// The set in the file at `path`. A gateway that cannot read it does not start; later it is read again when it
    /// changes.
    pub const fn file(path: &'static str) -> Jwks {
        Jwks {
            is_file: true,
            ..Jwks::url(path)
        }
    }

    /// For how long a set is fresh: a key that its issuer withdraws is believed no longer than this. A shorter
    /// `max-age` of the issuer counts too. Of several validators with one source the shortest counts. Default 15 min.
    #[must_use]
    pub const fn lifetime(mut self, t: Duration) -> Jwks {
        self.lifetime = t;
        self
    }

    /// For how long a key that was looked for in vain is not looked for again. Default 30 s.
    #[must_use]
    pub const fn cooldown(mut self, t: Duration) -> Jwks {
        self.cooldown = t;
        self
    }

    /// A PEM file with more authorities that may vouch for the issuer's server. Default: those of the system only.
    #[must_use]
    pub const fn ca(mut self, path: &'static str) -> Jwks {
        self.ca = Some(path);
        self
    }

    /// The SHA-256 of public keys (`SubjectPublicKeyInfo`) in base64url, one of which must be in the chain that the
    /// issuer's server shows. Default: none.
    #[must_use]
    pub const fn fingerprints(mut self, sha256: &'static [&'static str]) -> Jwks {
        self.fingerprints = sha256;
        self
    }

    /// The TLS 1.2 cipher suites, by their IANA names; TLS 1.3 has its own. Default: the six that are safe.
    #[must_use]
    pub const fn cipher_suites(mut self, names: &'static [&'static str]) -> Jwks {
        self.cipher_suites = names;
        self
    }

    /// `http` will do, and no certificate is checked: whoever is between here and the issuer can be anybody.
    #[must_use]
    pub const fn insecure(mut self) -> Jwks {
        self.insecure = true;
        self
    }

    pub(crate) fn source(&self) -> Result<Source, BadSource> {
        let place = if self.is_file {
            Place::File(self.place.into())
        } else {
            Place::Url(Url::parse(self.place)?)
        };
        let fingerprints = self.fingerprints.iter().map(|text| {
            let bytes = crate::jose::base64url(text.trim_end_matches('='));
            let sha256 = bytes.and_then(|bytes| bytes.try_into().ok());
            sha256.ok_or(BadSource::Fingerprint(text))
        });
        Ok(Source {
            place,
            trust: Trust {
                ca: self.ca.map(PathBuf::from),
                fingerprints: fingerprints.collect::<Result<_, _>>()?,
                cipher_suites: self.cipher_suites.to_vec(),
                insecure: self.insecure,
            },
        })
    }
}

/// Where a key set is, and who is believed there. Two that differ in either are two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub place: Place,
    pub trust: Trust,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Url(Url),
    File(PathBuf),
}

/// Why a source is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadSource {
    #[error(transparent)]
    Url(#[from] BadUrl),
    #[error("it is not https")]
    Plain,
    #[error("`{0}` is not the base64url of a SHA-256")]
    Fingerprint(&'static str),
}

impl Source {
    /// The set at `url`, with what a gateway that was not told more believes.
    #[allow(dead_code, reason = "the edge's identity asks for it")]
    pub fn url(url: &str) -> Result<Source, BadSource> {
        Ok(Source {
            place: Place::Url(Url::parse(url)?),
            trust: Trust::default(),
        })
    }

    /// Keys that came over a plain connection are anybody's.
    pub fn check(&self) -> Result<(), BadSource> {
        match &self.place {
            Place::Url(url) if !url.is_secure() && !self.trust.insecure => Err(BadSource::Plain),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Url(url) => url.fmt(f),
            Place::File(path) => path.display().fmt(f),
        }
    }
}
