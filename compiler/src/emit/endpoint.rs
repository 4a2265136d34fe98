//! `endpoints/<module>.rs`: one plain function per endpoint.

use super::{code::Code, head, pieces, print};
use crate::plan::{Action, Call, Endpoint, Headers, Plan, Query};
use std::collections::BTreeSet;

/// `endpoints/mod.rs`
pub fn index<'a>(plan: &Plan, modules: impl Iterator<Item = &'a str>) -> String {
    let mut text = head(
        plan,
        "The endpoints, by the first segment of their path that is not a version.",
    );
    for (i, module) in modules.enumerate() {
        text.push_str(if i == 0 { "\npub mod " } else { "pub mod " });
        text.push_str(module);
        text.push_str(";\n");
    }
    text
}

/// One file: the endpoints of one module.
pub fn file(plan: &Plan, endpoints: &[&Endpoint]) -> String {
    let mut text = head(plan, &title(endpoints));
    text.push('\n');
    let forwards = endpoints
        .iter()
        .any(|e| matches!(e.action, Action::Forward(_)));
    let mut modules: BTreeSet<&str> = endpoints
        .iter()
        .flat_map(|e| pieces::modules(plan, e))
        .collect();
    if forwards {
        modules.insert("upstreams");
    }
    text.push_str(&print::crate_import(&modules));
    text.push_str(&print::runtime_import(&imports(endpoints)));
    for endpoint in endpoints {
        text.push('\n');
        text.push_str(&print::handler(&handler(plan, endpoint)));
    }
    text
}

/// The common beginning of the paths in a file: `/v1/chat` or `/auth`, `/v1/auth`.
fn title(endpoints: &[&Endpoint]) -> String {
    let prefixes: BTreeSet<String> = endpoints.iter().map(|e| prefix(&e.path)).collect();
    prefixes
        .iter()
        .map(|p| format!("`{p}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A path up to and with the segment that names its module.
fn prefix(path: &str) -> String {
    let mut prefix = String::new();
    for segment in path.split('/').skip(1) {
        prefix.push('/');
        prefix.push_str(segment);
        if !crate::lower::is_version(segment) {
            break;
        }
    }
    prefix
}

fn imports(endpoints: &[&Endpoint]) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from(["Cx", "Decision"]);
    for endpoint in endpoints {
        names.extend(pieces::step_imports(&endpoint.steps));
        match &endpoint.action {
            Action::Forward(call) => {
                names.extend([
                    "Call",
                    "Duration",
                    pieces::end_import(endpoint.ending.as_ref()),
                ]);
                if call.method.is_some() {
                    names.insert("Method");
                }
                pieces::setter_imports(call, &mut names);
            }
            Action::Refuse { .. } => {
                names.insert("refuse");
            }
        }
    }
    names
}

fn handler<'a>(plan: &Plan, endpoint: &'a Endpoint) -> print::Handler<'a> {
    let route = format!("`{} {}`", endpoint.method.as_str(), endpoint.path);
    match &endpoint.action {
        Action::Forward(call) => print::Handler {
            doc: format!("{route} → {}", plan.upstreams[call.upstream].label),
            name: &endpoint.function,
            call: Some(self::call(plan, call)),
            steps: endpoint
                .steps
                .iter()
                .map(|step| pieces::step(plan, step))
                .collect(),
            end: pieces::end(plan, endpoint.ending.as_ref()),
        },
        Action::Refuse { why } => print::Handler {
            doc: format!("{route}: closed, for this gateway is built without {why}"),
            name: &endpoint.function,
            call: None,
            steps: Vec::new(),
            end: Code::call("refuse", [Code::word("cx"), Code::text(why)]),
        },
    }
}

fn call(plan: &Plan, call: &Call) -> Code {
    let upstream = pieces::upstream(&plan.upstreams[call.upstream]);
    let code = Code::call("Call::to", [upstream, Code::text(&call.template)]);
    let code = match &call.headers {
        Headers::All => code.method("all_headers", []),
        Headers::Only(names) => code.method("headers", [Code::texts(names)]),
    };
    let code = match &call.query {
        Query::All => code.method("all_queries", []),
        Query::Only(names) if names.is_empty() => code,
        Query::Only(names) => code.method("query", [Code::texts(names)]),
    };
    let method = call
        .method
        .map(|method| Code::word(format!("&Method::{}", method.as_str())));
    let code = code
        .maybe("method", method)
        .maybe("max_body", call.max_body.map(Code::number))
        .method("timeout", [Code::duration(call.timeout)]);
    pieces::call_setters(plan, call, code)
}
