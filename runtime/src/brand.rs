//! What the gateway says about itself (BR-1 to BR-4), and nothing else anywhere does.

use crate::{gateway::Gateway, h1::put_field};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::LazyLock;

/// The brand; a build sets another one with the environment variable `GATEWAY_BRAND`.
const NAME: &str = match option_env!("GATEWAY_BRAND") {
    Some(name) => name,
    None => "hanzoai/gateway",
};

static POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
static COMPLETED: HeaderName = HeaderName::from_static("x-gateway-completed");
static ENGINE: HeaderName = HeaderName::from_static("x-krakend");
static ENGINE_COMPLETED: HeaderName = HeaderName::from_static("x-krakend-completed");
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `User-Agent` towards upstreams, or `X-Forwarded-Via` where the client's is kept (BR-4).
pub(crate) fn agent() -> &'static HeaderValue {
    static AGENT: LazyLock<HeaderValue> = LazyLock::new(|| {
        HeaderValue::try_from(format!("{NAME} Version {}", env!("CARGO_PKG_VERSION")))
            .unwrap_or(const { HeaderValue::from_static(NAME) })
    });
    &AGENT
}

/// Nothing visible names the engine that an upstream may run (BR-1).
pub(crate) fn hide_engine(headers: &mut HeaderMap) {
    // Few upstreams have one, and looking is cheaper than removing what is not there.
    if headers
        .keys()
        .any(|name| name.as_str().starts_with(ENGINE.as_str()))
    {
        headers.remove(&ENGINE);
        headers.remove(&ENGINE_COMPLETED);
    }
}

/// Marks a response as ours. A forwarded answer never says `true` (BR-3): only merged ones do.
pub(crate) fn stamp(headers: &mut HeaderMap, gateway: &Gateway, request_id: &HeaderValue) {
    hide_engine(headers);
    headers.insert(&POWERED_BY, powered_by(gateway).clone());
    headers.insert(&COMPLETED, const { HeaderValue::from_static("false") });
    headers.insert(&REQUEST_ID, request_id.clone());
}

/// The same, where the head of the response is lines already, and has none that [`is_said_by_us`].
pub(crate) fn stamp_lines(text: &mut Vec<u8>, gateway: &Gateway, request_id: &HeaderValue) {
    put_field(text, &POWERED_BY, powered_by(gateway).as_bytes());
    put_field(text, &COMPLETED, b"false");
    put_field(text, &REQUEST_ID, request_id.as_bytes());
}

fn powered_by(gateway: &Gateway) -> &'static HeaderValue {
    static NAME_ALONE: HeaderValue = HeaderValue::from_static(NAME);
    if gateway.hide_version {
        &NAME_ALONE
    } else {
        agent()
    }
}

/// Whether a header of an upstream, in whatever case, is taken out or replaced by [`stamp`].
pub(crate) fn is_said_by_us(name: &str) -> bool {
    // All of ours begin so, and most of others do not.
    matches!(name.as_bytes(), [b'x' | b'X', b'-', ..])
        && [
            &ENGINE,
            &ENGINE_COMPLETED,
            &POWERED_BY,
            &COMPLETED,
            &REQUEST_ID,
        ]
        .into_iter()
        .any(|ours| name.eq_ignore_ascii_case(ours.as_str()))
}
