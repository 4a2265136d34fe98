//! What a config says about TLS, as generated code writes it down: const-constructible, nothing read yet.
//!
//! Paths are those of the config: relative ones are relative to the working directory of the process.

use std::path::PathBuf;

/// TLS on the listener. Default: TLS 1.3 only, no client certificates.
#[cfg(feature = "tls-listener")]
pub struct Tls {
    pub(crate) keys: &'static [KeyFiles],
    pub(crate) crypto: Crypto,
    /// `Some`: a client must show a certificate.
    pub(crate) clients: Option<Authorities>,
}

/// TLS to `https://` upstreams. Default: TLS 1.3 only, the system's roots, no certificate of our own.
#[cfg(feature = "tls")]
pub struct UpstreamTls {
    pub(crate) crypto: Crypto,
    pub(crate) roots: Authorities,
    pub(crate) certificates: &'static [KeyFiles],
    pub(crate) verify: bool,
}

/// A certificate chain and its private key, two PEM files.
#[derive(Debug, Clone, Copy)]
pub struct KeyFiles {
    pub(crate) certificate: &'static str,
    pub(crate) key: &'static str,
}

impl KeyFiles {
    /// The chain, the certificate itself first, and the key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub const fn new(certificate: &'static str, key: &'static str) -> KeyFiles {
        KeyFiles { certificate, key }
    }
}

/// Versions of the protocol. What is older is not spoken (RFC 8996).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2
    V12,
    /// TLS 1.3
    V13,
}

/// Groups of the key exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsGroup {
    /// X25519 with ML-KEM-768: safe from those who record today and own a quantum computer later.
    X25519MlKem768,
    /// P-256 with ML-KEM-768.
    P256MlKem768,
    /// X25519
    X25519,
    /// P-256
    P256,
    /// P-384
    P384,
}

/// Cipher suites of TLS 1.2; those of TLS 1.3 are not a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsSuite {
    /// `TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384`
    EcdsaAes256,
    /// `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`
    EcdsaAes128,
    /// `TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256`
    EcdsaChaCha20,
    /// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`
    RsaAes256,
    /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`
    RsaAes128,
    /// `TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256`
    RsaChaCha20,
}

/// How bytes are protected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crypto {
    pub min: TlsVersion,
    pub max: TlsVersion,
    /// The most wanted first.
    pub groups: &'static [TlsGroup],
    pub suites: &'static [TlsSuite],
}

/// Whose signature makes a certificate believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authorities {
    pub files: &'static [&'static str],
    /// Whoever the system trusts, too.
    pub system: bool,
}

impl Crypto {
    pub const DEFAULT: Crypto = Crypto {
        min: TlsVersion::V13,
        max: TlsVersion::V13,
        groups: &[
            TlsGroup::X25519MlKem768,
            TlsGroup::X25519,
            TlsGroup::P256,
            TlsGroup::P384,
        ],
        suites: &[
            TlsSuite::EcdsaAes256,
            TlsSuite::EcdsaAes128,
            TlsSuite::EcdsaChaCha20,
            TlsSuite::RsaAes256,
            TlsSuite::RsaAes128,
            TlsSuite::RsaChaCha20,
        ],
    };
}

/// What both sides have in common.
macro_rules! crypto_setters {
    () => {
        /// The oldest version that is spoken. Default: TLS 1.3.
        #[must_use]
        pub const fn min_version(mut self, version: TlsVersion) -> Self {
            self.crypto.min = version;
            self
        }

        /// The newest version that is spoken. Default: TLS 1.3.
        #[must_use]
        pub const fn max_version(mut self, version: TlsVersion) -> Self {
            self.crypto.max = version;
            self
        }

        /// Groups of the key exchange, the most wanted first. Default: X25519MLKEM768, X25519, P-256, P-384.
        #[must_use]
        pub const fn groups(mut self, groups: &'static [TlsGroup]) -> Self {
            self.crypto.groups = groups;
            self
        }

        /// Cipher suites of TLS 1.2, the most wanted first. Default: all six.
        #[must_use]
        pub const fn suites(mut self, suites: &'static [TlsSuite]) -> Self {
            self.crypto.suites = suites;
            self
        }
    };
}

#[cfg(feature = "tls-listener")]
impl Tls {
    /// TLS with these certificates. The name that a client asks for decides between them; the first is for those who
    /// ask for another name, or for none.
    ///
    /// # Panics
    /// When the gateway is compiled, if there is no certificate.
    pub const fn new(keys: &'static [KeyFiles]) -> Tls {
        assert!(!keys.is_empty(), "TLS needs a certificate");
        Tls {
            keys,
            crypto: Crypto::DEFAULT,
            clients: None,
        }
    }

    crypto_setters!();

    /// A client must show a certificate that one of the authorities in these PEM files signed. Default: no client
    /// certificates.
    #[must_use]
    pub const fn client_authorities(mut self, files: &'static [&'static str]) -> Tls {
        let system = matches!(self.clients, Some(Authorities { system: true, .. }));
        self.clients = Some(Authorities { files, system });
        self
    }

    /// A client must show a certificate, and one that any authority of the system signed is enough.
    #[must_use]
    pub const fn system_client_authorities(mut self) -> Tls {
        let files: &'static [&'static str] = match self.clients {
            Some(clients) => clients.files,
            None => &[],
        };
        self.clients = Some(Authorities {
            files,
            system: true,
        });
        self
    }

    /// Every file that it is made of.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let authorities = self.clients.map_or(&[][..], |clients| clients.files);
        paths(self.keys, authorities)
    }
}

#[cfg(feature = "tls")]
impl UpstreamTls {
    /// TLS as its defaults are.
    #[expect(clippy::new_without_default, reason = "a Default is not const")]
    pub const fn new() -> UpstreamTls {
        UpstreamTls {
            crypto: Crypto::DEFAULT,
            roots: Authorities {
                files: &[],
                system: true,
            },
            certificates: &[],
            verify: true,
        }
    }

    crypto_setters!();

    /// More authorities that are believed, in PEM files. Default: none.
    #[must_use]
    pub const fn roots(mut self, files: &'static [&'static str]) -> UpstreamTls {
        self.roots.files = files;
        self
    }

    /// The system's authorities are not believed. Default: they are.
    #[must_use]
    pub const fn no_system_roots(mut self) -> UpstreamTls {
        self.roots.system = false;
        self
    }

    /// Certificates for upstreams that ask for one; the authorities that the upstream names decide between them.
    /// Default: none.
    #[must_use]
    pub const fn certificates(mut self, keys: &'static [KeyFiles]) -> UpstreamTls {
        self.certificates = keys;
        self
    }

    /// UNSAFE: whatever certificate an upstream shows is believed. Default: it is checked.
    #[must_use]
    pub const fn accept_any_certificate(mut self) -> UpstreamTls {
        self.verify = false;
        self
    }

    /// Every file that it is made of.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        paths(self.certificates, self.roots.files)
    }
}

fn paths(keys: &[KeyFiles], authorities: &[&str]) -> Vec<PathBuf> {
    let pairs = keys.iter().flat_map(|pair| [pair.certificate, pair.key]);
    pairs
        .chain(authorities.iter().copied())
        .map(PathBuf::from)
        .collect()
}
