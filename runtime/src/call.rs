//! One call of an upstream, as a `static`: where to, what of the client's request goes along, and for how long.

use crate::{
    guard::{Guard, MAX_GUARDS},
    retry::Retry,
    template::{self, Piece, Template},
    upstream::Upstream,
};
use http::{HeaderName, Method, uri::PathAndQuery};
use std::{mem::ManuallyDrop, sync::OnceLock, time::Duration};

/// A call of one upstream. Every setter documents its default; all of it is checked when the gateway is compiled.
pub struct Call {
    pub(crate) upstream: &'static Upstream,
    template: &'static str,
    pub(crate) headers: Headers,
    pub(crate) query: Query,
    pub(crate) method: Option<&'static Method>,
    pub(crate) timeout: Duration,
    pub(crate) max_body: u64,
    pub(crate) guards: &'static [&'static dyn Guard],
    pub(crate) retry: Retry,
    prepared: ManuallyDrop<OnceLock<Prepared>>,
}

// A static never runs its destructor, but rustc would reckon with one after every setter of every endpoint.
const _: () = assert!(!std::mem::needs_drop::<Call>());

/// Which client headers go upstream. Hop-by-hop and identity headers never do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Headers {
    All,
    Listed(&'static [&'static str]),
}

/// Which query parameters of the client go upstream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Query {
    All,
    Listed(&'static [&'static str]),
}

/// What is derived from the statics once, at the first call, because the `http` types have no const constructors.
pub(crate) struct Prepared {
    pub names: Vec<HeaderName>,
    pub template: Template<'static>,
    /// The whole path, if neither parameters nor the client's query can change it.
    pub fixed: Option<PathAndQuery>,
}

impl Call {
    /// A call of `upstream` with the path `template`: text, `{name}` for a parameter of the route and `*` for what its
    /// wildcard took. A template may have a query part, which goes before the client's.
    ///
    /// # Panics
    /// When the gateway is compiled, if the template does not start with `/` or has a brace without its partner.
    pub const fn to(upstream: &'static Upstream, template: &'static str) -> Call {
        template::check(template);
        Call {
            upstream,
            template,
            headers: Headers::Listed(&["content-type"]),
            query: Query::Listed(&[]),
            method: None,
            timeout: Duration::from_secs(2),
            max_body: u64::MAX,
            guards: &[],
            retry: Retry::never(),
            prepared: ManuallyDrop::new(OnceLock::new()),
        }
    }

    /// The client headers that go along, in lower case; `content-type` is not implied. Default: `content-type` only
    /// (PIPE-6).
    #[must_use]
    pub const fn headers(mut self, names: &'static [&'static str]) -> Call {
        self.headers = Headers::Listed(names);
        self
    }

    /// Every client header goes along, except hop-by-hop ones (RFC 9110 7.6.1) and identity headers (AUTH-13).
    #[must_use]
    pub const fn all_headers(mut self) -> Call {
        self.headers = Headers::All;
        self
    }

    /// The query parameters that go along, byte for byte and in the client's order. Default: none (PIPE-6).
    #[must_use]
    pub const fn query(mut self, names: &'static [&'static str]) -> Call {
        self.query = Query::Listed(names);
        self
    }

    /// The client's whole query goes along.
    #[must_use]
    pub const fn all_queries(mut self) -> Call {
        self.query = Query::All;
        self
    }

    /// The method of the call. Default: the client's.
    #[must_use]
    pub const fn method(mut self, method: &'static Method) -> Call {
        self.method = Some(method);
        self
    }

    /// How long the upstream may be silent: before the response head (504 after it) and between any two bytes later
    /// (the response is aborted). Progress of the upload counts. Default 2 s.
    #[must_use]
    pub const fn timeout(mut self, t: Duration) -> Call {
        self.timeout = t;
        self
    }

    /// Bytes of a request body; 413 over it. Default: no limit.
    #[must_use]
    pub const fn max_body(mut self, bytes: u64) -> Call {
        self.max_body = bytes;
        self
    }

    /// What every call passes before it is made, in this order. Default: nothing.
    ///
    /// # Panics
    /// When the gateway is compiled, if there are more than four.
    #[must_use]
    pub const fn guards(mut self, guards: &'static [&'static dyn Guard]) -> Call {
        assert!(guards.len() <= MAX_GUARDS, "a call has four guards at most");
        self.guards = guards;
        self
    }

    /// Attempts, the first included: another one is made where a host cannot be reached, and, for methods that may be
    /// repeated (RFC 9110 9.2.2), where the exchange breaks off or the answer is one of [`Call::retry_statuses`]. Default
    /// 1; the upstream's other hosts are tried in any case where one cannot be reached.
    #[must_use]
    pub const fn retry(mut self, attempts: u32) -> Call {
        self.retry.attempts = attempts;
        self
    }

    /// Statuses of an answer after which another attempt is made. Default 502, 503 and 504.
    #[must_use]
    pub const fn retry_statuses(mut self, statuses: &'static [u16]) -> Call {
        self.retry.statuses = statuses;
        self
    }

    /// Attempts after the first, in percent of the calls; ten are there at first. Default 20.
    #[must_use]
    pub const fn retry_budget(mut self, percent: u32) -> Call {
        self.retry.percent = percent;
        self
    }

    /// Bytes of a request body that are held so that it can be sent again; a longer one is sent once. Default 64 KiB.
    #[must_use]
    pub const fn retry_body(mut self, bytes: u64) -> Call {
        self.retry.body = bytes;
        self
    }

    /// Whether the client's header `name` goes along.
    #[allow(
        dead_code,
        reason = "asked by endings that obey a header of the client"
    )]
    pub(crate) fn passes(&self, name: &HeaderName) -> bool {
        matches!(self.headers, Headers::All) || self.prepared().names.contains(name)
    }

    pub(crate) fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let names: Vec<HeaderName> = match self.headers {
                Headers::All => Vec::new(),
                // gwc checked them; a name that is none could match no header anyway.
                Headers::Listed(names) => {
                    names.iter().filter_map(|name| name.parse().ok()).collect()
                }
            };
            let template = Template::parse(self.template);
            let fixed = match (&*template.pieces, self.query) {
                ([Piece::Text(path)], Query::Listed([])) => PathAndQuery::try_from(*path).ok(),
                _ => None,
            };
            Prepared {
                names,
                template,
                fixed,
            }
        })
    }
}
