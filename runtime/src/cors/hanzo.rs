//! `github.com/hanzoai/gateway/cors`: pages of our own hosts, and of a developer's machine (CORS-1..5).

use super::{TRUE, forget, list, preflight, vary};
use crate::{
    cx::Cx,
    gate::{Enter, Gate, Part, Start, Variable},
    marks::Marks,
    origin,
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    },
};
use std::{sync::OnceLock, time::Duration};

/// Origins beside those of the config, in a comma list.
const ORIGINS_VARIABLE: &str = "GATEWAY_CORS_ORIGINS";

/// CORS-3.
const HEADERS: &[&str] = &[
    "Content-Type",
    "Authorization",
    "X-User-Id",
    "X-Org-Id",
    "X-Roles",
    "X-User-Email",
    "X-Request-ID",
    "X-Client-ID",
    "X-Requested-With",
    "Accept",
];

/// CORS-3.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");

/// Whose pages may call, with credentials.
pub struct HanzoCors {
    origins: &'static [&'static str],
    hosts: &'static [&'static str],
    headers: &'static [&'static str],
    exposed: &'static [&'static str],
    max_age: Duration,
    https_only: bool,
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    /// In their one form.
    origins: Vec<String>,
    headers: Option<HeaderValue>,
    exposed: Option<HeaderValue>,
    max_age: HeaderValue,
}

impl Default for HanzoCors {
    fn default() -> HanzoCors {
        HanzoCors::new()
    }
}

impl HanzoCors {
    /// The origins, hosts and headers of CORS-2 and CORS-3.
    pub const fn new() -> HanzoCors {
        HanzoCors {
            origins: origin::LOCAL,
            hosts: origin::HOSTS,
            headers: HEADERS,
            exposed: &[],
            max_age: Duration::from_hours(24),
            https_only: false,
            live: OnceLock::new(),
        }
    }

    /// Exact origins. `GATEWAY_CORS_ORIGINS` adds to them. Default: the ports of a developer's machine of CORS-2.
    #[must_use]
    pub const fn allow_origins(mut self, origins: &'static [&'static str]) -> HanzoCors {
        self.origins = origins;
        self
    }

    /// Host names in lower case: their pages may call, and those of every host below, whatever scheme and port. Default:
    /// the list of WID-8.
    #[must_use]
    pub const fn allow_hosts(mut self, hosts: &'static [&'static str]) -> HanzoCors {
        self.hosts = hosts;
        self
    }

    /// Headers that a page may send. Default: those of CORS-3.
    #[must_use]
    pub const fn allow_headers(mut self, names: &'static [&'static str]) -> HanzoCors {
        self.headers = names;
        self
    }

    /// Headers of answers that a page may read, beside those that it always may. Default: none.
    #[must_use]
    pub const fn expose_headers(mut self, names: &'static [&'static str]) -> HanzoCors {
        self.exposed = names;
        self
    }

    /// How long a browser remembers what it was allowed. Default 24 h (CORS-3).
    #[must_use]
    pub const fn max_age(mut self, t: Duration) -> HanzoCors {
        self.max_age = t;
        self
    }

    /// Of [`HanzoCors::allow_hosts`] only pages that came by https, and those of `localhost`. Default: any scheme.
    #[must_use]
    pub const fn https_only(mut self) -> HanzoCors {
        self.https_only = true;
        self
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        // Without `start` nobody may: a gate that was not started is a bug of ours, and no reason to open.
        let Some(live) = self.live.get() else {
            return false;
        };
        let normal = origin.to_str().ok().and_then(origin::normal);
        let Some(normal) = normal else { return false };
        if live.origins.contains(&normal) {
            return true;
        }
        let Some(host) = origin::host(&normal) else {
            return false;
        };
        let trusted = !self.https_only
            || normal.starts_with("https://")
            || origin::is_below(&host, &["localhost"]);
        trusted && origin::is_below(&host, self.hosts)
    }
}

impl Part for HanzoCors {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/cors"
    }

    fn start(&'static self, start: &mut Start) {
        let mut origins: Vec<String> = self.origins.iter().map(|&text| text.to_owned()).collect();
        if let Some(list) = start.env(ORIGINS_VARIABLE) {
            for item in list.split(',') {
                match origin::normal(item.trim()) {
                    Some(origin) => origins.push(origin),
                    None => start.fail(bad_item(item.trim())),
                }
            }
        }
        // Set once: every part is started once.
        let _ = self.live.set(Live {
            origins,
            headers: list(self.headers),
            exposed: list(self.exposed),
            max_age: self.max_age.as_secs().into(),
        });
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable {
            name: ORIGINS_VARIABLE,
            what: "Origins whose pages may call besides, such as https://app.example.com, with commas between.",
            default: String::new(),
            configured: false,
            secret: false,
        }]
    }
}

/// BUG-8: in Go an empty item opened everything.
fn bad_item(item: &str) -> String {
    if item.is_empty() {
        return format!("{ORIGINS_VARIABLE}: an empty item between commas: take the comma away");
    }
    format!(
        "{ORIGINS_VARIABLE}: `{item}` is no origin: write a scheme, a host and perhaps a port, such as \
         https://app.example.com"
    )
}

impl Gate for HanzoCors {
    /// Any OPTIONS of an allowed origin ends here, whatever its path (CORS-3).
    fn enter(&'static self, cx: &mut Cx) -> Enter {
        let asks = cx.head.method == Method::OPTIONS;
        if asks && cx.marks.origin.as_ref().is_some_and(|o| self.allows(o)) {
            return Enter::Answer(Box::new(preflight::answer(StatusCode::NO_CONTENT)));
        }
        Enter::Pass
    }

    fn leave(&self, marks: &Marks, headers: &mut HeaderMap) {
        forget(headers);
        // Also where nobody is allowed: a cache must not give that answer to a page that is.
        vary::on(headers, &["Origin"]);
        let Some(origin) = marks.origin.as_ref().filter(|o| self.allows(o)) else {
            return;
        };
        let Some(live) = self.live.get() else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, live.max_age.clone());
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_HEADERS, &live.headers),
            (ACCESS_CONTROL_EXPOSE_HEADERS, &live.exposed),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }
}
