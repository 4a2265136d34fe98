//! What the gateway says about itself (BR-1 to BR-4), and nothing else anywhere does.

use crate::gateway::Gateway;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::LazyLock;

/// The brand; a build sets another one with the environment variable `GATEWAY_BRAND`.
const NAME: &str = match option_env!("GATEWAY_BRAND") {
    Some(name) => name,
    None => "hanzoai/gateway",
};

const POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
const COMPLETED: HeaderName = HeaderName::from_static("x-gateway-completed");
const ENGINE: HeaderName = HeaderName::from_static("x-krakend");
const ENGINE_COMPLETED: HeaderName = HeaderName::from_static("x-krakend-completed");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `User-Agent` towards upstreams, or `X-Forwarded-Via` where the client's is kept (BR-4).
pub(crate) fn agent() -> HeaderValue {
    static AGENT: LazyLock<HeaderValue> = LazyLock::new(|| {
        HeaderValue::try_from(format!("{NAME} Version {}", env!("CARGO_PKG_VERSION")))
            .unwrap_or(const { HeaderValue::from_static(NAME) })
    });
    AGENT.clone()
}

/// Nothing visible names the engine that an upstream may run (BR-1).
pub(crate) fn hide_engine(headers: &mut HeaderMap) {
    headers.remove(ENGINE);
    headers.remove(ENGINE_COMPLETED);
}

/// Marks a response as ours. A forwarded answer never says `true` (BR-3): only merged ones do.
pub(crate) fn stamp(headers: &mut HeaderMap, gateway: &Gateway, request_id: &HeaderValue) {
    hide_engine(headers);
    let powered_by = if gateway.hide_version {
        const { HeaderValue::from_static(NAME) }
    } else {
        agent()
    };
    headers.insert(POWERED_BY, powered_by);
    headers.insert(COMPLETED, const { HeaderValue::from_static("false") });
    headers.insert(REQUEST_ID, request_id.clone());
}
