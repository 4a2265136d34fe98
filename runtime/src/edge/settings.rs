//! The edge as it is in this process: the config, with the environment on top (AUTH 1.1). What makes no sense stops the
//! start; a guard that was misunderstood would be worse.

use super::{
    Edge,
    billing::{Terms, Till},
    config::Identity,
    mint,
    paths::Paths,
};
use crate::{
    gate::{Start, Variable},
    identity,
    jose::{Algs, Audience, KeyId, Rules},
    jwks::{Named, Store},
    text::Text,
    upstream::{Address, Target},
    url::Url,
};
use http::HeaderValue;
use std::time::Duration;

const ENABLED: &str = "AUTH_ENABLED";
const JWKS_URL: &str = "AUTH_JWKS_URL";
const ISSUER: &str = "AUTH_ISSUER";
const AUDIENCE: &str = "AUTH_AUDIENCE";
const REQUIRE: &str = "AUTH_REQUIRE";
const PUBLIC_PATHS: &str = "AUTH_PUBLIC_PATHS";
const PUBLIC_HOSTS: &str = "AUTH_PUBLIC_HOSTS";
const BILLING_ENABLED: &str = "BILLING_ENABLED";
const BILLING_URL: &str = "AUTH_BILLING_URL";
const BILLING_PATHS: &str = "BILLING_PATHS";
const TOKEN: &str = "COMMERCE_SERVICE_TOKEN";

/// How far clocks may be apart (AUTH-22).
const LEEWAY: Duration = Duration::from_mins(2);
/// For how long keys are fresh (AUTH-24).
const LIFETIME: Duration = Duration::from_mins(5);

/// Something makes no sense, and `start` was told what.
pub(super) struct Wrong;

/// The edge, or `None` where it is off.
pub(super) fn of(config: &'static Identity, start: &mut Start) -> Result<Option<Edge>, Wrong> {
    // All of it is looked at, so that one start tells all that is wrong.
    let enabled = flag(start, ENABLED, config.enabled);
    let require = flag(start, REQUIRE, config.require);
    let billed = flag(start, BILLING_ENABLED, config.billing.enabled);
    let public = paths(start, PUBLIC_PATHS, config.public_paths);
    if start.env(PUBLIC_HOSTS).is_some() {
        tracing::warn!(
            "{PUBLIC_HOSTS} has no effect: a host is public only where a host route serves it, and there is none \
             (AUTH-4)"
        );
    }
    if config.mint_project {
        identity::own_project();
    }
    let (enabled, require, billed, public) = (enabled?, require?, billed?, public?);
    if !enabled {
        tracing::warn!("{ENABLED}: identities are not checked; identity headers are stripped");
        return Ok(None);
    }
    let audience = audience(start, config.audience);
    let keys = keys(config, start);
    let till = if billed {
        till(config, start).map(Some)
    } else {
        Ok(None)
    };
    Ok(Some(Edge {
        public,
        require,
        rules: Rules {
            algs: Algs::EDGE,
            issuer: Some(text(start, ISSUER, config.issuer)),
            audience: audience?,
            leeway: LEEWAY,
            must_expire: true,
            key_id: KeyId::Kid,
            any_key: true,
        },
        minting: mint::Rules {
            narrow_admin: config.narrow_admin,
            project: config.mint_project,
        },
        keys: keys?,
        till: till?,
    }))
}

/// The keys of the issuer; `None` with `--mock`, for nothing is fetched then.
fn keys(config: &Identity, start: &mut Start) -> Result<Option<&'static Store>, Wrong> {
    if start.settings.mock.is_some() {
        tracing::info!(
            "--mock: no key set is fetched, so that every JWT is refused; API keys pass"
        );
        return Ok(None);
    }
    let named = Named {
        url: Some(Text::literal(text(start, JWKS_URL, config.jwks_url))),
        insecure: config.insecure_jwks,
        ..Named::NOTHING
    };
    let resolve = &start.settings.resolve;
    let opened = named
        .source()
        .map_err(|why| why.to_string())
        .and_then(|source| {
            let keep = |store: &'static Store| start.spawn(store.keep(resolve));
            Store::open(source, LIFETIME, keep).map_err(|why| why.to_string())
        });
    match opened {
        Ok(store) => Ok(Some(store)),
        Err(why) => Err(wrong(start, format!("{JWKS_URL}: {why}"))),
    }
}

fn wrong(start: &mut Start, why: String) -> Wrong {
    start.fail(why);
    Wrong
}

/// An empty item is refused: a comma too many must not make tokens good that are for anybody.
fn audience(start: &mut Start, default: &'static [&'static str]) -> Result<Audience, Wrong> {
    let names = match start.env(AUDIENCE) {
        None => default,
        Some(list) => {
            let names: Vec<&'static str> = list.split(',').map(|name| leak(name.trim())).collect();
            if names.contains(&"") {
                let why =
                    format!("{AUDIENCE}: an empty item; give audiences with commas between them");
                return Err(wrong(start, why));
            }
            Vec::leak(names)
        }
    };
    Ok(if names.is_empty() {
        Audience::Anybody
    } else {
        Audience::Any(names)
    })
}

fn till(config: &Identity, start: &mut Start) -> Result<Till, Wrong> {
    let billing = &config.billing;
    let paths = paths(start, BILLING_PATHS, billing.paths)?;
    let exempt = listed(start, "exempt_paths", billing.exempt_paths)?;
    let commerce = Url::parse(text(start, BILLING_URL, billing.url))
        .map_err(|why| wrong(start, format!("{BILLING_URL}: {why}")))?;
    if commerce.target().query().is_some() {
        let why = format!("{BILLING_URL}: it has no query; `user` and `currency` are added to it");
        return Err(wrong(start, why));
    }
    let authorization = match start.env(TOKEN) {
        Some(token) => Some(bearer(start, &token)?),
        None if billing.fail_closed => {
            let why = format!(
                "{TOKEN} is not set, and billing that fails closed would refuse everybody without it"
            );
            return Err(wrong(start, why));
        }
        None => None,
    };
    let host = Address {
        name: leak(commerce.name()),
        port: commerce.port(),
        secure: commerce.is_secure(),
    };
    Ok(Till::new(Terms {
        target: Target::of(host),
        path: format!(
            "{}{}",
            commerce.target().path().trim_end_matches('/'),
            billing.path
        ),
        authorization,
        fail_closed: billing.fail_closed,
        cache_ttl: billing.cache_ttl,
        paths,
        exempt,
    }))
}

/// Never printed, nor are what it is made of.
fn bearer(start: &mut Start, token: &str) -> Result<HeaderValue, Wrong> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim())).map_err(|_| {
        let why = format!("{TOKEN} is no token: it has characters that no header can hold");
        wrong(start, why)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// `true` or `false`, in any case of letters: what else it may mean to somebody is not guessed at.
fn flag(start: &mut Start, name: &str, default: bool) -> Result<bool, Wrong> {
    let Some(text) = start.env(name) else {
        return Ok(default);
    };
    let flag = text.trim().to_ascii_lowercase().parse();
    flag.map_err(|_| {
        let why = format!("{name}: `{text}` is neither `true` nor `false`");
        wrong(start, why)
    })
}

/// What the config says is asked for only where it counts; slots were filled before, or the start stopped.
fn text(start: &Start, name: &str, default: Text) -> &'static str {
    let set = start.env(name);
    set.map_or_else(|| default.get(), |text| leak(text.trim()))
}

fn paths(start: &mut Start, name: &str, default: &'static [&'static str]) -> Result<Paths, Wrong> {
    match start.env(name) {
        None => listed(start, name, default),
        Some(list) => Paths::parse(&list).map_err(|why| {
            let why = format!("{name}: {why}; give paths with commas between them");
            wrong(start, why)
        }),
    }
}

/// Of the config; gwc has looked at it, so it fails only where a crate was edited.
fn listed(start: &mut Start, name: &str, list: &'static [&'static str]) -> Result<Paths, Wrong> {
    let paths = Paths::of(list.iter().copied());
    paths.map_err(|why| wrong(start, format!("{name} of the config: {why}")))
}

/// For the life of the process: it is said once, at start.
fn leak(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

/// The variables of AUTH 1.1.
pub(super) fn variables(config: &Identity) -> Vec<Variable> {
    let standard = Identity::new();
    let billing = &config.billing;
    let variable = |name, what, default: String, usual: String| Variable {
        name,
        what,
        configured: default != usual,
        default,
        secret: false,
    };
    vec![
        variable(
            ENABLED,
            "`false`: no token is checked and nobody is identified; identity headers are stripped all the same.",
            config.enabled.to_string(),
            standard.enabled.to_string(),
        ),
        variable(
            JWKS_URL,
            "The keys that tokens are signed with.",
            config.jwks_url.written().to_owned(),
            standard.jwks_url.written().to_owned(),
        ),
        variable(
            ISSUER,
            "The issuer that tokens must be of, byte for byte.",
            config.issuer.written().to_owned(),
            standard.issuer.written().to_owned(),
        ),
        variable(
            AUDIENCE,
            "Whom tokens must be for: one of these, with commas between them.",
            config.audience.join(","),
            standard.audience.join(","),
        ),
        variable(
            REQUIRE,
            "`true`: requests without a token are refused.",
            config.require.to_string(),
            standard.require.to_string(),
        ),
        variable(
            PUBLIC_PATHS,
            "Paths, each with everything below it, where no token is looked at; with commas between them.",
            config.public_paths.join(","),
            standard.public_paths.join(","),
        ),
        variable(
            PUBLIC_HOSTS,
            "Read by the Go gateway; no effect here, because no host route serves any (AUTH-4).",
            String::new(),
            String::new(),
        ),
        variable(
            BILLING_ENABLED,
            "`false`: no balance is asked for.",
            billing.enabled.to_string(),
            standard.billing.enabled.to_string(),
        ),
        variable(
            BILLING_URL,
            "Commerce, which is asked for balances.",
            billing.url.written().to_owned(),
            standard.billing.url.written().to_owned(),
        ),
        variable(
            BILLING_PATHS,
            "Paths, each with everything below it, that cost something; with commas between them.",
            if billing.paths.is_empty() {
                "all".to_owned()
            } else {
                billing.paths.join(",")
            },
            "all".to_owned(),
        ),
        Variable {
            name: TOKEN,
            what: "What the gateway shows to Commerce.",
            default: String::new(),
            configured: false,
            secret: true,
        },
    ]
}
