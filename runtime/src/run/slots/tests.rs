use super::*;
use crate::upstream::{Host, Upstream};
use serde_json::Value;
use std::ffi::OsString;

static USERS: Upstream = Upstream::new(
    "users",
    &[
        Host::slots("http://${env:USERS_HOST}:${env:USERS_PORT:-8000}"),
        Host::http("fixed.test", 80),
    ],
);
static CLOUD: Upstream = Upstream::new("cloud", &[Host::slots("${env:CLOUD_URL:-http://cloud}")]);
static GATEWAY: Gateway = Gateway::new("test", "{}")
    .upstreams(&[&USERS, &CLOUD])
    .port_slots("${env:PORT:-8080}")
    .log_slots("${env:LEVEL:-info}", "")
    .texts(&[
        Text::https("https://${env:USERS_HOST}/keys"),
        Text::secret("Bearer ${env:PASS:-hunter2}"),
    ]);

fn environment(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    move |name| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    }
}

#[test]
fn slots_are_filled() {
    for (set, port, level, expected) in [
        (
            &[("USERS_HOST", "u.test")][..],
            8080,
            "Info",
            [
                "http://u.test:8000",
                "http://cloud",
                "https://u.test/keys",
                "Bearer hunter2",
            ],
        ),
        (
            &[
                ("USERS_HOST", "[::1]"),
                ("USERS_PORT", "1"),
                ("CLOUD_URL", "c:2/"),
                ("PORT", "9000"),
                ("LEVEL", "ERROR"),
                ("PASS", "a@b"),
            ],
            9000,
            "Error",
            ["http://[::1]:1", "c:2/", "https://[::1]/keys", "Bearer a@b"],
        ),
        // Empty counts as not set.
        (
            &[("USERS_HOST", "u"), ("CLOUD_URL", ""), ("PORT", "")],
            8080,
            "Info",
            [
                "http://u:8000",
                "http://cloud",
                "https://u/keys",
                "Bearer hunter2",
            ],
        ),
    ] {
        let resolved = resolve(&GATEWAY, &environment(set)).expect("all is there");
        assert_eq!(resolved.overrides.port, Some(port), "{set:?}");
        let found = resolved.overrides.log_level.map(|l| format!("{l:?}"));
        assert_eq!(found.as_deref(), Some(level), "{set:?}");
        let written = uses(&GATEWAY).into_iter().skip(2);
        let values: Vec<_> = written.map(|u| resolved.values[u.text.written()]).collect();
        assert_eq!(values, expected, "{set:?}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let told = |set| {
        let wrong = resolve(&GATEWAY, &environment(set)).expect_err("something is wrong");
        wrong.to_string()
    };
    assert_eq!(
        told(&[
            ("PORT", "80a"),
            ("LEVEL", "LOUD"),
            ("CLOUD_URL", "http://a b")
        ]),
        "the slots of the config cannot be filled:\n  \
         ${env:USERS_HOST}: not set (for `https://${env:USERS_HOST}/keys`, host of upstream `users`)\n  \
         port: ${env:PORT:-8080} came to `80a`: a port is a number from 1 to 65535\n  \
         log level: ${env:LEVEL:-info} came to `LOUD`: a log level is DEBUG, INFO, WARNING, ERROR or CRITICAL\n  \
         host of upstream `cloud`: ${env:CLOUD_URL:-http://cloud} came to `http://a b`: `a b` is not a host name; \
         write it like \"http://users.internal:8080\""
    );
    for (set, word) in [
        (&[("USERS_HOST", "u"), ("PORT", "0")][..], "1 to 65535"),
        (&[("USERS_HOST", "u"), ("PORT", "65536")], "1 to 65535"),
        (
            &[("USERS_HOST", "u"), ("USERS_PORT", "tcp://10.0.0.1:80")],
            "tcp://10.0.0.1:80",
        ),
    ] {
        assert!(told(set).contains(word), "{set:?}: {}", told(set));
    }
}

/// What a text must come to, whoever says where.
#[test]
fn free_texts_are_judged_by_what_they_are_for() {
    for (text, value, told) in [
        (Text::url("${env:X}"), "http://u/k", None),
        (Text::url("${env:X}"), "u/k", Some("starts with http://")),
        (Text::url("http://u:${env:X}/k"), "80a", Some("1 to 65535")),
        (Text::https("${env:X}"), "https://u/k", None),
        (
            Text::https("${env:X}"),
            "http://u/k",
            Some("keys come over https"),
        ),
        (Text::https("${env:X}"), "", Some("not set")),
        (Text::new("${env:X}"), "urn:anything", None),
        (Text::new("${env:X:-}"), "", Some("must not be empty")),
        (
            Text::url("https://u/${env:X}"),
            "?token=sesame&x=1#",
            Some("?token=***&x=1#"),
        ),
        (
            Text::url("https://${env:X}/k"),
            "me:sesame@u",
            Some("not shown"),
        ),
    ] {
        let texts: &'static [Text] = Box::leak(Box::new([text]));
        let gateway = Gateway::new("test", "{}").texts(texts);
        let getenv = |_: &str| Some(OsString::from(value));
        let wrong = resolve(&gateway, &getenv).err().map(|why| why.to_string());
        match (told, wrong) {
            (None, None) => {}
            (Some(told), Some(wrong)) => {
                assert!(wrong.contains(told), "{told}: {wrong}");
                assert!(!wrong.contains("sesame"), "{wrong}");
            }
            (told, wrong) => panic!("{text:?} {value}: expected {told:?}, got {wrong:?}"),
        }
    }
}

#[test]
fn https_needs_tls() {
    let set = &[("USERS_HOST", "u"), ("CLOUD_URL", "https://c")];
    let resolved = resolve(&GATEWAY, &environment(set));
    assert_eq!(resolved.is_ok(), cfg!(feature = "tls"), "{resolved:?}");
}

/// Neither where they do not fit, nor where they are listed.
#[test]
fn what_is_hidden_stays_hidden() {
    static SECRETIVE: Upstream =
        Upstream::new("s", &[Host::slots("http://${env:HOST_TOKEN}:${env:P}")]);
    static HIDDEN: Gateway = Gateway::new("test", "{}")
        .upstreams(&[&SECRETIVE, &CLOUD])
        .texts(&[Text::secret("${env:PASS:-hunter2}")]);
    let set = &[
        ("HOST_TOKEN", "sesame sesame"),
        ("P", "1"),
        ("CLOUD_URL", "http://u:sesame@c"),
    ];
    let getenv = environment(set);
    let wrong = resolve(&HIDDEN, &getenv).expect_err("no hosts").to_string();
    assert_eq!(wrong.lines().count(), 3, "{wrong}");
    let listed = text(&HIDDEN, &getenv);
    assert_eq!(listed.matches("=***").count(), 3, "{listed}");
    let as_json = Value::from(json(&HIDDEN, &getenv)).to_string();
    for shown in [&wrong, &listed, &as_json] {
        for secret in ["sesame", "hunter2"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn every_slot_is_listed() {
    let listed = text(&GATEWAY, &environment(&[("PORT", "9000")]));
    for line in [
        "Slots of the config:",
        "${env:CLOUD_URL}=http://cloud  (default)",
        "${env:LEVEL}=info  (default)",
        "${env:PORT}=9000  (environment)",
        "    Default: 8080",
        "    For host of upstream `users`.",
        "${env:USERS_HOST}  (not set: the gateway cannot start)",
    ] {
        assert!(listed.lines().any(|l| l == line), "{line}\n{listed}");
    }
    let none = Gateway::new("test", "{}");
    assert_eq!(text(&none, &environment(&[])), "");
}
