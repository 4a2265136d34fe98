//! What SARIF 2.1.0 demands of the parts of a result; each panics with the part that is not so.

use serde_json::Value;

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn message(value: &Value) {
    let text = value["text"].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "no text in {value}");
    let bare = text.replace("{{", "").replace("}}", "");
    assert!(
        !bare.contains(['{', '}']),
        "a brace that is not doubled: {text}"
    );
}

pub fn level(value: &Value) {
    let known = ["none", "note", "warning", "error"];
    assert!(
        value.as_str().is_some_and(|level| known.contains(&level)),
        "{value}"
    );
}

pub fn place(value: &Value, files: &[String]) {
    artifact(&value["artifactLocation"], files);
    region(&value["region"]);
}

pub fn artifact(value: &Value, files: &[String]) {
    let index = usize::try_from(value["index"].as_u64().expect("an index")).expect("small");
    assert_eq!(value["uri"], files[index].as_str());
}

pub fn region(value: &Value) {
    let at = |line: &str, column: &str| {
        let number = |key: &str| value[key].as_u64().expect("a number");
        (number(line), number(column))
    };
    let (start, end) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
    assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{value}");
}
