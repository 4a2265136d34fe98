//! `upstreams.rs`: one static per distinct set of hosts.

use super::{code::Code, head, print};
use crate::plan::{Host, Plan, Upstream};
use std::collections::BTreeSet;

pub fn file(plan: &Plan) -> String {
    let mut text = head(plan, "Every upstream, once.");
    text.push('\n');
    let mut names = BTreeSet::from(["Upstream"]);
    if !plan.upstreams.is_empty() {
        names.insert("Host");
    }
    text.push_str(&print::runtime_import(&names));
    text.push('\n');
    let all = plan.upstreams.iter();
    text.push_str(&print::item(
        "pub static ALL: &[&Upstream]",
        &Code::list(all.map(|upstream| Code::word(format!("&{}", upstream.constant)))),
    ));
    for upstream in &plan.upstreams {
        text.push('\n');
        text.push_str(&item(upstream));
    }
    text
}

fn item(upstream: &Upstream) -> String {
    let doc = upstream
        .hosts
        .iter()
        .map(|h| format!("`{h}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let hosts = Code::list(upstream.hosts.iter().map(host));
    let value = Code::call("Upstream::new", [Code::text(&upstream.label), hosts]);
    let declaration = format!("pub static {}: Upstream", upstream.constant);
    print::doc(&doc) + &print::item(&declaration, &value)
}

fn host(host: &Host) -> Code {
    if host.srv {
        let constructor = if host.tls {
            "Host::srv_tls"
        } else {
            "Host::srv"
        };
        let name = host.slots.as_ref().unwrap_or(&host.name);
        return Code::call(constructor, [Code::text(name)]);
    }
    if let Some(text) = &host.slots {
        return Code::call("Host::slots", [Code::text(text)]);
    }
    let constructor = if host.tls {
        "Host::https"
    } else {
        "Host::http"
    };
    let port = Code::word(host.port.to_string());
    Code::call(constructor, [Code::text(&host.name), port])
}
