//! `gwc match FILE METHOD URL`: one request against the plan, answered with the binary's own router.

mod asked;

use super::{Exit, compile, complain, print};
use asked::Asked;
use gwc::{
    describe::Page,
    matching::{self, Fate, Found, Matcher, Verdict},
    plan::{Action, Call, Plan, Way},
};
use http::Method;
use std::{fmt::Write as _, path::PathBuf};

#[derive(clap::Args)]
pub struct Options {
    /// The config file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// As on the wire: methods are case-sensitive
    #[arg(value_name = "METHOD")]
    method: String,
    /// A path, or an absolute URL
    #[arg(value_name = "URL")]
    url: String,
    /// A header of the request, `Name: value` (repeatable)
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
}

pub fn run(options: &Options) -> Exit {
    let asked = match Asked::read(options) {
        Ok(asked) => asked,
        Err(problem) => {
            complain(&problem);
            return Exit::Usage;
        }
    };
    let plan = match compile::plan_to_explain(&options.file) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let matcher = match Matcher::new(&plan) {
        Ok(matcher) => matcher,
        Err(error) => {
            complain(&error.to_string());
            return Exit::Defect;
        }
    };
    let verdict = matcher.answer(asked.method.as_str(), &asked.target);
    print(&asked.told(&plan, &verdict));
    match verdict {
        Verdict::Taken(_) => Exit::Fine,
        _ => Exit::Findings,
    }
}

/// What may refuse or answer the request before all that: gates do not look at routes, and this command not at gates.
fn before(plan: &Plan, verdict: &Verdict) -> String {
    let gates = plan.gates.iter().map(|gate| &gate.says);
    let said: Vec<&String> = match verdict {
        Verdict::Health | Verdict::Server | Verdict::TooLong { .. } | Verdict::BadPath(_) => {
            Vec::new()
        }
        Verdict::Taken(found) => {
            let gates = plan.gates.iter().filter(|gate| gate.stage.is_for_routes());
            let gates = gates.map(|gate| &gate.says);
            let endpoint = &plan.endpoints[found.endpoint];
            let steps = endpoint.steps.iter().map(|step| &step.says);
            let guards = match &endpoint.action {
                Action::Forward(call) => call.guards.as_slice(),
                Action::Refuse { .. } => &[],
            };
            let guards = guards.iter().map(|guard| &guard.says);
            gates.chain(steps).chain(guards).collect()
        }
        _ => gates.collect(),
    };
    let mut page = Page::default();
    if !said.is_empty() {
        page.section("unless one of these answers before");
    }
    for (n, says) in said.iter().enumerate() {
        page.step(n + 1, says);
    }
    page.finish()
}

impl Asked {
    fn told(&self, plan: &Plan, verdict: &Verdict) -> String {
        let target = self.target.path_and_query().map_or("*", |t| t.as_str());
        let mut out = format!("{} {target}\n\n", self.method);
        let taken = match verdict {
            Verdict::Taken(found) => {
                self.taken(plan, found, &mut out);
                Some(found.endpoint)
            }
            other => {
                self.not_taken(plan, other, &mut out);
                None
            }
        };
        out.push_str(&before(plan, verdict));
        let near = matching::near_misses(plan, self.method.as_str(), self.target.path(), taken);
        let answered = matches!(verdict, Verdict::Health | Verdict::TooLong { .. });
        if !near.is_empty() && !answered {
            out.push_str("\nroutes that fit the path too\n");
            let route = |index: usize| {
                let endpoint = &plan.endpoints[index];
                format!("{} {}", endpoint.method.as_str(), endpoint.path)
            };
            let width = near.iter().map(|miss| route(miss.endpoint).chars().count());
            let width = width.max().unwrap_or_default();
            for miss in &near {
                let _ = writeln!(out, "  {:width$}  {}", route(miss.endpoint), miss.why);
            }
        }
        out
    }

    fn taken(&self, plan: &Plan, found: &Found, out: &mut String) {
        let endpoint = &plan.endpoints[found.endpoint];
        let mut row = |word: &str, text: &str| {
            let _ = writeln!(out, "{word:<11}{text}");
        };
        let head = self.method == Method::HEAD && endpoint.method.as_str() == "GET";
        let note = if head { " (GET answers HEAD too)" } else { "" };
        row(
            "endpoint",
            &format!("{} {}{note}", endpoint.method.as_str(), endpoint.path),
        );
        for (name, text) in &found.params {
            row("", &format!("{{{name}}} = {text}"));
        }
        if let Some(rest) = &found.rest {
            row(
                "",
                &format!("* = {}", if rest.is_empty() { "(nothing)" } else { rest }),
            );
        }
        match &endpoint.action {
            Action::Refuse { why } => {
                row(
                    "answer",
                    &format!(
                        "501: this endpoint is closed, for the gateway is built without {why}"
                    ),
                );
            }
            Action::Forward(call) => self.forwarded(plan, call, endpoint.way(), found, &mut row),
        }
    }

    fn forwarded(
        &self,
        plan: &Plan,
        call: &Call,
        way: Option<&Way>,
        found: &Found,
        row: &mut dyn FnMut(&str, &str),
    ) {
        let query = self.target.query().unwrap_or("");
        let path = matching::path_and_query(call, found, query);
        let method = call.method.map_or(self.method.as_str(), |m| m.as_str());
        let hosts = &plan.upstreams[call.upstream].hosts;
        let called = way.is_none_or(|way| way.hosts);
        for (n, host) in hosts.iter().filter(|_| called).enumerate() {
            let turn = if n == 0 { "calls" } else { "or in turn" };
            row(turn, &format!("{method} {host}{path}"));
        }
        if let Some(node) = way.and_then(|way| way.node.as_ref()) {
            let turn = if called { "or" } else { "calls" };
            row(turn, &format!("{method} {path} of {node}"));
        }
        let dropped = matching::dropped_query(call, query);
        if !dropped.is_empty() {
            row("query", &format!("without {}", dropped.join("&")));
        }
        let mut kept = Vec::new();
        let mut lost = Vec::new();
        for name in self.headers.keys() {
            let why = match matching::fate(call, name, &self.headers) {
                Fate::Forwarded => {
                    kept.push(name.to_string());
                    continue;
                }
                Fate::Always => {
                    kept.push(format!("{name} (on every route)"));
                    continue;
                }
                // Every upstream is told its own; the line is below.
                Fate::Replaced if name == "host" => continue,
                Fate::Replaced => "the gateway says it itself",
                Fate::Identity => "an identity header: no client may say who it is",
                Fate::HopByHop => "it ends at this hop",
                Fate::NamedByConnection => "`Connection` names it, so it ends at this hop",
                Fate::Refused => {
                    "400 for the whole request: it could be taken for what says where the body ends"
                }
                Fate::NotListed => "not in `input_headers`",
            };
            lost.push(format!("{name}: {why}"));
        }
        let hosted = &hosts[0];
        let said = matching::generated(
            call,
            &plan.server,
            hosted,
            &self.headers,
            self.method.as_str(),
        );
        let said: Vec<String> = said
            .iter()
            .map(|(name, text)| match *name {
                "host" if !called => "host: the node's".to_owned(),
                name => format!("{name}: {text}"),
            })
            .collect();
        for (word, lines) in [("forwarded", kept), ("dropped", lost), ("added", said)] {
            for (n, line) in lines.iter().enumerate() {
                row(if n == 0 { word } else { "" }, line);
            }
        }
    }

    fn not_taken(&self, plan: &Plan, verdict: &Verdict, out: &mut String) {
        let text = match verdict {
            Verdict::Taken(_) => return,
            Verdict::Health if !matches!(self.method, Method::GET | Method::HEAD) => {
                "answer     405 with Allow: GET, HEAD: the gateway's own health route".to_owned()
            }
            Verdict::Health => {
                "answer     the gateway's own health route, before any endpoint".to_owned()
            }
            Verdict::Server => {
                "answer     200: `OPTIONS *` is about the server as a whole".to_owned()
            }
            Verdict::TooLong { bytes, max } => {
                format!("answer     414: path and query have {bytes} bytes, and {max} are taken")
            }
            Verdict::BadPath(why) => format!("answer     400: {why}"),
            Verdict::Redirect { status, location } => format!(
                "answer     {status} to {location}: only the last slash differs from a route"
            ),
            Verdict::Options { allow } => {
                format!("answer     200 with Allow: {allow}: the gateway answers OPTIONS itself")
            }
            Verdict::WrongMethod { allow } => {
                format!(
                    "answer     405 with Allow: {allow}: no route of this path takes {}",
                    self.method
                )
            }
            Verdict::NotFound { hides: true } => {
                "answer     404: a wrong method is a 404 in this config".to_owned()
            }
            Verdict::NotFound { hides: false } => {
                "answer     404: no route has this path".to_owned()
            }
        };
        out.push_str(&text);
        out.push('\n');
        let upper = self.method.as_str().to_uppercase();
        if matches!(
            verdict,
            Verdict::WrongMethod { .. } | Verdict::NotFound { .. }
        ) && upper != self.method.as_str()
        {
            let _ = writeln!(
                out,
                "           methods are case-sensitive: did you mean {upper}?"
            );
        }
        if *verdict == (Verdict::NotFound { hides: false }) {
            for (n, path) in matching::nearest(plan, self.target.path())
                .iter()
                .enumerate()
            {
                let word = if n == 0 { "nearest" } else { "" };
                let _ = writeln!(out, "{word:<11}{path}");
            }
        }
    }
}
