use super::{PathError::*, Segment::*, *};

fn literal(text: &str) -> Segment {
    Literal(text.to_owned())
}

fn param(name: &str) -> Segment {
    Param(name.to_owned())
}

#[test]
fn endpoints() {
    for (text, written, segments) in [
        ("/", "/", vec![literal("")]),
        ("", "/", vec![literal("")]),
        ("a", "/a", vec![literal("a")]),
        ("/a/", "/a/", vec![literal("a"), literal("")]),
        (
            "/v1/models/{id}",
            "/v1/models/{id}",
            vec![literal("v1"), literal("models"), param("id")],
        ),
        ("/auth/*", "/auth/*", vec![literal("auth"), Rest]),
        ("/*", "/*", vec![Rest]),
        ("/{a}/*", "/{a}/*", vec![param("a"), Rest]),
        (
            "/m:generate/@x",
            "/m:generate/@x",
            vec![literal("m:generate"), literal("@x")],
        ),
        ("/a%2Fb", "/a%2Fb", vec![literal("a%2Fb")]),
    ] {
        let path = endpoint(text).expect(text);
        assert_eq!(
            (path.text.as_str(), path.segments),
            (written, segments),
            "{text}"
        );
    }
}

#[test]
fn not_endpoints() {
    for (text, error, blamed) in [
        ("//a", EmptySegment, "/"),
        ("/a//b", EmptySegment, "/"),
        ("/a/./b", DotSegment, "."),
        ("/a/..", DotSegment, ".."),
        ("/a/*/b", Wildcard, "*"),
        ("/a*", Wildcard, "a*"),
        ("/**", Wildcard, "**"),
        ("/{id}.json", PartialPlaceholder, "{id}.json"),
        ("/v{n}", PartialPlaceholder, "v{n}"),
        ("/{a}{b}", PartialPlaceholder, "{a}{b}"),
        ("/{}", PlaceholderName, "{}"),
        ("/{a.b}", PlaceholderName, "{a.b}"),
        ("/{a", Brace, "{"),
        ("/a}", Brace, "}"),
        ("/a?b=c", Query, "?b=c"),
        ("/a#b", Query, "#b"),
        ("/a b", Character(' '), " "),
        ("/é", Character('é'), "é"),
        ("/a\"b", Character('"'), "\""),
        ("/100%", Escape, "%"),
        ("/%4", Escape, "%"),
        ("/%41", NotNormal("A".into()), "%41"),
        ("/%2e%2e", NotNormal(".".into()), "%2e"),
        ("/a%2fb", NotNormal("%2F".into()), "%2f"),
    ] {
        let misfit = endpoint(text).expect_err(text);
        assert_eq!(
            (misfit.error, &text[misfit.range]),
            (error, blamed),
            "{text}"
        );
    }
}

#[test]
fn patterns() {
    for (text, segments, names) in [
        ("", vec![literal("")], vec![]),
        (
            "/api/{name}",
            vec![literal("api"), param("name")],
            vec!["name"],
        ),
        (
            "/v{n}.json?q={q}&x=*",
            vec![Mixed("v{n}.json".into())],
            vec!["n", "q"],
        ),
        ("/v1/*", vec![literal("v1"), Rest], vec![]),
        (
            "/u/{JWT.a/b}/x",
            vec![literal("u"), param("JWT.a/b"), literal("x")],
            vec!["JWT.a/b"],
        ),
        (
            "/a//b/../%2f",
            ["a", "", "b", "..", "%2f"].map(literal).to_vec(),
            vec![],
        ),
    ] {
        let path = pattern(text).expect(text);
        let found: Vec<_> = path
            .placeholders
            .iter()
            .map(|found| found.name.as_str())
            .collect();
        assert_eq!((path.segments, found), (segments, names), "{text}");
    }
}

#[test]
fn not_patterns() {
    for (text, error, blamed) in [
        ("/a#b", Fragment, "#b"),
        ("/*/a", Wildcard, "*"),
        ("/a*?x", Wildcard, "a*"),
        ("/{}", PlaceholderName, "{}"),
        ("/{a b}", PlaceholderName, "{a b}"),
        ("/{a", Brace, "{"),
        ("/a b", Character(' '), " "),
        ("/%zz", Escape, "%"),
    ] {
        let misfit = pattern(text).expect_err(text);
        assert_eq!(
            (misfit.error, &text[misfit.range]),
            (error, blamed),
            "{text}"
        );
    }
}

#[test]
fn a_query_is_kept_apart() {
    let path = pattern("a?b=c").expect("a pattern");
    assert_eq!(
        (path.path(), path.query(), path.has_rest()),
        ("/a", Some("b=c"), false)
    );
}
