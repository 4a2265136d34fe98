//! `github.com/hanzoai/gateway/base-network` beside the endpoint around it: where its key comes from, and that one network
//! is asked in one way.

use super::identity;
use crate::{
    config::{Backend, Config, Endpoint, Extra},
    describe::units::duration,
    diagnostic::{Diagnostic, codes},
    json::Node,
    namespace::base_network::{KEY, SHARD_HEADER, Source, read},
    plan::Host,
};
use std::{collections::HashMap, time::Duration};

pub fn check(config: &Config, findings: &mut Vec<Diagnostic>) {
    let mut intervals = HashMap::new();
    for endpoint in &config.endpoints {
        for backend in &endpoint.backends {
            let Some(extra) = backend.extra(KEY) else {
                continue;
            };
            let (network, _) = read(&extra.value);
            if let (Some(source), Some(node)) =
                (&network.source, extra.value.get("shard_key_source"))
            {
                key(source, node, endpoint, config, findings);
            }
            overwritten(endpoint, backend, extra, findings);
            let known = intervals
                .entry(hosts(backend, config))
                .or_insert((network.poll_interval, extra));
            if known.0 != network.poll_interval {
                findings.push(two_intervals((network.poll_interval, extra), *known));
            }
        }
    }
}

/// Whether a header of this name is where a backend of the endpoint has its key from, whether or not it goes upstream.
pub fn choose_by(endpoint: &Endpoint, header: &str) -> bool {
    let mut extras = endpoint.backends.iter().filter_map(|b| b.extra(KEY));
    extras.any(|extra| {
        let source = read(&extra.value).0.source;
        source.is_some_and(|source| source.header().eq_ignore_ascii_case(header))
    })
}

/// The order of the hosts means nothing.
fn hosts(backend: &Backend, config: &Config) -> Vec<Host> {
    let hosts = backend.hosts(config).into_iter();
    let mut hosts: Vec<Host> = hosts.map(|host| host.value).collect();
    hosts.sort();
    hosts
}

/// A key that no request has (BN-7), or that none has in the Go gateway (BN-11).
fn key(
    source: &Source,
    node: &Node,
    endpoint: &Endpoint,
    config: &Config,
    findings: &mut Vec<Diagnostic>,
) {
    let header = source.header();
    if identity::is_stripped(header, endpoint, config) {
        findings.push(nobody_known(source, node, endpoint));
    } else if !endpoint.lists(header) {
        findings.push(
            Diagnostic::new(
                &codes::SHARD_KEY_DROPPED,
                format!("in the Go gateway no request here has a shard key: `{header}` is not in `input_headers`"),
                node.span,
                "answers 400 to everybody there",
            )
            .label(endpoint.path.span, "of this endpoint")
            .note("this gateway takes the key from the request as it came; `input_headers` decides what the backend sees"),
        );
    }
}

fn nobody_known(source: &Source, node: &Node, endpoint: &Endpoint) -> Diagnostic {
    let header = source.header();
    let finding = Diagnostic::new(
        &codes::SHARD_KEY,
        format!("no request here has a shard key: nothing sets `{header}`"),
        node.span,
        "answers 400 to everybody",
    )
    .label(endpoint.path.span, "of this endpoint")
    .note("what a client says there is removed, for it would be whoever it likes");
    let claim = match source {
        Source::User => "sub",
        Source::Organization => "owner",
        Source::Header(_) | Source::Cookie(_) => "a claim",
    };
    if endpoint.extra("auth/validator").is_some() {
        let pair = format!("[\"{claim}\", \"{header}\"]");
        return finding.help(format!(
            "add `{pair}` to `propagate_claims` of the endpoint's validator"
        ));
    }
    finding.help(format!(
        "let `github.com/hanzoai/gateway/auth` at the root find out who calls; or give the endpoint an `auth/validator` \
         with `\"propagate_claims\": [[\"{claim}\", \"{header}\"]]`"
    ))
}

/// What the client says of its shard is replaced (BN-8).
fn overwritten(
    endpoint: &Endpoint,
    backend: &Backend,
    extra: &Extra,
    findings: &mut Vec<Diagnostic>,
) {
    let lists = endpoint.input_headers.iter().chain(&backend.input_headers);
    let is_ours = |entry: &str| entry.replace('_', "-").eq_ignore_ascii_case(SHARD_HEADER);
    for entry in lists.filter(|entry| is_ours(entry)) {
        findings.push(
            Diagnostic::new(
                &codes::INERT_HEADER,
                format!("the client's `{}` never gets to this backend: the gateway says there which key it found", entry.value),
                entry.span,
                "does nothing",
            )
            .label(extra.key.span, "sets it")
            .help("remove it"),
        );
    }
}

/// Whoever asks first would decide for both (BN-2).
fn two_intervals(
    (interval, extra): (Duration, &Extra),
    (first_interval, first): (Duration, &Extra),
) -> Diagnostic {
    let at = |extra: &Extra| {
        let stated = extra.value.get("member_poll_interval_ms");
        stated.map_or(extra.key.span, |node| node.span)
    };
    Diagnostic::new(
        &codes::CLUSTER_SETTINGS,
        "one network cannot be asked for its members at two intervals",
        at(extra),
        format!("every {} here", duration(interval)),
    )
    .label(
        at(first),
        format!("every {} here", duration(first_interval)),
    )
    .note("all endpoints that call the same hosts share one list of members")
    .help("write the same `member_poll_interval_ms` in both, for example by `$define`")
}
