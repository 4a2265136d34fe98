//! Which headers a call lets through, in words.

use super::units::listed;
use crate::{
    matching::{Fate, fate},
    plan::{Call, Headers},
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What browsers, SDKs and proxies usually send.
const USUAL: [&str; 16] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-type",
    "cookie",
    "idempotency-key",
    "if-none-match",
    "origin",
    "range",
    "referer",
    "user-agent",
    "x-api-key",
    "x-real-ip",
];

/// Points about the client's headers on their way through `call`; `says_who_calls`: whether the gateway itself sets
/// identity headers.
pub fn points(call: &Call, says_who_calls: bool) -> Vec<String> {
    let mut points = Vec::new();
    match &call.headers {
        Headers::All => points.push(
            "Every header of the client reaches the backend, but for those below.".to_owned(),
        ),
        Headers::Only(names) => {
            let with = |fates: &[Fate]| -> Vec<&str> {
                let fits =
                    |name: &&str| alone(call, name).is_some_and(|fate| fates.contains(&fate));
                names.iter().map(String::as_str).filter(fits).collect()
            };
            points.push(match with(&[Fate::Forwarded, Fate::Always]).as_slice() {
                [] => "No header of the client reaches the backend.".to_owned(),
                kept => format!(
                    "These reach the backend as the client sent them: {}.",
                    listed(kept)
                ),
            });
            let minted = with(&[Fate::Identity]);
            if !minted.is_empty() && says_who_calls {
                points.push(format!(
                    "These reach the backend as the gateway says them, never as a client does: {}.",
                    listed(&minted)
                ));
            }
            let mut never = with(&[Fate::Identity, Fate::HopByHop, Fate::Refused]);
            never.retain(|name| !says_who_calls || !minted.contains(name));
            // `TE: trailers` does pass, listed or not.
            never.retain(|name| *name != "te");
            if !never.is_empty() {
                points.push(format!(
                    "In `input_headers`, and yet never forwarded (see below): {}.",
                    listed(&never)
                ));
            }
            let ours = with(&[Fate::Replaced]);
            if !ours.is_empty() {
                points.push(format!(
                    "In `input_headers`, but said by the gateway itself: {}.",
                    listed(&ours)
                ));
            }
        }
    }
    let dropped: Vec<&str> = USUAL
        .into_iter()
        .filter(|name| alone(call, name) == Some(Fate::NotListed))
        .collect();
    if !dropped.is_empty() {
        points.push(format!(
            "These are dropped, as is any other that is not listed: {}.",
            listed(&dropped)
        ));
    }
    points.push(
        "Never forwarded from a client, on any route: who the caller is (X-User-Id, X-Org-Id, X-Roles … and \
         all of X-IAM-*, X-Hanzo-*), what concerns one connection (Connection, Upgrade, \
         Proxy-Authorization …; of TE only `trailers` passes) and what `Connection` names."
            .to_owned(),
    );
    points
}

/// Points about the headers that the gateway says itself.
pub fn added(call: &Call) -> Vec<String> {
    let agent = if alone(call, "user-agent") == Some(Fate::Forwarded) {
        "The client's User-Agent is kept, and the gateway's own name goes into X-Forwarded-Via; \
         without one from the client \
         it is the User-Agent."
    } else {
        "User-Agent is the gateway's own name and version, not the client's."
    };
    vec![
        "Host is the backend's. X-Forwarded-For is the client's address alone, X-Forwarded-Host \
         the Host that the client asked for, X-Forwarded-Proto http, or https where a trusted \
         proxy says so; what the client says in them is replaced."
            .to_owned(),
        format!(
            "X-Request-Id is the client's if it has 1 to {} visible ASCII characters, else a \
             fresh one; the answer and the \
             log carry it too. traceparent and tracestate pass whether listed or not.",
            crate::defaults::MAX_REQUEST_ID
        ),
        agent.to_owned(),
    ]
}

/// The fate of `name` in a request that has no other header; `None` if it is no name.
fn alone(call: &Call, name: &str) -> Option<Fate> {
    let name: HeaderName = name.parse().ok()?;
    let mut given = HeaderMap::new();
    given.insert(name.clone(), HeaderValue::from_static("x"));
    Some(fate(call, &name, &given))
}
