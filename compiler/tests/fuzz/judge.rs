//! One text through everything that gwc does with a config, each result looked at.

use gwc::{
    baseline::Baseline,
    dedupe::dedupe,
    describe,
    diagnostic::{
        Class, Diagnostic, Policy, Summary, render_github, render_github_summary, render_human,
        render_json, render_sarif,
    },
    diff, emit,
    expand::{self, expand, plain},
    front,
    json::{self, Layout, Node},
    layout,
    lower::{Origin, lower},
    matching::{self, Matcher, Verdict},
    mend::{self, Mended},
    plan::{Action, Plan},
    source::{Source, Span},
};
use std::{fmt, ops::AddAssign, path::Path};

/// How far inputs got.
#[derive(Default)]
pub struct Reached {
    pub inputs: u64,
    /// JSON.
    pub trees: u64,
    /// Built, perhaps without some of it.
    pub plans: u64,
    pub findings: u64,
}

impl AddAssign for Reached {
    fn add_assign(&mut self, more: Reached) {
        self.inputs += more.inputs;
        self.trees += more.trees;
        self.plans += more.plans;
        self.findings += more.findings;
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reached {
            inputs,
            trees,
            plans,
            findings,
        } = self;
        write!(
            f,
            "{trees} of {inputs} are JSON, {plans} become a gateway, {findings} findings"
        )
    }
}

/// `Err`: what is wrong with what came of it.
pub fn judge(text: &str) -> Result<Reached, String> {
    let source = Source::new("gateway.json", text);
    let (config, findings) = front::read(&source);
    places(&source, &findings)?;
    rendered(&source, &findings)?;
    mended(&source)?;
    let mut reached = Reached {
        inputs: 1,
        findings: findings.len() as u64,
        ..Reached::default()
    };
    let (root, problems) = json::parse(&source);
    if let Some(root) = &root {
        reached.trees = 1;
        rewritten(&source, root, problems.is_empty())?;
    }
    let invalid = findings
        .iter()
        .any(|finding| finding.code.class == Class::Invalid);
    if config.is_some() == invalid {
        return Err(format!("a config and an error, or neither: {findings:?}"));
    }
    if let Some(config) = config {
        let written = root
            .as_ref()
            .and_then(|root| root.get("endpoints"))
            .map_or(0, |list| list.items().len());
        if config.endpoints.len() != written {
            return Err(format!(
                "{written} endpoints are written, {} are read",
                config.endpoints.len()
            ));
        }
        let left_out: Vec<_> = findings
            .iter()
            .filter(|f| f.code.class == Class::Unsupported)
            .collect();
        let origin = Origin {
            crate_name: "fuzz".to_owned(),
            path: "gateway.json".to_owned(),
            text: text.to_owned(),
        };
        let (plan, more) = lower(&config, origin, &left_out);
        places(&source, &more)?;
        if Summary::of(&more).errors == 0 {
            reached.plans = 1;
            emitted(&plan)?;
            explained(&plan)?;
        }
        compared(&source)?;
    }
    Ok(reached)
}

/// Inside the text, and between characters.
fn places(source: &Source, findings: &[Diagnostic]) -> Result<(), String> {
    let fits = |span: Span| source.text.get(span.range()).is_some();
    for finding in findings {
        let fix = finding.fix.iter().map(|fix| fix.span);
        let outside = finding
            .labels
            .iter()
            .map(|label| label.span)
            .chain(fix)
            .find(|&span| !fits(span));
        if let Some(span) = outside {
            return Err(format!(
                "{span:?} is not a place in a text of {} bytes: {finding:?}",
                source.text.len()
            ));
        }
    }
    Ok(())
}

fn rendered(source: &Source, findings: &[Diagnostic]) -> Result<(), String> {
    render_human(findings, source, true);
    render_github(findings, source);
    render_github_summary(findings, source);
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    let lines = render_json(findings, source);
    if lines.lines().count() != findings.len() || !lines.lines().all(is_json) {
        return Err(format!("not a JSON object per finding: {lines}"));
    }
    let sarif = render_sarif(&[(source, findings)]);
    if !is_json(&sarif) {
        return Err(format!("not JSON: {sarif}"));
    }
    let mut baseline = Baseline::default();
    let (taken, rest) = baseline.record("gateway.json", source, findings.to_vec());
    let (new, gone) = baseline.hide("gateway.json", source, findings.to_vec());
    if taken + rest.len() != findings.len() || new != rest || !gone.is_empty() {
        return Err(format!(
            "a baseline does not know its own findings again: {new:?} {gone:?}"
        ));
    }
    Ok(())
}

fn mended(source: &Source) -> Result<(), String> {
    let judge = |source: &Source| Policy::default().apply(front::read(source).1);
    match mend::mend(source, judge) {
        Mended::Text { text, .. }
            if json::parse(&Source::new("gateway.json", text.as_str()))
                .0
                .is_none() =>
        {
            Err(format!("mended, it is no JSON any more: {text}"))
        }
        _ => Ok(()),
    }
}

fn read(text: &str) -> Result<Node, String> {
    let (root, findings) = json::parse(&Source::new("gateway.json", text));
    root.ok_or_else(|| format!("what gwc wrote is no JSON: {findings:?}\n{text}"))
}

/// `fmt`, `expand` and `dedupe` say what they read.
fn rewritten(source: &Source, root: &Node, clean: bool) -> Result<(), String> {
    let text = layout::lay_out(source, root);
    let again = read(&text)?;
    if !layout::same(root, &again) && clean {
        return Err(format!("laid out, it says something else:\n{text}"));
    }
    if layout::lay_out(&Source::new("gateway.json", text.as_str()), &again) != text {
        return Err(format!("laid out twice, it is not the same:\n{text}"));
    }
    let (expanded, findings) = expand(root);
    places(source, &findings)?;
    // Then nothing is written.
    if findings
        .iter()
        .any(|finding| finding.code.class == Class::Invalid)
    {
        return Ok(());
    }
    let expanded = plain(&expanded);
    for layout in [Layout::Wide, Layout::Lines] {
        if !expand::same(&plain(&read(&json::print(&expanded, layout))?), &expanded) {
            return Err("printed, it says something else".to_owned());
        }
    }
    if let Ok(proposal) = dedupe(&expanded) {
        let again = read(&json::print(&proposal, Layout::Lines))?;
        if !expand::same(&plain(&expand(&again).0), &expanded) {
            return Err("said once, it says something else".to_owned());
        }
    }
    Ok(())
}

fn emitted(plan: &Plan) -> Result<(), String> {
    for (path, text) in emit::emit(plan).files() {
        if Path::new(path).extension() == Some("rs".as_ref()) {
            syn::parse_file(text).map_err(|e| format!("{path} is no Rust: {e}\n{text}"))?;
        }
    }
    Ok(())
}

/// `explain` and `match`: every route is told, and takes the requests that are meant for it.
fn explained(plan: &Plan) -> Result<(), String> {
    describe::process(plan);
    let matcher = Matcher::new(plan).map_err(|e| e.to_string())?;
    for (index, endpoint) in plan.endpoints.iter().enumerate().take(12) {
        describe::route(plan, &matcher, &[index]);
        let mut target = endpoint.path.replace('*', "r/s");
        while let (Some(start), Some(end)) = (target.find('{'), target.find('}')) {
            target.replace_range(start..=end, "p-q");
        }
        let asked = format!("{target}?a=1&b");
        let uri = asked
            .parse()
            .map_err(|e| format!("{asked} is no URI: {e}"))?;
        matching::near_misses(plan, endpoint.method.as_str(), &target, Some(index));
        matching::nearest(plan, &target);
        match matcher.answer(endpoint.method.as_str(), &uri) {
            Verdict::Taken(found) => {
                if let Action::Forward(call) = &plan.endpoints[found.endpoint].action {
                    let sent = matching::path_and_query(call, &found, "a=1&b");
                    if !sent.starts_with('/') {
                        return Err(format!("{asked} is sent on as {sent}"));
                    }
                    matching::dropped_query(call, "a=1&b");
                }
            }
            Verdict::TooLong { .. } => {}
            other => return Err(format!("{} {asked} is {other:?}", endpoint.method.as_str())),
        }
    }
    Ok(())
}

/// With itself, and with the least config there is.
fn compared(source: &Source) -> Result<(), String> {
    let side =
        |source: &Source| diff::read(source).map_err(|f| format!("cannot be compared: {f:?}"));
    let (own, least) = (
        side(source)?,
        side(&Source::new("gateway.json", "{\"version\": 3}"))?,
    );
    let none = diff::diff(&own, &own);
    if !none.is_empty() {
        return Err(format!("it differs from itself: {none:?}"));
    }
    let changes = diff::diff(&least, &own);
    diff::render_human(&changes);
    diff::render_json(&changes);
    diff::render_markdown(&changes, "old", "new");
    Ok(())
}
