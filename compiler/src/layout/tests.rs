//! What the layout is, by example; and that it never changes what a config says.

use super::*;
use crate::json;
use std::{fs, path::Path};

fn laid_out(text: &str) -> String {
    let source = Source::new("gateway.json", text);
    let (root, findings) = json::parse(&source);
    assert!(findings.is_empty(), "{findings:?}");
    lay_out(&source, &root.expect("a node"))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let once = laid_out(text);
    assert_eq!(once, expected, "laid out:\n{once}");
    assert_eq!(laid_out(&once), once, "a second time");
}

#[test]
fn literals_keys_and_order_stay() {
    check(
        "\u{feff}{\"b\":1.50,\r\n\"a\":\"\\u00e9\\/\",\"@c\":1,\"@c\":null,\"x\":[],\"y\":{ }}",
        "{\n  \"b\": 1.50,\n  \"a\": \"\\u00e9\\/\",\n  \"@c\": 1,\n  \"@c\": null,\n  \"x\": [],\n  \"y\": {}\n}\n",
    );
}

#[test]
fn an_endpoint_is_open_and_its_route_one_line() {
    check(
        r#"{"endpoints":[{"endpoint":"/a","method":"GET","backend":[{"url_pattern":"/b"}]},{"method":"GET","timeout":"1s"}]}"#,
        r#"{
  "endpoints": [
    {
      "endpoint": "/a", "method": "GET",
      "backend": [{ "url_pattern": "/b" }]
    },
    {
      "method": "GET",
      "timeout": "1s"
    }
  ]
}
"#,
    );
}

#[test]
fn objects_of_objects_are_open() {
    check(
        r#"{"extra_config":{"proxy":{"max_payload":1},"auth/public":true},"x":{"a":{"b":1},"c":{"d":2}}}"#,
        r#"{
  "extra_config": { "proxy": { "max_payload": 1 }, "auth/public": true },
  "x": {
    "a": { "b": 1 },
    "c": { "d": 2 }
  }
}
"#,
    );
}

#[test]
fn long_lists_are_filled_and_one_long_object_hugs_its_list() {
    let (name, host) = ("\"abcdefghij\"", "h".repeat(100));
    let list = [name; 12].join(",");
    let eight = [name; 8].join(", ");
    let four = [name; 4].join(", ");
    check(
        &format!("{{\"list\":[{list}],\"backend\":[{{\"host\":[\"{host}\"],\"u\":1}}]}}"),
        &format!(
            "{{\n  \"list\": [\n    {eight},\n    {four}\n  ],\n  \"backend\": [{{\n    \"host\": [\"{host}\"],\n    \"u\": 1\n  }}]\n}}\n"
        ),
    );
}

#[test]
fn one_blank_line_stays() {
    check(
        "{\n\n\n\"a\":1,\n\n\n\n\"b\":[{\"c\":{\"x\":1},\"d\":{\"y\":2}}\n\n,3],\"e\":[1,\n\n2]\n\n}",
        "{\n  \"a\": 1,\n\n  \"b\": [\n    {\n      \"c\": { \"x\": 1 },\n      \"d\": { \"y\": 2 }\n    },\n\n    3\n  ],\n  \"e\": [1, 2]\n}\n",
    );
}

/// All that there is: the configs of the repository and every case of `tests/` that is JSON.
#[test]
fn no_config_changes_its_meaning() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for dir in ["configs", "tests/ui", "tests/golden"] {
        for entry in fs::read_dir(root.join(dir)).expect("it is there").flatten() {
            let path = entry.path().join("gateway.json");
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let name = path.display().to_string();
            let source = Source::new(name.as_str(), text);
            let (Some(before), findings) = json::parse(&source) else {
                continue;
            };
            if !findings.is_empty() {
                continue;
            }
            let text = lay_out(&source, &before);
            let after = Source::new(name.as_str(), text);
            let (Some(root), _) = json::parse(&after) else {
                panic!("{name}: no longer JSON:\n{}", after.text);
            };
            assert!(same(&before, &root), "{name}: says something else");
            assert_eq!(lay_out(&after, &root), after.text, "{name}: a second time");
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} configs were found");
}

#[test]
fn the_config_to_copy_is_laid_out() {
    let text = include_str!("../../../configs/example/gateway.json");
    assert_eq!(laid_out(text), text);
}
