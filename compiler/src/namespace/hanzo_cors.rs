//! `github.com/hanzoai/gateway/cors`: pages of our own hosts may call (CORS-1..5).

use super::words::{duration, flag, header_names, inert, items, other_than};
use crate::{
    describe::units::{duration as spoken, listed},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    matching::origin,
    plan::{Arg, Chain, Stage, Static},
};
use std::time::Duration;

/// `None` and `false`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HanzoCors {
    /// In their one form; default: those of a developer's machine (CORS-2).
    pub origins: Option<Vec<String>>,
    /// In lower case; default: those of WID-8.
    pub hosts: Option<Vec<String>>,
    /// Of requests; default: those of CORS-3.
    pub headers: Option<Vec<String>>,
    /// Of answers; default: none.
    pub exposed: Option<Vec<String>>,
    /// Default 24 h.
    pub max_age: Option<Duration>,
    /// Of the hosts, only pages that came by https.
    pub https_only: bool,
}

/// CORS-3, as the runtime has it: a law test compares them.
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
const MAX_AGE: Duration = Duration::from_hours(24);
const NONE: &[&str] = &[];

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (HanzoCors, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let cors = HanzoCors {
        origins: other_than(
            origin::LOCAL,
            list(node, "allow_origins", EXACT, &mut findings),
        ),
        hosts: other_than(
            origin::HOSTS,
            list(node, "allow_hosts", HOST, &mut findings),
        ),
        headers: other_than(HEADERS, header_names(node, "allow_headers", &mut findings)),
        exposed: other_than(NONE, header_names(node, "expose_headers", &mut findings)),
        max_age: duration(node, "max_age", &mut findings).filter(|age| *age != MAX_AGE),
        https_only: flag(node, "https_only"),
    };
    if cors.https_only && cors.hosts.as_ref().is_some_and(Vec::is_empty) {
        findings.extend(inert(
            node,
            "https_only",
            "`allow_hosts` is empty",
            "it is about the pages of `allow_hosts`: remove it",
        ));
    }
    (cors, findings)
}

/// One item, or `None` if it is none; and what is then said about it.
type Item = (fn(&str) -> Option<String>, fn(&Node, &str) -> Diagnostic);

const EXACT: Item = (origin::normal, |node, text| {
    let message = format!("`{text}` is not an origin");
    let finding = Diagnostic::new(&codes::BAD_ORIGIN, message, node.span, "");
    finding.help(if text.contains('*') {
        "there is no wildcard: name the host in `allow_hosts`, which is for all below it too"
    } else {
        "a scheme, a host and perhaps a port: \"https://app.example.com\""
    })
});

const HOST: Item = (host, |node, text| {
    let message = format!("`{text}` is not a host name");
    let finding = Diagnostic::new(&codes::BAD_ORIGIN, message, node.span, "");
    if let Some(host) = text.strip_prefix("*.").and_then(origin::host) {
        return finding
            .help(format!(
                "write `{host}`: it is for its pages and those of every host below"
            ))
            .fix(node.span, format!("\"{host}\""));
    }
    match origin::host(text) {
        Some(host) => finding.help(format!(
            "write `{host}` for its pages on any port, or put an exact origin into `allow_origins`"
        )),
        None => finding.help("for example \"example.com\""),
    }
});

fn host(text: &str) -> Option<String> {
    origin::host(text).filter(|host| host.eq_ignore_ascii_case(text))
}

/// `None` if there is no such key.
fn list(
    node: &Node,
    key: &str,
    (read, wrong): Item,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<String>> {
    node.get(key)?;
    let mut list = Vec::new();
    for (item, text) in items(node, key) {
        match read(text) {
            Some(text) => list.push(text),
            None => findings.push(wrong(item, text)),
        }
    }
    Some(list)
}

/// A gate before all others that depend on who asks.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (cors, _) = read(node);
    let texts = |list: &Option<Vec<String>>| list.clone().map(Arg::Texts);
    let value = Chain::new("HanzoCors::new", [])
        .maybe("allow_origins", texts(&cors.origins))
        .maybe("allow_hosts", texts(&cors.hosts))
        .maybe("allow_headers", texts(&cors.headers))
        .maybe("expose_headers", texts(&cors.exposed))
        .maybe("max_age", cors.max_age.map(Arg::Duration))
        .flag("https_only", cors.https_only);
    let place = to.add(Static {
        file: "edge",
        name: "CORS".to_owned(),
        kind: "HanzoCors",
        doc: "`github.com/hanzoai/gateway/cors`: which pages may call.".to_owned(),
        value,
    });
    to.gate(Stage::Cors, place, says(&cors));
    to.feature("cors");
}

fn says(cors: &HanzoCors) -> String {
    let hosts = match &cors.hosts {
        Some(hosts) => listed(hosts),
        None => format!(
            "{} and {} more hosts of Hanzo [default]",
            origin::HOSTS[0],
            origin::HOSTS.len() - 1
        ),
    };
    let scheme = if cors.https_only { ", by https" } else { "" };
    let hosts = if hosts.is_empty() {
        String::new()
    } else {
        format!("pages of {hosts} (and of every host below{scheme}), of ")
    };
    let exact = match &cors.origins {
        Some(list) if list.is_empty() => String::new(),
        Some(list) => format!("{} and ", listed(list)),
        None => "a developer's machine [default] and ".to_owned(),
    };
    let headers = match &cors.headers {
        Some(names) => format!("the headers {}", listed(names)),
        None => "the usual headers [default]".to_owned(),
    };
    let exposed = cors.exposed.as_ref().filter(|names| !names.is_empty());
    let exposed = exposed.map_or(String::new(), |names| {
        format!(" They may read {} of answers.", listed(names))
    });
    let age = match cors.max_age {
        Some(age) => spoken(age),
        None => "24 h [default]".to_owned(),
    };
    format!(
        "CORS: {hosts}{exact}GATEWAY_CORS_ORIGINS may call with {headers}, with credentials.{exposed} Their OPTIONS \
         are answered here (204), whatever the path; browsers remember it for {age}. No request is refused; what a \
         backend says about CORS is taken out of its answer."
    )
}
