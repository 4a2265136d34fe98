//! A validator as a static of the generated `jwt.rs`, and the step that asks it.

use super::{Keys, Validator, Wanted, read, shared_lifetime};
use crate::{
    config::slot,
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Stage, Static},
};
use std::time::Duration;

/// The runtime's default.
const USUAL: Duration = Duration::from_secs(super::USUAL_LIFETIME);

/// One static per distinct validator; the root's block only says how long keys are fresh.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    if to.endpoint.is_none() {
        return;
    }
    let (validator, _) = read(node);
    let root = to.config.extra.iter();
    let shared = root
        .filter(|extra| extra.namespace.key == "auth/validator")
        .map(|extra| shared_lifetime(&extra.value))
        .next();
    let place = to.add(Static {
        file: "jwt",
        name: constant(&subject(&validator)),
        kind: "Validator",
        doc: doc(&validator),
        value: chain(&validator, shared.unwrap_or(USUAL)),
    });
    to.texts(validator.issuer.iter().chain([&validator.keys.place]));
    to.part(place);
    to.feature("auth");
    to.step(Stage::Token, "auth::require", Some(place), says(&validator));
}

/// What people know it by: the issuer, or else the host or file of its keys.
fn subject(validator: &Validator) -> String {
    if let Some(issuer) = &validator.issuer {
        return slot::likely(issuer.written());
    }
    let place = slot::likely(validator.keys.place.written());
    if validator.keys.is_file {
        let file = place.rsplit('/').next().unwrap_or(&place);
        return file.split('.').next().unwrap_or(file).to_owned();
    }
    let rest = place
        .split_once("://")
        .map_or(place.as_str(), |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest).to_owned()
}

fn doc(validator: &Validator) -> String {
    let Validator { alg, keys, .. } = validator;
    match &validator.issuer {
        Some(issuer) => format!("Tokens of `{}`, {alg}.", issuer.written()),
        None => format!(
            "Tokens of any issuer, {alg}, signed by the keys of `{}`.",
            keys.place.written()
        ),
    }
}

fn chain(validator: &Validator, shared: Duration) -> Chain {
    let texts = |list: &[String]| Arg::Texts(list.to_vec());
    let alg = Arg::Name(alg(&validator.alg));
    let audience = if validator.any_audience {
        "any_audience"
    } else {
        "audience"
    };
    let asked = Some(&validator.audience).filter(|list| !list.is_empty());
    let chain = Chain::new("Validator::new", [alg]);
    let lifetime = validator.keys.lifetime.unwrap_or(shared);
    let kept = (!validator.keys.is_file && lifetime != USUAL).then_some(lifetime);
    let mut chain = keys_of(chain, &validator.keys, kept)
        .maybe("key_id", validator.key_id.as_deref().map(key_id))
        .maybe("issuer", validator.issuer.as_ref().map(Arg::from))
        .maybe(audience, asked.map(|list| texts(list)))
        .maybe("leeway", validator.leeway.map(Arg::Duration))
        .maybe("header", validator.header.as_deref().map(Arg::from))
        .maybe("cookie", validator.cookie.as_deref().map(Arg::from));
    for (kind, wanted) in [("roles", &validator.roles), ("scopes", &validator.scopes)] {
        if let Some(Wanted { claim, words, .. }) = wanted {
            chain = chain.set(
                setter(kind, wanted.as_ref()),
                [claim.as_str().into(), texts(words)],
            );
        }
    }
    if !validator.propagate.is_empty() {
        let claims = validator.propagate.iter().map(|(claim, header)| {
            let args = vec![claim.as_str().into(), header.as_str().into()];
            ("Claim::new", args)
        });
        chain = chain.set("propagate", [Arg::Calls(claims.collect())]);
    }
    chain
        .flag("keep_arrays", validator.keep_arrays)
        .flag("debug", validator.debug)
}

fn setter(kind: &str, wanted: Option<&Wanted>) -> &'static str {
    match (kind, wanted) {
        ("roles", Some(Wanted { nested: true, .. })) => "nested_roles",
        ("roles", _) => "roles",
        (_, Some(Wanted { all: true, .. })) => "all_scopes",
        _ => "scopes",
    }
}

/// Where keys are, and whom to believe there.
pub fn keys_of(chain: Chain, keys: &Keys, lifetime: Option<Duration>) -> Chain {
    let texts = |list: &[String]| (!list.is_empty()).then(|| Arg::Texts(list.to_vec()));
    let place = Arg::from(&keys.place);
    if keys.is_file {
        return chain.set("keys_in", [place]);
    }
    chain
        .set("keys_at", [place])
        .maybe("keys_lifetime", lifetime.map(Arg::Duration))
        .maybe("keys_cooldown", keys.cooldown.map(Arg::Duration))
        .maybe("keys_ca", keys.ca.as_deref().map(Arg::from))
        .maybe("keys_fingerprints", texts(&keys.fingerprints))
        .maybe("keys_cipher_suites", texts(&keys.cipher_suites))
        .flag("insecure_keys", keys.insecure)
}

/// The runtime's name of an algorithm.
pub fn alg(name: &str) -> &'static str {
    match name {
        "HS256" => "Alg::Hs256",
        "HS384" => "Alg::Hs384",
        "HS512" => "Alg::Hs512",
        "RS384" => "Alg::Rs384",
        "RS512" => "Alg::Rs512",
        "PS256" => "Alg::Ps256",
        "PS384" => "Alg::Ps384",
        "PS512" => "Alg::Ps512",
        "ES256" => "Alg::Es256",
        "ES384" => "Alg::Es384",
        "ES512" => "Alg::Es512",
        "EdDSA" => "Alg::EdDsa",
        _ => "Alg::Rs256",
    }
}

fn key_id(strategy: &str) -> Arg {
    Arg::Name(match strategy {
        "x5t" => "KeyId::X5t",
        "x5t#S256" => "KeyId::X5tS256",
        "kid_x5t" => "KeyId::KidX5t",
        _ => "KeyId::Kid",
    })
}

/// For a person.
fn says(validator: &Validator) -> String {
    let issuer = match &validator.issuer {
        Some(issuer) => format!("`{}`", issuer.written()),
        None => "any issuer".to_owned(),
    };
    let header = validator.header.as_deref().unwrap_or("authorization");
    let cookie = validator.cookie.as_deref().unwrap_or("access_token");
    let mut sentences = vec![format!(
        "Asks for a token of {issuer}, signed with {} by a key of `{}`, in the header `{header}` or the cookie `{cookie}`; 401 without.",
        validator.alg,
        validator.keys.place.written()
    )];
    if !validator.audience.is_empty() {
        let how = if validator.any_audience {
            "one"
        } else {
            "each"
        };
        let names = quoted(&validator.audience, ", ");
        sentences.push(format!("It must be for {how} of {names}."));
    }
    for wanted in validator.roles.iter().chain(&validator.scopes) {
        let between = if wanted.all { " and " } else { " or " };
        let words = quoted(&wanted.words, between);
        sentences.push(format!(
            "Its `{}` must have {words}; 403 without.",
            wanted.claim
        ));
    }
    for (claim, header) in &validator.propagate {
        sentences.push(format!("Its `{claim}` becomes `{header}`."));
    }
    sentences.join(" ")
}

fn quoted(words: &[String], between: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(between)
}
