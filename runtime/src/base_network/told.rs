//! What the log says when members come and go.

use super::members::{Member, Members};

/// Members that are called by their id.
const MANY: usize = 8;

/// The members of the network `label` are others than `before`.
pub(super) fn others(label: &str, before: &Members, now: &Members) {
    if now.list().is_empty() {
        tracing::warn!("base-network {label}: it has no members any more");
        return;
    }
    let known_by = |list: &[Member], id: &str| list.iter().any(|member| *member.id == *id);
    let came = |member: &&Member| !known_by(before.list(), &member.id);
    let left = |member: &&Member| !known_by(now.list(), &member.id);
    let changed = |member: &&Member| !came(member) && !before.list().contains(member);
    tracing::info!(
        members = now.list().len(),
        came = some(now.list().iter().filter(came)),
        left = some(before.list().iter().filter(left)),
        changed = some(now.list().iter().filter(changed)),
        "base-network {label}: its members are others than before"
    );
    for member in now.list().iter().filter(|member| member.target.is_none()) {
        let Member { id, url, .. } = member;
        tracing::warn!(
            "base-network {label}: the member `{id}` cannot be called, for `{url}` is no host"
        );
    }
}

/// The ids of the first ones; none: nothing to be said.
fn some<'a>(members: impl Iterator<Item = &'a Member>) -> Option<String> {
    let ids: Vec<&str> = members.map(|member| &*member.id).collect();
    let more = ids.len().saturating_sub(MANY);
    let first = ids[..ids.len() - more].join(", ");
    match (ids.len(), more) {
        (0, _) => None,
        (_, 0) => Some(first),
        _ => Some(format!("{first} and {more} more")),
    }
}
