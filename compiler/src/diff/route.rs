//! One endpoint as values, and who takes its requests where it is not there.

use super::{
    extra,
    facts::{Field, Fields, Told},
    headers,
    shape::Shape,
    value::Value,
};
use crate::{
    config::{Config, Endpoint, Path},
    json::Node,
    plan::{self, Action, Call, Headers, Plan, Query},
};
use std::collections::{BTreeMap, BTreeSet};

/// An endpoint.
#[derive(Debug)]
pub struct Route {
    /// `POST /v1/messages`, as written.
    pub name: String,
    pub shape: Shape,
    pub fields: Fields,
    /// `http://users:8000/v1/*` of each backend.
    targets: Vec<String>,
}

/// The route among `others` that takes the requests of a route which is not there.
pub fn taker<'a>(route: &Route, others: impl Iterator<Item = &'a Route>) -> Option<&'a Route> {
    others
        .filter(|other| other.shape.covers(&route.shape))
        .min_by(|a, b| a.shape.cmp(&b.shape))
}

impl Route {
    /// As one value, for it comes or goes as a whole.
    pub fn value(&self) -> Value {
        Value::Endpoint {
            target: self.targets.join(" and "),
            guards: self.guards().into_iter().collect(),
            public: self.is_public(),
        }
    }

    /// This route is gone and `other` takes its requests.
    pub fn handed_to(&self, other: &Route) -> Value {
        Value::Elsewhere {
            route: other.name.clone(),
            lost: self.guards().difference(&other.guards()).copied().collect(),
        }
    }

    /// This route is new and `other` took its requests so far.
    pub fn taken_from(&self, other: &Route) -> Value {
        Value::Elsewhere {
            route: other.name.clone(),
            lost: other.guards().difference(&self.guards()).copied().collect(),
        }
    }

    /// What can refuse a request: guards and rate limits.
    fn guards(&self) -> BTreeSet<&'static str> {
        let closes = |field: &&Field| {
            field.guard
                || field
                    .namespace
                    .is_some_and(|key| key.starts_with("qos/ratelimit/"))
        };
        let mut guards: BTreeSet<_> = self
            .fields
            .keys()
            .filter(closes)
            .filter_map(|f| f.namespace)
            .collect();
        if self.public() == Some(&Value::Flag(false)) {
            guards.insert("auth/public");
        }
        guards
    }

    fn is_public(&self) -> bool {
        self.public() == Some(&Value::Flag(true))
    }

    fn public(&self) -> Option<&Value> {
        let public = |(field, _): &(&Field, &Value)| field.namespace == Some("auth/public");
        self.fields.iter().find(public).map(|(_, value)| value)
    }
}

/// `planned`: one per backend, in their order.
pub fn read(
    endpoint: &Endpoint,
    config: &Config,
    node: &Node,
    planned: &[&plan::Endpoint],
    plan: &Plan,
    told: &Told,
) -> Route {
    let mut fields = Fields::new();
    let encoding = endpoint
        .output_encoding
        .as_ref()
        .or(config.output_encoding.as_ref());
    let encoding = encoding.map_or("json", |said| &said.value);
    fields.insert(
        Field::key("output_encoding"),
        Value::Text(encoding.to_owned()),
    );
    let cache = endpoint
        .cache_ttl
        .or(config.cache_ttl)
        .map(|said| said.value);
    if let Some(ttl) = cache.filter(|ttl| !ttl.is_zero()) {
        fields.insert(Field::key("cache_ttl"), Value::Duration(ttl));
    }
    fields.insert(Field::key("path"), Value::Text(endpoint.path.text.clone()));
    extra::entries(&endpoint.extra, None, told, &mut fields);
    extra::unbuilt(node, None, told, &mut fields);

    let identity: BTreeSet<String> = endpoint
        .input_headers
        .iter()
        .chain(
            endpoint
                .backends
                .iter()
                .flat_map(|backend| &backend.input_headers),
        )
        .filter(|header| told.is_identity(header.span))
        .map(|header| header.to_ascii_lowercase())
        .collect();
    let nodes = node.get("backend").map(Node::items).unwrap_or_default();
    let mut targets = Vec::new();
    for (index, backend) in endpoint.backends.iter().enumerate() {
        let number = (endpoint.backends.len() > 1).then_some(index + 1);
        if let Some(Action::Forward(call)) = planned.get(index).map(|planned| &planned.action) {
            let hosts = &plan.upstreams[call.upstream].hosts;
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            targets.push(format!("{}{}", hosts.join(","), call.template));
            fields.insert(Field::key("upstream").of(number), Value::List(hosts));
            self::call(call, &endpoint.path, number, &identity, &mut fields);
        }
        extra::entries(&backend.extra, number, told, &mut fields);
        if let Some(node) = nodes.get(index) {
            extra::unbuilt(node, number, told, &mut fields);
        }
    }
    Route {
        name: format!("{} {}", endpoint.method.as_str(), endpoint.path.text),
        shape: Shape::of(endpoint),
        fields,
        targets,
    }
}

fn call(
    call: &Call,
    path: &Path,
    number: Option<usize>,
    identity: &BTreeSet<String>,
    fields: &mut Fields,
) {
    let list = match &call.headers {
        Headers::All => Value::All,
        Headers::Only(names) => {
            let (own, rest): (Vec<String>, Vec<String>) = names
                .iter()
                .cloned()
                .partition(|name| identity.contains(name));
            if !own.is_empty() {
                fields.insert(Field::key(headers::IDENTITY).of(number), Value::List(own));
            }
            Value::List(rest)
        }
    };
    let query = match &call.query {
        Query::All => Value::All,
        Query::Only(names) => Value::List(names.clone()),
    };
    let said = BTreeMap::from([
        (
            "template",
            Some(Value::Text(numbered(&call.template, path))),
        ),
        (
            "method",
            call.method
                .map(|method| Value::Text(method.as_str().to_owned())),
        ),
        (headers::PASSED, Some(list)),
        ("query", Some(query)),
    ]);
    for (key, value) in said {
        if let Some(value) = value {
            fields.insert(Field::key(key).of(number), value);
        }
    }
    // Of the endpoint, whichever backend it is.
    fields.insert(Field::key("timeout"), Value::Duration(call.timeout));
    if let Some(bytes) = call.max_body {
        fields.insert(Field::key("max_payload"), Value::Bytes(bytes));
    }
}

/// Placeholders by their place in the endpoint's path: their names are nobody's business.
fn numbered(template: &str, path: &Path) -> String {
    let mut text = template.to_owned();
    for (index, placeholder) in path.placeholders.iter().enumerate() {
        text = text.replace(
            &format!("{{{}}}", placeholder.name),
            &format!("{{{}}}", index + 1),
        );
    }
    text
}
