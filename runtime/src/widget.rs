//! `github.com/hanzoai/gateway/widget`: what a key that stands in a web page may do (WID-1..9).
//!
//! Whoever looks at the page has the key (`hz_…`), so it is good only from the pages it was given to and only so often.
//! This is a limit on harm and no proof of anything: outside of a browser an `Origin` is whatever one writes.

mod window;

use crate::request::{Headers, text};
use crate::{
    credential,
    cx::Cx,
    gate::{Enter, Gate, Part, Start, Variable},
    origin,
    reject::Own,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::{
    borrow::Cow,
    sync::OnceLock,
    time::{Duration, Instant},
};
use window::{Limited, Limits, Window};

const ORIGINS_VARIABLE: &str = "WIDGET_ALLOWED_ORIGINS";

/// The gate of widget keys.
pub struct Widget {
    origins: Option<&'static [&'static str]>,
    limits: Limits,
    live: OnceLock<Live>,
}

/// What was made of it when the gateway started.
struct Live {
    origins: Vec<Cow<'static, str>>,
    window: Window,
    epoch: Instant,
}

impl Default for Widget {
    fn default() -> Self {
        Self::new()
    }
}

impl Widget {
    /// The pages of WID-8, 10 requests of one client and 600 of all in any 60 s (WID-2).
    pub const fn new() -> Widget {
        Widget {
            origins: None,
            limits: Limits {
                per_client: 10,
                total: 600,
                window: Duration::from_mins(1),
            },
            live: OnceLock::new(),
        }
    }

    /// Host names of the pages, in lower case; each stands for what is below it too. `WIDGET_ALLOWED_ORIGINS` replaces
    /// them. Default: the list of WID-8.
    #[must_use]
    pub const fn allowed_origins(mut self, hosts: &'static [&'static str]) -> Widget {
        self.origins = Some(hosts);
        self
    }

    /// Requests of one client address in any [`Widget::window`]. Default 10.
    #[must_use]
    pub const fn max_per_client(mut self, n: u32) -> Widget {
        self.limits.per_client = n;
        self
    }

    /// Requests of all clients in any [`Widget::window`], in this process. Default 600.
    #[must_use]
    pub const fn max_total(mut self, n: u32) -> Widget {
        self.limits.total = n;
        self
    }

    /// Default 60 s.
    #[must_use]
    pub const fn window(mut self, t: Duration) -> Widget {
        self.limits.window = t;
        self
    }

    fn origins(&self) -> &'static [&'static str] {
        self.origins.unwrap_or(origin::HOSTS)
    }
}

impl Part for Widget {
    fn key(&self) -> &'static str {
        "github.com/hanzoai/gateway/widget"
    }

    fn start(&'static self, start: &mut Start) {
        let origins = match start.env(ORIGINS_VARIABLE) {
            None => self.origins().iter().map(|o| Cow::Borrowed(*o)).collect(),
            Some(list) => {
                let entries = list.split(',').map(origin::entry);
                match entries.map(|entry| entry.map(Cow::Owned)).collect() {
                    Ok(origins) => origins,
                    Err(why) => {
                        start.fail(format!(
                            "{ORIGINS_VARIABLE}: {why}; give host names with commas between them"
                        ));
                        return;
                    }
                }
            }
        };
        let live = Live {
            origins,
            window: Window::new(self.limits),
            epoch: Instant::now(),
        };
        assert!(self.live.set(live).is_ok(), "a part is started once");
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable {
            name: ORIGINS_VARIABLE,
            what: "Host names of the pages that widget keys (hz_…) are good from, with commas between them; each \
                   stands for what is below it too.",
            default: self.origins().join(","),
            configured: self.origins.is_some(),
            secret: false,
        }]
    }
}

impl Gate for Widget {
    fn speaks(&self) -> bool {
        false
    }

    fn enter(&'static self, cx: &mut Cx) -> Enter {
        if !credential::has_widget_key(&cx.head.headers) {
            return Enter::Pass;
        }
        let live = self.live.get().expect("started before it is used");
        // Before the limits: a page that may not ask uses nothing up (WID-4).
        let refusal = match page(&cx.head.headers) {
            None => no_origin(),
            Some(page) => match origin::host(page) {
                Some(host) if origin::is_below(&host, &live.origins) => {
                    match live.window.admit(cx.client, live.epoch.elapsed()) {
                        Ok(()) => return Enter::Pass,
                        Err(limited) => too_often(&limited),
                    }
                }
                host => wrong_origin(host.as_deref().unwrap_or("unreadable")),
            },
        };
        Enter::Refuse(refusal.into())
    }
}

/// `Origin`, else `Referer` (WID-4). Two of one are as good as an unreadable one.
fn page(headers: &Headers) -> Option<&str> {
    for name in [header::ORIGIN, header::REFERER] {
        let mut lines = headers.all(&name).filter(|value| !value.is_empty());
        match (lines.next(), lines.next()) {
            (None, _) => {}
            (Some(one), None) => return Some(text(one).unwrap_or("\u{0}")),
            (Some(_), Some(_)) => return Some("\u{0}"),
        }
    }
    None
}

/// WID-6: scripts have no business with a widget's key.
fn no_origin() -> Own {
    Own::new(
        StatusCode::FORBIDDEN,
        r#"{"error":"forbidden","message":"Widget keys require an Origin header. Use a Hanzo API key (hk-*) for server-to-server requests."}"#,
    )
}

/// `host` has only characters of a host name.
fn wrong_origin(host: &str) -> Own {
    Own::new(
        StatusCode::FORBIDDEN,
        format!(
            r#"{{"error":"forbidden","message":"Widget key not authorized for origin: {host}"}}"#
        ),
    )
}

fn too_often(limited: &Limited) -> Own {
    let seconds = limited.after.as_millis().div_ceil(1000).max(1);
    let number = |n: u128| HeaderValue::from(u64::try_from(n).unwrap_or(u64::MAX));
    Own::new(
        StatusCode::TOO_MANY_REQUESTS,
        r#"{"error":"rate_limited","message":"Widget rate limit exceeded. Try again shortly, or use a Hanzo API key (hk-*) for higher limits."}"#,
    )
    .with(header::RETRY_AFTER, number(seconds))
    .with(LIMIT, number(limited.limit.into()))
    .with(REMAINING, number(0))
    .with(RESET, number(seconds))
}

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
