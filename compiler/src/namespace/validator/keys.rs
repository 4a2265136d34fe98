//! Where a validator's keys come from, and whom the gateway believes there.

use super::{flag, inert, text, texts};
use crate::{
    config::{duration, file, slot, url},
    diagnostic::{Diagnostic, codes},
    json::Node,
    plan::{Kind, Slotted, Text},
};
use std::{ops::Range, time::Duration};

/// The source of a key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// A URL, which may have slots, or a path.
    pub place: Text,
    /// It is a path.
    pub is_file: bool,
    /// `None`: as the root says, or the runtime's default.
    pub lifetime: Option<Duration>,
    /// `None`: the runtime's default.
    pub cooldown: Option<Duration>,
    /// Path of a PEM file.
    pub ca: Option<String>,
    /// In base64url.
    pub fingerprints: Vec<String>,
    /// IANA names; empty: the runtime's default.
    pub cipher_suites: Vec<String>,
    /// Nothing about the server is checked.
    pub insecure: bool,
}

/// The suites of TLS 1.2 that there are, which is also what is used by default.
const SUITES: [(u64, &str); 6] = [
    (49_195, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (49_196, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (49_199, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (49_200, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (52_392, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (52_393, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
];

/// The runtime's.
const USUAL_COOLDOWN: Duration = Duration::from_secs(30);

pub(super) fn read(node: &Node, findings: &mut Vec<Diagnostic>) -> Keys {
    let missing = (
        "a validator without keys",
        "add `\"jwk_url\": \"https://…\"`, the key set (JWKS) of the issuer",
    );
    let keys = place(node, missing, findings);
    cached(node, keys.is_file, findings);
    let seconds = node.get("cache_duration").and_then(Node::as_u64);
    let cooldown = text(node, "failed_jwk_key_cooldown");
    Keys {
        lifetime: seconds.filter(|s| *s > 0).map(Duration::from_secs),
        cooldown: cooldown
            .and_then(|text| duration::parse(&text).ok())
            .filter(|t| *t >= Duration::from_secs(1) && *t != USUAL_COOLDOWN),
        ..keys
    }
}

/// The private keys of `auth/signer`, of which one is fetched once.
pub fn private(node: &Node, findings: &mut Vec<Diagnostic>) -> Keys {
    let missing = (
        "a signer without a key",
        "add `\"jwk_local_path\": \"/run/secrets/keys.json\"`, a private key set (JWKS)",
    );
    let keys = place(node, missing, findings);
    if let Some(member) = node.member("disable_jwk_security")
        && keys.insecure
        && !keys.is_file
    {
        findings.push(
            Diagnostic::new(
                &codes::INSECURE_KEYS,
                "the private key is fetched from whoever answers, for everybody on the way to read",
                member.key.span,
                "no certificate is checked",
            )
            .note("whoever has it signs tokens in the gateway's name")
            .help("use https and remove the key; `jwk_local_ca` adds a private authority"),
        );
    }
    keys
}

/// `missing`: what it is without keys, and what helps.
fn place(node: &Node, missing: (&str, &str), findings: &mut Vec<Diagnostic>) -> Keys {
    let insecure = flag(node, "disable_jwk_security");
    let (url, path) = (node.get("jwk_url"), text(node, "jwk_local_path"));
    match (url, &path) {
        (Some(url), None) => check_url(url, insecure, findings),
        (None, Some(_)) => {}
        (Some(url), Some(_)) => findings.push(inert(
            "jwk_url",
            url.span,
            "the keys of `jwk_local_path` are the only ones",
        )),
        (None, None) => findings.push(
            Diagnostic::new(
                &codes::NO_KEY_SET,
                missing.0,
                node.start(),
                "neither `jwk_url` nor `jwk_local_path`",
            )
            .help(missing.1),
        ),
    }
    for key in ["jwk_local_path", "jwk_local_ca"] {
        let path = node.get(key).and_then(|node| Some((node, node.as_str()?)));
        findings.extend(path.and_then(|(node, text)| file::judge(text, node.span)));
    }
    fetched(node, path.is_some(), findings);
    fingerprints(node, findings);
    let place = match (&path, url.and_then(slot::text)) {
        (Some(path), _) => Text::from(Slotted::Fixed(path.clone())),
        (None, Some(url)) => url.of(if insecure { Kind::Url } else { Kind::Https }),
        // Which is an error.
        (None, None) => Text::from(Slotted::default()),
    };
    Keys {
        is_file: path.is_some(),
        place,
        lifetime: None,
        cooldown: None,
        ca: text(node, "jwk_local_ca"),
        fingerprints: texts(node, "jwk_fingerprints"),
        cipher_suites: suites(node),
        insecure,
    }
}

fn check_url(node: &Node, insecure: bool, findings: &mut Vec<Diagnostic>) {
    let text = node.as_str().unwrap_or_default();
    let mut wrong = |why: &str, range: Option<Range<usize>>, help: &str| {
        let place = range
            .filter(|range| !range.is_empty())
            .map_or(node.span, |range| node.within(range));
        let message = format!("`{text}` is no place for keys: {why}");
        findings.push(Diagnostic::new(&codes::BAD_URL, message, place, "").help(help));
    };
    match url::parse(text) {
        Some(Ok(url)) if !url.is_secure() && !insecure => wrong(
            "over http anybody on the way can change them",
            None,
            "use https, or say `\"disable_jwk_security\": true` and mean it",
        ),
        Some(Err(misfit)) => wrong(
            &misfit.error.to_string(),
            Some(misfit.range),
            misfit.error.help(),
        ),
        Some(Ok(_)) | None => {}
    }
}

/// Keys are always kept, which `false` asks not to be.
fn cached(node: &Node, is_file: bool, findings: &mut Vec<Diagnostic>) {
    if let Some(cache) = node.member("cache")
        && cache.value.as_bool() == Some(false)
    {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "`\"cache\": false` does nothing: keys are always kept",
                cache.key.span,
                "no request ever fetches them",
            )
            .help("remove the key; `cache_duration` says for how long they are fresh"),
        );
    }
    for member in ["cache", "cache_duration"]
        .iter()
        .filter_map(|key| node.member(key))
    {
        if is_file && member.value.as_bool() != Some(false) {
            findings.push(inert(
                &member.key,
                member.key.span,
                "a file is read again when it changes",
            ));
        }
    }
}

/// What concerns a fetch does nothing for a file, or where nothing is checked.
fn fetched(node: &Node, is_file: bool, findings: &mut Vec<Diagnostic>) {
    let keys = [
        "failed_jwk_key_cooldown",
        "jwk_local_ca",
        "jwk_fingerprints",
        "cipher_suites",
        "disable_jwk_security",
    ];
    for member in keys.iter().filter_map(|key| node.member(key)) {
        if is_file {
            findings.push(inert(
                &member.key,
                member.key.span,
                "the keys are in a file",
            ));
        }
    }
    if let Some(member) = node.member("jwk_local_ca")
        && flag(node, "disable_jwk_security")
        && !is_file
    {
        findings.push(inert(
            "jwk_local_ca",
            member.key.span,
            "`disable_jwk_security` asks no authority",
        ));
    }
}

fn fingerprints(node: &Node, findings: &mut Vec<Diagnostic>) {
    let list = node.get("jwk_fingerprints").map(Node::items);
    for item in list.unwrap_or_default() {
        let text = item.as_str().unwrap_or_default();
        if !is_sha256(text) {
            findings.push(
                Diagnostic::new(
                    &codes::BAD_FINGERPRINT,
                    format!("`{text}` is not the base64url of a SHA-256"),
                    item.span,
                    "",
                )
                .help("43 characters of A-Z, a-z, 0-9, `-` and `_`"),
            );
        }
    }
}

/// 32 bytes are 43 characters, the last of which has two bits that stand for nothing.
fn is_sha256(text: &str) -> bool {
    let text = text.trim_end_matches('=');
    let is_url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43
        && text.bytes().all(is_url)
        && text.ends_with(|last| "AEIMQUYcgkosw048".contains(last))
}

fn suites(node: &Node) -> Vec<String> {
    let list = node.get("cipher_suites").map(Node::items);
    let numbers: Vec<u64> = list
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_u64)
        .collect();
    let named = |(number, name): &(u64, &str)| numbers.contains(number).then(|| (*name).to_owned());
    let names: Vec<String> = SUITES.iter().filter_map(named).collect();
    // All of them is what there is anyway.
    if names.len() == SUITES.len() {
        Vec::new()
    } else {
        names
    }
}
