//! `telemetry/metrics`: what a scrape says after traffic that is known, to the last request.

mod checker;
mod ends;
mod http2;
mod listener;
mod page;
mod promtool;
mod traffic;
mod watched;

use harness::{
    Client, Gateway, Key, Launch, Origin, PATIENCE, Response, Scrape,
    client::ask,
    compiler::scratch,
    gateway::{ORIGIN, REFUSING, refusing},
    scrape::Format,
    within,
};
use std::net::SocketAddr;

/// What Prometheus asks for.
const OPEN: &str = "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
                    text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A gateway of `tests/golden/metrics.json`, and where it is scraped.
struct Counting {
    gateway: Gateway,
    metrics: SocketAddr,
}

impl Counting {
    /// `name` is of the directory with its key.
    fn start(name: &str, origin: &Origin) -> Counting {
        Counting::launch(launch(name).resolve(ORIGIN, origin.address))
    }

    fn launch(launch: Launch) -> Counting {
        let gateway = launch.start();
        let metrics = metrics_of(&gateway);
        Counting { gateway, metrics }
    }

    fn client(&self) -> Client {
        self.gateway.client()
    }

    fn scrape(&self) -> Scrape {
        scrape(self.metrics)
    }

    /// Once every request has ended. The gateway is done with one a moment after its client is.
    fn settled(&self) -> Scrape {
        within(PATIENCE, "the end of every request", || {
            let scrape = self.scrape();
            (scrape.sum("gateway_requests_in_flight", &[]) == 0).then_some(scrape)
        })
    }
}

fn launch(name: &str) -> Launch {
    let directory = scratch(name);
    Key::new("signing").write(&directory);
    Launch::golden("metrics")
        .directory(&directory)
        .resolve(REFUSING, refusing())
}

/// Where a gateway is scraped.
fn metrics_of(gateway: &Gateway) -> SocketAddr {
    let line = gateway.line("the address of its metrics", |line| {
        line.contains("telemetry/metrics: http://")
    });
    let (_, rest) = line.split_once("http://").expect("a URL");
    let (address, _) = rest.split_once('/').expect("a path");
    address.parse().expect("an address")
}

/// As Prometheus does it; every scrape of every test is checked.
fn scrape(metrics: SocketAddr) -> Scrape {
    let answer = asked_for(metrics, OPEN);
    let text = answer.text();
    Scrape::read(&text, Format::OpenMetrics).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn asked_for(metrics: SocketAddr, accept: &str) -> Response {
    let answer = ask(metrics, "GET /metrics", &[("Accept", accept)]);
    assert_eq!(answer.status, 200);
    answer
}

/// How many requests of a route have ended so.
fn ended(scrape: &Scrape, endpoint: &str, status: &str) -> u64 {
    let (method, route) = endpoint.split_once(' ').expect("a method and a route");
    let labels = [("method", method), ("route", route), ("status", status)];
    scrape
        .count("gateway_requests_total", &labels)
        .unwrap_or_default()
}

fn of_route(scrape: &Scrape, name: &str, endpoint: &str) -> u64 {
    let (method, route) = endpoint.split_once(' ').expect("a method and a route");
    let labels = [("method", method), ("route", route)];
    scrape.count(name, &labels).unwrap_or_default()
}
