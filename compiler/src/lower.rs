//! `Config` → `Plan`: defaults applied, names given, nothing textual left.
//!
//! It runs on configs without errors. What the author allowed to be left out is decided here: a guard that is not built
//! closes its endpoint, everything else is listed, and the binary says it when it starts.

mod names;
mod pieces;
mod server;
mod tls;
mod upstreams;

pub use names::is_version;
pub use pieces::{Called, Lowering, constant};

use crate::{
    config::{Backend, Config, Endpoint, Extra},
    diagnostic::{Code, Diagnostic, codes},
    namespace::{self, Support, edge, public},
    plan::{Action, Call, Endpoint as Planned, Headers, Host, Plan, Query},
    source::{Span, Spanned},
};
use pieces::{Added, Pieces};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use upstreams::Upstreams;

/// An endpoint without a `timeout`, under a root without one (`krakend-core` 1.2).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// What a plan is called, and where it came from.
pub struct Origin {
    /// Name of the generated crate.
    pub crate_name: String,
    /// As generated files print it.
    pub path: String,
    /// The config's exact text.
    pub text: String,
}

/// `allowed`: the findings that the author let pass with `--allow`.
pub fn lower(config: &Config, origin: Origin, allowed: &[&Diagnostic]) -> (Plan, Vec<Diagnostic>) {
    let (names, findings) = names::name(&config.endpoints);
    let upstreams = Upstreams::collect(
        config
            .endpoints
            .iter()
            .flat_map(|e| &e.backends)
            .map(|b| hosts(b, config))
            .collect::<Vec<_>>()
            .iter()
            .map(Vec::as_slice),
    );
    let service_guard = config.extra.iter().find(|extra| is_open_guard(extra));
    let service = server::service(config);
    let has_edge = edge::of(config).is_some();
    let mut pieces = Pieces::default();
    pieces.service(config);

    let mut endpoints: Vec<Planned> = config
        .endpoints
        .iter()
        .zip(names)
        .map(|(endpoint, name)| {
            let lacks = missing(endpoint, config, has_edge, allowed)
                .or(service_guard.map(|extra| quoted(extra.namespace.key)));
            let (added, action) = if let Some(why) = lacks {
                (Added::default(), Action::Refuse { why })
            } else {
                let label = |backend: &Backend| upstreams.label(&hosts(backend, config));
                let mut added = pieces.endpoint(config, endpoint, &name.function, label);
                let call = Call {
                    guards: std::mem::take(&mut added.guards),
                    setters: std::mem::take(&mut added.setters),
                    ..call(endpoint, config, &upstreams, service.max_payload)
                };
                (added, Action::Forward(call))
            };
            Planned {
                method: *endpoint.method,
                path: endpoint.path.text.clone(),
                module: name.module,
                function: name.function,
                steps: added.steps,
                action,
                ending: added.ending,
            }
        })
        .collect();
    endpoints.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));

    let used: Vec<usize> = endpoints
        .iter()
        .filter_map(|e| match &e.action {
            Action::Forward(call) => Some(call.upstream),
            Action::Refuse { .. } => None,
        })
        .collect();
    let (list, place) = upstreams.keep(&used);
    for endpoint in &mut endpoints {
        if let Action::Forward(call) = &mut endpoint.action {
            call.upstream = place[&call.upstream];
        }
    }

    let mut server = service.server;
    server.dial.tls = tls::client(config, list.iter().flat_map(|upstream| &upstream.hosts));
    let mut plan = Plan {
        crate_name: origin.crate_name,
        origin: origin.path,
        text: origin.text,
        name: config
            .name
            .as_ref()
            .map(|n| n.value.clone())
            .unwrap_or_default(),
        server,
        upstreams: list,
        endpoints,
        statics: Vec::new(),
        gates: Vec::new(),
        parts: Vec::new(),
        features: BTreeSet::new(),
        texts: Vec::new(),
        left_out: left_out(allowed),
    };
    pieces.settle(&mut plan);
    (plan, findings)
}

/// What the endpoint needs and this gateway is built without, if that would leave it open or wrong.
fn missing(
    endpoint: &Endpoint,
    config: &Config,
    has_edge: bool,
    allowed: &[&Diagnostic],
) -> Option<String> {
    let backends = endpoint.backends.iter().flat_map(|b| &b.extra);
    let asks_identity =
        |extra: &&Extra| extra.namespace.key == public::KEY && !public::read(&extra.value).0;
    if !has_edge && endpoint.extra.iter().any(|extra| asks_identity(&extra)) {
        return Some("the identity that `auth/public`: false asks for".to_owned());
    }
    if let Some(extra) = endpoint
        .extra
        .iter()
        .chain(backends)
        .find(|extra| is_open_guard(extra))
    {
        return Some(quoted(extra.namespace.key));
    }
    if endpoint.backends.len() != 1 {
        return Some(format!(
            "merging the answers of {} backends",
            endpoint.backends.len()
        ));
    }
    let inside = |finding: &&&Diagnostic| {
        let place = finding.labels[0].span;
        let holds = |span: &Span| span.start <= place.start && place.end <= span.end;
        holds(&endpoint.span) || endpoint.elsewhere.iter().any(holds)
    };
    let left_out: Vec<_> = allowed
        .iter()
        .filter(inside)
        .map(|finding| finding.code)
        .collect();
    let lacks = |code: &'static Code| left_out.contains(&code);
    let composes = namespace::signer::is_composed(endpoint, config);
    // Streamed as it comes, or only signed, an answer would show what `deny` hides.
    if (lacks(&codes::UNSUPPORTED_ENCODING) || composes) && lacks(&codes::UNSUPPORTED_KEY) {
        return Some("the shaping of its answer".to_owned());
    }
    lacks(&codes::UNSUPPORTED_PARAM).then(|| "placeholders that are not of its path".to_owned())
}

/// A guard that is not built: without it the endpoint would be open.
fn is_open_guard(extra: &Extra) -> bool {
    extra.namespace.guard && matches!(extra.namespace.support, Support::No(_))
}

fn quoted(key: &str) -> String {
    format!("`{key}`")
}

fn call(
    endpoint: &Endpoint,
    config: &Config,
    upstreams: &Upstreams,
    service_max: Option<u64>,
) -> Call {
    let [backend] = endpoint.backends.as_slice() else {
        unreachable!("an endpoint with several backends is refused before")
    };
    let own_max = endpoint
        .extra
        .iter()
        .find(|extra| extra.namespace.key == "proxy")
        .and_then(|extra| namespace::proxy::read(&extra.value).0.max_payload);
    Call {
        upstream: upstreams.find(&hosts(backend, config)),
        template: backend
            .url_pattern
            .as_ref()
            .map_or_else(|| "/".to_owned(), |p| p.text.clone()),
        method: backend
            .method
            .as_ref()
            .map(|m| m.value)
            .filter(|m| *m != endpoint.method.value),
        headers: headers(endpoint, backend),
        query: query(endpoint, backend),
        timeout: non_zero(endpoint.timeout)
            .or(non_zero(config.timeout))
            .unwrap_or(DEFAULT_TIMEOUT),
        max_body: [own_max.or(service_max), namespace::zap::max_body(backend)]
            .into_iter()
            .flatten()
            .min(),
        guards: Vec::new(),
        setters: Vec::new(),
    }
}

/// Zero counts as absent (`krakend-core` 1.5).
fn non_zero(duration: Option<Spanned<Duration>>) -> Option<Duration> {
    duration.map(|d| d.value).filter(|d| !d.is_zero())
}

fn hosts(backend: &Backend, config: &Config) -> Vec<Host> {
    let hosts = backend.hosts(config);
    if hosts.is_empty() {
        return namespace::base_ha::default_host(backend)
            .into_iter()
            .collect();
    }
    hosts.into_iter().map(|host| host.value).collect()
}

/// None listed: only `Content-Type` (PIPE-6). A backend's own list filters once more.
fn headers(endpoint: &Endpoint, backend: &Backend) -> Headers {
    let listed = |names: &[Spanned<String>]| -> Vec<String> {
        let mut names: Vec<String> = names.iter().map(|n| n.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        names
    };
    let all = endpoint.input_headers.iter().any(|n| n.value == "*");
    let mut names = listed(&endpoint.input_headers);
    if names.is_empty() {
        names.push("content-type".to_owned());
    }
    if backend.input_headers.is_empty() {
        return if all {
            Headers::All
        } else {
            Headers::Only(names)
        };
    }
    let mut second = listed(&backend.input_headers);
    second.retain(|name| !name.is_empty() && (all || names.contains(name)));
    Headers::Only(second)
}

/// None listed: the query string is dropped (PIPE-6).
fn query(endpoint: &Endpoint, backend: &Backend) -> Query {
    let listed = |names: &[Spanned<String>]| -> Vec<String> {
        let mut names: Vec<String> = names.iter().map(|n| n.value.clone()).collect();
        names.sort();
        names.dedup();
        names
    };
    let all = endpoint.input_query_strings.iter().any(|n| n.value == "*");
    let names = listed(&endpoint.input_query_strings);
    if backend.input_query_strings.is_empty() {
        return if all { Query::All } else { Query::Only(names) };
    }
    let mut second = listed(&backend.input_query_strings);
    second.retain(|name| all || names.contains(name));
    Query::Only(second)
}

/// One line per kind of thing that is left out, with the count of places.
fn left_out(allowed: &[&Diagnostic]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in allowed {
        *counts.entry(&finding.message).or_default() += finding.places;
    }
    counts
        .into_iter()
        .map(|(message, n)| {
            if n == 1 {
                message.to_owned()
            } else {
                format!("{message} ({n} places)")
            }
        })
        .collect()
}
