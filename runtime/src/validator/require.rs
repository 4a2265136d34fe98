//! The step of a handler: a good token, or 401; one that is allowed to, or 403.

use super::{
    Started, Validator, Wanted,
    propagate::Propagated,
    source::{self, Found},
};
use crate::{
    asked::Answers,
    cx::Cx,
    endpoint::Passed,
    jose::{Claims, Refusal, Remembered, Revocable},
    reject::{Own, Reject},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What a token means to one validator.
struct Verdict {
    /// Whether it has the roles and scopes.
    enough: Result<(), Lack>,
    headers: Vec<Propagated>,
    answers: Option<Rc<Answers>>,
    revocable: Revocable,
}

/// What a good token lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Lack {
    #[error("the token has none of the roles")]
    Roles,
    #[error("the token has not the scopes")]
    Scopes,
}

thread_local! {
    /// By the numbers of validators.
    static REMEMBERED: RefCell<Vec<Remembered<Verdict>>> = const { RefCell::new(Vec::new()) };
}

/// Refuses requests without a token that `validator` believes; puts its claims into headers. Both refusals have no
/// body, unless errors are explained (AUTH-34).
pub fn require(validator: &'static Validator, cx: &mut Cx) -> Passed {
    let refused = match judge(validator, cx) {
        Ok(verdict) => match verdict.enough {
            Ok(()) => {
                for header in &verdict.headers {
                    header.put(&mut cx.head.headers);
                }
                cx.claims.clone_from(&verdict.answers);
                return Ok(());
            }
            Err(lack) => Refused::Lacks(lack),
        },
        Err(refused) => refused,
    };
    if validator.debug {
        let id = cx.marks.request_id.to_str().unwrap_or_default();
        tracing::error!(request_id = id, "auth/validator: {refused}");
    }
    Err(Box::new(refused.answer(cx)))
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there is no token")]
    NoToken,
    #[error("what stands in the token's place is not one text")]
    Nonsense,
    #[error("{0}")]
    Token(#[source] Refusal),
    #[error("{0}")]
    Lacks(#[source] Lack),
    #[error("the validator was not started")]
    NotStarted,
}

impl Refused {
    /// 401 or 403, with the challenge of RFC 6750 3.
    fn answer(&self, cx: &Cx) -> Reject {
        let (status, challenge) = match self {
            Refused::NoToken => (StatusCode::UNAUTHORIZED, "Bearer"),
            Refused::Lacks(_) => (
                StatusCode::FORBIDDEN,
                r#"Bearer error="insufficient_scope""#,
            ),
            _ => (StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#),
        };
        let json = if cx.core.gateway().error_detail {
            let id = cx.marks.request_id.to_str().unwrap_or_default();
            serde_json::json!({ "message": self.to_string(), "request_id": id }).to_string()
        } else {
            String::new()
        };
        Own::new(status, json)
            .with(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            )
            .because(self.to_string())
            .into()
    }
}

fn judge(validator: &'static Validator, cx: &Cx) -> Result<Rc<Verdict>, Refused> {
    let started = validator.started.get().ok_or(Refused::NotStarted)?;
    let headers = &cx.head.headers;
    let token = match source::find(headers, &started.header, validator.cookie) {
        Found::Token(token) => token,
        Found::Nothing => return Err(Refused::NoToken),
        Found::Nonsense => return Err(Refused::Nonsense),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    REMEMBERED.with_borrow_mut(|all| {
        if all.len() <= started.number {
            all.resize_with(started.number + 1, Remembered::default);
        }
        let known = &mut all[started.number];
        let verdict = validator.look_up(started, token, now, known);
        // Also of a token that is remembered: it may have been revoked since.
        match verdict {
            Ok(verdict) if verdict.revocable.is_revoked() => Err(Refusal::Revoked),
            verdict => verdict,
        }
        .map_err(Refused::Token)
    })
}

impl Validator {
    fn look_up(
        &self,
        started: &Started,
        token: &str,
        now: Duration,
        known: &mut Remembered<Verdict>,
    ) -> Result<Rc<Verdict>, Refusal> {
        let keys = started.store.now();
        if let Some(verdict) = known.get(token, keys.generation, now) {
            return Ok(verdict);
        }
        let claims = started.rules.check(token, &keys.keys, now, |name| {
            started.store.is_unknown(name, self.cooldown);
        })?;
        let verdict = Rc::new(self.verdict(started, &claims));
        let kept = Rc::clone(&verdict);
        known.put(token, keys.generation, now, claims.expires, kept);
        Ok(verdict)
    }

    fn verdict(&self, started: &Started, claims: &Claims) -> Verdict {
        let has = |wanted: Option<Wanted>| wanted.is_none_or(|wanted| wanted.is_met_by(claims));
        let enough = match (has(self.roles), has(self.scopes)) {
            (false, _) => Err(Lack::Roles),
            (true, false) => Err(Lack::Scopes),
            (true, true) => Ok(()),
        };
        let pairs = self.propagate.iter().zip(&started.headers);
        let headers = pairs
            .map(|(claim, name)| Propagated::new(name.clone(), claim.of(claims), self.keep_arrays))
            .collect();
        Verdict {
            enough,
            headers,
            answers: Answers::of(claims),
            revocable: Revocable::of(claims),
        }
    }
}

impl Wanted {
    /// The claim is a list of texts, or a text with words between spaces.
    fn is_met_by(&self, claims: &Claims) -> bool {
        let claim = if self.nested {
            claims.at(self.claim)
        } else {
            claims.get(self.claim)
        };
        let has = |word: &&str| match claim {
            Some(Value::String(text)) => text.split_ascii_whitespace().any(|w| w == *word),
            Some(Value::Array(list)) => list.iter().any(|w| w == *word),
            _ => false,
        };
        if self.all {
            self.words.iter().all(has)
        } else {
            self.words.iter().any(has)
        }
    }
}
