//! `auth/validator`: who may call an endpoint, by a token that an issuer signed.
//!
//! A [`Validator`] is a `static` of the generated crate; [`require`] is the step of a handler that asks it. What a
//! token was found to mean is remembered per core, so that a client's second request costs a look-up.

mod propagate;
mod require;
mod source;

pub use propagate::Claim;
pub use require::require;

use crate::{
    gate::{Part, Start},
    jose::{Alg, Algs, Audience, KeyId, Rules},
    jwks::{Named, Store},
    text::Text,
};
use http::HeaderName;
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// What a token must be, and what becomes of its claims. Every setter documents its default.
pub struct Validator {
    alg: Alg,
    keys: Named,
    lifetime: Duration,
    cooldown: Duration,
    issuer: Option<Text>,
    audience: Audience,
    leeway: Duration,
    key_id: KeyId,
    header: &'static str,
    cookie: &'static str,
    roles: Option<Wanted>,
    scopes: Option<Wanted>,
    propagate: &'static [Claim],
    keep_arrays: bool,
    debug: bool,
    started: OnceLock<Started>,
}

/// Words that a claim must have.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    claim: &'static str,
    /// Whether dots in it lead inside.
    nested: bool,
    words: &'static [&'static str],
    /// Every one of them, or any.
    all: bool,
}

/// What is made of it before anything listens.
struct Started {
    /// Of its remembered tokens, on every core.
    number: usize,
    rules: Rules,
    store: &'static Store,
    header: HeaderName,
    headers: Vec<HeaderName>,
}

impl Validator {
    /// Tokens signed with `alg`, by a key that [`Validator::keys_at`] or [`Validator::keys_in`] says where to find.
    pub const fn new(alg: Alg) -> Validator {
        Validator {
            alg,
            keys: Named::NOTHING,
            lifetime: Duration::from_mins(15),
            cooldown: Duration::from_secs(30),
            issuer: None,
            audience: Audience::Anybody,
            leeway: Duration::from_secs(1),
            key_id: KeyId::Kid,
            header: "authorization",
            cookie: "access_token",
            roles: None,
            scopes: None,
            propagate: &[],
            keep_arrays: false,
            debug: false,
            started: OnceLock::new(),
        }
    }

    /// The URL of the key set: `https`, unless [`Validator::insecure_keys`]. It may have slots.
    #[must_use]
    pub const fn keys_at(mut self, url: &'static str) -> Validator {
        self.keys.url = Some(Text::new(url));
        self
    }

    /// The file of the key set. A gateway that cannot read it does not start; later it is read again when it changes.
    #[must_use]
    pub const fn keys_in(mut self, path: &'static str) -> Validator {
        self.keys.file = Some(path);
        self
    }

    /// For how long a key set is fresh: a key that its issuer withdraws is believed no longer than this, unless the
    /// issuer is down. A shorter `max-age` of the issuer counts too, and of several validators of one key set the
    /// shortest. Default 15 min.
    #[must_use]
    pub const fn keys_lifetime(mut self, t: Duration) -> Validator {
        self.lifetime = t;
        self
    }

    /// For how long a key that was looked for in vain is not looked for again. Default 30 s.
    #[must_use]
    pub const fn keys_cooldown(mut self, t: Duration) -> Validator {
        self.cooldown = t;
        self
    }

    /// A PEM file with more authorities that may vouch for the key set's server. Default: those of the system only.
    #[must_use]
    pub const fn keys_ca(mut self, path: &'static str) -> Validator {
        self.keys.ca = Some(path);
        self
    }

    /// The SHA-256 of public keys (`SubjectPublicKeyInfo`) in base64url, one of which must be the own key of the key
    /// set's server, or of an authority that vouches for it. Default: none.
    #[must_use]
    pub const fn keys_fingerprints(mut self, sha256: &'static [&'static str]) -> Validator {
        self.keys.fingerprints = sha256;
        self
    }

    /// The TLS 1.2 cipher suites of the fetch, by their IANA names; TLS 1.3 has its own. Default: the six that are safe.
    #[must_use]
    pub const fn keys_cipher_suites(mut self, names: &'static [&'static str]) -> Validator {
        self.keys.cipher_suites = names;
        self
    }

    /// `http` will do, and no certificate is checked: whoever is between here and the issuer can be anybody.
    #[must_use]
    pub const fn insecure_keys(mut self) -> Validator {
        self.keys.insecure = true;
        self
    }

    /// Exactly this `iss`, which may have slots. Default: any.
    #[must_use]
    pub const fn issuer(mut self, iss: &'static str) -> Validator {
        self.issuer = Some(Text::new(iss));
        self
    }

    /// `aud` has every one of these (AUTH-34). Default: any.
    #[must_use]
    pub const fn audience(mut self, all: &'static [&'static str]) -> Validator {
        self.audience = Audience::All(all);
        self
    }

    /// `aud` has at least one of these.
    #[must_use]
    pub const fn any_audience(mut self, any: &'static [&'static str]) -> Validator {
        self.audience = Audience::Any(any);
        self
    }

    /// How far the issuer's clock may be from ours: for `exp`, `nbf` and `iat`. Default 1 s.
    #[must_use]
    pub const fn leeway(mut self, t: Duration) -> Validator {
        self.leeway = t;
        self
    }

    /// How a token names its key. Default: by `kid`.
    #[must_use]
    pub const fn key_id(mut self, by: KeyId) -> Validator {
        self.key_id = by;
        self
    }

    /// The header that carries the token, with or without `Bearer`, in lower case. Default `authorization`.
    #[must_use]
    pub const fn header(mut self, name: &'static str) -> Validator {
        self.header = name;
        self
    }

    /// The cookie that carries it where that header is not there. Default `access_token`.
    #[must_use]
    pub const fn cookie(mut self, name: &'static str) -> Validator {
        self.cookie = name;
        self
    }

    /// One of `words` is in the top-level claim `claim`; 403 otherwise. Default: no role is asked for.
    #[must_use]
    pub const fn roles(mut self, claim: &'static str, words: &'static [&'static str]) -> Validator {
        self.roles = Some(Wanted::new(claim, words));
        self
    }

    /// As [`Validator::roles`], of the claim that is reached by the names between the dots.
    #[must_use]
    pub const fn nested_roles(
        mut self,
        claim: &'static str,
        words: &'static [&'static str],
    ) -> Validator {
        self.roles = Some(Wanted::new(claim, words).nested());
        self
    }

    /// One of `words` is in `claim`, whose dots lead inside; 403 otherwise. Default: no scope is asked for.
    #[must_use]
    pub const fn scopes(
        mut self,
        claim: &'static str,
        words: &'static [&'static str],
    ) -> Validator {
        self.scopes = Some(Wanted::new(claim, words).nested());
        self
    }

    /// As [`Validator::scopes`], but all of `words`.
    #[must_use]
    pub const fn all_scopes(
        mut self,
        claim: &'static str,
        words: &'static [&'static str],
    ) -> Validator {
        self.scopes = Some(Wanted::new(claim, words).nested().all());
        self
    }

    /// Claims that become request headers. Default: none.
    #[must_use]
    pub const fn propagate(mut self, claims: &'static [Claim]) -> Validator {
        self.propagate = claims;
        self
    }

    /// An array becomes one header per element. Default: one header, with commas.
    #[must_use]
    pub const fn keep_arrays(mut self) -> Validator {
        self.keep_arrays = true;
        self
    }

    /// Every refusal is logged as an error of its own. Default: the access log's line says why.
    #[must_use]
    pub const fn debug(mut self) -> Validator {
        self.debug = true;
        self
    }

    fn rules(&self) -> Rules {
        Rules {
            algs: Algs::of(&[self.alg]),
            issuer: self.issuer.map(Text::get),
            audience: self.audience,
            leeway: self.leeway,
            must_expire: false,
            key_id: self.key_id,
            any_key: false,
        }
    }
}

impl Wanted {
    const fn new(claim: &'static str, words: &'static [&'static str]) -> Wanted {
        Wanted {
            claim,
            nested: false,
            words,
            all: false,
        }
    }

    const fn nested(mut self) -> Wanted {
        self.nested = true;
        self
    }

    const fn all(mut self) -> Wanted {
        self.all = true;
        self
    }
}

impl Part for Validator {
    fn key(&self) -> &'static str {
        "auth/validator"
    }

    fn start(&'static self, start: &mut Start) {
        static NUMBERS: AtomicUsize = AtomicUsize::new(0);
        let resolve = &start.settings.resolve;
        let opened = self
            .keys
            .source()
            .map_err(|error| error.to_string())
            .and_then(|source| {
                let spawn = |store: &'static Store| start.spawn(store.keep(resolve));
                Store::open(source, self.lifetime, spawn).map_err(|error| error.to_string())
            });
        let store = match opened {
            Ok(store) => store,
            Err(error) => return start.fail(format!("auth/validator: {error}")),
        };
        let header = |name: &str| HeaderName::try_from(name).map_err(|_| name.to_owned());
        let headers = self.propagate.iter().map(|claim| header(claim.header));
        match (header(self.header), headers.collect()) {
            (Ok(header), Ok(headers)) => {
                // A second start would find it as the first left it.
                let _ = self.started.set(Started {
                    number: NUMBERS.fetch_add(1, Relaxed),
                    rules: self.rules(),
                    store,
                    header,
                    headers,
                });
            }
            (Err(name), _) | (_, Err(name)) => {
                start.fail(format!("auth/validator: `{name}` is no header name"));
            }
        }
    }
}
