//! The root's `tls` and `client_tls`, typed.

use crate::{
    plan::{TlsGroup, TlsSuite, TlsVersion},
    source::{Span, Spanned},
};

/// `tls`: what the listener speaks.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The key.
    pub span: Span,
    /// Default false.
    pub disabled: bool,
    /// The first is for clients that name no host, or another.
    pub keys: Vec<KeyPair>,
    /// The old way to name a single one; the last of them.
    pub lone: Option<KeyPair>,
    /// Versions, groups, suites.
    pub crypto: Crypto,
    /// Default false.
    pub enable_mtls: Option<Spanned<bool>>,
    /// Whose certificates clients may show, as paths.
    pub ca_certs: Vec<Spanned<String>>,
    /// Default false.
    pub disable_system_ca_pool: Option<Spanned<bool>>,
}

/// `client_tls`: what upstreams are asked for and shown.
#[derive(Debug, Clone)]
pub struct ClientTls {
    /// The key.
    pub span: Span,
    /// Default false.
    pub allow_insecure_connections: Option<Spanned<bool>>,
    /// Whose certificates upstreams may show, as paths.
    pub ca_certs: Vec<Spanned<String>>,
    /// Default false.
    pub disable_system_ca_pool: Option<Spanned<bool>>,
    /// Our own.
    pub client_certs: Vec<KeyPair>,
    /// Versions, groups, suites.
    pub crypto: Crypto,
}

/// A certificate and its private key, as paths. One of them may be missing, which is a finding.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// `public_key`, or `certificate` towards upstreams.
    pub certificate: Option<Spanned<String>>,
    /// `private_key`
    pub key: Option<Spanned<String>>,
}

/// Versions, groups and suites.
#[derive(Debug, Clone)]
pub struct Crypto {
    /// Default TLS 1.3 (`krakend-core` 7.3), as for everything that is not built.
    pub min: Option<Spanned<TlsVersion>>,
    /// Default TLS 1.3.
    pub max: Option<Spanned<TlsVersion>>,
    /// Numbers of IANA's registry; not necessarily ones that are built.
    pub groups: Vec<Spanned<u16>>,
    /// Numbers of IANA's registry; not necessarily ones that are built.
    pub suites: Vec<Spanned<u16>>,
}

impl Crypto {
    /// The oldest version that is spoken.
    pub fn min(&self) -> TlsVersion {
        self.min.map_or(TlsVersion::V13, |version| version.value)
    }

    /// The newest.
    pub fn max(&self) -> TlsVersion {
        self.max.map_or(TlsVersion::V13, |version| version.value)
    }
}

/// The version that a config means by `text`. What is older than all that are spoken counts as the oldest of them where
/// it is a lower bound; as an upper bound it cannot be met, and counts as not said. Both are findings.
pub fn version(text: &str, is_lower: bool) -> Option<TlsVersion> {
    match text {
        "TLS13" => Some(TlsVersion::V13),
        "TLS12" => Some(TlsVersion::V12),
        "TLS11" | "TLS10" | "SSL3.0" if is_lower => Some(TlsVersion::V12),
        _ => None,
    }
}

/// A group, if it is built.
pub fn group(code: u16) -> Option<TlsGroup> {
    TlsGroup::ALL.iter().copied().find(|g| g.code() == code)
}

/// A suite of TLS 1.2, if it is built.
pub fn suite(code: u16) -> Option<TlsSuite> {
    TlsSuite::ALL.iter().copied().find(|s| s.code() == code)
}

/// Suites of TLS 1.3, which are always offered.
pub const TLS13_SUITES: [(u16, &str); 3] = [
    (4865, "TLS_AES_128_GCM_SHA256"),
    (4866, "TLS_AES_256_GCM_SHA384"),
    (4867, "TLS_CHACHA20_POLY1305_SHA256"),
];

/// Names of groups and suites that configs of the old engine may have and that are not built.
pub fn name_of_unbuilt(code: u16) -> Option<&'static str> {
    const NAMES: [(u16, &str); 16] = [
        (25, "P-521"),
        (4589, "P-384 with MLKEM1024"),
        (5, "TLS_RSA_WITH_RC4_128_SHA"),
        (10, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        (47, "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (53, "TLS_RSA_WITH_AES_256_CBC_SHA"),
        (60, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        (156, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        (157, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        (49159, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
        (49161, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        (49162, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        (49171, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        (49172, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        (49187, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
        (49191, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    ];
    let found = NAMES.iter().find(|(number, _)| *number == code);
    found.map(|&(_, name)| name)
}
