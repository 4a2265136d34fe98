//! What is compared: the gateway, its peers, and the limit. How each is found, started, and asked for its version.

mod gateway;
mod peers;
mod running;

pub use running::{ROOM, Running, Site, answers, upstream};

use crate::{process, shape::Shape};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A program, and how to start it.
#[derive(Debug, Clone)]
pub struct System {
    pub name: &'static str,
    pub kind: Kind,
    pub binary: PathBuf,
    pub version: String,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One that gwc built.
    Gateway(Shape),
    /// This program, as a relay.
    Relay,
    Peer(&'static peers::Peer),
}

impl System {
    /// The gateway of that shape, built before into `dir`.
    pub fn gateway(name: &'static str, shape: Shape, dir: &Path) -> Result<System, String> {
        let binary = gateway::binary(dir, &shape);
        let said = said(&binary, &["version"])
            .ok_or_else(|| format!("the gateway `{}` is not built here", shape.name))?;
        let version = said.lines().find(|line| line.starts_with("gwc"));
        let version = version.unwrap_or(&said).to_owned();
        let kind = Kind::Gateway(shape);
        Ok(System {
            name,
            kind,
            binary,
            version,
        })
    }

    /// Raw bytes between sockets, by this program itself.
    pub fn relay() -> std::io::Result<System> {
        Ok(System {
            name: RELAY,
            kind: Kind::Relay,
            binary: std::env::current_exe()?,
            version: "epoll, one thread for each worker".to_owned(),
        })
    }

    /// Those peers that are here, and why the others are not. `dir` holds what was installed for this.
    pub fn peers(dir: &Path) -> (Vec<System>, Vec<String>) {
        let (mut here, mut missing) = (Vec::new(), Vec::new());
        for peer in peers::PEERS {
            let Some(binary) = peer.find(dir) else {
                missing.push(format!("{}: {}", peer.name, peer.missing));
                continue;
            };
            let Some(version) = (peer.version)(&binary) else {
                missing.push(format!("{}: {} does not run", peer.name, binary.display()));
                continue;
            };
            here.push(System {
                name: peer.name,
                kind: Kind::Peer(peer),
                binary,
                version,
            });
        }
        (here, missing)
    }

    /// Whether it speaks TLS (and HTTP/2 over it) here.
    pub fn speaks_tls(&self) -> bool {
        match &self.kind {
            Kind::Gateway(shape) => shape.tls,
            Kind::Relay => false,
            Kind::Peer(peer) => peer.tls,
        }
    }

    /// Whether it stands in tables for itself, and is no variant of the gateway.
    pub fn is_shown(&self) -> bool {
        self.name == GATEWAY || !matches!(self.kind, Kind::Gateway(_))
    }

    /// Whether it is one of those that the gateway is measured against closely.
    pub fn is_close(&self) -> bool {
        match &self.kind {
            Kind::Gateway(_) | Kind::Relay => true,
            Kind::Peer(peer) => peer.close,
        }
    }

    pub fn bytes(&self) -> u64 {
        std::fs::metadata(&self.binary).map_or(0, |file| file.len())
    }
}

/// The name of the limit, and of the gateway, in figures.
pub const RELAY: &str = "relay";
pub const GATEWAY: &str = "gwc";

/// The version in what a program says; `None` if it cannot be run.
fn version(binary: &Path, args: &[&str]) -> Option<String> {
    let said = said(binary, args)?;
    let mut lines = said.lines();
    let line = lines.find(|line| line.contains(|c: char| c.is_ascii_digit()))?;
    // Some say first where they are, or who, and last where more is told.
    let line = line.split_once("version").map_or(line, |(_, rest)| rest);
    let line = line.split(" - http").next().unwrap_or(line);
    Some(line.trim_matches([':', ' ']).to_owned())
}

/// What a program says.
fn said(binary: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(binary).args(args).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&said).into_owned())
}

/// Where `name` is: below `dir`, or on the path.
fn find(dir: &Path, below: &str, name: &str) -> Option<PathBuf> {
    let own = dir.join(below);
    if own.is_file() {
        return Some(own);
    }
    process::find(name)
}
