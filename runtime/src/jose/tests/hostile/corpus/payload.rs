//! Texts that are no tokens, claims that are no JSON, dates that are none, and words of others.

use super::{Corpus, with};
use crate::jose::tests::{NOW, claims, mint::P256};
use serde_json::json;

impl Corpus {
    pub(super) fn encodings(&mut self) {
        let good = P256.token("ES256", &claims());
        let parts: Vec<&str> = good.split('.').collect();
        let [header, body, signature] = parts[..] else {
            unreachable!()
        };
        for n in 0..3 {
            for (name, change) in [
                ("padded", "="),
                ("padded twice", "=="),
                ("with a space", " "),
                ("with a line break", "\n"),
                ("with a tab", "\t"),
                ("with a zero", "\0"),
                ("with a plus", "+"),
                ("with a slash", "/"),
                ("with a letter", "A"),
                ("with a percent", "%3D"),
                ("with a bidi mark", "\u{200e}"),
            ] {
                let mut changed = parts.clone();
                let longer = format!("{}{change}", parts[n]);
                changed[n] = &longer;
                self.add(format!("part {n} {name}"), changed.join("."));
                let longer = format!("{change}{}", parts[n]);
                let mut changed = parts.clone();
                changed[n] = &longer;
                self.add(format!("part {n} {name} before"), changed.join("."));
            }
            let mut without = parts.clone();
            without[n] = "";
            self.add(format!("part {n} empty"), without.join("."));
        }
        // 64 bytes end in two bits that stand for nothing: three other spellings of the same signature.
        let last = signature.chars().last().expect("a letter");
        for other in "ABCDQRSTghijwxyz".chars().filter(|c| *c != last) {
            let spelt = format!("{}{other}", &signature[..signature.len() - 1]);
            self.add(
                format!("signature ends in {other}"),
                format!("{header}.{body}.{spelt}"),
            );
        }
        for (name, text) in [
            ("nothing", String::new()),
            ("dots", "..".to_owned()),
            ("one part", header.to_owned()),
            ("two parts", format!("{header}.{body}")),
            ("four parts", format!("{good}.{signature}")),
            (
                "five parts",
                format!("{header}.{header}.{body}.{body}.{signature}"),
            ),
            ("a dot before", format!(".{good}")),
            ("a dot after", format!("{good}.")),
            ("quoted", format!("\"{good}\"")),
            ("Bearer twice", format!("Bearer {good}")),
            ("two tokens", format!("{good},{good}")),
            (
                "standard alphabet",
                good.replace('-', "+").replace('_', "/") + "+",
            ),
            (
                "JSON serialization",
                json!({ "payload": body, "protected": header, "signature": signature }).to_string(),
            ),
            (
                "too long",
                format!("{header}.{}.{signature}", "A".repeat(16 * 1024)),
            ),
            ("API key", "hk-0123456789abcdef".to_owned()),
        ] {
            self.add(name, text);
        }
        let long = with(json!({ "a": "x".repeat(16 * 1024) }));
        self.add("well signed and too long", P256.token("ES256", &long));
    }

    pub(super) fn json(&mut self) {
        let header = json!({ "alg": "ES256", "kid": "p256" }).to_string();
        let good = claims().to_string();
        let open = good.trim_end_matches('}').to_owned();
        for (name, text) in [
            ("sub twice", format!(r#"{open},"sub":"root"}}"#)),
            ("iss twice", format!(r#"{{"iss":"evil",{}"#, &good[1..])),
            ("exp twice", format!(r#"{open},"exp":{}}}"#, NOW + 999)),
            (
                "exp twice, escaped",
                format!(r#"{open},"\u0065xp":{}}}"#, NOW + 999),
            ),
            ("twice inside", format!(r#"{open},"a":{{"b":1,"b":2}}}}"#)),
            ("trailing", format!("{good}x")),
            ("two objects", format!("{good}{good}")),
            ("a comma", format!("{open},}}")),
            ("unclosed", open.clone()),
            ("list", format!("[{good}]")),
            ("text", json!(good).to_string()),
            ("number", "1".to_owned()),
            ("null", "null".to_owned()),
            ("empty object", "{}".to_owned()),
            ("empty", String::new()),
            ("byte order mark", format!("\u{feff}{good}")),
            ("NaN", format!(r#"{open},"a":NaN}}"#)),
            ("infinite", format!(r#"{open},"a":1e999}}"#)),
            ("lone surrogate", format!(r#"{open},"a":"\ud800"}}"#)),
            ("comment", format!("{good}/* */")),
            ("single quotes", good.replace('"', "'")),
            (
                "deep",
                format!(r#"{open},"a":{}1{}}}"#, "[".repeat(100), "]".repeat(100)),
            ),
            ("deeper", format!(r#"{open},"a":{}"#, "[".repeat(5000))),
        ] {
            self.add(format!("claims: {name}"), P256.raw("ES256", &header, &text));
            let header = text.replace("\"iss\"", "\"alg\":\"ES256\",\"iss\"");
            if header.len() < 6000 && name != "empty object" {
                self.add(format!("header: {name}"), P256.raw("ES256", &header, &good));
            }
        }
    }

    pub(super) fn dates(&mut self) {
        for name in ["exp", "nbf", "iat"] {
            for value in [
                json!("1767225660"),
                json!(""),
                json!(true),
                json!(null),
                json!([NOW]),
                json!({}),
                json!(-1),
                json!(-1e300),
                json!(1e300),
                json!(u64::MAX),
                json!(i64::MIN),
                json!(1_767_225_660_000u64),
                json!(9_007_199_254_740_993u64),
                json!(253_402_300_800u64),
                json!("Infinity"),
                json!("NaN"),
            ] {
                let mut changed = serde_json::Map::new();
                changed.insert(name.to_owned(), value.clone());
                self.add(
                    format!("{name} {value}"),
                    P256.token("ES256", &with(changed.into())),
                );
            }
        }
        for (name, change) in [
            ("expired", json!({ "exp": NOW - 121 })),
            ("expired long ago", json!({ "exp": 1 })),
            ("exp 0", json!({ "exp": 0 })),
            ("not yet", json!({ "nbf": NOW + 121 })),
            ("not yet, by a float", json!({ "nbf": 1_767_225_720.5 })),
            ("issued later", json!({ "iat": NOW + 121 })),
        ] {
            self.add(name, P256.token("ES256", &with(change)));
        }
        let mut endless = claims();
        endless.as_object_mut().map(|all| all.remove("exp"));
        self.add("never expires", P256.token("ES256", &endless));
    }

    pub(super) fn other_claims(&mut self) {
        for iss in [
            json!(""),
            json!(null),
            json!(1),
            json!(["https://id.test"]),
            json!("https://id.test/"),
            json!("https://id.test "),
            json!("https://ID.test"),
            json!("http://id.test"),
            json!("https://id.test.evil.test"),
            json!("https://evil.id.test"),
            json!("https://id.tes"),
            json!("id.test"),
        ] {
            self.add(
                format!("iss {iss}"),
                P256.token("ES256", &with(json!({ "iss": iss }))),
            );
        }
        for aud in [
            json!(""),
            json!(null),
            json!(1),
            json!([]),
            json!([""]),
            json!(["gatewa"]),
            json!("Gateway"),
            json!("gateway "),
            json!(["gateway", 1]),
            json!({ "gateway": true }),
            json!("gateway,other"),
            json!([["gateway"]]),
        ] {
            self.add(
                format!("aud {aud}"),
                P256.token("ES256", &with(json!({ "aud": aud }))),
            );
        }
        for name in ["iss", "aud"] {
            let mut without = claims();
            without.as_object_mut().map(|all| all.remove(name));
            self.add(format!("no {name}"), P256.token("ES256", &without));
        }
        for (name, value) in [
            ("sub", json!(1)),
            ("sub", json!(null)),
            ("jti", json!([])),
            ("sub", json!({ "$ne": 1 })),
        ] {
            let mut changed = serde_json::Map::new();
            changed.insert(name.to_owned(), value.clone());
            self.add(
                format!("{name} {value}"),
                P256.token("ES256", &with(changed.into())),
            );
        }
    }
}
