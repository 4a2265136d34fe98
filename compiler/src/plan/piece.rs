//! What a namespace adds to a gateway: a static of the generated crate, and where that stands in a request's way.
//!
//! Lowering fills these in, the emitter prints them; neither the emitter nor the templates know what they mean, so that
//! a namespace is added without touching them.

use super::{Host, Text};
use std::time::Duration;

/// A `pub static` in `src/<file>.rs` of the generated crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Static {
    /// `jwt`, a valid module name; never one that generated code imports from the runtime.
    pub file: &'static str,
    /// `HANZO_ID`
    pub name: String,
    /// The runtime's type: `Validator`.
    pub kind: &'static str,
    /// One line.
    pub doc: String,
    /// The value.
    pub value: Chain,
}

/// `Validator::new(…).issuer(…)`: a const constructor and its setters, only those that the config changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// Constructor and setters: the first is a path (`Validator::new`), the others are methods.
    pub calls: Vec<(&'static str, Vec<Arg>)>,
}

impl Chain {
    /// `constructor(args)`
    pub fn new(constructor: &'static str, args: impl Into<Vec<Arg>>) -> Chain {
        Chain {
            calls: vec![(constructor, args.into())],
        }
    }

    /// `.setter(args)`
    #[must_use]
    pub fn set(mut self, setter: &'static str, args: impl Into<Vec<Arg>>) -> Chain {
        self.calls.push((setter, args.into()));
        self
    }

    /// `.setter()`, if `on`.
    #[must_use]
    pub fn flag(self, setter: &'static str, on: bool) -> Chain {
        if on { self.set(setter, []) } else { self }
    }

    /// `.setter(arg)`, if there is something to say.
    #[must_use]
    pub fn maybe(self, setter: &'static str, arg: Option<Arg>) -> Chain {
        match arg {
            Some(arg) => self.set(setter, [arg]),
            None => self,
        }
    }
}

/// An argument, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arg {
    /// `"text"`
    Text(String),
    /// `&["one", "two"]`
    Texts(Vec<String>),
    /// `10_000`
    Number(u64),
    /// `&[502, 503]`
    Numbers(Vec<u64>),
    /// `true`
    Flag(bool),
    /// `Duration::from_secs(5)`
    Duration(Duration),
    /// `Algorithm::Rs256`, something that the runtime exports.
    Name(&'static str),
    /// `&[Algorithm::Rs256, Algorithm::Es256]`
    Names(Vec<&'static str>),
    /// `Key::file("…")`: a const function of the runtime and its arguments, short ones.
    Call(&'static str, Vec<Arg>),
    /// `&[Key::file(…), Key::file(…)]`, as the argument of a setter.
    Calls(Vec<(&'static str, Vec<Arg>)>),
    /// `&upstreams::BASE`: the upstream that has these hosts, sorted.
    Upstream(Vec<Host>),
}

/// As written: the runtime finds its slots.
impl From<&Text> for Arg {
    fn from(text: &Text) -> Arg {
        text.written().into()
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Text(text.to_owned())
    }
}

/// Where something stands in a request's way; the order is that of PIPE-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    // Before the router, of every request.
    /// `security/http`: hosts, redirects, security headers.
    Transport,
    /// CORS, which answers preflights itself.
    Cors,
    /// Who is asking.
    Identity,
    /// Widget keys.
    Widget,
    /// `security/bot-detector`, before the router or in a handler.
    Bots,
    // In a handler.
    /// Whether the edge knows who is asking.
    Known,
    /// `auth/validator`
    Token,
    // Before a call.
    /// `qos/circuit-breaker`
    Breaker,
    // In a handler, and before a call.
    /// `qos/ratelimit/router`, `qos/ratelimit/proxy`
    Limit,
}

impl Stage {
    /// Whether a gate at this stage does something to a request that has a route: the gateway's limit is a gate for what
    /// has none, and a step of those that have.
    pub fn is_for_routes(self) -> bool {
        self != Stage::Limit
    }
}

/// An index into [`super::Plan::statics`].
pub type Place = usize;

/// A stage that every request passes before it is routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// In this order.
    pub stage: Stage,
    /// Of which static.
    pub place: Place,
    /// For a person: what it does to a request, in whole sentences.
    pub says: String,
}

/// Something with a life of its own, started with the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Of which static.
    pub place: Place,
    /// For a person: what it does beside the requests, in whole sentences. `None`: steps and endings tell.
    pub says: Option<String>,
}

/// What ends a handler in the place of `forward`: the answer goes through it before the client gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Of the runtime: `sign`.
    pub function: &'static str,
    /// Its static.
    pub place: Place,
    /// For a person: what it does.
    pub does: Does,
}

/// What an ending is about, in whole sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// What it makes of the answer.
    Answers(String),
    /// Where it sends the request; the answer comes back as it is.
    Sends(Way),
}

/// Where a request goes, if not simply to the host whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where to; [`Way::HOSTS`] stands for what the call itself names.
    pub to: String,
    /// Which node gets it, if it is not one of those.
    pub node: Option<String>,
    /// What happens to a body on its way, if it is not simply streamed.
    pub body: Option<&'static str>,
    /// Whether those get requests too.
    pub hosts: bool,
    /// What happens when that fails.
    pub fails: Vec<String>,
    /// When a request is sent a second time.
    pub twice: Vec<String>,
}

impl Way {
    /// In [`Way::to`].
    pub const HOSTS: &'static str = "{hosts}";
}

/// What one backend's calls pass before they are made; it may refuse them, and learns how they went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// In this order.
    pub stage: Stage,
    /// Of which static.
    pub place: Place,
    /// For a person: what it does to a call, in whole sentences.
    pub says: String,
}

/// A setter of a backend's call: `.retry(2)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setter {
    /// Of the runtime's `Call`.
    pub name: &'static str,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// For a person: what it does to a call, in whole sentences.
    pub says: String,
}

/// A line of a handler: it refuses the request, or lets it go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In this order.
    pub stage: Stage,
    /// Of the runtime: `auth::require`.
    pub function: &'static str,
    /// Its static, if it has one.
    pub place: Option<Place>,
    /// For a person: what it does to a request, in whole sentences.
    pub says: String,
}
