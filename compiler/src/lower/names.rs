//! The names in generated code: they depend on the method and the path alone, so that a diff of the config is a diff of
//! the same lines of code.

use crate::{
    config::{Endpoint, Path, Segment},
    diagnostic::{Diagnostic, codes},
    plan::Method,
};
use std::collections::{BTreeMap, HashMap};

/// Module and function of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    pub module: String,
    pub function: String,
}

/// Names for all endpoints, in their order.
///
/// `get_v1_models_name` is the method and the path with everything that is no letter or digit as `_`. Where that makes
/// two endpoints of a file the same (`/a/b-c` and `/a/b/c`), all of them are spelt out (`get_a_b_dash_c`); no name ever
/// depends on the order of the config. What then still clashes is an error.
pub fn name(endpoints: &[Endpoint]) -> (Vec<Name>, Vec<Diagnostic>) {
    let mut names: Vec<Name> = endpoints
        .iter()
        .map(|e| Name {
            module: module(&e.path),
            function: function(*e.method, &e.path, word),
        })
        .collect();
    let counts = count(&names);
    for (name, endpoint) in names.iter_mut().zip(endpoints) {
        if counts[&(name.module.clone(), name.function.clone())] > 1 {
            name.function = function(*endpoint.method, &endpoint.path, spelt);
        }
    }

    let mut findings = Vec::new();
    let mut first: HashMap<&Name, &Endpoint> = HashMap::new();
    for (name, endpoint) in names.iter().zip(endpoints) {
        if let Some(other) = first.insert(name, endpoint) {
            let message = format!("two endpoints would get the name `{}`", name.function);
            findings.push(
                Diagnostic::new(&codes::NAME_CLASH, message, endpoint.path.span, "this one")
                    .label(other.path.span, "and this one")
                    .help("their paths differ in punctuation or case only; change one of them"),
            );
        }
    }
    (names, findings)
}

fn count(names: &[Name]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts
            .entry((name.module.clone(), name.function.clone()))
            .or_default() += 1;
    }
    counts
}

/// The first segment that is neither a version nor `api`.
fn module(path: &Path) -> String {
    let segments = path.segments.iter().map(|segment| match segment {
        Segment::Literal(text) | Segment::Mixed(text) | Segment::Param(text) => text.as_str(),
        Segment::Rest => "rest",
    });
    let first = segments
        .into_iter()
        .find(|text| !is_version(text))
        .unwrap_or_default();
    let mut name = if first.is_empty() {
        "root".to_owned()
    } else {
        word(first)
    };
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    // A module may not be called like a keyword, and not like what the generated files import or the index of modules.
    let taken = matches!(
        name.as_str(),
        "runtime" | "std" | "core" | "alloc" | "mod" | "endpoints"
    );
    if taken || syn::parse_str::<syn::Ident>(&name).is_err() {
        name.push('_');
    }
    name
}

/// `v1`, `v2` … and `api`: segments that say nothing about what a path is for. Empty ones neither.
pub fn is_version(segment: &str) -> bool {
    let version = segment
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    version || segment.is_empty() || segment == "api"
}

fn function(method: Method, path: &Path, spell: fn(&str) -> String) -> String {
    let mut name = method.as_str().to_lowercase();
    let mut add = |text: &str| {
        name.push('_');
        name.push_str(text);
    };
    match path.segments.as_slice() {
        [Segment::Literal(text)] if text.is_empty() => add("root"),
        segments => {
            for segment in segments {
                match segment {
                    Segment::Literal(text) if text.is_empty() => add("slash"),
                    Segment::Literal(text) | Segment::Mixed(text) | Segment::Param(text) => {
                        add(&spell(text));
                    }
                    Segment::Rest => add("rest"),
                }
            }
        }
    }
    name
}

/// Letters and digits in lower case, `_` for whatever stands between them; `sign` where there are none.
fn word(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let word = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
    if word.is_empty() {
        "sign".to_owned()
    } else {
        word
    }
}

/// As [`word`], with the punctuation spelt out.
fn spelt(text: &str) -> String {
    let mut spelt = String::new();
    for c in text.chars() {
        match c {
            '-' => spelt.push_str("_dash_"),
            '.' => spelt.push_str("_dot_"),
            '_' => spelt.push_str("_underscore_"),
            '~' => spelt.push_str("_tilde_"),
            c => spelt.push(c),
        }
    }
    word(&spelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_do_not_name_a_file() {
        for (path, expected) in [
            ("/v1/chat/completions", "chat"),
            ("/api/v2/users", "users"),
            ("/auth/*", "auth"),
            ("/v1/*", "rest"),
            ("/", "root"),
            ("/v1", "root"),
            ("/{tenant}/x", "tenant"),
            ("/type/x", "type_"),
            ("/runtime", "runtime_"),
            ("/3d/models", "_3d"),
            ("/async-invoke", "async_invoke"),
            ("/.well-known/x", "well_known"),
            ("/_", "sign"),
        ] {
            assert_eq!(module(&path_of(path)), expected, "{path}");
        }
    }

    #[test]
    fn functions_are_method_and_path() {
        for (method, path, plain, spelt_out) in [
            (Method::Get, "/", "get_root", "get_root"),
            (
                Method::Post,
                "/v1/chat/completions",
                "post_v1_chat_completions",
                "post_v1_chat_completions",
            ),
            (Method::Get, "/auth/*", "get_auth_rest", "get_auth_rest"),
            (Method::Get, "/a/{id}/", "get_a_id_slash", "get_a_id_slash"),
            (Method::Get, "/a/b-c", "get_a_b_c", "get_a_b_dash_c"),
            (
                Method::Get,
                "/~me/_",
                "get_me_sign",
                "get_tilde_me_underscore",
            ),
        ] {
            assert_eq!(function(method, &path_of(path), word), plain);
            assert_eq!(function(method, &path_of(path), spelt), spelt_out);
        }
    }

    fn path_of(text: &str) -> Path {
        crate::config::path::endpoint(text).expect("a path of an endpoint")
    }
}
