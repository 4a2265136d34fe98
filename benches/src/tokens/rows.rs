//! What tokens cost: the same request where nobody looks at them, where they are remembered, where they are checked, and
//! where they are refused.

use super::{load::Requests, row::Row};
use crate::{
    shape::{AUDIENCE, ISSUER},
    signer::{Alg, Keys},
};

const PLAIN: &str = "plain";
const VALIDATOR: &str = "validator";
const IDENTITY: &str = "identity";

/// Users whose tokens are remembered: some, so that not one token alone is in every cache of the processor.
const USERS: usize = 100;
/// Tokens that are asked for in a circle. A core remembers 4,096 at most and forgets the oldest, so that it has forgotten
/// each of these when its turn comes again.
const STRANGERS: usize = 10_000;

/// What requests without a token are compared with.
const OPEN: &str = "open";

/// All rows, in the order of the table.
pub fn rows(keys: &Keys) -> Vec<Row> {
    let nobody = [String::new()];
    let mut rows = vec![
        row("open", VALIDATOR, "open", &nobody, 200, OPEN),
        row(
            "open, no auth in the gateway",
            PLAIN,
            "open",
            &nobody,
            200,
            OPEN,
        ),
        row(
            "public path, edge identity",
            IDENTITY,
            "open",
            &nobody,
            200,
            OPEN,
        ),
        row("no token: 401", VALIDATOR, "rs256", &nobody, 401, OPEN),
    ];
    let garbage = ["hk-0123456789abcdef0123456789abcdef".to_owned()];
    rows.push(row("garbage: 401", VALIDATOR, "rs256", &garbage, 401, OPEN));
    let someone = Keys::new();
    for (alg, path) in [
        (Alg::Rs256, "rs256"),
        (Alg::Es256, "es256"),
        (Alg::EdDsa, "eddsa"),
    ] {
        let name = alg.name();
        let open = format!("open, {name} sent");
        let strangers = tokens(keys, alg, STRANGERS);
        let users = &strangers[..USERS];
        let mut add = |what: &str, gateway, path, tokens: &[String], status| {
            let name = format!("{name} {what}");
            rows.push(row(&name, gateway, path, tokens, status, &open));
        };
        add("remembered", VALIDATOR, path, users, 200);
        add("checked", VALIDATOR, path, &strangers, 200);
        // Named as the issuer's, signed by somebody else.
        let forged = tokens(&someone, alg, USERS);
        add("forged: 401", VALIDATOR, path, &forged, 401);
        if let Alg::Rs256 = alg {
            add("remembered, edge identity", IDENTITY, "known", users, 200);
            add("checked, edge identity", IDENTITY, "known", &strangers, 200);
        }
        rows.push(row(&open, VALIDATOR, "open", users, 200, OPEN));
    }
    rows
}

fn tokens(keys: &Keys, alg: Alg, count: usize) -> Vec<String> {
    (0..count)
        .map(|n| keys.token(alg, ISSUER, AUDIENCE, n))
        .collect()
}

/// GETs of `path`, each with the next token; an empty one is not sent.
fn row(
    name: &str,
    gateway: &'static str,
    path: &str,
    tokens: &[String],
    status: u16,
    base: &str,
) -> Row {
    let requests = tokens.iter().map(|token| get(path, token).into_bytes());
    Row {
        name: name.to_owned(),
        gateway,
        requests: Requests::new(requests.collect(), status),
        base: base.to_owned(),
    }
}

/// As a browser would send it.
fn get(path: &str, token: &str) -> String {
    let authorization = if token.is_empty() {
        String::new()
    } else {
        format!("Authorization: Bearer {token}\r\n")
    };
    format!(
        "GET /{path}/42 HTTP/1.1\r\nHost: gateway.test\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: application/json\r\nAccept-Language: en-GB,en;q=0.8\r\nAccept-Encoding: gzip, br\r\n\
         {authorization}Referer: https://shop.test/items\r\nConnection: keep-alive\r\n\r\n"
    )
}
