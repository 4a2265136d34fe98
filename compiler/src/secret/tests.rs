//! What is a secret, what only looks like one, and that none is ever shown.

use super::*;
use crate::{diagnostic::render_human, front};

/// Put together here, so that no scanner of repositories mistakes this file for a leak.
fn secrets() -> Vec<String> {
    let drawn = "4eC39HqLyjWDarjtT1zdp7dc";
    vec![
        format!("{}{drawn}", "sk-"),
        format!("{}proj-{drawn}", "sk-"),
        format!("{}{drawn}", "hk_live_"),
        format!("{}{drawn}", "sk_live_"),
        format!("{}{drawn}{drawn}", "ghp_"),
        format!("{}{}", "AKIA", "IOSFODNN7EXAMPL2"),
        format!("Bearer {drawn}"),
        format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0xx.{drawn}"),
        format!(
            "-----BEGIN {} KEY-----\nMIIEvQ\n-----END {} KEY-----",
            "PRIVATE", "PRIVATE"
        ),
        format!("https://user:{drawn}@example.com/x"),
        format!("{{\"kty\": \"oct\", \"k\": \"{drawn}\"}}"),
    ]
}

#[test]
fn shapes_of_secrets_are_known() {
    for secret in secrets() {
        assert!(shape::find(&secret).is_some(), "{secret}");
        let text = format!("see {secret} there");
        let shown = concealed(&text).expect("something is hidden");
        assert!(shape::find(&shown).is_none(), "{shown}");
    }
}

#[test]
fn other_texts_are_left_alone() {
    for text in [
        "",
        "sk-",
        "sk-learn-models-for-everybody",
        "/v1/sk-1234567890/models",
        "task-4eC39HqLyjWDarjtT1zdp7dc",
        "Bearer {token}",
        "Bearer",
        "AKIA",
        "https://hanzo.id/.well-known/jwks",
        "https://user@example.com",
        "https://user:${PASSWORD}@example.com",
        "http://[2001:db8::1]:8000/@x",
        "eyJ.eyJ.x",
        "-----BEGIN PUBLIC KEY-----",
        "{\"kty\": \"EC\", \"x\": \"4eC39HqLyjWDarjtT1zdp7dc\"}",
        "{\"d\": \"a duration of 12 to 24 hours\"}",
        "4eC39HqLyjWDarjtT1zdp7dc",
    ] {
        assert_eq!(shape::find(text), None, "{text}");
    }
}

#[test]
fn keys_that_hold_secrets_hold_them() {
    for (value, expected) in [
        ("hunter2", 1),
        ("", 0),
        ("${SECRET}", 0),
        ("$SECRET", 0),
        ("{{ .secret }}", 0),
        ("<your secret>", 0),
    ] {
        let text = serde_json::json!({ "client_secret": value }).to_string();
        let (root, _) = json::parse(&Source::new("gateway.json", text));
        let found = judge(&root.expect("JSON"));
        assert_eq!(found.len(), expected, "{value}");
    }
}

/// Also where another finding shows the line, where the file is no JSON, and where a message quotes the text.
#[test]
fn nothing_that_is_rendered_holds_a_secret() {
    for secret in secrets() {
        let literal = serde_json::Value::from(secret.as_str());
        let core = secret
            .rsplit([' ', ':', '\n'])
            .find(|part| part.len() > 5)
            .unwrap_or(&secret);
        let core = core.split('@').next().unwrap_or(core);
        let core = core.trim_matches(['"', '}']);
        for text in [
            format!("{{ \"version\": 3, \"@note\": {literal}, \"banana\": 1 }}"),
            format!("{{ \"version\": 3, \"name\": {literal}, \"port\": \"8080\" }}"),
            format!("{{ \"version\": 3, \"name\": {literal} \"port\": 1 }}"),
            format!(
                "{{ \"version\": 3, \"endpoints\": [{{ \"endpoint\": \"/a\", \"input_headers\": [{literal}], \"backend\": [{{ \"host\": [{literal}] }}] }}] }}"
            ),
        ] {
            let source = Source::new("gateway.json", text);
            let (_, findings) = front::read(&source);
            assert!(!findings.is_empty(), "{}", source.text);
            let shown = render_human(&findings, &source, false)
                + &crate::diagnostic::render_json(&findings, &source);
            assert!(!shown.contains(core), "{core} in\n{shown}");
        }
    }
}

#[test]
fn a_text_that_is_no_json_is_masked_too() {
    for (text, expected) in [
        (
            "{ \"password\" : \"geheim\", }",
            "{ \"password\" : \"******\", }",
        ),
        ("{ \"api_key\":\n  geheim\n", "{ \"api_key\":\n  ******\n"),
        ("{ \"password\" \"geheim\" }", "{ \"password\" \"geheim\" }"),
        ("{ \"name\": \"geheim\", }", "{ \"name\": \"geheim\", }"),
    ] {
        assert_eq!(masked(&Source::new("gateway.json", text)), expected);
    }
}

#[test]
fn a_masked_text_keeps_its_places() {
    let secret = &secrets()[0];
    let text = format!("{{\"ä\": \"{secret}\",\n\"password\": \"geheim ü\"}}");
    let source = Source::new("gateway.json", text.clone());
    let shown = masked(&source);
    assert_eq!(shown.len(), text.len());
    let stars = "*".repeat(secret.len());
    assert_eq!(
        shown,
        format!("{{\"ä\": \"{stars}\",\n\"password\": \"*********\"}}")
    );
}
