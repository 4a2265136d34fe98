//! A gateway may have several listeners. Each needs a port of its own, or the gateway does not start.

use crate::{
    config::Config,
    diagnostic::{Diagnostic, codes},
    namespace::{listen::Listen, metrics, revoker, zap_listener},
    plan::Slotted,
    source::Span,
};

/// One of them, as far as its port is known before the gateway starts.
struct Listener {
    whose: &'static str,
    listen: Listen,
    /// Where the config says so.
    span: Option<Span>,
    /// How it gets another port.
    help: &'static str,
}

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let all: Vec<Listener> = [
        gateway(config),
        revoker(config),
        metrics(config),
        zap(config),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (n, one) in all.iter().enumerate() {
        for before in all[..n]
            .iter()
            .filter(|other| other.listen.clashes(one.listen))
        {
            let message = format!("port {} is {}", before.listen.port, before.whose);
            let Some(here) = one.span else { continue };
            let mut finding =
                Diagnostic::new(&codes::TAKEN_PORT, message, here, "two listeners, one port")
                    .help(one.help);
            if let Some(there) = before.span {
                finding = finding.label(there, "the other one");
            }
            findings.push(finding);
        }
    }
}

fn gateway(config: &Config) -> Option<Listener> {
    let port = match config.port.as_ref().map(|port| &port.value) {
        None | Some(Slotted::Fixed(0)) => 8080,
        Some(Slotted::Fixed(port)) => *port,
        Some(Slotted::Slots(_)) => return None,
    };
    Some(Listener {
        whose: "the gateway's",
        listen: Listen {
            ip: config.listen_ip.as_ref().map(|ip| ip.value),
            port,
        },
        span: config.port.as_ref().map(|port| port.span),
        help: "choose another `port`",
    })
}

fn revoker(config: &Config) -> Option<Listener> {
    let extra = config.extra("auth/revoker")?;
    let (revoker, _) = revoker::read(&extra.value);
    let port = extra.value.get("port");
    Some(Listener {
        whose: "the revoker's",
        listen: Listen {
            ip: Some(revoker.address()),
            port: revoker.port,
        },
        span: Some(port.map_or(extra.key.span, |port| port.span)),
        help: "choose another `port`, for example 9091",
    })
}

fn metrics(config: &Config) -> Option<Listener> {
    let extra = config.extra("telemetry/metrics")?;
    let (metrics, faults) = metrics::read(&extra.value);
    let address = extra.value.get("listen_address");
    faults.is_empty().then(|| Listener {
        whose: "that of the metrics",
        listen: metrics.listen,
        span: Some(address.map_or(extra.key.span, |address| address.span)),
        help: "choose another `listen_address`, for example \":9090\"",
    })
}

/// With `enabled: false` too: the environment may say otherwise.
fn zap(config: &Config) -> Option<Listener> {
    let extra = config.extra("github.com/hanzoai/gateway/zap-listener")?;
    let (listener, faults) = zap_listener::read(&extra.value);
    let port = extra.value.get("port");
    faults.is_empty().then(|| Listener {
        whose: "the ZAP listener's",
        listen: listener.listen(),
        span: Some(port.map_or(extra.key.span, |port| port.span)),
        help: "choose another `port`, for example 9652",
    })
}
