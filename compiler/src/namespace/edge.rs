//! `github.com/hanzoai/gateway/auth`: who calls, found out once for all backends (AUTH-1..33).

mod usual;

use super::words::{other, other_than};
use crate::{
    config::{Config, Misfit, duration, slot, url},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    matching::paths::Paths,
    plan::{Arg, Chain, Kind, Stage, Static, Text},
};
use std::time::Duration;

/// As it stands in a config.
pub const KEY: &str = "github.com/hanzoai/gateway/auth";

/// Headers that are minted from a token, in lower case (AUTH 1.6).
const MINTED: [&str; 7] = [
    "x-user-id",
    "x-org-id",
    "x-roles",
    "x-user-permissions",
    "x-user-email",
    "x-phone-number",
    "x-user-isadmin",
];

/// What was asked for. `None` and `false`: the runtime's documented default.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the namespace is a set of switches"
)]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    /// Only strips.
    pub disabled: bool,
    /// Where the keys are.
    pub jwks_url: Option<Text>,
    /// They may come over plain HTTP.
    pub insecure_jwks: bool,
    /// The `iss` of every token.
    pub issuer: Option<Text>,
    /// Any of them; empty: anybody.
    pub audience: Option<Vec<String>>,
    /// Nobody without a token.
    pub require: bool,
    /// Where no token is looked at.
    pub public_paths: Option<Vec<String>>,
    /// `admin` in one organization only.
    pub narrow_admin: bool,
    /// Projects are minted.
    pub mint_project: bool,
    /// Balances.
    pub billing: Billing,
}

/// The `billing` of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Billing {
    /// No balance is asked for.
    pub disabled: bool,
    /// Commerce.
    pub url: Option<Text>,
    /// Below it.
    pub path: Option<String>,
    /// 503 when nothing is known.
    pub fail_closed: bool,
    /// For how long a balance holds.
    pub cache_ttl: Option<Duration>,
    /// What costs something.
    pub paths: Option<Vec<String>>,
    /// What never does.
    pub exempt_paths: Option<Vec<String>>,
}

/// The edge of a config, if it has one.
pub fn of(config: &Config) -> Option<Edge> {
    let extra = config
        .extra
        .iter()
        .find(|extra| extra.namespace.key == KEY)?;
    Some(read(&extra.value).0)
}

impl Edge {
    /// Whether it says `header` (lower case) to backends.
    pub fn mints(&self, header: &str) -> bool {
        !self.disabled && MINTED.contains(&header)
    }
}

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Edge, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let flag = |key| node.get(key).and_then(Node::as_bool);
    let insecure_jwks = flag("disable_jwk_security").unwrap_or_default();
    if let Some(switch) = node.get("disable_jwk_security").filter(|_| insecure_jwks) {
        findings.push(
            Diagnostic::new(
                &codes::INSECURE_KEYS,
                "keys are taken from whoever answers",
                switch.span,
                "no certificate is checked",
            )
            .note("whoever is between the gateway and its issuer can make tokens")
            .help("serve the keys over https, and remove the key"),
        );
    }
    let edge = Edge {
        disabled: flag("enabled") == Some(false),
        jwks_url: other(
            usual::JWKS_URL,
            node.get("jwks_url")
                .and_then(|url| keys(url, insecure_jwks, &mut findings)),
        ),
        insecure_jwks,
        issuer: other(
            usual::ISSUER,
            node.get("issuer")
                .and_then(|issuer| slot::something(issuer, &mut findings)),
        ),
        audience: other_than(
            usual::AUDIENCE,
            node.get("audience")
                .map(|audience| self::audience(audience, &mut findings)),
        ),
        require: flag("require").unwrap_or_default(),
        public_paths: other_than(
            usual::PUBLIC_PATHS,
            node.get("public_paths")
                .map(|list| paths(list, &mut findings)),
        ),
        narrow_admin: flag("narrow_admin").unwrap_or_default(),
        mint_project: flag("mint_project").unwrap_or_default(),
        billing: node
            .get("billing")
            .map(|billing| self::billing(billing, &mut findings))
            .unwrap_or_default(),
    };
    (edge, findings)
}

fn billing(node: &Node, findings: &mut Vec<Diagnostic>) -> Billing {
    let flag = |key| node.get(key).and_then(Node::as_bool);
    Billing {
        disabled: flag("enabled") == Some(false),
        url: other(
            usual::BILLING_URL,
            node.get("url").and_then(|url| commerce(url, findings)),
        ),
        path: other(
            usual::BILLING_PATH,
            node.get("path").and_then(|node| path(node, findings)),
        ),
        fail_closed: flag("fail_closed").unwrap_or_default(),
        cache_ttl: other(
            &usual::BILLING_CACHE_TTL,
            node.get("cache_ttl")
                .and_then(|node| duration::read(node, findings)),
        ),
        paths: other_than(
            usual::BILLING_PATHS,
            node.get("paths").map(|list| paths(list, findings)),
        ),
        exempt_paths: other_than(
            usual::BILLING_EXEMPT_PATHS,
            node.get("exempt_paths").map(|list| paths(list, findings)),
        ),
    }
}

/// Keys that come over a plain connection are anybody's.
fn keys(node: &Node, insecure: bool, findings: &mut Vec<Diagnostic>) -> Option<Text> {
    match url::parse(node.as_str()?)? {
        Err(misfit) => findings.push(not_url(
            node,
            &misfit,
            "for example \"https://id.example.com/.well-known/jwks\"",
        )),
        Ok(url) if !url.is_secure() && !insecure => findings.push(
            bad_url(
                node,
                "keys that tokens are checked with come over https".to_owned(),
            )
            .note("whoever is between the gateway and a plain-HTTP issuer can make tokens")
            .help("use https, or say `\"disable_jwk_security\": true` beside it"),
        ),
        Ok(_) => {}
    }
    let kind = if insecure { Kind::Url } else { Kind::Https };
    slot::text(node).map(|text| text.of(kind))
}

fn commerce(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<Text> {
    match url::parse(node.as_str()?)? {
        Err(misfit) => findings.push(not_url(
            node,
            &misfit,
            "for example \"http://commerce.internal:8001\"",
        )),
        Ok(url) if url.target().query().is_some() => findings.push(
            bad_url(node, "the URL of Commerce has no query".to_owned())
                .help("`user` and `currency` are added to it"),
        ),
        Ok(_) => {}
    }
    slot::text(node).map(|text| text.of(Kind::Url))
}

fn not_url(node: &Node, misfit: &Misfit<url::UrlError>, example: &str) -> Diagnostic {
    let place = if misfit.range.is_empty() {
        node.span
    } else {
        node.within(misfit.range.clone())
    };
    Diagnostic::new(&codes::BAD_URL, misfit.error.to_string(), place, "").help(example)
}

/// Without a query, which the question brings along.
fn path(node: &Node, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let text = node.as_str()?;
    if let Err(why) = Paths::of([text]) {
        findings.push(
            Diagnostic::new(&codes::BAD_PATH, why.to_string(), node.span, "")
                .help("for example \"/v1/billing/balance\""),
        );
    }
    Some(text.to_owned())
}

fn paths(list: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut texts = Vec::new();
    for node in list.items() {
        let Some(text) = node.as_str() else { continue };
        if let Err(why) = Paths::of([text]) {
            findings.push(
                Diagnostic::new(&codes::BAD_PATH, why.to_string(), node.span, "")
                    .help("a path such as \"/docs\" stands for itself and everything below it"),
            );
        }
        texts.push(text.to_owned());
    }
    texts
}

fn audience(node: &Node, findings: &mut Vec<Diagnostic>) -> Vec<String> {
    if let Some(one) = node.as_str() {
        return vec![one.to_owned()];
    }
    let texts: Vec<String> = node
        .items()
        .iter()
        .filter_map(|item| Some(item.as_str()?.to_owned()))
        .collect();
    if node.items().is_empty() {
        findings.push(
            Diagnostic::new(
                &codes::UNBOUND_TOKEN,
                "tokens that are for anybody are taken",
                node.span,
                "no audience",
            )
            .note("a token that a user gave to any other service of this issuer is good here too")
            .help("list whom tokens for this gateway are for"),
        );
    }
    texts
}

fn bad_url(node: &Node, message: String) -> Diagnostic {
    Diagnostic::new(&codes::BAD_URL, message, node.span, "")
}

/// The gate, of the first block that a config has.
pub fn lower(node: &Node, lowering: &mut Lowering<'_>) {
    let (edge, _) = read(node);
    lowering.feature("edge");
    let texts = |list: Option<&Vec<String>>| list.map(|list| Arg::Texts(list.clone()));
    let value = Chain::new("Identity::new", [])
        .flag("disabled", edge.disabled)
        .maybe("jwks_url", edge.jwks_url.as_ref().map(Arg::from))
        .flag("insecure_jwks", edge.insecure_jwks)
        .maybe("issuer", edge.issuer.as_ref().map(Arg::from))
        .maybe("audience", texts(edge.audience.as_ref()))
        .flag("require", edge.require)
        .maybe("public_paths", texts(edge.public_paths.as_ref()))
        .flag("narrow_admin", edge.narrow_admin)
        .flag("mint_project", edge.mint_project)
        .flag("no_billing", edge.billing.disabled)
        .maybe("billing_url", edge.billing.url.as_ref().map(Arg::from))
        .maybe("billing_path", edge.billing.path.as_deref().map(Arg::from))
        .flag("billing_fails_closed", edge.billing.fail_closed)
        .maybe(
            "billing_cache_ttl",
            edge.billing.cache_ttl.map(Arg::Duration),
        )
        .maybe("billing_paths", texts(edge.billing.paths.as_ref()))
        .maybe(
            "billing_exempt_paths",
            texts(edge.billing.exempt_paths.as_ref()),
        );
    let place = lowering.add(Static {
        file: "edge",
        name: "IDENTITY".to_owned(),
        kind: "Identity",
        doc: "Who calls, found out once for all backends.".to_owned(),
        value,
    });
    lowering.texts(
        [&edge.jwks_url, &edge.issuer, &edge.billing.url]
            .into_iter()
            .flatten(),
    );
    lowering.gate(Stage::Identity, place, says(&edge));
}

fn says(edge: &Edge) -> String {
    if edge.disabled {
        return "No token is checked at the edge, and nobody is identified.".to_owned();
    }
    let said = |text: Option<&Text>, default: &str| {
        let text = text.map_or(default, Text::written);
        format!("`{text}`")
    };
    let issuer = said(edge.issuer.as_ref(), usual::ISSUER);
    let keys = said(edge.jwks_url.as_ref(), usual::JWKS_URL);
    let commerce = said(edge.billing.url.as_ref(), usual::BILLING_URL);
    let without = if edge.require {
        "without one, 401"
    } else {
        "without one it goes on as nobody's"
    };
    let billing = if edge.billing.disabled {
        String::new()
    } else {
        let silence = if edge.billing.fail_closed {
            "503"
        } else {
            "it goes on"
        };
        format!(
            " Then Commerce at {commerce} is asked what the caller has left: nothing, 402; no answer, {silence}."
        )
    };
    format!(
        "Its token (Authorization, X-Authorization or a cookie) is checked: of {issuer}, signed by a \
         key of {keys}, or 401; {without}. API keys \
         (hk-, sk-, fw_, hz_, pk-) go on unread. Who calls is said in X-User-Id, X-Org-Id, X-Roles, \
         X-User-Permissions, X-User-Email, X-Phone-Number and X-User-IsAdmin, for the backends that list them.{billing}"
    )
}
