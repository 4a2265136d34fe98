//! Findings as SARIF 2.1.0 (OASIS), for code scanning and editors.

use super::{Class, Code, Diagnostic, Fix, codes, lines::Lines, words::words};
use crate::source::{Source, Span};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One document, one run, whatever the number of files: a code scanner takes one per call.
///
/// Every kind of finding is a rule, found or not, so that a viewer can tell "clean" from "not looked for".
pub fn render_sarif(files: &[(&Source, &[Diagnostic])]) -> String {
    let artifacts: Vec<_> = files
        .iter()
        .map(|(source, _)| json!({ "location": { "uri": uri(&source.path) }, "sourceLanguage": "json" }))
        .collect();
    let results: Vec<_> = files
        .iter()
        .enumerate()
        .flat_map(|(index, (source, findings))| {
            let file = File {
                lines: Lines::new(&source.text),
                artifact: json!({ "uri": uri(&source.path), "index": index }),
            };
            findings
                .iter()
                .map(move |finding| file.result(finding))
                .collect::<Vec<_>>()
        })
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gwc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes::ALL.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            } },
            // Ours count characters; SARIF's default would be UTF-16 code units.
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": text(code.summary),
        "help": text(&format!("{}: {}. {}", code.name, code.summary, advice(code))),
        "defaultConfiguration": { "level": code.class.level().name() },
        "properties": { "tags": [code.class.name()] },
    })
}

/// What can be done about a kind of finding, whatever the config.
fn advice(code: &Code) -> String {
    let name = code.name;
    match code.class {
        Class::Invalid => "No gateway can be built from the config until it is mended.".to_owned(),
        Class::Unsupported => {
            format!("`--allow {name}` builds without it, and the gateway says so at every start.")
        }
        Class::Surprising => {
            format!("`--allow {name}` says that it is meant, `--deny {name}` makes it an error.")
        }
        Class::Unsafe => {
            format!("`--deny unsafe` makes it an error, `--allow {name}` says that it is meant.")
        }
        Class::Difference => {
            format!("Nothing has to be done; `--allow {name}` says that it is known.")
        }
    }
}

struct File<'a> {
    lines: Lines<'a>,
    artifact: Value,
}

impl File<'_> {
    fn result(&self, finding: &Diagnostic) -> Value {
        let (primary, secondary) = finding.labels.split_first().expect("a finding has a place");
        let mut result = Map::new();
        result.insert("ruleId".into(), finding.code.name.into());
        // A code that is not in the table has no index, and needs none.
        if let Some(index) = codes::ALL
            .iter()
            .position(|code| code.name == finding.code.name)
        {
            result.insert("ruleIndex".into(), index.into());
        }
        result.insert("level".into(), finding.level().name().into());
        result.insert("message".into(), text(&words(finding)));
        result.insert(
            "locations".into(),
            json!([{ "physicalLocation": self.place(primary.span) }]),
        );
        if !secondary.is_empty() {
            let related = secondary.iter().enumerate().map(|(id, label)| {
                json!({
                    "id": id,
                    "physicalLocation": self.place(label.span),
                    "message": text(&label.text),
                })
            });
            result.insert("relatedLocations".into(), related.collect());
        }
        if let Some(fix) = &finding.fix {
            result.insert(
                "fixes".into(),
                json!([self.fix(fix, finding.help.as_deref())]),
            );
        }
        Value::Object(result)
    }

    fn place(&self, span: Span) -> Value {
        json!({ "artifactLocation": self.artifact, "region": self.region(span) })
    }

    /// Lines and columns from 1, the end behind the last character, as SARIF has it too.
    fn region(&self, span: Span) -> Value {
        let (line, column) = self.lines.position(span.start);
        let (end_line, end_column) = self.lines.position(span.end);
        json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
    }

    fn fix(&self, fix: &Fix, help: Option<&str>) -> Value {
        json!({
            "description": text(help.unwrap_or("write it like this")),
            "artifactChanges": [{
                "artifactLocation": self.artifact,
                "replacements": [{
                    "deletedRegion": self.region(fix.span),
                    "insertedContent": { "text": fix.text },
                }],
            }],
        })
    }
}

/// A message; braces would be placeholders in it and are doubled (SARIF 2.1.0, 3.11.5).
fn text(words: &str) -> Value {
    json!({ "text": words.replace('{', "{{").replace('}', "}}") })
}

/// A path as a URI reference (RFC 3986): relative stays relative, which is what code scanning wants.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let table = [
            ("configs/a.json", "configs/a.json"),
            ("./a.json", "a.json"),
            ("/etc/a b.json", "file:///etc/a%20b.json"),
            ("käse.json", "k%C3%A4se.json"),
            ("a:b%.json", "a%3Ab%25.json"),
        ];
        for (path, expected) in table {
            assert_eq!(uri(path), expected, "{path}");
        }
    }

    #[test]
    fn regions_count_characters() {
        let source = Source::new("a.json", "{\"ä\": \"😀x\"}");
        let at = source.text.find('x').expect("there");
        let finding = Diagnostic::new(&codes::INERT_KEY, "m", Span::new(at, at + 1), "");
        let document: Value =
            serde_json::from_str(&render_sarif(&[(&source, &[finding])])).expect("JSON");
        assert_eq!(
            document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"],
            json!({ "startLine": 1, "startColumn": 9, "endLine": 1, "endColumn": 10 })
        );
    }
}
