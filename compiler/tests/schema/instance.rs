//! Configs by the thousand, made from the schema: the same ones for the same seed.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// Texts of the small languages, right and wrong ones, by the `$comment` of the schema.
fn texts(language: &str) -> &'static [&'static str] {
    match language {
        "duration" => &[
            "0",
            "0s",
            "+2s",
            "1.5s",
            ".5s",
            "1.s",
            "1h30m",
            "7ns",
            "15\u{b5}s",
            "15\u{3bc}s",
            "",
            "5",
            "5 s",
            "1d",
            "-1s",
            "1..5s",
            "99999999999h",
            "1e3s",
        ],
        "host" => &[
            "users",
            "http://users",
            "HTTPS://Users.Test:8443/",
            "[::1]:80",
            "http://[2001:db8::1]",
            "a_b-c.test.",
            "",
            "ftp://h",
            "//h",
            "http://h/x",
            "http://h?q",
            "http://u:p@h",
            "http://h:0",
            "http://h:",
            "::1",
            "http://h //",
        ],
        "path" => &[
            "/",
            "/a",
            "a",
            "/a/{x}",
            "/{x}/{y}",
            "/a/*",
            "/*",
            "/a/",
            "/%C3%A9",
            "/:x",
            "",
            "//",
            "/a//b",
            "/{x",
            "/{x}{y}",
            "/a*",
            "/../a",
            "/a?x={x}",
            "/a#b",
            "/é",
            "/%zz",
            "$endpoint",
            "/__health",
        ],
        "method" => &["get", "Post", "OPTIONS", "", "PSOT", "ANY", "CONNECT"],
        "header" => &["*", "Accept", "x-user-id", "Connection", "", "X Y", "ä"],
        _ => &[
            "",
            "*",
            "x",
            "ä\u{1f980}",
            "\u{0}",
            "0",
            "10.0.0.0/8",
            "::1",
            "0.0.0.0/0",
            "300.1.1.1",
            "/__health",
            "JWT.sub",
            "private",
        ],
    }
}

/// Things that hardly anything takes.
fn odd(random: &mut Random) -> Value {
    match random.below(9) {
        0 => Value::Null,
        1 => json!(random.one_in(2)),
        2 => json!(-1),
        3 => json!(1.5),
        4 => json!(1e300),
        5 => json!("odd"),
        6 => json!([null]),
        7 => json!({ "odd": {} }),
        _ => json!(u64::MAX),
    }
}

/// A value that the schema mostly takes. One in `wild` values is odd; 0: none.
pub fn instance(schema: &Value, random: &mut Random, wild: usize) -> Value {
    if wild > 0 && random.one_in(wild) {
        return odd(random);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(options) = schema["enum"].as_array() {
        return random.pick(options).clone();
    }
    // What people would write is the best start for what has rules that this generator does not know.
    if let Some(examples) = schema["examples"].as_array().filter(|_| random.one_in(3)) {
        return random.pick(examples).clone();
    }
    if let Some(default) = schema.get("default").filter(|_| random.one_in(12)) {
        return default.clone();
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(shapes) = schema[word].as_array() {
            let shape = random.pick(shapes);
            let mut value = instance(shape, random, wild);
            if let (Some(own), true) = (value.as_object_mut(), schema["properties"].is_object()) {
                own.extend(object(schema, random, wild));
            }
            return value;
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => random.pick(kinds).as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => Value::Object(object(schema, random, wild)),
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let count = usize::try_from(least).expect("a small number") + random.below(3);
            (0..count)
                .map(|_| instance(&schema["items"], random, wild))
                .collect()
        }
        Some("string") => {
            json!(random.pick(texts(schema["$comment"].as_str().unwrap_or_default())))
        }
        Some("integer") => integer(schema, random),
        Some("number") => json!(f64::from(u32::try_from(random.below(1000)).expect("small")) / 8.0),
        Some("boolean") => json!(random.one_in(2)),
        Some("null") => Value::Null,
        _ => odd(random),
    }
}

fn object(schema: &Value, random: &mut Random, wild: usize) -> Map<String, Value> {
    let mut members = Map::new();
    let needed = schema["required"].as_array();
    let is_needed = |name: &String| needed.is_some_and(|names| names.contains(&json!(name)));
    let rarely = 2 + random.below(4);
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        if is_needed(name) || random.one_in(rarely) {
            members.insert(name.clone(), instance(value, random, wild));
        }
    }
    if random.one_in(8) {
        members.insert(
            random
                .pick(&["@c", "_c", "#c", "$c", "$comment"])
                .to_string(),
            odd(random),
        );
    }
    if schema["additionalProperties"].is_object() && random.one_in(2) {
        let value = instance(&schema["additionalProperties"], random, wild);
        members.insert(random.pick(&["private", "slow", "x"]).to_string(), value);
    }
    if wild > 0 && random.one_in(2 * wild) {
        members.insert("odd".to_owned(), odd(random));
    }
    members
}

fn integer(schema: &Value, random: &mut Random) -> Value {
    let least = schema["minimum"].as_i64().unwrap_or(-3);
    let greatest = schema["maximum"].as_i64().unwrap_or(1 << 40);
    match random.below(6) {
        0 => json!(least),
        1 => json!(greatest),
        // An integer too, to JSON Schema.
        #[expect(
            clippy::cast_precision_loss,
            reason = "what is lost makes no difference to a test"
        )]
        2 => json!(greatest.min(70_000) as f64),
        3 => json!(least.saturating_sub(1)),
        _ => json!(least.saturating_add(i64::try_from(random.below(9)).expect("small"))),
    }
}
