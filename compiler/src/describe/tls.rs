//! TLS, in words.

use super::units::listed;
use crate::{
    defaults,
    plan::{Authorities, ClientTls, Crypto, KeyFiles, Plan, Tls, TlsGroup, TlsSuite, TlsVersion},
};

/// What clients of the listener meet.
pub fn listener(tls: &Tls) -> String {
    let Tls {
        keys,
        crypto,
        clients,
    } = tls;
    let by_name = if keys.len() > 1 {
        ", by the name that a client asks for"
    } else {
        ""
    };
    let clients = match clients {
        None => "Clients show no certificate.".to_owned(),
        Some(of) => format!("A client must show a certificate of {}.", authorities(of)),
    };
    format!(
        "{}, with {}{by_name}. {clients} Files are read at start, from the working directory, and again \
         when they change.",
        spoken(crypto),
        files(keys),
    )
}

/// What https upstreams meet; nothing where there are none.
pub fn upstreams(plan: &Plan) -> Option<String> {
    if !plan.upstreams.iter().any(|u| u.hosts.iter().any(|h| h.tls)) {
        return None;
    }
    let Some(tls) = &plan.server.dial.tls else {
        return Some(
            "Upstreams over https: TLS 1.2 and 1.3, certificates of the system's authorities [default].".to_owned(),
        );
    };
    let ClientTls {
        crypto,
        roots,
        certificates,
        accept_any,
    } = tls;
    let believed = if *accept_any {
        "ANY certificate is believed: whoever is on the way can read and change what is sent"
            .to_owned()
    } else {
        format!("certificates of {}", authorities(roots))
    };
    let own = match certificates.as_slice() {
        [] => String::new(),
        own => format!("; those that ask are shown {}", files(own)),
    };
    Some(format!(
        "Upstreams over https: {}, {believed}{own}.",
        spoken(crypto)
    ))
}

fn spoken(crypto: &Crypto) -> String {
    let versions = match (crypto.min, crypto.max) {
        (TlsVersion::V12, TlsVersion::V13) => "TLS 1.2 and 1.3".to_owned(),
        (version, _) => format!("TLS {version} only"),
    };
    let (groups, mark) = match &crypto.groups {
        Some(groups) => (groups.as_slice(), ""),
        None => (defaults::TLS_GROUPS, " [default]"),
    };
    let groups: Vec<_> = groups.iter().copied().map(TlsGroup::name).collect();
    let suites = match &crypto.suites {
        Some(suites) => {
            let names: Vec<_> = suites.iter().copied().map(TlsSuite::name).collect();
            format!(", in TLS 1.2 {}", listed(&names))
        }
        None => String::new(),
    };
    format!("{versions}, keys by {}{mark}{suites}", listed(&groups))
}

fn authorities(of: &Authorities) -> String {
    let system = of.system.then(|| "the system's authorities".to_owned());
    let files = of.files.iter().map(|file| format!("`{file}`"));
    listed(&files.chain(system).collect::<Vec<_>>())
}

fn files(keys: &[KeyFiles]) -> String {
    let names: Vec<_> = keys
        .iter()
        .map(|pair| format!("`{}`", pair.certificate))
        .collect();
    listed(&names)
}
