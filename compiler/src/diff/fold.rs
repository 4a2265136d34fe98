//! The same change on many routes is told once, with the routes: a root `timeout` is one line in the config, not fifty
//! in a review.

use super::{Change, Tag, words};

/// A change and where it happens.
pub struct Told<'a> {
    pub first: &'a Change,
    pub routes: Vec<&'a str>,
    /// In words.
    pub old: String,
    pub new: String,
}

/// The changes of one tag, in their order.
pub fn fold(changes: &[Change], tag: Tag) -> Vec<Told<'_>> {
    let mut told: Vec<Told<'_>> = Vec::new();
    for change in changes.iter().filter(|change| change.tag == tag) {
        let route = change.route.as_deref().unwrap_or("gateway");
        let same = told.iter_mut().find(|told| {
            let first = told.first;
            first.route.is_some()
                && change.route.is_some()
                && first.field.key != "endpoint"
                && (first.kind, &first.field, &first.old, &first.new, first.why)
                    == (
                        change.kind,
                        &change.field,
                        &change.old,
                        &change.new,
                        change.why,
                    )
        });
        if let Some(same) = same {
            same.routes.push(route);
        } else {
            let (old, new) = words::pair(change.old.as_ref(), change.new.as_ref());
            told.push(Told {
                first: change,
                routes: vec![route],
                old,
                new,
            });
        }
    }
    told
}

/// `3 changes (2 security-relaxing, 1 breaking)`; every place counts.
pub fn counts(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no changes".to_owned();
    }
    let plural = if changes.len() == 1 { "" } else { "s" };
    let tags: Vec<String> = Tag::ALL
        .into_iter()
        .map(|tag| {
            (
                changes.iter().filter(|change| change.tag == tag).count(),
                tag.name(),
            )
        })
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    format!("{} change{plural} ({})", changes.len(), tags.join(", "))
}
