//! A config as names and resolved values, which is all that a comparison looks at.

use super::{
    extra, gateway,
    route::{self, Route},
    shape::Shape,
    value::Value,
};
use crate::{
    config::Config,
    diagnostic::{Class, Diagnostic, codes},
    json::Node,
    lower::{self, Origin},
    namespace::Namespace,
    plan::Plan,
    source::Span,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

/// What tells that a listed header says who the caller is.
const IDENTITY: [&str; 2] = [codes::STRIPPED_HEADER.name, codes::CLIENT_IDENTITY.name];

/// Values by name. What is not there is absent, or the runtime's default.
pub type Fields = BTreeMap<Field, Value>;

/// Everything there is to compare in one config.
#[derive(Debug)]
pub struct Facts {
    pub gateway: Fields,
    pub routes: BTreeMap<Shape, Route>,
}

/// The name of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// From 1, where an endpoint has several.
    pub backend: Option<usize>,
    /// The namespace that it belongs to, under its present name.
    pub namespace: Option<&'static str>,
    /// Whether leaving that namespace out would open what it closes.
    pub guard: bool,
    /// Empty: the namespace as a whole.
    pub key: String,
}

impl Field {
    /// A key outside all namespaces.
    pub fn key(name: &str) -> Field {
        Field {
            backend: None,
            namespace: None,
            guard: false,
            key: name.to_owned(),
        }
    }

    /// A namespace as a whole.
    pub fn namespace(row: &Namespace, backend: Option<usize>) -> Field {
        Field {
            backend,
            namespace: Some(row.key),
            guard: row.guard,
            key: String::new(),
        }
    }

    /// Of the n-th backend.
    #[must_use]
    pub fn of(mut self, backend: Option<usize>) -> Field {
        self.backend = backend;
        self
    }

    /// A key of this namespace; the empty one is the namespace itself.
    #[must_use]
    pub fn inner(&self, key: &str) -> Field {
        Field {
            key: key.to_owned(),
            ..self.clone()
        }
    }
}

/// `timeout`, `backend 2: upstream`, `qos/ratelimit/router: max_rate`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = self.backend {
            write!(f, "backend {number}: ")?;
        }
        match (self.namespace, self.key.as_str()) {
            (Some(namespace), "") => f.write_str(namespace),
            (Some(namespace), key) => write!(f, "{namespace}: {key}"),
            (None, key) => f.write_str(key),
        }
    }
}

/// Which places of a file the front end had something to say about: the keys that it knows and nothing builds are
/// compared as they are written, the headers that never pass are listed apart.
pub struct Told {
    unbuilt: HashSet<Span>,
    identity: HashSet<Span>,
}

impl Told {
    fn of(findings: &[Diagnostic]) -> Told {
        let places = |is: fn(&Diagnostic) -> bool| {
            let found = findings.iter().filter(|finding| is(finding));
            found.map(|finding| finding.labels[0].span).collect()
        };
        Told {
            unbuilt: places(|finding| finding.code.class == Class::Unsupported),
            identity: places(|finding| IDENTITY.contains(&finding.code.name)),
        }
    }

    /// A key or a value that is not built.
    pub fn is_unbuilt(&self, place: Span) -> bool {
        self.unbuilt.contains(&place)
    }

    /// A header that says who the caller is.
    pub fn is_identity(&self, place: Span) -> bool {
        self.identity.contains(&place)
    }
}

/// `findings` are those of reading this very file.
pub fn read(config: &Config, root: &Node, findings: &[Diagnostic]) -> Facts {
    let told = Told::of(findings);
    let plan = plan(config);
    let mut gateway = gateway::fields(&plan);
    extra::entries(&config.extra, None, &told, &mut gateway);
    extra::unbuilt(root, None, &told, &mut gateway);

    let nodes: HashMap<Span, &Node> = root
        .get("endpoints")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .map(|node| (node.span, node))
        .collect();
    let mut calls: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for endpoint in &plan.endpoints {
        calls
            .entry((endpoint.method, endpoint.path.as_str()))
            .or_default()
            .push(endpoint);
    }
    let routes = config
        .endpoints
        .iter()
        .map(|endpoint| {
            let planned = &calls[&(endpoint.method.value, endpoint.path.text.as_str())];
            let node = nodes[&endpoint.span];
            let route = route::read(endpoint, config, node, planned, &plan, &told);
            (Shape::of(endpoint), route)
        })
        .collect();
    Facts { gateway, routes }
}

/// The plan of everything that can be planned: an endpoint whose guard is not built would be planned as a refusal, and
/// what else it does would not be seen, so guards are set aside here and compared on their own. For the same reason an
/// endpoint with several backends is planned as several endpoints, in their order (`lower` sorts, and keeps ties).
fn plan(config: &Config) -> Plan {
    let mut config = config.clone();
    let open = |extra: &crate::config::Extra| {
        !extra.namespace.guard && extra.namespace.key != "auth/public"
    };
    config.extra.retain(open);
    config.endpoints = config
        .endpoints
        .into_iter()
        .flat_map(|mut endpoint| {
            endpoint.extra.retain(open);
            let backends = std::mem::take(&mut endpoint.backends);
            backends.into_iter().map(move |mut backend| {
                backend.extra.retain(open);
                let mut endpoint = endpoint.clone();
                endpoint.backends = vec![backend];
                endpoint
            })
        })
        .collect();
    let origin = Origin {
        crate_name: String::new(),
        path: String::new(),
        text: String::new(),
    };
    lower::lower(&config, origin, &[]).0
}
