//! The slots of the config, filled before anything listens; whatever cannot be filled is told in one go.
//!
//! `slots/outside.rs` reads variables and files, `slots/list.rs` is the part of `env` that shows them.

mod list;
mod outside;

pub(super) use list::{json, text};
pub(super) use outside::Getenv;

use crate::{
    gateway::Gateway,
    host, redact,
    settings::Overrides,
    slot::{self, Part, Slot, Source},
    text::{self, Kind, Text},
    url::{Url, UrlError},
};
use outside::{By, Found, Outside, Unread};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// A text with slots, and what it is for.
struct Use {
    text: Text,
    what: What,
    /// As messages say it: ``host of upstream `users` ``.
    place: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Port,
    Level,
    Host,
    Text,
    Url,
    Https,
}

/// What the slots came to.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The port and the level, which flags and the environment may still override.
    pub overrides: Overrides,
    values: HashMap<&'static str, &'static str>,
}

impl Resolved {
    /// Makes the values those of [`Text::get`]; gives back what the settings are made of.
    pub fn settle(self) -> Overrides {
        text::settle(self.values);
        self.overrides
    }
}

/// Why a gateway cannot start with the environment it has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfilled(Vec<String>);

impl fmt::Display for Unfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the slots of the config cannot be filled:")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// What to do about it.
pub(super) const HELP: &str = "set the variables (an empty one counts as not set) and put the files in place; the command \
                               `env` shows every slot";

/// Every text of the config that has slots.
fn uses(gateway: &Gateway) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut note = |text: Option<Text>, what, place: String| {
        uses.extend(text.map(|text| Use { text, what, place }));
    };
    note(gateway.port_slots, What::Port, "port".to_owned());
    note(gateway.log_level_slots, What::Level, "log level".to_owned());
    for upstream in gateway.upstreams {
        for host in upstream.hosts {
            let place = format!("host of upstream `{}`", upstream.label);
            note(host.text(), What::Host, place);
        }
    }
    for text in gateway.texts {
        let what = match text.kind() {
            Kind::Plain | Kind::Secret => What::Text,
            Kind::Url => What::Url,
            Kind::Https => What::Https,
        };
        note(Some(*text), what, text_place(*text));
    }
    uses
}

/// A free text is told by itself, unless it might have a secret beside its slots.
fn text_place(text: Text) -> String {
    if text.is_secret() {
        "a secret of the config".to_owned()
    } else {
        format!("`{}`", redact::query(text.written()))
    }
}

/// Fills every slot, or tells all that is missing or unusable.
pub(super) fn resolve(gateway: &Gateway, getenv: Getenv<'_>) -> Result<Resolved, Unfilled> {
    let mut outside = Outside::new(getenv);
    let uses = uses(gateway);
    let mut resolved = Resolved {
        overrides: Overrides::default(),
        values: HashMap::new(),
    };
    let mut wrong = missing(&uses, &mut outside);
    for wanted in &uses {
        let Some(filled) = fill(wanted.text, &mut outside) else {
            continue;
        };
        match take(wanted.what, &filled.value, &mut resolved.overrides) {
            Ok(()) => {
                let value: &'static str = filled.value.leak();
                resolved.values.insert(wanted.text.written(), value);
            }
            Err(why) => wrong.push(misfit(wanted, &filled, &why)),
        }
    }
    if wrong.is_empty() {
        Ok(resolved)
    } else {
        Err(Unfilled(wrong))
    }
}

/// Kubernetes sets `NAME_PORT` for every service NAME of the namespace, before any default counts.
const SERVICE_LINK: &str = "; `tcp://` is Kubernetes' link to a service of that name (enableServiceLinks: false keeps it \
                            away)";

/// One line for a value that does not fit.
fn misfit(wanted: &Use, filled: &Filled, why: &Unfit) -> String {
    let Use { text, place, .. } = wanted;
    let Unfit { reason, advice } = why;
    if filled.hidden {
        format!("{place}: the value, which is not shown, does not fit: {advice}")
    } else {
        let value = redact::query(&filled.value).escape_debug().to_string();
        let link = if filled.value.contains("tcp://") {
            SERVICE_LINK
        } else {
            ""
        };
        let came_to = format!("came to `{value}`: {reason}{link}");
        match wanted.what {
            // Their place is the text.
            What::Text | What::Url | What::Https => format!("{place} {came_to}"),
            _ => format!("{place}: {} {came_to}", text.written()),
        }
    }
}

/// One line for each slot without a value, with the places that need it.
fn missing(uses: &[Use], outside: &mut Outside<'_>) -> Vec<String> {
    let mut lines: Vec<(String, BTreeSet<&str>)> = Vec::new();
    for wanted in uses {
        for slot in slots(wanted.text) {
            if let Err(why) = outside.read(slot) {
                let line = format!("{slot}: {why}");
                match lines.iter_mut().find(|(known, _)| *known == line) {
                    Some((_, places)) => places.extend([wanted.place.as_str()]),
                    None => lines.push((line, BTreeSet::from([wanted.place.as_str()]))),
                }
            }
        }
    }
    let told = |(line, places): (String, BTreeSet<&str>)| {
        let places: Vec<&str> = places.into_iter().collect();
        format!("{line} (for {})", places.join(", "))
    };
    lines.into_iter().map(told).collect()
}

/// The slots of a text. gwc reads texts with the same parser, so that none is malformed.
fn slots(text: Text) -> Vec<Slot<'static>> {
    let pieces = slot::parse(text.written()).unwrap_or_default();
    let slot = |piece: slot::Piece<'static>| match piece.part {
        Part::Slot(slot) => Some(slot),
        Part::Literal(_) => None,
    };
    pieces.into_iter().filter_map(slot).collect()
}

/// The variables that slots are filled with.
pub(super) fn variables(gateway: &Gateway) -> impl Iterator<Item = &'static str> {
    let all = uses(gateway)
        .into_iter()
        .flat_map(|wanted| slots(wanted.text));
    all.filter(|slot| slot.source == Source::Env)
        .map(|slot| slot.name)
}

struct Filled {
    value: String,
    /// Something in it is not to be shown.
    hidden: bool,
}

/// `None` if a slot has no value, which has been told.
fn fill(text: Text, outside: &mut Outside<'_>) -> Option<Filled> {
    let mut filled = Filled {
        value: String::new(),
        hidden: false,
    };
    for piece in slot::parse(text.written()).ok()? {
        match piece.part {
            Part::Literal(text) => filled.value.push_str(text),
            Part::Slot(slot) => {
                let found = outside.read(slot).as_ref().ok()?;
                filled.value.push_str(&found.value);
                filled.hidden |= is_hidden(slot, found);
            }
        }
    }
    filled.hidden |= text.is_secret() || filled.value.contains('@');
    Some(filled)
}

/// Files are for secrets, and so are variables that are called so; what has an `@` may hold a password.
fn is_hidden(slot: Slot<'_>, found: &Found) -> bool {
    found.by == By::File || redact::is_secret(slot.name) || found.value.contains('@')
}

/// Why a value does not fit.
struct Unfit {
    /// May have parts of the value in it.
    reason: String,
    /// Has none.
    advice: &'static str,
}

const NO_PORT: &str = "a port is a number from 1 to 65535";
const NO_LEVEL: &str = "a log level is DEBUG, INFO, WARNING, ERROR or CRITICAL";
const NO_TLS: &str =
    "`https` is not built into this binary: the config has no `https://` host that says so";

const NOTHING: &str = "it must not be empty";
const NO_HTTPS: &str =
    "keys come over https; the config would have to say `\"disable_jwk_security\": true`";

fn unfit_url(error: &UrlError) -> Unfit {
    Unfit {
        reason: format!("{error}; {}", error.help()),
        advice: error.help(),
    }
}

/// Whether a value can be what it is for; a port and a level are kept.
fn take(what: What, value: &str, to: &mut Overrides) -> Result<(), Unfit> {
    let unfit = |advice: &'static str| Unfit {
        reason: advice.to_owned(),
        advice,
    };
    match what {
        What::Port => match super::value::port(value) {
            Ok(port) if port > 0 => to.port = Some(port),
            _ => return Err(unfit(NO_PORT)),
        },
        What::Level => match super::value::log_level(value) {
            Ok(level) => to.log_level = Some(level),
            Err(_) => return Err(unfit(NO_LEVEL)),
        },
        What::Host => match host::parse(value) {
            Ok(found) if found.tls && !cfg!(feature = "tls") => return Err(unfit(NO_TLS)),
            Ok(_) => {}
            Err(wrong) => {
                return Err(Unfit {
                    reason: format!("{}; {}", wrong.error, wrong.error.help()),
                    advice: wrong.error.help(),
                });
            }
        },
        What::Text if value.is_empty() => return Err(unfit(NOTHING)),
        What::Text => {}
        What::Url | What::Https => {
            let url = Url::parse(value).map_err(|wrong| unfit_url(&wrong.error))?;
            if what == What::Https && !url.is_secure() {
                return Err(unfit(NO_HTTPS));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
