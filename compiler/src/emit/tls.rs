//! TLS in `main.rs`: a static for the listener's and one for the upstreams'; only what is not the runtime's default.

use super::{code::Code, print};
use crate::plan::{ClientTls, Crypto, KeyFiles, Plan, Tls, TlsGroup, TlsSuite, TlsVersion};
use std::collections::BTreeSet;

/// The statics, in the order in which they are to stand.
pub fn statics(plan: &Plan, names: &mut BTreeSet<&'static str>) -> Vec<String> {
    let listener = plan.server.tls.as_ref().map(|tls| listener(tls, names));
    let upstreams = plan.server.dial.tls.as_ref();
    let upstreams = upstreams.map(|tls| self::upstreams(tls, names));
    listener.into_iter().chain(upstreams).collect()
}

fn listener(tls: &Tls, names: &mut BTreeSet<&'static str>) -> String {
    names.insert("Tls");
    let mut code = Code::call("Tls::new", [keys(&tls.keys, names)]);
    code = crypto(&tls.crypto, code, names);
    if let Some(clients) = &tls.clients {
        let files = (!clients.files.is_empty()).then(|| Code::texts(&clients.files));
        code = code
            .maybe("client_authorities", files)
            .flag("system_client_authorities", clients.system);
    }
    print::item("static TLS: Tls", &code)
}

fn upstreams(tls: &ClientTls, names: &mut BTreeSet<&'static str>) -> String {
    names.insert("UpstreamTls");
    let code = crypto(&tls.crypto, Code::call("UpstreamTls::new", []), names);
    let roots = (!tls.roots.files.is_empty()).then(|| Code::texts(&tls.roots.files));
    let certificates = (!tls.certificates.is_empty()).then(|| keys(&tls.certificates, names));
    let code = code
        .maybe("roots", roots)
        .flag("no_system_roots", !tls.roots.system)
        .maybe("certificates", certificates)
        .flag("accept_any_certificate", tls.accept_any);
    print::item("static UPSTREAM_TLS: UpstreamTls", &code)
}

fn keys(keys: &[KeyFiles], names: &mut BTreeSet<&'static str>) -> Code {
    names.insert("KeyFiles");
    Code::list(keys.iter().map(|KeyFiles { certificate, key }| {
        Code::call("KeyFiles::new", [Code::text(certificate), Code::text(key)])
    }))
}

fn crypto(crypto: &Crypto, mut code: Code, names: &mut BTreeSet<&'static str>) -> Code {
    let bounds = [("min_version", crypto.min), ("max_version", crypto.max)];
    for (setter, version) in bounds {
        if version == TlsVersion::V12 {
            names.insert("TlsVersion");
            code = code.method(setter, [Code::word("TlsVersion::V12")]);
        }
    }
    if let Some(groups) = &crypto.groups {
        names.insert("TlsGroup");
        let variant = |group: &TlsGroup| Code::word(format!("TlsGroup::{}", group.variant()));
        code = code.method("groups", [Code::list(groups.iter().map(variant))]);
    }
    if let Some(suites) = &crypto.suites {
        names.insert("TlsSuite");
        let variant = |suite: &TlsSuite| Code::word(format!("TlsSuite::{}", suite.variant()));
        code = code.method("suites", [Code::list(suites.iter().map(variant))]);
    }
    code
}
