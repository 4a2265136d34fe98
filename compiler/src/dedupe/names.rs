//! Readable names for definitions.

use crate::{
    config::slot,
    json::{Kind, Member, Node},
};
use std::collections::HashSet;

/// The names that are taken.
#[derive(Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// The first of `wanted` that is free; a number only where none is.
    pub fn take(&mut self, wanted: &[String]) -> String {
        let last = wanted.last().map_or("shared", String::as_str);
        let numbered = (2..).map(|number| format!("{last}-{number}"));
        let mut candidates = wanted
            .iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .chain(numbered);
        candidates
            .find(|name| self.0.insert(name.clone()))
            .expect("numbers do not end")
    }
}

/// `["http://cloud-api.hanzo.svc:8000"]` → `cloud-api`; an address or nothing at all is `backend`.
fn of_backend(backend: &Node) -> String {
    let host = backend
        .get("host")
        .and_then(|hosts| hosts.items().first())
        .and_then(Node::as_str);
    let host = slot::likely(host.unwrap_or_default());
    let name = host
        .split_once("://")
        .map_or(host.as_str(), |(_, rest)| rest);
    let name = name.split(['.', ':', '/']).next().unwrap_or_default();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        "backend".to_owned()
    }
}

/// A backend without its path: `cloud-api`, `cloud-api-8000`; `cloud-api-zap` where it says more than a host.
pub fn of_shape(backend: &Node) -> Vec<String> {
    let spaces = backend
        .get("extra_config")
        .map(Node::members)
        .unwrap_or_default();
    let name = of_backend(backend);
    let mut names: Vec<_> = spaces
        .iter()
        .map(|space| join(&[name.clone(), of_namespace(&space.key)]))
        .collect();
    let host = backend
        .get("host")
        .and_then(|hosts| hosts.items().first())
        .and_then(Node::as_str)
        .map(slot::likely);
    let port = host
        .as_deref()
        .and_then(|host| host.rsplit_once(':'))
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    if names.is_empty() {
        names.push(name.clone());
        names.extend(port.map(|(_, port)| join(&[name.clone(), port.to_owned()])));
    }
    names.push(format!("{}-backend", names[0]));
    names
}

/// A backend and its path, the shortest first: `commerce-orders`, `commerce-v1-orders-id`.
pub fn of_call(backend: &Node) -> Vec<String> {
    if backend.get("url_pattern").is_none() {
        return of_shape(backend);
    }
    let host = of_backend(backend);
    let path = backend
        .get("url_pattern")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let words: Vec<_> = path.split('/').filter(|word| !word.is_empty()).collect();
    let literal = words
        .iter()
        .rev()
        .find(|word| !word.starts_with(['{', '*', ':']));
    let literal = literal
        .or(words.last())
        .map(|word| bare(word))
        .unwrap_or_default();
    let all: Vec<_> = words
        .iter()
        .map(|word| bare(word))
        .filter(|word| !word.is_empty())
        .collect();
    vec![
        join(&[host.clone(), literal]),
        join(&[vec![host], all].concat()),
    ]
}

/// What an endpoint says besides its path and backend, the shortest first: `ratelimit`, `ratelimit-headers`; `public`
/// where a guard that is the default is taken away.
pub fn of_profile(profile: &Node) -> Vec<String> {
    let spaces = profile
        .get("extra_config")
        .map(Node::members)
        .unwrap_or_default();
    let is_public =
        |space: &Member| space.value.kind == Kind::Null && space.key.value.starts_with("auth/");
    let mut words: Vec<_> = spaces
        .iter()
        .map(|space| match space.value.kind {
            _ if is_public(space) => "public".to_owned(),
            Kind::Null => format!("no-{}", of_namespace(&space.key)),
            _ => of_namespace(&space.key),
        })
        .collect();
    words.sort_by_key(|word| word != "public");
    let others = profile
        .members()
        .iter()
        .filter(|member| member.value.members().is_empty() && member.key.value != "$use");
    words.extend(others.map(|member| match &member.value.kind {
        Kind::String(text) if member.key.value == "output_encoding" => bare(text),
        Kind::Null => format!("no-{}", of_key(&member.key)),
        _ => of_key(&member.key),
    }));
    let first = words.first().cloned().unwrap_or_default();
    vec![first, join(&words)]
}

/// `input_headers` → `headers`.
fn of_key(key: &str) -> String {
    key.replace("input_", "").replace('_', "-")
}

/// `qos/ratelimit/router` → `ratelimit`, `auth/validator` → `validator`, `github.com/hanzoai/gateway/zap` → `zap`.
pub fn of_namespace(key: &str) -> String {
    let words: Vec<_> = key.split('/').collect();
    let word = match words.as_slice() {
        [.., word, "router" | "proxy"] | [.., word] => word,
        [] => key,
    };
    bare(word)
}

fn bare(word: &str) -> String {
    let kept: String = word
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    kept.trim_matches('-').to_owned()
}

fn join(words: &[String]) -> String {
    let words: Vec<_> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(String::as_str)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, source::Source};

    fn check(names: fn(&Node) -> Vec<String>, text: &str, expected: &[&str]) {
        let (node, _) = json::parse(&Source::new("gateway.json", text));
        assert_eq!(names(&node.expect("JSON")), expected, "{text}");
    }

    #[test]
    fn names() {
        let users = r#"{"host":["http://users.svc:80"]}"#;
        check(of_shape, users, &["users", "users-80", "users-backend"]);
        check(of_shape, r#"{"host":["https://a.b"]}"#, &["a", "a-backend"]);
        check(
            of_shape,
            r#"{"host":["10.0.0.1"]}"#,
            &["backend", "backend-backend"],
        );
        let slots = r#"{"host":["http://${env:USERS_HOST:-users}.svc:${env:P:-80}"]}"#;
        check(of_shape, slots, &["users", "users-80", "users-backend"]);
        check(
            of_shape,
            r#"{"host":["${env:USERS_URL}"]}"#,
            &["users-url", "users-url-backend"],
        );
        let call = r#"{"host":["http://users"],"url_pattern":"/v1/orgs/{id}?a=b"}"#;
        check(of_call, call, &["users-orgs", "users-v1-orgs-id"]);
        let public = r#"{"extra_config":{"qos/ratelimit/router":{"a":1},"auth/validator":null}}"#;
        check(of_profile, public, &["public", "public-ratelimit"]);
        check(
            of_profile,
            r#"{"input_headers":["a"]}"#,
            &["headers", "headers"],
        );
    }

    #[test]
    fn a_number_only_where_no_name_is_free() {
        let mut names = Names::default();
        let wanted = ["a".to_owned(), "a-b".to_owned()];
        let taken = [(); 4].map(|()| names.take(&wanted));
        assert_eq!(taken, ["a", "a-b", "a-b-2", "a-b-3"]);
    }
}
