//! Clusters with one writer over sockets: `tests/golden/ha.json` before a service that says who leads, two nodes that may,
//! and a reader.

mod bodies;
mod drill;

mod counts;
mod failover;
mod leader;
mod redirects;
mod roles;
mod streams;

use harness::{
    Client, Exchange, Gateway, Key, Launch, Origin, Response,
    compiler::scratch,
    gateway::{ORIGIN, SECOND, refusing},
    origin::Request,
};
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

const LEADER: &str = "/_ha/leader";

/// What the service says of who leads: status line and body.
#[derive(Default)]
struct Says {
    answer: Mutex<(String, String)>,
    /// Bodies that `open.test` is told in turn, as if another node answered each time, and how often it has asked.
    turns: Mutex<(Vec<String>, usize)>,
    nodes: OnceLock<[SocketAddr; 2]>,
    term: AtomicU64,
}

/// A node, as its handler knows it.
struct Node {
    name: Name,
    says: Arc<Says>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    A,
    B,
    Reader,
}
use Name::{A, B};

type Handler = fn(&mut Exchange, &Node);

impl Says {
    fn url(&self, node: Name) -> String {
        let nodes = self.nodes.get().expect("the nodes are there");
        format!("http://{}", nodes[node as usize])
    }

    /// From the next poll on, `node` leads, in a term of its own.
    fn lead(&self, node: Name) {
        let term = self.term.fetch_add(1, SeqCst) + 1;
        self.say(json!({ "leader_url": self.url(node), "node_id": "n", "term": term }));
    }

    fn say(&self, answer: impl ToString) {
        self.answer("200 OK", answer);
    }

    fn poll(&self, x: &mut Exchange) {
        let (status, mut body) = self.answer.lock().expect("answer").clone();
        let (turns, asked) = &mut *self.turns.lock().expect("turns");
        if x.head.headers.get("host") == Some("open.test:8090") && !turns.is_empty() {
            body.clone_from(&turns[*asked % turns.len()]);
            *asked += 1;
        }
        x.reply(&status, &[], body.as_bytes());
    }

    fn answer(&self, status: &str, answer: impl ToString) {
        *self.answer.lock().expect("answer") = (status.to_owned(), answer.to_string());
    }
}

/// Takes the request, and answers with its name.
fn ok(x: &mut Exchange, node: &Node) {
    x.body();
    x.reply("200 OK", &[], node.text().as_bytes());
}

impl Node {
    fn text(&self) -> &'static str {
        match self.name {
            A => "a",
            B => "b",
            Name::Reader => "reader",
        }
    }
}

/// A gateway before a cluster.
struct Base {
    gateway: Gateway,
    says: Arc<Says>,
    service: Origin,
    reader: Origin,
    a: Origin,
    b: Origin,
    key: Key,
}

impl Base {
    /// `a` leads, and knows nothing of `b`. `name` is of the directory with its keys.
    fn start(name: &str, a: Handler, b: Handler) -> Base {
        Base::with(name, a, b, |says| says.lead(A), |launch| launch)
    }

    /// Both have led, and `a` does.
    fn both(name: &str, a: Handler, b: Handler) -> Base {
        let base = Base::with(name, a, b, |says| says.lead(B), |launch| launch);
        base.says.lead(A);
        base.follows(A);
        base
    }

    fn with(
        name: &str,
        a: Handler,
        b: Handler,
        first: impl FnOnce(&Says),
        more: impl FnOnce(Launch) -> Launch,
    ) -> Base {
        Base::of(name, [a, b, ok], first, more)
    }

    /// `a`, `b` and the reader.
    fn of(
        name: &str,
        [a, b, reader]: [Handler; 3],
        first: impl FnOnce(&Says),
        more: impl FnOnce(Launch) -> Launch,
    ) -> Base {
        let says = Arc::<Says>::default();
        let node = |name, handler: Handler| {
            let node = Node {
                name,
                says: Arc::clone(&says),
            };
            Origin::start(move |x| handler(x, &node))
        };
        let (a, b, reader) = (node(A, a), node(B, b), node(Name::Reader, reader));
        says.nodes.set([a.address, b.address]).expect("once");
        first(&says);
        let told = Arc::clone(&says);
        let service = Origin::start(move |x| {
            x.body();
            if x.target() == LEADER {
                told.poll(x);
            } else {
                x.reply("200 OK", &[], b"service");
            }
        });
        let key = Key::new("k");
        let directory = scratch(&format!("base-ha-{name}"));
        key.write(&directory);
        let launch = Launch::golden("ha")
            .directory(&directory)
            .resolve("base.test:8090", service.address)
            .resolve("brief.test:8090", service.address)
            .resolve("open.test:8090", service.address)
            .resolve("b.base.test:8090", b.address)
            .resolve(SECOND, refusing())
            .resolve(ORIGIN, reader.address);
        Base {
            gateway: more(launch).start(),
            says,
            service,
            reader,
            a,
            b,
            key,
        }
    }

    /// Waits until the gateway has heard that `node` leads in this term.
    fn follows(&self, node: Name) {
        let term = format!("term={}", self.says.term.load(SeqCst));
        let said = format!("base.test:8090: {} leads", self.says.url(node));
        self.gateway
            .line(&said, |line| line.contains(&said) && line.contains(&term));
    }

    /// A request of the client at `from`.
    fn ask(&self, from: &str, line: &str, headers: &[(&str, &str)]) -> Response {
        let mut all = vec![("X-Forwarded-For", from)];
        all.extend(headers);
        self.gateway.ask(line, &all)
    }

    fn client(&self) -> Client {
        self.gateway.client()
    }

    /// One with a body.
    fn post(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.client().post(line, headers, body).response()
    }

    /// How many requests have arrived at `a` and at `b`.
    fn counts(&self) -> (usize, usize) {
        (self.a.count(), self.b.count())
    }

    /// What has arrived at the service, but for polls.
    fn at_service(&self) -> Vec<Request> {
        let mut requests = self.service.requests();
        requests.retain(|request| request.target != LEADER);
        requests
    }

    fn polls(&self) -> usize {
        self.service.count() - self.at_service().len()
    }
}

/// Status and JSON of an answer of the gateway's own.
fn told(answer: &Response) -> (u16, serde_json::Value) {
    let kind = answer.headers.get("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{kind}");
    (answer.status, answer.json())
}
