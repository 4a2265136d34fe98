//! What a member of a network says about all of them: `/-/base/members` (BN-2).

use super::members::Member;
use crate::{host, upstream::Target};
use serde_json::{Map, Value};

/// Members of one network.
const MAX_MEMBERS: usize = 1024;
/// Prefixes of all members together.
const MAX_SHARDS: usize = 16_384;

/// Why an answer is not believed. The members of before are kept then.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMembers {
    #[error("the answer is no JSON")]
    NotJson,
    #[error("the answer has no list `members`")]
    NoList,
    #[error("`members[{0}]` is not an object with `id`, `url` and `shards`")]
    NotMember(usize),
    #[error("the answer has more than {MAX_MEMBERS} members")]
    TooMany,
    #[error("the answer has more than {MAX_SHARDS} shards")]
    TooManyShards,
}

/// The members that an answer lists. Whoever has no id or no URL is none; a list of nobody is believed.
pub(super) fn read(answer: &[u8]) -> Result<Vec<Member>, BadMembers> {
    let answer: Value = serde_json::from_slice(answer).map_err(|_| BadMembers::NotJson)?;
    let list = answer.get("members").and_then(Value::as_array);
    let list = list.ok_or(BadMembers::NoList)?;
    if list.len() > MAX_MEMBERS {
        return Err(BadMembers::TooMany);
    }
    let mut shards = 0;
    let mut members = Vec::with_capacity(list.len());
    for (n, entry) in list.iter().enumerate() {
        let entry = entry.as_object().and_then(member);
        let member = entry.ok_or(BadMembers::NotMember(n))?;
        shards += member.shards.len();
        if shards > MAX_SHARDS {
            return Err(BadMembers::TooManyShards);
        }
        if !member.id.is_empty() && !member.url.is_empty() {
            members.push(member);
        }
    }
    Ok(members)
}

/// None: something in it is of another type, and what is meant cannot be told.
fn member(entry: &Map<String, Value>) -> Option<Member> {
    let (id, url) = (text(entry.get("id"))?, text(entry.get("url"))?);
    let shards = match entry.get("shards") {
        None | Some(Value::Null) => &[],
        Some(list) => list.as_array()?.as_slice(),
    };
    let prefix = |shard: &Value| Some(shard.as_str()?.as_bytes().into());
    let shards = shards.iter().map(prefix).collect::<Option<_>>()?;
    let host = host::parse(url).ok();
    let callable = host.filter(|host| cfg!(feature = "tls") || !host.tls);
    let target = callable.as_ref().and_then(Target::found);
    Some(Member {
        id: id.into(),
        url: url.into(),
        shards,
        target,
    })
}

/// Absent is empty.
fn text(value: Option<&Value>) -> Option<&str> {
    match value {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BadMembers::*, MAX_MEMBERS, MAX_SHARDS, read};
    use serde_json::{Value, json};

    /// Id, authority of the host (or `-`) and prefixes of each.
    fn told(answer: &Value) -> Result<Vec<String>, super::BadMembers> {
        let members = read(answer.to_string().as_bytes())?;
        Ok(members
            .iter()
            .map(|member| {
                let host = member
                    .target
                    .map_or("-", |target| target.authority.to_str().unwrap());
                let shards = member.shards.iter().map(|s| String::from_utf8_lossy(s));
                let shards = shards.collect::<Vec<_>>().join(",");
                format!("{} {host} {shards}", member.id)
            })
            .collect())
    }

    #[test]
    fn bn_2_members() {
        for (members, expected) in [
            (json!([]), vec![]),
            (
                json!([{"id": "a", "url": "http://a.test:8090", "shards": ["x", ""]}]),
                vec!["a a.test:8090 x,"],
            ),
            (
                json!([{"id": "b", "url": "http://b.test/"}, {"id": "a", "url": "a.test", "shards": null, "more": 1}]),
                vec!["b b.test ", "a a.test "],
            ),
            // No id, no URL: nobody.
            (
                json!([{"url": "http://a.test"}, {"id": "", "url": "http://a.test"}, {"id": "a"}, {"id": "a", "url": null}]),
                vec![],
            ),
            // One that cannot be called is one all the same.
            (
                json!([{"id": "a", "url": "http://a.test/base"}, {"id": "b", "url": "ftp://b.test"}]),
                vec!["a - ", "b - "],
            ),
        ] {
            let answer = json!({ "members": members, "more": true });
            assert_eq!(told(&answer).unwrap(), expected, "{answer}");
        }
    }

    #[test]
    fn what_is_not_believed() {
        assert_eq!(read(b"").err(), Some(NotJson));
        assert_eq!(read(b"{\"members\":[]} x").err(), Some(NotJson));
        let many = vec![json!({}); MAX_MEMBERS + 1];
        let shards = vec!["x"; MAX_SHARDS / 2 + 1];
        let big = json!({"id": "a", "url": "a.test", "shards": shards});
        for (answer, expected) in [
            (json!(null), NoList),
            (json!([]), NoList),
            (json!({}), NoList),
            (json!({"members": null}), NoList),
            (json!({"members": {}}), NoList),
            (json!({"members": many}), TooMany),
            (json!({"members": [big, big]}), TooManyShards),
            (json!({"members": [{}, 1]}), NotMember(1)),
            (
                json!({"members": [{"id": 1, "url": "a.test"}]}),
                NotMember(0),
            ),
            (json!({"members": [{"id": "a", "url": []}]}), NotMember(0)),
            (
                json!({"members": [{"id": "a", "url": "a.test", "shards": "x"}]}),
                NotMember(0),
            ),
            (
                json!({"members": [{"id": "a", "url": "a.test", "shards": [1]}]}),
                NotMember(0),
            ),
        ] {
            assert_eq!(told(&answer), Err(expected), "{answer}");
        }
    }
}
