//! Broken configs by the hundred: every key and value of the example, damaged in every way that a hand damages one.
//!
//! Each variant must be refused by a finding at the damage, and nothing may panic.

use gwc::{
    diagnostic::Class,
    front,
    json::{self, Kind, Node, is_comment},
    source::{Source, Span},
};

const EXAMPLE: &str = include_str!("../../configs/example/gateway.json");

/// A damaged text, and where the damage is; `None` where a reader cannot know (half a pair of brackets).
struct Broken {
    what: String,
    text: String,
    damage: Option<Span>,
}

#[test]
fn every_damage_is_found_where_it_is() {
    let (root, findings) = json::parse(&Source::new("gateway.json", EXAMPLE));
    assert!(findings.is_empty(), "the example is fine: {findings:?}");
    let mut corpus = Vec::new();
    damage_members(&root.expect("an object"), "", &mut corpus);
    damage_punctuation(&mut corpus);
    damage_by_hand(&mut corpus);
    assert!(corpus.len() >= 200, "only {} variants", corpus.len());

    let whole = Broken {
        what: "nothing".to_owned(),
        text: EXAMPLE.to_owned(),
        damage: None,
    };
    assert!(missed(&whole).is_some(), "what is not broken is accepted");

    println!("{} variants", corpus.len());
    let missed: Vec<String> = corpus.iter().filter_map(missed).collect();
    assert!(
        missed.is_empty(),
        "{} of {} variants slip through:\n{}",
        missed.len(),
        corpus.len(),
        missed.join("\n")
    );
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
    let touches = |span: Span| span.start <= damage.end && damage.start <= span.end;
    let found = errors
        .iter()
        .any(|f| f.labels.iter().any(|label| touches(label.span)));
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

/// A typo in each key, each key twice, and each value of another type.
fn damage_members(node: &Node, path: &str, corpus: &mut Vec<Broken>) {
    for member in node
        .members()
        .iter()
        .filter(|member| !is_comment(&member.key))
    {
        let path = format!("{path}/{}", member.key.value);
        let (key, value) = (member.key.span, member.value.span);

        let middle = key.start + 1 + member.key.value.len() / 2;
        corpus.push(replaced(
            format!("typo in the key {path}"),
            Span::new(middle, middle),
            "zq",
            key,
        ));

        let again = format!("{}, ", &EXAMPLE[key.start..value.end]);
        let second = Span::new(key.start + again.len(), key.end + again.len());
        corpus.push(replaced(
            format!("{path} twice"),
            Span::new(key.start, key.start),
            &again,
            second,
        ));

        let other = match &member.value.kind {
            Kind::String(_) | Kind::Null => "17.5",
            Kind::Number(_) => "\"seventeen\"",
            Kind::Bool(_) => "\"maybe\"",
            Kind::Array(_) => "{ \"a\": 1 }",
            Kind::Object(_) => "[1]",
        };
        let damage = Span::new(value.start, value.start + other.len());
        corpus.push(replaced(
            format!("{path} of another type"),
            value,
            other,
            damage,
        ));
        damage_members(&member.value, &path, corpus);
    }
    for (index, item) in node.items().iter().enumerate() {
        let path = format!("{path}/{index}");
        let damage = Span::new(item.span.start, item.span.start + 4);
        corpus.push(replaced(
            format!("{path} is null"),
            item.span,
            "null",
            damage,
        ));
        damage_members(item, &path, corpus);
    }
}

fn replaced(what: String, span: Span, by: &str, damage: Span) -> Broken {
    let text = format!("{}{by}{}", &EXAMPLE[..span.start], &EXAMPLE[span.end..]);
    Broken {
        what,
        text,
        damage: Some(damage),
    }
}

/// Each bracket, colon and comma outside of a string left out.
fn damage_punctuation(corpus: &mut Vec<Broken>) {
    let mut in_string = false;
    let mut escaped = false;
    for (at, c) in EXAMPLE.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_string = !in_string,
            '{' | '}' | '[' | ']' | ':' | ',' if !in_string => {
                let text = format!("{}{}", &EXAMPLE[..at], &EXAMPLE[at + 1..]);
                corpus.push(Broken {
                    what: format!("no `{c}` at {at}"),
                    text,
                    damage: None,
                });
            }
            _ => {}
        }
    }
}

/// What hands write that is well-formed and wrong. The text to find must be in the example.
fn damage_by_hand(corpus: &mut Vec<Broken>) {
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
        let start = EXAMPLE
            .find(from)
            .unwrap_or_else(|| panic!("the example has no {from}"));
        let damage = Span::new(start, start + to.len());
        let what = format!("{from} as {to}");
        corpus.push(replaced(
            what,
            Span::new(start, start + from.len()),
            to,
            damage,
        ));
    }
}
