//! Versions, groups and suites as rustls takes them.

use super::config::{Crypto, TlsGroup, TlsSuite, TlsVersion};
use std::sync::Arc;
use tokio_rustls::rustls::{
    SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{
        CryptoProvider, SupportedKxGroup,
        aws_lc_rs::{self, cipher_suite, kx_group},
    },
    version,
};

/// Those of TLS 1.3: none of them is weak, so none of them is a choice.
const TLS13: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

impl Crypto {
    pub fn provider(&self) -> Arc<CryptoProvider> {
        let suites = self.suites.iter().map(|&suite| of_suite(suite));
        Arc::new(CryptoProvider {
            cipher_suites: TLS13.into_iter().chain(suites).collect(),
            kx_groups: self.groups.iter().map(|&group| of_group(group)).collect(),
            ..aws_lc_rs::default_provider()
        })
    }

    pub fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let spoken = |version: &TlsVersion| (self.min..=self.max).contains(version);
        [TlsVersion::V13, TlsVersion::V12]
            .iter()
            .filter(|version| spoken(version))
            .map(|version| match version {
                TlsVersion::V12 => &version::TLS12,
                TlsVersion::V13 => &version::TLS13,
            })
            .collect()
    }
}

fn of_group(group: TlsGroup) -> &'static dyn SupportedKxGroup {
    match group {
        TlsGroup::X25519MlKem768 => kx_group::X25519MLKEM768,
        TlsGroup::P256MlKem768 => kx_group::SECP256R1MLKEM768,
        TlsGroup::X25519 => kx_group::X25519,
        TlsGroup::P256 => kx_group::SECP256R1,
        TlsGroup::P384 => kx_group::SECP384R1,
    }
}

fn of_suite(suite: TlsSuite) -> SupportedCipherSuite {
    match suite {
        TlsSuite::EcdsaAes256 => cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsSuite::EcdsaAes128 => cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsSuite::EcdsaChaCha20 => cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsSuite::RsaAes256 => cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsSuite::RsaAes128 => cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsSuite::RsaChaCha20 => cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    }
}
