//! `gwc routes FILE`: the route table of the plan, in its order.

use super::{Exit, compile, print};
use clap::ValueEnum;
use gwc::{
    describe::units,
    plan::{Action, Endpoint, Headers, Plan, Query},
};
use serde_json::json;
use std::{fmt::Write as _, path::PathBuf};

#[derive(clap::Args)]
pub struct Options {
    /// The config file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How the table is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns
    Human,
    /// One array, an object per route and line; times in milliseconds
    Json,
    /// A table for a document
    Markdown,
}

const COLUMNS: [&str; 6] = ["METHOD", "PATH", "GOES TO", "HEADERS", "QUERY", "TIMEOUT"];

pub fn run(options: &Options) -> Exit {
    let plan = match compile::plan_to_explain(&options.file) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    print(&match options.format {
        Format::Human => columns(&plan),
        Format::Json => array(&plan),
        Format::Markdown => markdown(&plan),
    });
    Exit::Fine
}

/// The cells of one route.
fn cells(plan: &Plan, endpoint: &Endpoint) -> [String; 6] {
    let (goes_to, headers, query, timeout) = match &endpoint.action {
        Action::Forward(call) => {
            let label = &plan.upstreams[call.upstream].label;
            let method = call
                .method
                .map_or(String::new(), |method| format!("{} ", method.as_str()));
            (
                format!("→ {label} {method}{}", call.template),
                match &call.headers {
                    Headers::All => "all".to_owned(),
                    Headers::Only(names) => count(names),
                },
                match &call.query {
                    Query::All => "all".to_owned(),
                    Query::Only(names) => count(names),
                },
                units::duration(call.timeout),
            )
        }
        Action::Refuse { why } => {
            let none = || "-".to_owned();
            (
                format!("closed: built without {why}"),
                none(),
                none(),
                none(),
            )
        }
    };
    let method = endpoint.method.as_str().to_owned();
    [
        method,
        endpoint.path.clone(),
        goes_to,
        headers,
        query,
        timeout,
    ]
}

fn count(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_owned(),
        n => n.to_string(),
    }
}

fn columns(plan: &Plan) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(plan.endpoints.iter().map(|e| cells(plan, e)));
    let width = |column: usize| {
        let of = |row: &[String; 6]| row[column].chars().count();
        rows.iter().map(of).max().unwrap_or_default()
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn markdown(plan: &Plan) -> String {
    let mut out = String::from(
        "| method | path | goes to | headers | query | timeout |\n|---|---|---|---|---|---|\n",
    );
    for endpoint in &plan.endpoints {
        let [method, path, goes_to, headers, query, timeout] =
            cells(plan, endpoint).map(|cell| cell.replace('|', "\\|"));
        // A `*` or `_` of a path must not become emphasis.
        let goes_to = match goes_to.rsplit_once(" /") {
            Some((to, template)) if goes_to.starts_with('→') => format!("{to} `/{template}`"),
            _ => goes_to,
        };
        let _ = writeln!(
            out,
            "| {method} | `{path}` | {goes_to} | {headers} | {query} | {timeout} |"
        );
    }
    out
}

fn array(plan: &Plan) -> String {
    let rows: Vec<String> = plan
        .endpoints
        .iter()
        .map(|endpoint| format!("  {}", object(plan, endpoint)))
        .collect();
    if rows.is_empty() {
        return "[]\n".to_owned();
    }
    format!("[\n{}\n]\n", rows.join(",\n"))
}

fn object(plan: &Plan, endpoint: &Endpoint) -> serde_json::Value {
    let (method, path) = (endpoint.method.as_str(), &endpoint.path);
    match &endpoint.action {
        Action::Forward(call) => {
            let upstream = &plan.upstreams[call.upstream];
            let hosts: Vec<String> = upstream.hosts.iter().map(ToString::to_string).collect();
            json!({
                "method": method,
                "path": path,
                "action": "forward",
                "upstream": upstream.label,
                "hosts": hosts,
                "upstream_method": call.method.map_or(method, gwc::plan::Method::as_str),
                "template": call.template,
                "headers": match &call.headers {
                    Headers::All => json!("all"),
                    Headers::Only(names) => json!(names),
                },
                "query": match &call.query {
                    Query::All => json!("all"),
                    Query::Only(names) => json!(names),
                },
                "timeout_ms": u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX),
                "max_body": call.max_body,
            })
        }
        Action::Refuse { why } => json!({
            "method": method,
            "path": path,
            "action": "closed",
            "built_without": why,
        }),
    }
}
