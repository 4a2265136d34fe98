//! Who leads: what a node says about it (HA-3), and what is made of that (HA-4, HA-5).

use crate::{
    host::{self, Authority, HostError},
    upstream::Target,
};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;

/// Leaders that are remembered as members of the cluster.
const MAX_MEMBERS: usize = 16;

/// The answer of `/_ha/leader`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// None: the node knows of no leader.
    pub leader: Option<Authority>,
    pub term: u64,
    pub lease_expires: Option<SystemTime>,
}

/// Why an answer says nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the answer is no JSON object")]
    Json,
    #[error("`leader_url` is no text")]
    LeaderUrl,
    #[error("`leader_url`: {0}")]
    Leader(HostError),
    #[error("`term` is no whole number")]
    Term,
    #[error("`lease_expires` is no time of RFC 3339")]
    Lease,
    #[error("more hosts have been found out than a process can know")]
    TooMany,
}

impl Told {
    pub fn read(body: &[u8]) -> Result<Told, Unreadable> {
        let answer: Value = serde_json::from_slice(body).map_err(|_| Unreadable::Json)?;
        let answer = answer.as_object().ok_or(Unreadable::Json)?;
        // Go writes what it does not know as null, as empty, or not at all.
        let said = |key| answer.get(key).filter(|value| !value.is_null());
        let text = |key, wrong| match said(key).map(Value::as_str) {
            None => Ok(""),
            Some(text) => text.ok_or(wrong),
        };
        let leader = match text("leader_url", Unreadable::LeaderUrl)?.trim() {
            "" => None,
            url => Some(host::parse(url).map_err(|why| Unreadable::Leader(why.error))?),
        };
        let term = said("term").map_or(Some(0), Value::as_u64);
        let lease_expires = match text("lease_expires", Unreadable::Lease)? {
            "" => None,
            text => {
                let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Unreadable::Lease)?;
                // The zero of Go's clock, in the year 1, is no time.
                (at.unix_timestamp() > 0).then(|| at.into())
            }
        };
        Ok(Told {
            leader,
            term: term.ok_or(Unreadable::Term)?,
            lease_expires,
        })
    }
}

/// What the gateway knows of a cluster.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub leader: Option<Leader>,
    /// Everyone who has led, the last of them first.
    pub members: Vec<&'static Target>,
}

/// Who leads, as far as is known.
#[derive(Clone)]
pub(super) struct Leader {
    pub writer: &'static Target,
    pub term: u64,
    pub lease_expires: Option<SystemTime>,
    /// When a node last said so.
    pub heard: Instant,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The node knows of no leader: everything stays as it is (HA-3).
    Nobody,
    /// The node is of a term that is over.
    Stale,
    /// The same leader and term.
    Same,
    /// The first leader, or another term.
    Term,
    /// Another node in the same term.
    Node,
}

impl Known {
    /// What is known when a node has said this.
    ///
    /// Terms only grow, so a lower one comes from a node that has been cut off and is not believed, unless nothing better is
    /// heard for as long as `patience`: then the cluster has been set up anew.
    pub fn hear(&self, told: &Told, patience: Duration) -> Result<(Known, News), Unreadable> {
        let Some(leader) = &told.leader else {
            return Ok((self.clone(), News::Nobody));
        };
        let before = self.leader.as_ref();
        if before.is_some_and(|known| told.term < known.term && known.heard.elapsed() <= patience) {
            return Ok((self.clone(), News::Stale));
        }
        let writer = Target::found(leader).ok_or(Unreadable::TooMany)?;
        let news = match before {
            Some(known) if known.term != told.term => News::Term,
            Some(known) if known.writer.number != writer.number => News::Node,
            Some(_) => News::Same,
            None => News::Term,
        };
        let mut members = self.members.clone();
        members.retain(|member| member.number != writer.number);
        members.insert(0, writer);
        members.truncate(MAX_MEMBERS);
        let leader = Leader {
            writer,
            term: told.term,
            lease_expires: told.lease_expires,
            heard: Instant::now(),
        };
        let known = Known {
            leader: Some(leader),
            members,
        };
        Ok((known, news))
    }

    /// The node that takes writes. None as long as no leader was heard of, or when its lease is over and nothing was heard
    /// for as long as `patience` (HA-5).
    pub fn writer(&self, patience: Duration) -> Option<&'static Target> {
        let leader = self.leader.as_ref()?;
        let lapsed = leader
            .lease_expires
            .is_some_and(|at| at <= SystemTime::now());
        (!lapsed || leader.heard.elapsed() <= patience).then_some(leader.writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, pause};

    const PATIENCE: Duration = Duration::from_secs(2);

    fn told(leader: &str, term: u64, lease: Option<i64>) -> Told {
        let lease =
            lease.map(|seconds| OffsetDateTime::now_utc() + time::Duration::seconds(seconds));
        let lease = lease.map(|at| at.format(&Rfc3339).expect("a time"));
        let json =
            serde_json::json!({ "leader_url": leader, "term": term, "lease_expires": lease });
        Told::read(json.to_string().as_bytes()).expect("an answer")
    }

    fn name(target: Option<&'static Target>) -> Option<&'static str> {
        target.map(|target| target.host.name)
    }

    #[test]
    fn answers() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let known = |url, term, lease_expires| {
            let leader = Some(host::parse(url).expect("a host"));
            Ok(Told {
                leader,
                term,
                lease_expires,
            })
        };
        let nobody = || {
            Ok(Told {
                leader: None,
                term: 0,
                lease_expires: None,
            })
        };
        for (text, expected) in [
            (
                r#"{"leader_url":"http://base-1:8090","node_id":"base-1","term":7,"lease_expires":"2026-05-01T10:00:00.5Z"}"#,
                known(
                    "http://base-1:8090",
                    7,
                    at(1_777_629_600).map(|t| t + Duration::from_millis(500)),
                ),
            ),
            // Without a scheme, http (HA-9).
            (
                r#"{"leader_url":" base-1:8090/ "}"#,
                known("http://base-1:8090", 0, None),
            ),
            (
                r#"{"leader_url":"http://b","lease_expires":"2026-05-01T12:00:00+02:00"}"#,
                known("http://b", 0, at(1_777_629_600)),
            ),
            (
                r#"{"leader_url":"http://b","lease_expires":"0001-01-01T00:00:00Z"}"#,
                known("http://b", 0, None),
            ),
            (
                r#"{"leader_url":"http://b","lease_expires":"","term":null}"#,
                known("http://b", 0, None),
            ),
            (
                r#"{"leader_url":"http://b","term":18446744073709551615}"#,
                known("http://b", u64::MAX, None),
            ),
            ("{}", nobody()),
            (r#"{"leader_url":""}"#, nobody()),
            (r#"{"leader_url":null}"#, nobody()),
            ("", Err(Unreadable::Json)),
            ("[]", Err(Unreadable::Json)),
            ("null", Err(Unreadable::Json)),
            (r#"{"leader_url":"http://b""#, Err(Unreadable::Json)),
            (r#"{"leader_url":7}"#, Err(Unreadable::LeaderUrl)),
            (
                r#"{"leader_url":"http://b/base"}"#,
                Err(Unreadable::Leader(HostError::Path)),
            ),
            (
                r#"{"leader_url":"http://u:p@b"}"#,
                Err(Unreadable::Leader(HostError::UserInfo)),
            ),
            (
                r#"{"leader_url":"ftp://b"}"#,
                Err(Unreadable::Leader(HostError::Scheme("ftp".into()))),
            ),
            (
                r#"{"leader_url":"http://b","term":-1}"#,
                Err(Unreadable::Term),
            ),
            (
                r#"{"leader_url":"http://b","term":"7"}"#,
                Err(Unreadable::Term),
            ),
            (
                r#"{"leader_url":"http://b","lease_expires":"tomorrow"}"#,
                Err(Unreadable::Lease),
            ),
            (
                r#"{"leader_url":"http://b","lease_expires":1777629600}"#,
                Err(Unreadable::Lease),
            ),
        ] {
            assert_eq!(Told::read(text.as_bytes()), expected, "{text}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn terms_only_grow_as_long_as_the_cluster_lives() {
        pause();
        let mut known = Known::default();
        assert_eq!(name(known.writer(PATIENCE)), None);
        for (leader, term, news, writer) in [
            ("", 0, News::Nobody, None),
            ("one.test", 3, News::Term, Some("one.test")),
            ("one.test", 3, News::Same, Some("one.test")),
            ("", 0, News::Nobody, Some("one.test")),
            ("two.test", 4, News::Term, Some("two.test")),
            ("one.test", 3, News::Stale, Some("two.test")),
            ("one.test", 4, News::Node, Some("one.test")),
            ("one.test", 5, News::Term, Some("one.test")),
        ] {
            let (next, got) = known
                .hear(&told(leader, term, None), PATIENCE)
                .expect("room");
            assert_eq!(
                (got, name(next.writer(PATIENCE))),
                (news, writer),
                "{leader} {term}"
            );
            known = next;
        }
        let members: Vec<_> = known
            .members
            .iter()
            .map(|member| member.host.name)
            .collect();
        assert_eq!(members, ["one.test", "two.test"]);

        advance(PATIENCE + Duration::from_millis(1)).await;
        let (next, news) = known
            .hear(&told("new.test", 1, None), PATIENCE)
            .expect("room");
        assert_eq!(
            (news, name(next.writer(PATIENCE))),
            (News::Term, Some("new.test"))
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_writer_is_forgotten_when_its_lease_is_over_and_nothing_is_heard() {
        pause();
        for (lease, expected) in [
            (None, Some("one.test")),
            (Some(3600), Some("one.test")),
            (Some(-1), None),
        ] {
            let (known, _) = Known::default()
                .hear(&told("one.test", 1, lease), PATIENCE)
                .expect("room");
            assert_eq!(name(known.writer(PATIENCE)), Some("one.test"), "just heard");
            advance(PATIENCE + Duration::from_millis(1)).await;
            assert_eq!(name(known.writer(PATIENCE)), expected, "{lease:?}");
        }
    }

    #[test]
    fn members_are_bounded() {
        let mut known = Known::default();
        for term in 0..100 {
            let leader = told(&format!("node-{term}.test"), term, None);
            known = known.hear(&leader, PATIENCE).expect("room").0;
        }
        assert_eq!(known.members.len(), MAX_MEMBERS);
        assert_eq!(known.members[0].host.name, "node-99.test");
    }
}
