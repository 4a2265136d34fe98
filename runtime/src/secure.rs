//! `security/http`: which hosts are served, what must come by https, and what browsers are told to be careful about.
//!
//! What the Go gateway takes from any client (the host, and whether it came by https) is taken from trusted proxies
//! only: a client would otherwise be whatever it says.

mod hosts;
mod line;

use crate::{
    body::Body,
    cx::Cx,
    gate::{Enter, Gate, Part, Start},
    marks::Marks,
    pattern::{self, Compile},
    reject::{Own, Reject},
};
use hosts::{Claims, Hosts};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{CONTENT_SECURITY_POLICY, LOCATION, STRICT_TRANSPORT_SECURITY},
};
use std::sync::OnceLock;

/// Hosts, https, and security headers.
pub struct Secure {
    hosts: &'static [&'static str],
    host_patterns: &'static [&'static str],
    compile: Option<Compile>,
    host_headers: &'static [&'static str],
    redirect: bool,
    redirect_host: Option<&'static str>,
    https_if: &'static [&'static str],
    strict_transport: Option<&'static str>,
    always_strict: bool,
    headers: &'static [&'static str],
    development: bool,
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    hosts: Hosts,
    host_headers: Vec<HeaderName>,
    https_if: Vec<(HeaderName, HeaderValue)>,
    strict_transport: Option<HeaderValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Default for Secure {
    fn default() -> Secure {
        Secure::new()
    }
}

impl Secure {
    /// Every host is served, by http too, and nothing is added to answers.
    pub const fn new() -> Secure {
        Secure {
            hosts: &[],
            host_patterns: &[],
            compile: None,
            host_headers: &[],
            redirect: false,
            redirect_host: None,
            https_if: &[],
            strict_transport: None,
            always_strict: false,
            headers: &[],
            development: false,
            live: OnceLock::new(),
        }
    }

    /// The hosts that are served, each with its port where the client says one; any other gets a 421. Letters count in
    /// either case. Default: every host.
    #[must_use]
    pub const fn allowed_hosts(mut self, hosts: &'static [&'static str]) -> Secure {
        self.hosts = hosts;
        self
    }

    /// The same as regular expressions, each of which must match the whole of it.
    #[must_use]
    pub const fn allowed_host_patterns(mut self, patterns: &'static [&'static str]) -> Secure {
        self.host_patterns = patterns;
        self.compile = Some(pattern::any_host);
        self
    }

    /// Headers in which a trusted proxy names the host that its client asked for; the first that is there counts.
    /// Default: none.
    #[must_use]
    pub const fn host_proxy_headers(mut self, names: &'static [&'static str]) -> Secure {
        self.host_headers = names;
        self
    }

    /// What did not come by https is redirected there: 301 for GET and HEAD, else 308, which keeps method and body.
    /// Default: no.
    #[must_use]
    pub const fn redirect_to_https(mut self) -> Secure {
        self.redirect = true;
        self
    }

    /// The host of that redirect. Default: the one that was asked for, without its port, which speaks http.
    #[must_use]
    pub const fn redirect_host(mut self, host: &'static str) -> Secure {
        self.redirect_host = Some(host);
        self
    }

    /// Header lines (`x-forwarded-proto: https`); a request came by https if a trusted proxy sends one of them.
    /// Default: none.
    #[must_use]
    pub const fn https_if(mut self, lines: &'static [&'static str]) -> Secure {
        self.https_if = lines;
        self
    }

    /// `Strict-Transport-Security` of answers to what came by https. Default: none.
    #[must_use]
    pub const fn strict_transport(mut self, value: &'static str) -> Secure {
        self.strict_transport = Some(value);
        self
    }

    /// That header on every answer. Browsers ignore it where they did not come by https. Default: no.
    #[must_use]
    pub const fn always_strict(mut self) -> Secure {
        self.always_strict = true;
        self
    }

    /// Header lines of every answer, in place of what a backend says in them; but a `Content-Security-Policy` is added to the
    /// backend's, for both then count. Default: none.
    #[must_use]
    pub const fn headers(mut self, lines: &'static [&'static str]) -> Secure {
        self.headers = lines;
        self
    }

    /// For a laptop: every host is served, nothing is redirected, no `Strict-Transport-Security` is sent, whatever else
    /// is set. Default: no.
    #[must_use]
    pub const fn development(mut self) -> Secure {
        self.development = true;
        self
    }

    fn prepare(&self) -> Result<Live, String> {
        let search = self.compile.map(|compile| compile(self.host_patterns));
        Ok(Live {
            hosts: Hosts::new(self.hosts, search.transpose()?),
            host_headers: line::names(self.host_headers)?,
            https_if: line::lines(self.https_if)?,
            strict_transport: self.strict_transport.map(line::value).transpose()?,
            headers: line::lines(self.headers)?,
        })
    }

    /// Where a request that did not come by https is sent.
    fn redirect(&self, cx: &Cx, claims: &Claims<'_>) -> Enter {
        let Some(host) = self.redirect_host.or_else(|| claims.name()) else {
            // HTTP/1.0 may come without any.
            return Enter::Refuse(Reject::BadHost);
        };
        let target = cx.head.uri.path_and_query();
        let target = target.map_or("/", |target| target.as_str());
        let Ok(location) = HeaderValue::try_from(format!("https://{host}{target}")) else {
            return Enter::Refuse(Reject::BadHost);
        };
        let mut response = Response::new(Body::full(""));
        *response.status_mut() = match cx.head.method {
            Method::GET | Method::HEAD => StatusCode::MOVED_PERMANENTLY,
            _ => StatusCode::PERMANENT_REDIRECT,
        };
        response.headers_mut().insert(LOCATION, location);
        Enter::Answer(Box::new(response))
    }
}

impl Part for Secure {
    fn key(&self) -> &'static str {
        "security/http"
    }

    fn start(&'static self, start: &mut Start) {
        if self.development {
            tracing::warn!(
                "{}: in development mode, so neither hosts nor https are checked",
                self.key()
            );
        }
        match self.prepare() {
            // Set once: every part is started once.
            Ok(live) => drop(self.live.set(live)),
            Err(why) => start.fail(format!("{}: {why}", self.key())),
        }
    }
}

impl Gate for Secure {
    fn enter(&'static self, cx: &mut Cx) -> Enter {
        // A gate that was not started is a bug of ours, and no reason to open.
        let Some(live) = self.live.get() else {
            return Enter::Refuse(Reject::Panicked);
        };
        if cx.trusted && line::has_any(&cx.head.headers, &live.https_if) {
            cx.marks.encrypted = true;
        }
        if self.development {
            return Enter::Pass;
        }
        let claims = Claims::of(cx, &live.host_headers);
        if !live.hosts.serve(&claims) {
            let message = "this gateway does not serve the host that was asked for";
            let own = Own::told(StatusCode::MISDIRECTED_REQUEST, message, &cx.marks);
            return Enter::Refuse(own.into());
        }
        if self.redirect && !cx.marks.encrypted {
            return self.redirect(cx, &claims);
        }
        Enter::Pass
    }

    fn leave(&self, marks: &Marks, headers: &mut HeaderMap) {
        let Some(live) = self.live.get() else { return };
        if let Some(value) = &live.strict_transport
            && (marks.encrypted || self.always_strict)
            && !self.development
        {
            headers.insert(STRICT_TRANSPORT_SECURITY, value.clone());
        }
        for (name, value) in &live.headers {
            if *name == CONTENT_SECURITY_POLICY {
                headers.append(name, value.clone());
            } else {
                headers.insert(name, value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Secure;
    use crate::marks::Marks;
    use http::{HeaderMap, header::STRICT_TRANSPORT_SECURITY};

    #[test]
    fn who_is_told_to_stay_with_https() {
        let strict = || Secure::new().strict_transport("max-age=60");
        for (secure, encrypted, sent) in [
            (strict(), true, true),
            (strict(), false, false),
            (strict().always_strict(), false, true),
            (strict().always_strict().development(), true, false),
            (Secure::new().always_strict(), true, false),
        ] {
            let live = secure.prepare().expect("sound");
            assert!(secure.live.set(live).is_ok());
            let mut marks = Marks::of_nobody();
            marks.encrypted = encrypted;
            let mut headers = HeaderMap::new();
            super::Gate::leave(&secure, &marks, &mut headers);
            assert_eq!(headers.contains_key(STRICT_TRANSPORT_SECURITY), sent);
        }
    }

    #[test]
    fn what_gwc_did_not_see_stops_the_start() {
        assert!(Secure::new().headers(&["x-a"]).prepare().is_err());
        assert!(Secure::new().https_if(&["x a: b"]).prepare().is_err());
        assert!(
            Secure::new()
                .allowed_host_patterns(&["("])
                .prepare()
                .is_err()
        );
        assert!(
            Secure::new()
                .allowed_host_patterns(&["a"])
                .prepare()
                .is_ok()
        );
    }
}
