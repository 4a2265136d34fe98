//! Broken configs by the hundred: every key and value damaged in every way that a hand damages one, in the example and in
//! a config that has every key of the schema.
//!
//! Each variant must be refused by a finding at the damage, and nothing may panic.

#[allow(dead_code, reason = "asks less of it than the tests of the schema")]
#[path = "schema/walk.rs"]
mod walk;

use gwc::{
    diagnostic::Class,
    front,
    json::{self, Kind, Node, is_comment},
    namespace::{self, NAMESPACES, Namespace, Support},
    source::{Source, Span},
};
use serde_json::{Value, json};
use std::collections::HashSet;

const EXAMPLE: &str = include_str!("../../configs/example/gateway.json");

/// A damaged text, and where the damage is; `None` where a reader cannot know (half a pair of brackets).
struct Broken {
    what: String,
    text: String,
    damage: Option<Span>,
}

#[test]
fn every_damage_of_the_example_is_found_where_it_is() {
    let mut corpus = Corpus::of(EXAMPLE.to_owned());
    corpus.damage_by_hand();
    corpus.judge(350);
}

/// Grows with the schema: what is new is damaged as soon as it is there. Of what makes the answer of an endpoint, one at a
/// time: they do not go together.
#[test]
fn every_damage_of_every_key_is_found_where_it_is() {
    let built = |row: &&Namespace| row.ends && row.support == Support::Yes;
    let mut endings = NAMESPACES.iter().filter(built);
    let first = endings.next().expect("a namespace that makes answers");
    Corpus::of(everything(first)).judge(400);
    for ending in endings {
        let mut corpus = Corpus::of(everything(ending));
        let path = walk::escaped(ending.key);
        corpus
            .variants
            .retain(|broken| broken.what.contains(&*path));
        corpus.judge(9);
    }
}

/// A valid config with each key of the schema that goes with the others and with `ending`, with its first example.
fn everything(ending: &Namespace) -> String {
    let mut config = json!({
        "version": 3,
        "output_encoding": "no-op",
        "host": ["http://base.test:8000"],
        "$define": { "private": { "timeout": "1s" } },
        "endpoints": [{ "endpoint": "/{org}/{id}/*", "backend": [{}] }],
    });
    let is_other_name = |path: &str| {
        path.split('/').any(|part| {
            let name = part.replace("~1", "/").replace("~0", "~");
            let other = |row: &Namespace| row.key != name || row.ends && row.key != ending.key;
            namespace::find(&name).is_some_and(other)
        })
    };
    let keys: Vec<_> = walk::keys()
        .into_iter()
        .filter(|key| !is_other_name(&key.path()))
        .collect();
    let mut left_out = Vec::new();
    for key in &keys {
        let Some(value) = key.values().into_iter().next() else {
            continue;
        };
        if config.pointer(&key.path()).is_some() {
            continue;
        }
        let mut more = config.clone();
        walk::put(&mut more, &key.path(), value);
        if front::read(&Source::new("gateway.json", more.to_string()))
            .0
            .is_some()
        {
            config = more;
        } else {
            left_out.push(key.path());
        }
    }
    println!("{} keys, without {left_out:?}", keys.len());
    assert!(
        left_out.len() * 10 < keys.len(),
        "too many do not go with the others: {left_out:?}"
    );
    format!("{config:#}")
}

struct Corpus {
    text: String,
    /// JSON Pointers to what the schema describes, with 0 for each index, and whether any value will do.
    known: HashSet<(String, bool)>,
    variants: Vec<Broken>,
}

impl Corpus {
    /// Everything but what is written by hand.
    fn of(text: String) -> Corpus {
        let (root, findings) = json::parse(&Source::new("gateway.json", text.as_str()));
        assert!(
            findings.is_empty(),
            "what is to be damaged is fine: {findings:?}"
        );
        let keys = walk::keys().into_iter();
        let takes_all =
            |schema: &Value| schema.get("type").is_none() && schema.get("enum").is_none();
        let known = keys
            .map(|key| (key.path(), takes_all(key.schema)))
            .collect();
        let mut corpus = Corpus {
            text,
            known,
            variants: Vec::new(),
        };
        corpus.damage_members(&root.expect("an object"), "");
        corpus.damage_punctuation();
        corpus
    }

    fn judge(&self, least: usize) {
        let whole = Broken {
            what: "nothing".to_owned(),
            text: self.text.clone(),
            damage: None,
        };
        assert!(missed(&whole).is_some(), "what is not broken is accepted");
        let placed = self
            .variants
            .iter()
            .filter(|broken| broken.damage.is_some())
            .count();
        println!(
            "{} variants, of {placed} the place is known",
            self.variants.len()
        );
        assert!(
            self.variants.len() >= least,
            "only {} variants",
            self.variants.len()
        );
        let missed: Vec<String> = self.variants.iter().filter_map(missed).collect();
        assert!(
            missed.is_empty(),
            "{} of {} variants slip through:\n{}",
            missed.len(),
            self.variants.len(),
            missed.join("\n")
        );
    }

    fn replaced(&mut self, what: String, span: Span, by: &str, damage: Span) {
        let text = format!("{}{by}{}", &self.text[..span.start], &self.text[span.end..]);
        self.variants.push(Broken {
            what,
            text,
            damage: Some(damage),
        });
    }

    /// A typo in each key, each key twice, and each value of another type.
    fn damage_members(&mut self, node: &Node, path: &str) {
        for member in node
            .members()
            .iter()
            .filter(|member| !is_comment(&member.key))
        {
            let path = format!("{path}/{}", walk::escaped(&member.key));
            // Inside of what may be anything, nothing is wrong.
            let Some(takes_all) = [false, true]
                .into_iter()
                .find(|&all| self.known.contains(&(path.clone(), all)))
            else {
                continue;
            };
            let (key, value) = (member.key.span, member.value.span);
            let middle = key.start + 1 + member.key.value.len() / 2;
            self.replaced(
                format!("typo in the key {path}"),
                Span::new(middle, middle),
                "zq",
                key,
            );

            let again = format!("{}, ", &self.text[key.start..value.end]);
            let second = Span::new(key.start + again.len(), key.end + again.len());
            self.replaced(
                format!("{path} twice"),
                Span::new(key.start, key.start),
                &again,
                second,
            );

            if takes_all {
                continue;
            }
            let other = match &member.value.kind {
                Kind::String(_) | Kind::Null => "17.5",
                Kind::Number(_) => "\"seventeen\"",
                Kind::Bool(_) => "\"maybe\"",
                Kind::Array(_) => "{ \"a\": 1 }",
                Kind::Object(_) => "[1]",
            };
            let damage = Span::new(value.start, value.start + other.len());
            self.replaced(format!("{path} of another type"), value, other, damage);
            self.damage_members(&member.value, &path);
        }
        for item in node.items() {
            let path = format!("{path}/0");
            let damage = Span::new(item.span.start, item.span.start + 4);
            self.replaced(format!("{path} is null"), item.span, "null", damage);
            self.damage_members(item, &path);
        }
    }

    /// Each bracket, colon and comma outside of a string left out. A missing colon or comma is noticed at the latest with
    /// what follows it.
    fn damage_punctuation(&mut self) {
        let (mut in_string, mut escaped) = (false, false);
        for (at, c) in self.text.clone().char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                '{' | '}' | '[' | ']' | ':' | ',' if !in_string => {
                    let text = format!("{}{}", &self.text[..at], &self.text[at + 1..]);
                    let space = text[at..].len() - text[at..].trim_start().len();
                    let next = Span::new(at.saturating_sub(1), at + space + 1);
                    self.variants.push(Broken {
                        what: format!("no `{c}` at {at}"),
                        text,
                        damage: [':', ','].contains(&c).then_some(next),
                    });
                }
                _ => {}
            }
        }
    }

    /// What hands write that is well-formed and wrong. The text to find must be in the example.
    fn damage_by_hand(&mut self) {
        for (from, to) in [
            ("\"timeout\": \"30s\"", "\"timeout\": \"30\""),
            ("\"timeout\": \"30s\"", "\"timeout\": \"30 s\""),
            ("\"timeout\": \"30s\"", "\"timeout\": \"half a minute\""),
            ("\"timeout\": \"30s\"", "\"timeout\": \"-30s\""),
            ("\"timeout\": \"30s\"", "\"timeout\": \"\""),
            ("\"timeout\": \"30s\"", "\"timeout\": 30000000000"),
            ("\"version\": 3", "\"version\": 2"),
            ("\"version\": 3", "\"version\": \"3\""),
            ("\"port\": 8080", "\"port\": 80800"),
            ("\"port\": 8080", "\"port\": -1"),
            ("\"port\": 8080", "\"port\": 8080.5"),
            ("\"router\"", "\"routre\""),
            ("\"telemetry/logging\"", "\"telemetry/loging\""),
            ("\"telemetry/logging\"", "\"telemetry/logger\""),
            ("\"level\": \"INFO\"", "\"level\": \"VERBOSE\""),
            (
                "\"return_error_msg\": true",
                "\"return_error_msg\": \"true\"",
            ),
            ("\"proxy\"", "\"router\""),
            ("\"max_payload\": 1048576", "\"max_payload\": \"1MB\""),
            ("\"max_payload\": 1048576", "\"max_payload\": -1"),
            ("\"method\": \"POST\"", "\"method\": \"PSOT\""),
            ("\"method\": \"GET\"", "\"method\": \"ANY\""),
            ("\"/v1/models/{model}\"", "\"/v1/models/{model\""),
            ("\"/v1/models/{model}\"", "\"/v1/models/{mo del}\""),
            ("\"/v1/models/{model}\"", "\"/v1/models/{model}?x=1\""),
            ("\"/v1/models/{model}\"", "\"/v1//models/{model}\""),
            ("\"/v1/models/{model}\"", "\"/v1/../models/{model}\""),
            ("\"/auth/*\"", "\"/auth/*/x\""),
            ("\"/auth/*\"", "\"/auth/x*\""),
            (
                "\"/api/models/{model}?format=full\"",
                "\"/api/models/{modle}?format=full\"",
            ),
            ("\"http://localhost:9000\"", "\"ftp://localhost:9000\""),
            (
                "\"http://localhost:9000\"",
                "\"http://localhost:9000/base\"",
            ),
            (
                "\"http://localhost:9000\"",
                "\"http://user:pw@localhost:9000\"",
            ),
            ("\"http://localhost:9000\"", "\"http://localhost:90000\""),
            ("\"http://localhost:9000\"", "\"http://local host\""),
            ("\"http://localhost:9000\"", "\"\""),
            (
                "\"output_encoding\": \"no-op\"",
                "\"output_encoding\": \"noop\"",
            ),
            ("\"input_headers\": [\"*\"]", "\"input_headers\": [\"X Y\"]"),
            ("\"input_headers\": [\"*\"]", "\"input_headers\": \"*\""),
            ("\"input_headers\": [\"*\"]", "\"input_headers\": [1]"),
            ("\"input_headers\": [\"*\"]", "\"headers\": [\"*\"]"),
        ] {
            let start = self
                .text
                .find(from)
                .unwrap_or_else(|| panic!("the example has no {from}"));
            let damage = Span::new(start, start + to.len());
            self.replaced(
                format!("{from} as {to}"),
                Span::new(start, start + from.len()),
                to,
                damage,
            );
        }
    }
}

/// Why a variant is not judged as it should be.
fn missed(broken: &Broken) -> Option<String> {
    let (config, findings) = front::read(&Source::new("gateway.json", broken.text.as_str()));
    let errors: Vec<_> = findings
        .iter()
        .filter(|f| f.code.class == Class::Invalid)
        .collect();
    if config.is_some() || errors.is_empty() {
        return Some(format!("{}: accepted, with {findings:?}", broken.what));
    }
    let damage = broken.damage?;
    // What points at a whole list or more points at nothing.
    let line = |at: usize| broken.text[..at].matches('\n').count();
    let points = |span: Span| {
        span.start <= damage.end
            && damage.start <= span.end
            && line(span.end) - line(span.start) <= 1
    };
    let found = errors.iter().any(|finding| points(finding.labels[0].span));
    (!found).then(|| {
        let places: Vec<_> = errors
            .iter()
            .map(|f| (f.code.name, f.labels[0].span))
            .collect();
        format!(
            "{}: the damage is at {damage:?}, the findings at {places:?}",
            broken.what
        )
    })
}
