//! What people have tried, and what breaks other libraries. Every one is refused, and the tokens they were made of are
//! good.

mod corpus;

use super::{check, claims, mint, rules};
use crate::jose::{Alg, Algs, KeySet, Rules};
use corpus::Corpus;

fn keys() -> KeySet {
    let text = mint::key_set().to_string();
    KeySet::parse(text.as_bytes()).expect("a key set")
}

#[test]
fn every_hostile_token_is_refused() {
    let (keys, rules) = (keys(), rules());
    let corpus = Corpus::gather();
    let accepted: Vec<&str> = corpus
        .tokens
        .iter()
        .filter(|(_, token)| check(&rules, token, &keys).is_ok())
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
    let count = corpus.tokens.len();
    println!("{count} hostile tokens, all refused");
    assert!(count >= 150, "the corpus has lost some: {count}");
}

#[test]
fn the_tokens_they_are_made_of_are_good() {
    let (keys, rules) = (keys(), rules());
    let good = Corpus::good();
    for (name, token) in &good {
        let checked = check(&rules, token, &keys);
        assert!(checked.is_ok(), "{name}: {checked:?}");
    }
    println!("{} good tokens, all accepted", good.len());
}

/// The oldest trick: a symmetric signature with the public key's bytes as the secret.
#[test]
fn a_public_key_is_no_secret() {
    let all = Rules {
        algs: Algs::of(&[Alg::Rs256, Alg::Hs256, Alg::Hs384, Alg::Hs512]),
        ..rules()
    };
    let text = serde_json::json!({ "keys": [mint::RSA.jwk] }).to_string();
    let keys = KeySet::parse(text.as_bytes()).expect("a key set");
    let jwk = &mint::RSA.jwk;
    let n = jwk["n"].as_str().expect("n");
    let decoded = crate::jose::base64url(n).expect("base64url");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{n}\n-----END PUBLIC KEY-----\n");
    for secret in [
        n.as_bytes(),
        decoded.as_slice(),
        jwk.to_string().as_bytes(),
        pem.as_bytes(),
        b"",
    ] {
        for alg in ["HS256", "HS384", "HS512"] {
            let token = mint::secret("rsa", secret).token(alg, &claims());
            assert!(check(&all, &token, &keys).is_err(), "{alg}");
        }
    }
    let good = mint::RSA.token("RS256", &claims());
    assert!(check(&all, &good, &keys).is_ok(), "the good one");
}
