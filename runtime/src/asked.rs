//! Claims that somebody behind the check of a token asks for, such as a limit that counts by one.
//!
//! They are asked for before anything listens. Whoever checks tokens keeps the answers beside what it remembers of a
//! token, so that they cost nothing where nobody asks, and one pointer per request where somebody does.

use crate::jose::Claims;
use serde_json::Value;
use std::{
    rc::Rc,
    sync::{Mutex, PoisonError},
};

static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// What a token answers, in the order in which it was asked.
pub(crate) struct Answers(Box<[Option<Box<str>>]>);

/// Asks every token for `name`; dots lead inside, unless it is a URL. Gives the number of the answer.
#[allow(dead_code, reason = "limits ask")]
pub(crate) fn ask(name: &'static str) -> usize {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let known = names.iter().position(|known| *known == name);
    known.unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

impl Answers {
    /// `None` if nobody asks.
    pub fn of(claims: &Claims) -> Option<Rc<Answers>> {
        let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if names.is_empty() {
            return None;
        }
        let claim = |name: &&str| {
            if name.starts_with("http") {
                claims.get(name)
            } else {
                claims.at(name)
            }
        };
        let answers = names.iter().map(|name| claim(name).and_then(text));
        Some(Rc::new(Answers(answers.collect())))
    }

    /// `None` if the token does not say.
    #[allow(dead_code, reason = "limits ask")]
    pub fn get(&self, number: usize) -> Option<&str> {
        self.0.get(number)?.as_deref()
    }
}

fn text(claim: &Value) -> Option<Box<str>> {
    match claim {
        Value::Null => None,
        Value::String(text) => Some(text.as_str().into()),
        other => Some(other.to_string().into()),
    }
}
