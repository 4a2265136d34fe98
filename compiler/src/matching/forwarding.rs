//! What an upstream is asked for, and what the gateway tells it by itself. As `runtime/src/upstream/head.rs` builds it,
//! and with the same parts.

use super::{
    Found,
    fate::{Fate, fate, is_request_id, is_websocket},
    query,
    template::{Piece, Template},
};
use crate::plan::{Call, Host, Query, Server};
use http::{HeaderMap, header};

/// What the upstream is asked for: the template filled in, then the client's query as far as the call takes it.
pub fn path_and_query(call: &Call, found: &Found, client_query: &str) -> String {
    let template = Template::parse(&call.template);
    let param = |name: &str| {
        let found = found.params.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, text)| text.as_str())
    };
    let mut out = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Param(name) => out.push_str(param(name)),
            Piece::QueryParam(name) => query::append_value(&mut out, param(name)),
            Piece::Rest => out.push_str(found.rest.as_deref().unwrap_or("")),
        }
    }
    let separator = if template.has_query { '&' } else { '?' };
    match &call.query {
        Query::All if !client_query.is_empty() => {
            out.push(separator);
            out.push_str(client_query);
        }
        Query::All => {}
        Query::Only(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            query::append_listed(&mut out, client_query, &names, separator);
        }
    }
    out
}

/// The pairs of the client's query that the call does not take.
pub fn dropped_query<'q>(call: &Call, client_query: &'q str) -> Vec<&'q str> {
    let Query::Only(names) = &call.query else {
        return Vec::new();
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let dropped = |pair: &&str| {
        let mut kept = String::new();
        query::append_listed(&mut kept, pair, &names, '?');
        !pair.is_empty() && kept.is_empty()
    };
    client_query.split('&').filter(dropped).collect()
}

/// The headers that the gateway says itself to `host`, as name and words.
pub fn generated(
    call: &Call,
    server: &Server,
    host: &Host,
    given: &HeaderMap,
    method: &str,
) -> Vec<(&'static str, String)> {
    let mut said = vec![
        ("host", host.authority()),
        ("x-forwarded-for", "the client's address".to_owned()),
    ];
    let asked = given.get(header::HOST).map_or_else(
        || "the `Host` that the client asks for".to_owned(),
        |host| String::from_utf8_lossy(host.as_bytes()).into_owned(),
    );
    said.push(("x-forwarded-host", asked));
    let told = given
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    let proto = if told && !server.router.ignore_forwarded {
        "https if the peer is a trusted proxy, else http"
    } else {
        "http"
    };
    said.push(("x-forwarded-proto", proto.to_owned()));
    let kept = given.contains_key(header::USER_AGENT)
        && fate(call, &header::USER_AGENT, given) == Fate::Forwarded;
    let agent = if kept {
        "x-forwarded-via"
    } else {
        "user-agent"
    };
    said.push((agent, "the gateway's name and version".to_owned()));
    if !is_request_id(given) {
        said.push(("x-request-id", "32 fresh hex digits".to_owned()));
    }
    let method = match call.method {
        Some(method) => method.as_str(),
        None => method,
    };
    if matches!(method, "POST" | "PUT" | "PATCH") {
        said.push((
            "content-length",
            "the body's; a body without a length is chunked".to_owned(),
        ));
    }
    if server.dial.no_keep_alive && !is_websocket(given) {
        said.push(("connection", "close".to_owned()));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::{dropped_query, path_and_query};
    use crate::{
        matching::Found,
        plan::{Call, Headers, Query},
    };
    use std::time::Duration;

    fn call(template: &str, query: &[&str]) -> Call {
        Call {
            upstream: 0,
            template: template.to_owned(),
            method: None,
            headers: Headers::All,
            query: Query::Only(query.iter().map(|q| (*q).to_owned()).collect()),
            timeout: Duration::from_secs(2),
            max_body: None,
            guards: Vec::new(),
            setters: Vec::new(),
        }
    }

    #[test]
    fn templates_are_filled_and_queries_filtered() {
        let found = Found {
            endpoint: 0,
            params: vec![
                ("id".to_owned(), "a%2Fb".to_owned()),
                ("sly".to_owned(), "7&admin=1;x+y%26".to_owned()),
            ],
            rest: Some("x/y".to_owned()),
        };
        for (template, names, query, expected, dropped) in [
            ("/m/{id}", &[][..], "a=1", "/m/a%2Fb", &["a=1"][..]),
            ("/m/{id}/*", &["a"], "a=1&b=2", "/m/a%2Fb/x/y?a=1", &["b=2"]),
            ("/m?k=*", &["b"], "b=2", "/m?k=*&b=2", &[]),
            ("/m/{sly}", &[], "", "/m/7&admin=1;x+y%26", &[]),
            (
                "/m?id={sly}&k=1",
                &["b"],
                "b=2",
                "/m?id=7%26admin%3D1%3Bx%2By%26&k=1&b=2",
                &[],
            ),
        ] {
            let call = call(template, names);
            assert_eq!(path_and_query(&call, &found, query), expected, "{template}");
            assert_eq!(dropped_query(&call, query), dropped, "{template}");
        }
    }
}
