//! `jsonschema`'s findings → ours. The only file that knows that crate.

use super::{
    bundle,
    keys::{self, Place},
    refused,
};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::{Kind, Node},
    source::Spanned,
};
use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind as Error},
};
use serde_json::Value;
use std::sync::LazyLock;

/// Languages inside strings: `config` parses them and points inside, so their patterns (which editors use) say nothing
/// here. The word is the `$comment` of the schema.
const PARSED: &[&str] = &["duration", "host", "method", "path", "header", "shard-key"];

pub fn check(root: &Node) -> Vec<Diagnostic> {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        jsonschema::validator_for(bundle()).expect("the bundled schema is valid: a test builds it")
    });
    VALIDATOR
        .iter_errors(&root.to_value())
        .flat_map(|error| findings(root, &error))
        .collect()
}

/// Where an error stands, in our terms.
struct Spot<'a> {
    /// The names on the way to the value.
    path: Vec<String>,
    node: &'a Node,
    /// The schema of the value.
    schema: &'static Value,
}

impl<'a> Spot<'a> {
    fn of(root: &'a Node, error: &ValidationError<'_>) -> Option<Spot<'a>> {
        let path: Vec<_> = names(error.instance_path().as_str()).collect();
        let mut node = root;
        for name in &path {
            node = match &node.kind {
                Kind::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                _ => node.get(name)?,
            };
        }
        let schema = error.schema_path().as_str();
        let owner = schema.rsplit_once('/').map_or("", |(owner, _)| owner);
        Some(Spot {
            path,
            node,
            schema: bundle().pointer(owner)?,
        })
    }

    /// The key whose value it is, or whose list it is in.
    fn key(&self) -> &str {
        let named = self
            .path
            .iter()
            .rev()
            .find(|name| name.parse::<usize>().is_err());
        named.map_or("", String::as_str)
    }

    /// What a message calls the value.
    fn subject(&self) -> String {
        match self.path.last() {
            None => "the config".to_owned(),
            Some(last) if last.parse::<usize>().is_ok() => format!("an item of `{}`", self.key()),
            Some(key) => format!("`{key}`"),
        }
    }

    fn place(&self) -> Option<Place> {
        Place::at(&self.path.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The place of the object that the value is in.
    fn owner(&self) -> Option<Place> {
        let path: Vec<_> = self.path.iter().map(String::as_str).collect();
        Place::at(path.split_last()?.1)
    }
}

/// JSON Pointer (RFC 6901) → its names.
fn names(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
}

fn findings(root: &Node, error: &ValidationError<'_>) -> Vec<Diagnostic> {
    // Both paths come from the validator that walked these two documents; if one led nowhere, the finding must still
    // be heard.
    let Some(spot) = Spot::of(root, error) else {
        return vec![Diagnostic::new(
            &codes::WRONG_VALUE,
            error.to_string(),
            root.start(),
            "somewhere in here",
        )];
    };
    if let Error::AdditionalProperties { unexpected } = error.kind() {
        let members = unexpected.iter().filter_map(|key| spot.node.member(key));
        return members
            .filter_map(|member| match spot.place() {
                Some(place) => keys::judge(place, member),
                None => Some(keys::judge_inner(&spot.subject(), spot.schema, member)),
            })
            .collect();
    }
    one(&spot, error).into_iter().collect()
}

fn one(spot: &Spot<'_>, error: &ValidationError<'_>) -> Option<Diagnostic> {
    let Spot { node, schema, .. } = spot;
    let key = spot.key();
    let value = |message: String| Diagnostic::new(&codes::WRONG_VALUE, message, node.start(), "");
    Some(match error.kind() {
        Error::Type {
            kind: TypeKind::Single(kind),
        } => wrong_type(spot, &kind.to_string()),
        Error::Type { .. } => wrong_type(spot, schema["type"][0].as_str().unwrap_or_default()),
        Error::Required { property } => {
            let missing = property.as_str().unwrap_or_default();
            let owner = match spot.place() {
                None | Some(Place::Root) => spot.subject(),
                Some(place) => place.name(),
            };
            let code = if missing == "backend" {
                &codes::NO_BACKEND
            } else {
                &codes::MISSING_KEY
            };
            let whole = node
                .member("endpoint")
                .map_or(node.start(), |member| member.value.span);
            let (owner, place, label) = dependent(spot, missing)
                .map_or((owner, whole, "not given here"), |key| {
                    (format!("`{}`", key.value), key.span, "given without it")
                });
            Diagnostic::new(code, format!("{owner} needs `{missing}`"), place, label)
                .help(example(missing))
        }
        Error::MinItems { .. } if key == "backend" => Diagnostic::new(
            &codes::NO_BACKEND,
            "an endpoint needs a backend",
            node.start(),
            "none given here",
        )
        .help(example("backend")),
        Error::Constant { .. } if key == "version" => Diagnostic::new(
            &codes::WRONG_VERSION,
            format!("version {} of the config is not supported", node.to_value()),
            node.span,
            "must be 3",
        )
        .help("KrakenD's migration tool turns version 2 into version 3"),
        Error::Enum { options } => spot
            .owner()
            .and_then(|owner| refused::value(owner, key, node))
            .unwrap_or_else(|| not_one_of(key, node, options)),
        // A string where only one with slots can stand for a number.
        Error::Pattern { .. } if schema["type"][0].is_string() => {
            wrong_type(spot, schema["type"][0].as_str().unwrap_or_default())
        }
        Error::AnyOf { .. } if options_of(schema).is_some() => spot
            .owner()
            .and_then(|owner| refused::value(owner, key, node))
            .unwrap_or_else(|| not_one_of(key, node, options_of(schema).unwrap_or(&Value::Null))),
        Error::Pattern { .. }
            if PARSED.contains(&schema["$comment"].as_str().unwrap_or_default()) =>
        {
            return None;
        }
        Error::MinItems { .. } => {
            value(format!("{} is empty", spot.subject())).help("list something, or remove the key")
        }
        Error::Minimum { limit } => value(format!("{} must be at least {limit}", spot.subject())),
        Error::Maximum { limit } => value(format!("{} must be at most {limit}", spot.subject())),
        _ => value(format!("{} cannot be {}", spot.subject(), node.to_value())),
    })
}

/// The key that needs `missing` beside it, if it is not the object that does.
fn dependent<'a>(spot: &Spot<'a>, missing: &str) -> Option<&'a Spanned<String>> {
    let pairs = spot.schema["dependentRequired"].as_object()?;
    let needs = |partners: &Value| {
        partners
            .as_array()
            .is_some_and(|p| p.contains(&missing.into()))
    };
    let mut names = pairs
        .iter()
        .filter(|(_, partners)| needs(partners))
        .map(|(name, _)| name);
    names.find_map(|name| Some(&spot.node.member(name)?.key))
}

fn example(key: &str) -> &'static str {
    match key {
        "version" => "write `\"version\": 3`",
        "endpoint" => "write `\"endpoint\": \"/v1/things\"`",
        "backend" => {
            "write `\"backend\": [{ \"host\": [\"http://service:8080\"], \"url_pattern\": \"/\" }]`"
        }
        "api_token" => {
            "write `\"api_token\": \"${env:REVOKER_TOKEN}\"`: without one, anybody could have tokens refused"
        }
        "public_key" | "private_key" | "certificate" => {
            "a certificate and its private key are two paths; both may lead to one file"
        }
        _ => "add the key",
    }
}

/// The words of a schema that takes one of them, or a text with slots.
fn options_of(schema: &Value) -> Option<&Value> {
    let forms = schema["anyOf"].as_array()?;
    forms
        .iter()
        .map(|form| &form["enum"])
        .find(|options| options.is_array())
}

/// `wanted`: of several types, the first.
fn wrong_type(spot: &Spot<'_>, wanted: &str) -> Diagnostic {
    let Spot { node, schema, .. } = spot;
    let name = match wanted {
        "string" if schema["$comment"] == "duration" => "a duration, which is a string",
        "string" => "a string",
        "integer" => "an integer",
        "boolean" => "a boolean",
        "array" => "a list",
        "object" => "an object",
        _ => "a value of another type",
    };
    let found = match (&node.kind, wanted) {
        (Kind::Number(text), "integer") => text,
        _ => node.type_name(),
    };
    let message = format!("{} takes {name}, not {found}", spot.subject());
    let mut finding = Diagnostic::new(&codes::WRONG_TYPE, message, node.start(), "");
    let fix = match (&node.kind, wanted) {
        (Kind::Null, _) => return finding.help("to leave a key out, remove it"),
        (Kind::String(text), "integer") if text.parse::<u64>().is_ok() => Some(text.clone()),
        (Kind::String(text), "boolean") if text == "true" || text == "false" => Some(text.clone()),
        (Kind::String(text), "array") => Some(Value::from(vec![text.as_str()]).to_string()),
        (Kind::Number(text), "string")
            if schema["$comment"] == "duration"
                && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            finding = finding.note(
                "the old engine reads a bare number as nanoseconds; probably seconds are meant",
            );
            Some(format!("\"{text}s\""))
        }
        (Kind::Number(_), "string") if schema["$comment"] == "duration" => None,
        (Kind::Number(text), "string") => Some(format!("\"{text}\"")),
        _ => None,
    };
    match fix {
        Some(text) => finding.fix(node.span, text),
        None => finding.help(format!("write {name}")),
    }
}

fn not_one_of(key: &str, node: &Node, options: &Value) -> Diagnostic {
    let text = |option: &Value| match option {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let options: Vec<String> = options.as_array().into_iter().flatten().map(text).collect();
    let mut finding = Diagnostic::new(
        &codes::WRONG_VALUE,
        format!("`{key}` cannot be {}", node.to_value()),
        node.span,
        "",
    );
    // Levels are in the schema in both cases of letters.
    let mut shown: Vec<&str> = Vec::new();
    for option in &options {
        if !shown.iter().any(|other| other.eq_ignore_ascii_case(option)) {
            shown.push(option);
        }
    }
    finding = finding.help(format!("one of {}", shown.join(", ")));
    match node
        .as_str()
        .and_then(|text| nearest(text, shown.iter().copied()))
    {
        Some(option) => finding
            .help(format!("did you mean `{option}`?"))
            .fix(node.span, format!("\"{option}\"")),
        None => finding,
    }
}
