//! What systems are asked for: a row each.

use crate::{
    bodies::Kind,
    load::{Job, Pace},
};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// Of the row in the results.
    pub key: &'static str,
    pub name: &'static str,
    pub path: &'static str,
    pub post: bool,
    /// A connection for each request.
    pub close: bool,
    pub tls: bool,
    pub http2: bool,
    pub connections: usize,
    pub streams: usize,
    /// Requests a second; without it as many as there are answers.
    pub rate: Option<f64>,
    /// Who does it beside the gateway and its close peers.
    pub relay: bool,
    pub far: bool,
    /// Whether it is done without pinning too.
    pub unpinned: bool,
    /// Sent by wrk instead of our own load: whether that one can be believed.
    pub wrk: bool,
}

/// 64 connections, each with one request after the other.
const GET: Workload = Workload {
    key: "get",
    name: "1 KB GET",
    path: "/v1/json/42",
    post: false,
    close: false,
    tls: false,
    http2: false,
    connections: 64,
    streams: 1,
    rate: None,
    relay: true,
    far: true,
    unpinned: true,
    wrk: false,
};

/// A rate that leaves every close peer most of its core idle.
const MODERATE: f64 = 10_000.0;

pub const WORKLOADS: &[Workload] = &[
    GET,
    Workload {
        key: "post",
        name: "1 KB POST",
        path: "/v1/post/42",
        post: true,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "k100",
        name: "100 KB",
        path: "/v1/k100/42",
        ..GET
    },
    Workload {
        key: "m1",
        name: "1 MB",
        path: "/v1/m1/42",
        connections: 32,
        far: false,
        ..GET
    },
    Workload {
        key: "sse",
        name: "SSE, 50 chunks",
        path: "/v1/sse/42",

        unpinned: false,
        ..GET
    },
    Workload {
        key: "close",
        name: "no keep-alive",
        close: true,
        relay: false,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "tls",
        name: "TLS 1.3",
        tls: true,
        relay: false,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "handshake",
        name: "TLS 1.3, no keep-alive",
        tls: true,
        close: true,
        relay: false,
        far: false,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "h2",
        name: "HTTP/2 over TLS",
        tls: true,
        http2: true,
        connections: 8,
        streams: 8,
        relay: false,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "rate",
        name: "10,000 a second",
        rate: Some(MODERATE),
        relay: false,
        far: false,
        unpinned: false,
        ..GET
    },
    Workload {
        key: "wrk",
        name: "1 KB GET, sent by wrk",
        far: false,
        unpinned: false,
        wrk: true,
        ..GET
    },
];

/// The workload of that key.
pub fn by_key(key: &str) -> Workload {
    let found = WORKLOADS.iter().find(|workload| workload.key == key);
    *found.expect("a workload of the table")
}

impl Workload {
    /// For so many seconds, at `to`.
    pub fn job(&self, to: SocketAddr, certificate: PathBuf, warm_up: f64, seconds: f64) -> Job {
        Job {
            to,
            path: self.path.to_owned(),
            post: self.post,
            close: self.close,
            certificate: self.tls.then_some(certificate),
            http2: self.http2,
            tokens: None,
            status: 200,
            length: Kind::of(self.path.as_bytes()).body().len() as u64,
            connections: self.connections,
            streams: self.streams,
            pace: self.rate.map_or(Pace::Closed, Pace::Rate),
            warm_up,
            seconds,
        }
    }
}
