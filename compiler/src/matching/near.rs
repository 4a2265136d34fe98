//! Routes that nearly took a request, and why they did not.

use super::{
    path,
    route::{self, Table},
};
use crate::plan::{Endpoint, Plan};

/// A route whose pattern the path fits, but which did not get the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// Index into [`Plan::endpoints`].
    pub endpoint: usize,
    /// Why another one, or none, got it.
    pub why: String,
}

/// The routes that `raw` fits when they are alone in the table, without `taken`.
pub fn near_misses(plan: &Plan, method: &str, raw: &str, taken: Option<usize>) -> Vec<NearMiss> {
    let Ok(checked) = path::check(raw, plan.server.router.merge_slashes) else {
        return Vec::new();
    };
    let fits = |endpoint: &Endpoint| {
        let mut alone = Table::default();
        alone.insert("any", &endpoint.path, 0).is_ok()
            && alone.find("any", super::matched(&checked)).is_some()
    };
    let near = |(index, endpoint): (usize, &Endpoint)| NearMiss {
        endpoint: index,
        why: why(method, taken.map(|taken| &plan.endpoints[taken]), endpoint),
    };
    plan.endpoints
        .iter()
        .enumerate()
        .filter(|(index, endpoint)| Some(*index) != taken && fits(endpoint))
        .map(near)
        .collect()
}

fn why(method: &str, winner: Option<&Endpoint>, loser: &Endpoint) -> String {
    let own = loser.method.as_str();
    let head = method == "HEAD" && own == "GET";
    if own != method && !head {
        return format!("takes {own} only");
    }
    match winner {
        Some(winner) if head && winner.method.as_str() == "HEAD" => {
            "HEAD has a route of its own".to_owned()
        }
        Some(winner) => beaten(&winner.path, &loser.path),
        None => "does not take this method".to_owned(),
    }
}

/// Why `winner` goes before `loser`, both of which a path fits.
fn beaten(winner: &str, loser: &str) -> String {
    let depth = |path: &str| path.ends_with("/*").then(|| path.split('/').count());
    match (depth(winner), depth(loser)) {
        (None, Some(_)) => return "a path without `*` beats one with it".to_owned(),
        (Some(deep), Some(shallow)) if deep > shallow => {
            return "a deeper `/*` beats a shallower one".to_owned();
        }
        _ => {}
    }
    let differing = winner.split('/').zip(loser.split('/')).find(|(won, lost)| {
        let named = |segment: &str| segment.starts_with('{');
        !named(won) && named(lost)
    });
    match differing {
        Some((won, lost)) => format!("the literal `{won}` beats `{lost}`"),
        None => format!("`{winner}` is more specific"),
    }
}

/// Endpoints of the same method that go before `index` on paths which it would take too.
pub fn more_specific(plan: &Plan, index: usize) -> Vec<usize> {
    let general = &plan.endpoints[index];
    let before = |(other, endpoint): &(usize, &Endpoint)| {
        *other != index
            && endpoint.method == general.method
            && goes_before(&endpoint.path, &general.path)
    };
    plan.endpoints
        .iter()
        .enumerate()
        .filter(before)
        .map(|(other, _)| other)
        .collect()
}

/// Whether some path fits both patterns, and `specific` gets it.
fn goes_before(specific: &str, general: &str) -> bool {
    let named = |segment: &str| segment.starts_with('{');
    let (mut ours, mut theirs) = (specific.split('/').skip(1), general.split('/').skip(1));
    let mut literal_first = None;
    loop {
        match (ours.next(), theirs.next()) {
            (Some("*"), Some("*")) | (None, None) => return literal_first == Some(true),
            // A wildcard may take nothing, but not without its slash; and it goes after what is longer.
            (None | Some("*"), Some(_)) | (Some(_), None) => return false,
            (Some(_), Some("*")) => return true,
            (Some(our), Some(their)) => match (named(our), named(their)) {
                (false, false) if our != their => return false,
                (true, false) if their.is_empty() => return false,
                (false, true) if our.is_empty() => return false,
                (own, other) if own != other => {
                    literal_first.get_or_insert(other);
                }
                _ => {}
            },
        }
    }
}

/// At most three paths of the plan that are like `raw`, the most alike first.
pub fn nearest<'p>(plan: &'p Plan, raw: &str) -> Vec<&'p str> {
    let mut scored: Vec<(u32, &str)> = plan
        .endpoints
        .iter()
        .map(|e| (distance(&e.path, raw), e.path.as_str()))
        .filter(|(distance, _)| *distance < FAR)
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.truncate(3);
    scored.into_iter().map(|(_, path)| path).collect()
}

/// From here on two paths have nothing to do with each other: one whole segment and a half.
const FAR: u32 = 150;

/// In hundredths of a segment: how much of `raw` must change for `pattern` to take it.
fn distance(pattern: &str, raw: &str) -> u32 {
    let (mut ours, mut theirs) = (pattern.split('/').skip(1), raw.split('/').skip(1));
    let mut total = 0;
    loop {
        total += match (ours.next(), theirs.next()) {
            (None, None) | (Some("*"), _) => return total,
            (Some(_), None) | (None, Some(_)) => 100,
            (Some(segment), Some(_)) if route::names(segment).next().is_some() => 10,
            (Some(known), Some(said)) => unlike(known, said),
        };
    }
}

/// 0 for the same word; another one is too far, for that segment decides where a request belongs.
fn unlike(known: &str, said: &str) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100"
    )]
    let hundredths = (100.0 * (1.0 - strsim::normalized_damerau_levenshtein(known, said))) as u32;
    if hundredths > 50 { FAR } else { hundredths }
}

#[cfg(test)]
mod tests {
    use super::{FAR, beaten, distance, goes_before};

    #[test]
    fn the_more_specific_one_wins_for_a_reason() {
        for (winner, loser, why) in [
            ("/a/b", "/a/{x}", "the literal `b` beats `{x}`"),
            ("/a/{x}", "/a/*", "a path without `*` beats one with it"),
            ("/a/b/*", "/a/*", "a deeper `/*` beats a shallower one"),
            ("/a/b/*", "/{x}/b/*", "the literal `a` beats `{x}`"),
        ] {
            assert_eq!(beaten(winner, loser), why, "{winner} {loser}");
        }
    }

    #[test]
    fn patterns_overlap_and_one_goes_first() {
        for (specific, general, before) in [
            ("/a/b", "/a/{x}", true),
            ("/a/{x}", "/a/b", false),
            ("/a/{x}", "/a/*", true),
            ("/a/*", "/a/{x}", false),
            ("/a/b/*", "/a/*", true),
            ("/a/*", "/a/b/*", false),
            ("/a/{x}", "/{y}/b", true),
            ("/{y}/b", "/a/{x}", false),
            ("/a/", "/a/*", true),
            ("/a/", "/a/{x}", false),
            ("/a", "/a/*", false),
            ("/b/c", "/a/*", false),
        ] {
            assert_eq!(
                goes_before(specific, general),
                before,
                "{specific} {general}"
            );
        }
    }

    #[test]
    fn likeness_is_counted_in_segments() {
        for (pattern, path, expected) in [
            ("/a/b", "/a/b", 0),
            ("/a/b", "/a", 100),
            ("/a", "/a/b/c", 200),
            ("/a/*", "/a/b/c", 0),
            ("/a/{x}", "/a/b", 10),
            ("/models", "/modles", 16),
            ("/bot/*", "/chat/x", FAR),
        ] {
            assert_eq!(distance(pattern, path), expected, "{pattern} {path}");
        }
    }
}
