//! Where tokens are looked for, and where not at all (AUTH-2, AUTH-4, AUTH-5, AUTH-16..18).

use super::{Edge, somebody};

/// What became of a request at the edge.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Seen {
    /// Somebody's.
    Known,
    /// Nobody's, and forwarded.
    Anonymous,
    Refused,
}

fn seen(edge: &Edge, path: &str, headers: &[(&str, &str)]) -> Seen {
    let before = edge.origin.count();
    let answer = edge.get(path, headers);
    match answer.status {
        401 => {
            assert_eq!(edge.origin.count(), before, "refused and yet forwarded");
            Seen::Refused
        }
        200 if edge.said().contains(&"x-user-id: u1".to_owned()) => Seen::Known,
        200 => {
            assert_eq!(edge.said(), [""; 0], "nobody's");
            Seen::Anonymous
        }
        other => panic!("{path} with {headers:?}: {other}"),
    }
}

#[test]
fn auth_16_to_18_every_row() {
    use Seen::{Anonymous, Known, Refused};
    let edge = Edge::start("identity");
    let token = edge.token(somebody());
    let bearer = format!("Bearer {token}");
    let lower = format!("bearer {token}");
    let spaced = format!("BEARER   {token}  ");
    let cookie = |name: &str| format!("a=b; {name}={token}; c=d");
    let (iam, casdoor, access, hanzo) = (
        cookie("iam_access_token"),
        cookie("casdoor_access_token"),
        cookie("access_token"),
        cookie("hanzo_token"),
    );
    let first = format!("hanzo_token=junk; iam_access_token={token}");
    let second = format!("hanzo_token={token}; iam_access_token=junk");
    let empty = format!("iam_access_token=; hanzo_token={token}");
    let table: &[(&[(&str, &str)], Seen)] = &[
        (&[], Anonymous),
        (&[("Authorization", &bearer)], Known),
        (&[("authorization", &lower)], Known),
        (&[("Authorization", &spaced)], Known),
        (&[("X-Authorization", &bearer)], Known),
        (
            &[("Authorization", ""), ("X-Authorization", &bearer)],
            Known,
        ),
        (
            &[("Authorization", "Basic x"), ("X-Authorization", &bearer)],
            Anonymous,
        ),
        (&[("Authorization", "Basic x"), ("Cookie", &access)], Known),
        (&[("Authorization", "Bearer")], Anonymous),
        (&[("Authorization", &token)], Anonymous),
        (&[("Cookie", &iam)], Known),
        (&[("Cookie", &casdoor)], Known),
        (&[("Cookie", &access)], Known),
        (&[("Cookie", &hanzo)], Known),
        (&[("Cookie", &first)], Known),
        (&[("Cookie", &second)], Refused),
        (&[("Cookie", &empty)], Known),
        (&[("Cookie", "session=1")], Anonymous),
        (&[("Authorization", "Bearer hk-1")], Anonymous),
        (&[("Authorization", "Bearer hk_live_1")], Anonymous),
        (&[("Authorization", "Bearer sk-1")], Anonymous),
        (&[("Authorization", "Bearer fw_1")], Anonymous),
        (&[("Authorization", "Bearer pk-1")], Anonymous),
        (&[("Authorization", "Bearer sk")], Refused),
        (&[("Authorization", "Bearer HK-1")], Refused),
        (&[("Authorization", "Bearer xx-1")], Refused),
        (
            &[("Authorization", "Bearer junk"), ("Cookie", &access)],
            Refused,
        ),
        // Two that a backend could read the other way round.
        (
            &[("Authorization", &bearer), ("Authorization", "Bearer hk-1")],
            Refused,
        ),
        (
            &[("Authorization", "Bearer hk-1"), ("Authorization", &bearer)],
            Refused,
        ),
        (
            &[("Authorization", &bearer), ("authorization", &bearer)],
            Refused,
        ),
        // A client that takes its own token away takes itself away.
        (
            &[("Authorization", &bearer), ("Connection", "authorization")],
            Anonymous,
        ),
        (
            &[
                ("Authorization", &bearer),
                ("Connection", "x-user-id, x-roles"),
            ],
            Known,
        ),
    ];
    for (headers, expected) in table {
        assert_eq!(seen(&edge, "/all/x", headers), *expected, "{headers:?}");
    }
}

#[test]
fn auth_5_on_a_public_path_no_token_is_looked_at() {
    use Seen::{Anonymous, Refused};
    let edge = Edge::start("identity");
    let good = format!("Bearer {}", edge.token(somebody()));
    for token in [good.as_str(), "Bearer junk"] {
        let headers = [("Authorization", token)];
        assert_eq!(seen(&edge, "/open/x", &headers), Anonymous);
        assert_eq!(seen(&edge, "/op%65n/x", &headers), Anonymous);
    }
    for path in ["/openly", "/all/open", "/all/x?/open", "/OPEN", "/nowhere"] {
        assert_eq!(
            seen(&edge, path, &[("Authorization", "Bearer junk")]),
            Refused,
            "{path}"
        );
    }
}

#[test]
fn auth_4_a_host_that_a_client_names_opens_nothing() {
    let edge = Edge::start("identity");
    for host in ["hanzo.id", "lux.id", "iam.hanzo.ai", "id.test"] {
        let mut client = edge.gateway.client();
        client.send(format!(
            "GET /all/x HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer junk\r\n\r\n"
        ));
        assert_eq!(client.response().status, 401, "{host}");
    }
}

#[test]
fn auth_6_with_require_nobody_comes_without_a_token() {
    use Seen::{Anonymous, Known, Refused};
    let edge = Edge::start("hardened");
    let bearer = format!("Bearer {}", edge.token(somebody()));
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Seen);
    let table: &[Row<'_>] = &[
        ("/free", &[], Refused),
        ("/nowhere", &[], Refused),
        ("/free", &[("Authorization", "Basic x")], Refused),
        ("/free", &[("Authorization", "Bearer hk-1")], Anonymous),
        ("/free", &[("Authorization", &bearer)], Known),
        ("/open/x", &[], Anonymous),
    ];
    for (path, headers, expected) in table {
        assert_eq!(seen(&edge, path, headers), *expected, "{path} {headers:?}");
    }
    for path in ["/healthz", "/readyz", "/__health"] {
        assert_eq!(edge.get(path, &[]).status, 200, "{path} (PIPE-2)");
    }
}

#[test]
fn auth_2_switched_off_it_strips_and_does_nothing_else() {
    let edge = Edge::with("identity", |launch| launch.env("AUTH_ENABLED", "FALSE"));
    let good = format!("Bearer {}", edge.token(somebody()));
    for token in [good.as_str(), "Bearer junk"] {
        let headers = [("Authorization", token), ("X-User-Id", "forged")];
        assert_eq!(seen(&edge, "/all/x", &headers), Seen::Anonymous);
    }
    // Where somebody must be known, nobody is.
    assert_eq!(
        seen(&edge, "/closed", &[("Authorization", &good)]),
        Seen::Refused
    );
}
