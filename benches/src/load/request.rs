//! The requests, as a browser would send them.

use super::Job;
use crate::{bodies, net, wire::http2};
use std::{fs, io};

/// Of every request. The identifier and the cookie are the kind of thing that real ones drag along.
const HEADERS: &[(&str, &str)] = &[
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, br"),
    ("accept-language", "en-GB,en;q=0.8"),
    ("x-request-id", "3f2b8c1e-0d7a-4c55-9a53-b0c6fb5d8f10"),
    (
        "cookie",
        "session=0123456789abcdef0123456789abcdef; theme=dark; lang=en",
    ),
    ("referer", "https://shop.test/products/42"),
];
/// What an opaque token looks like, where no real one is given.
const TOKEN: &str = "hk-0123456789abcdef0123456789abcdef0123456789abcdef";

/// Requests to be sent in turn; the first follows the last.
pub struct Requests {
    all: Vec<Vec<u8>>,
    next: usize,
}

impl Requests {
    /// Of HTTP/1.1.
    pub fn of(job: &Job) -> io::Result<Requests> {
        let all = match &job.tokens {
            Some(file) => {
                let tokens = fs::read_to_string(file)?;
                tokens.lines().map(|token| one(job, token)).collect()
            }
            None => vec![one(job, TOKEN)],
        };
        Ok(Requests { all, next: 0 })
    }

    pub fn take(&mut self) -> &[u8] {
        let n = self.next;
        self.next = (n + 1) % self.all.len();
        &self.all[n]
    }
}

/// The one of HTTP/2.
pub fn of_http2(job: &Job) -> http2::Request {
    let token = format!("Bearer {TOKEN}");
    let mut headers = HEADERS.to_vec();
    headers.push(("authorization", &token));
    http2::Request::get(net::NAME, &job.path, &headers)
}

fn one(job: &Job, token: &str) -> Vec<u8> {
    let method = if job.post { "POST" } else { "GET" };
    let body = if job.post {
        bodies::posted()
    } else {
        Vec::new()
    };
    let mut lines = vec![
        format!("{method} {} HTTP/1.1", job.path),
        format!("host: {}", net::NAME),
    ];
    lines.extend(headers(token));
    if job.close {
        lines.push("connection: close".to_owned());
    }
    if job.post {
        lines.push("content-type: application/json".to_owned());
        lines.push(format!("content-length: {}", body.len()));
    }
    let head = lines.join("\r\n") + "\r\n\r\n";
    [head.as_bytes(), &body].concat()
}

/// The headers of a GET, a line each.
pub fn lines() -> Vec<String> {
    headers(TOKEN).collect()
}

fn headers(token: &str) -> impl Iterator<Item = String> {
    let authorization = format!("authorization: Bearer {token}");
    HEADERS
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .chain([authorization])
}
