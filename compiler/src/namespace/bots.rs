//! `security/bot-detector`: clients that are refused by their `User-Agent`, at the root or at an endpoint.

use super::{
    regexes,
    words::{flag, inert, items, texts},
};
use crate::{
    describe::units::counted,
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Stage, Static},
};

/// Lists in the order of the file, without repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bots {
    /// Whole values that pass whatever else is said.
    pub allow: Vec<String>,
    /// Whole values that do not.
    pub deny: Vec<String>,
    /// Regular expressions, found anywhere.
    pub patterns: Vec<String>,
    /// Whether a client without a `User-Agent` is one.
    pub empty: bool,
}

impl Bots {
    fn refuses(&self) -> bool {
        self.empty || !self.deny.is_empty() || !self.patterns.is_empty()
    }
}

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Bots, Vec<Diagnostic>) {
    let mut findings = regexes::judge(node, "patterns", regexes::any_of);
    let list = |key| {
        let mut list: Vec<String> = Vec::new();
        for text in texts(node, key).unwrap_or_default() {
            if !list.contains(&text) {
                list.push(text);
            }
        }
        list
    };
    let bots = Bots {
        allow: list("allow"),
        deny: list("deny"),
        patterns: list("patterns"),
        empty: flag(node, "empty_user_agent_is_bot"),
    };
    let both = |(_, text): &(&Node, &str)| bots.allow.iter().any(|a| a == text);
    for (item, text) in items(node, "deny").filter(both) {
        let message = format!("`{text}` is allowed too, and that counts");
        findings.push(
            Diagnostic::new(&codes::INERT_KEY, message, item.span, "does nothing")
                .help("take it out of one of the two lists"),
        );
    }
    if node
        .get("cache_size")
        .and_then(Node::as_u64)
        .is_some_and(|size| size > 0)
    {
        findings.extend(inert(
            node,
            "cache_size",
            "nothing is remembered between requests",
            "a look at the lists costs less than a cache; remove the key",
        ));
    }
    if !bots.refuses() {
        findings.push(
            Diagnostic::new(
                &codes::INERT_KEY,
                "the bot detector refuses nobody",
                node.start(),
                "no `deny`, no `patterns`",
            )
            .help("say who is a bot, or remove it"),
        );
    }
    (bots, findings)
}

/// A gate of all requests, or a step of one endpoint.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (bots, _) = read(node);
    let texts = |list: &[String]| (!list.is_empty()).then(|| Arg::Texts(list.to_vec()));
    let value = Chain::new("Bots::new", [])
        .maybe("allow", texts(&bots.allow))
        .maybe("deny", texts(&bots.deny))
        .maybe("patterns", texts(&bots.patterns))
        .flag("empty_is_a_bot", bots.empty);
    let at_root = to.endpoint.is_none();
    let (file, name) = if at_root {
        ("edge", "BOTS")
    } else {
        ("bots", "KNOWN")
    };
    let place = to.add(Static {
        file,
        name: name.to_owned(),
        kind: "Bots",
        doc: "`security/bot-detector`: who is refused by its `User-Agent`.".to_owned(),
        value,
    });
    if at_root {
        to.gate(Stage::Bots, place, says(&bots));
    } else {
        to.part(place);
        to.step(Stage::Bots, "refuse_bots", Some(place), says(&bots));
    }
    to.feature("bots");
}

fn says(bots: &Bots) -> String {
    let mut who = Vec::new();
    if !bots.deny.is_empty() {
        who.push(format!("is {}", some_of(&bots.deny, "denied text")));
    }
    if !bots.patterns.is_empty() {
        who.push(format!("matches {}", some_of(&bots.patterns, "pattern")));
    }
    if bots.empty {
        who.push("is missing or empty".to_owned());
    }
    if who.is_empty() {
        return "Bots: nobody is refused.".to_owned();
    }
    let but = if bots.allow.is_empty() {
        String::new()
    } else {
        format!(", unless it is {}", some_of(&bots.allow, "allowed text"))
    };
    let who = who.join(", or ");
    format!("Bots are refused (403, without a body): whose User-Agent {who}{but}.")
}

/// The texts themselves, if they are few.
fn some_of(list: &[String], what: &str) -> String {
    if list.len() > 3 {
        return format!("one of {}", counted(list.len() as u64, what));
    }
    let quoted: Vec<String> = list.iter().map(|text| format!("`{text}`")).collect();
    quoted.join(" or ")
}
