//! One row per `extra_config` key of the config language: [`NAMESPACES`] in `namespace/table.rs`.
//!
//! To support another one: its row says `yes`, `schemas/<key>.json` describes it, `namespace/<name>.rs` reads it into a
//! type of its own for `lower`. `place.rs` judges the keys themselves: unknown, misplaced, given twice, not built.
//! `surprises/` judges values, also of namespaces that are not built.

pub mod base_ha;
pub mod base_network;
pub mod bots;
pub mod breaker;
pub mod cors;
pub mod edge;
pub mod hanzo_cors;
pub mod listen;
pub mod logging;
pub mod metrics;
mod place;
pub mod proxy;
pub mod public;
pub mod ratelimit;
mod regexes;
pub mod retry;
pub mod revoker;
pub mod router;
pub mod secure;
pub mod server;
pub mod signer;
mod surprises;
mod table;
pub mod validator;
pub mod widget;
pub(crate) mod words;
pub mod zap;
pub mod zap_listener;

use crate::{diagnostic::Diagnostic, json::Node, lower::Lowering};

pub use place::check;
pub use surprises::{behind_tls_proxy, surprises};
pub use table::NAMESPACES;

/// A key of `extra_config`, as the language knows it.
#[derive(Debug)]
pub struct Namespace {
    /// `qos/ratelimit/router`
    pub key: &'static str,
    /// Other spellings that mean the same, the legacy name first.
    pub aliases: &'static [&'static str],
    /// Where it is read.
    pub levels: &'static [Scope],
    /// Whose it is.
    pub edition: Edition,
    /// Whether it is built.
    pub support: Support,
    /// Whether leaving it out would open what it closes.
    pub guard: bool,
    /// Whether it makes the answer of an endpoint, as only one can.
    pub ends: bool,
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// What its schema cannot say about a value. `lower` calls the same reader and may drop its findings: they have been
    /// reported.
    pub judge: fn(&Node, Scope) -> Vec<Diagnostic>,
    /// What it adds to the plan, where that is a piece of its own (a gate, a step) and not a value of the plan.
    pub lower: Option<Lower>,
}

/// Reads a block that was found faultless, and adds what it asks for.
pub type Lower = fn(&Node, &mut Lowering<'_>);

/// The levels of a config that have an `extra_config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The root.
    Service,
    /// `endpoints[]`
    Endpoint,
    /// `endpoints[].backend[]`
    Backend,
    /// `async_agent[]`, of which none is built.
    Agent,
}

/// Whose vocabulary a namespace belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// `KrakenD` Community.
    Community,
    /// `KrakenD` Enterprise; the Community edition ignores it.
    Enterprise,
    /// The Hanzo gateway.
    Hanzo,
}

/// What gwc makes of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Compiled. `schemas/<key>.json` describes it.
    Yes,
    /// Read by tools other than the gateway (documentation); accepted, does nothing at run time.
    Inert,
    /// Not built; the text names the nearest thing that is.
    No(&'static str),
}

impl Namespace {
    /// Elsewhere it is an error.
    pub fn is_read_at(&self, scope: Scope) -> bool {
        self.levels.contains(&scope)
    }

    /// `the root or an endpoint`.
    pub fn homes(&self) -> String {
        self.levels
            .iter()
            .map(|level| level.name())
            .collect::<Vec<_>>()
            .join(" or ")
    }
}

impl Scope {
    /// As `x-levels` of the schemas says it: `endpoint`.
    pub const fn word(self) -> &'static str {
        match self {
            Scope::Service => "root",
            Scope::Endpoint => "endpoint",
            Scope::Backend => "backend",
            Scope::Agent => "agent",
        }
    }

    /// With its article: `an endpoint`.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Service => "the root",
            Scope::Endpoint => "an endpoint",
            Scope::Backend => "a backend",
            Scope::Agent => "an async agent",
        }
    }
}

/// The row of a key, an alias or a legacy name. Case matters, as it does to the old engine.
pub fn find(key: &str) -> Option<&'static Namespace> {
    NAMESPACES
        .iter()
        .find(|row| row.key == key || row.aliases.contains(&key))
}
