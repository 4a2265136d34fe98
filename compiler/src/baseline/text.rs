//! A baseline as text, and back.

use super::{Baseline, Entry};
use crate::diagnostic::{Class, codes};
use serde_json::{Value, json};
use thiserror::Error;

/// Of this layout; another one gets another number.
const VERSION: u64 = 1;

/// Why a text is no baseline.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// Not JSON at all.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another gwc, or no baseline.
    #[error("it is not a baseline of version {VERSION}")]
    Version,
    /// Something is not where, or what, it should be.
    #[error("`{0}` is missing or of the wrong type")]
    Shape(&'static str),
    /// Somebody wrote it in by hand.
    #[error(
        "`{0}` cannot be in a baseline: the config is wrong, and no gateway could be built from it"
    )]
    Invalid(String),
}

impl Baseline {
    /// Reads what [`render`](Baseline::render) wrote.
    pub fn read(text: &str) -> Result<Baseline, BaselineError> {
        let root: Value = serde_json::from_str(text)?;
        if root["version"].as_u64() != Some(VERSION) {
            return Err(BaselineError::Version);
        }
        let mut baseline = Baseline::default();
        let files = root["files"].as_object();
        for (file, list) in files.ok_or(BaselineError::Shape("files"))? {
            let entries = baseline.files.entry(file.clone()).or_default();
            for value in list.as_array().ok_or(BaselineError::Shape("files"))? {
                let (entry, count) = entry(value)?;
                *entries.entry(entry).or_default() += count;
            }
        }
        Ok(baseline)
    }

    /// Pretty JSON in a fixed order.
    pub fn render(&self) -> String {
        let files: serde_json::Map<_, _> = self
            .files
            .iter()
            .map(|(file, entries)| {
                let list = entries.iter().map(|(entry, count)| {
                    json!({ "code": entry.code, "at": entry.at, "message": entry.message, "count": count })
                });
                (file.clone(), list.collect())
            })
            .collect();
        format!("{:#}\n", json!({ "version": VERSION, "files": files }))
    }
}

fn entry(value: &Value) -> Result<(Entry, usize), BaselineError> {
    let word = |key: &'static str| match &value[key] {
        Value::String(text) => Ok(text.clone()),
        _ => Err(BaselineError::Shape(key)),
    };
    let entry = Entry {
        at: word("at")?,
        code: word("code")?,
        message: word("message")?,
    };
    let known = codes::ALL.iter().find(|code| code.name == entry.code);
    if known.is_some_and(|code| code.class == Class::Invalid) {
        return Err(BaselineError::Invalid(entry.code));
    }
    let count = value["count"]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok());
    Ok((entry, count.ok_or(BaselineError::Shape("count"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_baseline_says_why() {
        let entry = |entry: &str| format!(r#"{{"version": 1, "files": {{"f": [{entry}]}}}}"#);
        let table = [
            (
                "{",
                "it is not JSON: EOF while parsing an object at line 1 column 1".to_owned(),
            ),
            ("[]", "it is not a baseline of version 1".to_owned()),
            (
                r#"{"version": 2}"#,
                "it is not a baseline of version 1".to_owned(),
            ),
            (
                r#"{"version": 1}"#,
                "`files` is missing or of the wrong type".to_owned(),
            ),
            (
                &entry(r#"{"at": "$", "code": "x", "message": "m"}"#),
                "`count` is missing or of the wrong type".to_owned(),
            ),
            (
                &entry(r#"{"at": "$", "code": "unknown-key", "message": "m", "count": 1}"#),
                BaselineError::Invalid("unknown-key".to_owned()).to_string(),
            ),
        ];
        for (text, expected) in table {
            let error = Baseline::read(text).expect_err(text);
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn text_and_back() {
        let text = r#"{"version": 1, "files": {"f": [
            {"at": "GET /b", "code": "query-dropped", "message": "m", "count": 2},
            {"at": "GET /a", "code": "query-dropped", "message": "m", "count": 1}
        ]}}"#;
        let baseline = Baseline::read(text).expect("a baseline");
        let rendered = baseline.render();
        assert_eq!(Baseline::read(&rendered).expect("a baseline"), baseline);
        assert!(
            rendered.find("/a") < rendered.find("/b"),
            "in order: {rendered}"
        );
    }
}
