//! Request bodies: streamed, and held as far as a second attempt needs them (BUG-3).

use super::{A, B, Base, Handler, ok, told};
use serde_json::json;

const STEPS_DOWN: Handler = |x, node| {
    x.body();
    node.says.lead(B);
    x.reply("503 Service Unavailable", &[], b"not me");
};

/// Sends away what it has read.
const SENDS_AWAY: Handler = |x, node| {
    x.body();
    let to = node.says.url(B);
    x.reply("307 Temporary Redirect", &[("Location", &to)], b"");
};

/// Sends away what it has not read.
const DOES_NOT_READ: Handler = |x, node| {
    let to = node.says.url(B);
    x.reply("307 Temporary Redirect", &[("Location", &to)], b"");
    x.close();
};

/// `/small` holds 16 bytes, `/rows` 64 KiB.
#[test]
fn what_is_held_can_be_sent_again() {
    for (n, (path, length, again)) in [
        ("/small", 1, true),
        ("/small", 16, true),
        ("/small", 17, false),
        ("/rows", 65_536, true),
        ("/rows", 65_537, false),
        ("/rows", 3_000_000, false),
    ]
    .into_iter()
    .enumerate()
    {
        let body: Vec<u8> = (0..=255).cycle().take(length).collect();
        let line = format!("POST {path}");

        let base = Base::start(&format!("held-{n}"), STEPS_DOWN, ok);
        let answer = base.post(&line, &[], &body);
        assert!(base.a.request(0).body == body, "{path} of {length} arrives");
        if again {
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (200, "b"),
                "{path} of {length}"
            );
            assert!(
                base.b.request(0).body == body,
                "{path} of {length} arrives again"
            );
        } else {
            // There will be no better answer.
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (503, "not me"),
                "{path} of {length}"
            );
            assert_eq!(base.counts(), (1, 0));
        }

        let base = Base::both(&format!("held-away-{n}"), SENDS_AWAY, ok);
        let answer = base.post(&line, &[], &body);
        if again {
            assert_eq!(answer.text(), "b", "{path} of {length}");
        } else {
            let held = if path == "/small" { 16 } else { 65_536 };
            let message = format!(
                "the writer has changed; a request body of more than {held} bytes is not sent twice"
            );
            let expected = json!({ "error": "writer_unreachable", "message": message });
            assert_eq!(told(&answer), (503, expected), "{path} of {length}");
            assert_eq!(base.counts(), (1, 0));
        }
    }
}

/// Chunked, so that nobody knows its length before its end.
#[test]
fn a_chunked_body_is_sent_again_too() {
    let base = Base::start("chunked", STEPS_DOWN, ok);
    let mut client = base.client();
    client.request("POST /rows", &[("Transfer-Encoding", "chunked")]);
    client.send("3\r\nrow\r\n").send("0\r\n\r\n");
    assert_eq!(client.response().text(), "b");
    let request = base.b.request(0);
    assert_eq!(request.body, b"row");
    assert_eq!(request.headers.get("transfer-encoding"), Some("chunked"));
}

/// The rest of an upload goes to the second node: what the first has not waited for is not lost.
#[test]
fn an_upload_goes_on_at_the_next_node() {
    let base = Base::both("goes-on", DOES_NOT_READ, |x, node| {
        ok(x, node);
    });
    let mut client = base.client();
    client.request("POST /rows", &[("Content-Length", "6")]);
    client.send("row");
    // The second node has the request before it is whole.
    assert_eq!(base.b.request(0).method, "POST");
    client.send("row");
    assert_eq!(client.response().text(), "b");
    assert_eq!(base.b.last().body, b"rowrow");
    assert_eq!(base.counts(), (1, 1));
}

/// What the client does wrong is no failure of the writer.
#[test]
fn a_client_that_breaks_off_is_not_retried() {
    let base = Base::start("breaks-off", ok, ok);
    let mut client = base.client();
    client.request("POST /rows", &[("Transfer-Encoding", "chunked")]);
    client.send("3\r\nrow\r\nnonsense\r\n");
    assert_eq!(client.response().status, 400);
    assert_eq!(base.b.count(), 0);
    // The writer is still the writer.
    assert_eq!(base.post("POST /rows", &[], b"row").text(), "a");
    base.follows(A);
}
