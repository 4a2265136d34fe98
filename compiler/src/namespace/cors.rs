//! `security/cors`: which pages of other origins may call. The Go gateway reads it and ignores it (CORS-1).

use super::words::{duration, flag, header_names, inert, items, other_than, texts};
use crate::{
    config::header,
    describe::units::{duration as spoken, listed},
    diagnostic::{Diagnostic, codes},
    json::Node,
    lower::Lowering,
    plan::{Arg, Chain, Stage, Static},
};
use std::time::Duration;

/// `None` and `false`: the runtime's documented default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cors {
    /// Each with one `*` at most; none: every origin.
    pub origins: Option<Vec<String>>,
    /// As browsers write them; default GET, POST, HEAD.
    pub methods: Option<Vec<String>>,
    /// Of requests; none: any.
    pub headers: Option<Vec<String>>,
    /// Of answers; none: those that are always readable.
    pub exposed: Option<Vec<String>>,
    /// Whole seconds; none: the browser's.
    pub max_age: Option<Duration>,
    /// Cookies may come along.
    pub credentials: bool,
    /// Pages of the internet may call a private network.
    pub private_network: bool,
    /// A preflight goes on to its route.
    pub passthrough: bool,
    /// Of the answer to a preflight; default 204.
    pub success: Option<u64>,
    /// Decisions are logged.
    pub debug: bool,
}

const NONE: &[&str] = &[];

/// The schema has checked types; texts are looked into here.
pub fn read(node: &Node) -> (Cors, Vec<Diagnostic>) {
    let mut findings = vec![obeyed(node)];
    for (item, text) in items(node, "allow_origins") {
        if text.matches('*').count() > 1 {
            let message = format!("`{text}` has more than one `*`");
            findings.push(
                Diagnostic::new(&codes::BAD_ORIGIN, message, item.span, "")
                    .help("a `*` stands for any text: write two origins"),
            );
        }
    }
    for (item, text) in items(node, "allow_methods") {
        if !header::is_token(text) {
            let message = format!("`{text}` is no method");
            findings.push(
                Diagnostic::new(&codes::BAD_METHOD, message, item.span, "")
                    .help("one method an item: [\"GET\", \"POST\"]"),
            );
        }
    }
    let max_age = duration(node, "max_age", &mut findings);
    if max_age.is_some_and(|age| age.as_secs() == 0) {
        findings.extend(inert(
            node,
            "max_age",
            "it counts in whole seconds, and zero as none given",
            "remove it, or write for example \"12h\"",
        ));
    }
    let status = node.get("options_success_status").and_then(Node::as_u64);
    let cors = Cors {
        origins: other_than(&["*"], texts(node, "allow_origins")),
        methods: other_than(&["GET", "POST", "HEAD"], texts(node, "allow_methods")),
        headers: other_than(&["*"], header_names(node, "allow_headers", &mut findings)),
        exposed: other_than(NONE, header_names(node, "expose_headers", &mut findings)),
        max_age: max_age.filter(|age| age.as_secs() > 0),
        credentials: flag(node, "allow_credentials"),
        private_network: flag(node, "allow_private_network"),
        passthrough: flag(node, "options_passthrough"),
        success: status.filter(|status| *status != 204),
        debug: flag(node, "debug"),
    };
    if cors.passthrough && cors.success.is_some() {
        findings.extend(inert(
            node,
            "options_success_status",
            "the route of a preflight chooses the status",
            "`options_passthrough` sends preflights on; remove one of the two",
        ));
    }
    (cors, findings)
}

fn obeyed(node: &Node) -> Diagnostic {
    Diagnostic::new(
        &codes::CORS_OBEYED,
        "`security/cors` is obeyed",
        node.start(),
        "the Go gateway ignores it",
    )
    .note(
        "it answers for CORS by a list of its own, which is `github.com/hanzoai/gateway/cors` here",
    )
    .help("check that this list names every page that may call")
}

/// A gate before all others that depend on who asks.
pub fn lower(node: &Node, to: &mut Lowering<'_>) {
    let (cors, _) = read(node);
    let texts = |list: &Option<Vec<String>>| list.clone().map(Arg::Texts);
    let value = Chain::new("Cors::new", [])
        .maybe("allow_origins", texts(&cors.origins))
        .maybe("allow_methods", texts(&cors.methods))
        .maybe("allow_headers", texts(&cors.headers))
        .maybe("expose_headers", texts(&cors.exposed))
        .maybe("max_age", cors.max_age.map(Arg::Duration))
        .flag("allow_credentials", cors.credentials)
        .flag("allow_private_network", cors.private_network)
        .flag("options_passthrough", cors.passthrough)
        .maybe("options_success_status", cors.success.map(Arg::Number))
        .flag("debug", cors.debug);
    let place = to.add(Static {
        file: "edge",
        name: "CORS".to_owned(),
        kind: "Cors",
        doc: "`security/cors`: which pages may call.".to_owned(),
        value,
    });
    to.gate(Stage::Cors, place, says(&cors));
    to.feature("cors");
}

fn says(cors: &Cors) -> String {
    let everyone = |list: &&Vec<String>| !list.is_empty() && !list.iter().any(|item| item == "*");
    let pages = match cors.origins.as_ref().filter(everyone) {
        Some(origins) => format!("pages of {}", listed(origins)),
        None => "pages of every origin".to_owned(),
    };
    let methods = match &cors.methods {
        Some(methods) => listed(methods),
        None => "GET, POST and HEAD [default]".to_owned(),
    };
    let headers = match cors.headers.as_ref().filter(everyone) {
        Some(names) => format!("the headers {}", listed(names)),
        None => "any header".to_owned(),
    };
    let credentials = if cors.credentials { "with" } else { "without" };
    let private = if cors.private_network {
        ", also from the internet into a private network"
    } else {
        ""
    };
    let exposed = cors.exposed.as_ref().filter(|names| !names.is_empty());
    let exposed = exposed.map_or(String::new(), |names| {
        format!(" They may read {} of answers.", listed(names))
    });
    let preflight = if cors.passthrough {
        "A preflight goes on to its route, and the answer gets what CORS says.".to_owned()
    } else {
        format!(
            "A preflight is answered here ({}), granted or not.",
            cors.success.unwrap_or(204)
        )
    };
    let age = cors.max_age.map_or(String::new(), |age| {
        format!(" Browsers remember it for {}.", spoken(age))
    });
    format!(
        "CORS: {pages} may call with {methods}, with {headers}, {credentials} credentials{private}.{exposed} \
         {preflight}{age} No request is refused; what a backend says about CORS is taken out of its answer."
    )
}
