//! What holds where the edge's block says nothing: the defaults of AUTH 1.1, as the runtime has them.

use std::time::Duration;

pub const JWKS_URL: &str = "https://hanzo.id/.well-known/jwks";
pub const ISSUER: &str = "https://hanzo.id";
pub const AUDIENCE: &[&str] = &["https://api.hanzo.ai"];
pub const PUBLIC_PATHS: &[&str] = &[
    "/healthz",
    "/__health",
    "/__stats",
    "/.well-known",
    "/favicon.ico",
];
pub const BILLING_URL: &str = "http://commerce.hanzo.svc.cluster.local:8001";
pub const BILLING_PATH: &str = "/api/v1/billing/balance";
pub const BILLING_CACHE_TTL: Duration = Duration::from_secs(10);
pub const BILLING_PATHS: &[&str] = &[];
pub const BILLING_EXEMPT_PATHS: &[&str] = &["/v1/commerce"];

#[cfg(test)]
mod tests {
    use super::*;

    /// A default that moved in the runtime alone would be left out of gateways that ask for it.
    #[test]
    fn the_runtime_has_the_same() {
        let runtime = include_str!("../../../../runtime/src/edge/config.rs");
        let dense = |text: &str| text.replace(char::is_whitespace, "").replace(",]", "]");
        let seconds = BILLING_CACHE_TTL.as_secs();
        for field in [
            format!("jwks_url: Text::literal({JWKS_URL:?})"),
            format!("issuer: Text::literal({ISSUER:?})"),
            format!("audience: &{AUDIENCE:?}"),
            format!("public_paths: &{PUBLIC_PATHS:?}"),
            format!("url: Text::literal({BILLING_URL:?})"),
            format!("path: {BILLING_PATH:?}"),
            format!("cache_ttl: Duration::from_secs({seconds})"),
            format!("paths: &{BILLING_PATHS:?}"),
            format!("exempt_paths: &{BILLING_EXEMPT_PATHS:?}"),
        ] {
            let line = format!("{},", dense(&field));
            assert!(
                dense(runtime).contains(&line),
                "runtime/src/edge/config.rs has no `{field}`"
            );
        }
    }
}
