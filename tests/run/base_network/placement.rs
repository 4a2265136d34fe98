//! Which member a key belongs to (BN-3 to BN-6), against a computation of our own from the words of the rules.

use super::{Host, Member};
use harness::{Client, Gateway};
use std::collections::BTreeMap;

/// CRC-32C bit by bit: the polynomial of Castagnoli, reflected.
pub fn crc32c(text: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            if carry == 1 {
                crc ^= 0x82F6_3B78;
            }
        }
    }
    !crc
}

/// Id and prefixes of each member.
pub type Listed<'a> = Vec<(&'a str, Vec<&'a str>)>;

/// BN-5: members with a prefix of the key, by id; else the owner of its place on the ring (BN-4) alone.
fn subset<'a>(members: &Listed<'a>, key: &str) -> Vec<&'a str> {
    let mut with_prefix: Vec<&str> = members
        .iter()
        .filter(|(_, shards)| shards.iter().any(|prefix| key.starts_with(prefix)))
        .map(|(id, _)| *id)
        .collect();
    with_prefix.sort_unstable();
    if !with_prefix.is_empty() {
        return with_prefix;
    }
    let mut ring = BTreeMap::<u32, &str>::new();
    for (id, shards) in members {
        let points: &[&str] = if shards.is_empty() { &[*id] } else { shards };
        for point in points {
            let owner = ring.entry(crc32c(point.as_bytes())).or_insert(id);
            *owner = id.min(owner);
        }
    }
    let next = ring.range(crc32c(key.as_bytes())..).next();
    next.or(ring.first_key_value())
        .map(|(_, id)| *id)
        .into_iter()
        .collect()
}

/// BN-6, of a write.
pub fn writer<'a>(members: &Listed<'a>, key: &str) -> &'a str {
    let subset = subset(members, key);
    let mut best = subset[0];
    for id in subset {
        let draw = |id: &str| crc32c(format!("{key}|{id}").as_bytes());
        if draw(id) < draw(best) {
            best = id;
        }
    }
    best
}

/// BN-6, of a read.
pub fn reader<'a>(members: &Listed<'a>, key: &str) -> &'a str {
    let subset = subset(members, key);
    subset[crc32c(format!("{key}|r").as_bytes()) as usize % subset.len()]
}

/// The first of the keys `k0`, `k1` … that is `wanted`.
pub fn key(start: &str, wanted: impl Fn(&str) -> bool) -> String {
    let mut keys = (0..1_000).map(|n| format!("{start}{n}"));
    keys.find(|key| wanted(key)).expect("one of a thousand")
}

/// Who answers for each key.
fn placed(gateway: &Gateway, keys: &[String], line: &str) -> Vec<String> {
    let mut client: Client = gateway.client();
    keys.iter()
        .map(|key| {
            let answer = client.request(line, &[("X-Tenant", key)]).response();
            assert_eq!(answer.status, 200, "{key}: {}", answer.text());
            answer.text()
        })
        .collect()
}

#[test]
fn bn_3_the_test_s_own_hash_is_crc_32c() {
    assert_eq!(crc32c(b"123456789"), 0xE306_9283);
}

#[test]
fn bn_4_to_6_ten_thousand_keys_are_where_the_rules_put_them() {
    let networks: [(&str, usize, Listed); 3] = [
        // Sixteen shards, each at two of four members, and a key of no shard now and then.
        (
            "replicated",
            10_000,
            vec![
                ("m0", vec!["0", "1", "2", "3", "4", "5", "6", "7"]),
                ("m1", vec!["4", "5", "6", "7", "8", "9", "a", "b"]),
                ("m2", vec!["8", "9", "a", "b", "c", "d", "e", "f"]),
                ("m3", vec!["c", "d", "e", "f", "0", "1", "2", "3"]),
            ],
        ),
        // Nobody says what it has: the ring alone.
        (
            "ring",
            2_000,
            vec![
                ("base-2", vec![]),
                ("base-0", vec![]),
                ("base-10", vec![]),
                ("base-1", vec![]),
            ],
        ),
        // Prefixes of prefixes, one for everything, and one member without.
        (
            "nested",
            2_000,
            vec![
                ("z", vec!["1", "12"]),
                ("y", vec!["123", "2"]),
                ("x", vec!["12", "3"]),
                ("w", vec![]),
                ("é", vec!["1", "ключ"]),
            ],
        ),
    ];
    for (name, count, listed) in networks {
        let members: Vec<Member> = listed
            .iter()
            .map(|(id, shards)| Member::start(id, shards))
            .collect();
        let host = Host::of(&members.iter().collect::<Vec<_>>());
        let gateway = host.gateway(&format!("shards-{name}"));
        let keys: Vec<String> = (0..count)
            .map(|n| match n % 8 {
                7 => format!("ключ-{n}"),
                6 => format!("user/{n}"),
                _ => format!("{:x}", crc32c(n.to_string().as_bytes())),
            })
            .collect();
        for (line, rule) in [
            (
                "DELETE /notes/1",
                writer as fn(&Listed<'static>, &str) -> &'static str,
            ),
            ("GET /notes/1", reader),
        ] {
            let mut used = BTreeMap::<String, usize>::new();
            for (key, member) in keys.iter().zip(placed(&gateway, &keys, line)) {
                assert_eq!(member, rule(&listed, key), "{name}: {line} of {key}");
                *used.entry(member).or_default() += 1;
            }
            println!("{name}: {line}: {used:?}");
            assert_eq!(used.len(), listed.len(), "{name}: {line}: {used:?}");
        }
    }
}

/// Whatever the case of its name would be, a method that writes is one by the call that is made.
#[test]
fn bn_6_methods_that_write() {
    let listed: Listed = vec![("a", vec!["k"]), ("b", vec!["k"]), ("c", vec!["k"])];
    let members: Vec<Member> = listed
        .iter()
        .map(|(id, shards)| Member::start(id, shards))
        .collect();
    let host = Host::of(&members.iter().collect::<Vec<_>>());
    let gateway = host.gateway("shards-methods");
    // A key whose writer is not its reader.
    let key = key("k", |key| writer(&listed, key) != reader(&listed, key));
    for (line, writes) in [
        ("GET /notes/1", false),
        ("HEAD /notes/1", false),
        ("POST /notes/1", true),
        ("PUT /notes/1", true),
        ("PATCH /notes/1", true),
        ("DELETE /notes/1", true),
        // The call is a PUT, whatever the client says.
        ("GET /touch", true),
    ] {
        let expected = if writes {
            writer(&listed, &key)
        } else {
            reader(&listed, &key)
        };
        let answer = gateway.ask(line, &[("X-Tenant", &key)]);
        assert_eq!(answer.headers.get("x-member"), Some(expected), "{line}");
    }
}
