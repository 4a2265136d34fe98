//! Which endpoint takes a request, answered with the binary's own code: the files of the runtime that know nothing of
//! it (`route`, `path`, `query`, `template`, `identity`, `headers`, `paths`, `origin`) are compiled into gwc as they stand.
//!
//! What is written here a second time is only the order in which a request meets them (`runtime/src/serve/service.rs`).

mod fate;
mod forwarding;
mod near;

#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/headers.rs"]
mod headers;
#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/identity.rs"]
mod identity;
#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/origin.rs"]
pub(crate) mod origin;
#[path = "../../runtime/src/path.rs"]
mod path;
#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/edge/paths.rs"]
pub(crate) mod paths;
#[path = "../../runtime/src/query.rs"]
mod query;
#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/route.rs"]
mod route;
#[allow(dead_code, reason = "the compiler asks less of it than the runtime")]
#[path = "../../runtime/src/template.rs"]
mod template;

pub use fate::{Fate, fate};
pub use forwarding::{dropped_query, generated, path_and_query};
pub use near::{NearMiss, more_specific, near_misses, nearest};

use crate::{
    defaults,
    plan::{Endpoint, Method, Plan},
};
use http::Uri;
use route::Table;
use std::collections::BTreeSet;
use thiserror::Error;

/// Whether `name` says who the caller is: whatever a client sends under it is taken away (AUTH-13, AUTH-15).
pub fn is_identity(name: &str) -> bool {
    name.parse().is_ok_and(|name| identity::is_identity(&name))
}

/// The route table of a plan, as the binary builds it when it starts.
pub struct Matcher<'p> {
    plan: &'p Plan,
    table: Table,
}

/// A route that the binary could not put into its table; the checks before should have found it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{method} {path}` cannot be in the route table")]
pub struct Unroutable {
    /// Of the route.
    pub method: &'static str,
    /// Of the route.
    pub path: String,
}

/// What becomes of a request, before any upstream is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An endpoint takes it.
    Taken(Found),
    /// One of the gateway's own health routes; they come before routing.
    Health,
    /// `OPTIONS *`, about the server as a whole: 200.
    Server,
    /// 414
    TooLong {
        /// Of path and query.
        bytes: u64,
        /// That are taken.
        max: u64,
    },
    /// 400, and why.
    BadPath(String),
    /// Only the last slash differs from a route.
    Redirect {
        /// 301 or 307.
        status: u16,
        /// Path and query.
        location: String,
    },
    /// 200 with `Allow`, by the gateway itself (`router.auto_options`).
    Options {
        /// The methods.
        allow: String,
    },
    /// 405 with `Allow`.
    WrongMethod {
        /// The methods that have a route.
        allow: String,
    },
    /// 404. `hides`: other methods have a route, and the config says that a wrong method is a 404.
    NotFound {
        /// Whether another method would have found one.
        hides: bool,
    },
}

/// An endpoint, and what of the path its parameters took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Index into [`Plan::endpoints`].
    pub endpoint: usize,
    /// Name and text, as the client wrote it.
    pub params: Vec<(String, String)>,
    /// What a trailing `*` took.
    pub rest: Option<String>,
}

impl<'p> Matcher<'p> {
    /// Fails only where the checks before failed to find a bad route.
    pub fn new(plan: &'p Plan) -> Result<Matcher<'p>, Unroutable> {
        let mut table = Table::default();
        for (index, endpoint) in (0..).zip(&plan.endpoints) {
            let method = endpoint.method.as_str();
            table
                .insert(method, &endpoint.path, index)
                .map_err(|_| Unroutable {
                    method,
                    path: endpoint.path.clone(),
                })?;
        }
        Ok(Matcher { plan, table })
    }

    /// What the binary does with `method` and `target`, in the binary's order.
    pub fn answer(&self, method: &str, target: &Uri) -> Verdict {
        let (server, raw) = (&self.plan.server, target.path());
        if health_paths(self.plan).contains(&raw) {
            return Verdict::Health;
        }
        let bytes = target.path_and_query().map_or(0, |t| t.as_str().len()) as u64;
        let max = server.max_uri_bytes.unwrap_or(defaults::MAX_URI_BYTES);
        if bytes > max {
            return Verdict::TooLong { bytes, max };
        }
        if raw == "*" && method == "OPTIONS" {
            return Verdict::Server;
        }
        let checked = match path::check(raw, server.router.merge_slashes) {
            Ok(checked) => checked,
            Err(error) => return Verdict::BadPath(error.to_string()),
        };
        match self.table.find(method, matched(&checked)) {
            Some(index) => Verdict::Taken(self.found(index, &checked.forwarded)),
            None => self.no_route(method, target, &checked),
        }
    }

    /// Indices of the endpoints that `path` (as the binary normalises it) reaches, whatever their method.
    pub fn of_path(&self, path: &str) -> Vec<usize> {
        let taken = Method::ALL
            .iter()
            .filter_map(|method| self.takes(method.as_str(), path));
        taken.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Index of the endpoint that takes `path` with this method.
    pub fn takes(&self, method: &str, path: &str) -> Option<usize> {
        let checked = path::check(path, self.plan.server.router.merge_slashes).ok()?;
        let index = self.table.find(method, matched(&checked))?;
        Some(index as usize)
    }

    /// The methods that have a route for `path`.
    pub fn allowed(&self, path: &str) -> Vec<&str> {
        self.table.allowed(path)
    }

    /// Whether exactly this method has a route for `path`: HEAD only where it has one of its own.
    pub fn has_own(&self, method: Method, path: &str) -> bool {
        self.table.allowed(path).contains(&method.as_str())
    }

    fn found(&self, index: u32, forwarded: &str) -> Found {
        let endpoint: &Endpoint = &self.plan.endpoints[index as usize];
        let params = self.table.params(index, forwarded);
        let text = |(from, to): (u16, u16)| forwarded[from.into()..to.into()].to_owned();
        Found {
            endpoint: index as usize,
            params: route::names(&endpoint.path)
                .enumerate()
                .filter_map(|(n, name)| Some((name.to_owned(), text(params.get(n)?))))
                .collect(),
            rest: params.rest().map(text),
        }
    }

    fn no_route(&self, method: &str, target: &Uri, path: &path::Path<'_>) -> Verdict {
        let router = &self.plan.server.router;
        let matched = matched(path);
        if !router.no_slash_redirect
            && matched != "/"
            && self.table.find(method, &toggled(matched)).is_some()
        {
            let mut location = toggled(&path.forwarded).replace('\\', "%5C");
            if let Some(query) = target.query() {
                location = format!("{location}?{query}");
            }
            let permanently = matches!(method, "GET" | "HEAD");
            return Verdict::Redirect {
                status: if permanently { 301 } else { 307 },
                location,
            };
        }
        let mut allowed = self.table.allowed(matched);
        if allowed.is_empty() {
            return Verdict::NotFound { hides: false };
        }
        if router.auto_options {
            if method == "OPTIONS" {
                allowed.sort_unstable();
                return Verdict::Options {
                    allow: allowed.join(", "),
                };
            }
            allowed.push("OPTIONS");
        }
        if router.no_method_not_allowed {
            Verdict::NotFound { hides: true }
        } else {
            Verdict::WrongMethod {
                allow: allowed.join(", "),
            }
        }
    }
}

/// The text that routes are matched with.
fn matched<'a>(path: &'a path::Path<'_>) -> &'a str {
    path.normal.as_deref().unwrap_or(&path.forwarded)
}

/// `path` with its last slash taken away, or with one put there.
pub fn toggled(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{path}/"),
    }
}

/// The paths that the gateway answers itself: the JSON one, alive, ready.
pub fn health_paths(plan: &Plan) -> Vec<&str> {
    let json = match &plan.server.router.health_path {
        Some(path) => path.as_deref(),
        None => defaults::HEALTH_PATH,
    };
    json.into_iter()
        .chain([defaults::LIVE, defaults::READY])
        .collect()
}
