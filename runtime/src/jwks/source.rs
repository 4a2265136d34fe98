//! Where a key set is: a URL, or a file.

use super::trust::Trust;
use crate::{
    jose::base64url,
    text::Text,
    url::{NotUrl, Url},
};
use std::{fmt, path::PathBuf};

/// A key set as a config names it, before it is known whether that makes sense. The setters of
/// [`crate::Validator`] say what each means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub url: Option<Text>,
    pub file: Option<&'static str>,
    pub ca: Option<&'static str>,
    pub fingerprints: &'static [&'static str],
    pub cipher_suites: &'static [&'static str],
    pub insecure: bool,
}

impl Named {
    pub const NOTHING: Named = Named {
        url: None,
        file: None,
        ca: None,
        fingerprints: &[],
        cipher_suites: &[],
        insecure: false,
    };

    /// Where it is, as the config has it.
    #[cfg(feature = "signer")]
    pub fn written(&self) -> &'static str {
        let url = self.url.map(Text::written);
        self.file.or(url).unwrap_or_default()
    }

    pub fn source(&self) -> Result<Source, BadSource> {
        let place = match (self.url, self.file) {
            (_, Some(path)) => Place::File(path.into()),
            (Some(url), None) => Place::Url(Url::parse(url.get())?),
            (None, None) => return Err(BadSource::Nowhere),
        };
        let fingerprints = self.fingerprints.iter().map(|text| {
            let bytes = base64url(text.trim_end_matches('='));
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
    Url(#[from] NotUrl),
    #[error("nobody says where it is")]
    Nowhere,
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
            // Without its query, for it goes to logs, and some issuers want a key there.
            Place::Url(url) => url.fmt(f),
            Place::File(path) => path.display().fmt(f),
        }
    }
}
