//! Which endpoint takes a request, and to which upstream path it goes.

use harness::{Gateway, Launch, Origin, gateway::ORIGIN};

/// Request line of the client → request line at the origin.
#[test]
fn a_request_goes_to_the_most_specific_route() {
    let cases = [
        ("GET /bare", "GET /bare"),
        ("GET /bare?x=1", "GET /bare"),
        ("POST /bare", "POST /bare"),
        ("GET http://gateway.test/bare", "GET /bare"),
        ("GET /as-post", "POST /as-post"),
        // Static beats parameter beats wildcard.
        ("GET /users/me", "GET /static"),
        ("GET /users/7", "GET /param/7?kind=user"),
        ("GET /users/7?x=1&y", "GET /param/7?kind=user&x=1&y"),
        ("GET /users/", "GET /wild/"),
        ("GET /users/7/likes", "GET /wild/7/likes"),
        ("GET /users/me/likes?x=1", "GET /wild/me/likes?x=1"),
        ("GET /users/7/posts/9", "GET /posts/9/of/7"),
        ("GET /users/7/posts/9/a", "GET /wild/7/posts/9/a"),
        // The deepest wildcard wins; it may match nothing, but not the path without its slash.
        ("GET /deep/a", "GET /shallow/a"),
        ("GET /deep/er", "GET /shallow/er"),
        ("GET /deep/er/", "GET /deeper/"),
        ("GET /deep/er/a/b/c", "GET /deeper/a/b/c"),
        // HEAD falls back to the GET route, and is forwarded as a HEAD.
        ("GET /own-head", "GET /for-get"),
        ("HEAD /own-head", "HEAD /for-head"),
        ("HEAD /bare", "HEAD /bare"),
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (sent, expected) in cases {
        assert_eq!(gateway.ask(sent, &[]).status, 200, "{sent}");
        let got = origin.last();
        assert_eq!(format!("{} {}", got.method, got.target), expected, "{sent}");
    }
}

/// What is forwarded is what the client wrote: nothing is decoded, encoded again, or tidied.
#[test]
fn encoded_paths_arrive_as_they_were_sent() {
    let cases = [
        ("/all/a%2Fb", "/all/a%2Fb"),
        ("/all/a%2fb", "/all/a%2fb"),
        ("/all/%7Euser", "/all/%7Euser"),
        ("/all/a%20b%3Fc%23d", "/all/a%20b%3Fc%23d"),
        ("/all/caf%C3%A9", "/all/caf%C3%A9"),
        ("/all/a;v=1,2/b@c:d", "/all/a;v=1,2/b@c:d"),
        ("/all/a%25", "/all/a%25"),
        ("/users/a%2Fb", "/param/a%2Fb?kind=user"),
        // An escaped unreserved character is the same character (RFC 3986 6.2.2.2): this is /users/me.
        ("/users/%6de", "/static"),
        ("/%75sers/x", "/param/x?kind=user"),
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (sent, expected) in cases {
        assert_eq!(gateway.get(sent).status, 200, "{sent}");
        assert_eq!(origin.last().target, expected, "{sent}");
    }
}

#[test]
fn a_path_that_two_readers_could_read_differently_is_refused() {
    let paths = [
        "/all/%",
        "/all/%2",
        "/users/%7",
        "/all/%zz",
        "/all/a%00b",
        "/all/a%0d%0ab",
        "/all/%7f",
        "/all/.",
        "/all/..",
        "/all/../bare",
        "/all/a/./b",
        "/all/a/../b",
        "/all/%2e%2e/bare",
        "/all/.%2E/bare",
        "/all/a%2F..%2Fb",
        "/all/..%5Cbare",
        "/all/a%5c..%5cb",
        "//bare",
        "/all//b",
        "/all/a//",
    ];
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for path in paths {
        let answer = gateway.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        assert!(
            answer.json()["message"].is_string(),
            "{path}: {}",
            answer.text()
        );
    }
    assert_eq!(origin.count(), 0, "refused requests reached the origin");
}

/// PIPE-3.
#[test]
fn no_route_is_a_404_and_another_method_a_405() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (line, status, body) in [
        ("GET /", 404, "404 page not found"),
        ("GET /nothing/here", 404, "404 page not found"),
        ("GET /BARE", 404, "404 page not found"),
        ("DELETE /bare", 405, "405 method not allowed"),
        ("OPTIONS /bare", 405, "405 method not allowed"),
    ] {
        let answer = gateway.ask(line, &[]);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (status, body),
            "{line}"
        );
        let kind = answer.headers.get("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/plain"), "{line}: {kind}");
        assert_eq!(
            answer.headers.get("x-gateway-completed"),
            Some("false"),
            "{line}"
        );
        assert!(answer.headers.has("x-powered-by"), "{line}");
        let allow = answer.headers.get("allow").unwrap_or_default();
        assert_eq!(
            allow.contains("GET") && allow.contains("POST"),
            status == 405,
            "{line}: {allow}"
        );
    }
    assert_eq!(origin.count(), 0);
}

/// PIPE-4. The new place is a path of this gateway, whatever the request line said.
#[test]
fn a_slash_too_many_or_too_few_is_redirected() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    for (line, status, place) in [
        ("GET /bare/", 301, "/bare"),
        ("GET /bare/?x=1", 301, "/bare?x=1"),
        ("POST /bare/", 307, "/bare"),
        ("GET /with-slash", 301, "/with-slash/"),
        ("HEAD /with-slash", 301, "/with-slash/"),
        ("POST /with-slash?a=b&c", 307, "/with-slash/?a=b&c"),
        ("GET /all", 301, "/all/"),
        ("GET http://gateway.test/bare/", 301, "/bare"),
    ] {
        let answer = gateway.ask(line, &[]);
        assert_eq!(
            (answer.status, answer.headers.get("location")),
            (status, Some(place)),
            "{line}"
        );
    }
    assert_eq!(origin.count(), 0);
}

#[test]
fn router_options_change_the_edges() {
    let origin = Origin::ok();
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();

    let missing = gateway.get("/nothing");
    assert_eq!(
        (missing.status, missing.json()["error"].as_str()),
        (404, Some("no such route"))
    );
    let wrong = gateway.ask("DELETE /a", &[]);
    assert_eq!(
        (wrong.status, wrong.json()["error"].as_str()),
        (405, Some("not that way"))
    );
    assert!(
        wrong
            .headers
            .get("allow")
            .unwrap_or_default()
            .contains("GET")
    );

    let options = gateway.ask("OPTIONS /a", &[]);
    assert_eq!((options.status, options.body.len()), (200, 0));
    let allow = options.headers.get("allow").unwrap_or_default();
    assert!(
        allow.contains("GET") && allow.contains("POST"),
        "Allow: {allow}"
    );

    assert_eq!(
        gateway.get("/a/").status,
        404,
        "trailing-slash redirects are off"
    );
    assert_eq!(gateway.get("//a").status, 200, "extra slashes are merged");
    assert_eq!(origin.last().target, "/a");
    let brand = missing.headers.get("x-powered-by").unwrap_or_default();
    assert!(
        !brand.is_empty() && !brand.contains("0."),
        "the version is hidden: {brand}"
    );
}

#[test]
fn what_is_switched_off_is_off() {
    let origin = Origin::ok();
    let gateway = Launch::golden("plain")
        .resolve(ORIGIN, origin.address)
        .one_worker()
        .start();
    assert_eq!(
        gateway.ask("POST /a", &[]).status,
        404,
        "a wrong method is a 404"
    );
    assert_eq!(
        gateway.get("/__health").status,
        404,
        "the health route is off"
    );
    assert_eq!(gateway.get("/healthz").status, 200, "the probes stay");
    for n in 1..=3 {
        assert_eq!(gateway.get("/a").status, 200);
        assert_eq!(
            origin.connections(),
            n,
            "one upstream connection per request"
        );
    }
}
