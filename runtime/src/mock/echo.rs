//! What the upstream received, as JSON.

use http::request::Parts;
use serde_json::{Map, Value, json};

/// Bytes of the request body that are shown.
const MAX_SHOWN: usize = 4 * 1024;

pub(super) fn describe(head: &Parts, body: &[u8]) -> Value {
    let mut headers = Map::new();
    for name in head.headers.keys() {
        let values = head.headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        headers.insert(name.to_string(), values.collect());
    }
    json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "query": head.uri.query(),
        "host": head.headers.get("host").map(|host| String::from_utf8_lossy(host.as_bytes())),
        "headers": headers,
        "body_bytes": body.len(),
        "body": shown(body),
    })
}

/// The beginning of a text; `None` for what is not one.
fn shown(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let end = text.floor_char_boundary(MAX_SHOWN);
    Some(if end < text.len() {
        format!("{}…", &text[..end])
    } else {
        text.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn the_request_is_told() {
        let (head, ()) = Request::post("/api/x/%2F?a=1&a=2")
            .header("host", "cloud-api:8000")
            .header("x-many", "1")
            .header("x-many", "2")
            .body(())
            .expect("a request")
            .into_parts();
        assert_eq!(
            describe(&head, b"{\"a\":1}"),
            json!({
                "method": "POST",
                "path": "/api/x/%2F",
                "query": "a=1&a=2",
                "host": "cloud-api:8000",
                "headers": { "host": ["cloud-api:8000"], "x-many": ["1", "2"] },
                "body_bytes": 7,
                "body": "{\"a\":1}",
            })
        );
    }

    #[test]
    fn bodies_are_shown_within_bounds() {
        let long = "é".repeat(MAX_SHOWN);
        for (body, expected) in [
            (&b""[..], Some(String::new())),
            (b"text", Some("text".to_owned())),
            (b"\xff\xfe", None),
            (
                long.as_bytes(),
                Some(format!("{}…", "é".repeat(MAX_SHOWN / 2))),
            ),
        ] {
            assert_eq!(shown(body), expected);
        }
    }
}
