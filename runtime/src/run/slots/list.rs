//! What `env` says about slots: where each value comes from, whether it is there, and the value where it may be seen.

use super::{By, Getenv, Outside, Unread, is_hidden, slots, uses};
use crate::{
    gateway::Gateway,
    slot::{Slot, Source},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// One slot. Where it stands twice with different defaults, it is two.
struct Row {
    slot: Slot<'static>,
    places: BTreeSet<String>,
    /// One of its texts is a secret.
    secret: bool,
}

/// What a row comes to here and now.
struct State {
    /// `None` where there is none, or it is not to be seen.
    value: Option<String>,
    source: &'static str,
    problem: Option<String>,
    hidden: bool,
}

fn rows(gateway: &Gateway) -> Vec<Row> {
    let mut rows: BTreeMap<Slot<'static>, Row> = BTreeMap::new();
    for wanted in uses(gateway) {
        for slot in slots(wanted.text) {
            let row = rows.entry(slot).or_insert_with(|| Row {
                slot,
                places: BTreeSet::new(),
                secret: false,
            });
            row.places.insert(wanted.place.clone());
            row.secret |= wanted.text.is_secret();
        }
    }
    rows.into_values().collect()
}

impl Row {
    fn state(&self, outside: &mut Outside<'_>) -> State {
        match outside.read(self.slot) {
            Ok(found) => {
                let hidden = self.secret || is_hidden(self.slot, found);
                State {
                    value: (!hidden).then(|| found.value.clone()),
                    source: match found.by {
                        By::Environment => "environment",
                        By::Default => "default",
                        By::File => "file",
                    },
                    problem: None,
                    hidden,
                }
            }
            Err(why) => State {
                value: None,
                source: match self.slot.source {
                    Source::Env if matches!(why, Unread::NotSet) => "not set",
                    Source::Env => "environment",
                    Source::File => "file",
                },
                problem: Some(why.to_string()),
                hidden: false,
            },
        }
    }

    /// ``For host of upstream `users`, port.``
    fn what(&self) -> String {
        let places: Vec<&str> = self.places.iter().map(String::as_str).collect();
        format!("For {}.", places.join(", "))
    }

    /// The default, where the value may be seen.
    fn default(&self, state: &State) -> Option<&'static str> {
        self.slot.default.filter(|_| !state.hidden)
    }
}

/// For people; empty where the config has no slots.
pub(in crate::run) fn text(gateway: &Gateway, getenv: Getenv<'_>) -> String {
    let mut outside = Outside::new(getenv);
    let mut out = String::new();
    for row in rows(gateway) {
        if out.is_empty() {
            out.push_str("\nSlots of the config:\n");
        }
        let state = row.state(&mut outside);
        // Writing to a string cannot fail.
        let _ = match (&state.value, &state.problem) {
            (Some(value), _) => writeln!(out, "{}={value}  ({})", row.slot, state.source),
            (None, Some(why)) => writeln!(out, "{}  ({why}: the gateway cannot start)", row.slot),
            (None, None) => writeln!(out, "{}=***  ({})", row.slot, state.source),
        };
        let _ = writeln!(out, "    {}", row.what());
        let default = row.default(&state);
        if let Some(default) = default.filter(|default| Some(*default) != state.value.as_deref()) {
            let _ = writeln!(out, "    Default: {default}");
        }
    }
    out
}

/// For programs: the keys of a variable's row, and what only a slot has.
pub(in crate::run) fn json(gateway: &Gateway, getenv: Getenv<'_>) -> Vec<Value> {
    let mut outside = Outside::new(getenv);
    let row = |row: Row| {
        let state = row.state(&mut outside);
        json!({
            "name": row.slot.name,
            "alias": null,
            "value": state.value,
            "source": state.source,
            "default": row.default(&state),
            "what": row.what(),
            "slot": row.slot.to_string(),
            "hidden": state.hidden,
            "problem": state.problem,
        })
    };
    rows(gateway).into_iter().map(row).collect()
}
