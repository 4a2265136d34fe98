//! TLS: the defaults applied, what is not built left out.

use crate::{
    config::{
        Config,
        tls::{self, KeyPair},
    },
    defaults, namespace,
    plan::{Authorities, ClientTls, Crypto, Host, KeyFiles, Tls, TlsSuite, TlsVersion},
    source::Spanned,
};

/// The listener's, unless it is plain.
pub fn listener(config: &Config) -> Option<Tls> {
    let tls = config.tls.as_ref().filter(|tls| !tls.disabled)?;
    let is_on = |flag: Option<Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    Some(Tls {
        keys: pairs(tls.keys.iter().chain(&tls.lone)),
        crypto: crypto(&tls.crypto),
        clients: is_on(tls.enable_mtls).then(|| Authorities {
            files: texts(&tls.ca_certs),
            system: !is_on(tls.disable_system_ca_pool),
        }),
    })
}

/// Towards these upstreams; `None` where the config says nothing of it, or none of them, nor a peer, is called over TLS.
pub fn client<'a>(config: &Config, hosts: impl IntoIterator<Item = &'a Host>) -> Option<ClientTls> {
    if !hosts.into_iter().any(|host| host.tls) && !namespace::zap::over_tls(config) {
        return None;
    }
    let is_on = |flag: Option<Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    // The old name of the same.
    let insecure = is_on(config.allow_insecure_connections);
    let Some(tls) = &config.client_tls else {
        return insecure.then(|| ClientTls {
            // Nothing is said of versions: they are what they are without `client_tls`.
            crypto: Crypto {
                min: TlsVersion::V12,
                max: TlsVersion::V13,
                groups: None,
                suites: None,
            },
            roots: Authorities {
                files: Vec::new(),
                system: true,
            },
            certificates: Vec::new(),
            accept_any: true,
        });
    };
    Some(ClientTls {
        crypto: crypto(&tls.crypto),
        roots: Authorities {
            files: texts(&tls.ca_certs),
            system: !is_on(tls.disable_system_ca_pool),
        },
        certificates: pairs(&tls.client_certs),
        accept_any: insecure || is_on(tls.allow_insecure_connections),
    })
}

fn pairs<'a>(pairs: impl IntoIterator<Item = &'a KeyPair>) -> Vec<KeyFiles> {
    let whole = |pair: &KeyPair| {
        Some(KeyFiles {
            certificate: pair.certificate.as_ref()?.value.clone(),
            key: pair.key.as_ref()?.value.clone(),
        })
    };
    pairs.into_iter().filter_map(whole).collect()
}

fn crypto(said: &tls::Crypto) -> Crypto {
    let groups: Vec<_> = { said.groups.iter() }
        .filter_map(|c| tls::group(c.value))
        .collect();
    let suites: Vec<_> = { said.suites.iter() }
        .filter_map(|c| tls::suite(c.value))
        .collect();
    // A list of which nothing is built is none: the finding about each of its entries was allowed. The runtime's own is
    // not said again.
    Crypto {
        min: said.min(),
        max: said.max(),
        groups: Some(groups).filter(|groups| !groups.is_empty() && *groups != defaults::TLS_GROUPS),
        suites: Some(suites).filter(|suites| {
            !suites.is_empty() && *suites != TlsSuite::ALL && said.min() == TlsVersion::V12
        }),
    }
}

fn texts(texts: &[Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}
