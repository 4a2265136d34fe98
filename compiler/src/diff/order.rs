//! Which of two values lets more through: the conditions of the table in `tag.rs`.
//!
//! `None` is a field that is not there; what that means depends on the field, so there are pairs of conditions.

use super::{network, value::Value};
use std::collections::BTreeSet;

/// One side of a change.
pub type Side<'a> = Option<&'a Value>;
/// A condition on a change, old before new.
pub type When = fn(Side<'_>, Side<'_>) -> bool;

pub fn always(_: Side<'_>, _: Side<'_>) -> bool {
    true
}

pub fn added(old: Side<'_>, _: Side<'_>) -> bool {
    old.is_none()
}

pub fn removed(_: Side<'_>, new: Side<'_>) -> bool {
    new.is_none()
}

/// Now true; absent counts as false.
pub fn turned_on(_: Side<'_>, new: Side<'_>) -> bool {
    matches!(new, Some(Value::Flag(true)))
}

/// No longer false, but true or absent.
pub fn was_off(old: Side<'_>, _: Side<'_>) -> bool {
    matches!(old, Some(Value::Flag(false)))
}

/// Now false.
pub fn turned_off(_: Side<'_>, new: Side<'_>) -> bool {
    matches!(new, Some(Value::Flag(false)))
}

/// A limit that is higher, or gone.
pub fn raised(old: Side<'_>, new: Side<'_>) -> bool {
    limit(new) > limit(old)
}

/// A limit that is lower, or new.
pub fn lowered(old: Side<'_>, new: Side<'_>) -> bool {
    limit(new) < limit(old)
}

/// A time that is less than it was, both being said.
pub fn shorter(old: Side<'_>, new: Side<'_>) -> bool {
    matches!((old, new), (Some(Value::Duration(old)), Some(Value::Duration(new))) if new < old)
}

/// `*` where a list was.
pub fn opened(old: Side<'_>, new: Side<'_>) -> bool {
    new == Some(&Value::All) && old != Some(&Value::All)
}

/// A list has what it had not; one that is not there has nothing.
pub fn gained(old: Side<'_>, new: Side<'_>) -> bool {
    opened(old, new) || old != Some(&Value::All) && !items(new).is_subset(&items(old))
}

/// A list has no longer what it had; one that is not there has nothing.
pub fn lost(old: Side<'_>, new: Side<'_>) -> bool {
    new != Some(&Value::All) && (old == Some(&Value::All) || !items(old).is_subset(&items(new)))
}

/// Only more than before.
pub fn gained_only(old: Side<'_>, new: Side<'_>) -> bool {
    gained(old, new) && !lost(old, new)
}

/// Only less than before, and not nothing.
pub fn lost_only(old: Side<'_>, new: Side<'_>) -> bool {
    lost(old, new) && !gained(old, new) && !items(new).is_empty()
}

/// As [`gained`], where a list that is not there, is empty or holds `*` means everybody.
pub fn admits_more(old: Side<'_>, new: Side<'_>) -> bool {
    let everybody = |side| items(side).is_empty() || items(side).contains("*");
    !everybody(old) && (everybody(new) || gained(old, new))
}

/// A network that none of the old ones contains.
pub fn trusts_more(old: Side<'_>, new: Side<'_>) -> bool {
    items(new).into_iter().any(|new| {
        !items(old)
            .into_iter()
            .any(|old| network::contains(old, new))
    })
}

/// `https` before, `http` now.
pub fn loses_tls(old: Side<'_>, new: Side<'_>) -> bool {
    let plain = |side| {
        items(side)
            .into_iter()
            .any(|host| host.starts_with("http://"))
    };
    !plain(old) && plain(new)
}

/// A route that comes or goes, and with it a guard of the requests that it takes or took.
pub fn loses_guard(old: Side<'_>, new: Side<'_>) -> bool {
    let lost =
        |side: Side<'_>| matches!(side, Some(Value::Elsewhere { lost, .. }) if !lost.is_empty());
    lost(old) || lost(new)
}

/// A claim of a verified token before, something that a client says now.
pub fn left_to_clients(old: Side<'_>, new: Side<'_>) -> bool {
    let verified =
        |side: Side<'_>| matches!(side, Some(Value::Text(text)) if text.starts_with("jwt."));
    verified(old) && !verified(new)
}

/// A new route that is open on purpose.
pub fn is_public(_: Side<'_>, new: Side<'_>) -> bool {
    matches!(new, Some(Value::Endpoint { public: true, .. }))
}

/// A new route.
pub fn is_route(_: Side<'_>, new: Side<'_>) -> bool {
    matches!(new, Some(Value::Endpoint { .. }))
}

/// No limit is the highest.
fn limit(side: Side<'_>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "compared, not computed with")]
    let size = match side {
        Some(Value::Number(number)) => *number,
        Some(Value::Bytes(bytes)) => *bytes as f64,
        Some(Value::Duration(duration)) => duration.as_secs_f64(),
        Some(Value::Rate { count, every }) => count / every.as_secs_f64(),
        _ => 0.0,
    };
    if size > 0.0 { size } else { f64::INFINITY }
}

fn items(side: Side<'_>) -> BTreeSet<&str> {
    match side {
        Some(Value::List(items)) => items.iter().map(String::as_str).collect(),
        Some(Value::Text(text)) => BTreeSet::from([text.as_str()]),
        _ => BTreeSet::new(),
    }
}
