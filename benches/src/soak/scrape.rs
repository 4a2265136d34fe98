//! What the gateway counted: one scrape of its metrics, in Prometheus' text format.

use super::ledger::Route;
use crate::wire::http1::Answer;
use std::{
    collections::BTreeMap,
    error::Error,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

const REQUESTS: &str = "gateway_requests_total";
const IN_FLIGHT: &str = "gateway_requests_in_flight";
const OPEN: &str = "gateway_connections_open";
const UPSTREAM: &str = "gateway_upstream_connections";

/// Samples by name and labels.
pub struct Scrape {
    samples: Vec<Sample>,
}

struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Scrape {
    /// `None` if nobody tells anything there.
    pub fn of(at: SocketAddr) -> Option<Scrape> {
        let text = fetch(at).ok()?;
        let samples = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(sample);
        Some(Scrape {
            samples: samples.collect(),
        })
    }

    /// Whole numbers, all of them.
    #[expect(clippy::cast_possible_truncation, reason = "far from 2^63")]
    fn sum(&self, name: &str, wanted: &[(&str, &str)]) -> i64 {
        let labelled = |sample: &&Sample| {
            let has = |(label, value): &(&str, &str)| {
                sample
                    .labels
                    .get(*label)
                    .is_some_and(|found| found == value)
            };
            sample.name == name && wanted.iter().all(has)
        };
        let values = self.samples.iter().filter(labelled);
        values.map(|sample| sample.value).sum::<f64>().round() as i64
    }

    /// Requests of a route that are over, all of them or those that ended so.
    pub fn requests(&self, (method, route): Route, status: Option<&str>) -> i64 {
        let mut labels = vec![("method", method), ("route", route)];
        labels.extend(status.map(|status| ("status", status)));
        self.sum(REQUESTS, &labels)
    }

    pub fn in_flight(&self) -> i64 {
        self.sum(IN_FLIGHT, &[])
    }

    pub fn open(&self) -> i64 {
        self.sum(OPEN, &[])
    }

    /// Connections to the upstream: busy, or idle.
    pub fn upstream(&self, state: &str) -> i64 {
        self.sum(UPSTREAM, &[("state", state)])
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.in_flight() == 0 && self.open() == 0 && self.upstream("busy") == 0
    }
}

/// `name{label="value",…} 1`
fn sample(line: &str) -> Option<Sample> {
    let (series, value) = line.trim().rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    Some(Sample {
        name: name.to_owned(),
        labels: read_labels(labels)?,
        value: value.parse().ok()?,
    })
}

fn read_labels(mut text: &str) -> Option<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"")?;
        let (mut value, mut end, mut escaped) = (String::new(), None, false);
        for (at, character) in rest.char_indices() {
            match (escaped, character) {
                (false, '"') => {
                    end = Some(at);
                    break;
                }
                (false, '\\') => escaped = true,
                (true, 'n') => (value.push('\n'), escaped = false).1,
                (_, other) => (value.push(other), escaped = false).1,
            }
        }
        labels.insert(name.to_owned(), value);
        let rest = &rest[end? + 1..];
        text = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(labels)
}

fn fetch(at: SocketAddr) -> Result<String, Box<dyn Error>> {
    let mut socket = TcpStream::connect_timeout(&at, Duration::from_secs(2))?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    socket.write_all(b"GET /metrics HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n")?;
    let (mut answer, mut body, mut buffer) = (Answer::new(), Vec::new(), [0; 16 * 1024]);
    loop {
        let count = socket.read(&mut buffer)?;
        if count == 0 {
            return Err("the scrape broke off".into());
        }
        if answer.feed(&buffer[..count], &mut |piece| body.extend_from_slice(piece))? {
            return Ok(String::from_utf8(body)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scrape, sample};

    #[test]
    fn samples_are_added_up_by_their_labels() {
        let text = "gateway_requests_total{method=\"GET\",route=\"/v1/a/{id}\",status=\"2xx\"} 5\n\
                    gateway_requests_total{method=\"GET\",route=\"/v1/a/{id}\",status=\"5xx\"} 2\n\
                    gateway_requests_total{method=\"POST\",route=\"/v1/a/{id}\",status=\"2xx\"} 1\n\
                    gateway_connections_open 3";
        let samples = text.lines().filter_map(sample).collect();
        let scrape = Scrape { samples };
        let route = ("GET", "/v1/a/{id}");
        assert_eq!(scrape.requests(route, None), 7);
        assert_eq!(scrape.requests(route, Some("5xx")), 2);
        assert_eq!(scrape.open(), 3);
        assert!(!scrape.is_idle());
    }

    #[test]
    fn labels_are_read_with_their_escapes() {
        let read = sample(r#"a{b="c\"d\\e\nf",g="} 1"} 2e3"#).expect("a sample");
        assert_eq!(read.labels["b"], "c\"d\\e\nf");
        assert_eq!(read.labels["g"], "} 1");
        assert!((read.value - 2000.0).abs() < 1e-9);
    }
}
