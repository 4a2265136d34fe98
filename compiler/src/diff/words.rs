//! A resolved value in words for people.

use super::value::{SECRET, Value, redacted};
use std::{fmt, time::Duration};

/// The longest text of a value that people are shown whole, in characters.
const LONG: usize = 120;
/// Lists up to this length are shown whole.
const MANY: usize = 4;

/// Both sides of a change, in words; a long list that was another one says how it differs.
pub fn pair(old: Option<&Value>, new: Option<&Value>) -> (String, String) {
    let words = |value: Option<&Value>| match value {
        Some(Value::List(items)) if items.len() > MANY => format!("{} entries", items.len()),
        Some(value) => value.to_string(),
        None => "–".to_owned(),
    };
    let mut now = words(new);
    if let (Some(Value::List(before)), Some(Value::List(after))) = (old, new)
        && after.len() > MANY
    {
        let only = |here: &[String], there: &[String]| -> Vec<String> {
            let only = here.iter().filter(|item| !there.contains(item));
            only.cloned().collect()
        };
        let (lost, gained) = (only(before, after), only(after, before));
        for (word, items) in [("without", &lost), ("now with", &gained)] {
            if !items.is_empty() {
                now = format!("{now}, {word} {}", shortened(&entries(items)));
            }
        }
        if lost.is_empty() && gained.is_empty() {
            now.push_str(", in another order");
        }
    }
    (words(old), now)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) if text.is_empty() => f.write_str("(empty)"),
            Value::Text(text) => f.write_str(&shortened(text)),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Bytes(bytes) => f.write_str(&size(*bytes)),
            Value::Duration(duration) => f.write_str(&time(*duration)),
            Value::Rate { count, every } => write!(f, "{count} per {}", time(*every)),
            Value::All => f.write_str("all"),
            Value::List(items) => f.write_str(&shortened(&entries(items))),
            Value::Namespace(values) => {
                let words: Vec<String> = values
                    .iter()
                    .map(|(key, value)| format!("{key} {value}").trim().to_owned())
                    .collect();
                f.write_str(&match words.as_slice() {
                    [] => "(empty)".to_owned(),
                    words => shortened(&words.join(", ")),
                })
            }
            Value::Json(value) => f.write_str(&shortened(&redacted(value).to_string())),
            Value::Secret(_) => f.write_str(SECRET),
            Value::Endpoint {
                target,
                guards,
                public,
            } => {
                write!(f, "to {target}")?;
                if *public {
                    f.write_str(", public")?;
                }
                match guards.as_slice() {
                    [] => Ok(()),
                    guards => write!(f, ", behind {}", guards.join(", ")),
                }
            }
            Value::Elsewhere { route, lost } => {
                write!(f, "taken by {route}")?;
                match lost.as_slice() {
                    [] => Ok(()),
                    lost => write!(f, " (guards lost: {})", lost.join(", ")),
                }
            }
        }
    }
}

fn entries(items: &[String]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// `1h30m`, `2m`, `500ms`
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_nanos() > 0 {
        return format!("{duration:?}");
    }
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if words.is_empty() {
        "0s".to_owned()
    } else {
        words.concat()
    }
}

/// `1 MiB` where that is exact.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    units
        .into_iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit))
        .map_or_else(
            || format!("{bytes} bytes"),
            |(unit, name)| format!("{} {name}", bytes / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let list =
            |items: &[&str]| Value::List(items.iter().map(|&item| item.to_owned()).collect());
        let seconds = Duration::from_secs;
        for (value, expected) in [
            (Value::Duration(seconds(5400)), "1h30m"),
            (Value::Duration(Duration::from_millis(1500)), "1.5s"),
            (Value::Duration(Duration::ZERO), "0s"),
            (Value::Bytes(1 << 20), "1 MiB"),
            (Value::Bytes(1500), "1500 bytes"),
            (Value::Number(5.0), "5"),
            (
                Value::Rate {
                    count: 100.0,
                    every: seconds(60),
                },
                "100 per 1m",
            ),
            (list(&[]), "none"),
            (list(&["a", "b"]), "a, b"),
            (
                Value::Text("x".repeat(121)),
                &format!("{}…", "x".repeat(120)),
            ),
        ] {
            assert_eq!(value.to_string(), expected);
        }
        let (before, after) = (
            list(&["a", "b", "c", "d", "e"]),
            list(&["a", "b", "c", "d", "f"]),
        );
        let words = pair(Some(&before), Some(&after));
        assert_eq!(
            words,
            (
                "5 entries".to_owned(),
                "5 entries, without e, now with f".to_owned()
            )
        );
    }
}
