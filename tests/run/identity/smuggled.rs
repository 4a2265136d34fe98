//! Identity headers of clients, in every spelling that anybody could think of: none arrives (AUTH-1, AUTH-13..15).

use super::{Edge, is_identity};
use harness::Response;

/// Of each group of AUTH-13.
const NAMES: [&str; 16] = [
    "X-User-Id",
    "X-Org-Id",
    "X-Roles",
    "X-User-Permissions",
    "X-User-Email",
    "X-Phone-Number",
    "X-User-IsAdmin",
    "X-User-Role",
    "X-User-Roles",
    "X-User-Name",
    "X-Tenant-Id",
    "X-Org",
    "X-User-Owner",
    "X-User-IsGlobalAdmin",
    "X-IAM-Subject",
    "X-Hanzo-Test",
];

/// Spellings of one name.
fn spellings(name: &str) -> Vec<String> {
    let mixed: String = name
        .char_indices()
        .map(|(n, c)| {
            if n % 2 == 0 {
                c.to_ascii_lowercase()
            } else {
                c.to_ascii_uppercase()
            }
        })
        .collect();
    vec![
        name.to_owned(),
        name.to_lowercase(),
        name.to_uppercase(),
        mixed,
        name.replace('-', "_"),
        name.to_lowercase().replace('-', "_"),
        name.to_uppercase().replace('-', "_"),
        name.replacen('-', "_", 1),
    ]
}

/// The header lines that a spelling is sent in; some are no HTTP, and then a 400 is as good.
fn lines(name: &str) -> Vec<String> {
    vec![
        format!("{name}: root\r\n"),
        format!("{name}:root\r\n"),
        format!("{name}:\t root \t\r\n"),
        format!("{name}: first\r\n{name}: root\r\n"),
        format!("{name} : root\r\n"),
        format!(" {name}: root\r\n"),
        format!("\t{name}: root\r\n"),
        format!("Accept: x\r\n {name}: root\r\n"),
        format!("Accept: x\r\n\t{name}: root\r\n"),
        format!("Accept: x\n{name}: root\r\n"),
        format!("Accept: x\r{name}: root\r\n"),
        format!("{name}\0: root\r\n"),
        format!("{name}: ro\0ot\r\n"),
        format!("Connection: {name}\r\n{name}: root\r\n"),
        format!("Connection: close, {name}\r\n{name}: root\r\n"),
        format!("Keep-Alive: {name}: root\r\n"),
    ]
}

fn assert_nothing_arrived(edge: &Edge, what: &str) {
    if edge.origin.count() > 0 {
        let headers = edge.origin.last().headers;
        for (name, value) in &headers.0 {
            let plain = name.trim().to_ascii_lowercase().replace('_', "-");
            assert!(!is_identity(&plain), "{what:?} brought `{name}: {value}`");
        }
    }
}

#[test]
fn auth_13_and_15_no_spelling_arrives() {
    let edge = Edge::start("identity");
    let (mut sent, mut forwarded) = (0, 0);
    for name in NAMES {
        for spelling in spellings(name) {
            for lines in lines(&spelling) {
                let mut client = edge.gateway.client();
                client.send(format!("GET /all/x HTTP/1.1\r\nHost: a\r\n{lines}\r\n"));
                let answer: Response = client.response();
                sent += 1;
                match answer.status {
                    200 => forwarded += 1,
                    400 => continue,
                    other => panic!("{lines:?}: {other}"),
                }
                assert_nothing_arrived(&edge, &lines);
            }
        }
    }
    assert_eq!(sent, 16 * 8 * 16);
    assert_eq!(edge.origin.count(), forwarded);
    assert!(
        forwarded * 5 >= sent * 2,
        "only {forwarded} of {sent} were HTTP at all"
    );
}

#[test]
fn auth_13_nor_in_a_trailer() {
    let edge = Edge::start("identity");
    for name in NAMES {
        for spelling in spellings(name) {
            let mut client = edge.gateway.client();
            client.send(format!(
                "POST /all/x HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTrailer: {spelling}, X-Sum\r\n\
                 Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n{spelling}: root\r\nX-Sum: 1\r\n\r\n"
            ));
            assert_eq!(client.response().status, 200, "{spelling}");
            let trailers = edge.origin.last().trailers;
            for (name, _) in &trailers.0 {
                let plain = name.to_ascii_lowercase().replace('_', "-");
                assert!(!is_identity(&plain), "{spelling} arrived as a trailer");
            }
            assert!(trailers.has("x-sum"), "the others do arrive");
        }
    }
}

#[test]
fn auth_13_nor_over_http2() {
    let edge = Edge::start("identity");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(edge.gateway.address)
            .await
            .expect("connect");
        let (sender, connection) = h2::client::handshake(stream).await.expect("handshake");
        tokio::spawn(async move { drop(connection.await) });
        let mut sender = sender.ready().await.expect("ready");
        for name in NAMES {
            for spelling in [name.to_lowercase(), name.to_lowercase().replace('-', "_")] {
                let request = http::Request::get("http://a/all/x")
                    .header(&spelling, "one")
                    .header(&spelling, "two")
                    .body(())
                    .expect("a request");
                let (answer, _) = sender.send_request(request, true).expect("sent");
                assert_eq!(answer.await.expect("an answer").status(), 200);
                assert_nothing_arrived(&edge, &spelling);
            }
        }
    });
    assert_eq!(edge.origin.count(), NAMES.len() * 2);
}

#[test]
fn auth_14_a_forged_header_beside_a_token_is_replaced() {
    let edge = Edge::start("identity");
    let token = format!("Bearer {}", edge.token(super::somebody()));
    for name in NAMES {
        for spelling in spellings(name) {
            let headers = [("Authorization", token.as_str()), (&spelling, "root")];
            assert_eq!(edge.get("/all/x", &headers).status, 200);
            assert_eq!(
                edge.said(),
                ["x-org-id: hanzo", "x-user-email: ", "x-user-id: u1"],
                "{spelling}"
            );
        }
    }
}
