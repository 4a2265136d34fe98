//! What backends are told (AUTH-25..28, AUTH-14, AUTH-35, AUTH-36, PIPE-6).

use super::{Edge, somebody};
use serde_json::{Value, json};

#[test]
fn auth_10_every_header_of_the_table() {
    let edge = Edge::start("identity");
    let table: &[(Value, &[&str])] = &[
        (json!({}), &["x-org-id: ", "x-user-email: ", "x-user-id: "]),
        (
            json!({ "sub": "u1", "owner": "hanzo", "email": "a@b.c" }),
            &["x-org-id: hanzo", "x-user-email: a@b.c", "x-user-id: u1"],
        ),
        (
            json!({ "preferred_username": "p", "name": "n" }),
            &["x-org-id: ", "x-user-email: ", "x-user-id: p"],
        ),
        (
            json!({ "name": "n" }),
            &["x-org-id: ", "x-user-email: ", "x-user-id: n"],
        ),
        (
            json!({ "sub": "u1", "roles": ["admin", "viewer"], "phone_number": "+1" }),
            &[
                "x-org-id: ",
                "x-phone-number: +1",
                "x-roles: admin,viewer",
                "x-user-email: ",
                "x-user-id: u1",
            ],
        ),
        (
            json!({ "sub": "u1", "roles": [{ "name": "a" }, { "name": "b" }], "phone": "2" }),
            &[
                "x-org-id: ",
                "x-phone-number: 2",
                "x-roles: a,b",
                "x-user-email: ",
                "x-user-id: u1",
            ],
        ),
        (
            json!({ "sub": "u1", "roles": [], "permissions": [{ "name": "admin" }, { "name": "live" }] }),
            &[
                "x-org-id: ",
                "x-user-email: ",
                "x-user-id: u1",
                "x-user-permissions: 20",
            ],
        ),
        (
            json!({ "sub": "u1", "permissions": ["live", "test"] }),
            &[
                "x-org-id: ",
                "x-user-email: ",
                "x-user-id: u1",
                "x-user-permissions: 12",
            ],
        ),
        (
            json!({ "sub": "u1", "permissions": 64 }),
            &[
                "x-org-id: ",
                "x-user-email: ",
                "x-user-id: u1",
                "x-user-permissions: 64",
            ],
        ),
        (
            json!({ "sub": "u1", "permissions": ["made-up"] }),
            &["x-org-id: ", "x-user-email: ", "x-user-id: u1"],
        ),
        (
            json!({ "sub": "u1", "permissions": "not-a-list", "isAdmin": false }),
            &["x-org-id: ", "x-user-email: ", "x-user-id: u1"],
        ),
        (
            json!({ "sub": "u1", "isAdmin": true }),
            &[
                "x-org-id: ",
                "x-user-email: ",
                "x-user-id: u1",
                "x-user-isadmin: true",
                "x-user-permissions: 20",
            ],
        ),
        // Projects are the client's, unless the config says otherwise.
        (
            json!({ "sub": "u1", "project": "p", "billing_account": "b" }),
            &["x-org-id: ", "x-user-email: ", "x-user-id: u1"],
        ),
        // Nothing is smuggled in a claim.
        (
            json!({ "sub": "u1", "email": "a\r\nX-Roles: admin", "roles": ["a,admin", "b\nX-Org-Id: x", "c"] }),
            &[
                "x-org-id: ",
                "x-roles: c",
                "x-user-email: ",
                "x-user-id: u1",
            ],
        ),
    ];
    for (claims, expected) in table {
        // Twice: the second is answered from what the core remembers.
        for _ in 0..2 {
            assert_eq!(edge.get_as("/all/x", claims.clone()).status, 200);
            assert_eq!(edge.said(), *expected, "{claims}");
        }
    }
}

#[test]
fn auth_27_and_14_hardened() {
    let edge = Edge::start("hardened");
    for (claims, expected) in [
        (
            json!({ "sub": "u1", "owner": "hanzo", "isAdmin": true }),
            "x-user-permissions: 4",
        ),
        (
            json!({ "sub": "u1", "owner": "admin", "isAdmin": true }),
            "x-user-permissions: 20",
        ),
        (json!({ "sub": "u1", "project": "p" }), "x-project-id: p"),
        (
            json!({ "sub": "u1", "billing_account": "b" }),
            "x-billing-account-id: b",
        ),
    ] {
        assert_eq!(edge.get_as("/free", claims.clone()).status, 200);
        let said = edge.said();
        assert!(said.contains(&expected.to_owned()), "{claims}: {said:?}");
    }
    let token = format!("Bearer {}", edge.token(somebody()));
    let forged = [
        ("Authorization", token.as_str()),
        ("X-Project-Id", "theirs"),
        ("x_billing_account_id", "theirs"),
    ];
    assert_eq!(edge.get("/free", &forged).status, 200);
    assert!(edge.said().iter().all(|line| !line.contains("theirs")));
}

#[test]
fn pipe_6_only_what_is_listed_arrives() {
    let edge = Edge::start("identity");
    let claims = json!({ "sub": "u1", "owner": "hanzo", "roles": ["a"], "isAdmin": true });
    assert_eq!(edge.get_as("/listed", claims).status, 200);
    assert_eq!(edge.said(), ["x-roles: a", "x-user-id: u1"]);
}

#[test]
fn auth_36_a_closed_endpoint_wants_to_know_who_calls() {
    let edge = Edge::start("identity");
    let key = [("Authorization", "Bearer hk-live")];
    for headers in [&[][..], &key, &[("X-User-Id", "forged")]] {
        let refused = edge.get("/closed", headers);
        assert_eq!(refused.status, 401, "{headers:?}");
        assert_eq!(
            refused.text(),
            r#"{"error":"unauthorized","message":"Authentication required"}"#
        );
    }
    assert_eq!(edge.get_as("/closed", json!({})).status, 401, "nobody");
    assert_eq!(edge.origin.count(), 0);
    assert_eq!(edge.get_as("/closed", somebody()).status, 200);
    assert_eq!(edge.origin.count(), 1);
}

#[test]
fn auth_1_project_ids_of_clients_pass_by_default() {
    let edge = Edge::start("identity");
    edge.get("/all/x", &[("X-Project-Id", "theirs")]);
    assert_eq!(edge.said(), ["x-project-id: theirs"]);
}
