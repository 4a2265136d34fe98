//! `version`: what this binary was built from.

use crate::gateway::Gateway;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Facts of the build, from `build.rs`.
const RUSTC: &str = env!("GATEWAY_BUILD_RUSTC");
const TARGET: &str = env!("GATEWAY_BUILD_TARGET");
const PROFILE: &str = env!("GATEWAY_BUILD_PROFILE");
const FEATURES: &str = env!("GATEWAY_BUILD_FEATURES");

/// The version of gwc and of this runtime, which are released together.
pub(crate) const GWC: &str = env!("CARGO_PKG_VERSION");

pub(super) fn text(gateway: &Gateway) -> String {
    let features = if FEATURES.is_empty() {
        "none"
    } else {
        FEATURES
    };
    format!(
        "{}\nconfig sha256 {}\ngwc {GWC}, {RUSTC}\n{TARGET}, profile {PROFILE}, features: {features}\n",
        gateway.name,
        digest(gateway.config),
    )
}

pub(super) fn json(gateway: &Gateway) -> Value {
    let features: Vec<_> = FEATURES
        .split(',')
        .filter(|feature| !feature.is_empty())
        .collect();
    json!({
        "name": gateway.name,
        "config_sha256": digest(gateway.config),
        "gwc": GWC,
        "rustc": RUSTC,
        "target": TARGET,
        "profile": PROFILE,
        "features": features,
    })
}

/// The same as `sha256sum gateway.json` prints.
pub(crate) fn digest(config: &str) -> String {
    Sha256::digest(config)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        assert_eq!(
            digest(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
