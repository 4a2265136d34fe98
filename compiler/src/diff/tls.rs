//! TLS, as values: what is not there is not so, or as it is where the config says nothing of it.

use super::value::Value;
use crate::plan::{Authorities, ClientTls, Crypto, KeyFiles, Tls, TlsVersion};

type Row = (&'static str, Option<Value>);

/// The listener's.
pub fn listener(tls: Option<&Tls>) -> Vec<Row> {
    let Some(tls) = tls else { return Vec::new() };
    let Tls {
        keys,
        crypto,
        clients,
    } = tls;
    let mut rows = vec![
        ("tls", Some(Value::Text("on".to_owned()))),
        ("tls: keys", pairs(keys)),
        // Where it is not as it is by default.
        ("tls: min_version", other(crypto.min, TlsVersion::V13)),
        ("tls: max_version", other(crypto.max, TlsVersion::V13)),
        ("tls: curve_preferences", groups(crypto)),
        ("tls: cipher_suites", suites(crypto)),
    ];
    if let Some(Authorities { files, system }) = clients {
        rows.extend([
            ("tls: enable_mtls", Some(Value::Flag(true))),
            ("tls: ca_certs", Some(Value::List(files.clone()))),
            ("tls: disable_system_ca_pool", Some(Value::Flag(!system))),
        ]);
    }
    rows
}

/// Towards upstreams.
pub fn client(tls: Option<&ClientTls>) -> Vec<Row> {
    let Some(tls) = tls else { return Vec::new() };
    let ClientTls {
        crypto,
        roots,
        certificates,
        accept_any,
    } = tls;
    let on = |flag: bool| flag.then_some(Value::Flag(true));
    vec![
        ("allow_insecure_connections", on(*accept_any)),
        (
            "client_tls: min_version",
            other(crypto.min, TlsVersion::V12),
        ),
        (
            "client_tls: max_version",
            other(crypto.max, TlsVersion::V13),
        ),
        ("client_tls: curve_preferences", groups(crypto)),
        ("client_tls: cipher_suites", suites(crypto)),
        (
            "client_tls: ca_certs",
            (!roots.files.is_empty()).then(|| Value::List(roots.files.clone())),
        ),
        ("client_tls: disable_system_ca_pool", on(!roots.system)),
        (
            "client_tls: client_certs",
            if certificates.is_empty() {
                None
            } else {
                pairs(certificates)
            },
        ),
    ]
}

fn other(version: TlsVersion, usual: TlsVersion) -> Option<Value> {
    (version != usual).then(|| Value::Text(version.to_string()))
}

#[expect(clippy::unnecessary_wraps, reason = "reads as a column of the table")]
fn pairs(pairs: &[KeyFiles]) -> Option<Value> {
    let words = |pair: &KeyFiles| format!("{} with {}", pair.certificate, pair.key);
    Some(Value::List(pairs.iter().map(words).collect()))
}

fn groups(crypto: &Crypto) -> Option<Value> {
    let names = crypto.groups.as_ref()?.iter();
    Some(Value::List(names.map(|g| g.name().to_owned()).collect()))
}

fn suites(crypto: &Crypto) -> Option<Value> {
    let names = crypto.suites.as_ref()?.iter();
    Some(Value::List(names.map(|s| s.name().to_owned()).collect()))
}
