//! Hosts that are looked up: `sd`, and what stands beside it.

use crate::{
    config::{Backend, Config, Endpoint},
    diagnostic::{Diagnostic, codes},
};

pub fn check(endpoint: &Endpoint, config: &Config, findings: &mut Vec<Diagnostic>) {
    for backend in &endpoint.backends {
        if backend.is_looked_up() {
            service(backend, config, findings);
        } else if let Some(scheme) = backend.sd_scheme.as_ref().filter(|s| s.value != "http") {
            findings.push(
                Diagnostic::new(
                    &codes::INERT_KEY,
                    "`sd_scheme` does nothing without `\"sd\": \"dns\"`",
                    scheme.span,
                    "hosts say their scheme themselves",
                )
                .help("write `https://` in `host`, and remove the key"),
            );
        }
    }
}

/// One name, without what the records say.
fn service(backend: &Backend, config: &Config, findings: &mut Vec<Diagnostic>) {
    let own = if backend.host.is_empty() {
        &config.host
    } else {
        &backend.host
    };
    let (Some(first), Some(sd)) = (own.first(), &backend.sd) else {
        return;
    };
    let mut report = |span, message: &str, why: &str, help: &str| {
        findings.push(
            Diagnostic::new(&codes::SERVICE_NAME, message, span, why)
                .label(sd.span, "hosts are looked up")
                .help(help),
        );
    };
    if let Some(second) = own.get(1) {
        report(
            second.span,
            "only the first host is looked up",
            "never called",
            "remove it: the SRV records of one name may name any number of hosts",
        );
    }
    if first.slots.is_some() {
        return;
    }
    let is_address = first.name.starts_with('[') || first.name.parse::<std::net::IpAddr>().is_ok();
    if is_address {
        report(
            first.span,
            "an address has no SRV records",
            "no host will be found",
            "write the name of a service, such as \"_http._tcp.users.svc.cluster.local\", or remove `sd`",
        );
    } else if first.tls || first.port != 80 {
        report(
            first.span,
            "a service has neither scheme nor port: only its name is looked up",
            "SRV records name the ports",
            "write the name alone; `sd_scheme` says how its hosts are called",
        );
    }
}
