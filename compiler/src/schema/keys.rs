//! Keys that the schema of their object does not have: refused with a reason, misplaced, or unknown.

use super::{bundle, refused};
use crate::{
    diagnostic::{Diagnostic, codes, nearest},
    json::Member,
    namespace::{self, NAMESPACES, Scope, Support},
};
use serde_json::Value;

/// An object of the config whose keys are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Root,
    Endpoint,
    Backend,
    /// The value of a root key that is an object of its own.
    Inside(&'static str),
    /// The value of a namespace, by its key.
    Namespace(&'static str, Scope),
}

/// Objects of the root that have keys of their own.
const INSIDE: [&str; 2] = ["tls", "client_tls"];

/// Names that version 2 of the language had for keys of version 3.
const RENAMED: &[(&str, &str)] = &[
    ("headers_to_pass", "input_headers"),
    ("header_to_pass", "input_headers"),
    ("querystring_params", "input_query_strings"),
    ("whitelist", "allow"),
    ("blacklist", "deny"),
];

impl Place {
    /// The place of an object, from the names on the way to it.
    pub fn at(path: &[&str]) -> Option<Place> {
        let (scope, rest) = match path {
            ["endpoints", _, "backend", _, rest @ ..] => (Scope::Backend, rest),
            ["endpoints", _, rest @ ..] => (Scope::Endpoint, rest),
            rest => (Scope::Service, rest),
        };
        match rest {
            [] => Place::of(scope),
            [key] if scope == Scope::Service => {
                let inside = INSIDE.iter().find(|inside| *inside == key)?;
                Some(Place::Inside(inside))
            }
            ["extra_config", key] => Some(Place::Namespace(namespace::find(key)?.key, scope)),
            _ => None,
        }
    }

    pub fn of(scope: Scope) -> Option<Place> {
        match scope {
            Scope::Service => Some(Place::Root),
            Scope::Endpoint => Some(Place::Endpoint),
            Scope::Backend => Some(Place::Backend),
            Scope::Agent => None,
        }
    }

    /// The objects among the keys of a level, with their keys.
    pub fn inside(scope: Scope) -> impl Iterator<Item = (&'static str, Place)> {
        let here = INSIDE.iter().filter(move |_| scope == Scope::Service);
        here.map(|&key| (key, Place::Inside(key)))
    }

    fn scope(self) -> Scope {
        match self {
            Place::Root | Place::Inside(_) => Scope::Service,
            Place::Endpoint => Scope::Endpoint,
            Place::Backend => Scope::Backend,
            Place::Namespace(_, scope) => scope,
        }
    }

    pub fn name(self) -> String {
        match self {
            Place::Inside(key) | Place::Namespace(key, _) => format!("`{key}`"),
            _ => self.scope().name().to_owned(),
        }
    }

    /// The schema of the object.
    fn schema(self) -> &'static Value {
        let root = bundle();
        let endpoint = &root["properties"]["endpoints"]["items"];
        let backend = &endpoint["properties"]["backend"]["items"];
        let owner = match self.scope() {
            Scope::Service | Scope::Agent => root,
            Scope::Endpoint => endpoint,
            Scope::Backend => backend,
        };
        match self {
            Place::Inside(key) => &owner["properties"][key],
            Place::Namespace(key, _) => &owner["properties"]["extra_config"]["properties"][key],
            _ => owner,
        }
    }

    fn built(self) -> impl Iterator<Item = &'static str> {
        properties(self.schema())
    }

    /// Built or refused.
    pub fn has(self, key: &str) -> bool {
        self.built().any(|built| built == key) || refused::find(self, key).is_some()
    }
}

/// What there is to say about a key that the schema of `place` does not have. `None`: a refused key whose value asks for
/// nothing.
pub fn judge(place: Place, member: &Member) -> Option<Diagnostic> {
    if let Some(row) = refused::find(place, &member.key) {
        return row.finding(&place.name(), member);
    }
    let known = place.built().chain(refused::keys_of(place));
    Some(misplaced(place, member).unwrap_or_else(|| unknown(&place.name(), known, member)))
}

/// As [`judge`], for an object inside the value of a key: nothing but its schema is known about it.
pub fn judge_inner(owner: &str, schema: &'static Value, member: &Member) -> Diagnostic {
    unknown(owner, properties(schema), member)
}

fn properties(schema: &'static Value) -> impl Iterator<Item = &'static str> {
    let keys = schema["properties"].as_object();
    keys.into_iter()
        .flat_map(|keys| keys.keys().map(String::as_str))
}

fn misplaced(place: Place, member: &Member) -> Option<Diagnostic> {
    let key = member.key.value.as_str();
    let elsewhere = |help: String| {
        let message = format!("`{key}` does not belong to {}", place.name());
        Some(
            Diagnostic::new(
                &codes::MISPLACED_KEY,
                message,
                member.key.span,
                "nothing reads it here",
            )
            .help(help),
        )
    };
    let inner = [Place::Backend, Place::Endpoint, Place::Root];
    if let Some(owner) = inner
        .into_iter()
        .find(|owner| *owner != place && owner.has(key))
    {
        return elsewhere(format!("it is a key of {}: move it there", owner.name()));
    }
    if let Some(row) = namespace::find(key) {
        if row.is_read_at(place.scope()) {
            return elsewhere("it is a namespace: put it into `extra_config`".to_owned());
        }
        return elsewhere(format!(
            "it is a namespace: put it into the `extra_config` of {}",
            row.homes()
        ));
    }
    let rows = NAMESPACES.iter().filter(|row| row.support == Support::Yes);
    let mut homes = rows.flat_map(|row| {
        row.levels
            .iter()
            .map(|&level| Place::Namespace(row.key, level))
    });
    let home = homes.find(|home| *home != place && home.has(key))?;
    if let (Place::Namespace(here, scope), Place::Namespace(there, level)) = (place, home)
        && here == there
    {
        let message = format!("`{key}` is not read in the `{here}` of {}", scope.name());
        let finding = Diagnostic::new(
            &codes::MISPLACED_KEY,
            message,
            member.key.span,
            "nothing reads it here",
        );
        return Some(finding.help(format!("it belongs to the `{there}` of {}", level.name())));
    }
    elsewhere(format!(
        "it is a key of {} in the `extra_config` of {}",
        home.name(),
        home.scope().name()
    ))
}

fn unknown(owner: &str, known: impl Iterator<Item = &'static str>, member: &Member) -> Diagnostic {
    let key = member.key.value.as_str();
    let finding = Diagnostic::new(
        &codes::UNKNOWN_KEY,
        format!("{owner} has no key `{key}`"),
        member.key.span,
        "nothing reads this",
    );
    let renamed = RENAMED
        .iter()
        .find(|(old, _)| *old == key)
        .map(|&(_, new)| new);
    match renamed.or_else(|| nearest(key, known)) {
        Some(name) if renamed.is_some() => finding
            .help(format!("version 3 of the config calls it `{name}`"))
            .fix(member.key.span, format!("\"{name}\"")),
        Some(name) => finding
            .help(format!("did you mean `{name}`?"))
            .fix(member.key.span, format!("\"{name}\"")),
        None => finding.help("a key that starts with `@`, `$`, `_` or `#` is a comment"),
    }
}
