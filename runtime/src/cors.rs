//! CORS: which pages of other origins may call, and what they may read of the answers.
//!
//! Two gates for two vocabularies, of which a config has one: [`Cors`] is `security/cors`, [`HanzoCors`] is
//! `github.com/hanzoai/gateway/cors`. Whichever it is has the only word: what a backend says about CORS is taken out of
//! every answer (CORS-5), for two values of `Access-Control-Allow-Origin` are none to a browser. Neither ever refuses a
//! request: CORS tells browsers what a page may see, and guards nothing.

mod hanzo;
mod origins;
mod preflight;
mod vary;

pub use hanzo::HanzoCors;

use crate::{
    cx::Cx,
    gate::{Enter, Gate, Part, Start},
    marks::Marks,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ORIGIN,
    },
};
use origins::Origins;
use std::{rc::Rc, sync::OnceLock, time::Duration};

const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// `security/cors`, which the Go gateway reads and ignores (CORS-1).
pub struct Cors {
    origins: &'static [&'static str],
    methods: &'static [&'static str],
    headers: &'static [&'static str],
    exposed: &'static [&'static str],
    max_age: Option<Duration>,
    credentials: bool,
    private_network: bool,
    passthrough: bool,
    success: u16,
    debug: bool,
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    origins: Origins,
    exposed: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
}

impl Default for Cors {
    fn default() -> Cors {
        Cors::new()
    }
}

impl Cors {
    /// Pages of every origin may GET, HEAD and POST, with any header and without credentials.
    pub const fn new() -> Cors {
        Cors {
            origins: &[],
            methods: &["GET", "POST", "HEAD"],
            headers: &[],
            exposed: &[],
            max_age: None,
            credentials: false,
            private_network: false,
            passthrough: false,
            success: 204,
            debug: false,
            live: OnceLock::new(),
        }
    }

    /// Whose pages may call: origins, of which each may have one `*` that stands for any text; `*` alone is every page.
    /// Letters count in either case. Default: every page.
    #[must_use]
    pub const fn allow_origins(mut self, origins: &'static [&'static str]) -> Cors {
        self.origins = origins;
        self
    }

    /// Compared as they are, for methods are in capitals. Default GET, POST, HEAD.
    #[must_use]
    pub const fn allow_methods(mut self, methods: &'static [&'static str]) -> Cors {
        self.methods = methods;
        self
    }

    /// Headers that a page may send; `*` is any. Default: any.
    #[must_use]
    pub const fn allow_headers(mut self, names: &'static [&'static str]) -> Cors {
        self.headers = names;
        self
    }

    /// Headers of answers that a page may read, beside those that it always may. Default: none.
    #[must_use]
    pub const fn expose_headers(mut self, names: &'static [&'static str]) -> Cors {
        self.exposed = names;
        self
    }

    /// How long a browser remembers what it was allowed. Default: its own default, 5 s.
    #[must_use]
    pub const fn max_age(mut self, t: Duration) -> Cors {
        self.max_age = Some(t);
        self
    }

    /// Pages may send cookies. With [`Cors::allow_origins`] of `*` browsers take it for nothing. Default: no.
    #[must_use]
    pub const fn allow_credentials(mut self) -> Cors {
        self.credentials = true;
        self
    }

    /// Pages of the internet may call a gateway of a private network. Default: no.
    #[must_use]
    pub const fn allow_private_network(mut self) -> Cors {
        self.private_network = true;
        self
    }

    /// A preflight goes on to its route, and the answer of that gets our headers. Default: it is answered here.
    #[must_use]
    pub const fn options_passthrough(mut self) -> Cors {
        self.passthrough = true;
        self
    }

    /// Status of the answer to a preflight, granted or not. Default 204.
    #[must_use]
    pub const fn options_success_status(mut self, status: u16) -> Cors {
        self.success = status;
        self
    }

    /// Each decision is logged at level DEBUG. Default: none is.
    #[must_use]
    pub const fn debug(mut self) -> Cors {
        self.debug = true;
        self
    }

    fn live(&self) -> &Live {
        self.live.get_or_init(|| Live {
            origins: Origins::new(self.origins),
            exposed: list(self.exposed),
            // Zero is none given.
            max_age: self
                .max_age
                .map(|t| t.as_secs())
                .filter(|seconds| *seconds > 0)
                .map(HeaderValue::from),
        })
    }

    /// What `Access-Control-Allow-Origin` says to this origin.
    fn grant(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        let origins = &self.live().origins;
        let origin = origin?;
        if origins.is_everyone() {
            return Some(const { HeaderValue::from_static("*") });
        }
        origins.holds(origin.as_bytes()).then(|| origin.clone())
    }

    fn takes(&self, method: &[u8]) -> bool {
        method == b"OPTIONS" || self.methods.iter().any(|known| known.as_bytes() == method)
    }

    fn note(&self, what: &str, origin: Option<&HeaderValue>, granted: bool) {
        if self.debug {
            let origin = origin.map(|value| String::from_utf8_lossy(value.as_bytes()));
            let origin = origin.as_deref().unwrap_or("none");
            tracing::debug!(origin, granted, "CORS: {what}");
        }
    }
}

impl Part for Cors {
    fn key(&self) -> &'static str {
        "security/cors"
    }

    fn start(&'static self, _start: &mut Start) {
        self.live();
    }
}

impl Gate for Cors {
    fn enter(&'static self, cx: &mut Cx) -> Enter {
        if cx.head.method != Method::OPTIONS {
            return Enter::Pass;
        }
        let headers = cx.head.headers.by_name();
        if !headers.contains_key(preflight::METHOD) {
            return Enter::Pass;
        }
        let said = self.preflight(headers);
        let granted = said.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
        self.note("a preflight", headers.get(ORIGIN), granted);
        // `leave` puts it on whatever answers.
        cx.marks.preflight = Some(Rc::new(said));
        if self.passthrough {
            return Enter::Pass;
        }
        let status = StatusCode::from_u16(self.success).unwrap_or(StatusCode::NO_CONTENT);
        Enter::Answer(Box::new(preflight::answer(status)))
    }

    fn leave(&self, marks: &Marks, headers: &mut HeaderMap) {
        forget(headers);
        if let Some(said) = &marks.preflight {
            let asked = if self.private_network {
                preflight::ASKED_PRIVATELY
            } else {
                preflight::ASKED
            };
            vary::on(headers, asked);
            headers.extend(
                said.iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            return;
        }
        vary::on(headers, &["Origin"]);
        let granted = self
            .grant(marks.origin.as_ref())
            .filter(|_| self.takes(marks.method.as_str().as_bytes()));
        self.note("a request", marks.origin.as_ref(), granted.is_some());
        if let Some(origin) = granted {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            if let Some(exposed) = &self.live().exposed {
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
            }
            if self.credentials {
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
        }
    }
}

const TRUE: HeaderValue = HeaderValue::from_static("true");

/// Takes out what a backend says about CORS (CORS-5).
fn forget(headers: &mut HeaderMap) {
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ALLOW_PRIVATE_NETWORK,
    ] {
        headers.remove(name);
    }
}

/// `one, two`; `None` for an empty list. What gwc lets through is a header value.
fn list(names: &[&str]) -> Option<HeaderValue> {
    if names.is_empty() {
        return None;
    }
    HeaderValue::try_from(names.join(", ")).ok()
}
