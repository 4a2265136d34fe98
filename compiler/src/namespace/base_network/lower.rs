//! A network as a static of the generated `bases.rs`, as the end of a handler, and in words.

use super::{Network, POLL_INTERVAL, REPLAY_BUFFER, SHARD_HEADER, Source, read};
use crate::{
    describe::units,
    json::Node,
    lower::{Lowering, constant},
    plan::{Arg, Chain, Does, Host, Method, Static, Way},
};

/// A static of `bases.rs`, and the end of the handler.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (network, _) = read(node);
    let (Some(source), Some(endpoint)) = (&network.source, to.endpoint) else {
        unreachable!("a config with errors is not lowered, and a network is a backend")
    };
    let hosts = to.hosts();
    let at = at(&hosts);
    let name = hosts.first().map_or("", |host| host.name.as_str());
    let name = name.split('.').next().unwrap_or(name);
    let name = constant(&format!("{name} by {}", short(source)));
    let [backend] = endpoint.backends.as_slice() else {
        unreachable!("only what calls one backend gets here")
    };
    let method = *backend.method.unwrap_or(endpoint.method);
    let path = backend.url_pattern.as_ref();
    let path = path.map_or("/", |pattern| pattern.text.as_str());
    let way = way(&network, source, method, &format!("{path} of"), &at);
    let interval = network.poll_interval;
    let held = network.replay_buffer;
    let value = Chain::new("BaseNetwork::new", [Arg::Upstream(hosts), arg(source)])
        .maybe("label", network.label.as_deref().map(Arg::from))
        .maybe(
            "member_poll_interval",
            (interval != POLL_INTERVAL).then_some(Arg::Duration(interval)),
        )
        .maybe(
            "replay_buffer",
            (held != REPLAY_BUFFER).then_some(Arg::Number(held)),
        );
    let place = to.add(Static {
        file: "bases",
        name,
        kind: "BaseNetwork",
        doc: format!("The Base network at {at}, sharded by {source}."),
        value,
    });
    to.part(place);
    to.feature("base-network");
    to.ending("forward_to_member", place, Does::Sends(way));
}

/// `http://base-0:8090` and `http://base-1:8090`, quoted.
fn at(hosts: &[Host]) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
    units::listed(&hosts)
}

/// For the name of a static.
fn short(source: &Source) -> &str {
    match source {
        Source::User => "user",
        Source::Organization => "organization",
        Source::Header(name) | Source::Cookie(name) => name,
    }
}

fn arg(source: &Source) -> Arg {
    match source {
        Source::User => Arg::Call("ShardKey::user", Vec::new()),
        Source::Organization => Arg::Call("ShardKey::organization", Vec::new()),
        Source::Header(name) => {
            let name = name.to_ascii_lowercase();
            Arg::Call("ShardKey::header", vec![name.as_str().into()])
        }
        Source::Cookie(name) => Arg::Call("ShardKey::cookie", vec![name.as_str().into()]),
    }
}

/// For a person. `of` is the path of the call, and "of".
fn way(network: &Network, source: &Source, method: Method, of: &str, at: &str) -> Way {
    let name = method.as_str();
    let writes = matches!(
        method,
        Method::Post | Method::Put | Method::Patch | Method::Delete
    );
    let (does, member, gone) = if writes {
        (
            "writes",
            "the member that its key belongs to",
            "the members are asked for, and the request goes to whom the key belongs to by then, if that is another",
        )
    } else {
        (
            "reads",
            "one of the members that have its key, always the same",
            "the request goes to the next member that has the key, or, where there is none, to whom it belongs to once \
             the members have been asked for",
        )
    };
    let held = match network.replay_buffer {
        0 => "where it has no body; with one, 503 (`shard_moved`)".to_owned(),
        most => format!(
            "with a body of up to {}; with a longer one, 503 (`shard_moved`)",
            units::bytes(most)
        ),
    };
    Way {
        to: format!(
            "{name} {does}: it goes to {of} {member}, in the Base network at {at}, where the members are asked for at \
             `/-/base/members` every {}. The key is {source}, without which it gets a 400; the member is told it as \
             `{SHARD_HEADER}`.",
            units::duration(network.poll_interval)
        ),
        node: Some(format!("a member of the Base network at {at}, by the key: {source}")),
        body: None,
        hosts: false,
        fails: vec![
            "As long as no member is known, 502 (`no_members`).".to_owned(),
            "A 307 or 308 of a member says that the key is another's, and is never passed on: the request goes once where \
             it leads, if that is a member, else 502 (`redirect_refused`). A second one is a 502 (`redirect_loop`)."
                .to_owned(),
        ],
        twice: vec![
            format!("When a member says that the key is another's, it is sent once more {held}."),
            format!(
                "When the member cannot be connected to, {gone}. A request that may have been carried out is sent nowhere else."
            ),
        ],
    }
}
