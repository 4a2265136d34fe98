//! `validation/cel`: expressions that nothing ever runs (reference 14).

use super::text;
use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};

/// A stage runs the expressions that mention it by these letters.
const STAGES: [&str; 3] = ["req", "resp", "JWT"];

pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for item in node.items() {
        if let Some(unused) = item.member("mod_expr") {
            findings.push(
                Diagnostic::new(
                    &codes::INERT_KEY,
                    "`mod_expr` is read, and never used",
                    unused.key.span,
                    "does nothing",
                )
                .help("write the condition in `check_expr`"),
            );
        }
        let (Some(expression), Some(place)) = (text(item, "check_expr"), item.get("check_expr"))
        else {
            continue;
        };
        if !STAGES.iter().any(|stage| expression.contains(stage)) {
            findings.push(
                Diagnostic::new(&codes::DEAD_EXPRESSION, "this expression is never run", place.span, "mentions no request, response or token")
                    .note("it is run with the request where `req` is in it, with the answer where `resp` is, with the token where `JWT` is")
                    .help("use one of `req_…`, `resp_…` and `JWT`"),
            );
        } else if expression.contains("req_") && expression.contains("resp_") {
            findings.push(
                Diagnostic::new(
                    &codes::DEAD_EXPRESSION,
                    "this expression asks for an answer before there is one",
                    place.span,
                    "mentions the request and the answer",
                )
                .note("it is run with the request first; what depends on the answer is an error there, and an error refuses")
                .help("write one expression for each"),
            );
        }
    }
    findings
}
