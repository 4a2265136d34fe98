//! Where a request of a cluster goes, in the words of `gwc explain` and `gwc match`.

use super::{Cluster, INTERVAL, REPLAY, TTL};
use crate::{
    config::{Backend, Endpoint},
    describe::units,
    plan::{Method, Text, Way},
};

/// What a client says to be sent to the writer (HA-6).
const BASE_WRITER: &str = "X-Base-Writer";
/// What makes a write safe to be sent again.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// For a person: what becomes of a request of this endpoint.
pub fn of(cluster: &Cluster, service: &Text, endpoint: &Endpoint, backend: &Backend) -> Way {
    let method = backend
        .method
        .map_or(endpoint.method.value, |method| method.value);
    let interval = cluster.leader_poll_interval.unwrap_or(INTERVAL);
    let ttl = cluster.read_your_writes_ttl.unwrap_or(TTL);
    let (name, time) = (method.as_str(), units::duration);
    let node = format!("the node that leads behind `{}`", service.written());
    let leader = format!(
        "{node}, which is asked at `/_ha/leader` every {}",
        time(interval)
    );
    let path = backend.url_pattern.as_ref();
    let path = path.map_or("/", |pattern| pattern.text.as_str());
    let writes = cluster.writes(method);
    let asked = passes(endpoint, backend, BASE_WRITER);
    let mut reasons = Vec::new();
    if !ttl.is_zero() {
        reasons.push(format!(
            "for {} after its client (address, organization and user) wrote",
            time(ttl)
        ));
    }
    if asked {
        reasons.push(format!("with `{BASE_WRITER}: required`"));
    }
    let to = match (writes, reasons.is_empty()) {
        (true, _) if ttl.is_zero() => format!("{name} writes: it goes to {path} of {leader}."),
        (true, _) => format!(
            "{name} writes: it goes to {path} of {leader}. For {} after it, its client (address, organization and user) \
             reads from there.",
            time(ttl)
        ),
        (false, true) => format!("{name} reads: it goes to {}.", Way::HOSTS),
        (false, false) => format!(
            "{name} reads: it goes to {}; {}, to {leader}.",
            Way::HOSTS,
            reasons.join(", or "),
        ),
    };
    let redirect = "A 307 or 308 of a node is never passed on: the request goes once where it leads, if that is a node of the \
                    cluster, else to whoever leads next.";
    if !writes && reasons.is_empty() {
        return Way {
            to,
            node: None,
            body: None,
            hosts: true,
            fails: vec![redirect.to_owned()],
            twice: Vec::new(),
        };
    }
    let wait = time(interval * 3 / 2);
    let mut twice = vec![format!(
        "When the node that leads answers 5xx, or not at all: another one is waited for, {wait} at most, and the request \
         sent once more, with a body of up to {}; a longer one is sent once.",
        units::bytes(cluster.replay_buffer.unwrap_or(REPLAY)),
    )];
    if matches!(method, Method::Post | Method::Patch) {
        let key = if passes(endpoint, backend, IDEMPOTENCY_KEY) {
            format!("only with an `{IDEMPOTENCY_KEY}`")
        } else {
            format!("only with an `{IDEMPOTENCY_KEY}`, which `input_headers` does not let through")
        };
        twice.push(format!(
            "A {name} that was sent and not answered may have been carried out: it is sent again {key}."
        ));
    }
    Way {
        to,
        node: Some(node),
        body: None,
        hosts: !writes,
        fails: vec![
            "As long as nobody is known to lead, what is for that node is answered 503 (`no_writer`). If it gives no answer, \
             and a second attempt none or is not safe: 503 (`writer_unreachable`) and no 502 or 504."
                .to_owned(),
            redirect.to_owned(),
        ],
        twice,
    }
}

/// Whether this header of a client gets to the node.
fn passes(endpoint: &Endpoint, backend: &Backend, header: &str) -> bool {
    let narrowed = backend.input_headers.is_empty()
        || backend
            .input_headers
            .iter()
            .any(|entry| entry.eq_ignore_ascii_case(header));
    endpoint.lists(header) && narrowed
}
