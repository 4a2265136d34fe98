//! `gwc validate --fix`: the fixes of findings, applied to the text.
//!
//! A fix is certain on its own, but two of them may want one place, and a renamed key may meet one that is there
//! already. So they are applied in rounds, and none that makes the JSON worse.

use crate::{
    diagnostic::{Diagnostic, Fix},
    json,
    source::Source,
};

/// A mended text mostly needs one round; a fix that brings the next one, a few.
const ROUNDS: usize = 10;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// No finding has a fix, or none that could be applied.
    Nothing,
    /// There are fixes, and even with all of them the text is not JSON: it must not be written.
    Broken,
    /// It is JSON.
    Text {
        /// The whole of it.
        text: String,
        /// How many fixes are in it.
        applied: usize,
    },
}

/// Applies fixes until `judge` finds nothing that has one, ten rounds at most.
pub fn mend(source: &Source, judge: impl Fn(&Source) -> Vec<Diagnostic>) -> Mended {
    let mut current = source.clone();
    let mut applied = 0;
    for _ in 0..ROUNDS {
        let findings = judge(&current);
        let fixes = apart(findings.iter().filter_map(|finding| finding.fix.as_ref()));
        let (text, count) = round(&current.text, &fixes);
        if count == 0 {
            break;
        }
        current.text = text;
        applied += count;
    }
    if applied == 0 {
        Mended::Nothing
    } else if damage(&current.text) == usize::MAX {
        Mended::Broken
    } else {
        Mended::Text {
            text: current.text,
            applied,
        }
    }
}

/// Those that do not touch one another, from the back, so that applying one moves no other. Of two for one place the first
/// counts; the next round sees to the other.
fn apart<'a>(fixes: impl Iterator<Item = &'a Fix>) -> Vec<&'a Fix> {
    let mut sorted: Vec<_> = fixes.collect();
    sorted.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let mut chosen: Vec<&Fix> = Vec::new();
    for fix in sorted {
        let free = chosen
            .last()
            .is_none_or(|last| last.span.end <= fix.span.start && last.span != fix.span);
        if free {
            chosen.push(fix);
        }
    }
    chosen.reverse();
    chosen
}

/// All at once; if that does harm, one by one, without those that do.
fn round(text: &str, fixes: &[&Fix]) -> (String, usize) {
    let before = damage(text);
    let mut all = text.to_owned();
    for fix in fixes {
        all.replace_range(fix.span.range(), &fix.text);
    }
    if damage(&all) <= before {
        return (all, fixes.len());
    }
    let (mut kept, mut count) = (text.to_owned(), 0);
    for fix in fixes {
        let mut next = kept.clone();
        next.replace_range(fix.span.range(), &fix.text);
        if damage(&next) <= before {
            kept = next;
            count += 1;
        }
    }
    (kept, count)
}

/// What is wrong with the text as JSON: the greatest number if it is none, else how many keys are given twice.
fn damage(text: &str) -> usize {
    match json::parse(&Source::new("", text)) {
        (None, _) => usize::MAX,
        (Some(_), findings) => findings.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{front, source::Span};

    fn check(text: &str, expected: &Mended) {
        let mended = mend(&Source::new("gateway.json", text), |source| {
            front::read(source).1
        });
        assert_eq!(&mended, expected, "{text}");
    }

    fn mended(text: &str, applied: usize) -> Mended {
        Mended::Text {
            text: text.to_owned(),
            applied,
        }
    }

    #[test]
    fn fixes_are_applied_in_rounds() {
        check(r#"{"version": 3}"#, &Mended::Nothing);
        check(
            r#"{"version": 3, "timeuot": "3s"}"#,
            &mended(r#"{"version": 3, "timeout": "3s"}"#, 1),
        );
        // The comma first: only what is JSON is looked into.
        check(
            r#"{"version": 3, "timeuot": "3s",}"#,
            &mended(r#"{"version": 3, "timeout": "3s"}"#, 2),
        );
        // A duration without a unit, which only shows when its key is right.
        check(
            r#"{"version": 3, "timeuot": 3, "prot": 80}"#,
            &mended(r#"{"version": 3, "timeout": "3s", "port": 80}"#, 3),
        );
    }

    #[test]
    fn a_fix_that_does_harm_is_left_out() {
        check(
            r#"{"version": 3, "timeout": "1s", "timeuot": "3s"}"#,
            &Mended::Nothing,
        );
        check(
            r#"{"version": 3, "timeout": "1s", "timeuot": "3s", "prot": 80}"#,
            &mended(
                r#"{"version": 3, "timeout": "1s", "timeuot": "3s", "port": 80}"#,
                1,
            ),
        );
    }

    #[test]
    fn what_stays_broken_is_said_to_be() {
        check(r#"{"version": 3, "host": ["a",]"#, &Mended::Broken);
    }

    #[test]
    fn of_overlapping_fixes_the_first_counts() {
        let fix = |start, end| Fix {
            span: Span::new(start, end),
            text: String::new(),
        };
        let fixes = [
            fix(4, 6),
            fix(0, 2),
            fix(1, 3),
            fix(2, 2),
            fix(2, 2),
            fix(4, 6),
        ];
        let chosen: Vec<_> = apart(fixes.iter()).iter().map(|fix| fix.span).collect();
        assert_eq!(chosen, [Span::new(4, 6), Span::new(2, 2), Span::new(0, 2)]);
    }
}
