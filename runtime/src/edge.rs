//! `github.com/hanzoai/gateway/auth`: who calls, found out once for all backends (AUTH-1..33).
//!
//! In the order of AUTH 1.2: identity headers are off a request before it comes here; a public path goes on; a token is
//! looked for, checked, and said in headers that only the gateway can set; then its owner's balance is asked for. What
//! is not a JWT but an API key goes on unread, for the backend knows it.

mod billing;
mod claim;
mod config;
mod mint;
mod paths;
mod permission;
mod refusal;
mod settings;

pub use config::Identity;

use crate::{
    asked::Answers,
    credential::Credential,
    cx::Cx,
    endpoint::Passed,
    gate::{Enter, Gate, Part, Start, Variable},
    identity,
    jose::{Refusal, Remembered, Revocable, Rules},
    jwks::Store,
    measure::Measures,
};
use billing::Till;
use claim::BadClaim;
use mint::Caller;
use paths::Paths;
use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// For how long a key that was looked for in vain is not looked for again.
const COOLDOWN: Duration = Duration::from_secs(30);

/// An edge that checks tokens; what was made of an [`Identity`] when the gateway started.
struct Edge {
    public: Paths,
    require: bool,
    rules: Rules,
    minting: mint::Rules,
    /// None with `--mock`, whose issuer has no keys: every JWT is refused.
    keys: Option<&'static Store>,
    till: Option<Till>,
}

/// Why a token is not believed. The texts repeat nothing of it.
#[derive(Debug, thiserror::Error)]
enum Invalid {
    #[error("failed to parse JWT: {0}")]
    Doubtful(&'static str),
    #[error("failed to parse JWT: {0}")]
    Claim(#[from] BadClaim),
    #[error("failed to fetch JWKS: a mock has no keys")]
    Mock,
    #[error("{stage}: {refusal}")]
    Refused {
        stage: &'static str,
        refusal: Refusal,
    },
}

impl From<Refusal> for Invalid {
    fn from(refusal: Refusal) -> Invalid {
        let stage = stage(&refusal);
        Invalid::Refused { stage, refusal }
    }
}

/// What the Go gateway's texts start with (AUTH 1.8).
fn stage(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoKeys => "failed to fetch JWKS",
        Refusal::UnknownKey | Refusal::OtherKey | Refusal::Signature => "no matching key found",
        Refusal::NoIssuer => "invalid token: missing issuer",
        Refusal::Issuer
        | Refusal::Audience
        | Refusal::NotYet
        | Refusal::NoExpiry
        | Refusal::Expired
        | Refusal::IssuedLater
        | Refusal::Revoked => "token validation failed",
        _ => "failed to parse JWT",
    }
}

/// What a token that was checked means.
struct Known {
    caller: Caller,
    answers: Option<Rc<Answers>>,
    revocable: Revocable,
}

thread_local! {
    /// The tokens that this core has checked.
    static KNOWN: RefCell<Remembered<Known>> = RefCell::default();
}

impl Part for Identity {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/auth"
    }

    fn start(&'static self, start: &mut Start) {
        if let Ok(edge) = settings::of(self, start) {
            assert!(self.live.set(edge).is_ok(), "a part is started once");
        }
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        let edge = self.live.get().and_then(Option::as_ref);
        if let Some(till) = edge.and_then(|edge| edge.till.as_ref()) {
            till.measure(to);
        }
    }

    fn variables(&self) -> Vec<Variable> {
        settings::variables(self)
    }
}

impl Gate for Identity {
    fn speaks(&self) -> bool {
        false
    }

    fn enter(&'static self, cx: &mut Cx) -> Enter {
        match self.live.get().expect("started before it is used") {
            Some(edge) => edge.enter(cx),
            // AUTH-2: stripped it is, and that is all.
            None => Enter::Pass,
        }
    }
}

impl Edge {
    fn enter(&'static self, cx: &mut Cx) -> Enter {
        if self.public.hold(cx.matched_path()) {
            return Enter::Pass;
        }
        let checked = match Credential::of(&cx.head.headers) {
            Credential::Absent if self.require => return refuse(refusal::no_identity()),
            Credential::Absent | Credential::ApiKey => return Enter::Pass,
            Credential::Doubtful(why) => Err(Invalid::Doubtful(why)),
            Credential::Token(token) => self.known(token),
        };
        let known = match checked {
            Ok(known) => known,
            Err(invalid) => return refuse(refusal::invalid_token(&invalid.to_string())),
        };
        let caller = &known.caller;
        caller.put(&mut cx.head.headers);
        cx.claims.clone_from(&known.answers);
        match (&self.till, &caller.billing_id) {
            (Some(till), Some(id)) if till.applies_to(cx.matched_path()) => {
                till.admit(&cx.core, id)
            }
            _ => Enter::Pass,
        }
    }

    /// What `token` means. Whether it was revoked is asked each time, for it may have been since it was checked.
    fn known(&self, token: &str) -> Result<Rc<Known>, Invalid> {
        let known = self.look_up(token)?;
        if known.revocable.is_revoked() {
            return Err(Refusal::Revoked.into());
        }
        Ok(known)
    }

    fn look_up(&self, token: &str) -> Result<Rc<Known>, Invalid> {
        let keys = self.keys.ok_or(Invalid::Mock)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 believes no token, for each was issued in the future.
        let now = now.unwrap_or_default();
        let snapshot = keys.now();
        let known = KNOWN.with_borrow_mut(|known| known.get(token, snapshot.generation, now));
        if let Some(known) = known {
            return Ok(known);
        }
        let unknown = |name: &str| keys.is_unknown(name, COOLDOWN);
        let claims = self.rules.check(token, &snapshot.keys, now, unknown)?;
        let known = Rc::new(Known {
            caller: Caller::of(claims.all(), self.minting)?,
            answers: Answers::of(&claims),
            revocable: Revocable::of(&claims),
        });
        KNOWN.with_borrow_mut(|all| {
            let known = Rc::clone(&known);
            all.put(token, snapshot.generation, now, claims.expires, known);
        });
        Ok(known)
    }
}

fn refuse(own: crate::reject::Own) -> Enter {
    Enter::Refuse(own.into())
}

/// `"auth/public": false` (AUTH-36): only a caller whom the edge knows goes on.
///
/// # Errors
/// E1 (401) where no `X-User-Id` was minted: for anonymous calls, and for API keys, which the edge does not know.
pub fn must_be_known(cx: &mut Cx) -> Passed {
    match cx.head.headers.first(&identity::USER_ID) {
        Some(user) if !user.is_empty() => Ok(()),
        _ => Err(refusal::no_identity().into()),
    }
}
