//! Gateways of ours: where they are, and what they are started with.

use super::running::Site;
use crate::shape::{KEYS, Shape, UPSTREAMS};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where the gateway of a shape was built, below the directory of gateways.
pub fn binary(dir: &Path, shape: &Shape) -> PathBuf {
    dir.join(shape.name)
}

/// Every name that it calls is the one upstream.
pub fn start(command: &mut Command, site: &Site, shape: &Shape) {
    let listen = if shape.tls {
        site.listen_tls
    } else {
        site.listen
    };
    command
        .args(["--listen", &listen.to_string()])
        .args(["--workers", &site.workers.to_string()]);
    let keys = shape.token.then_some(KEYS);
    for name in UPSTREAMS.into_iter().chain(keys) {
        command.args(["--resolve", &format!("{name}={}", site.origin)]);
    }
    command
        .env("NO_COLOR", "1")
        .env("GATEWAY_METRICS_LISTEN", site.metrics.to_string())
        .current_dir(&site.dir);
}
