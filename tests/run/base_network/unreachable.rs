//! Members that are gone, or fail (BN-11): what is tried elsewhere, and what is never sent twice.

use super::{
    Host, Member,
    placement::{Listed, key, reader, writer},
    send, told,
};

#[test]
fn a_read_goes_to_the_next_that_has_the_key() {
    let listed: Listed = vec![("a", vec!["k"]), ("b", vec!["k"]), ("c", vec!["k"])];
    let order = ["a", "b", "c"];
    let gone = Member::gone("b", &["k"]);
    let members = [Member::start("a", &["k"]), gone, Member::start("c", &["k"])];
    let host = Host::of(&members.iter().collect::<Vec<_>>());
    let gateway = host.gateway("shards-next-reader");
    let mut failed_over = 0;
    for n in 0..60 {
        let key = format!("k{n}");
        let expected = match reader(&listed, &key) {
            "b" => {
                failed_over += 1;
                order[2]
            }
            other => other,
        };
        let answer = send(&gateway, "GET /notes/1", &key);
        assert_eq!(told(&answer), (200, expected.to_owned()), "{key}");
    }
    assert!(failed_over > 5, "{failed_over} of 60 keys are read at `b`");
}

#[test]
fn bn_11_a_write_goes_nowhere_else_while_the_key_is_the_same_member_s() {
    let listed: Listed = vec![("a", vec!["k"]), ("b", vec!["k"])];
    let members = [Member::start("a", &["k"]), Member::gone("b", &["k"])];
    let host = Host::of(&members.iter().collect::<Vec<_>>());
    let gateway = host.gateway("shards-no-writer");
    let (mut here, mut gone) = (0, 0);
    for n in 0..20 {
        let key = format!("k{n}");
        let answer = send(&gateway, "POST /notes/1", &key);
        if writer(&listed, &key) == "a" {
            here += 1;
            assert_eq!(told(&answer), (200, "a".to_owned()), "{key}");
        } else {
            gone += 1;
            assert_eq!(answer.status, 502, "{key}");
            assert!(answer.json()["message"].is_string(), "{}", answer.text());
        }
    }
    assert_eq!(members[0].count(), here);
    assert!(gone > 3, "{gone} of 20 keys are written at `b`");
}

/// The member is gone, and the list says so, but nobody has told the gateway yet: it asks, and no client waits in vain.
#[test]
fn a_write_follows_its_key_to_another_member() {
    let (stays, goes) = (Member::start("a", &["k"]), Member::gone("b", &["k"]));
    let listed: Listed = vec![("a", vec!["k"]), ("b", vec!["k"])];
    let key = key("k", |key| writer(&listed, key) == "b");
    let host = Host::of(&[&stays, &goes]);
    let gateway = host.gateway("shards-takeover");
    assert_eq!(send(&gateway, "POST /notes/1", &key).status, 502);
    host.tell(&[&stays]);
    let answer = send(&gateway, "POST /notes/1", &key);
    assert_eq!(told(&answer), (200, "a".to_owned()));
    assert_eq!(stays.server().last().body, b"body");
}

/// What may have been carried out is not sent a second time, to nobody.
#[test]
fn what_was_sent_is_never_sent_again() {
    let breaks = Member::answering("a", &["a"], |x| {
        x.body();
        x.close();
    });
    let hangs = Member::answering("b", &["b"], |x| {
        x.body();
        x.closed(harness::PATIENCE);
    });
    let fails = Member::answering("c", &["c"], |x| {
        x.body();
        x.reply("503 Service Unavailable", &[("X-Of", "c")], b"busy");
    });
    let spare = Member::start("d", &["a", "b", "c"]);
    let listed: Listed = vec![
        ("a", vec!["a"]),
        ("b", vec!["b"]),
        ("c", vec!["c"]),
        ("d", vec!["a", "b", "c"]),
    ];
    let host = Host::of(&[&breaks, &hangs, &fails, &spare]);
    let gateway = host.gateway("shards-once");
    for (member, line, status) in [
        (&breaks, "POST /notes/1", 502),
        (&breaks, "GET /notes/1", 502),
        (&hangs, "POST /quick", 504),
        (&fails, "POST /notes/1", 503),
        (&fails, "GET /notes/1", 503),
    ] {
        let rule = if line.starts_with("GET") {
            reader
        } else {
            writer
        };
        let key = key(&member.id, |key| rule(&listed, key) == member.id);
        let before = member.count();
        let answer = send(&gateway, line, &key);
        assert_eq!(
            answer.status,
            status,
            "{line} at {}: {}",
            member.id,
            answer.text()
        );
        assert_eq!(member.count(), before + 1, "{line} at {}", member.id);
    }
    // An answer is an answer, and comes as it is.
    let key = key("c", |key| writer(&listed, key) == "c");
    let answer = send(&gateway, "POST /notes/1", &key);
    assert_eq!(
        (told(&answer), answer.headers.get("x-of")),
        ((503, "busy".to_owned()), Some("c"))
    );
    assert_eq!(spare.count(), 0);
}
