//! `routes.rs`: the table, one line per endpoint.

use super::{code::Code, head, print};
use crate::plan::Plan;
use std::{collections::BTreeSet, fmt::Write as _};

pub fn file(plan: &Plan) -> String {
    let mut text = head(plan, "Every route, by path and method.");
    text.push('\n');
    if !plan.endpoints.is_empty() {
        text.push_str("use crate::endpoints::*;\n");
    }
    let mut names: BTreeSet<String> = plan
        .endpoints
        .iter()
        .map(|e| e.method.as_str().to_lowercase())
        .collect();
    names.insert("Route".to_owned());
    text.push_str(&print::runtime_import(
        &names.iter().map(String::as_str).collect(),
    ));

    // A table reads best with one row per line, however long.
    text.push_str("\n#[rustfmt::skip]\npub static ROUTES: &[Route] = &[\n");
    for e in &plan.endpoints {
        let method = e.method.as_str().to_lowercase();
        let path = Code::text(&e.path);
        let _ = writeln!(
            text,
            "    {method}({}, {}::{}),",
            path.flat(),
            e.module,
            e.function
        );
    }
    text.push_str("];\n");
    text
}
