//! The edge as a config has it: a `static` of the generated crate.

use super::Edge;
use crate::text::Text;
use std::{sync::OnceLock, time::Duration};

/// Who calls, and with what in the purse. Every setter documents its default; the environment goes before all of them.
pub struct Identity {
    pub(super) enabled: bool,
    pub(super) jwks_url: Text,
    pub(super) insecure_jwks: bool,
    pub(super) issuer: Text,
    pub(super) audience: &'static [&'static str],
    pub(super) require: bool,
    pub(super) public_paths: &'static [&'static str],
    pub(super) narrow_admin: bool,
    pub(super) mint_project: bool,
    pub(super) billing: Billing,
    /// None: off.
    pub(super) live: OnceLock<Option<Edge>>,
}

/// Balances, and what hangs on them.
pub(super) struct Billing {
    pub enabled: bool,
    pub url: Text,
    pub path: &'static str,
    pub fail_closed: bool,
    pub cache_ttl: Duration,
    pub paths: &'static [&'static str],
    pub exempt_paths: &'static [&'static str],
}

impl Default for Identity {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    /// With the defaults of AUTH 1.1.
    pub const fn new() -> Identity {
        Identity {
            enabled: true,
            jwks_url: Text::literal("https://hanzo.id/.well-known/jwks"),
            insecure_jwks: false,
            issuer: Text::literal("https://hanzo.id"),
            audience: &["https://api.hanzo.ai"],
            require: false,
            public_paths: &[
                "/healthz",
                "/__health",
                "/__stats",
                "/.well-known",
                "/favicon.ico",
            ],
            narrow_admin: false,
            mint_project: false,
            billing: Billing {
                enabled: true,
                url: Text::literal("http://commerce.hanzo.svc.cluster.local:8001"),
                path: "/api/v1/billing/balance",
                fail_closed: false,
                cache_ttl: Duration::from_secs(10),
                paths: &[],
                exempt_paths: &["/v1/commerce"],
            },
            live: OnceLock::new(),
        }
    }

    /// Identity headers are stripped, and nothing else is done (AUTH-2). Default: on; `AUTH_ENABLED`.
    #[must_use]
    pub const fn disabled(mut self) -> Identity {
        self.enabled = false;
        self
    }

    /// The keys that tokens are signed with; may have slots. Default `https://hanzo.id/.well-known/jwks`; `AUTH_JWKS_URL`.
    #[must_use]
    pub const fn jwks_url(mut self, url: &'static str) -> Identity {
        self.jwks_url = Text::new(url);
        self
    }

    /// Keys may come over plain `http`, and whoever is on that way may make them. Default: `https` only.
    #[must_use]
    pub const fn insecure_jwks(mut self) -> Identity {
        self.insecure_jwks = true;
        self
    }

    /// Exactly this `iss`; may have slots. Default `https://hanzo.id`; `AUTH_ISSUER`.
    #[must_use]
    pub const fn issuer(mut self, issuer: &'static str) -> Identity {
        self.issuer = Text::new(issuer);
        self
    }

    /// A token must be for one of these (AUTH-23); none: for anybody. Default `https://api.hanzo.ai`; `AUTH_AUDIENCE`.
    #[must_use]
    pub const fn audience(mut self, any_of: &'static [&'static str]) -> Identity {
        self.audience = any_of;
        self
    }

    /// Requests without a token are refused. Default: they go on as nobody's; `AUTH_REQUIRE`.
    #[must_use]
    pub const fn require(mut self) -> Identity {
        self.require = true;
        self
    }

    /// Paths, each with everything below it, where no token is looked at. Default: health, statistics, `/.well-known`
    /// and `/favicon.ico`; `AUTH_PUBLIC_PATHS`.
    #[must_use]
    pub const fn public_paths(mut self, paths: &'static [&'static str]) -> Identity {
        self.public_paths = paths;
        self
    }

    /// `isAdmin` grants `admin` in the organization `admin` only. Default: in each (AUTH-27).
    #[must_use]
    pub const fn narrow_admin(mut self) -> Identity {
        self.narrow_admin = true;
        self
    }

    /// `X-Project-Id` and `X-Billing-Account-Id` are stripped, and minted from `project` and `billing_account`. Default:
    /// clients set them (AUTH-14).
    #[must_use]
    pub const fn mint_project(mut self) -> Identity {
        self.mint_project = true;
        self
    }

    /// No balance is asked for. Default: for every JWT (AUTH-29); `BILLING_ENABLED`.
    #[must_use]
    pub const fn no_billing(mut self) -> Identity {
        self.billing.enabled = false;
        self
    }

    /// Commerce; may have slots. Default `http://commerce.hanzo.svc.cluster.local:8001`; `AUTH_BILLING_URL`.
    #[must_use]
    pub const fn billing_url(mut self, url: &'static str) -> Identity {
        self.billing.url = Text::new(url);
        self
    }

    /// Where balances are, below the URL. Default `/api/v1/billing/balance` (AUTH-30).
    #[must_use]
    pub const fn billing_path(mut self, path: &'static str) -> Identity {
        self.billing.path = path;
        self
    }

    /// 503 while Commerce gives no answer (AUTH-33). Default: the request goes on (AUTH-31).
    #[must_use]
    pub const fn billing_fails_closed(mut self) -> Identity {
        self.billing.fail_closed = true;
        self
    }

    /// For how long an answer holds; zero: for the requests that waited for it. An empty account is asked about again
    /// after a second. Default 10 s.
    #[must_use]
    pub const fn billing_cache_ttl(mut self, t: Duration) -> Identity {
        self.billing.cache_ttl = t;
        self
    }

    /// Paths, each with everything below it, that cost something. Default: all; `BILLING_PATHS`.
    #[must_use]
    pub const fn billing_paths(mut self, paths: &'static [&'static str]) -> Identity {
        self.billing.paths = paths;
        self
    }

    /// Paths that cost nothing, also where [`Identity::billing_paths`] holds them: an empty account must be able to fill
    /// itself. Default `/v1/commerce` (AUTH-33).
    #[must_use]
    pub const fn billing_exempt_paths(mut self, paths: &'static [&'static str]) -> Identity {
        self.billing.exempt_paths = paths;
        self
    }
}
