//! TLS, on the listener and towards upstreams.

use std::fmt;

/// The listener's. Versions, groups and suites as the config says, or the runtime's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// At least one; the first is for clients that name no host, or another.
    pub keys: Vec<KeyFiles>,
    /// How bytes are protected.
    pub crypto: Crypto,
    /// `Some`: a client must show a certificate.
    pub clients: Option<Authorities>,
}

/// Towards `https` upstreams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// How bytes are protected.
    pub crypto: Crypto,
    /// Whose certificates are believed.
    pub roots: Authorities,
    /// What is shown to upstreams that ask.
    pub certificates: Vec<KeyFiles>,
    /// Every certificate is believed.
    pub accept_any: bool,
}

/// Two PEM files, by their paths at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// The chain.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// How bytes are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crypto {
    /// The oldest version that is spoken.
    pub min: TlsVersion,
    /// The newest.
    pub max: TlsVersion,
    /// The most wanted first; `None`: the runtime's.
    pub groups: Option<Vec<TlsGroup>>,
    /// Of TLS 1.2, the most wanted first; `None`: the runtime's.
    pub suites: Option<Vec<TlsSuite>>,
}

/// Who may vouch for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities {
    /// PEM files, by their paths at run time.
    pub files: Vec<String>,
    /// And whoever the system trusts.
    pub system: bool,
}

/// What the runtime speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TlsVersion {
    V12,
    V13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::V12 => "1.2",
            TlsVersion::V13 => "1.3",
        })
    }
}

macro_rules! registered {
    ($(#[$doc:meta])* $type:ident { $($id:ident = $code:literal, $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum $type { $($id),* }

        impl $type {
            /// Those that there are, the most wanted first.
            pub const ALL: &[$type] = &[$($type::$id),*];

            /// Its number in IANA's registry, as configs say it.
            pub const fn code(self) -> u16 {
                match self { $($type::$id => $code),* }
            }

            /// Its name there.
            pub const fn name(self) -> &'static str {
                match self { $($type::$id => $name),* }
            }

            /// As the runtime's enum calls it.
            pub const fn variant(self) -> &'static str {
                match self { $($type::$id => stringify!($id)),* }
            }
        }
    };
}

registered! {
    /// Groups of the key exchange.
    TlsGroup {
        X25519MlKem768 = 4588, "X25519MLKEM768";
        X25519 = 29, "X25519";
        P256 = 23, "P-256";
        P384 = 24, "P-384";
        P256MlKem768 = 4587, "P-256 with MLKEM768";
    }
}

registered! {
    /// Cipher suites of TLS 1.2.
    TlsSuite {
        EcdsaAes256 = 49196, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        EcdsaAes128 = 49195, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        EcdsaChaCha20 = 52393, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
        RsaAes256 = 49200, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
        RsaAes128 = 49199, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        RsaChaCha20 = 52392, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
    }
}
