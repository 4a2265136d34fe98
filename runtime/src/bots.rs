//! `security/bot-detector`: clients that are refused by their `User-Agent`: at the root a gate, at an endpoint a step.
//!
//! It keeps honest robots away; whoever wants to can write another name. Nothing is remembered between requests: a look
//! into a set and a search that never backtracks cost less than a cache that strangers fill.

use crate::{
    cx::Cx,
    endpoint::Passed,
    gate::{Enter, Gate, Part, Start},
    pattern::{self, Compile, Search},
    reject::{Own, Reject},
};
use http::{StatusCode, header::USER_AGENT};
use std::{collections::HashSet, sync::OnceLock};

/// Which clients are bots, and which are not although they look like one.
pub struct Bots {
    allow: &'static [&'static str],
    deny: &'static [&'static str],
    patterns: &'static [&'static str],
    compile: Option<Compile>,
    empty: bool,
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    allow: HashSet<&'static [u8]>,
    deny: HashSet<&'static [u8]>,
    patterns: Option<Search>,
}

impl Default for Bots {
    fn default() -> Bots {
        Bots::new()
    }
}

impl Bots {
    /// Nobody is a bot.
    pub const fn new() -> Bots {
        Bots {
            allow: &[],
            deny: &[],
            patterns: &[],
            compile: None,
            empty: false,
            live: OnceLock::new(),
        }
    }

    /// Whole values of `User-Agent` that pass whatever else is said. Default: none.
    #[must_use]
    pub const fn allow(mut self, agents: &'static [&'static str]) -> Bots {
        self.allow = agents;
        self
    }

    /// Whole values of `User-Agent` that are bots. Default: none.
    #[must_use]
    pub const fn deny(mut self, agents: &'static [&'static str]) -> Bots {
        self.deny = agents;
        self
    }

    /// Regular expressions; a `User-Agent` in which one is found is a bot. Default: none.
    #[must_use]
    pub const fn patterns(mut self, patterns: &'static [&'static str]) -> Bots {
        self.patterns = patterns;
        self.compile = Some(pattern::any_of);
        self
    }

    /// A client without a `User-Agent`, or with an empty one, is a bot. Default: it is not.
    #[must_use]
    pub const fn empty_is_a_bot(mut self) -> Bots {
        self.empty = true;
        self
    }

    fn prepare(&self) -> Result<Live, String> {
        let set = |agents: &[&'static str]| agents.iter().map(|agent| agent.as_bytes()).collect();
        Ok(Live {
            allow: set(self.allow),
            deny: set(self.deny),
            patterns: self
                .compile
                .map(|compile| compile(self.patterns))
                .transpose()?,
        })
    }

    /// In this order: no name, allowed, denied, the patterns.
    fn is_bot(&self, agent: &[u8]) -> bool {
        if agent.is_empty() {
            return self.empty;
        }
        // Without `start` everybody is one: a filter that was not started is a bug of ours, and no reason to open.
        let Some(live) = self.live.get() else {
            return true;
        };
        if live.allow.contains(agent) {
            return false;
        }
        let finds = |search: &Search| search(agent);
        live.deny.contains(agent) || live.patterns.as_ref().is_some_and(finds)
    }

    fn judge(&self, cx: &Cx) -> Result<(), Reject> {
        let agent = cx.head.headers.first(&USER_AGENT);
        if self.is_bot(agent.unwrap_or_default()) {
            // Bots read no messages.
            return Err(Own::new(StatusCode::FORBIDDEN, "").into());
        }
        Ok(())
    }
}

/// A step of a handler: 403 to bots.
///
/// # Errors
/// If the client is one.
pub fn refuse_bots(bots: &'static Bots, cx: &mut Cx) -> Passed {
    Ok(bots.judge(cx)?)
}

impl Part for Bots {
    fn key(&self) -> &'static str {
        "security/bot-detector"
    }

    fn start(&'static self, start: &mut Start) {
        match self.prepare() {
            // Set once: every part is started once.
            Ok(live) => drop(self.live.set(live)),
            Err(why) => start.fail(format!("{}: {why}", self.key())),
        }
    }
}

impl Gate for Bots {
    fn speaks(&self) -> bool {
        false
    }

    fn enter(&'static self, cx: &mut Cx) -> Enter {
        match self.judge(cx) {
            Ok(()) => Enter::Pass,
            Err(reject) => Enter::Refuse(reject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bots;

    #[test]
    fn who_is_a_bot() {
        let started = |bots: Bots| {
            let live = bots.prepare().expect("sound patterns");
            assert!(bots.live.set(live).is_ok());
            bots
        };
        let bots = started(
            Bots::new()
                .allow(&["c", "Pingdom.com_bot_version_1.1"])
                .deny(&["a", "b", "c"])
                .patterns(&["(Pingdom.com_bot_version_).*", "(facebookexternalhit)/.*"]),
        );
        for (agent, is_bot) in [
            ("a", true),
            ("b", true),
            ("A", false),
            ("ab", false),
            ("c", false),
            ("Pingdom.com_bot_version_1.1", false),
            ("Pingdom.com_bot_version_1.2", true),
            ("x facebookexternalhit/1.2.3", true),
            ("curl/8", false),
            ("", false),
        ] {
            assert_eq!(bots.is_bot(agent.as_bytes()), is_bot, "{agent:?}");
        }
        let strict = started(Bots::new().allow(&[""]).empty_is_a_bot());
        assert!(strict.is_bot(b"") && !strict.is_bot(b"x"));
    }

    #[test]
    fn without_a_start_everybody_is_one() {
        assert!(Bots::new().is_bot(b"curl/8"));
    }
}
