//! `auth/signer`: values of an endpoint's answer that become tokens, signed by the gateway.

use super::validator::{self, Keys};
use crate::{
    config::{Config, Endpoint},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Does, Static},
};

/// The encoding in which the Go engine's signer works, and the only one that gwc composes.
pub const JSON: &str = "json";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// As tokens spell it.
    pub alg: String,
    /// Name of the private key.
    pub kid: String,
    /// Top-level members of the answer, sorted.
    pub names: Vec<String>,
    /// Tokens are JSON, in a text.
    pub full: bool,
    /// `None`: `JWT`.
    pub typ: Option<String>,
    /// Where the private key is.
    pub keys: Keys,
}

/// The schema has checked types and enumerations.
pub fn read(node: &Node) -> (Signer, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let text = |key| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let signer = Signer {
        alg: text("alg").unwrap_or_default(),
        kid: text("kid").unwrap_or_default(),
        names: names(node, &mut findings),
        full: node.get("full").and_then(Node::as_bool).unwrap_or_default(),
        typ: text("typ").filter(|typ| typ != "JWT"),
        keys: validator::private_keys(node, &mut findings),
    };
    (signer, findings)
}

fn names(node: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let list = node.get("keys_to_sign").map(Node::items);
    for item in list.unwrap_or_default() {
        let Some(name) = item.as_str() else { continue };
        if names.iter().any(|known| known == name) {
            findings.push(
                Diagnostic::new(
                    &codes::DUPLICATE_ENTRY,
                    format!("`{name}` stands here twice"),
                    item.span,
                    "it is signed once",
                )
                .help("remove one of the two"),
            );
        } else {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names
}

fn signs(endpoint: &Endpoint) -> bool {
    let mut extras = endpoint.extra.iter();
    extras.any(|extra| extra.namespace.key == "auth/signer")
}

/// Whether the endpoint's answer is one of the gateway's own: JSON of one backend, with values signed.
pub fn is_composed(endpoint: &Endpoint, config: &Config) -> bool {
    let stated = endpoint
        .output_encoding
        .as_ref()
        .or(config.output_encoding.as_ref());
    let json = stated.is_none_or(|encoding| encoding.value == JSON);
    json && signs(endpoint) && endpoint.backends.len() == 1
}

/// A static of `signers.rs`, and the end of the handler.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (signer, _) = read(node);
    let composed = to
        .endpoint
        .is_some_and(|endpoint| is_composed(endpoint, to.config));
    let start = Chain::new(
        "Signer::new",
        [
            Arg::Name(validator::alg(&signer.alg)),
            signer.kid.as_str().into(),
            Arg::Texts(signer.names.clone()),
        ],
    );
    let value = validator::keys_of(start, &signer.keys, None)
        .maybe("typ", signer.typ.as_deref().map(Arg::from))
        .flag("json", signer.full)
        .flag("composed", composed);
    let place = to.add(Static {
        file: "signers",
        name: constant(&signer.kid),
        kind: "Signer",
        doc: format!(
            "Signs {} with {} and the key `{}`.",
            quoted(&signer.names),
            signer.alg,
            signer.kid
        ),
        value,
    });
    to.texts([&signer.keys.place]);
    to.part(place);
    to.feature("signer");
    to.ending("sign", place, Does::Answers(says(&signer, composed)));
}

/// For a person.
fn says(signer: &Signer, composed: bool) -> String {
    let names = signer.names.iter().map(|name| format!("`{name}`"));
    let names = names.collect::<Vec<_>>().join(" and ");
    let rest = if composed {
        "The answer is 200 and JSON of the gateway's own; a backend that answers anything but 200 or 201 becomes a 502."
    } else {
        "Status and headers are the backend's; a body that is no JSON object becomes a 502, or, beside an error status, \
         is dropped."
    };
    format!(
        "The answer is read as a whole, 1 MiB at most. Of its members {names}, each that is an object becomes a token \
         signed with {} by the key `{}` of `{}`. What cannot be signed is a 502, never sent unsigned. {rest}",
        signer.alg,
        signer.kid,
        signer.keys.place.written()
    )
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
