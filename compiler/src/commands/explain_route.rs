//! `gwc explain FILE [ROUTE]`: a gateway, or one of its routes, in plain words.

use super::{Exit, compile, complain, print};
use gwc::{
    describe,
    matching::{self, Matcher},
    plan::{Endpoint, Plan},
};
use std::path::Path;

/// Explains the route of `file`, or the process as a whole.
pub fn run(file: &Path, route: Option<&str>) -> Exit {
    let plan = match compile::plan_to_explain(file) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let Some(route) = route else {
        print(&describe::process(&plan));
        return Exit::Fine;
    };
    let matcher = match Matcher::new(&plan) {
        Ok(matcher) => matcher,
        Err(error) => {
            complain(&error.to_string());
            return Exit::Defect;
        }
    };
    let (method, path) = match route.trim().split_once(' ') {
        Some((method, path)) => (Some(method), path.trim()),
        None => (None, route.trim()),
    };
    let chosen = choose(&plan, &matcher, method, path);
    if chosen.is_empty() {
        complain(&unknown(&plan, &matcher, route, path));
        return Exit::Usage;
    }
    let pages: Vec<String> = alike(&plan, &chosen)
        .iter()
        .map(|group| describe::route(&plan, &matcher, group))
        .collect();
    print(&pages.join("\n\n"));
    Exit::Fine
}

/// The endpoints that are meant: by their path as the config writes it, else by a path that a client would ask for.
fn choose(plan: &Plan, matcher: &Matcher<'_>, method: Option<&str>, path: &str) -> Vec<usize> {
    let written = |endpoint: &Endpoint| {
        endpoint.path == path
            && method.is_none_or(|method| endpoint.method.as_str().eq_ignore_ascii_case(method))
    };
    let chosen: Vec<usize> = (0..plan.endpoints.len())
        .filter(|index| written(&plan.endpoints[*index]))
        .collect();
    if !chosen.is_empty() {
        return chosen;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match method {
        Some(method) => matcher
            .takes(&method.to_uppercase(), path)
            .into_iter()
            .collect(),
        None => matcher.of_path(path),
    }
}

/// Endpoints of one path that do the same are explained once.
fn alike(plan: &Plan, chosen: &[usize]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &index in chosen {
        let endpoint = &plan.endpoints[index];
        let same = |group: &&mut Vec<usize>| {
            let first = &plan.endpoints[group[0]];
            first.path == endpoint.path
                && first.action == endpoint.action
                && first.ending == endpoint.ending
                && first.steps == endpoint.steps
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

fn unknown(plan: &Plan, matcher: &Matcher<'_>, route: &str, path: &str) -> String {
    let others: Vec<&str> = matcher
        .of_path(path)
        .iter()
        .map(|index| plan.endpoints[*index].method.as_str())
        .collect();
    if !others.is_empty() {
        return format!(
            "no route is `{route}`; that path takes {}",
            others.join(", ")
        );
    }
    match matching::nearest(plan, path).as_slice() {
        [] => format!("no route is `{route}`; `gwc routes` lists them all"),
        near => format!("no route is `{route}`; the nearest: {}", near.join(", ")),
    }
}
